//! Time sheets: what the consultant writes, and what both sides see of it.

use super::seen::{lock_seen, of_caller, seen};
use super::weeks::set_lock;
use crate::app::App;
use crate::engagements::EngagementError;
use crate::engagements::model::{
    Engagement, Milestone, Side, Week, WeekState, is_unpaid, still_open, week_state, writable,
};
use crate::engagements::policy::{Sight, WriteTime};
use crate::engagements::store::{self, TimeEntry};
use crate::identity::allow;
use crate::kernel::check::Checks;
use crate::kernel::id::{EngagementId, PersonId, TimeEntryId};
use crate::kernel::money::Money;
use crate::matching::Hourly;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, NaiveDate, Utc};

const DAY: i32 = 24 * 60;

/// Time as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeDraft {
    pub day: NaiveDate,
    pub minutes: i32,
    pub words: String,
}

impl TimeDraft {
    /// In form, for work that began on a day; errors name each field at fault.
    fn checked(self, (began, today): (NaiveDate, NaiveDate)) -> Result<Self> {
        let mut checks = Checks::new();
        let words = checks.text("words", &self.words, "what you did", (1, 500));
        let fits = (1..=DAY).contains(&self.minutes);
        checks.that(fits, "minutes", "Enter from 1 minute to 24 hours");
        checks.that(self.day <= today, "day", "This day has not begun yet, in UTC");
        checks.that(self.day >= began, "day", format!("Work began on {began}, in UTC"));
        checks.finish()?;
        Ok(Self { words, ..self })
    }
}

/// What stands around time that is to be written: locked, and the caller's own.
struct Own {
    engagement: Engagement,
    milestones: Vec<Milestone>,
    now: DateTime<Utc>,
    by: PersonId,
}

impl Own {
    async fn lock(tx: &mut Tx, caller: &Caller, id: EngagementId) -> Result<Self> {
        let allowed = allow::<WriteTime>(caller)?;
        let (engagement, sight) = lock_seen(tx, caller, id).await?;
        sight.on(Side::Partner)?;
        if engagement.consultant != allowed.person {
            return Err(EngagementError::ConsultantOnly.into());
        }
        let milestones = store::milestones(tx, id).await?;
        let now = store::now(tx).await?;
        Ok(Self { engagement, milestones, now, by: allowed.person })
    }

    async fn writes(&self, tx: &mut Tx, draft: TimeDraft) -> Result<(TimeDraft, Week)> {
        if self.engagement.hourly.is_none() {
            return Err(EngagementError::NotHourly.into());
        }
        self.engagement.works()?;
        let today = self.now.date_naive();
        let began = self.engagement.signed_at.map_or(today, |at| at.date_naive());
        let draft = draft.checked((began, today))?;
        let weeks = store::weeks_with_time(tx, self.engagement.id).await?;
        let used: Vec<Week> = weeks.into_iter().map(|(week, _)| week).collect();
        let week = writable(&self.engagement, (&self.milestones, &used), (draft.day, self.now))?;
        Ok((draft, week))
    }

    fn is_open(&self, entry: &TimeEntry) -> Result<()> {
        Ok(still_open(Week::of(entry.day), &self.milestones, self.now)?)
    }
}

/// Writes time down; its week locks by itself.
///
/// Errors: 422 by field; `not-hourly`, `consultant-only`, `week-locked`, `week-unpaid`,
/// `weeks-used`, `hours-ended`, `day-full`, `engagement-at-rest`, `engagement-not-active`.
pub async fn write_time(
    app: &App,
    caller: &Caller,
    id: EngagementId,
    draft: TimeDraft,
) -> Result<TimeEntry> {
    let mut tx = app.db.write(caller).await?;
    let own = Own::lock(&mut tx, caller, id).await?;
    let (draft, week) = own.writes(&mut tx, draft).await?;
    let TimeDraft { day, minutes, words } = draft;
    let new = TimeEntry {
        id: app.ids.next(),
        engagement: id,
        day,
        minutes,
        words,
        written_by: own.by,
        written_at: own.now,
        changed_at: None,
        version: 1,
    };
    store::insert_time_entry(&mut tx, &new).await?;
    set_lock(app, &mut tx, id, week).await?;
    tx.commit().await?;
    Ok(new)
}

