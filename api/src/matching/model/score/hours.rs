//! Working hours that two zones share on a day, right across changes of daylight-saving time.
//!
//! A person works while the clock on their own wall stands between their hours. A wall clock that
//! is put forward skips minutes of work, one that is put back repeats them.

use crate::kernel::zone::Zone;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Hours of work by the wall clock of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    pub zone: Zone,
    pub from: NaiveTime,
    /// Not included.
    pub until: NaiveTime,
}

impl Hours {
    /// Nine to five.
    pub fn office(zone: Zone) -> Self {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Self { zone, from: at(9), until: at(17) }
    }
}

/// Minutes during which both work, within the day `day` of the first one's zone.
pub fn shared_minutes(day: NaiveDate, one: &Hours, other: &Hours) -> i64 {
    let number = i64::from(day.num_days_from_ce()) - EPOCH;
    // A local day lies within 14 hours of the day by UTC, on either side.
    let around = (number * DAY - 15 * HOUR, (number + 1) * DAY + 15 * HOUR);
    let day_of_one = working(one, around, Some(number));
    let seconds: i64 = day_of_one
        .iter()
        .flat_map(|span| working(other, *span, None))
        .map(|(from, until)| until - from)
        .sum();
    seconds / 60
}

/// Days from the first of the common era to 1970-01-01.
const EPOCH: i64 = 719_163;

/// Spans of work between two instants, on one local day or on all; seconds since 1970.
fn working(hours: &Hours, between: (i64, i64), only: Option<i64>) -> Vec<(i64, i64)> {
    let (opens, closes) = (of_day(hours.from), of_day(hours.until));
    let mut spans = Vec::new();
    for (start, end, offset) in steady(hours.zone, between) {
        let days = (start + offset).div_euclid(DAY)..=(end + offset).div_euclid(DAY);
        for day in days.filter(|day| only.is_none_or(|only| only == *day)) {
            let midnight = day * DAY - offset;
            let span = ((midnight + opens).max(start), (midnight + closes).min(end));
            if span.0 < span.1 {
                spans.push(span);
            }
        }
    }
    spans
}

fn of_day(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight())
}

/// Cuts the time between two instants where the zone's offset changes.
fn steady(zone: Zone, between: (i64, i64)) -> Vec<(i64, i64, i64)> {
    let (mut start, end) = between;
    let mut parts = Vec::new();
    let mut offset = offset_at(zone, start);
    let mut at = start;
    while at < end {
        let next = (at + HOUR).min(end);
        let there = offset_at(zone, next);
        if there != offset {
            let change = first_with_another(zone, (at, next), offset);
            parts.push((start, change, offset));
            (start, offset) = (change, there);
        }
        at = next;
    }
    if start < end {
        parts.push((start, end, offset));
    }
    parts
}

/// The second at which the offset stops being `offset`, between one at which it is and one at
/// which it is not.
fn first_with_another(zone: Zone, between: (i64, i64), offset: i64) -> i64 {
    let (mut same, mut other) = between;
    while other - same > 1 {
        let middle = i64::midpoint(same, other);
        if offset_at(zone, middle) == offset {
            same = middle;
        } else {
            other = middle;
        }
    }
    other
}

