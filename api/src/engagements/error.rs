//! Why engagements refuse.

use super::model::{EngagementState, EngagementStep, MilestoneState, MilestoneStep};
use crate::platform::refusal::{Class, Refusal};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngagementError {
    #[error("{0} belongs to both organizations. Nobody can book their own work.")]
    SelfDealing(String),
    #[error("This engagement is {state}: nobody can {step} it.")]
    EngagementState { state: EngagementState, step: EngagementStep },
    #[error("This milestone is {state}: nobody can {step} it now.")]
    MilestoneState { state: MilestoneState, step: MilestoneStep },
    #[error("This milestone is accepted already.")]
    AlreadyAccepted,
    #[error("This milestone is funded already.")]
    AlreadyFunded,
    #[error("Work and money wait while the engagement is {0}.")]
    AtRest(EngagementState),
}

impl Refusal for EngagementError {
    fn code(&self) -> &'static str {
        match self {
            Self::SelfDealing(_) => "self-dealing",
            Self::EngagementState { .. } => "engagement-state",
            Self::MilestoneState { .. } => "milestone-state",
            Self::AlreadyAccepted => "already-accepted",
            Self::AlreadyFunded => "already-funded",
            Self::AtRest(_) => "engagement-at-rest",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::SelfDealing(_)
            | Self::EngagementState { .. }
            | Self::MilestoneState { .. }
            | Self::AlreadyAccepted
            | Self::AlreadyFunded
            | Self::AtRest(_) => Class::Conflict,
        }
    }
}
