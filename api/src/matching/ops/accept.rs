//! The part of accepting a proposal that is matching's; called by the feature that makes the
//! engagement, in its transaction.

use crate::app::App;
use crate::kernel::id::{BriefId, OrganizationId, PersonId, ProposalId};
use crate::matching::model::{
    BriefStep, InvitationWithdrawn, Proposal, ProposalAccepted, ProposalDeclined, ProposalState,
    ProposalStep,
};
use crate::matching::store;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Result};

/// A proposal that its customer may accept now, locked together with its brief until the
/// transaction ends.
///
/// Errors: 404 when it is not one for `customer`, whatever its state; `brief-state`,
/// `proposal-not-open`, `proposal-expired` by the database's clock.
pub async fn lock_open_proposal(
    tx: &mut Tx,
    customer: OrganizationId,
    id: ProposalId,
) -> Result<Proposal> {
    let proposal = lock_proposal(tx, id).await?;
    if proposal.customer != customer {
        return Err(Common::NotFound("proposal").into());
    }
    proposal.state.after(ProposalStep::Accept)?;
    store::brief(tx, proposal.brief).await?.state.after(BriefStep::Book)?;
    Ok(proposal)
}

/// A proposal under the lock of its brief.
pub(super) async fn lock_proposal(tx: &mut Tx, id: ProposalId) -> Result<Proposal> {
    store::lock_brief_of_proposal(tx, id).await?;
    store::proposal(tx, id).await
}

/// Marks a proposal from [`lock_open_proposal`] accepted and books its brief; declines the brief's
/// other open proposals and withdraws its waiting invitations, each with the reason. States
/// `ProposalAccepted`, `ProposalDeclined` and `InvitationWithdrawn`.
pub async fn mark_accepted(
    app: &App,
    tx: &mut Tx,
    proposal: &Proposal,
    person: PersonId,
) -> Result<()> {
    let accepted = proposal.state.after(ProposalStep::Accept)?;
    store::end_proposals(tx, &[proposal.id], accepted, person, None).await?;
    let brief = store::brief(tx, proposal.brief).await?;
    store::set_state(tx, brief.id, brief.state.after(BriefStep::Book)?).await?;
    let fact = ProposalAccepted {
        of: proposal.parties(),
        proposal: proposal.id,
        title: proposal.title.clone(),
        total: proposal.total,
    };
    event::state(tx, &app.ids, Some(person), &fact).await?;
    end_the_rest(app, tx, proposal.brief, person, "Another proposal was accepted.").await
}

/// Declines every open proposal of a brief and withdraws every waiting invitation. A brief has
/// few of both, since invitations are limited.
pub(super) async fn end_the_rest(
    app: &App,
    tx: &mut Tx,
    brief: BriefId,
    person: PersonId,
    reason: &str,
) -> Result<()> {
    let open = store::open_proposals(tx, brief).await?;
    let ids: Vec<ProposalId> = open.iter().map(|p| p.id).collect();
    store::end_proposals(tx, &ids, ProposalState::Declined, person, Some(reason)).await?;
    for proposal in open {
        let fact = ProposalDeclined {
            of: proposal.parties(),
            proposal: proposal.id,
            title: proposal.title,
            total: proposal.total,
            reason: reason.to_owned(),
        };
        event::state(tx, &app.ids, Some(person), &fact).await?;
    }
    for invitation in store::withdraw_waiting(tx, brief, reason).await? {
        let fact = InvitationWithdrawn {
            of: invitation.of,
            invitation: invitation.id,
            reason: reason.to_owned(),
        };
        event::state(tx, &app.ids, Some(person), &fact).await?;
    }
    Ok(())
}
