//! What keeps the letters of an engagement from working for a while, and with what one opens.

use crate::kernel::id::{EngagementId, MilestoneId};
use crate::text_enum;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

text_enum! {
    /// Why letters rest; they work again when the last cause is gone.
    pub enum HoldCause {
        /// A side paused the engagement.
        Pause = "pause",
        /// The engagement is disputed.
        Dispute = "dispute",
        /// A payment is disputed.
        Payment = "payment",
        /// A week of hours is not paid, or an invoice.
        Unpaid = "unpaid",
    }
}

impl HoldCause {
    /// A clause: "a payment is disputed".
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Pause => "the work is paused",
            Self::Dispute => "the work is disputed",
            Self::Payment => "a payment is disputed",
            Self::Unpaid => "a week is unpaid",
        }
    }

    /// Whether it follows from where the engagement stands, which tells of it itself.
    pub const fn is_of_engagement(self) -> bool {
        matches!(self, Self::Pause | Self::Dispute)
    }
}

/// "a payment is disputed, and a week is unpaid".
pub fn clauses(causes: &[HoldCause]) -> String {
    let each: Vec<&str> = causes.iter().map(|cause| cause.clause()).collect();
    each.join(", and ")
}

/// One cause for which letters rest now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Hold {
    pub cause: HoldCause,
    pub since: DateTime<Utc>,
}

/// Where a hold comes from: whoever raises it lifts it by the same reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldSource {
    pub engagement: EngagementId,
    pub cause: HoldCause,
    pub reference: String,
}

/// A letter that works once a milestone of its engagement is funded; part of its terms, in the
/// words that the customer agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    pub milestone: MilestoneId,
    pub seq: i32,
    pub title: String,
}

impl Opening {
    /// "milestone 2 (The winter launch) is funded".
    pub fn clause(&self) -> String {
        format!("milestone {} ({}) is funded", self.seq, self.title)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_together() {
        assert_eq!(clauses(&[HoldCause::Unpaid]), "a week is unpaid");
        let two = [HoldCause::Payment, HoldCause::Pause];
        assert_eq!(clauses(&two), "a payment is disputed, and the work is paused");
    }
}
