//! A letter of access and its machine.

use super::hold::{Hold, Opening};
use super::request::{Counted, Requested};
use super::terms::Terms;
use crate::access::AccessError;
use crate::kernel::id::{ConnectionId, EngagementId, GrantId, OrganizationId, PersonId};
use crate::kernel::money::Currency;
use crate::text_enum;
use chrono::{DateTime, Utc};

text_enum! {
    /// Where a grant stands. Only `requested` and `active` lead anywhere.
    pub enum GrantState {
        /// The consultant asked; the customer has not answered.
        Requested = "requested",
        /// Granted, and not ended. Whether it holds now is [`Standing`].
        Active = "active",
        /// Ended before its time, by either side.
        Revoked = "revoked",
        /// Ended with its engagement.
        Completed = "completed",
        /// Its time ran out, or nobody answered the request.
        Expired = "expired",
        /// The customer said no to the request.
        Declined = "declined",
        /// The side that asked took the request back.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// What moves a grant.
    pub enum GrantStep {
        Grant = "grant",
        Decline = "decline",
        Withdraw = "take back",
        Revoke = "end",
        Complete = "complete",
        Expire = "expire",
        /// Takes part of what it allows; it stays active.
        Narrow = "narrow",
        /// Adds what the customer agreed to; it stays active.
        Amend = "amend",
        /// Lets it work again, or keeps it awake; it stays active.
        Restore = "restore",
        /// Stops it for now; it stays active.
        Rest = "stop",
    }
}

text_enum! {
    /// Whether a grant holds at this moment, computed by the database from everything it depends
    /// on: its own state, the time, the engagement, the connection, the person's seat.
    pub enum Standing {
        Requested = "requested",
        InForce = "in-force",
        /// Something holds the letters of the engagement: a pause, a dispute, money that is owed.
        Suspended = "suspended",
        /// The customer has to connect the account again.
        NeedsReconnect = "needs-reconnect",
        /// Agreed to; its first day is still to come.
        NotBegun = "not-begun",
        /// It works once the milestone that it opens with is funded.
        Unfunded = "unfunded",
        /// Nobody used it for a while: it rests until the customer restores it.
        Unused = "unused",
        Expired = "expired",
        /// Ended by a person, with its engagement, its account or the person's seat.
        Ended = "ended",
    }
}

impl Standing {
    /// Granted, and nothing has ended it: it holds, or rests until something is put right.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Requested | Self::Expired | Self::Ended)
    }
}

impl GrantState {
    /// The state after a step. Errors with `grant-state`.
    pub fn after(self, step: GrantStep) -> Result<Self, AccessError> {
        use GrantStep as Step;
        match (self, step) {
            (Self::Requested, Step::Grant) => Ok(Self::Active),
            (Self::Requested, Step::Decline) => Ok(Self::Declined),
            (Self::Requested, Step::Withdraw) => Ok(Self::Withdrawn),
            (Self::Active, Step::Revoke) => Ok(Self::Revoked),
            (Self::Active, Step::Complete) => Ok(Self::Completed),
            // A request that its engagement outran was never answered.
            (Self::Requested, Step::Complete | Step::Expire) => Ok(Self::Expired),
            (Self::Active, Step::Expire) => Ok(Self::Expired),
            (Self::Active, Step::Narrow | Step::Amend | Step::Restore | Step::Rest) => {
                Ok(Self::Active)
            }
            (state, step) => Err(AccessError::GrantState { state, step }),
        }
    }
}

