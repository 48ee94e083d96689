//! Where a letter is in its life, in one word: what its own row, its standing and the yeses of
//! several say together.

use super::grant::{Grant, GrantState, Standing};
use crate::text_enum;

text_enum! {
    /// From the first draft to the end.
    pub enum Stage {
        /// Written by its own side, and not sent.
        Draft = "draft",
        Requested = "requested",
        /// Some of the customer's people agreed, and more have to.
        Approving = "approving",
        /// Agreed to by all who must, and not begun: its day or its money is still to come.
        Approved = "approved",
        Active = "active",
        /// Something keeps it at rest.
        Suspended = "suspended",
        Expired = "expired",
        Revoked = "revoked",
        /// Ended with its engagement.
        Completed = "completed",
        Declined = "declined",
        Withdrawn = "withdrawn",
    }
}

impl Stage {
    pub fn of(grant: &Grant) -> Self {
        match (grant.state, grant.standing) {
            (GrantState::Declined, _) => Self::Declined,
            (GrantState::Withdrawn, _) => Self::Withdrawn,
            (GrantState::Revoked, _) => Self::Revoked,
            (GrantState::Completed, _) => Self::Completed,
            (GrantState::Expired, _) | (_, Standing::Expired) => Self::Expired,
            (GrantState::Requested, _) if grant.counted.is_some() => Self::Approving,
            (GrantState::Requested, _) => Self::Requested,
            (_, Standing::NotBegun | Standing::Unfunded) => Self::Approved,
            (_, Standing::InForce) => Self::Active,
            // Its row is still to say so: a seat or an account ends a letter, else its engagement.
            (_, Standing::Ended) if grant.seat_ended_at.is_some() => Self::Revoked,
            (_, Standing::Ended) => Self::Completed,
            (_, _) => Self::Suspended,
        }
    }
}
