//! Granting access: unasked, or as the answer to a request.

use super::completion::{expire_overdue, of_grant, place};
use super::grants::viewer;
use super::preview::{Choice, GrantAccess, Preview, around, preview_of};
use super::proposing::{Yes, settle};
use super::timers::{set_end, set_rest};
use crate::access::AccessError;
use crate::access::model::{
    AccessGranted, Connection, Frozen, Grant, GrantProposalKind, GrantStep,
};
use crate::access::store::{self, Allowance, NewGrant, Of};
use crate::app::App;
use crate::engagements::{self, Engagement, EngagementState, Note, Side, Topic};
use crate::identity::{self, Allowed, Command, Deed};
use crate::kernel::check::Invalid;
use crate::kernel::id::{ConnectionId, EngagementId, GrantId, OrganizationId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::json;

pub struct AskForAccess;

impl Command for AskForAccess {
    const DEED: Deed = Deed::UseAccess;
}

/// What a customer grants, and that they saw it.
#[derive(Debug, Clone)]
pub struct GrantOrder {
    pub connection: ConnectionId,
    pub choice: Choice,
    /// The hash of the terms that were shown.
    pub terms_hash: String,
    /// The hash of what was asked for, where a request is answered.
    pub requested_hash: Option<String>,
    /// The last day; the engagement's end and 180 days end it anyway.
    pub last_day: Option<NaiveDate>,
    /// The person's password, wanted when anything more than reading is granted.
    pub password: Option<String>,
    /// The hash of what waits for several people, where this is to be instead of it.
    pub instead_of: Option<String>,
}

/// Somebody who holds a seat in the organization that does the work, with their name.
pub(super) async fn seated(
    tx: &mut Tx,
    person: PersonId,
    partner: OrganizationId,
) -> Result<(PersonId, String)> {
    if !store::holds_seat(tx, person, partner).await? {
        let message = "Choose a person of the organization that does the work";
        return Err(Invalid::field("consultant", message).into());
    }
    Ok((person, person_name(tx, person).await?))
}

/// A customer grants a person of the engagement's partner access to one of its accounts; where
/// several people have to agree, the others are asked.
///
/// Errors: 403, 404, `engagement-not-open`, `terms-changed`, `password-wanted`, `wrong-password`,
/// `already-granted`, `connection-state`, `nothing-allowed`, `proposal-waits`, `proposal-changed`,
/// `invalid`.
pub async fn grant_access(
    app: &App,
    caller: &Caller,
    engagement: EngagementId,
    consultant: PersonId,
    order: GrantOrder,
) -> Result<Yes> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let (connection, preview) = agree(app, caller, &order).await?;
    let mut tx = app.db.write(caller).await?;
    let engagement = open_engagement(&mut tx, caller, engagement, Side::Customer).await?;
    expire_overdue(app, &mut tx, engagement.customer).await?;
    let consultant = seated(&mut tx, consultant, engagement.partner).await?;
    let subject = Subject { engagement: &engagement, consultant, upstream: &connection.upstream };
    let new = subject.grant(app.ids.next(), preview);
    let frozen = frozen(GrantProposalKind::Letter, new, &order);
    let yes = settle(app, &mut tx, (caller, &frozen), order.instead_of.as_deref()).await?;
    tx.commit().await?;
    Ok(yes)
}

/// A customer says yes to a request, with the account it is for, and with less than was asked if
/// they wish.
///
/// Errors: as [`grant_access`], and `grant-state` when it is no open request.
pub async fn allow_request(
    app: &App,
    caller: &Caller,
    id: GrantId,
    order: GrantOrder,
) -> Result<Yes> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    let asked = store::grant(&mut tx, viewer(caller), id).await?;
    let asked = asked.ok_or(Common::NotFound("letter of access"))?;
    drop(tx);
    if asked.succeeds.is_some() {
        return Err(AccessError::SuccessorAsked.into());
    }
    asked.state.after(GrantStep::Grant)?;
    let looked_at = order.requested_hash.as_deref().map(str::to_ascii_lowercase);
    if looked_at != Some(hex::encode(&asked.terms_hash)) {
        return Err(AccessError::RequestChanged.into());
    }
    let order = answering(order, id);
    within_asked(app, &asked, &order)?;
    let (connection, preview) = agree(app, caller, &order).await?;
    if connection.upstream != asked.upstream {
        let message = "Choose an account of the application that was asked for";
        return Err(Invalid::field("connection", message).into());
    }
    let mut tx = app.db.write(caller).await?;
    let engagement = open_engagement(&mut tx, caller, asked.engagement, Side::Customer).await?;
    expire_overdue(app, &mut tx, engagement.customer).await?;
    for (_, state) in store::lock(&mut tx, Of::Grant(id)).await? {
        state.after(GrantStep::Grant)?;
    }
    if !store::holds_seat(&mut tx, asked.consultant, engagement.partner).await? {
        return Err(AccessError::EngagementNotOpen.into());
    }
    let consultant = (asked.consultant, asked.consultant_name);
    let subject = Subject { engagement: &engagement, consultant, upstream: &asked.upstream };
    let frozen = frozen(GrantProposalKind::Request, subject.grant(id, preview), &order);
    let frozen = Frozen { before_hash: Some(asked.terms_hash), ..frozen };
    let yes = settle(app, &mut tx, (caller, &frozen), order.instead_of.as_deref()).await?;
    tx.commit().await?;
    Ok(yes)
}

