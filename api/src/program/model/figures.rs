//! The program in numbers.

use crate::kernel::money::Money;
use chrono::{DateTime, Utc};

/// What the vendor's first page counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramFigures {
    pub open_applications: i64,
    /// When the application that waits longest was sent.
    pub waiting_since: Option<DateTime<Utc>>,
    pub consultants: i64,
    pub resellers: i64,
    pub suspended: i64,
    pub open_briefs: i64,
    /// Engagements by state, in alphabetical order of the states that occur.
    pub engagements: Vec<(String, i64)>,
    /// Paid by customers for milestones that are not accepted yet, by the ledger.
    pub held: Money,
    /// Passed on to payees since the program began, by the ledger.
    pub released: Money,
}
