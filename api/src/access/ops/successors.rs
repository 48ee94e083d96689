//! A colleague in place of the person whom a letter names: proposed by their organization, and in
//! force only by the customer's yes to exactly that colleague.
//!
//! The new letter says what the earlier one says when it is answered, until the same end; what was
//! used up of its budgets stays used up. The earlier one ends in the same commit.

use super::completion::{close_all, expire_overdue, expiry_job, of_grant, place};
use super::granting::{open_engagement, read_back, tell_granted};
use super::grants::visible;
use super::preview::GrantAccess;
use super::proposing::{Yes, settle};
use crate::access::AccessError;
use crate::access::model::{
    AccessSuccessorProposed, ConnectionState, ConnectionStep, Frozen, Grant, GrantProposalKind,
    GrantState, GrantStep, Terms,
};
use crate::access::store::{self, NewSuccessor, Of};
use crate::app::App;
use crate::engagements::{self, Note, Side, Topic};
use crate::identity::{self, Allowed, Command, Deed};
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::{GrantId, PersonId};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::{enqueue, event};
use crate::platform::refusal::{Common, Error, Result};
use crate::upstreams::Risk;
use serde_json::json;
use std::collections::BTreeMap;

pub struct AssignStaff;

impl Command for AssignStaff {
    const DEED: Deed = Deed::AssignStaff;
}

/// A yes to one colleague.
#[derive(Debug, Clone, Default)]
pub struct TakeOverOrder {
    /// The hash of the terms that were shown.
    pub terms_hash: String,
    /// The person's password, wanted when the letter allows more than reading.
    pub password: Option<String>,
    /// The hash of what waits for several people, where this is to be instead of it.
    pub instead_of: Option<String>,
}

/// Whether a colleague may be proposed for a letter: it was granted, nobody followed it yet, and it
/// goes on or ended with the seat of its person, not by a decision about it. Of a chain the latest
/// holds what is left.
pub fn can_pass_on(grant: &Grant) -> bool {
    let with_seat = grant.seat_ended_at.is_some()
        && grant.over_since().is_none_or(|over| Some(over) == grant.seat_ended_at);
    grant.granted_at.is_some() && !grant.followed && (grant.standing.is_open() || with_seat)
}

/// An owner or admin of the partner proposes a colleague for a letter. Nothing changes before the
/// customer says yes.
///
/// Errors: 403, 404, `engagement-not-open`, `nothing-to-take-over`, `already-requested`, `invalid`.
pub async fn propose_successor(
    app: &App,
    caller: &Caller,
    id: GrantId,
    (person, reason): (PersonId, &str),
) -> Result<GrantId> {
    let _: Allowed<AssignStaff> = identity::allow(caller)?;
    let mut checks = Checks::new();
    let reason = checks.text("reason", reason, "a reason", (1, 1000));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let earlier = visible(&mut tx, caller, id).await?;
    open_engagement(&mut tx, caller, earlier.engagement, Side::Partner).await?;
    expire_overdue(app, &mut tx, earlier.customer).await?;
    store::lock(&mut tx, Of::Grant(id)).await?;
    let earlier = visible(&mut tx, caller, id).await?;
    let goes_on = earlier.valid_until.is_some_and(|until| until > app.clock.now());
    if !(can_pass_on(&earlier) && goes_on) {
        return Err(AccessError::NothingToTakeOver.into());
    }
    let seated = store::holds_seat(&mut tx, person, earlier.partner).await?;
    if !seated || person == earlier.consultant {
        let message = "Choose a colleague who holds a seat in your organization";
        return Err(Invalid::field("person", message).into());
    }
    let mut names = identity::person_names(&mut tx, &[person]).await?;
    let new = NewSuccessor {
        id: app.ids.next(),
        earlier: id,
        person,
        person_name: names.remove(&person).unwrap_or_default(),
        proposed_by: caller.person,
        reason,
    };
    let answer_by = store::insert_successor(&mut tx, &new).await?;
    enqueue(&mut tx, &app.ids, expiry_job(new.id, answer_by, caller.vendor)?).await?;
    tell_proposed(app, &mut tx, &earlier, &new).await?;
    tx.commit().await?;
    Ok(new.id)
}

async fn tell_proposed(app: &App, tx: &mut Tx, earlier: &Grant, new: &NewSuccessor) -> Result<()> {
    let request = read_back(tx, new.id).await?;
    let (who, from) = (&request.consultant_name, &earlier.consultant_name);
    let line = format!("{who} is proposed to take over {from}'s access to {}", place(app, earlier));
    let note = Note::new(Topic::Access, "access-successor-proposed", line)
        .facts(json!({ "grant": new.id, "earlier": earlier.id }))
        .by(new.proposed_by);
    engagements::note(app, tx, earlier.engagement, note).await?;
    let fact = AccessSuccessorProposed {
        of: of_grant(app, &request),
        by: new.proposed_by,
        earlier: earlier.id,
        from: from.clone(),
        reason: new.reason.clone(),
    };
    event::state(tx, &app.ids, Some(new.proposed_by), &fact).await
}

/// A proposal with the letter that it would follow, as that stands now; for either side.
///
/// Errors: 404; `nothing-to-take-over` for a letter that follows none.
pub async fn see_succession(app: &App, caller: &Caller, id: GrantId) -> Result<(Grant, Grant)> {
    let mut tx = app.db.read(caller).await?;
    let request = visible(&mut tx, caller, id).await?;
    let earlier = request.succeeds.ok_or(AccessError::NothingToTakeOver)?;
    Ok((earlier_of(&mut tx, earlier).await?, request))
}

