//! What is signed when a letter has ended.

use super::connection::{ConnectionState, Revocation};
use crate::kernel::id::{EngagementId, GrantId};
use crate::platform::db::nodes::Node;
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// The calls of a letter around its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallsAround {
    /// Let through while it lived.
    pub let_through: i64,
    pub last_at: Option<DateTime<Utc>>,
    /// The last of them, in plain words.
    pub last: Option<String>,
    /// By when the end held for every call: a second after it was written, which allows for clocks
    /// that differ; ten seconds after it was begun where that is not known.
    pub in_force_by: DateTime<Utc>,
    /// On their way at the end: begun before it was, answered after.
    pub under_way: i64,
    /// Begun while the end was being written, up to `in_force_by`, and let through: whether before
    /// or after the commit nobody can tell, since its moment is known to the second only.
    pub begun_meanwhile: i64,
    /// Begun at `in_force_by` or later and let through nevertheless: none, or something is broken.
    pub begun_after: i64,
    /// Of both, files that were stopped before they were whole.
    pub files_cut: i64,
    /// Refused since the end.
    pub refused_since: i64,
}

/// How whole the log was from which calls are counted. The processes that write it acknowledge the
/// end of a letter by saying that their lines are written beyond it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogStanding {
    /// Lines of all calls that ended before are counted, but for what `silent` may have had.
    pub whole_until: DateTime<Utc>,
    /// Processes that acknowledged it.
    pub acknowledged: i64,
    /// Processes that did not: calls of theirs after `written_until` may be missing.
    pub silent: Vec<SilentNode>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SilentNode {
    pub node: Uuid,
    pub written_until: DateTime<Utc>,
    /// When it was last heard of.
    pub seen_at: DateTime<Utc>,
}

impl LogStanding {
    /// Of a letter that held from `granted_at` on: who was gone by then wrote no line of it.
    pub fn of(
        nodes: &[Node],
        granted_at: Option<DateTime<Utc>>,
        whole_until: DateTime<Utc>,
    ) -> Self {
        let serves = |node: &&Node| {
            node.began_at <= whole_until && granted_at.is_none_or(|from| node.seen_at >= from)
        };
        let (whole, behind): (Vec<_>, Vec<_>) =
            nodes.iter().filter(serves).partition(|node| node.written_until >= whole_until);
        let silent = |node: &Node| {
            let (written_until, seen_at) = (node.written_until, node.seen_at);
            SilentNode { node: node.id, written_until, seen_at }
        };
        Self {
            whole_until,
            acknowledged: i64::try_from(whole.len()).unwrap_or(i64::MAX),
            silent: behind.into_iter().map(silent).collect(),
        }
    }
}

/// That access is over, and what was still done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndReceipt {
    /// Always `access-ended`.
    pub kind: &'static str,
    pub grant: GrantId,
    pub engagement: EngagementId,
    pub engagement_label: String,
    /// Whose account it was for.
    pub customer: String,
    pub account: String,
    pub application: String,
    pub consultant: String,
    /// SHA-256 of the terms that held last, in hexadecimal.
    pub terms: String,
    pub granted_at: Option<DateTime<Utc>>,
    pub ended_at: DateTime<Utc>,
    /// Absent when time or the engagement ended it.
    pub ended_by: Option<String>,
    pub reason: String,
    /// When the seat of its person ended, where that is what ended it.
    pub seat_ended_at: Option<DateTime<Utc>>,
    pub calls: CallsAround,
    pub log: LogStanding,
    /// Keys that were made for it; none opens anything any more.
    pub keys: i64,
    /// The customer's connection, which other letters may use: ending a letter leaves it alone.
    pub connection: ConnectionState,
    /// What the application said to the end of our tokens, where the account was disconnected.
    pub application_answer: Revocation,
    pub issued_at: DateTime<Utc>,
}
