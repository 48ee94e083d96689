//! Dates, hours, spans and zones.

use chrono::offset::LocalResult;
use chrono::{DateTime, Datelike, Days, NaiveDate, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::count;

/// A moment in a person's zone: `Tuesday 12 May, 18:00`; with its year when that is not the year
/// of `now`: `Tuesday 12 January 2027, 18:00`.
pub fn instant(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    format!("{}, {}", day_in(at, zone, now), hour(at, zone))
}

/// The weekday and day of a moment: `Tuesday 12 May`, with its year when it is not this year.
pub fn day_in(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    weekday(at.with_timezone(&zone).date_naive(), now.with_timezone(&zone).date_naive())
}

/// The hour of a moment: `18:00`. In the hour that a clock change repeats, the offset is said
/// too, `02:30 (UTC+1)`, since the hour alone would name two moments.
pub fn hour(at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    let text = local.format("%H:%M").to_string();
    match zone.from_local_datetime(&local.naive_local()) {
        LocalResult::Ambiguous(..) => format!("{text} ({})", offset(at, zone)),
        _ => text,
    }
}

/// A date with its year: `12 May 2026`.
pub fn date(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// A date in a column: `12 May`, with its year when it is not the year of `today`.
pub fn day(day: NaiveDate, today: NaiveDate) -> String {
    let pattern = if day.year() == today.year() { "%-d %b" } else { "%-d %b %Y" };
    day.format(pattern).to_string()
}

/// A date with its weekday: `Tuesday 12 May`, with its year when it is not the year of `today`.
pub fn weekday(day: NaiveDate, today: NaiveDate) -> String {
    let pattern = if day.year() == today.year() { "%A %-d %B" } else { "%A %-d %B %Y" };
    day.format(pattern).to_string()
}

/// A date as a word where there is one: `today`, `tomorrow`, `yesterday`, else `Tuesday 12 May`.
pub fn day_word(day: NaiveDate, today: NaiveDate) -> String {
    if day == today {
        "today".into()
    } else if Some(day) == today.checked_add_days(Days::new(1)) {
        "tomorrow".into()
    } else if Some(day) == today.checked_sub_days(Days::new(1)) {
        "yesterday".into()
    } else {
        weekday(day, today)
    }
}

/// How far a date is away: `today`, `tomorrow`, `in 5 days`, `yesterday`, `3 days ago`.
/// Calendar days, so a clock change makes no difference.
pub fn in_days(day: NaiveDate, today: NaiveDate) -> String {
    match day.signed_duration_since(today).num_days() {
        -1..=1 => day_word(day, today),
        n if n > 0 => format!("in {}", count(n.unsigned_abs(), "day", "days")),
        n => format!("{} ago", count(n.unsigned_abs(), "day", "days")),
    }
}

/// How long ago a moment was: `just now`, `20 minutes ago`, `4 hours ago`, `3 days ago`.
/// A moment that lies ahead reads `just now`: clocks of two machines differ a little.
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match now.signed_duration_since(at) {
        short if short < TimeDelta::minutes(1) => "just now".into(),
        span => format!("{} ago", span_words(span)),
    }
}

/// A span in its largest whole unit: `20 minutes`, `4 hours`, `3 days`; `less than a minute`, which
/// a negative span is too.
pub fn span_words(span: TimeDelta) -> String {
    let minutes = u64::try_from(span.num_minutes()).unwrap_or(0);
    match minutes {
        0 => "less than a minute".to_owned(),
        1..60 => count(minutes, "minute", "minutes"),
        60..2_880 => count(minutes / 60, "hour", "hours"),
        _ => count(minutes / 1_440, "day", "days"),
    }
}

/// Work or overlap in hours and minutes: `6 h 10 min`, `3 h`, `45 min`. A negative span counts
/// as nothing.
pub fn span_work(span: TimeDelta) -> String {
    let minutes = u64::try_from(span.num_minutes()).unwrap_or(0);
    match (minutes / 60, minutes % 60) {
        (0, rest) => format!("{rest} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, rest) => format!("{hours} h {rest} min"),
    }
}

/// A moment for a `datetime` attribute: `2026-05-12T18:00+02:00`.
pub fn machine_time(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%dT%H:%M%:z").to_string()
}

/// A date for a `datetime` attribute or a date input: `2026-05-12`.
pub fn machine_date(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

/// A zone with the offset it has at a moment: `Europe/Stockholm, UTC+2`, `UTC`. An offset of
/// nothing is told as one, so that a name and `UTC` do not look like two zones.
pub fn zone_label(zone: Tz, at: DateTime<Utc>) -> String {
    match zone {
        Tz::UTC => "UTC".into(),
        named => match offset(at, named).as_str() {
            "UTC" => format!("{}, UTC+0", named.name()),
            offset => format!("{}, {offset}", named.name()),
        },
    }
}

/// The city of a zone: `Stockholm`, `Port of Spain` for `America/Port_of_Spain`.
pub fn zone_city(zone: Tz) -> String {
    zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ")
}

fn offset(at: DateTime<Utc>, zone: Tz) -> String {
    let seconds = zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
    let sign = if seconds < 0 { "\u{2212}" } else { "+" };
    let minutes = seconds.unsigned_abs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".into(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America, Asia, Europe, Pacific};

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_moment_is_told_in_the_persons_zone() {
        let now = at("2026-05-07T09:41:00Z");
        let due = at("2026-05-12T16:00:00Z");
        assert_eq!(instant(due, Europe::Stockholm, now), "Tuesday 12 May, 18:00");
        assert_eq!(instant(due, Pacific::Auckland, now), "Wednesday 13 May, 04:00");
        assert_eq!(
            instant(at("2027-01-12T17:00:00Z"), Europe::Stockholm, now),
            "Tuesday 12 January 2027, 18:00"
        );
        assert_eq!(machine_time(due, Europe::Stockholm), "2026-05-12T18:00+02:00");
    }

    #[test]
    fn the_year_is_the_persons_year_not_that_of_utc() {
        let new_year = at("2026-12-31T23:30:00Z");
        assert_eq!(day_in(new_year, Europe::Stockholm, new_year), "Friday 1 January");
        assert_eq!(day_in(new_year, Europe::Stockholm, at("2026-12-30T12:00:00Z")), {
            "Friday 1 January 2027"
        });
    }

    #[test]
    fn the_spring_day_has_no_second_hour_and_autumn_has_it_twice() {
        let zone = Europe::Stockholm;
        assert_eq!(hour(at("2026-03-29T00:59:00Z"), zone), "01:59");
        assert_eq!(hour(at("2026-03-29T01:00:00Z"), zone), "03:00");
        assert_eq!(hour(at("2026-10-25T00:30:00Z"), zone), "02:30 (UTC+2)");
        assert_eq!(hour(at("2026-10-25T01:30:00Z"), zone), "02:30 (UTC+1)");
        assert_eq!(hour(at("2026-10-25T02:00:00Z"), zone), "03:00");
        assert_eq!(hour(at("2026-11-01T05:30:00Z"), America::New_York), "01:30 (UTC−4)");
    }

    #[test]
    fn days_away_ignore_that_a_day_had_23_hours() {
        let today = on("2026-03-28");
        assert_eq!(in_days(on("2026-03-29"), today), "tomorrow");
        assert_eq!(in_days(on("2026-03-30"), today), "in 2 days");
        assert_eq!(in_days(on("2026-03-27"), today), "yesterday");
        assert_eq!(in_days(on("2026-03-20"), today), "8 days ago");
        assert_eq!(day_word(today, today), "today");
        assert_eq!(day_word(on("2026-04-07"), today), "Tuesday 7 April");
    }

    #[test]
    fn dates_carry_a_year_when_it_is_another() {
        let today = on("2026-05-07");
        assert_eq!(date(on("2026-05-12")), "12 May 2026");
        assert_eq!(day(on("2026-05-12"), today), "12 May");
        assert_eq!(day(on("2025-09-01"), today), "1 Sep 2025");
        assert_eq!(machine_date(on("2026-05-02")), "2026-05-02");
    }

    #[test]
    fn spans_in_the_unit_people_use() {
        let now = at("2026-05-07T10:00:00Z");
        assert_eq!(ago(at("2026-05-07T09:59:30Z"), now), "just now");
        assert_eq!(ago(at("2026-05-07T10:00:09Z"), now), "just now");
        assert_eq!(ago(at("2026-05-07T09:40:00Z"), now), "20 minutes ago");
        assert_eq!(ago(at("2026-05-06T05:00:00Z"), now), "29 hours ago");
        assert_eq!(ago(at("2026-05-04T10:00:00Z"), now), "3 days ago");
        assert_eq!(span_words(TimeDelta::hours(1)), "1 hour");
        assert_eq!(span_words(TimeDelta::hours(-1)), "less than a minute");
        assert_eq!(span_work(TimeDelta::minutes(370)), "6 h 10 min");
        assert_eq!(span_work(TimeDelta::minutes(180)), "3 h");
        assert_eq!(span_work(TimeDelta::minutes(45)), "45 min");
    }

    #[test]
    fn zones_say_their_offset_of_that_day() {
        let (summer, winter) = (at("2026-07-01T12:00:00Z"), at("2026-01-01T12:00:00Z"));
        assert_eq!(zone_label(Europe::Stockholm, summer), "Europe/Stockholm, UTC+2");
        assert_eq!(zone_label(Europe::Stockholm, winter), "Europe/Stockholm, UTC+1");
        assert_eq!(zone_label(Asia::Kolkata, winter), "Asia/Kolkata, UTC+5:30");
        assert_eq!(zone_label(America::St_Johns, winter), "America/St_Johns, UTC−3:30");
        assert_eq!(zone_label(Europe::London, winter), "Europe/London, UTC+0");
        assert_eq!(zone_label(Tz::UTC, winter), "UTC");
        assert_eq!(zone_city(America::Port_of_Spain), "Port of Spain");
    }
}
