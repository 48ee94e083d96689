//! Asking for more or longer on a letter in force, and every answer but yes.

use super::completion::{expire_overdue, of_grant, place};
use super::granting::open_engagement;
use super::grants::{HandBackAccess, visible};
use super::offer::{Offer, offer_of, scopes_of, sentences};
use super::preview::GrantAccess;
use crate::access::AccessError;
use crate::access::model::{
    AccessMoreAsked, AccessMoreClosed, Amendment, AmendmentState, Grant, GrantStep, Terms, more,
};
use crate::access::store::{self, NewAmendment, Of};
use crate::app::App;
use crate::engagements::{self, Note, Side, Topic};
use crate::identity::{self, Allowed};
use crate::kernel::check::Checks;
use crate::kernel::id::{GrantId, PersonId, VendorId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::{Job, NewJob, enqueue, event};
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

pub const LAPSE_JOB: &str = "lapse-amendment";

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct LapseAmendment {
    grant: GrantId,
}

/// The longest time of a letter, and some days for the zones.
const FAR: Days = Days::new(182);

/// What a consultant wants beyond their letter.
#[derive(Debug, Clone, Default)]
pub struct MoreWanted {
    /// Everything of this preset that the letter does not hold.
    pub preset: Option<String>,
    pub actions: BTreeSet<String>,
    /// A later last day, in the customer's zone.
    pub last_day: Option<NaiveDate>,
    pub reason: String,
}

/// Asks the customer for more or longer. What waits already is replaced: its hash counts no more.
/// Only the person whom the letter names asks.
///
/// Errors: 403, 404, `grant-state`, `engagement-not-open`, `invalid`.
pub async fn ask_for_more(
    app: &App,
    caller: &Caller,
    id: GrantId,
    wanted: MoreWanted,
) -> Result<()> {
    let _: Allowed<HandBackAccess> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    let grant = visible(&mut tx, caller, id).await?;
    if caller.person != grant.consultant {
        let who = "Only the person whom the letter names asks for more.";
        return Err(Common::NotPermitted(who.to_owned()).into());
    }
    open_engagement(&mut tx, caller, grant.engagement, Side::Partner).await?;
    let grant = lock_amendable(app, &mut tx, (caller, &grant)).await?;
    let terms = Terms::read(&grant.terms).map_err(Error::fault)?;
    let new = check(app, &mut tx, (caller, &grant, &terms), wanted).await?;
    store::close_amendment(&mut tx, id, AmendmentState::Withdrawn, Some(caller.person)).await?;
    let answer_by = store::insert_amendment(&mut tx, &new).await?;
    enqueue(&mut tx, &app.ids, lapse_job(id, answer_by, caller.vendor)?).await?;
    let amendment = open_amendment(&mut tx, id).await?;
    tell_asked(app, &mut tx, &grant, &amendment).await?;
    tx.commit().await
}

/// The letter, locked, while it may be asked about: granted, and neither its time nor anything it
/// hangs on is over.
pub(super) async fn lock_amendable(
    app: &App,
    tx: &mut Tx,
    (caller, grant): (&Caller, &Grant),
) -> Result<Grant> {
    expire_overdue(app, tx, grant.customer).await?;
    for (_, state) in store::lock(tx, Of::Grant(grant.id)).await? {
        state.after(GrantStep::Amend)?;
    }
    let grant = visible(tx, caller, grant.id).await?;
    if !grant.standing.is_open() {
        return Err(AccessError::EngagementNotOpen.into());
    }
    Ok(grant)
}

/// What is wanted, once it is something that the letter lacks and the account gives.
async fn check(
    app: &App,
    tx: &mut Tx,
    (caller, grant, terms): (&Caller, &Grant, &Terms),
    wanted: MoreWanted,
) -> Result<NewAmendment> {
    let upstream = app.upstreams.get(&grant.upstream);
    let upstream = upstream.ok_or_else(|| Error::fault("the application is not described here"))?;
    let scopes = scopes_of(tx, grant).await?;
    let mut checks = Checks::new();
    let reason = checks.text("reason", &wanted.reason, "a reason", (1, 1000));
    let mut actions = wanted.actions;
    if let Some(id) = &wanted.preset {
        let preset = upstream.preset(id);
        let known = "Choose one of the application's presets";
        if let Some(preset) = checks.parsed("preset", preset, known) {
            let all = more(terms, upstream, &preset.actions, &scopes);
            actions.extend(all.beyond(terms).into_iter().map(str::to_owned));
        }
    }
    let all = more(terms, upstream, &actions, &scopes);
    let (given, new) = (all.actions(), all.beyond(terms));
    for action in &actions {
        let given = given.contains(action.as_str());
        let held = given && !new.contains(action.as_str());
        checks.that(!held, "actions", "The letter allows that already");
        checks.that(given, "actions", format!("The account does not give {action}"));
    }
    let something = !actions.is_empty() || wanted.last_day.is_some();
    checks.that(something, "actions", "Ask for at least one thing, or for a later day");
    if let Some(day) = wanted.last_day {
        check_day(app, tx, (grant.id, day), &mut checks).await?;
    }
    checks.finish()?;
    Ok(NewAmendment {
        id: app.ids.next(),
        grant: grant.id,
        actions,
        last_day: wanted.last_day,
        reason,
        asked_by: caller.person,
    })
}

async fn check_day(
    app: &App,
    tx: &mut Tx,
    (grant, day): (GrantId, NaiveDate),
    checks: &mut Checks,
) -> Result<()> {
    let today = app.clock.now().date_naive();
    let plausible = day >= today - Days::new(2) && day <= today + FAR;
    let lies = if plausible { Some(store::last_day(tx, grant, day).await?) } else { None };
    let later = lies.map_or(day > today, |lies| lies.later);
    checks.that(later, "last_day", "Choose a day after the one on which the letter ends");
    let near = lies.map_or(day < today, |lies| lies.near);
    checks.that(near, "last_day", "Choose a day within 180 days from today");
    Ok(())
}

/// What was asked for last on a letter, with what a yes would add while it waits.
///
/// Errors: 404 also when nothing was ever asked for.
pub async fn see_amendment(
    app: &App,
    caller: &Caller,
    id: GrantId,
) -> Result<(Grant, Amendment, Offer)> {
    let mut tx = app.db.read(caller).await?;
    let grant = visible(&mut tx, caller, id).await?;
    let found = store::latest_amendment(&mut tx, id).await?;
    let amendment = found.ok_or(Common::NotFound("request for more"))?;
    let scopes = scopes_of(&mut tx, &grant).await?;
    let offer = offer_of(app, (&grant, &amendment), &scopes)?;
    Ok((grant, amendment, offer))
}

/// A customer says no; the letter goes on as it is.
///
/// Errors: 403, 404, `nothing-asked`.
pub async fn decline_more(app: &App, caller: &Caller, id: GrantId) -> Result<()> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    close(app, caller, id, AmendmentState::Declined).await
}

