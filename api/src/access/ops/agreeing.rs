//! A customer's yes to more or longer on a letter in force: to exactly what was shown, or to part
//! of it.

use super::amending::{lock_amendable, open_amendment};
use super::completion::{of_grant, place};
use super::granting::open_engagement;
use super::grants::visible;
use super::narrowing::check_withheld;
use super::offer::{offer_of, scopes_of, sentences};
use super::preview::{GrantAccess, MOST_BUDGET};
use super::proposing::{Yes, settle};
use super::timers::{set_end, set_rest};
use crate::access::AccessError;
use crate::access::model::{
    AccessAmended, Amendment, Frozen, Grant, GrantProposalKind, Terms, Without, hash_of,
};
use crate::access::store::{self, Agreement};
use crate::app::App;
use crate::engagements::{self, Note, Side, Topic};
use crate::identity::{self, Allowed};
use crate::kernel::check::Checks;
use crate::kernel::id::GrantId;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};
use crate::upstreams::{Risk, Unit};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the customer agrees to, and that they saw it.
#[derive(Debug, Clone, Default)]
pub struct AgreeOrder {
    /// The hash of what was shown.
    pub hash: String,
    /// Actions of it, and single operations of an action that is gained, that are left out.
    pub without: Without,
    /// Actions of it of which the customer says yes to each call by itself.
    pub asks: BTreeSet<String>,
    /// The most that the letter lets be used up from then on; a budget that it has is only lowered.
    pub budgets: BTreeMap<Unit, u64>,
    /// What of the catalogue the letter withholds from then on.
    pub withhold: BTreeSet<String>,
    /// Whether the letter keeps its end although a later one was asked for.
    pub keep_end: bool,
    /// The person's password, wanted when more than reading is gained.
    pub password: Option<String>,
    /// The hash of what waits for several people, where this is to be instead of it.
    pub instead_of: Option<String>,
}

/// The part of an offer that is agreed to.
struct Part {
    terms: Terms,
    longer: bool,
}

/// The letter gains what was shown, less what is left out, at once and with its keys; where several
/// people have to agree, the others are asked.
///
/// Errors: 403, 404, `nothing-asked`, `terms-changed` when anything is not as it was shown,
/// `password-wanted`, `wrong-password`, `grant-state`, `engagement-not-open`, `proposal-waits`,
/// `proposal-changed`, `invalid`.
pub async fn agree_to_more(
    app: &App,
    caller: &Caller,
    id: GrantId,
    order: AgreeOrder,
) -> Result<Yes> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    let grant = visible(&mut tx, caller, id).await?;
    let part = part_of(app, &mut tx, &grant, &order).await?;
    drop(tx);
    if needs_password(&grant, &part)? {
        let password = order.password.clone().ok_or(AccessError::PasswordWanted)?;
        identity::check_password(app, caller.person, password).await?;
    }
    let mut tx = app.db.write(caller).await?;
    open_engagement(&mut tx, caller, grant.engagement, Side::Customer).await?;
    let grant = lock_amendable(app, &mut tx, (caller, &grant)).await?;
    // Looked at once more under the lock: whatever changed since changes the hash.
    let part = part_of(app, &mut tx, &grant, &order).await?;
    let amendment = open_amendment(&mut tx, id).await?;
    let frozen = frozen(&grant, &amendment, &part)?;
    let yes = settle(app, &mut tx, (caller, &frozen), order.instead_of.as_deref()).await?;
    tx.commit().await?;
    Ok(yes)
}

fn frozen(grant: &Grant, asked: &Amendment, part: &Part) -> Result<Frozen> {
    let terms = part.terms.text()?;
    let connection = grant.connection;
    Ok(Frozen {
        kind: GrantProposalKind::More,
        grant: grant.id,
        amendment: Some(asked.id),
        engagement: grant.engagement,
        customer: grant.customer,
        partner: grant.partner,
        connection: connection.ok_or_else(|| Error::fault("a letter without its account"))?,
        consultant: grant.consultant,
        consultant_name: grant.consultant_name.clone(),
        upstream: grant.upstream.clone(),
        preset: part.terms.preset.clone(),
        terms_hash: hash_of(&terms),
        terms,
        before_hash: Some(grant.terms_hash.clone()),
        last_day: asked.last_day.filter(|_| part.longer),
        ends_by: None,
    })
}

