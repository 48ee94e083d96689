//! A letter held against what it was used for, and taking back what nobody needs.

use super::completion::{of_grant, place};
use super::grants::{EndAccess, viewer};
use super::lines::with_calls;
use super::preview::MOST_BUDGET;
use super::timers::set_end;
use crate::access::AccessError;
use crate::access::model::{
    AccessNarrowed, BudgetUse, Grant, GrantStep, Terms, Usage, Without, hash_of,
};
use crate::access::sentences::{Sentence, consent_in};
use crate::access::store::{self, Narrower, Of};
use crate::access::withholding::withholdable;
use crate::app::App;
use crate::engagements::{self, Note, Topic};
use crate::identity::{self, Allowed};
use crate::kernel::check::Checks;
use crate::kernel::id::GrantId;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Error, Result};
use crate::upstreams::{Unit, Upstream};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a letter loses.
#[derive(Debug, Clone)]
pub struct NarrowOrder {
    /// What it no longer allows.
    pub without: Without,
    /// Further actions of which the customer is asked call by call.
    pub asks: BTreeSet<String>,
    /// What of the catalogue is withheld from now on.
    pub withhold: BTreeSet<String>,
    /// Budgets that are lower than they were, or that there were none of.
    pub budgets: BTreeMap<Unit, u64>,
    /// An earlier last day, in the customer's zone.
    pub last_day: Option<NaiveDate>,
    /// The hash of the terms that the person looked at.
    pub terms_hash: String,
}

/// What the letter was used for in the last 30 days, for either side of it.
///
/// Errors: 404; a fault when its terms cannot be read.
pub async fn usage_of_grant(app: &App, caller: &Caller, id: GrantId) -> Result<(Grant, Usage)> {
    let mut tx = with_calls(app, caller).await?;
    let grant = store::grant(&mut tx, viewer(caller), id).await?;
    let grant = grant.ok_or(Common::NotFound("letter of access"))?;
    let called = store::calls_by_operation(&mut tx, id).await?;
    let terms = Terms::read(&grant.terms).map_err(Error::fault)?;
    Ok((grant, Usage::of(&terms, &called)))
}

/// What a letter may use up and has used up, unit by unit; nothing when it has no budget.
///
/// Errors: 404; a fault when its terms cannot be read.
pub async fn budgets_of_grant(app: &App, caller: &Caller, id: GrantId) -> Result<Vec<BudgetUse>> {
    let mut tx = app.db.read(caller).await?;
    let grant = store::grant(&mut tx, viewer(caller), id).await?;
    let grant = grant.ok_or(Common::NotFound("letter of access"))?;
    let terms = Terms::read(&grant.terms).map_err(Error::fault)?;
    if terms.limits.budgets.is_empty() {
        return Ok(Vec::new());
    }
    let used: BTreeMap<_, _> = store::used_now(&mut tx, id).await?.into_iter().collect();
    let budgets = terms.limits.budgets.into_iter().map(|(unit, most)| {
        let used = used.get(&unit).copied().unwrap_or_default();
        BudgetUse { unit, most, used }
    });
    Ok(budgets.collect())
}

/// Takes actions, single operations or days from a letter in force, has calls asked for or lowers
/// budgets, at once: the next call is held against what is left. Anyone of the customer may, as
/// with ending it. Nothing comes back this way.
///
/// Errors: 403, 404, `grant-state`, `terms-changed` when the letter is not the one that was looked
/// at, `invalid` for an action or operation it does not hold, for an action that is asked for
/// already, for what cannot be withheld of it, for a budget that is not lower, when nothing is
/// taken or nothing would be left, and for a last day that is not earlier.
pub async fn narrow_grant(
    app: &App,
    caller: &Caller,
    id: GrantId,
    order: NarrowOrder,
) -> Result<()> {
    let _: Allowed<EndAccess> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    let states = store::lock(&mut tx, Of::Grant(id)).await?;
    let grant = store::grant(&mut tx, viewer(caller), id).await?;
    let grant = grant.ok_or(Common::NotFound("letter of access"))?;
    for (_, state) in states {
        state.after(GrantStep::Narrow)?;
    }
    if hex::encode(&grant.terms_hash) != order.terms_hash.to_ascii_lowercase() {
        return Err(AccessError::TermsChanged.into());
    }
    let terms = Terms::read(&grant.terms).map_err(Error::fault)?;
    let upstream = app.upstreams.get(&grant.upstream);
    let left = left(upstream.map(Arc::as_ref), &terms, &order)?;
    let text = left.text()?;
    let last_day = order.last_day;
    let narrower =
        Narrower { terms_hash: hash_of(&text), terms: text, last_day, by: caller.person };
    let valid_until = store::narrow(&mut tx, id, &narrower).await?;
    if last_day.is_some() {
        set_end(app, &mut tx, (id, valid_until)).await?;
    }
    let said = said(app, &grant, (&terms, &left));
    tell(app, &mut tx, (caller, &grant), (said, valid_until)).await?;
    tx.commit().await
}

