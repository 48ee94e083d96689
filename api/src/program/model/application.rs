//! An application to the program, from submission to its decision.

use super::enrollment::PartnerKind;
use crate::kernel::id::{ApplicationId, OrganizationId, PersonId};
use crate::program::ProgramError;
use crate::text_enum;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

text_enum! {
    /// Where an application is.
    pub enum ApplicationState {
        Submitted = "submitted",
        Approved = "approved",
        Rejected = "rejected",
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// What can be done with an application.
    pub enum ApplicationStep { Approve = "approve", Reject = "reject", Withdraw = "withdraw" }
}

impl ApplicationState {
    /// The state after a step; an application is decided or withdrawn once.
    pub fn after(self, step: ApplicationStep) -> Result<Self, ProgramError> {
        match (self, step) {
            (Self::Submitted, ApplicationStep::Approve) => Ok(Self::Approved),
            (Self::Submitted, ApplicationStep::Reject) => Ok(Self::Rejected),
            (Self::Submitted, ApplicationStep::Withdraw) => Ok(Self::Withdrawn),
            (state, step) => Err(ProgramError::ApplicationState { state, step }),
        }
    }
}

/// A client who may be asked, with what the applicant says they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientReference {
    pub name: String,
    pub organization: String,
    pub email: String,
    pub said: String,
}

/// An application as it is sent.
#[derive(Debug, Clone)]
pub struct NewApplication {
    pub kind: PartnerKind,
    /// Slugs of skills or categories of the program.
    pub specialities: Vec<String>,
    pub references: Vec<ClientReference>,
    pub note: String,
    pub agreement_version: String,
    /// Hexadecimal SHA-256 of the agreement's text.
    pub agreement_hash: String,
}

/// An application as the applicant and the vendor see it.
#[derive(Debug, Clone)]
pub struct Application {
    pub id: ApplicationId,
    pub organization: OrganizationId,
    pub organization_name: String,
    pub city: String,
    pub country: String,
    pub kind: PartnerKind,
    pub specialities: Vec<String>,
    pub references: Vec<ClientReference>,
    pub note: String,
    pub agreement_version: String,
    pub submitted_by: PersonId,
    pub applicant_name: String,
    pub submitted_at: DateTime<Utc>,
    pub state: ApplicationState,
    pub decision: Option<Decision>,
}

/// Who decided, when, and what the applicant is told.
#[derive(Debug, Clone)]
pub struct Decision {
    pub by: PersonId,
    pub by_name: String,
    pub at: DateTime<Utc>,
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_step() {
        use ApplicationState::{Approved, Rejected, Submitted, Withdrawn};
        use ApplicationStep::{Approve, Reject, Withdraw};
        for state in ApplicationState::ALL {
            for step in ApplicationStep::ALL {
                let expected = match (state, step) {
                    (Submitted, Approve) => Ok(Approved),
                    (Submitted, Reject) => Ok(Rejected),
                    (Submitted, Withdraw) => Ok(Withdrawn),
                    _ => Err(ProgramError::ApplicationState { state: *state, step: *step }),
                };
                assert_eq!(state.after(*step), expected, "{step} when {state}");
            }
        }
    }
}
