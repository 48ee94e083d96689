//! What a customer spent, by engagement and by payment.

use crate::kernel::id::{EngagementId, MilestoneId, PaymentId};
use crate::kernel::money::Money;
use chrono::{DateTime, Utc};

/// One engagement's money, as its customer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpentOn {
    pub engagement: EngagementId,
    /// As people call it: A-2041.
    pub label: String,
    pub title: String,
    pub partner: String,
    /// The prices of all milestones.
    pub agreed: Money,
    pub paid: Money,
    /// What of that is held now.
    pub held: Money,
    /// What of it is with its payees.
    pub released: Money,
    /// What of it went back to the customer, or is on its way.
    pub back: Money,
}

/// The same of all engagements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    pub agreed: Money,
    pub paid: Money,
    pub held: Money,
    pub released: Money,
    pub back: Money,
}

/// A payment whose money came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub payment: PaymentId,
    pub milestone: MilestoneId,
    /// Its place in the engagement, from 1.
    pub seq: i32,
    pub title: String,
    /// The engagement as people call it.
    pub label: String,
    pub amount: Money,
    pub paid_at: DateTime<Utc>,
}
