//! How fast an application lets itself be called, and who has to wait.
//!
//! An application that says it had enough is not asked again before the time it names: the next
//! calls for that account are answered here. What is held is known to this process alone.

use super::pace::Pace;
use crate::kernel::id::ConnectionId;
use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How fast it is called, and the headers in which it tells of its limits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates {
    pub limit: Option<String>,
    pub remaining: Option<String>,
    pub reset: Option<(String, ResetIs)>,
    /// Length of the window, in thousandths of a second.
    pub interval: Option<String>,
    pub pace: Pace,
}

/// What the number of a reset header means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetIs {
    /// Seconds from now.
    Seconds,
    /// Seconds since 1970.
    Time,
}

/// The longest that one answer makes us wait; then the application is asked again.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The wait after a refusal that names no time.
const SHORTEST: Duration = Duration::from_secs(1);

impl Rates {
    /// Every header that is named.
    pub fn headers(&self) -> impl Iterator<Item = &str> {
        let reset = self.reset.as_ref().map(|(name, _)| name);
        let all = [self.limit.as_ref(), self.remaining.as_ref(), reset, self.interval.as_ref()];
        all.into_iter().flatten().map(String::as_str)
    }

    /// How long the application wants to be left alone, by its answer.
    pub fn wait(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        now: DateTime<Utc>,
    ) -> Option<Duration> {
        let number =
            |name: &str| -> Option<u64> { headers.get(name)?.to_str().ok()?.trim().parse().ok() };
        let refused = status == StatusCode::TOO_MANY_REQUESTS;
        let spent = self.remaining.as_deref().and_then(number) == Some(0);
        if !refused && !spent {
            return None;
        }
        let after = number(RETRY_AFTER.as_str()).filter(|_| refused).map(Duration::from_secs);
        let reset = self.reset.as_ref().and_then(|(name, is)| {
            let told = number(name)?;
            let past = u64::try_from(now.timestamp()).unwrap_or_default();
            Some(Duration::from_secs(match is {
                ResetIs::Seconds => told,
                ResetIs::Time => told.saturating_sub(past),
            }))
        });
        let interval = self.interval.as_deref().and_then(number).map(Duration::from_millis);
        let told = after.or(reset).or(interval);
        let wait = if refused { told.unwrap_or(SHORTEST).max(SHORTEST) } else { told? };
        (!wait.is_zero()).then_some(wait.min(LONGEST))
    }
}

/// Connections that are left alone for a while.
#[derive(Debug, Default)]
pub struct Holds(Mutex<HashMap<ConnectionId, Instant>>);

impl Holds {
    /// What is left of the wait for a connection.
    pub fn left(&self, connection: ConnectionId) -> Option<Duration> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = held.get(&connection)?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    pub fn hold(&self, connection: ConnectionId, wait: Duration) {
        let now = Instant::now();
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, until| *until > now);
        held.insert(connection, now + wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, v)| (name.parse().unwrap(), v.parse().unwrap())).collect()
    }

    fn wait(rates: &Rates, status: u16, list: &[(&'static str, &str)]) -> Option<u64> {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        rates.wait(status, &headers(list), now).map(|d| d.as_secs())
    }

    #[test]
    fn the_time_that_is_named_is_waited() {
        let none = Rates::default();
        assert_eq!(wait(&none, 200, &[("x-left", "0")]), None);
        assert_eq!(wait(&none, 429, &[]), Some(1));
        assert_eq!(wait(&none, 429, &[("retry-after", "30")]), Some(30));
        assert_eq!(wait(&none, 429, &[("retry-after", "99999")]), Some(900), "never longer");
        assert_eq!(wait(&none, 429, &[("retry-after", "soon")]), Some(1));
        let seconds = Rates {
            remaining: Some("x-left".into()),
            reset: Some(("x-reset".into(), ResetIs::Seconds)),
            ..Rates::default()
        };
        assert_eq!(wait(&seconds, 200, &[("x-left", "0"), ("x-reset", "12")]), Some(12));
        assert_eq!(wait(&seconds, 200, &[("x-left", "1"), ("x-reset", "12")]), None);
        assert_eq!(wait(&seconds, 200, &[("x-left", "0")]), None, "nobody says until when");
        assert_eq!(wait(&seconds, 200, &[("x-left", "0"), ("x-reset", "0")]), None);
        let time = Rates { reset: Some(("x-reset".into(), ResetIs::Time)), ..seconds.clone() };
        assert_eq!(wait(&time, 200, &[("x-left", "0"), ("x-reset", "1800000007")]), Some(7));
        assert_eq!(wait(&time, 429, &[("x-reset", "5")]), Some(1), "a time gone by");
        let window = Rates { reset: None, interval: Some("x-ms".into()), ..seconds };
        assert_eq!(wait(&window, 200, &[("x-left", "0"), ("x-ms", "10000")]), Some(10));
    }

    #[test]
    fn one_account_waits_and_the_others_do_not() {
        let holds = Holds::default();
        let (one, other) =
            (ConnectionId(uuid::Uuid::from_u128(1)), ConnectionId(uuid::Uuid::from_u128(2)));
        holds.hold(one, Duration::from_secs(60));
        assert!(holds.left(one).is_some_and(|left| left > Duration::from_secs(50)));
        assert_eq!(holds.left(other), None);
        holds.hold(other, Duration::ZERO);
        assert_eq!(holds.left(other), None);
    }
}
