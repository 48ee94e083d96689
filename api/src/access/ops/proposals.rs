//! What waits for the yes of several people of a customer: looked at, agreed to, declined, taken
//! back.

use super::amending::{lock_amendable, open_amendment};
use super::completion::expire_overdue;
use super::granting::open_engagement;
use super::grants::{MOST_OPEN, visible};
use super::preview::GrantAccess;
use super::proposing::{Yes, find, of_proposal, put_in_force};
use super::successors;
use crate::access::AccessError;
use crate::access::model::{
    AccessAgreed, AccessProposalClosed, ConnectionState, ConnectionStep, Frozen, Grant,
    GrantProposalKind, GrantProposalState, GrantStep, Proposal, Terms,
};
use crate::access::sentences::{Consent, consent_in};
use crate::access::store::{self, Of, ProposalFilter};
use crate::app::App;
use crate::engagements::Side;
use crate::identity::{self, Allowed};
use crate::kernel::check::Checks;
use crate::kernel::id::{GrantId, GrantProposalId};
use crate::kernel::page::Position;
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::db::Tx;
use crate::platform::http::paging::PageWanted;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};

/// A yes to what waits.
#[derive(Debug, Clone, Default)]
pub struct ProposalOrder {
    /// The hash of what was shown.
    pub hash: String,
    /// The person's password, wanted when the letter may do more than read.
    pub password: Option<String>,
}

/// The sentences of what waits, from the very terms that are agreed to; `None` when they cannot
/// be read.
pub fn consent_of_proposal(app: &App, it: &Proposal) -> Option<Consent> {
    let upstream = app.upstreams.get(&it.frozen.upstream)?;
    Some(consent_in(&Terms::read(&it.frozen.terms).ok()?, upstream, it.currency))
}

/// Everything that waits for one more of the customer's people, latest first.
///
/// Errors: 403 for whoever does not decide on access.
pub async fn list_waiting(app: &App, caller: &Caller) -> Result<Vec<Proposal>> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    let wanted = filter(caller, Some(true));
    store::proposals(&mut tx, &wanted).await
}

/// Everything that waited or waits, latest first.
///
/// Errors: 403.
pub async fn list_proposals(
    app: &App,
    caller: &Caller,
    (waiting, grant, page): (Option<bool>, Option<GrantId>, PageWanted),
) -> Result<Vec<Proposal>> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    let after = page.after.map(|Position { at, id }| (at, id));
    let wanted = ProposalFilter { grant, after, limit: page.limit + 1, ..filter(caller, waiting) };
    store::proposals(&mut tx, &wanted).await
}

/// What several agreed to on one letter, or are asked to, latest first; nothing for the partner's
/// side, whose letter it is without that.
pub async fn proposals_of_grant(app: &App, caller: &Caller, id: GrantId) -> Result<Vec<Proposal>> {
    if caller.kind != OrganizationKind::Customer {
        return Ok(Vec::new());
    }
    let mut tx = app.db.read(caller).await?;
    let wanted = ProposalFilter { grant: Some(id), ..filter(caller, None) };
    store::proposals(&mut tx, &wanted).await
}

fn filter(caller: &Caller, waiting: Option<bool>) -> ProposalFilter {
    let customer = caller.organization;
    ProposalFilter { customer, ids: None, grant: None, waiting, after: None, limit: MOST_OPEN }
}

/// One of them. Errors: 403, 404.
pub async fn get_proposal(app: &App, caller: &Caller, id: GrantProposalId) -> Result<Proposal> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.read(caller).await?;
    find(&mut tx, caller, id).await
}

