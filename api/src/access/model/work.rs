//! What was done in a customer's account while something was made.

use crate::upstreams::Risk;
use chrono::{DateTime, Utc};

/// From one delivery, or the money for it, to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// The calls of one risk in a span, as far as the application carried them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkDone {
    /// The span's place among those that were asked for, from 0.
    pub span: usize,
    pub risk: Risk,
    pub calls: i64,
    /// Those of them that the customer said yes to by themselves.
    pub approved: i64,
    /// People reached by those that send, where that was counted.
    pub recipients: i64,
}