/// The locked letter gains what was frozen, beside exactly what it said then.
pub(super) async fn put_in_force(
    app: &App,
    tx: &mut Tx,
    (caller, frozen): (&Caller, &Frozen),
) -> Result<()> {
    let grant = visible(tx, caller, frozen.grant).await?;
    let held = Terms::read(&grant.terms).map_err(Error::fault)?;
    let then = Terms::read(&frozen.terms).map_err(Error::fault)?;
    let gained = then.beyond(&held).into_iter().map(str::to_owned).collect();
    let longer = frozen.last_day.is_some();
    let amendment = frozen.amendment.ok_or_else(|| Error::fault("more of nothing asked for"))?;
    let yes = Agreement {
        amendment,
        by: caller.person,
        before_hash: grant.terms_hash.clone(),
        preset: frozen.preset.clone(),
        terms_hash: frozen.terms_hash,
        terms: frozen.terms.clone(),
        longer,
    };
    let until = store::agree(tx, &yes).await?;
    if longer {
        set_end(app, tx, (grant.id, until)).await?;
    }
    set_rest(app, tx, grant.id).await?;
    tell(app, tx, (caller, &grant), (&gained, longer, until)).await
}

async fn part_of(app: &App, tx: &mut Tx, grant: &Grant, order: &AgreeOrder) -> Result<Part> {
    let mut asked = open_amendment(tx, grant.id).await?;
    let scopes = scopes_of(tx, grant).await?;
    let whole = offer_of(app, (grant, &asked), &scopes)?;
    if whole.hash != order.hash.to_ascii_lowercase() {
        return Err(AccessError::TermsChanged.into());
    }
    let held = Terms::read(&grant.terms).map_err(Error::fault)?;
    let mut checks = Checks::new();
    for action in &order.without.actions {
        let known = asked.actions.contains(action);
        checks.that(known, "without", format!("{action} was not asked for"));
    }
    for id in &order.without.operations {
        let new = whole.terms.operations.contains_key(id) && !held.operations.contains_key(id);
        checks.that(new, "without_operations", format!("{id} would not be gained"));
    }
    asked.actions.retain(|action| !order.without.actions.contains(action));
    asked.last_day = asked.last_day.filter(|_| !order.keep_end);
    asked.wanted_until = asked.wanted_until.filter(|_| !order.keep_end);
    let part = offer_of(app, (grant, &asked), &scopes)?;
    let terms = part.terms.gaining_less(&held, &order.without);
    let longer = part.until.is_some();
    let nothing = "Nothing would be gained: decline it instead";
    checks.that(longer || !terms.beyond(&held).is_empty(), "without", nothing);
    tighten(&mut checks, &terms, order);
    let upstream = app.upstreams.get(&grant.upstream);
    check_withheld((&terms, upstream.map(Arc::as_ref)), &order.withhold, &mut checks);
    checks.finish()?;
    let terms = terms.tighter(&order.asks, &order.budgets);
    let terms = upstream.map_or_else(|| terms.clone(), |of| terms.withholding(of, &order.withhold));
    Ok(Part { longer, terms })
}

/// What more the customer sets must be about something that the letter would hold.
fn tighten(checks: &mut Checks, terms: &Terms, order: &AgreeOrder) {
    let (counted, unasked) = (terms.counted(), terms.unasked());
    for action in &order.asks {
        let says = format!("{action} changes nothing, is asked already or would not be held");
        checks.that(unasked.contains(action.as_str()), "asks", says);
    }
    for (unit, most) in &order.budgets {
        checks.that(counted.contains(unit), "budgets", format!("Nothing in it uses up {unit}"));
        let fits = (1..=MOST_BUDGET).contains(most);
        checks.that(fits, "budgets", "A budget is a whole number from 1 to 1,000,000,000");
    }
}

/// More than reading is gained: by what is new, or by days on which more is allowed.
fn needs_password(grant: &Grant, part: &Part) -> Result<bool> {
    let held = Terms::read(&grant.terms).map_err(Error::fault)?;
    let new = part.terms.operations.iter().filter(|(id, _)| !held.operations.contains_key(*id));
    let risk = new.map(|(_, operation)| operation.risk).max().unwrap_or(Risk::Read);
    Ok(risk > Risk::Read || part.longer && part.terms.greatest_risk() > Risk::Read)
}

async fn tell(
    app: &App,
    tx: &mut Tx,
    (caller, grant): (&Caller, &Grant),
    (actions, longer, valid_until): (&BTreeSet<String>, bool, DateTime<Utc>),
) -> Result<()> {
    let gained = sentences(app, grant, actions);
    let place = place(app, grant);
    let line = match (gained.is_empty(), longer) {
        (true, _) => format!("{}'s access to {place} was prolonged", grant.consultant_name),
        (_, true) => {
            format!("{}'s access to {place} was widened and prolonged", grant.consultant_name)
        }
        (_, false) => format!("{}'s access to {place} was widened", grant.consultant_name),
    };
    let note = Note::new(Topic::Access, "access-amended", line)
        .facts(json!({ "grant": grant.id, "gained": gained, "valid_until": valid_until }))
        .by(caller.person);
    engagements::note(app, tx, grant.engagement, note).await?;
    let of = of_grant(app, grant);
    let fact = AccessAmended { of, by: caller.person, gained, valid_until, longer };
    event::state(tx, &app.ids, Some(caller.person), &fact).await
}
