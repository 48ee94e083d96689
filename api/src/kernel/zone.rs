//! IANA time zones. A local rule keeps its zone; an instant has none.

use chrono::{DateTime, FixedOffset, Offset, TimeZone, Utc};

/// A zone of the IANA database, such as `Europe/Stockholm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(chrono_tz::Tz);

impl Zone {
    pub const UTC: Self = Self(chrono_tz::UTC);

    /// `None` when the database has no such name.
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The offset from UTC in force at an instant.
    pub fn offset_at(self, at: DateTime<Utc>) -> FixedOffset {
        self.0.offset_from_utc_datetime(&at.naive_utc()).fix()
    }

    pub fn tz(self) -> chrono_tz::Tz {
        self.0
    }

    /// Names a person may choose from, in alphabetical order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name())
    }
}
