//! Rows of `reconciliations`: one look at one program's books each.

use crate::kernel::id::ReconciliationId;
use crate::platform::db::Tx;
use crate::platform::db::schema::reconciliations as runs;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Bool};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, QueryableByName, Selectable,
    SelectableHelper, sql_query,
};
use diesel_async::RunQueryDsl;

/// What a look at a program's books brought.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = runs)]
pub struct Run {
    pub began_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    /// Movements of the program at Stripe, ever.
    pub movements: i64,
    /// Those with which the books agree.
    pub matched: i64,
    /// Those that this look found and booked.
    pub booked: i64,
    /// Differences that were new, and such as were not seen any more.
    pub opened: i64,
    pub closed: i64,
    /// Differences that are open.
    pub open: i64,
    /// Entries below this number of this server's transactions were looked at.
    pub server: i64,
    pub through: i64,
}

pub async fn insert_run(tx: &mut Tx, id: ReconciliationId, run: &Run) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(runs::table)
        .values((
            runs::vendor_id.eq(vendor.0),
            runs::id.eq(id.0),
            runs::began_at.eq(run.began_at),
            runs::ended_at.eq(run.ended_at),
            runs::movements.eq(run.movements),
            runs::matched.eq(run.matched),
            runs::booked.eq(run.booked),
            runs::opened.eq(run.opened),
            runs::closed.eq(run.closed),
            runs::open.eq(run.open),
            runs::server.eq(run.server),
            runs::through.eq(run.through),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The program's last look.
pub async fn last_run(tx: &mut Tx) -> Result<Option<Run>> {
    let run = runs::table
        .order(runs::ended_at.desc())
        .select(Run::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(run)
}

/// Up to where the ledger was looked at, and up to where it can be now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Watermark {
    #[diesel(sql_type = BigInt)]
    pub server: i64,
    #[diesel(sql_type = BigInt)]
    pub since: i64,
    #[diesel(sql_type = BigInt)]
    pub through: i64,
}

/// Numbers of transactions belong to a server: on another one everything is looked at anew.
pub async fn watermark(tx: &mut Tx) -> Result<Watermark> {
    let sql = "SELECT s.system_identifier AS server,
          coalesce((SELECT r.through FROM reconciliations r WHERE r.server = s.system_identifier
            ORDER BY r.ended_at DESC LIMIT 1), 0) AS since,
          pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS through
        FROM pg_control_system() s";
    Ok(sql_query(sql).get_result(tx.conn()).await?)
}

#[derive(QueryableByName)]
struct Asked {
    #[diesel(sql_type = Bool)]
    asked: bool,
}

/// Whether a run was asked for and is not over.
pub async fn is_asked(tx: &mut Tx) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT FROM jobs
        WHERE kind = 'reconcile' AND state IN ('queued', 'running')) AS asked";
    let found: Asked = sql_query(sql).get_result(tx.conn()).await?;
    Ok(found.asked)
}
