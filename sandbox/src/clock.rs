//! The time of the sandbox: real time, because what it stands for runs on its own clock too.

use chrono::{DateTime, Utc};

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "the one place where the sandbox reads the clock")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}