/// One more yes to exactly what was shown; with the last that is wanted it is in force.
///
/// Errors: 403, 404, `proposal-state`, `proposal-changed`, `already-agreed`, `proposal-outdated`,
/// `password-wanted`, `wrong-password`, `engagement-not-open`, `connection-state`, `grant-state`.
pub async fn agree_to_proposal(
    app: &App,
    caller: &Caller,
    id: GrantProposalId,
    order: ProposalOrder,
) -> Result<Yes> {
    let seen = get_proposal(app, caller, id).await?;
    if seen.frozen.needs_password() {
        let password = order.password.clone().ok_or(AccessError::PasswordWanted)?;
        identity::check_password(app, caller.person, password).await?;
    }
    let mut tx = app.db.write(caller).await?;
    let it = lock(app, &mut tx, caller, &seen).await?;
    if hex::encode(&it.hash) != order.hash.to_ascii_lowercase() {
        return Err(AccessError::ProposalChanged.into());
    }
    if !store::insert_yes(&mut tx, (id, &it.hash), caller.person).await? && !it.is_enough() {
        return Err(AccessError::AlreadyAgreed.into());
    }
    let it = find(&mut tx, caller, id).await?;
    let name = it.agreed.iter().find(|yes| yes.latest && yes.person == caller.person);
    let fact = AccessAgreed {
        of: of_proposal(app, &it),
        proposal: id,
        hash: hex::encode(&it.hash),
        kind: it.frozen.kind,
        by_name: name.map(|yes| yes.name.clone()).unwrap_or_default(),
        needed: it.needed,
        yeses: it.yeses(),
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    let mut answer = Yes::Waits(id);
    if it.is_enough() {
        put_in_force(app, &mut tx, (caller, &it.frozen)).await?;
        let end = (GrantProposalState::InForce, caller.person, "");
        store::close_proposal(&mut tx, id, end).await?;
        answer = Yes::InForce(it.frozen.grant);
    }
    tx.commit().await?;
    Ok(answer)
}

/// What waits, locked after the letters that it is about, when it still fits them.
async fn lock(app: &App, tx: &mut Tx, caller: &Caller, seen: &Proposal) -> Result<Proposal> {
    let frozen = &seen.frozen;
    open_engagement(tx, caller, frozen.engagement, Side::Customer).await?;
    expire_overdue(app, tx, frozen.customer).await?;
    let letters = lock_letters(app, tx, (caller, frozen)).await;
    store::lock_proposal(tx, seen.id).await?;
    let it = find(tx, caller, seen.id).await?;
    // That it is closed says more than what became of its letter.
    if it.state != GrantProposalState::Waiting {
        return Err(AccessError::ProposalState(it.state).into());
    }
    let earlier = letters?;
    fits(tx, (&it.frozen, it.edited_at), earlier.as_ref()).await?;
    Ok(it)
}

/// The letters that it is about, locked in the order in which everybody locks them; answers the
/// one whose terms it was looked at beside.
async fn lock_letters(
    app: &App,
    tx: &mut Tx,
    (caller, frozen): (&Caller, &Frozen),
) -> Result<Option<Grant>> {
    match frozen.kind {
        GrantProposalKind::Letter => Ok(None),
        GrantProposalKind::Request => {
            for (_, state) in store::lock(tx, Of::Grant(frozen.grant)).await? {
                state.after(GrantStep::Grant)?;
            }
            Ok(None)
        }
        GrantProposalKind::More => {
            let grant = visible(tx, caller, frozen.grant).await?;
            Ok(Some(lock_amendable(app, tx, (caller, &grant)).await?))
        }
        GrantProposalKind::Successor => {
            successors::lock_both(tx, (caller, frozen.grant)).await.map(Some)
        }
    }
}

/// Whether what was frozen is still what a yes of today could be to.
async fn fits(
    tx: &mut Tx,
    (frozen, edited_at): (&Frozen, DateTime<Utc>),
    beside: Option<&Grant>,
) -> Result<()> {
    if !store::holds_seat(tx, frozen.consultant, frozen.partner).await? {
        return Err(AccessError::EngagementNotOpen.into());
    }
    let connection = store::connection(tx, frozen.customer, frozen.connection).await?;
    let state = connection.ok_or(Common::NotFound("connection"))?.state;
    if state != ConnectionState::Active {
        return Err(AccessError::ConnectionState { state, step: ConnectionStep::Break }.into());
    }
    let Some(grant) = beside else { return Ok(()) };
    let same = match frozen.kind {
        GrantProposalKind::More => {
            let asked = open_amendment(tx, frozen.grant).await?;
            let changed = store::changed_since(tx, frozen.grant, edited_at).await?;
            Some(asked.id) == frozen.amendment
                && frozen.before_hash.as_ref() == Some(&grant.terms_hash)
                && !changed
        }
        _ => {
            grant.terms_hash == frozen.terms_hash
                && frozen.ends_by == grant.valid_until
                && successors::can_pass_on(grant)
        }
    };
    if same { Ok(()) } else { Err(AccessError::ProposalOutdated.into()) }
}

/// One of the customer's people says no; nothing comes into force.
///
/// Errors: 403, 404, `proposal-state`, `proposal-changed`, `invalid`.
pub async fn decline_proposal(
    app: &App,
    caller: &Caller,
    id: GrantProposalId,
    (hash, reason): (&str, &str),
) -> Result<()> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut checks = Checks::new();
    let reason = checks.text("reason", reason, "a reason", (1, 1000));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let it = lock_waiting(&mut tx, caller, id).await?;
    if hex::encode(&it.hash) != hash.to_ascii_lowercase() {
        return Err(AccessError::ProposalChanged.into());
    }
    close(app, &mut tx, caller, (id, GrantProposalState::Declined, &reason)).await?;
    tx.commit().await
}

/// Whoever wrote it takes it back.
///
/// Errors: 403 for everybody else, 404, `proposal-state`.
pub async fn withdraw_proposal(app: &App, caller: &Caller, id: GrantProposalId) -> Result<()> {
    let _: Allowed<GrantAccess> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    let it = lock_waiting(&mut tx, caller, id).await?;
    if !it.is_of(caller.person) {
        let who = "Whoever proposed it takes it back; you can decline it with a reason.";
        return Err(Common::NotPermitted(who.to_owned()).into());
    }
    close(app, &mut tx, caller, (id, GrantProposalState::Withdrawn, "")).await?;
    tx.commit().await
}

async fn lock_waiting(tx: &mut Tx, caller: &Caller, id: GrantProposalId) -> Result<Proposal> {
    find(tx, caller, id).await?;
    store::lock_proposal(tx, id).await?;
    let it = find(tx, caller, id).await?;
    if it.state == GrantProposalState::Waiting {
        return Ok(it);
    }
    Err(AccessError::ProposalState(it.state).into())
}

async fn close(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    (id, state, reason): (GrantProposalId, GrantProposalState, &str),
) -> Result<()> {
    store::close_proposal(tx, id, (state, caller.person, reason)).await?;
    let it = find(tx, caller, id).await?;
    tell_closed(app, tx, &it, Some(caller)).await
}

pub(super) async fn tell_closed(
    app: &App,
    tx: &mut Tx,
    it: &Proposal,
    by: Option<&Caller>,
) -> Result<()> {
    let fact = AccessProposalClosed {
        of: of_proposal(app, it),
        proposal: it.id,
        hash: hex::encode(&it.hash),
        kind: it.frozen.kind,
        by_name: it.closed_by_name.clone(),
        state: it.state,
        reason: it.close_reason.clone(),
        moot: it.is_moot(),
    };
    event::state(tx, &app.ids, by.map(|caller| caller.person), &fact).await
}
