//! What a letter of access would say, before anybody grants it.

use super::granting::AskForAccess;
use super::grants::viewer;
use crate::access::model::{
    Connection, ConnectionState, Grant, GrantStep, Limits, MOST_DAYS, Narrower, Opening, Terms,
    Wish, Without, hash_of,
};
use crate::access::sentences::{Consent, consent_in};
use crate::access::{AccessError, store};
use crate::app::App;
use crate::identity::{self, Allowed, Command, Deed};
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::{ConnectionId, GrantId, MilestoneId};
use crate::kernel::money::Currency;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Common, Error, Result};
use crate::upstreams::{Operation, Risk, Upstream};
use chrono::{NaiveDate, TimeDelta};
use std::collections::BTreeSet;
use std::sync::Arc;

pub struct GrantAccess;

impl Command for GrantAccess {
    const DEED: Deed = Deed::GrantAccess;
}

/// Far beyond any account, and far below what a counter holds.
pub(super) const MOST_BUDGET: u64 = 1_000_000_000;

/// Terms with everything a person needs to decide about them.
#[derive(Debug, Clone)]
pub struct Preview {
    pub consent: Consent,
    /// What the account is billed in, where that is known.
    pub currency: Option<Currency>,
    pub terms: Terms,
    /// Exactly what will be kept.
    pub text: String,
    pub hash: [u8; 32],
    /// Whether granting them needs the password again.
    pub needs_password: bool,
}

/// What the customer chooses.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    pub preset: String,
    /// What of the preset is left out.
    pub without: Without,
    /// Actions of which each call is asked for by itself; when absent those that delete, export
    /// or administer.
    pub asks: Option<BTreeSet<String>>,
    pub limits: Limits,
    /// What of the catalogue is withheld.
    pub withhold: BTreeSet<String>,
    /// The milestone whose funding it waits for.
    pub opens_with: Option<MilestoneId>,
    /// The first day, where it does not begin at once.
    pub starts: Option<NaiveDate>,
    /// The request that it answers, and does not go beyond.
    pub answers: Option<GrantId>,
}

/// What the terms depend on besides what is chosen.
#[derive(Debug, Clone, Default)]
pub(super) struct Around {
    pub opening: Option<Opening>,
    /// What was asked for, where a request is answered.
    pub asked: Option<Terms>,
    pub currency: Option<Currency>,
}

/// The terms and sentences for one of the caller's connections.
///
/// Errors: 403 for other roles, 404, `invalid` for an unknown preset, action or operation,
/// `nothing-allowed`, `connection-state`.
pub async fn preview(
    app: &App,
    caller: &Caller,
    connection: ConnectionId,
    choice: &Choice,
) -> Result<Preview> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    let found = store::connection(&mut tx, caller.organization, connection).await?;
    let connection = found.ok_or(Common::NotFound("connection"))?;
    let around = around(&mut tx, caller, choice).await?;
    preview_of(app, &connection, (choice, around))
}

/// What a request would say, before it is sent or kept as a draft.
///
/// Errors: 403 for other roles, `invalid`, `nothing-allowed`.
pub fn preview_request(app: &App, caller: &Caller, wish: &Wish) -> Result<Preview> {
    let _: Allowed<AskForAccess> = identity::allow(caller)?;
    preview_of_request(app, wish)
}

/// The milestone that is chosen, and the request that is answered.
pub(super) async fn around(tx: &mut Tx, caller: &Caller, choice: &Choice) -> Result<Around> {
    let opening = opening(tx, caller, choice).await?;
    let Some(id) = choice.answers else { return Ok(Around { opening, ..Around::default() }) };
    let found = store::grant(tx, viewer(caller), id).await?;
    let found = found.ok_or(Common::NotFound("letter of access"))?;
    found.state.after(GrantStep::Grant)?;
    let asked = Terms::read(&found.terms).map_err(Error::fault)?;
    Ok(Around { opening, asked: Some(asked), currency: None })
}

/// The milestone that is chosen, one of the customer's; that it is of the letter's own engagement
/// is seen when it is granted.
async fn opening(tx: &mut Tx, caller: &Caller, choice: &Choice) -> Result<Option<Opening>> {
    let Some(milestone) = choice.opens_with else { return Ok(None) };
    let found = store::opening(tx, caller.organization, milestone).await?;
    let message = "Choose a milestone of this engagement that can be funded";
    Ok(Some(found.ok_or_else(|| Invalid::field("opens_with", message))?))
}

/// As [`preview`], for a connection at hand.
pub(super) fn preview_of(
    app: &App,
    connection: &Connection,
    (choice, around): (&Choice, Around),
) -> Result<Preview> {
    if connection.state != ConnectionState::Active {
        let step = crate::access::model::ConnectionStep::Break;
        return Err(AccessError::ConnectionState { state: connection.state, step }.into());
    }
    // Whose today it is, is not known here.
    let yesterday = app.clock.now().date_naive() - TimeDelta::days(1);
    if choice.starts.is_some_and(|day| day < yesterday) {
        let message = "Choose a first day from today on, or none";
        return Err(Invalid::field("starts_on", message).into());
    }
    let upstream = known(app, &connection.upstream)?;
    let around = Around { currency: connection.currency, ..around };
    make(&upstream, (choice, around), Some(&connection.scopes))
}

