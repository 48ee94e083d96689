//! Deadlines: whole days later at the same time of day where the program is.

use crate::kernel::zone::Zone;
use chrono::{DateTime, Datelike, Days, Duration, LocalResult, TimeZone, Utc, Weekday};

/// The instant that many days later, at the same local time in the zone. A time that the clocks
/// skip becomes the one an hour later; one that comes twice is the first.
pub fn after_days(from: DateTime<Utc>, days: i32, zone: Zone) -> DateTime<Utc> {
    let count = u64::try_from(days).unwrap_or_default();
    let plain = from + Duration::days(i64::from(days));
    let local = from.with_timezone(&zone.tz()).naive_local();
    let Some(wanted) = local.checked_add_days(Days::new(count)) else { return plain };
    match zone.tz().from_local_datetime(&wanted) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc),
        LocalResult::None => {
            let later = wanted + Duration::hours(1);
            zone.tz()
                .from_local_datetime(&later)
                .earliest()
                .map_or(plain, |at| at.with_timezone(&Utc))
        }
    }
}

/// The same that many business days later: Saturdays and Sundays of the zone do not count. What
/// begins on one of them begins when Monday does.
pub fn after_business_days(from: DateTime<Utc>, days: i32, zone: Zone) -> DateTime<Utc> {
    let from = after_weekend(from, zone);
    let (mut all, mut left) = (0, days);
    let mut day = from.with_timezone(&zone.tz()).date_naive();
    while left > 0 {
        let Some(next) = day.succ_opt() else { break };
        (day, all) = (next, all + 1);
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    after_days(from, all, zone)
}

/// The instant itself on a weekday, else the beginning of the next Monday.
fn after_weekend(from: DateTime<Utc>, zone: Zone) -> DateTime<Utc> {
    let day = from.with_timezone(&zone.tz()).date_naive();
    let rest = match day.weekday() {
        Weekday::Sat => 2,
        Weekday::Sun => 1,
        _ => return from,
    };
    let monday = day.checked_add_days(Days::new(rest));
    let begins = monday.and_then(|monday| monday.and_hms_opt(0, 0, 0));
    let local = begins.and_then(|begins| zone.tz().from_local_datetime(&begins).earliest());
    local.map_or(from, |at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekend_does_not_count() {
        let zone = Zone::parse("Europe/Stockholm").unwrap();
        let later = |from: &str| {
            let from = DateTime::parse_from_rfc3339(from).unwrap().with_timezone(&Utc);
            after_business_days(from, 5, zone).with_timezone(&zone.tz()).to_rfc3339()
        };
        assert_eq!(later("2026-05-04T12:00:00+02:00"), "2026-05-11T12:00:00+02:00", "Monday");
        assert_eq!(later("2026-05-08T23:30:00+02:00"), "2026-05-15T23:30:00+02:00", "Friday");
        let whole_week = "2026-05-18T00:00:00+02:00";
        assert_eq!(later("2026-05-09T00:05:00+02:00"), whole_week, "Saturday");
        assert_eq!(later("2026-05-10T23:30:00+02:00"), whole_week, "Sunday");
        assert_eq!(later("2026-10-22T12:00:00+02:00"), "2026-10-29T12:00:00+01:00", "the clocks");
    }

    fn later(from: &str, days: i32) -> String {
        let zone = Zone::parse("Europe/Stockholm").unwrap();
        let from = DateTime::parse_from_rfc3339(from).unwrap().with_timezone(&Utc);
        after_days(from, days, zone).with_timezone(&zone.tz()).to_rfc3339()
    }

    #[test]
    fn the_time_of_day_stays_across_both_changes_of_the_clock() {
        assert_eq!(later("2026-03-20T18:00:00+01:00", 14), "2026-04-03T18:00:00+02:00");
        assert_eq!(later("2026-10-20T18:00:00+02:00", 14), "2026-11-03T18:00:00+01:00");
        assert_eq!(later("2026-03-28T02:30:00+01:00", 1), "2026-03-29T03:30:00+02:00");
        assert_eq!(later("2026-10-24T02:30:00+02:00", 1), "2026-10-25T02:30:00+02:00");
        assert_eq!(later("2026-05-01T10:00:00+02:00", 0), "2026-05-01T10:00:00+02:00");
    }
}
