//! One clock for program and database that a test can move forward.

use api::platform::clock::Clock;
use chrono::{DateTime, Duration, SubsecRound, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Replaces the database's clock in the template: real time plus what the test moved it by.
pub const MOVABLE: &str = "
    CREATE TABLE test_clock (id integer PRIMARY KEY, ahead interval NOT NULL);
    INSERT INTO test_clock VALUES (1, interval '0');
    GRANT SELECT ON test_clock TO attache_app, attache_read;
    CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE
        AS 'SELECT now() + ahead FROM public.test_clock';";

/// The program's half.
#[derive(Clone, Default)]
pub struct MovableClock(Arc<AtomicI64>);

impl MovableClock {
    pub fn clock(&self) -> Clock {
        let ahead = Arc::clone(&self.0);
        Clock::from_source(move || now() + Duration::seconds(ahead.load(Ordering::SeqCst)))
    }

    pub fn now(&self) -> DateTime<Utc> {
        now() + Duration::seconds(self.0.load(Ordering::SeqCst))
    }

    /// How many seconds it is before the real one.
    pub fn ahead(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(by.num_seconds(), Ordering::SeqCst);
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests' clock runs on real time, moved")]
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