/// A grant as it stands in its row, with the names people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub id: GrantId,
    pub engagement: EngagementId,
    pub engagement_number: i64,
    pub customer: OrganizationId,
    pub customer_name: String,
    pub partner: OrganizationId,
    /// Absent while it is asked for.
    pub connection: Option<ConnectionId>,
    pub account_name: Option<String>,
    /// What its account is billed in, where that is known.
    pub currency: Option<Currency>,
    /// What its application gives us for the account now; nothing without an account.
    pub given: Option<Vec<String>>,
    pub consultant: PersonId,
    pub consultant_name: String,
    pub upstream: String,
    pub preset: String,
    /// Why the consultant asks.
    pub reason: String,
    /// The frozen terms, exactly as hashed.
    pub terms: String,
    pub terms_hash: Vec<u8>,
    pub state: GrantState,
    pub standing: Standing,
    /// Why it rests, while a cause holds it; the earliest first.
    pub holds: Vec<Hold>,
    pub requested_at: Option<DateTime<Utc>>,
    pub answer_by: Option<DateTime<Utc>>,
    pub granted_at: Option<DateTime<Utc>>,
    pub granted_by: Option<PersonId>,
    pub granted_by_name: Option<String>,
    pub valid_until: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_by: Option<PersonId>,
    pub end_reason: Option<String>,
    pub created_at: DateTime<Utc>,
    /// When it was last used for a call that was carried out.
    pub used_at: Option<DateTime<Utc>>,
    /// Until when a request for more or longer waits, while one does.
    pub more_until: Option<DateTime<Utc>>,
    /// When it rests unless it is used before.
    pub rests_at: Option<DateTime<Utc>>,
    /// When somebody last let it rest.
    pub rested_at: Option<DateTime<Utc>>,
    /// Why the program's people stopped it, while it rests by that.
    pub program_reason: Option<String>,
    /// When the seat of its person ended, which ended it too, whenever its row came to say so.
    pub seat_ended_at: Option<DateTime<Utc>>,
    /// The letter that it follows, or is asked to follow.
    pub succeeds: Option<GrantId>,
    /// Who asked that it follows: a lead of the partner.
    pub proposed_by: Option<PersonId>,
    /// Whether another letter followed it, so that nobody else can.
    pub followed: bool,
    /// When it begins, where its terms say a later day.
    pub starts_at: Option<DateTime<Utc>>,
    /// What was asked for, where it was asked for.
    pub requested: Option<Requested>,
    /// How many agreed and how many must, while it waits for several.
    pub counted: Option<Counted>,
}

impl Grant {
    /// The engagement's number as people read it.
    pub fn engagement_label(&self) -> String {
        format!("A-{}", self.engagement_number)
    }

    /// The milestone whose funding it waits or waited for, by its terms.
    pub fn opens(&self) -> Option<Opening> {
        Terms::read(&self.terms).ok()?.opens
    }

    /// From which day or money on it works, while that is still to come: after "Agreed,".
    pub fn awaits(&self) -> Option<String> {
        match self.standing {
            Standing::NotBegun => {
                let day = Terms::read(&self.terms).ok()?.starts?;
                Some(format!("begins on {}", day.format("%-d %B %Y")))
            }
            Standing::Unfunded => {
                let opening = self.opens()?;
                Some(format!("opens when milestone {} is funded", opening.seq))
            }
            _ => None,
        }
    }

    /// Whether it rests since somebody stopped it, and not for want of use.
    pub fn rests_by_deed(&self) -> bool {
        self.standing == Standing::Unused && self.was_stopped()
    }

    /// Whether somebody stopped it and the customer has not woken it since, whatever else keeps it
    /// at rest.
    pub fn was_stopped(&self) -> bool {
        self.rested_at.is_some_and(|at| Some(at) == self.rests_at)
    }

    /// The moment from which calls were refused, once its row has ended: time and the end of a seat
    /// count from when they came, not from when the row came to say so.
    pub fn over_since(&self) -> Option<DateTime<Utc>> {
        let ended = self.ended_at?;
        Some([self.valid_until, self.seat_ended_at].into_iter().flatten().fold(ended, Ord::min))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use GrantState as State;
    use GrantStep as Step;

    #[test]
    fn every_step_from_every_state() {
        let allowed = [
            (State::Requested, Step::Grant, State::Active),
            (State::Requested, Step::Decline, State::Declined),
            (State::Requested, Step::Withdraw, State::Withdrawn),
            (State::Requested, Step::Complete, State::Expired),
            (State::Requested, Step::Expire, State::Expired),
            (State::Active, Step::Revoke, State::Revoked),
            (State::Active, Step::Complete, State::Completed),
            (State::Active, Step::Expire, State::Expired),
            (State::Active, Step::Narrow, State::Active),
            (State::Active, Step::Amend, State::Active),
            (State::Active, Step::Restore, State::Active),
            (State::Active, Step::Rest, State::Active),
        ];
        for state in State::ALL {
            for step in Step::ALL {
                let row = allowed.iter().find(|(from, by, _)| from == state && by == step);
                assert_eq!(state.after(*step).ok(), row.map(|(_, _, to)| *to), "{state} by {step}");
            }
        }
    }
}
