//! A week of work by the hour: its days, when it locks, until when it is paid and reviewed.
//!
//! Days and weeks are those of UTC, so that both sides and the database mean the same instants.

use super::engagement::Engagement;
use super::milestone::{Milestone, MilestoneState};
use crate::engagements::EngagementError;
use crate::matching::Hourly;
use crate::text_enum;
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Seven days from a Monday on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Week(NaiveDate);

impl Week {
    /// The week that a day belongs to.
    pub fn of(day: NaiveDate) -> Self {
        let since = u64::from(day.weekday().num_days_from_monday());
        Self(day.checked_sub_days(Days::new(since)).unwrap_or(day))
    }

    /// Its first day.
    pub const fn monday(self) -> NaiveDate {
        self.0
    }

    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.0.iter_days().take(7)
    }

    fn at(self, hours: i64) -> DateTime<Utc> {
        self.0.and_time(chrono::NaiveTime::MIN).and_utc() + Duration::hours(hours)
    }

    /// Noon of the Monday after it: until then its time is written and changed.
    pub fn locks_at(self) -> DateTime<Utc> {
        self.at(7 * 24 + 12)
    }

    /// The end of the Friday after it: it is paid and reviewed until then.
    pub fn due_at(self) -> DateTime<Utc> {
        self.at(12 * 24)
    }

    /// That Friday.
    pub fn friday(self) -> NaiveDate {
        self.0.checked_add_days(Days::new(11)).unwrap_or(self.0)
    }

    /// When silence accepts it: at the end of that Friday, and never within a day of its payment.
    pub fn accepts_at(self, paid_at: DateTime<Utc>) -> DateTime<Utc> {
        self.due_at().max(paid_at + Duration::days(1))
    }

    /// Such as "Week of 23 November 2026".
    pub fn title(self) -> String {
        format!("Week of {}", self.0.format("%-d %B %Y"))
    }
}

/// What was worked in a week that is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekWork {
    pub week: Week,
    pub minutes: i32,
    /// Never more than the cap; the price is theirs.
    pub charged_minutes: i32,
}

impl WeekWork {
    /// What is shown and never charged.
    pub const fn over_minutes(&self) -> i32 {
        self.minutes.saturating_sub(self.charged_minutes)
    }
}

text_enum! {
    /// Where a week stands.
    pub enum WeekState {
        /// Time is written and changed.
        Open = "open",
        /// Its time is over; it is being locked.
        Locking = "locking",
        /// It was over without time to charge.
        Empty = "empty",
        /// Locked, to be paid until Friday.
        Owed = "owed",
        /// Friday is over and it is not paid: no more hours until it is.
        Unpaid = "unpaid",
        /// Paid; accepted by the customer or by silence.
        Review = "review",
        Accepted = "accepted",
        Refunded = "refunded",
        /// Parts were released and the rest went back.
        Settled = "settled",
    }
}

/// Where a week stands at an instant, by its milestone once it is locked.
pub fn week_state(
    week: Week,
    (minutes, milestone): (i32, Option<&Milestone>),
    now: DateTime<Utc>,
) -> WeekState {
    let Some(milestone) = milestone else {
        return match (now < week.locks_at(), minutes) {
            (true, _) => WeekState::Open,
            (false, 0) => WeekState::Empty,
            (false, _) => WeekState::Locking,
        };
    };
    match milestone.state {
        MilestoneState::Planned if is_unpaid(milestone, now) => WeekState::Unpaid,
        MilestoneState::Planned => WeekState::Owed,
        MilestoneState::Funded | MilestoneState::Submitted | MilestoneState::ChangesRequested => {
            WeekState::Review
        }
        MilestoneState::Accepted => WeekState::Accepted,
        MilestoneState::Refunded => WeekState::Refunded,
        MilestoneState::Settled => WeekState::Settled,
    }
}

/// Whether a week was not paid until its Friday was over.
pub fn is_unpaid(milestone: &Milestone, now: DateTime<Utc>) -> bool {
    let due = milestone.week.is_some_and(|of| of.week.due_at() <= now);
    due && milestone.state == MilestoneState::Planned
}

/// The week into which time of a day may be written now. `used` are the other weeks with time.
///
/// Errors: `not-hourly`; `engagement-at-rest`, `engagement-not-active`; `hours-ended`;
/// `week-locked`; `week-unpaid`; `weeks-used`.
pub fn writable(
    engagement: &Engagement,
    weeks: (&[Milestone], &[Week]),
    (day, now): (NaiveDate, DateTime<Utc>),
) -> Result<Week, EngagementError> {
    let (milestones, used) = weeks;
    let hourly = engagement.hourly.ok_or(EngagementError::NotHourly)?;
    engagement.works()?;
    if engagement.hours_end_on.is_some_and(|last| last < day) {
        return Err(EngagementError::HoursEnded);
    }
    let week = Week::of(day);
    still_open(week, milestones, now)?;
    if milestones.iter().any(|milestone| is_unpaid(milestone, now)) {
        return Err(EngagementError::WeekUnpaid);
    }
    let others = used.iter().filter(|other| **other != week).count();
    if others >= usize::try_from(hourly.weeks).unwrap_or_default() {
        return Err(EngagementError::WeeksUsed(hourly.weeks));
    }
    Ok(week)
}

/// Errors with `week-locked` from Monday noon on, and for a week whose charge is there.
pub fn still_open(
    week: Week,
    milestones: &[Milestone],
    now: DateTime<Utc>,
) -> Result<(), EngagementError> {
    let charged = |milestone: &Milestone| milestone.week.is_some_and(|of| of.week == week);
    if now >= week.locks_at() || milestones.iter().any(charged) {
        return Err(EngagementError::WeekLocked);
    }
    Ok(())
}

/// Minutes as people read them: "12 h 30 min".
pub fn hours(minutes: i32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// What a locked week says of itself: "12 h 30 min worked, 10 h charged at $90.00 an hour".
pub fn worked(hourly: &Hourly, minutes: i32, charged: i32) -> String {
    let rate = hourly.rate;
    if minutes == charged {
        return format!("{} worked, all charged at {rate} an hour.", hours(minutes));
    }
    format!(
        "{} worked, {} charged at {rate} an hour; what is over the weekly limit of {} is not.",
        hours(minutes),
        hours(charged),
        hours(hourly.cap_minutes)
    )
}

#[cfg(test)]
#[path = "week_tests.rs"]
mod tests;
