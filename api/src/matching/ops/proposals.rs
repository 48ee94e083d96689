//! Proposals: sending, taking back, declining.

use super::accept::lock_proposal;
use super::draft::offered;
use super::invitations::lock_invitation;
use super::reason;
use crate::app::App;
use crate::identity;
use crate::kernel::check::Checks;
use crate::kernel::id::{InvitationId, PersonId, ProposalId};
use crate::matching::MatchingError;
use crate::matching::model::{
    BriefStep, InvitationStep, NewProposal, Proposal, ProposalDeclined, ProposalMilestone,
    ProposalSent, ProposalState, ProposalStep, ProposalWithdrawn,
};
use crate::matching::policy::{
    DecideProposal, Propose, has_proposed, is_invited, may_decide_proposal, may_see_proposal,
};
use crate::matching::store;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;
use crate::program::{self, Planned, Settings};

/// Sends a proposal for an invitation; states `ProposalSent`. One whose time has run out is
/// withdrawn for it.
///
/// Errors: 422 by field, also for days that money cannot be held for; `invitation-state`,
/// `brief-state`, `proposal-already-open`,
/// `not-enrolled`; 404 when the invitation was sent to another.
pub async fn send_proposal(
    app: &App,
    caller: &Caller,
    invitation: InvitationId,
    new: NewProposal,
) -> Result<Proposal> {
    identity::allow::<Propose>(caller)?;
    let mut tx = app.db.write(caller).await?;
    let invitation = lock_invitation(&mut tx, invitation).await?;
    is_invited(caller, &invitation)?;
    let proposed = invitation.state.after(InvitationStep::Propose)?;
    let brief = store::brief(&mut tx, invitation.of.brief).await?;
    brief.state.after(BriefStep::Propose)?;
    if !program::is_enrolled(&mut tx, caller.organization).await? {
        return Err(MatchingError::NotEnrolled.into());
    }
    let settings = program::settings(&mut tx).await?;
    let service_fits = match new.service {
        None => true,
        Some(id) => offered(&mut tx, id, invitation.of.profile).await?.is_some(),
    };
    let new = new.checked(settings.currency, settings.offer_valid_days, service_fits)?;
    can_be_held(app, &mut tx, &settings, &new.milestones).await?;
    make_room(app, &mut tx, caller, invitation.id).await?;
    let id: ProposalId = app.ids.next();
    store::insert_proposal(&mut tx, id, &invitation, &new, caller.person).await?;
    store::set_answer(&mut tx, invitation.id, proposed, None).await?;
    let proposal = store::proposal(&mut tx, id).await?;
    let fact = ProposalSent {
        of: invitation.of,
        invitation: invitation.id,
        proposal: id,
        title: proposal.title.clone(),
        total: proposal.total,
        valid_until: proposal.valid_until,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await?;
    Ok(proposal)
}

/// Whether every milestone's money leaves before the limit of holding, with all reviews that the
/// program's terms of today give; 422 for the days of each that does not. A week of hours always
/// does: it is reviewed within days.
async fn can_be_held(
    app: &App,
    tx: &mut Tx,
    settings: &Settings,
    milestones: &[ProposalMilestone],
) -> Result<()> {
    let limit = program::hold_limit(tx).await?;
    let today = app.clock.now().with_timezone(&settings.zone.tz()).date_naive();
    let mut checks = Checks::new();
    for milestone in milestones {
        let Settings { acceptance_days, change_requests, .. } = *settings;
        let planned = Planned { days: milestone.days, acceptance_days, change_requests };
        if let Some(too_long) = limit.refuses(planned, today) {
            let field = format!("milestones[{}].days", milestone.seq - 1);
            checks.that(false, &field, too_long.to_string());
        }
    }
    Ok(checks.finish()?)
}

/// Withdraws a proposal whose time has run out; refuses while one is open.
async fn make_room(app: &App, tx: &mut Tx, caller: &Caller, of: InvitationId) -> Result<()> {
    let Some(waiting) = store::waiting_proposal(tx, of).await? else { return Ok(()) };
    let waiting = store::proposal(tx, waiting).await?;
    if waiting.state != ProposalState::Expired {
        return Err(MatchingError::ProposalAlreadyOpen.into());
    }
    let reason = "Its time had run out; a new one takes its place.";
    take_back(app, tx, &waiting, caller.person, reason).await
}

/// The consultant's organization takes a proposal back, with a reason; states
/// `ProposalWithdrawn`. Errors: `proposal-not-open`; 404 when another sent it.
pub async fn withdraw_proposal(
    app: &App,
    caller: &Caller,
    id: ProposalId,
    why: &str,
) -> Result<Proposal> {
    identity::allow::<Propose>(caller)?;
    let reason = reason(why)?;
    let mut tx = app.db.write(caller).await?;
    let proposal = lock_proposal(&mut tx, id).await?;
    has_proposed(caller, &proposal)?;
    take_back(app, &mut tx, &proposal, caller.person, &reason).await?;
    let proposal = store::proposal(&mut tx, id).await?;
    tx.commit().await?;
    Ok(proposal)
}

async fn take_back(
    app: &App,
    tx: &mut Tx,
    proposal: &Proposal,
    by: PersonId,
    reason: &str,
) -> Result<()> {
    let withdrawn = proposal.state.after(ProposalStep::Withdraw)?;
    store::end_proposals(tx, &[proposal.id], withdrawn, by, Some(reason)).await?;
    let fact = ProposalWithdrawn {
        of: proposal.parties(),
        proposal: proposal.id,
        title: proposal.title.clone(),
        total: proposal.total,
        reason: reason.to_owned(),
    };
    event::state(tx, &app.ids, Some(by), &fact).await
}

/// The customer says no, with a reason; states `ProposalDeclined`. The consultant may send
/// another. Errors: `proposal-not-open`; 404 when it is another's.
pub async fn decline_proposal(
    app: &App,
    caller: &Caller,
    id: ProposalId,
    why: &str,
) -> Result<Proposal> {
    identity::allow::<DecideProposal>(caller)?;
    let reason = reason(why)?;
    let mut tx = app.db.write(caller).await?;
    let proposal = lock_proposal(&mut tx, id).await?;
    may_decide_proposal(caller, &proposal)?;
    let declined = proposal.state.after(ProposalStep::Decline)?;
    store::end_proposals(&mut tx, &[id], declined, caller.person, Some(&reason)).await?;
    let fact = ProposalDeclined {
        of: proposal.parties(),
        proposal: id,
        title: proposal.title,
        total: proposal.total,
        reason,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    let proposal = store::proposal(&mut tx, id).await?;
    tx.commit().await?;
    Ok(proposal)
}

/// A proposal, for its two sides; 404 for others.
pub async fn see_proposal(app: &App, caller: &Caller, id: ProposalId) -> Result<Proposal> {
    let mut tx = app.db.read(caller).await?;
    let proposal = store::proposal(&mut tx, id).await?;
    may_see_proposal(caller, &proposal)?;
    Ok(proposal)
}
