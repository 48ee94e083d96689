//! How many calls a grant may make in a minute.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Duration, Utc};

/// Calls a minute and grant: generous, because one page of a report makes several.
pub(crate) const CALLS_A_MINUTE: u32 = 600;

/// Fixed windows of one minute. Kept in memory: a restart begins new windows.
#[derive(Default)]
pub(crate) struct Limits(Mutex<HashMap<String, Window>>);

/// Where a caller stands after this call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) allowed: bool,
    pub(crate) remaining: u32,
    /// Whole seconds until the window ends, at least one.
    pub(crate) reset_seconds: i64,
}

impl Limits {
    /// Counts one call of a grant.
    pub(crate) fn count(&self, grant_id: &str, now: DateTime<Utc>) -> Standing {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|_, window| window.ends_at > now);
        let window = windows
            .entry(grant_id.to_owned())
            .or_insert(Window { ends_at: now + Duration::minutes(1), calls: 0 });
        window.calls = window.calls.saturating_add(1);
        Standing {
            allowed: window.calls <= CALLS_A_MINUTE,
            remaining: CALLS_A_MINUTE.saturating_sub(window.calls),
            reset_seconds: (window.ends_at - now).num_seconds().max(1),
        }
    }
}

struct Window {
    ends_at: DateTime<Utc>,
    calls: u32,
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_call_after_the_last_is_refused_until_the_window_ends() {
        let limits = Limits::default();
        let start = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
        for call in 1..=CALLS_A_MINUTE {
            let standing = limits.count("g", start);
            assert!(standing.allowed);
            assert_eq!(standing.remaining, CALLS_A_MINUTE - call);
        }
        let refused = limits.count("g", start + Duration::seconds(20));
        assert_eq!(refused, Standing { allowed: false, remaining: 0, reset_seconds: 40 });
        assert!(limits.count("other", start).allowed);
        assert!(limits.count("g", start + Duration::seconds(60)).allowed);
    }
}
