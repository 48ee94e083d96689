//! Reconciling: what Stripe says held against what the books say, every hour.
//!
//! A run reads Stripe's lists, matches each movement with its journals and back, books what news
//! did not tell, and writes down what still differs. Each step is a transaction of its own and safe
//! to repeat, so a run that is cut off anywhere is only run again.

mod accounts;
mod deeds;
mod finding;
mod matching;
mod reading;

pub use deeds::{
    Reconciliation, explain_at_console, explain_break, list_breaks, reconcile_now, reconciliation,
};
pub(super) use deeds::{explain_approved, standing};

use crate::app::App;
use crate::billing::model::{
    Break, BreakKind, BreakState, BreaksOpened, Difference, Told, decide, of_movement, of_posting,
};
use crate::billing::store::{self as rows, Run, reconciling as store};
use crate::kernel::id::VendorId;
use crate::platform::db::Tx;
use crate::platform::http::paging::PageWanted;
use crate::platform::jobs::{NewJob, enqueue, event};
use crate::platform::refusal::Result;
use chrono::{DateTime, TimeDelta, Utc};
use matching::Matched;
use serde_json::json;
use std::collections::HashSet;

/// The kinds of jobs that begin a run each hour, and that carry one out.
pub const HOURLY_JOB: &str = "reconcile-hourly";
pub const RECONCILE_JOB: &str = "reconcile";

/// Pages that one run reads of our own list; it goes on in the next.
const PAGES: usize = 60;

/// Differences of a program that a report lists.
const LISTED: i64 = 100;

/// What became of a run.
#[derive(Debug)]
pub enum Reconciled {
    Done(Vec<Looked>),
    /// There is more to read than one run reads.
    More,
    /// Another run is under way.
    Busy,
}

/// What a run brought for one program.
#[derive(Debug)]
pub struct Looked {
    pub program: String,
    pub run: Run,
    /// Differences that are open, latest first.
    pub open: Vec<Break>,
}

/// Job: begins a run, and the next hour's; in the job's transaction.
pub async fn begin_hourly(app: &App, tx: &mut Tx) -> Result<()> {
    enqueue(tx, &app.ids, NewJob::new(RECONCILE_JOB, &json!({}))?).await?;
    let next = app.clock.now() + TimeDelta::hours(1);
    enqueue(tx, &app.ids, NewJob::new(HOURLY_JOB, &json!({}))?.at(next)).await
}

