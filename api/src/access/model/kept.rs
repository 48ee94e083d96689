//! What a write changed, and what may become of it.

use super::approval::Change;
use crate::kernel::id::AccessEntryId;
use crate::text_enum;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

text_enum! {
    /// Where a change stands that can be taken back.
    pub enum KeptState {
        /// It is as the write left it, as far as is known.
        Kept = "kept",
        /// The customer wants it back; that is under way.
        Asked = "asked",
        /// It is as it was before.
        Restored = "restored",
        /// Somebody changed it since, so it was left alone.
        Differs = "differs",
        /// The thing is not there any more.
        Gone = "gone",
        /// The application refused.
        Failed = "failed",
    }
}

/// What is kept of one write, sealed in its row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Of the operation that takes it back.
    pub params: Vec<(String, String)>,
    /// The fields that were set, as they were; absent when the thing was made by the write.
    pub before: Option<Map<String, Value>>,
    /// The same fields as the write left them.
    pub after: Map<String, Value>,
    /// Of a thing that the write made, all that would tell of somebody's work on it.
    #[serde(default)]
    pub whole: Map<String, Value>,
    /// Fields of which only the parts that were set are kept.
    #[serde(default)]
    pub within: BTreeSet<String>,
}

/// A write that can be taken back, as the customer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptChange {
    /// That of the line which announced it.
    pub id: AccessEntryId,
    pub at: DateTime<Utc>,
    /// In plain words.
    pub operation: String,
    /// The path below the application's address.
    pub target: String,
    /// Whether the write made the thing; taking it back deletes it. Not known once it is wiped.
    pub made: Option<bool>,
    pub fields: Vec<Change>,
    pub state: KeptState,
    pub tried_at: Option<DateTime<Utc>>,
    /// For `differs`: the fields as they were found instead, beside what taking it back would set.
    pub found: Vec<Change>,
    /// Until when it can be taken back: later when the letter is prolonged, earlier when it ends
    /// before its day.
    pub until: DateTime<Utc>,
    /// Whether that is over; what was before is kept no longer.
    pub over: bool,
}
