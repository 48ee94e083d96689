//! What was done in a customer's account while something was made.

use crate::upstreams::Risk;

/// The calls of one risk for one thing that was made, as far as the application carried them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkDone {
    pub risk: Risk,
    pub calls: i64,
    /// Those of them that the customer said yes to by themselves.
    pub approved: i64,
    /// People reached by those that send, where that was counted.
    pub recipients: i64,
}