/// Job: one run, and another one when there is more to read.
pub async fn carry_out_run(app: &App) -> Result<()> {
    if matches!(reconcile(app).await?, Reconciled::More) {
        let mut tx = app.db.write(crate::platform::db::Scope::GLOBAL).await?;
        enqueue(&mut tx, &app.ids, NewJob::new(RECONCILE_JOB, &json!({}))?).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// One run. Safe to repeat and to be cut off; only one goes on at a time.
pub async fn reconcile(app: &App) -> Result<Reconciled> {
    let mut tx = app.db.write(VendorId::OPERATOR).await?;
    if !store::take_turn(&mut tx).await? {
        return Ok(Reconciled::Busy);
    }
    tx.commit().await?;
    let done = run(app).await;
    let mut tx = app.db.write(VendorId::OPERATOR).await?;
    store::leave_turn(&mut tx).await?;
    tx.commit().await?;
    done
}

async fn run(app: &App) -> Result<Reconciled> {
    let began_at = app.clock.now();
    if !reading::read_list(app, None, PAGES).await? {
        return Ok(Reconciled::More);
    }
    let mut tx = app.db.read(crate::platform::db::Scope::GLOBAL).await?;
    let vendors = rows::vendors(&mut tx).await?;
    drop(tx);
    let ids: Vec<VendorId> = vendors.iter().map(|(id, _)| *id).collect();
    let weighed = reading::weigh(app).await?;
    let of_accounts = accounts::differences(app, &ids).await?;
    let first = matching::match_all(app, &ids).await?;
    let unknown = unbooked(&first);
    let matched = if finding::find(app, &first).await? {
        matching::match_all(app, &ids).await?
    } else {
        first
    };
    let still = unbooked(&matched);
    let found: HashSet<&String> = unknown.difference(&still).collect();
    let seen = Seen { app, began_at, matched, weighed, of_accounts, home: home(&ids) };
    let mut looked = Vec::new();
    for (vendor, program) in vendors {
        let (run, open) = seen.write_down(vendor, &found).await?;
        looked.push(Looked { program, run, open });
    }
    Ok(Reconciled::Done(looked))
}

/// Movements of which no journal tells.
fn unbooked(matched: &Matched) -> HashSet<String> {
    let unknown = matched.open.iter().filter(|one| !matched.booked.contains_key(&one.id));
    unknown.map(|one| one.id.clone()).collect()
}

/// Who looks after what belongs to no program: the operator, or the only program there is.
fn home(vendors: &[VendorId]) -> VendorId {
    let mut programs = vendors.iter().filter(|id| **id != VendorId::OPERATOR);
    match (programs.next(), programs.next()) {
        (Some(only), None) => *only,
        _ => VendorId::OPERATOR,
    }
}

/// All that a run saw.
struct Seen<'a> {
    app: &'a App,
    began_at: DateTime<Utc>,
    matched: Matched,
    weighed: Vec<reading::Weighed>,
    of_accounts: Vec<(VendorId, Difference)>,
    home: VendorId,
}

impl Seen<'_> {
    /// Writes down what a program's books differ in, and tells what is new.
    async fn write_down(
        &self,
        vendor: VendorId,
        found: &HashSet<&String>,
    ) -> Result<(Run, Vec<Break>)> {
        let app = self.app;
        let mut tx = app.db.read(VendorId::OPERATOR).await?;
        let counted = store::count_movements(&mut tx, vendor).await?;
        let ids: Vec<&str> = found.iter().map(|id| id.as_str()).collect();
        let booked = store::movements_named(&mut tx, &ids, &[]).await?;
        drop(tx);
        let booked = booked.iter().filter(|movement| movement.program == Some(vendor)).count();
        let mut tx = app.db.write(vendor).await?;
        let waiting = store::refunds_under_way(&mut tx).await?;
        let mut differences = self.of_program(vendor, &waiting);
        differences.extend(store::matters(&mut tx).await?);
        let subjects: Vec<&str> = differences.iter().map(|one| one.subject.as_str()).collect();
        let kept = store::live_breaks(&mut tx, &subjects).await?;
        let now = app.clock.now();
        let decided = decide(&differences, &kept, now);
        store::write_decided(&mut tx, &app.ids, &decided, now).await?;
        let opened = decided.opened();
        let told = |id| kept.iter().any(|one| one.id == id && one.state == BreakState::Open);
        let closed = decided.gone.iter().filter(|id| told(**id)).count();
        self.tell(&mut tx, &opened).await?;
        let mark = self.matched.marks.get(&vendor);
        let run = Run {
            began_at: self.began_at,
            ended_at: now,
            movements: counted.movements,
            matched: counted.matched,
            booked: counted_as(booked),
            opened: counted_as(opened.len()),
            closed: counted_as(closed),
            open: store::count_open(&mut tx).await?,
            server: mark.map_or(0, |mark| mark.server),
            through: mark.map_or(0, |mark| mark.through),
        };
        store::insert_run(&mut tx, app.ids.next(), &run).await?;
        let page = PageWanted::first(LISTED);
        let (open, _) = store::list_breaks(&mut tx, Some(BreakState::Open), page).await?;
        tx.commit().await?;
        Ok((run, open))
    }

    /// What differs in a program's books, apart from what its own rows tell.
    /// Objects of `waiting` have moved money at Stripe, and are booked when they are done there.
    fn of_program(&self, vendor: VendorId, waiting: &HashSet<String>) -> Vec<Difference> {
        let matched = &self.matched;
        let own = |program: Option<VendorId>| program.unwrap_or(self.home) == vendor;
        let is_done = |source: &Option<String>| {
            source.as_ref().is_none_or(|source| !waiting.contains(source))
        };
        let movements = matched.open.iter().filter(|one| own(one.program) && is_done(&one.source));
        let mut differences: Vec<Difference> = movements
            .filter_map(|movement| of_movement(movement, matched.booked.get(&movement.id)))
            .collect();
        differences.extend(matched.loose.get(&vendor).into_iter().flatten().map(of_posting));
        let of_accounts = self.of_accounts.iter().filter(|(of, _)| *of == vendor);
        differences.extend(of_accounts.map(|(_, difference)| difference.clone()));
        if vendor == self.home {
            differences.extend(self.weighed.iter().filter_map(|of| self.of_balance(of)));
        }
        differences
    }

    /// Our balance, against its movements and against what the ledgers have beside them.
    fn of_balance(&self, of: &reading::Weighed) -> Option<Difference> {
        let astray = self.matched.astray.get(&of.currency).copied().unwrap_or(0);
        (!of.agrees || astray != 0).then(|| Difference {
            kind: BreakKind::BalanceDiffers,
            subject: of.currency.clone(),
            stripe: None,
            journal: None,
            currency: of.currency.clone(),
            expected: Some(of.movements.saturating_add(astray)),
            seen: Some(of.balance),
            detail: String::new(),
            since: None,
        })
    }

    async fn tell(&self, tx: &mut Tx, opened: &[&Difference]) -> Result<()> {
        let Some(first) = opened.first() else { return Ok(()) };
        let vendor = rows::vendor_organization(tx).await?;
        let count = counted_as(opened.len());
        let is_warning = opened.iter().all(|one| one.kind.is_warning());
        if is_warning {
            tracing::warn!(count, first = first.says(), "money waits for long");
        } else {
            tracing::error!(
                alarm = true,
                count,
                first = first.says(),
                "ALARM: the books and Stripe differ"
            );
        }
        let fact = BreaksOpened { vendor, count, first: first.says() };
        event::state(tx, &self.app.ids, None, &fact).await
    }
}

fn counted_as(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