fn offset_at(zone: Zone, second: i64) -> i64 {
    let at = DateTime::from_timestamp(second, 0);
    at.map_or(0, |at| i64::from(zone.offset_at(at).local_minus_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Six zones that change their clocks, on different days, in both hemispheres, one by half an
    /// hour and one at midnight.
    const CHANGING: [&str; 6] = [
        "Europe/Stockholm",
        "America/New_York",
        "Australia/Sydney",
        "Australia/Lord_Howe",
        "America/Santiago",
        "Africa/Cairo",
    ];
    const STEADY: [&str; 3] = ["UTC", "Asia/Kolkata", "Asia/Manila"];

    fn hours(zone: &str, from: (u32, u32), until: (u32, u32)) -> Hours {
        let at = |(h, m)| NaiveTime::from_hms_opt(h, m, 0).unwrap();
        Hours { zone: Zone::parse(zone).unwrap(), from: at(from), until: at(until) }
    }

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Looks at both walls every minute.
    fn minute_by_minute(day: NaiveDate, one: &Hours, other: &Hours) -> i64 {
        let noon = day.and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp();
        (noon - 40 * HOUR..noon + 40 * HOUR)
            .step_by(60)
            .filter(|second| {
                let at = DateTime::from_timestamp(*second, 0).unwrap();
                let wall = |hours: &Hours| at.with_timezone(&hours.zone.tz()).naive_local();
                let works = |h: &Hours| (h.from..h.until).contains(&wall(h).time());
                wall(one).date() == day && works(one) && works(other)
            })
            .count()
            .try_into()
            .unwrap()
    }

    /// The two days of a year on which the zone's offset at noon is another than the day before.
    fn changes(zone: &str, year: i32) -> Vec<NaiveDate> {
        let tz = Zone::parse(zone).unwrap();
        let first = NaiveDate::from_ymd_opt(year, 1, 2).unwrap();
        let noon = |day: NaiveDate| tz.offset_at(day.and_hms_opt(12, 0, 0).unwrap().and_utc());
        let days = first.iter_days().take(363);
        days.filter(|day| noon(*day) != noon(day.pred_opt().unwrap())).collect()
    }

    #[test]
    fn on_usual_days() {
        let office = Hours::office(Zone::parse("Europe/Stockholm").unwrap());
        let shared = |day, other| shared_minutes(on(day), &office, &other);
        assert_eq!(shared("2026-05-12", hours("Europe/Lisbon", (9, 0), (17, 0))), 420);
        assert_eq!(shared("2026-05-12", hours("Asia/Manila", (9, 0), (18, 0))), 180);
        assert_eq!(shared("2026-05-12", hours("Pacific/Auckland", (8, 0), (16, 0))), 0);
        // In March the clocks of New York change three weeks before those of Stockholm.
        let york = hours("America/New_York", (9, 0), (17, 0));
        assert_eq!(shared("2026-03-02", york), 120);
        assert_eq!(shared("2026-03-16", york), 180);
        assert_eq!(shared("2026-04-06", york), 120);
    }

    #[test]
    fn a_skipped_hour_is_not_worked_and_a_repeated_one_is_worked_twice() {
        let night = hours("Europe/Stockholm", (0, 0), (8, 0));
        let always = hours("UTC", (0, 0), (23, 59));
        assert_eq!(shared_minutes(on("2026-03-28"), &night, &always), 479);
        assert_eq!(shared_minutes(on("2026-03-29"), &night, &always), 419);
        assert_eq!(shared_minutes(on("2026-10-25"), &night, &always), 539);
    }

    #[test]
    fn every_zone_of_the_test_changes_twice() {
        for zone in CHANGING {
            assert_eq!(changes(zone, 2026).len(), 2, "{zone}");
        }
    }

    /// Both days of change and their neighbours, every pair of zones, against the walls.
    #[test]
    fn right_across_both_days_of_change_in_six_zones() {
        for zone in CHANGING {
            let office = Hours::office(Zone::parse(zone).unwrap());
            let early = hours(zone, (0, 30), (3, 10));
            for day in changes(zone, 2026) {
                let days = [day.pred_opt().unwrap(), day, day.succ_opt().unwrap()];
                for other in CHANGING.iter().chain(&STEADY) {
                    let theirs = hours(other, (6, 45), (22, 15));
                    for (day, own) in days.iter().flat_map(|d| [(d, &office), (d, &early)]) {
                        let expected = minute_by_minute(*day, own, &theirs);
                        let shared = shared_minutes(*day, own, &theirs);
                        assert_eq!(shared, expected, "{zone} and {other} on {day}");
                    }
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]
        #[test]
        fn agrees_with_the_walls_on_any_day(
            one in 0usize..9, other in 0usize..9, day in 0u64..1500,
            from in 0u32..1380, long in 1u32..900,
        ) {
            let zones: Vec<_> = CHANGING.iter().chain(&STEADY).collect();
            let until = (from + long).min(1439);
            let theirs = hours(zones[other], (from / 60, from % 60), (until / 60, until % 60));
            let office = Hours::office(Zone::parse(zones[one]).unwrap());
            let day = on("2025-01-01") + chrono::Days::new(day);
            let shared = shared_minutes(day, &office, &theirs);
            prop_assert_eq!(shared, minute_by_minute(day, &office, &theirs));
        }
    }
}
