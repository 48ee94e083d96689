//! A letter held against what it was used for, and taking back what nobody needs.

use super::completion::{of_grant, place};
use super::grants::{EndAccess, viewer};
use super::lines::with_calls;
use super::timers::set_end;
use crate::access::AccessError;
use crate::access::model::{AccessNarrowed, BudgetUse, Grant, GrantStep, Terms, Usage, hash_of};
use crate::access::sentences::consent;
use crate::access::store::{self, Narrower, Of};
use crate::app::App;
use crate::engagements::{self, Note, Topic};
use crate::identity::{self, Allowed};
use crate::kernel::check::Checks;
use crate::kernel::id::GrantId;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What a letter loses.
#[derive(Debug, Clone)]
pub struct NarrowOrder {
    /// Actions that it no longer allows.
    pub without: BTreeSet<String>,
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

/// Takes actions or days from a letter in force, at once: the next call is held against what is
/// left. Anyone of the customer may, as with ending it. Nothing comes back this way.
///
/// Errors: 403, 404, `grant-state`, `terms-changed` when the letter is not the one that was looked
/// at, `invalid` for an action it does not hold, when nothing is taken or nothing would be left,
/// and for a last day that is not earlier.
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
    let left = left(&terms, &order)?;
    let text = left.text()?;
    let last_day = order.last_day;
    let narrower =
        Narrower { terms_hash: hash_of(&text), terms: text, last_day, by: caller.person };
    let valid_until = store::narrow(&mut tx, id, &narrower).await?;
    if last_day.is_some() {
        set_end(app, &mut tx, (id, valid_until)).await?;
    }
    let lost = lost(app, &grant, &order.without);
    tell(app, &mut tx, (caller, &grant), (lost, valid_until)).await?;
    tx.commit().await
}

fn left(terms: &Terms, order: &NarrowOrder) -> Result<Terms> {
    let mut checks = Checks::new();
    let held = terms.actions();
    for action in &order.without {
        let holds = held.contains(action.as_str());
        checks.that(holds, "without", format!("The letter does not allow {action}"));
    }
    let takes = !order.without.is_empty() || order.last_day.is_some();
    checks.that(takes, "without", "Take at least one thing from it, or choose an earlier day");
    let left = terms.less(&order.without);
    let nothing = "Nothing would be left: end the letter instead";
    checks.that(!left.operations.is_empty(), "without", nothing);
    checks.finish()?;
    Ok(left)
}

/// The sentences that no longer hold, in the order in which the letter says them.
fn lost(app: &App, grant: &Grant, without: &BTreeSet<String>) -> Vec<String> {
    let upstream = app.upstreams.get(&grant.upstream);
    let said = upstream.zip(Terms::read(&grant.terms).ok());
    let said = said.map(|(upstream, terms)| consent(&terms, upstream).can).unwrap_or_default();
    let gone = said.into_iter().flat_map(|group| group.sentences);
    let gone = gone.filter(|s| s.action.as_ref().is_some_and(|action| without.contains(action)));
    gone.map(|sentence| sentence.text).collect()
}

async fn tell(
    app: &App,
    tx: &mut Tx,
    (caller, grant): (&Caller, &Grant),
    (lost, valid_until): (Vec<String>, DateTime<Utc>),
) -> Result<()> {
    let line = format!("{}'s access to {} was narrowed", grant.consultant_name, place(app, grant));
    let note = Note::new(Topic::Access, "access-narrowed", line)
        .facts(json!({ "grant": grant.id, "lost": lost, "valid_until": valid_until }))
        .by(caller.person);
    engagements::note(app, tx, grant.engagement, note).await?;
    let of = of_grant(app, grant);
    let fact = AccessNarrowed { of, by: caller.person, lost, valid_until };
    event::state(tx, &app.ids, Some(caller.person), &fact).await
}
