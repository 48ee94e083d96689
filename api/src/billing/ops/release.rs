//! Release: held money goes to its payees, each share once: of a part, or of an acceptance.

use super::deeds::write;
use super::pay::transfer_group;
use super::posting::post_once;
use super::recover;
use crate::app::App;
use crate::billing::engine::Deed;
use crate::billing::engine::transfers::{self as engine, Way};
use crate::billing::model::{Call, Recovery, Release, Transfer, TransferPaid, TransferRefused};
use crate::billing::store;
use crate::engagements::{self, Milestone, MilestoneAccepted, Note, Share, Topic};
use crate::kernel::id::{OrganizationId, TransferId};
use crate::kernel::money::Money;
use crate::outside::payments::Transfer as Sent;
use crate::platform::db::Tx;
use crate::platform::failpoint;
use crate::platform::jobs::{NewJob, enqueue, event};
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The kind of job that starts the transfers an organization waits for.
pub const START_JOB: &str = "start-transfers";

#[derive(Serialize, Deserialize)]
pub struct StartJob {
    pub organization: OrganizationId,
    /// Whether what was refused is tried again, as when the account was mended.
    #[serde(default = "yes")]
    pub again: bool,
}

const fn yes() -> bool {
    true
}

/// Transfers that one transaction starts.
const BATCH: i64 = 25;

/// Reaction: splits what is held by the frozen shares, and starts the transfers of those payees
/// that can be paid. The others keep what they earned until they can.
pub async fn release_milestone(app: &App, tx: &mut Tx, fact: &MilestoneAccepted) -> Result<()> {
    failpoint::passed(&["crash_point_18"]);
    let (_, milestone) = engagements::lock_milestone(tx, fact.milestone).await?;
    let left = milestone.rest();
    let release = Release {
        id: app.ids.next(),
        milestone: milestone.id,
        amount: left,
        acceptance: true,
        reason: String::new(),
        by: fact.by,
        at: app.clock.now(),
    };
    if left.minor() == 0 || pay_out(app, tx, &milestone, &release).await?.is_none() {
        return Ok(());
    }
    let line = format!("Milestone {}, {}: {left} released.", fact.seq, fact.milestone_title);
    let facts = json!({ "milestone": fact.milestone, "seq": fact.seq, "price": left });
    let note = Note::new(Topic::Money, "milestone-released", line).facts(facts).by(fact.by);
    engagements::note(app, tx, fact.of.engagement, note).await
}

/// What a release of so much brings each party; together they get it.
pub async fn shares_of(tx: &mut Tx, milestone: &Milestone, part: Money) -> Result<Vec<Share>> {
    let frozen = engagements::shares(tx, milestone.id).await?;
    let (got, debts) = recover::moved(tx, milestone.id).await?;
    engine::shares_of(milestone, &frozen, (&got, &debts), part).map_err(Error::fault)
}

/// Splits a release of a locked milestone and starts its transfers: journal, rows and calls are one
/// transaction. Answers the shares; nothing when it was posted before.
pub async fn pay_out(
    app: &App,
    tx: &mut Tx,
    milestone: &Milestone,
    release: &Release,
) -> Result<Option<Vec<Share>>> {
    let (id, amount) = (milestone.id, release.amount);
    let shares = shares_of(tx, milestone, amount).await?;
    if !post_once(app, tx, &engine::released(release, &shares)).await? {
        return Ok(None);
    }
    store::insert_release(tx, release).await?;
    let transfers = engine::waiting(&app.ids, release, &shares);
    store::insert_transfers(tx, &transfers).await?;
    if !store::is_undecided(tx, id).await? {
        let payees: Vec<OrganizationId> = transfers.iter().map(|t| t.organization).collect();
        let mut debts = store::lock_debts(tx, &payees).await?;
        start(app, tx, &mut debts, (transfers, true)).await?;
    }
    // Else its bank has the money: what is earned waits until that decides.
    Ok(Some(shares))
}

/// Job: starts what an organization waits for, now that it can be paid; in the job's transaction.
/// What it owes is paid first, by what was not sent and then from its account.
pub async fn start_transfers(app: &App, tx: &mut Tx, job: &StartJob) -> Result<()> {
    failpoint::passed(&["crash_point_15"]);
    let StartJob { organization, again } = *job;
    let mut debts = store::lock_debts(tx, &[organization]).await?;
    let waiting = store::transfers_to_start(tx, organization, BATCH).await?;
    let full = waiting.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
    let moved = start(app, tx, &mut debts, (waiting, again)).await?;
    if full && moved > 0 {
        return queue_start(app, tx, organization, again).await;
    }
    recover::reverse(app, tx, debts).await
}

/// `again` tries what was refused again.
pub async fn queue_start(
    app: &App,
    tx: &mut Tx,
    organization: OrganizationId,
    again: bool,
) -> Result<()> {
    let job = NewJob::new(START_JOB, &StartJob { organization, again })?.for_vendor(tx.vendor()?);
    enqueue(tx, &app.ids, job).await
}