fn left(upstream: Option<&Upstream>, terms: &Terms, order: &NarrowOrder) -> Result<Terms> {
    let mut checks = Checks::new();
    let held = terms.actions();
    for action in &order.without.actions {
        let holds = held.contains(action.as_str());
        checks.that(holds, "without", format!("The letter does not allow {action}"));
    }
    for id in &order.without.operations {
        let holds = terms.operations.contains_key(id);
        checks.that(holds, "without_operations", format!("The letter does not allow {id}"));
    }
    let tightens =
        !order.asks.is_empty() || !order.budgets.is_empty() || !order.withhold.is_empty();
    let takes = !order.without.is_empty() || order.last_day.is_some() || tightens;
    checks.that(takes, "without", "Take at least one thing from it, or choose an earlier day");
    let left = terms.less(&order.without);
    let nothing = "Nothing would be left: end the letter instead";
    checks.that(!left.operations.is_empty(), "without", nothing);
    check_tighter(&left, order, &mut checks);
    check_withheld((&left, upstream), &order.withhold, &mut checks);
    checks.finish()?;
    let left = left.tighter(&order.asks, &order.budgets);
    Ok(upstream.map_or_else(|| left.clone(), |of| left.withholding(of, &order.withhold)))
}

/// What is chosen can be withheld of these terms, and is not yet.
pub(super) fn check_withheld(
    (terms, upstream): (&Terms, Option<&Upstream>),
    chosen: &BTreeSet<String>,
    checks: &mut Checks,
) {
    let open = upstream.map(|upstream| withholdable(terms, upstream)).unwrap_or_default();
    for id in chosen {
        let known = open.iter().any(|of| of.id == *id);
        let what = format!("{id} is withheld already, or nothing that can be withheld of it");
        checks.that(known, "withhold", what);
    }
}

fn check_tighter(left: &Terms, order: &NarrowOrder, checks: &mut Checks) {
    let unasked = left.unasked();
    for action in &order.asks {
        let known = unasked.contains(action.as_str());
        let what = format!("{action} is asked for already, changes nothing, or is not allowed");
        checks.that(known, "asks", what);
    }
    let counted = left.counted();
    for (unit, most) in &order.budgets {
        checks.that(counted.contains(unit), "budgets", format!("Nothing in it uses up {unit}"));
        let now = left.limits.budgets.get(unit).copied();
        let lower = now.is_none_or(|now| *most < now);
        let what = format!("The budget of {unit} is not above that already: choose less");
        checks.that(lower, "budgets", what);
        let fits = (1..=MOST_BUDGET).contains(most);
        checks.that(fits, "budgets", "A budget is a whole number from 1 to 1,000,000,000");
    }
}

/// What a narrowed letter no longer says, and what it says now instead.
struct Said {
    lost: Vec<String>,
    tighter: Vec<String>,
}

/// The sentences that no longer hold and those that hold with less, in the order in which the
/// letter says them.
fn said(app: &App, grant: &Grant, (before, after): (&Terms, &Terms)) -> Said {
    let upstream = app.upstreams.get(&grant.upstream);
    let said = |terms: &Terms| -> Vec<Sentence> {
        let said = upstream.map(|upstream| consent_in(terms, upstream, grant.currency).can);
        said.unwrap_or_default().into_iter().flat_map(|group| group.sentences).collect()
    };
    let earlier = said(before);
    let left = after.actions();
    let gone =
        earlier.iter().filter(|s| s.action.as_deref().is_some_and(|action| !left.contains(action)));
    let lost = gone.map(|sentence| sentence.text.clone()).collect();
    let tighter = said(after).into_iter().filter(|sentence| !earlier.contains(sentence));
    Said { lost, tighter: tighter.map(|sentence| sentence.text).collect() }
}

async fn tell(
    app: &App,
    tx: &mut Tx,
    (caller, grant): (&Caller, &Grant),
    (Said { lost, tighter }, valid_until): (Said, DateTime<Utc>),
) -> Result<()> {
    let line = format!("{}'s access to {} was narrowed", grant.consultant_name, place(app, grant));
    let note = Note::new(Topic::Access, "access-narrowed", line)
        .facts(json!({
            "grant": grant.id, "lost": lost, "tighter": tighter, "valid_until": valid_until,
        }))
        .by(caller.person);
    engagements::note(app, tx, grant.engagement, note).await?;
    let of = of_grant(app, grant);
    let fact = AccessNarrowed { of, by: caller.person, lost, valid_until, tighter };
    event::state(tx, &app.ids, Some(caller.person), &fact).await
}
