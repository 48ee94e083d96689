//! Weeks of work by the hour, and the time in them.

use super::milestones::MilestoneView;
use crate::engagements::{TimeDraft, TimeEntry, WeekSheet, WeekState, WeekSum, ops};
use crate::kernel::id::{EngagementId, MilestoneId, PersonId, TimeEntryId};
use crate::kernel::money::Money;
use crate::matching::HourlyView;
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::Object;

/// Time that was worked on one day.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct TimeBody {
    /// A day of UTC that has begun, in a week that is not locked.
    pub day: NaiveDate,
    /// From 1 to 1,440; a day has no more in all its entries.
    pub minutes: i32,
    /// What was done, plain text, at most 500 characters.
    pub words: String,
}

impl From<TimeBody> for TimeDraft {
    fn from(body: TimeBody) -> Self {
        Self { day: body.day, minutes: body.minutes, words: body.words }
    }
}

/// An entry of a time sheet.
#[derive(Object)]
pub struct TimeEntryView {
    /// The entry.
    pub id: TimeEntryId,
    /// Whose it is.
    pub engagement: EngagementId,
    /// A day of UTC.
    pub day: NaiveDate,
    /// Minutes.
    pub minutes: i32,
    /// What was done.
    pub words: String,
    /// Who worked.
    pub written_by: PersonId,
    /// When it was written.
    pub written_at: DateTime<Utc>,
    /// When it was changed last.
    pub changed_at: Option<DateTime<Utc>>,
    /// Send it in If-Match, quoted, to edit.
    pub version: i32,
}

impl From<TimeEntry> for TimeEntryView {
    fn from(entry: TimeEntry) -> Self {
        Self {
            id: entry.id,
            engagement: entry.engagement,
            day: entry.day,
            minutes: entry.minutes,
            words: entry.words,
            written_by: entry.written_by,
            written_at: entry.written_at,
            changed_at: entry.changed_at,
            version: entry.version,
        }
    }
}

/// A week, from Monday 00:00 to Sunday 24:00 UTC.
#[derive(Object)]
pub struct WeekView {
    /// Its Monday.
    pub monday: NaiveDate,
    /// Where it stands.
    pub state: WeekState,
    /// What was worked.
    pub minutes: i32,
    /// What of it is charged, or would be if the week locked now.
    pub charged_minutes: i32,
    /// What of it is over the weekly limit, and never charged.
    pub over_minutes: i32,
    /// What the charged minutes cost.
    pub amount: Money,
    /// Until when its time is written and changed: Monday 12:00 UTC after it.
    pub locks_at: DateTime<Utc>,
    /// Until when it is paid and reviewed: the end of the Friday after it, in UTC.
    pub due_at: DateTime<Utc>,
    /// What is paid and accepted for it, once it is locked.
    pub milestone: Option<MilestoneId>,
}

impl From<&WeekSum> for WeekView {
    fn from(sum: &WeekSum) -> Self {
        Self {
            monday: sum.week.monday(),
            state: sum.state,
            minutes: sum.minutes,
            charged_minutes: sum.charged_minutes,
            over_minutes: sum.minutes.saturating_sub(sum.charged_minutes),
            amount: sum.amount,
            locks_at: sum.week.locks_at(),
            due_at: sum.week.due_at(),
            milestone: sum.milestone.as_ref().map(|milestone| milestone.id),
        }
    }
}

/// The weeks of work by the hour.
#[derive(Object)]
pub struct WeeksView {
    /// What was agreed on.
    pub hourly: HourlyView,
    /// An earlier week is past its Friday and not paid: there are no more hours until it is.
    pub unpaid: bool,
    /// Latest first; this week always, others when there is time in them.
    pub weeks: Vec<WeekView>,
}

impl From<ops::WeeksView> for WeeksView {
    fn from(of: ops::WeeksView) -> Self {
        let weeks = of.weeks.iter().map(WeekView::from).collect();
        Self { hourly: of.hourly.into(), unpaid: of.unpaid, weeks }
    }
}

/// One week with its time.
#[derive(Object)]
pub struct WeekSheetView {
    /// The week itself.
    #[oai(flatten)]
    pub week: WeekView,
    /// What it became when it locked.
    pub charge: Option<MilestoneView>,
    /// In the order of its days.
    pub entries: Vec<TimeEntryView>,
}

impl From<WeekSheet> for WeekSheetView {
    fn from(sheet: WeekSheet) -> Self {
        Self {
            week: WeekView::from(&sheet.sum),
            charge: sheet.sum.milestone.map(MilestoneView::from),
            entries: sheet.entries.into_iter().map(TimeEntryView::from).collect(),
        }
    }
}
