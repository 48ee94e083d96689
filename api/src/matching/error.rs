//! Why matching refuses.

use super::model::{BriefState, BriefStep, InvitationState, InvitationStep, ProposalState};
use crate::platform::refusal::{Class, Refusal};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatchingError {
    #[error("This brief is {state}: nobody can {step} it.")]
    BriefState { state: BriefState, step: BriefStep },
    #[error("This consultant was invited to this brief already.")]
    AlreadyInvited,
    #[error("A brief has at most {0} invitations.")]
    TooManyInvitations(i64),
    #[error("This consultant takes no new clients now.")]
    NotTakingClients,
    #[error("Somebody works for your organization and for theirs. Nobody can book their own work.")]
    SelfDealing,
    #[error("This invitation is {state}: nobody can {step} it.")]
    InvitationState { state: InvitationState, step: InvitationStep },
    #[error("Your organization is no partner of this program now, so it cannot propose.")]
    NotEnrolled,
    #[error("You have an open proposal for this invitation. Withdraw it before you send another.")]
    ProposalAlreadyOpen,
    #[error("This proposal is {0}: nothing more happens to it.")]
    ProposalNotOpen(ProposalState),
    #[error("The time of this proposal has run out. Ask the consultant for a new one.")]
    ProposalExpired,
}

impl Refusal for MatchingError {
    fn code(&self) -> &'static str {
        match self {
            Self::BriefState { .. } => "brief-state",
            Self::AlreadyInvited => "already-invited",
            Self::TooManyInvitations(_) => "too-many-invitations",
            Self::NotTakingClients => "not-taking-clients",
            Self::SelfDealing => "self-dealing",
            Self::InvitationState { .. } => "invitation-state",
            Self::NotEnrolled => "not-enrolled",
            Self::ProposalAlreadyOpen => "proposal-already-open",
            Self::ProposalNotOpen(_) => "proposal-not-open",
            Self::ProposalExpired => "proposal-expired",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::NotEnrolled => Class::Forbidden,
            Self::BriefState { .. }
            | Self::AlreadyInvited
            | Self::TooManyInvitations(_)
            | Self::NotTakingClients
            | Self::SelfDealing
            | Self::InvitationState { .. }
            | Self::ProposalAlreadyOpen
            | Self::ProposalNotOpen(_)
            | Self::ProposalExpired => Class::Conflict,
        }
    }
}
