//! Where a customer has its checkpoints sent, and how that goes.

use crate::kernel::id::{AuditWebhookId, OrganizationId, PersonId};
use crate::platform::jobs::event::Fact;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

/// A customer's address for checkpoints, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditWebhook {
    pub url: String,
    pub set_at: DateTime<Utc>,
    pub set_by_name: String,
    /// When a checkpoint arrived last.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When one did not arrive last, and why, in plain words.
    pub failed: Option<(DateTime<Utc>, String)>,
    /// While they do not arrive: since when.
    pub failing_since: Option<DateTime<Utc>>,
    /// While they do not arrive: when it is tried again.
    pub next_try_at: Option<DateTime<Utc>>,
    /// The last checkpoint that arrived, or was made before there was an address.
    pub sent_seq: i64,
}

/// How long it is waited after so many failures in a row: minutes at first, six hours at most.
pub fn pause(failures: i32) -> TimeDelta {
    match failures {
        ..=1 => TimeDelta::minutes(1),
        2 => TimeDelta::minutes(5),
        3 => TimeDelta::minutes(15),
        4..=27 => TimeDelta::hours(1),
        _ => TimeDelta::hours(6),
    }
}

/// After so long without one that arrived, people are told.
pub const TOLD_AFTER: TimeDelta = TimeDelta::days(1);

/// For a day no checkpoint arrived at a customer's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointsUndelivered {
    pub customer: OrganizationId,
    pub webhook: AuditWebhookId,
    /// The address's host.
    pub host: String,
    pub since: DateTime<Utc>,
    pub reason: String,
}

impl Fact for CheckpointsUndelivered {
    const KIND: &'static str = "checkpoints-undelivered";
}

/// Whose address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfTrail {
    pub customer: OrganizationId,
}

/// A customer has its checkpoints sent to this host from now on; `before` is the one that got them
/// until then, perhaps the same with another secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointAddressSet {
    pub of: OfTrail,
    pub host: String,
    pub before: Option<String>,
    pub by: PersonId,
    pub by_name: String,
}

impl Fact for CheckpointAddressSet {
    const KIND: &'static str = "checkpoint-address-set";
}

/// Nothing is sent to this host any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointAddressEnded {
    pub of: OfTrail,
    pub host: String,
    pub by: PersonId,
    pub by_name: String,
}

impl Fact for CheckpointAddressEnded {
    const KIND: &'static str = "checkpoint-address-ended";
}

/// The host of an address: all of it that is written down elsewhere.
pub fn host_of(url: &str) -> String {
    let url = Url::parse(url).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_below_a_quarter_of_a_day() {
        let pauses: Vec<i64> = (1..=40).map(|n| pause(n).num_minutes()).collect();
        assert!(pauses.is_sorted(), "{pauses:?}");
        assert_eq!((pauses[0], pauses[39]), (1, 360));
        let until_hourly: i64 = pauses[..3].iter().sum();
        assert_eq!(until_hourly, 21);
    }
}
