//! An invitation and its machine.

use super::facts::Parties;
use crate::kernel::id::{InvitationId, PersonId};
use crate::matching::MatchingError;
use crate::text_enum;
use chrono::{DateTime, NaiveDate, Utc};

text_enum! {
    /// Where an invitation stands. Declined and withdrawn are the ends.
    pub enum InvitationState {
        /// Waits for the consultant.
        Sent = "sent",
        /// A proposal was sent for it; another may follow when that one is over.
        Proposed = "proposed",
        /// The consultant said no.
        Declined = "declined",
        /// The customer took it back, or the brief ended.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// What moves an invitation.
    pub enum InvitationStep {
        Propose = "propose for",
        Decline = "decline",
        Withdraw = "withdraw",
    }
}

impl InvitationState {
    /// The state after a step. Errors with `invitation-state` when the step does not belong here:
    /// once there is a proposal, that is what is declined or withdrawn.
    pub fn after(self, step: InvitationStep) -> Result<Self, MatchingError> {
        use InvitationStep as Step;
        match (self, step) {
            (Self::Sent | Self::Proposed, Step::Propose) => Ok(Self::Proposed),
            (Self::Sent, Step::Decline) => Ok(Self::Declined),
            (Self::Sent, Step::Withdraw) => Ok(Self::Withdrawn),
            (state, step) => Err(MatchingError::InvitationState { state, step }),
        }
    }
}

/// A customer's question to one consultant: would you propose for this brief?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub of: Parties,
    /// The day by which the brief needs somebody.
    pub need_by: NaiveDate,
    pub message: String,
    pub state: InvitationState,
    pub sent_by: PersonId,
    pub sender: String,
    pub sent_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    /// Why it was declined or withdrawn, in words.
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{InvitationState, InvitationStep};

    /// Every pair of state and step; a dot is a refusal.
    #[test]
    fn the_whole_machine() {
        let expected = "\
sent: propose for proposed, decline declined, withdraw withdrawn
proposed: propose for proposed, decline ., withdraw .
declined: propose for ., decline ., withdraw .
withdrawn: propose for ., decline ., withdraw .
";
        let mut actual = String::new();
        for state in InvitationState::ALL {
            let steps: Vec<String> = InvitationStep::ALL
                .iter()
                .map(|step| match state.after(*step) {
                    Ok(next) => format!("{step} {next}"),
                    Err(_) => format!("{step} ."),
                })
                .collect();
            actual.push_str(&format!("{state}: {}\n", steps.join(", ")));
        }
        assert_eq!(actual, expected);
    }
}
