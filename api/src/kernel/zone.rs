//! IANA time zones. A local rule keeps its zone; an instant has none.

use chrono::{DateTime, FixedOffset, Offset, TimeZone, Utc};

/// Regions of the zone database in which people live; the rest are old names and fixed offsets.
const REGIONS: &[&str] = &[
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
];

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

    /// Names a person may choose from, in alphabetical order: places that people live in, and UTC.
    /// Names of the past, such as `GB-Eire`, still parse.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let lived_in =
            |name: &&str| *name == "UTC" || REGIONS.iter().any(|region| name.starts_with(region));
        chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name()).filter(lived_in)
    }
}
