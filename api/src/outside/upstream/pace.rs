//! How fast the calls of one letter, and those for one account, may follow each other.
//!
//! A caller may save up ten seconds' worth of calls and spend them at once; over time no more than
//! so many a minute pass. Counted by this process alone: two nodes let pass twice as many.

use crate::kernel::id::{ConnectionId, GrantId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Calls a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub letter: u32,
    pub account: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { letter: 600, account: 1200 }
    }
}

/// The most that a file may name.
pub const FASTEST: u32 = 600_000;

/// What may be spent at once.
const SAVED: Duration = Duration::from_secs(10);
/// So many are remembered before those at rest are forgotten.
const CROWD: usize = 4096;

/// When each caller's calls are paid for: the generic cell rate algorithm.
#[derive(Debug, Default)]
pub struct Paces {
    letters: Cells<GrantId>,
    doubted: Cells<GrantId>,
    accounts: Cells<ConnectionId>,
}

impl Paces {
    /// Takes a call of a letter; errors with how long to wait.
    pub fn letter(&self, grant: GrantId, pace: Pace) -> Result<(), Duration> {
        self.letters.take(grant, pace.letter, Instant::now())
    }

    /// Takes a call by a key of a letter that is not to be believed; whoever copied one takes
    /// nothing from its owner. Errors with how long to wait.
    pub fn doubted(&self, grant: GrantId, pace: Pace) -> Result<(), Duration> {
        self.doubted.take(grant, pace.letter, Instant::now())
    }

    /// Takes a call for an account; errors with how long to wait.
    pub fn account(&self, connection: ConnectionId, pace: Pace) -> Result<(), Duration> {
        self.accounts.take(connection, pace.account, Instant::now())
    }
}

#[derive(Debug)]
struct Cells<K>(Mutex<HashMap<K, Instant>>);

impl<K> Default for Cells<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq> Cells<K> {
    fn take(&self, key: K, a_minute: u32, now: Instant) -> Result<(), Duration> {
        let each = Duration::from_secs(60) / a_minute.max(1);
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cells.len() >= CROWD {
            cells.retain(|_, paid| *paid > now);
        }
        let paid = cells.entry(key).or_insert(now);
        let next = (*paid).max(now) + each;
        let early = next.saturating_duration_since(now).saturating_sub(SAVED.max(each));
        if !early.is_zero() {
            return Err(early);
        }
        *paid = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls that pass, of some that come in even steps.
    fn passed(cells: &Cells<u8>, pace: u32, (calls, over): (u32, Duration), from: Instant) -> u32 {
        let step = over / calls;
        (0..calls).map(|n| u32::from(cells.take(1, pace, from + step * n).is_ok())).sum()
    }

    #[test]
    fn ten_seconds_may_be_spent_at_once_and_no_more() {
        let (cells, now) = (Cells::default(), Instant::now());
        assert_eq!(passed(&cells, 600, (500, Duration::ZERO), now), 100);
        assert_eq!(cells.take(1, 600, now), Err(Duration::from_millis(100)));
        assert_eq!(cells.take(2, 600, now), Ok(()), "others are not concerned");
        assert_eq!(cells.take(1, 600, now + Duration::from_millis(100)), Ok(()));
    }

    #[test]
    fn over_time_the_pace_holds_whatever_is_tried() {
        let (cells, now) = (Cells::default(), Instant::now());
        let minutes = Duration::from_secs(600);
        // The last of the six hundred seconds is not over when the last call comes.
        assert_eq!(passed(&cells, 60, (60_000, minutes), now), 599 + 10);
        let later = now + minutes + Duration::from_secs(3600);
        assert_eq!(passed(&cells, 60, (100, Duration::ZERO), later), 10, "no more is saved up");
    }

    #[test]
    fn a_slow_pace_lets_one_pass() {
        let (cells, now) = (Cells::default(), Instant::now());
        assert_eq!(cells.take(1, 1, now), Ok(()));
        assert_eq!(cells.take(1, 1, now), Err(Duration::from_secs(60)));
        assert_eq!(cells.take(1, 1, now + Duration::from_secs(60)), Ok(()));
    }

    #[test]
    fn who_rests_is_forgotten() {
        let (cells, now) = (Cells::default(), Instant::now());
        for key in 0..u16::try_from(CROWD).unwrap() {
            assert_eq!(cells.take(key, 600, now), Ok(()));
        }
        assert_eq!(cells.take(u16::MAX, 600, now + Duration::from_secs(1)), Ok(()));
        assert_eq!(cells.0.lock().unwrap().len(), 1);
    }
}
