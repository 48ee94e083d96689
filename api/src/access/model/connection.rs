//! A customer's account at a marketing application, and its machine.

use crate::access::AccessError;
use crate::kernel::id::{ConnectionId, OrganizationId, PersonId};
use crate::kernel::money::Currency;
use crate::text_enum;
use chrono::{DateTime, Utc};

text_enum! {
    /// Where a connection stands. Disconnected is the end.
    pub enum ConnectionState {
        /// Its tokens work, as far as is known.
        Active = "active",
        /// The application no longer takes our tokens: the customer has to connect it again.
        NeedsReconnect = "needs_reconnect",
        /// The customer disconnected it; its tokens are shredded.
        Disconnected = "disconnected",
    }
}

text_enum! {
    /// What moves a connection.
    pub enum ConnectionStep {
        Reconnect = "connect again",
        Break = "break",
        Disconnect = "disconnect",
    }
}

text_enum! {
    /// How far the application was told to end our tokens, once the connection is disconnected.
    pub enum Revocation {
        None = "none",
        /// It did not answer or refused; it is asked again.
        Trying = "trying",
        Done = "done",
        /// Asked too often in vain: the customer should end it in the application.
        Failed = "failed",
        /// The application offers no way to be told: only the customer can end it there.
        NotOffered = "not_offered",
    }
}

impl ConnectionState {
    /// The state after a step. Errors with `connection-state`.
    pub fn after(self, step: ConnectionStep) -> Result<Self, AccessError> {
        use ConnectionStep as Step;
        match (self, step) {
            (Self::Active | Self::NeedsReconnect, Step::Reconnect) => Ok(Self::Active),
            (Self::Active, Step::Break) => Ok(Self::NeedsReconnect),
            (Self::Active | Self::NeedsReconnect, Step::Disconnect) => Ok(Self::Disconnected),
            (state, step) => Err(AccessError::ConnectionState { state, step }),
        }
    }
}

/// A connection without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub id: ConnectionId,
    /// The customer.
    pub organization: OrganizationId,
    pub upstream: String,
    /// The account as the application names it.
    pub account: String,
    pub account_name: String,
    /// What it is billed in, where its application tells.
    pub currency: Option<Currency>,
    /// What was told of the account, without its secret; an object of texts.
    pub parts: serde_json::Value,
    /// What the application lets our tokens do.
    pub scopes: Vec<String>,
    /// What it let them do once, and took back.
    pub lost_scopes: Vec<String>,
    pub state: ConnectionState,
    pub connected_by: PersonId,
    pub connected_at: DateTime<Utc>,
    pub broken_at: Option<DateTime<Utc>>,
    pub broken_reason: Option<String>,
    pub disconnected_at: Option<DateTime<Utc>>,
    pub revocation: Revocation,
    pub revoked_at: Option<DateTime<Utc>>,
    pub revocation_tries: i32,
    /// When a consultant's call last reached it.
    pub used_at: Option<DateTime<Utc>>,
    /// Letters of access in force.
    pub grants: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConnectionState as State;
    use ConnectionStep as Step;

    #[test]
    fn every_step_from_every_state() {
        let allowed = [
            (State::Active, Step::Reconnect, State::Active),
            (State::Active, Step::Break, State::NeedsReconnect),
            (State::Active, Step::Disconnect, State::Disconnected),
            (State::NeedsReconnect, Step::Reconnect, State::Active),
            (State::NeedsReconnect, Step::Disconnect, State::Disconnected),
        ];
        for state in State::ALL {
            for step in Step::ALL {
                let row = allowed.iter().find(|(from, by, _)| from == state && by == step);
                assert_eq!(state.after(*step).ok(), row.map(|(_, _, to)| *to), "{state} by {step}");
            }
        }
    }
}
