//! A proposal to begin with, made from a service.

use crate::app::App;
use crate::directory::{self, AccessPreset, Offer, Service, ServiceState};
use crate::identity;
use crate::kernel::id::{InvitationId, ProfileId, ServiceId};
use crate::matching::model::NewProposal;
use crate::matching::policy::{Propose, is_invited};
use crate::matching::store;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Common, Result};
use crate::program;

/// What a consultant starts to write a proposal with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalDraft {
    /// Not checked: the note is still empty, and milestones are when there is no service.
    pub proposal: NewProposal,
    /// The consultant's published services, cheapest first, to start from another one.
    pub services: Vec<Offer>,
}

/// A proposal for an invitation, filled in from a service of the consultant. Without one named it
/// is the cheapest of those for the kind of work that the brief asks for, if there is any. Writes
/// nothing.
///
/// Errors: 404 for an invitation that was sent to another, or a service that is not offered by
/// the invited consultant.
pub async fn draft_proposal(
    app: &App,
    caller: &Caller,
    invitation: InvitationId,
    service: Option<ServiceId>,
) -> Result<ProposalDraft> {
    identity::allow::<Propose>(caller)?;
    let mut tx = app.db.read(caller).await?;
    let invitation = store::invitation(&mut tx, invitation).await?;
    is_invited(caller, &invitation)?;
    let brief = store::brief(&mut tx, invitation.of.brief).await?;
    let expert = directory::experts(&mut tx, &[invitation.of.profile]).await?.pop();
    let services = expert.map(|expert| expert.offers).unwrap_or_default();
    let asked = |offer: &&Offer| brief.skills.iter().any(|s| s.category.slug == offer.category);
    let chosen = service.or_else(|| services.iter().find(asked).map(|offer| offer.service));
    let mut proposal = match chosen {
        None => empty(brief.title),
        Some(id) => {
            let service = offered(&mut tx, id, invitation.of.profile).await?;
            let service = service.ok_or(Common::NotFound("service"))?;
            NewProposal::of_service(&service)
        }
    };
    proposal.valid_days = Some(program::settings(&mut tx).await?.offer_valid_days);
    Ok(ProposalDraft { proposal, services })
}

/// A service that this profile offers now.
pub(super) async fn offered(
    tx: &mut Tx,
    id: ServiceId,
    profile: ProfileId,
) -> Result<Option<Service>> {
    let service = directory::service(tx, id).await?;
    Ok(service.filter(|s| s.profile == profile && s.state == ServiceState::Published))
}

fn empty(title: String) -> NewProposal {
    NewProposal {
        service: None,
        title,
        note: String::new(),
        access_preset: AccessPreset::None,
        milestones: Vec::new(),
        hourly: None,
        valid_days: None,
    }
}
