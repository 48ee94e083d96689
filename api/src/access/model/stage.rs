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
        let (counted, seat_ended) = (grant.counted.is_some(), grant.seat_ended_at.is_some());
        Self::told(grant.state, grant.standing, (counted, seat_ended))
    }

    fn told(state: GrantState, standing: Standing, (counted, seat_ended): (bool, bool)) -> Self {
        match (state, standing) {
            (GrantState::Declined, _) => Self::Declined,
            (GrantState::Withdrawn, _) => Self::Withdrawn,
            (GrantState::Revoked, _) => Self::Revoked,
            (GrantState::Completed, _) => Self::Completed,
            (GrantState::Expired, _) | (_, Standing::Expired) => Self::Expired,
            (GrantState::Requested, _) if counted => Self::Approving,
            (GrantState::Requested, _) => Self::Requested,
            (_, Standing::NotBegun | Standing::Unfunded) => Self::Approved,
            (_, Standing::InForce) => Self::Active,
            // Its row is still to say so: a seat or an account ends a letter, else its engagement.
            (_, Standing::Ended) if seat_ended => Self::Revoked,
            (_, Standing::Ended) => Self::Completed,
            (_, _) => Self::Suspended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_told_and_no_other() {
        use GrantState as State;
        let ended = Standing::Ended;
        for (state, standing, facts, stage) in [
            (State::Requested, Standing::Requested, (false, false), Stage::Requested),
            (State::Requested, Standing::Requested, (true, false), Stage::Approving),
            (State::Requested, Standing::Expired, (true, false), Stage::Expired),
            (State::Active, Standing::NotBegun, (false, false), Stage::Approved),
            (State::Active, Standing::Unfunded, (true, false), Stage::Approved),
            (State::Active, Standing::InForce, (true, false), Stage::Active),
            (State::Active, Standing::Suspended, (false, false), Stage::Suspended),
            (State::Active, Standing::NeedsReconnect, (false, false), Stage::Suspended),
            (State::Active, Standing::Unused, (false, false), Stage::Suspended),
            (State::Active, Standing::Expired, (false, false), Stage::Expired),
            (State::Active, ended, (false, true), Stage::Revoked),
            (State::Active, ended, (false, false), Stage::Completed),
            (State::Revoked, ended, (false, false), Stage::Revoked),
            (State::Completed, ended, (false, true), Stage::Completed),
            (State::Expired, ended, (false, false), Stage::Expired),
            (State::Declined, ended, (true, false), Stage::Declined),
            (State::Withdrawn, ended, (false, false), Stage::Withdrawn),
        ] {
            assert_eq!(
                Stage::told(state, standing, facts),
                stage,
                "{state} {standing:?} {facts:?}"
            );
        }
    }
}
