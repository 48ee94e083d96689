//! Weeks at their boundaries.

use super::*;
use crate::engagements::model::EngagementState as E;
use crate::engagements::model::MilestoneState as M;
use crate::engagements::model::examples::{engagement, milestone};
use crate::kernel::money::{Currency, Money};
use crate::platform::refusal::Refusal;
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

fn week_of(monday: &str, state: M) -> Milestone {
    let week = Some(WeekWork { week: Week::of(day(monday)), minutes: 90, charged_minutes: 60 });
    Milestone { week, ..milestone(1, state) }
}

fn by_the_hour(state: E) -> Engagement {
    let rate = Money::new(9_000, Currency::Usd);
    let hourly = Some(Hourly { rate, cap_minutes: 600, weeks: 2 });
    Engagement { hourly, ..engagement(state) }
}

#[test]
fn a_week_is_from_monday_to_sunday_and_locks_at_noon_after_it() {
    let week = Week::of(day("2026-11-29"));
    assert_eq!(week, Week::of(day("2026-11-23")), "Sunday belongs to the Monday before");
    assert_ne!(week, Week::of(day("2026-11-30")));
    assert_eq!(week.locks_at(), at("2026-11-30T12:00:00Z"));
    assert_eq!(week.due_at(), at("2026-12-05T00:00:00Z"), "the end of Friday");
    assert_eq!(week.friday(), day("2026-12-04"));
    assert_eq!(week.title(), "Week of 23 November 2026");
    assert_eq!(week.days().last(), Some(day("2026-11-29")));
    assert_eq!(week.accepts_at(at("2026-11-30T13:00:00Z")), week.due_at());
    let late = at("2026-12-09T08:00:00Z");
    assert_eq!(week.accepts_at(late), late + Duration::days(1), "a day after it was paid");
}

#[test]
fn who_may_write_until_when() {
    let code = |of: &Engagement, weeks: (&[Milestone], &[Week]), on: &str, now: &str| {
        writable(of, weeks, (day(on), at(now))).err().map(|error| error.code())
    };
    let active = by_the_hour(E::Active);
    let none: (&[Milestone], &[Week]) = (&[], &[]);
    assert_eq!(code(&active, none, "2026-11-29", "2026-11-30T11:59:59Z"), None);
    let locked = Some("week-locked");
    assert_eq!(code(&active, none, "2026-11-29", "2026-11-30T12:00:00Z"), locked);
    let charged = [week_of("2026-11-23", M::Planned)];
    assert_eq!(code(&active, (&charged, &[]), "2026-11-29", "2026-11-30T11:59:59Z"), locked);
    let next = ("2026-12-04", "2026-12-04T23:59:59Z");
    assert_eq!(code(&active, (&charged, &[]), next.0, next.1), None, "it is not due yet");
    let unpaid = Some("week-unpaid");
    assert_eq!(code(&active, (&charged, &[]), "2026-12-05", "2026-12-05T00:00:00Z"), unpaid);
    let paid = [week_of("2026-11-23", M::Submitted)];
    assert_eq!(code(&active, (&paid, &[]), "2026-12-05", "2026-12-05T00:00:00Z"), None);
    let used = [Week::of(day("2026-11-23")), Week::of(day("2026-11-30"))];
    let third = code(&active, (&[], &used), "2026-12-07", "2026-12-07T09:00:00Z");
    assert_eq!(third, Some("weeks-used"));
    assert_eq!(code(&active, (&[], &used), "2026-12-06", "2026-12-07T09:00:00Z"), None);
    let ended = Engagement { hours_end_on: Some(day("2026-11-25")), ..active };
    assert_eq!(code(&ended, none, "2026-11-25", "2026-11-26T09:00:00Z"), None);
    let after = code(&ended, none, "2026-11-26", "2026-11-26T09:00:00Z");
    assert_eq!(after, Some("hours-ended"));
    for (state, refusal) in
        [(E::Paused, "engagement-at-rest"), (E::Completed, "engagement-not-active")]
    {
        let said = code(&by_the_hour(state), none, "2026-11-25", "2026-11-26T09:00:00Z");
        assert_eq!(said, Some(refusal));
    }
    let other = code(&engagement(E::Active), none, "2026-11-25", "2026-11-26T09:00:00Z");
    assert_eq!(other, Some("not-hourly"));
}

#[test]
fn where_a_week_stands() {
    let week = Week::of(day("2026-11-23"));
    let state = |of: Option<M>, minutes, now: &str| {
        let milestone = of.map(|state| week_of("2026-11-23", state));
        week_state(week, (minutes, milestone.as_ref()), at(now))
    };
    let (sunday, monday) = ("2026-11-29T10:00:00Z", "2026-11-30T12:00:00Z");
    assert_eq!(state(None, 0, sunday), WeekState::Open);
    assert_eq!(state(None, 0, monday), WeekState::Empty);
    assert_eq!(state(None, 5, monday), WeekState::Locking);
    assert_eq!(state(Some(M::Planned), 5, monday), WeekState::Owed);
    assert_eq!(state(Some(M::Planned), 5, "2026-12-05T00:00:00Z"), WeekState::Unpaid);
    assert_eq!(state(Some(M::Submitted), 5, "2026-12-05T00:00:00Z"), WeekState::Review);
    assert_eq!(state(Some(M::Settled), 5, monday), WeekState::Settled);
}

#[test]
fn minutes_are_read_as_hours() {
    assert_eq!([hours(45), hours(600), hours(615)], ["45 min", "10 h", "10 h 15 min"]);
    let hourly = by_the_hour(E::Active).hourly.unwrap();
    assert_eq!(worked(&hourly, 60, 60), "1 h worked, all charged at $90.00 an hour.");
    assert!(worked(&hourly, 660, 600).starts_with("11 h worked, 10 h charged at $90.00"));
}

proptest! {
    #[test]
    fn every_day_is_in_one_week(days in 0i32..40_000) {
        let one = NaiveDate::from_num_days_from_ce_opt(730_000 + days).unwrap();
        let week = Week::of(one);
        prop_assert_eq!(week.days().filter(|of| *of == one).count(), 1);
        prop_assert_eq!(week.monday().weekday(), chrono::Weekday::Mon);
        prop_assert!(week.locks_at() < week.due_at());
    }
}
