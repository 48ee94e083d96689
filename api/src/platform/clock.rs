//! Time and randomness as parameters: live ones here, frozen ones in the tests.

use chrono::{DateTime, SubsecRound, Utc};
use std::sync::Arc;
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
}

impl Ids {
    /// From the operating system's random source.
    #[expect(clippy::disallowed_methods, reason = "the one place where randomness is drawn")]
    pub fn system(clock: Clock) -> Self {
        Self { clock, random: Arc::new(|out| rand::Rng::fill_bytes(&mut rand::rng(), out)) }
    }

    /// From a source of the caller's choosing.
    pub fn from_source(clock: Clock, random: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self { clock, random: Arc::new(random) }
    }

    /// A fresh UUID version 7 as the identifier type asked for.
    pub fn next<T: From<Uuid>>(&self) -> T {
        let millis = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or_default();
        let mut random = [0; 10];
        (self.random)(&mut random);
        T::from(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
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