/// Writes an entry anew, of which `version` was read; it may move to another day that is open.
///
/// Errors: as [`write_time`]; `stale`; 404.
pub async fn change_time(
    app: &App,
    caller: &Caller,
    (id, version): (TimeEntryId, i32),
    draft: TimeDraft,
) -> Result<TimeEntry> {
    let mut tx = app.db.write(caller).await?;
    let (own, entry) = lock_entry(&mut tx, caller, id).await?;
    own.is_open(&entry)?;
    let (draft, week) = own.writes(&mut tx, draft).await?;
    if entry.version != version {
        return Err(Common::Stale.into());
    }
    let TimeDraft { day, minutes, words } = draft;
    store::set_time_entry(&mut tx, &TimeEntry { day, minutes, words, ..entry }).await?;
    set_lock(app, &mut tx, own.engagement.id, week).await?;
    let changed = store::time_entry(&mut tx, id).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Takes an entry away. Errors: `week-locked`, `consultant-only`, 404.
pub async fn delete_time(app: &App, caller: &Caller, id: TimeEntryId) -> Result<TimeEntry> {
    let mut tx = app.db.write(caller).await?;
    let (own, entry) = lock_entry(&mut tx, caller, id).await?;
    own.is_open(&entry)?;
    store::delete_time_entry(&mut tx, id).await?;
    tx.commit().await?;
    Ok(entry)
}

/// The entry as it is once its engagement is locked; another's is 404.
async fn lock_entry(tx: &mut Tx, caller: &Caller, id: TimeEntryId) -> Result<(Own, TimeEntry)> {
    let entry = store::time_entry(tx, id).await?;
    let engagement = store::engagement(tx, entry.engagement).await?;
    of_caller(tx, caller, &engagement, "time entry").await?;
    let own = Own::lock(tx, caller, engagement.id).await?;
    Ok((own, store::time_entry(tx, id).await?))
}

/// An entry, for both sides and those they invited.
pub async fn see_time(app: &App, caller: &Caller, id: TimeEntryId) -> Result<TimeEntry> {
    let mut tx = app.db.read(caller).await?;
    let entry = store::time_entry(&mut tx, id).await?;
    let engagement = store::engagement(&mut tx, entry.engagement).await?;
    of_caller(&mut tx, caller, &engagement, "time entry").await?.reads()?;
    Ok(entry)
}

/// One week of an engagement by the hour.
#[derive(Debug, Clone)]
pub struct WeekSum {
    pub week: Week,
    pub state: WeekState,
    pub minutes: i32,
    /// What of them is charged, or would be if it locked now.
    pub charged_minutes: i32,
    pub amount: Money,
    /// What it became when it locked.
    pub milestone: Option<Milestone>,
}

/// The weeks of an engagement as one caller sees them, latest first, this week always.
#[derive(Debug, Clone)]
pub struct WeeksView {
    pub engagement: Engagement,
    pub hourly: Hourly,
    pub sight: Sight,
    pub now: DateTime<Utc>,
    pub weeks: Vec<WeekSum>,
    /// An earlier week is past its Friday and not paid.
    pub unpaid: bool,
}

/// Errors: 404, also for an engagement that is not by the hour.
pub async fn see_weeks(app: &App, caller: &Caller, id: EngagementId) -> Result<WeeksView> {
    let mut tx = app.db.read(caller).await?;
    weeks(&mut tx, caller, id).await
}

async fn weeks(tx: &mut Tx, caller: &Caller, id: EngagementId) -> Result<WeeksView> {
    let (engagement, sight) = seen(tx, caller, id).await?;
    let hourly = engagement.hourly.ok_or(Common::NotFound("week"))?;
    let milestones = store::milestones(tx, id).await?;
    let with_time = store::weeks_with_time(tx, id).await?;
    let now = store::now(tx).await?;
    let this = Week::of(now.date_naive());
    let mut all = with_time;
    if !all.iter().any(|(week, _)| *week == this) {
        all.push((this, 0));
    }
    all.sort_by_key(|(week, _)| std::cmp::Reverse(*week));
    let unpaid = milestones.iter().any(|milestone| is_unpaid(milestone, now));
    let sum = |(week, minutes): (Week, i32)| {
        let of = |m: &&Milestone| m.week.is_some_and(|work| work.week == week);
        let milestone = milestones.iter().find(of).cloned();
        let (charged_minutes, amount) = hourly.charge(minutes);
        let state = week_state(week, (minutes, milestone.as_ref()), now);
        WeekSum { week, state, minutes, charged_minutes, amount, milestone }
    };
    let weeks = all.into_iter().map(sum).collect();
    Ok(WeeksView { engagement, hourly, sight, now, weeks, unpaid })
}

/// A week with its time, in the order of its days.
#[derive(Debug, Clone)]
pub struct WeekSheet {
    pub of: WeeksView,
    pub sum: WeekSum,
    pub entries: Vec<TimeEntry>,
}

/// The sheet of the week that a day belongs to; one without time is empty.
///
/// Errors: 404 as [`see_weeks`]; `guests-only` for people of the program whom nobody invited.
pub async fn see_week(
    app: &App,
    caller: &Caller,
    (id, day): (EngagementId, Option<NaiveDate>),
) -> Result<WeekSheet> {
    let mut tx = app.db.read(caller).await?;
    let of = weeks(&mut tx, caller, id).await?;
    of.sight.reads()?;
    let week = Week::of(day.unwrap_or_else(|| of.now.date_naive()));
    let entries = store::time_entries(&mut tx, id, week).await?;
    let known = of.weeks.iter().find(|sum| sum.week == week).cloned();
    let none = || WeekSum {
        week,
        state: week_state(week, (0, None), of.now),
        minutes: 0,
        charged_minutes: 0,
        amount: Money::zero(of.hourly.rate.currency()),
        milestone: None,
    };
    let sum = known.unwrap_or_else(none);
    Ok(WeekSheet { sum, entries, of })
}