/// The partner's side takes back what was asked for.
///
/// Errors: 403, 404, `nothing-asked`.
pub async fn withdraw_more(app: &App, caller: &Caller, id: GrantId) -> Result<()> {
    let _: Allowed<HandBackAccess> = identity::allow(caller)?;
    close(app, caller, id, AmendmentState::Withdrawn).await
}

async fn close(app: &App, caller: &Caller, id: GrantId, state: AmendmentState) -> Result<()> {
    let mut tx = app.db.write(caller).await?;
    let grant = visible(&mut tx, caller, id).await?;
    store::lock(&mut tx, Of::Grant(id)).await?;
    open_amendment(&mut tx, id).await?;
    store::close_amendment(&mut tx, id, state, Some(caller.person)).await?;
    tell_closed(app, &mut tx, &grant, Some(caller.person)).await?;
    tx.commit().await
}

/// What waits for its answer. Errors with `nothing-asked`.
pub(super) async fn open_amendment(tx: &mut Tx, id: GrantId) -> Result<Amendment> {
    let found = store::latest_amendment(tx, id).await?;
    let open = found.filter(|amendment| amendment.state == AmendmentState::Asked);
    Ok(open.ok_or(AccessError::NothingAsked)?)
}

fn lapse_job(grant: GrantId, at: DateTime<Utc>, vendor: VendorId) -> Result<NewJob> {
    let key = format!("{LAPSE_JOB}:{grant}:{}", at.timestamp_micros());
    Ok(NewJob::new(LAPSE_JOB, &LapseAmendment { grant })?.for_vendor(vendor).once(key).at(at))
}

/// Closes what nobody answered; does nothing when it was answered or asked anew meanwhile.
pub async fn lapse_amendment(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let facts: LapseAmendment = job.read()?;
    store::lock(tx, Of::Grant(facts.grant)).await?;
    let found = store::grants_of(tx, &[facts.grant]).await?;
    let Some(grant) = found.first() else { return Ok(()) };
    if store::close_amendment(tx, grant.id, AmendmentState::Lapsed, None).await? {
        tell_closed(app, tx, grant, None).await?;
    }
    Ok(())
}

async fn tell_asked(app: &App, tx: &mut Tx, grant: &Grant, of: &Amendment) -> Result<()> {
    let asked = place(app, grant);
    let line = format!("{} asked for more access to {asked}", grant.consultant_name);
    let wanted = sentences(app, grant, &of.actions);
    let until = of.wanted_until;
    let note = Note::new(Topic::Access, "access-more-asked", line)
        .facts(json!({ "grant": grant.id, "wanted": wanted, "until": until }))
        .by(grant.consultant);
    engagements::note(app, tx, grant.engagement, note).await?;
    let fact =
        AccessMoreAsked { of: of_grant(app, grant), reason: of.reason.clone(), wanted, until };
    event::state(tx, &app.ids, Some(grant.consultant), &fact).await
}

async fn tell_closed(app: &App, tx: &mut Tx, grant: &Grant, by: Option<PersonId>) -> Result<()> {
    let verb = match by {
        Some(by) if by == grant.consultant => "was taken back",
        Some(_) => "was declined",
        None => "was not answered in time",
    };
    let asked = place(app, grant);
    let line = format!("{}'s request for more access to {asked} {verb}", grant.consultant_name);
    let note = Note::new(Topic::Access, "access-more-closed", line)
        .facts(json!({ "grant": grant.id }))
        .by(by);
    engagements::note(app, tx, grant.engagement, note).await?;
    let fact = AccessMoreClosed { of: of_grant(app, grant), by };
    event::state(tx, &app.ids, by, &fact).await
}