/// The terms of a request, while no account is chosen. What it does not ask to be asked for is the
/// customer's to choose.
pub(super) fn preview_of_request(app: &App, wish: &Wish) -> Result<Preview> {
    let Narrower { without, limits } = wish.narrower.clone();
    let choice = Choice {
        preset: wish.preset.clone(),
        without,
        asks: Some(limits.asks.clone()),
        limits,
        ..Choice::default()
    };
    let mut checks = Checks::new();
    let days = wish.days.is_none_or(|days| (1..=MOST_DAYS).contains(&days));
    checks.that(days, "days", format!("Ask for 1 to {MOST_DAYS} days"));
    let found = app.upstreams.get(&wish.upstream).cloned();
    let found = checks.parsed("upstream", found, "Choose one of the listed applications");
    checks.finish()?;
    let upstream = found.ok_or_else(|| Error::fault("checked above"))?;
    make(&upstream, (&choice, Around::default()), None)
}

/// The sentences of a grant that exists; `None` when its terms cannot be read.
pub fn consent_of(app: &App, grant: &Grant) -> Option<Consent> {
    let upstream = app.upstreams.get(&grant.upstream)?;
    Some(consent_in(&Terms::read(&grant.terms).ok()?, upstream, grant.currency))
}

fn make(
    upstream: &Upstream,
    (choice, around): (&Choice, Around),
    scopes: Option<&[String]>,
) -> Result<Preview> {
    let mut checks = Checks::new();
    let preset = upstream.preset(&choice.preset);
    let preset = checks.parsed("preset", preset, "Choose one of the application's presets");
    for action in &choice.without.actions {
        let known = preset.is_none_or(|p| p.actions.contains(action));
        checks.that(known, "without", format!("{action} is not part of the preset"));
    }
    for id in &choice.without.operations {
        let found = upstream.operations.iter().find(|operation| operation.id == *id);
        let in_preset = |o: &Operation| preset.is_none_or(|p| p.actions.contains(&o.action));
        let known = found.is_some_and(in_preset);
        checks.that(known, "without_operations", format!("{id} is not part of the preset"));
    }
    for action in choice.asks.iter().flatten() {
        let changes = upstream.actions.get(action).is_some_and(|a| a.risk > Risk::Read);
        let known = changes && preset.is_none_or(|p| p.actions.contains(action));
        checks.that(known, "asks", format!("{action} changes nothing, or is not in the preset"));
    }
    for id in &choice.withhold {
        let known = upstream
            .withholdable
            .get(id)
            .is_some_and(|of| preset.is_none_or(|p| !p.actions.is_disjoint(&of.what.actions)));
        checks.that(known, "withhold", format!("{id} is nothing that can be withheld of it"));
    }
    check_limits(upstream, &choice.limits, &mut checks);
    checks.finish()?;
    let preset = preset.ok_or_else(|| Error::fault("checked above"))?;
    let mut terms = Terms::of(upstream, preset, &choice.without, scopes, choice.limits.clone());
    terms.limits.asks = asks(&terms, choice.asks.as_ref());
    if let Some(asked) = &around.asked {
        terms = terms.within(asked, upstream);
    }
    let named = terms.limits.only.values().all(|ids| !ids.is_empty());
    if terms.operations.is_empty() || !named {
        return Err(AccessError::NothingAllowed.into());
    }
    terms = terms.withholding(upstream, &choice.withhold);
    (terms.opens, terms.starts) = (around.opening, choice.starts);
    let text = terms.text()?;
    Ok(Preview {
        consent: consent_in(&terms, upstream, around.currency),
        currency: around.currency,
        hash: hash_of(&text),
        needs_password: terms.greatest_risk() > Risk::Read,
        text,
        terms,
    })
}

/// The chosen ones of the actions that are granted, or those that are asked for by themselves
/// where nothing was chosen.
fn asks(terms: &Terms, chosen: Option<&BTreeSet<String>>) -> BTreeSet<String> {
    let asked = |action: &str, risk: Risk| {
        chosen.map_or(risk >= Risk::Delete, |chosen| chosen.contains(action))
    };
    let granted = terms.operations.values();
    let asked = granted.filter(|operation| asked(&operation.action, operation.risk));
    asked.map(|operation| operation.action.clone()).collect()
}

/// Limits are about kinds that the application has, and name at least one thing each.
fn check_limits(upstream: &Upstream, limits: &Limits, checks: &mut Checks) {
    for (kind, ids) in &limits.only {
        let known = upstream.operations.iter().any(|o| o.about.as_deref() == Some(kind));
        checks.that(known, "only", format!("The application has no kind of thing called {kind}"));
        let plain =
            |id: &String| (1..=200).contains(&id.len()) && !id.chars().any(char::is_control);
        let fits = (1..=50).contains(&ids.len()) && ids.iter().all(plain);
        checks.that(fits, "only", "Name from 1 to 50 things by their ids");
    }
    for (unit, most) in &limits.budgets {
        let counted =
            upstream.operations.iter().any(|o| o.cost.as_ref().is_some_and(|c| c.unit == *unit));
        checks.that(counted, "budgets", format!("The application does not tell {unit}"));
        let fits = (1..=MOST_BUDGET).contains(most);
        checks.that(fits, "budgets", "A budget is a whole number from 1 to 1,000,000,000");
    }
}

fn known(app: &App, upstream: &str) -> Result<Arc<Upstream>> {
    let found = app.upstreams.get(upstream).cloned();
    found.ok_or_else(|| Error::fault(format!("the upstream {upstream} is not described here")))
}