/// Errors for a last day beyond the time that was asked for. Whose today it is, the database knows.
fn within_asked(app: &App, asked: &Grant, order: &GrantOrder) -> Result<()> {
    let days = asked.requested.as_ref().and_then(|asked| asked.days);
    let Some((days, last)) = days.zip(order.last_day) else { return Ok(()) };
    let today = app.clock.now().date_naive();
    let begins = order.choice.starts.map_or(today, |day| day.max(today));
    if last <= begins + TimeDelta::days(i64::from(days) + 1) {
        return Ok(());
    }
    let message = format!("It was asked for {days} days: choose a day within them, or none");
    Err(Invalid::field("last_day", message).into())
}

/// The order as an answer to a request: nothing beyond it.
fn answering(mut order: GrantOrder, request: GrantId) -> GrantOrder {
    order.choice.answers = Some(request);
    order
}

fn frozen(kind: GrantProposalKind, new: NewGrant, order: &GrantOrder) -> Frozen {
    Frozen {
        kind,
        grant: new.id,
        amendment: None,
        engagement: new.engagement,
        customer: new.customer,
        partner: new.partner,
        connection: order.connection,
        consultant: new.consultant,
        consultant_name: new.consultant_name,
        upstream: new.upstream,
        preset: new.preset,
        terms: new.terms,
        terms_hash: new.terms_hash,
        before_hash: None,
        last_day: order.last_day,
        ends_by: None,
    }
}

/// The letter is in force: a new one, or the one that was asked for.
pub(super) async fn put_in_force(
    app: &App,
    tx: &mut Tx,
    (caller, frozen): (&Caller, &Frozen),
) -> Result<()> {
    let granted_by = caller.person;
    let yes = Allowance { connection: frozen.connection, granted_by, last_day: frozen.last_day };
    let new = NewGrant::from(frozen.clone());
    let until = match frozen.kind {
        GrantProposalKind::Request => store::grant_request(tx, &new, &yes).await?,
        _ => store::insert_granted(tx, &new, &yes).await?,
    };
    tell_granted(app, tx, caller, (new.id, until)).await
}

/// The account and the terms, once the person has shown that they saw them and are who they are.
async fn agree(app: &App, caller: &Caller, order: &GrantOrder) -> Result<(Connection, Preview)> {
    let mut tx = app.db.read(caller).await?;
    let found = store::connection(&mut tx, caller.organization, order.connection).await?;
    let connection = found.ok_or(Common::NotFound("connection"))?;
    let around = around(&mut tx, caller, &order.choice).await?;
    drop(tx);
    let preview = preview_of(app, &connection, (&order.choice, around))?;
    if hex::encode(preview.hash) != order.terms_hash.to_ascii_lowercase() {
        return Err(AccessError::TermsChanged.into());
    }
    if preview.needs_password {
        let password = order.password.clone().ok_or(AccessError::PasswordWanted)?;
        identity::check_password(app, caller.person, password).await?;
    }
    Ok((connection, preview))
}

/// The engagement, locked, when the caller is on that side of it and work may go on.
pub(super) async fn open_engagement(
    tx: &mut Tx,
    caller: &Caller,
    id: EngagementId,
    side: Side,
) -> Result<Engagement> {
    let engagement = engagements::lock_engagement(tx, id).await?;
    match engagement.side_of(caller.organization) {
        None => return Err(Common::NotFound("engagement").into()),
        Some(own) if own != side => {
            let who = "Access is asked for by the partner and granted by the customer.";
            return Err(Common::NotPermitted(who.to_owned()).into());
        }
        Some(_) => {}
    }
    let open = matches!(engagement.state, EngagementState::Signed | EngagementState::Active);
    if open { Ok(engagement) } else { Err(AccessError::EngagementNotOpen.into()) }
}

/// Whom and what a grant is about.
pub(super) struct Subject<'a> {
    pub engagement: &'a Engagement,
    pub consultant: (PersonId, String),
    pub upstream: &'a str,
}

impl Subject<'_> {
    pub fn grant(self, id: GrantId, preview: Preview) -> NewGrant {
        NewGrant {
            id,
            engagement: self.engagement.id,
            customer: self.engagement.customer,
            partner: self.engagement.partner,
            consultant: self.consultant.0,
            consultant_name: self.consultant.1,
            upstream: self.upstream.to_owned(),
            preset: preview.terms.preset.clone(),
            reason: String::new(),
            terms_hash: preview.hash,
            terms: preview.text,
        }
    }
}

pub(super) async fn tell_granted(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    (id, valid_until): (GrantId, DateTime<Utc>),
) -> Result<()> {
    let grant = read_back(tx, id).await?;
    let line = format!("{} may work in {}", grant.consultant_name, place(app, &grant));
    let note = Note::new(Topic::Access, "access-granted", line)
        .facts(json!({ "grant": id, "preset": grant.preset, "valid_until": valid_until }))
        .by(caller.person);
    engagements::note(app, tx, grant.engagement, note).await?;
    let opens = grant.opens().map(|opening| opening.clause());
    let fact = AccessGranted { of: of_grant(app, &grant), valid_until, opens };
    event::state(tx, &app.ids, Some(caller.person), &fact).await?;
    set_end(app, tx, (id, valid_until)).await?;
    set_rest(app, tx, id).await
}

pub(super) async fn read_back(tx: &mut Tx, id: GrantId) -> Result<Grant> {
    let found = store::grants_of(tx, &[id]).await?;
    found.into_iter().next().ok_or_else(|| Error::fault("a grant was written and is not there"))
}

async fn person_name(tx: &mut Tx, person: PersonId) -> Result<String> {
    let mut names = identity::person_names(tx, &[person]).await?;
    Ok(names.remove(&person).unwrap_or_default())
}
