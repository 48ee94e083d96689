//! Time and randomness as parameters: live ones here, frozen ones in the tests.

use chrono::{DateTime, SubsecRound, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// The one clock of the program. Instants have microseconds, like PostgreSQL's.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the wall clock is read")]
    pub fn system() -> Self {
        Self(Arc::new(|| Utc::now().trunc_subsecs(6)))
    }

    /// A clock of the caller's making.
    pub fn from_source(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

/// Where identifiers and secrets come from.
#[derive(Clone)]
pub struct Ids {
    clock: Clock,
    random: Arc<dyn Fn(&mut [u8]) + Send + Sync>,
    /// The instant in the last identifier, in 4096ths of a millisecond.
    last: Arc<AtomicU64>,
}

impl Ids {
    /// From the operating system's random source.
    #[expect(clippy::disallowed_methods, reason = "the one place where randomness is drawn")]
    pub fn system(clock: Clock) -> Self {
        Self::from_source(clock, |out| rand::Rng::fill_bytes(&mut rand::rng(), out))
    }

    /// From a source of the caller's choosing.
    pub fn from_source(clock: Clock, random: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self { clock, random: Arc::new(random), last: Arc::default() }
    }

    /// A fresh UUID version 7 as the identifier type asked for. In one process each is greater than
    /// the last: what was made in order stands in order (RFC 9562, 6.2, method 3).
    pub fn next<T: From<Uuid>>(&self) -> T {
        let at = self.instant();
        let mut random = [0; 10];
        (self.random)(&mut random);
        let [.., high, low] = at.to_be_bytes();
        random[..2].copy_from_slice(&[high & 0x0f, low]);
        T::from(uuid::Builder::from_unix_timestamp_millis(at >> 12, &random).into_uuid())
    }

    /// Now, in 4096ths of a millisecond; or the last such instant and one, if that is later.
    fn instant(&self) -> u64 {
        let micros = u64::try_from(self.clock.now().timestamp_micros()).unwrap_or_default();
        let now = ((micros / 1000) << 12) | (micros % 1000 * 4096 / 1000);
        let after = |last: u64| Some(now.max(last + 1));
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after);
        now.max(last.unwrap_or_default() + 1)
    }

    /// 256 bits for a token, a key or a nonce.
    pub fn secret(&self) -> [u8; 32] {
        let mut out = [0; 32];
        self.fill(&mut out);
        out
    }

    /// Random bytes where they are to stay, so that a key leaves no copy behind.
    pub fn fill(&self, out: &mut [u8]) {
        (self.random)(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicI64;

    #[test]
    fn identifiers_stand_in_the_order_they_were_made_even_when_the_clock_does_not() {
        let clock = Clock::from_source({
            let back = AtomicI64::new(1_800_000_000_000);
            move || {
                let millis = back.fetch_sub(1, Ordering::Relaxed);
                DateTime::from_timestamp_millis(millis).unwrap()
            }
        });
        let ids = Ids::system(clock);
        let made: Vec<Uuid> = (0..5000).map(|_| ids.next()).collect();
        assert!(made.is_sorted(), "each is greater than the last");
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }
}
