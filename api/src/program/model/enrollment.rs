//! An organization's place in the program.

use super::rules::Agreement;
use crate::kernel::id::{AgreementId, OrganizationId};
use crate::platform::caller::OrganizationKind;
use crate::program::ProgramError;
use crate::text_enum;
use chrono::{DateTime, Utc};

text_enum! {
    /// What a partner does: consultants work for customers, resellers bring them.
    pub enum PartnerKind { Consultant = "consultant", Reseller = "reseller" }
}

impl PartnerKind {
    /// The one of the two that this is not.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Consultant => Self::Reseller,
            Self::Reseller => Self::Consultant,
        }
    }

    /// The kind of organization that this is open to.
    pub const fn organization(self) -> OrganizationKind {
        match self {
            Self::Consultant => OrganizationKind::Partner,
            Self::Reseller => OrganizationKind::Reseller,
        }
    }
}

text_enum! {
    /// Whether a partner may act as one.
    pub enum EnrollmentState {
        Active = "active",
        Suspended = "suspended",
        Terminated = "terminated",
    }
}

text_enum! {
    /// What the vendor can do with an enrollment.
    pub enum EnrollmentStep {
        Suspend = "suspend",
        Reinstate = "reinstate",
        Terminate = "terminate",
    }
}

text_enum! {
    /// A partner's standing.
    pub enum Tier { Listed = "listed", Accredited = "accredited", Principal = "principal" }
}

impl EnrollmentState {
    /// The state after a step. A terminated partner comes back by a new application only.
    pub fn after(self, step: EnrollmentStep) -> Result<Self, ProgramError> {
        match (self, step) {
            (Self::Active, EnrollmentStep::Suspend) => Ok(Self::Suspended),
            (Self::Suspended, EnrollmentStep::Reinstate) => Ok(Self::Active),
            (Self::Active | Self::Suspended, EnrollmentStep::Terminate) => Ok(Self::Terminated),
            (state, step) => Err(ProgramError::EnrollmentState { state, step }),
        }
    }
}

/// One organization's enrollment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrollment {
    pub organization: OrganizationId,
    pub kind: PartnerKind,
    pub state: EnrollmentState,
    pub tier: Tier,
    /// The agreement it was admitted under.
    pub agreement: AgreementId,
    pub since: DateTime<Utc>,
}

/// Where an organization itself stands in the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub enrollment: Enrollment,
    /// Why the state was last changed by hand, if it was and a reason was given.
    pub reason: Option<String>,
    /// The text it accepted, which may be older than the one in force.
    pub agreement: Agreement,
}

/// An enrollment with what the vendor's list of partners shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    pub enrollment: Enrollment,
    pub name: String,
    pub city: String,
    pub country: String,
    /// Why the state was last changed by hand, if it was and a reason was given.
    pub reason: Option<String>,
}

/// Which partners to list; absent parts mean all.
#[derive(Debug, Clone, Copy, Default)]
pub struct PartnerFilter {
    pub kind: Option<PartnerKind>,
    pub state: Option<EnrollmentState>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_step() {
        use EnrollmentState::{Active, Suspended, Terminated};
        use EnrollmentStep::{Reinstate, Suspend, Terminate};
        for state in EnrollmentState::ALL {
            for step in EnrollmentStep::ALL {
                let expected = match (state, step) {
                    (Active, Suspend) => Ok(Suspended),
                    (Suspended, Reinstate) => Ok(Active),
                    (Active, Terminate) | (Suspended, Terminate) => Ok(Terminated),
                    _ => Err(ProgramError::EnrollmentState { state: *state, step: *step }),
                };
                assert_eq!(state.after(*step), expected, "{step} when {state}");
            }
        }
    }
}