async fn earlier_of(tx: &mut Tx, id: GrantId) -> Result<Grant> {
    let found = store::grants_of(tx, &[id]).await?;
    found.into_iter().next().ok_or_else(|| Error::fault("a letter follows one that is not there"))
}

/// Whether a yes to a letter with these terms wants the password.
pub fn take_over_needs_password(earlier: &Grant) -> Result<bool> {
    Ok(Terms::read(&earlier.terms).map_err(Error::fault)?.greatest_risk() > Risk::Read)
}

/// The customer says yes to exactly this colleague: the new letter is in force and the earlier one
/// has ended, in one commit. Where several people have to agree, the others are asked.
///
/// Errors: 403, 404, `engagement-not-open`, `nothing-to-take-over`, `grant-state`, `terms-changed`,
/// `password-wanted`, `wrong-password`, `connection-state`, `already-granted`, `proposal-waits`,
/// `proposal-changed`.
pub async fn take_over(
    app: &App,
    caller: &Caller,
    id: GrantId,
    order: TakeOverOrder,
) -> Result<Yes> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let (earlier, _) = see_succession(app, caller, id).await?;
    if take_over_needs_password(&earlier)? {
        let password = order.password.clone().ok_or(AccessError::PasswordWanted)?;
        identity::check_password(app, caller.person, password).await?;
    }
    let mut tx = app.db.write(caller).await?;
    open_engagement(&mut tx, caller, earlier.engagement, Side::Customer).await?;
    expire_overdue(app, &mut tx, earlier.customer).await?;
    // Looked at once more under the lock: what was narrowed or widened since is not what was shown.
    let earlier = lock_both(&mut tx, (caller, id)).await?;
    let request = visible(&mut tx, caller, id).await?;
    check(&mut tx, (&earlier, &request), &order).await?;
    let frozen = frozen(&earlier, &request)?;
    let yes = settle(app, &mut tx, (caller, &frozen), order.instead_of.as_deref()).await?;
    tx.commit().await?;
    Ok(yes)
}

/// Locks the letter and the request that would follow it, the earlier one first, as whoever ends it
/// and what waits to follow it does; answers the earlier one.
pub(super) async fn lock_both(tx: &mut Tx, (caller, request): (&Caller, GrantId)) -> Result<Grant> {
    let found = visible(tx, caller, request).await?;
    let earlier = found.succeeds.ok_or(AccessError::NothingToTakeOver)?;
    store::lock(tx, Of::Grant(earlier)).await?;
    for (_, state) in store::lock(tx, Of::Grant(request)).await? {
        state.after(GrantStep::Grant)?;
    }
    earlier_of(tx, earlier).await
}

fn frozen(earlier: &Grant, request: &Grant) -> Result<Frozen> {
    let account = earlier.connection;
    let hash = <[u8; 32]>::try_from(earlier.terms_hash.as_slice());
    Ok(Frozen {
        kind: GrantProposalKind::Successor,
        grant: request.id,
        amendment: None,
        engagement: request.engagement,
        customer: request.customer,
        partner: request.partner,
        connection: account.ok_or_else(|| Error::fault("a letter without its account"))?,
        consultant: request.consultant,
        consultant_name: request.consultant_name.clone(),
        upstream: earlier.upstream.clone(),
        preset: earlier.preset.clone(),
        terms: earlier.terms.clone(),
        terms_hash: hash.map_err(Error::fault)?,
        before_hash: None,
        last_day: None,
        ends_by: earlier.valid_until,
    })
}

/// The locked request is in force in place of the earlier letter, which ends with this commit.
pub(super) async fn put_in_force(
    app: &App,
    tx: &mut Tx,
    (caller, frozen): (&Caller, &Frozen),
) -> Result<()> {
    let request = visible(tx, caller, frozen.grant).await?;
    let earlier = request.succeeds.ok_or(AccessError::NothingToTakeOver)?;
    let earlier = earlier_of(tx, earlier).await?;
    if earlier.ended_at.is_none() {
        let reason = format!("{} took over", request.consultant_name);
        let ends = BTreeMap::from([(GrantState::Revoked, vec![earlier.id])]);
        close_all(app, tx, ends, (Some(caller.person), &reason)).await?;
    }
    let named = (request.id, request.consultant_name.as_str());
    let until = store::take_over(tx, named, caller.person).await?;
    tell_granted(app, tx, caller, (request.id, until)).await
}

async fn check(
    tx: &mut Tx,
    (earlier, request): (&Grant, &Grant),
    order: &TakeOverOrder,
) -> Result<()> {
    if !can_pass_on(earlier) {
        return Err(AccessError::NothingToTakeOver.into());
    }
    if hex::encode(&earlier.terms_hash) != order.terms_hash.to_ascii_lowercase() {
        return Err(AccessError::TermsChanged.into());
    }
    if !store::holds_seat(tx, request.consultant, request.partner).await? {
        return Err(AccessError::EngagementNotOpen.into());
    }
    let account = earlier.connection.ok_or_else(|| Error::fault("a letter without its account"))?;
    let connection = store::connection(tx, earlier.customer, account).await?;
    let state = connection.ok_or(Common::NotFound("connection"))?.state;
    if state == ConnectionState::Active {
        return Ok(());
    }
    Err(AccessError::ConnectionState { state, step: ConnectionStep::Break }.into())
}
