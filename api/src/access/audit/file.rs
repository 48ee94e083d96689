//! The trail as a file: JSON Lines, the heading first, then records, then checkpoints.

use crate::kernel::id::OrganizationId;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    Heading(Heading),
    Record(Record),
    Checkpoint(Checkpoint),
}

/// Whose chain, where the file begins, and by which keys its checkpoints are signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// The form of the chain.
    pub audit: String,
    pub customer: OrganizationId,
    /// The record before the first of this file; 0 at the beginning of the chain.
    pub after: i64,
    /// The hash of that record, in hexadecimal.
    pub prev: String,
    /// Public keys in hexadecimal, by their ids.
    pub keys: BTreeMap<String, String>,
    /// Whether the chain goes on after this file.
    pub more: bool,
}

/// One record, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub seq: i64,
    pub prev: String,
    pub hash: String,
    /// The exact bytes that are hashed.
    pub body: String,
    /// Absent, with the words, once the person was forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// A signed head of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The record that was the last one.
    pub checkpoint: i64,
    pub hash: String,
    pub at: DateTime<Utc>,
    pub key: String,
    pub signature: String,
}

impl Checkpoint {
    /// The bytes that are signed.
    pub fn signed(customer: OrganizationId, seq: i64, hash: &str, at: DateTime<Utc>) -> String {
        let at = at.to_rfc3339_opts(SecondsFormat::Micros, true);
        format!("attache audit checkpoint 1\n{customer}\n{seq}\n{hash}\n{at}\n")
    }
}
