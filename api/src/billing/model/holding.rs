//! How long money is held, as plain data: what is told, and what waits for a decision.

use crate::engagements::Parties;
use crate::kernel::id::{MilestoneId, OrganizationId};
use crate::kernel::money::Money;
use crate::platform::jobs::event::Fact;
use crate::text_enum;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

text_enum! {
    /// What the clock of held money says.
    pub enum HoldStep {
        /// Somebody has to decide before the last day.
        Soon = "soon",
        /// Nobody decided, and it goes back to the customer.
        SentBack = "sent_back",
        /// It cannot go back by itself: the two sides disagree, and the program has to decide now.
        Undecided = "undecided",
    }
}

/// Money whose end of holding comes near, or was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldingMoved {
    pub of: Parties,
    pub milestone: MilestoneId,
    pub seq: i32,
    pub milestone_title: String,
    pub step: HoldStep,
    pub amount: Money,
    /// When it goes back by itself.
    pub acts_at: DateTime<Utc>,
    /// The limit itself.
    pub hold_until: DateTime<Utc>,
    pub vendor: Option<OrganizationId>,
}

impl Fact for HoldingMoved {
    const KIND: &'static str = "holding-moved";
}

/// A milestone whose money has to leave soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    pub milestone: MilestoneId,
    pub seq: i32,
    pub title: String,
    /// The engagement as people call it.
    pub label: String,
    pub held: Money,
    pub acts_at: DateTime<Utc>,
    pub hold_until: DateTime<Utc>,
    /// Whether the two sides disagree about it: then it does not go back by itself.
    pub disagreed: bool,
}