/// Tries what was refused again at a later time, by a job of the same transaction.
pub async fn start_again_at(
    app: &App,
    tx: &mut Tx,
    organization: OrganizationId,
    at: DateTime<Utc>,
) -> Result<()> {
    let job = NewJob::new(START_JOB, &StartJob { organization, again: true })?;
    enqueue(tx, &app.ids, job.for_vendor(tx.vendor()?).at(at)).await
}

/// Begins a refused transfer anew, by a job of the same transaction.
pub async fn start_again(app: &App, tx: &mut Tx, id: TransferId) -> Result<()> {
    let payee = store::payee_of(tx, id).await?;
    queue_start(app, tx, payee, true).await
}

/// Shares pay what their payees owe; what is left of them is sent. One that was refused is sent
/// again with `again`, or when less of it is left. Answers how many facts followed.
async fn start(
    app: &App,
    tx: &mut Tx,
    debts: &mut [Recovery],
    (transfers, again): (Vec<Transfer>, bool),
) -> Result<usize> {
    let payees: Vec<OrganizationId> = transfers.iter().map(|t| t.organization).collect();
    let accounts = store::ready_accounts(tx, &payees).await?;
    let started = engine::start(&app.ids, debts, (transfers, again), &accounts);
    let mut facts = started.netted;
    for (transfer, account) in started.sent {
        facts.extend(ask(app, tx, transfer, &account).await?);
    }
    let moved = facts.iter().filter(|deed| matches!(deed, Deed::Post(_))).count();
    write(app, tx, facts).await?;
    Ok(moved)
}

/// What puts one share on its way.
async fn ask(app: &App, tx: &mut Tx, transfer: Transfer, account: &str) -> Result<Vec<Deed>> {
    let payment = store::live_payment(tx, transfer.milestone).await?;
    let charge = payment.and_then(|payment| payment.charge).ok_or_else(|| {
        Error::fault(format!("milestone {} was released without a charge", transfer.milestone))
    })?;
    let milestone = engagements::milestone(tx, transfer.milestone).await?;
    let engagement = engagements::engagement(tx, milestone.engagement).await?;
    let from_balance = engine::is_from_balance(&transfer, true)
        && engine::goes_back(&store::recoveries_of(tx, milestone.id).await?);
    let way = Way {
        vendor: tx.vendor()?,
        account,
        charge: Some(charge.as_str()).filter(|_| !from_balance),
        group: &transfer_group(&engagement),
        description: &format!(
            "{}, milestone {}: {}",
            engagement.label(),
            milestone.seq,
            transfer.party
        ),
    };
    Ok(engine::ask(&app.ids, transfer, way, app.clock.now()))
}

/// Stripe made the transfer.
pub async fn confirmed(app: &App, tx: &mut Tx, call: &Call, sent: Sent) -> Result<()> {
    let mut transfer = store::lock_transfer(tx, TransferId(call.subject)).await?;
    let deeds = engine::confirmed(&mut transfer, &sent)?;
    if deeds.is_empty() {
        return Ok(());
    }
    write(app, tx, deeds).await?;
    let milestone = engagements::milestone(tx, transfer.milestone).await?;
    let engagement = engagements::engagement(tx, milestone.engagement).await?;
    let fact = TransferPaid {
        of: engagement.parties(),
        milestone: milestone.id,
        milestone_title: milestone.title,
        organization: transfer.organization,
        amount: transfer.sent(),
    };
    event::state(tx, &app.ids, None, &fact).await
}

/// Stripe said no: the payee is owed again. Whoever earned it is told unless it is tried again.
pub async fn refused(app: &App, tx: &mut Tx, call: &Call, why: &str) -> Result<()> {
    let mut transfer = store::lock_transfer(tx, TransferId(call.subject)).await?;
    let goes_back = engine::goes_back(&store::recoveries_of(tx, transfer.milestone).await?);
    let again = engine::again_at(&transfer, goes_back, app.clock.now());
    let deeds = engine::refused(&mut transfer, why, again);
    if deeds.is_empty() {
        return Ok(());
    }
    write(app, tx, deeds).await?;
    if again.is_some() {
        tracing::warn!(transfer = %transfer.id, why, "a transfer was refused: it is tried again");
        return Ok(());
    }
    let milestone = engagements::milestone(tx, transfer.milestone).await?;
    let engagement = engagements::engagement(tx, milestone.engagement).await?;
    let fact = TransferRefused {
        of: engagement.parties(),
        milestone: milestone.id,
        milestone_title: milestone.title,
        organization: transfer.organization,
        amount: transfer.sent(),
        why: why.to_owned(),
    };
    event::state(tx, &app.ids, None, &fact).await
}
