//! Rows of `time_entries`, and the weeks they are in.

use crate::engagements::EngagementError;
use crate::engagements::model::Week;
use crate::kernel::id::{EngagementId, PersonId, TimeEntryId};
use crate::platform::db::Tx;
use crate::platform::db::refuse_on;
use crate::platform::db::schema::{engagements, time_entries};
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{BigInt, Bool, Date, Uuid as SqlUuid};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, QueryableByName, Selectable,
    SelectableHelper, sql_query,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Time that was worked on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeEntry {
    pub id: TimeEntryId,
    pub engagement: EngagementId,
    /// A day of UTC.
    pub day: NaiveDate,
    pub minutes: i32,
    /// What was done.
    pub words: String,
    pub written_by: PersonId,
    pub written_at: DateTime<Utc>,
    pub changed_at: Option<DateTime<Utc>>,
    pub version: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = time_entries)]
struct Row {
    id: Uuid,
    engagement_id: Uuid,
    day: NaiveDate,
    minutes: i32,
    words: String,
    written_by: Uuid,
    written_at: DateTime<Utc>,
    changed_at: Option<DateTime<Utc>>,
    version: i32,
}

impl From<Row> for TimeEntry {
    fn from(row: Row) -> Self {
        Self {
            id: TimeEntryId(row.id),
            engagement: EngagementId(row.engagement_id),
            day: row.day,
            minutes: row.minutes,
            words: row.words,
            written_by: PersonId(row.written_by),
            written_at: row.written_at,
            changed_at: row.changed_at,
            version: row.version,
        }
    }
}

/// One of this vendor; 404 when there is none. Whether the caller may see it is the policy's
/// question.
pub async fn time_entry(tx: &mut Tx, id: TimeEntryId) -> Result<TimeEntry> {
    let row = time_entries::table
        .filter(time_entries::id.eq(id.0))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("time entry"))?.into())
}

/// A week's entries, by day, then in the order in which they were written.
pub async fn time_entries(tx: &mut Tx, of: EngagementId, week: Week) -> Result<Vec<TimeEntry>> {
    let rows: Vec<Row> = time_entries::table
        .filter(time_entries::engagement_id.eq(of.0))
        .filter(time_entries::week_of.eq(week.monday()))
        .order((time_entries::day, time_entries::written_at, time_entries::id))
        .select(Row::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(TimeEntry::from).collect())
}

#[derive(QueryableByName)]
struct WeekRow {
    #[diesel(sql_type = Date)]
    week_of: NaiveDate,
    #[diesel(sql_type = BigInt)]
    minutes: i64,
}

/// The weeks with time, latest first, each with its minutes.
pub async fn weeks_with_time(tx: &mut Tx, of: EngagementId) -> Result<Vec<(Week, i32)>> {
    let rows: Vec<WeekRow> = sql_query(
        "SELECT week_of, sum(minutes) AS minutes FROM time_entries
         WHERE vendor_id = $1 AND engagement_id = $2 GROUP BY week_of ORDER BY week_of DESC",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(of.0)
    .load(tx.conn())
    .await?;
    let week =
        |row: WeekRow| (Week::of(row.week_of), i32::try_from(row.minutes).unwrap_or(i32::MAX));
    Ok(rows.into_iter().map(week).collect())
}

#[derive(QueryableByName)]
struct Open {
    #[diesel(sql_type = Bool)]
    open: bool,
}

/// Whether there is time that is still changed, or that is over and waits to be charged.
pub async fn has_open_time(tx: &mut Tx, of: EngagementId) -> Result<bool> {
    let row: Open = sql_query(
        "SELECT EXISTS (
             SELECT FROM time_entries t
             JOIN engagements e ON e.vendor_id = t.vendor_id AND e.id = t.engagement_id
             WHERE t.vendor_id = $1 AND t.engagement_id = $2
               AND NOT EXISTS (SELECT FROM milestones m WHERE m.vendor_id = t.vendor_id
                                 AND m.engagement_id = t.engagement_id AND m.week_of = t.week_of)
             GROUP BY t.week_of, e.rate_minor, e.cap_minutes
             HAVING week_locks_at(t.week_of) > app_now()
                 OR e.rate_minor * least(sum(t.minutes), e.cap_minutes) >= 60) AS open",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(of.0)
    .get_result(tx.conn())
    .await?;
    Ok(row.open)
}

/// Written now. Errors: `day-full`.
pub async fn insert_time_entry(tx: &mut Tx, new: &TimeEntry) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(time_entries::table)
        .values((
            time_entries::vendor_id.eq(vendor.0),
            time_entries::id.eq(new.id.0),
            time_entries::engagement_id.eq(new.engagement.0),
            time_entries::day.eq(new.day),
            time_entries::minutes.eq(new.minutes),
            time_entries::words.eq(&new.words),
            time_entries::written_by.eq(new.written_by.0),
        ))
        .execute(tx.conn())
        .await
        .map_err(refuse_on(DAY, EngagementError::DayFull))?;
    Ok(())
}

/// The database counts the minutes of a day, whoever writes them.
const DAY: &str = "time_entries_of_a_day";

/// Changed now: day, minutes and words.
pub async fn set_time_entry(tx: &mut Tx, new: &TimeEntry) -> Result<()> {
    let set = (
        time_entries::day.eq(new.day),
        time_entries::minutes.eq(new.minutes),
        time_entries::words.eq(&new.words),
        time_entries::changed_at.eq(Some(super::now(tx).await?)),
        time_entries::version.eq(time_entries::version + 1),
    );
    let rows = diesel::update(time_entries::table.filter(time_entries::id.eq(new.id.0)))
        .set(set)
        .execute(tx.conn())
        .await
        .map_err(refuse_on(DAY, EngagementError::DayFull))?;
    one(rows)
}

pub async fn delete_time_entry(tx: &mut Tx, id: TimeEntryId) -> Result<()> {
    let rows = diesel::delete(time_entries::table.filter(time_entries::id.eq(id.0)))
        .execute(tx.conn())
        .await?;
    one(rows)
}

fn one(rows: usize) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::fault(format!("{rows} time entries changed"))) }
}

/// No time is written for a later day.
pub async fn set_hours_end(tx: &mut Tx, id: EngagementId, last: NaiveDate) -> Result<()> {
    diesel::update(engagements::table.filter(engagements::id.eq(id.0)))
        .set(engagements::hours_end_on.eq(last))
        .execute(tx.conn())
        .await?;
    Ok(())
}
