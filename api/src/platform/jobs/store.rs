//! Rows of `jobs` and `events`.

use super::event::Event;
use super::{Job, NewJob};
use crate::kernel::id::{JobId, VendorId};
use crate::platform::clock::Ids;
use crate::platform::db::Tx;
use crate::platform::db::schema::{events, jobs};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{
    BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable,
    QueryableByName, sql_query,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Writes a job. A second job with the same unique key changes nothing.
pub async fn enqueue(tx: &mut Tx, ids: &Ids, job: NewJob) -> Result<()> {
    enqueue_all(tx, ids, vec![job]).await
}

/// Writes several jobs in one statement; unique keys count as in [`enqueue`].
pub async fn enqueue_all(tx: &mut Tx, ids: &Ids, jobs: Vec<NewJob>) -> Result<()> {
    let row = |job: NewJob| {
        (
            jobs::id.eq(ids.next::<JobId>().0),
            jobs::vendor_id.eq(job.vendor.map(|v| v.0)),
            jobs::kind.eq(job.kind),
            jobs::facts.eq(job.facts),
            jobs::unique_key.eq(job.unique_key),
            job.run_at.map(|at| jobs::run_at.eq(at)),
        )
    };
    let rows: Vec<_> = jobs.into_iter().map(row).collect();
    diesel::insert_into(jobs::table)
        .values(rows)
        .on_conflict(jobs::unique_key)
        .do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn insert_event(tx: &mut Tx, event: &Event) -> Result<()> {
    diesel::insert_into(events::table)
        .values((
            events::id.eq(event.id.0),
            events::vendor_id.eq(event.vendor.0),
            events::kind.eq(&event.kind),
            events::facts.eq(&event.facts),
            events::actor_id.eq(event.actor.map(|p| p.0)),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A claimed job with the token of its lease.
pub(super) struct Claimed {
    pub job: Job,
    pub token: Uuid,
}

#[derive(QueryableByName)]
struct ClaimedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    vendor_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Jsonb)]
    facts: serde_json::Value,
    #[diesel(sql_type = Integer)]
    attempts: i32,
}

const CLAIM: &str = "
    UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_token = $1,
                    lease_until = app_now() + interval '60 seconds'
    WHERE id IN (
        SELECT id FROM jobs
        WHERE (state = 'queued' AND run_at <= app_now())
           OR (state = 'running' AND lease_until < app_now())
        ORDER BY run_at FOR UPDATE SKIP LOCKED LIMIT $2)
    RETURNING id, vendor_id, kind, facts, attempts";

pub(super) async fn claim(tx: &mut Tx, token: Uuid, most: i64) -> Result<Vec<Claimed>> {
    let rows: Vec<ClaimedRow> =
        sql_query(CLAIM).bind::<SqlUuid, _>(token).bind::<BigInt, _>(most).load(tx.conn()).await?;
    Ok(rows.into_iter().map(|row| row.into_claimed(token)).collect())
}

impl ClaimedRow {
    fn into_claimed(self, token: Uuid) -> Claimed {
        let job = Job {
            id: JobId(self.id),
            kind: self.kind,
            vendor: self.vendor_id.map(VendorId),
            facts: self.facts,
            earlier_attempts: self.attempts - 1,
        };
        Claimed { job, token }
    }
}

/// Ends a job in the caller's transaction. `false` when the lease was lost: roll back then.
pub(super) async fn finish(tx: &mut Tx, claimed: &Claimed) -> Result<bool> {
    let ended = sql_query(
        "UPDATE jobs SET state = 'done', finished_at = app_now(), lease_until = NULL,
                lease_token = NULL, last_error = NULL, facts = '{}'
         WHERE id = $1 AND lease_token = $2",
    )
    .bind::<SqlUuid, _>(claimed.job.id.0)
    .bind::<SqlUuid, _>(claimed.token)
    .execute(tx.conn())
    .await?;
    Ok(ended == 1)
}

#[derive(QueryableByName)]
struct FailedRow {
    #[diesel(sql_type = Bool)]
    often: bool,
}

/// Back to the queue with a growing pause (2, 4, 8 .. seconds, at most an hour), or dead; one that
/// lasts is never dead and waits ten minutes at most. Whether it has failed as often as it may.
pub(super) async fn fail(
    tx: &mut Tx,
    claimed: &Claimed,
    (error, lasts): (&str, bool),
) -> Result<bool> {
    let row: Option<FailedRow> = sql_query(
        "UPDATE jobs SET lease_until = NULL, lease_token = NULL, last_error = left($3, 2000),
                state = CASE WHEN attempts >= max_attempts AND NOT $4 THEN 'dead'
                        ELSE 'queued' END,
                finished_at = CASE WHEN attempts >= max_attempts AND NOT $4 THEN app_now() END,
                run_at = app_now() + least(power(2, least(attempts, 12)),
                         CASE WHEN $4 THEN 600 ELSE 3600 END) * interval '1 second'
         WHERE id = $1 AND lease_token = $2 RETURNING attempts >= max_attempts AS often",
    )
    .bind::<SqlUuid, _>(claimed.job.id.0)
    .bind::<SqlUuid, _>(claimed.token)
    .bind::<Text, _>(error)
    .bind::<Bool, _>(lasts)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.is_some_and(|row| row.often))
}

/// Whether the vendor of the transaction has a job of a kind that is due, waits or runs.
pub async fn is_queued(tx: &mut Tx, kind: &str) -> Result<bool> {
    let vendor = tx.vendor()?.0;
    let waits = jobs::table
        .filter(jobs::vendor_id.eq(vendor))
        .filter(jobs::kind.eq(kind))
        .filter(jobs::state.eq_any(["queued", "running"]));
    Ok(diesel::select(diesel::dsl::exists(waits)).get_result(tx.conn()).await?)
}

/// Removes the row of a job that is done, by its unique key: for one whose row says nothing that
/// the next one does not.
pub async fn forget(tx: &mut Tx, unique_key: &str) -> Result<()> {
    sql_query("DELETE FROM jobs WHERE unique_key = $1 AND state = 'done'")
        .bind::<Text, _>(unique_key)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Lengths of the queues.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Backlog {
    #[diesel(sql_type = BigInt)]
    pub due: i64,
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    #[diesel(sql_type = BigInt)]
    pub running: i64,
    #[diesel(sql_type = BigInt)]
    pub dead: i64,
    /// Those of the others that have failed as often as jobs may, and are tried again all the same.
    #[diesel(sql_type = BigInt)]
    pub failing: i64,
}

pub async fn backlog(tx: &mut Tx) -> Result<Backlog> {
    let backlog = sql_query(
        "SELECT count(*) FILTER (WHERE state = 'queued' AND run_at <= app_now()) AS due,
                count(*) FILTER (WHERE state = 'queued' AND run_at > app_now()) AS waiting,
                count(*) FILTER (WHERE state = 'running') AS running,
                count(*) FILTER (WHERE state = 'dead') AS dead,
                count(*) FILTER (WHERE state <> 'dead' AND last_error IS NOT NULL
                    AND attempts >= max_attempts) AS failing
         FROM jobs WHERE state <> 'done'",
    )
    .get_result(tx.conn())
    .await?;
    Ok(backlog)
}

/// A job that was given up, or fails again and again.
#[derive(Debug, Clone, Queryable)]
pub struct DeadJob {
    pub id: Uuid,
    pub kind: String,
    /// `dead`, or where it is in the queue.
    pub state: String,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// Those that still fail first, then the latest.
pub async fn dead_jobs(tx: &mut Tx, most: i64) -> Result<Vec<DeadJob>> {
    let is_failing = jobs::last_error.is_not_null().and(jobs::attempts.ge(jobs::max_attempts));
    let rows = jobs::table
        .filter(jobs::state.ne("done"))
        .filter(jobs::state.eq("dead").or(is_failing))
        .order(jobs::finished_at.desc())
        .limit(most)
        .select((
            jobs::id,
            jobs::kind,
            jobs::state,
            jobs::attempts,
            jobs::last_error,
            jobs::finished_at,
        ))
        .load(tx.conn())
        .await?;
    Ok(rows)
}

/// Puts a dead job back at the head of the queue. `false` when it is not dead.
pub async fn restart_dead(tx: &mut Tx, id: JobId, at: DateTime<Utc>) -> Result<bool> {
    let changed = sql_query(
        "UPDATE jobs SET state = 'queued', attempts = 0, finished_at = NULL, run_at = $2
         WHERE id = $1 AND state = 'dead'",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Timestamptz, _>(at)
    .execute(tx.conn())
    .await?;
    Ok(changed == 1)
}
