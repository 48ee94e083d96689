//! Processes that serve, and up to which moment the lines of each are written.
//!
//! Each says so every second, by one statement. Whoever counts lines can tell so what is whole, and
//! which process has not answered.

use crate::kernel::id::NodeId;
use crate::platform::db::{Db, Scope, Tx};
use crate::platform::late::Late;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Nullable, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

const BEAT: Duration = Duration::from_secs(1);

#[derive(QueryableByName)]
struct Now {
    #[diesel(sql_type = Timestamptz)]
    now: DateTime<Utc>,
}

/// Says of this process what it has written, until it stops.
pub async fn beat(db: Db, late: Late, id: NodeId, mut stop: watch::Receiver<bool>) {
    let mut before = None;
    while !*stop.borrow() {
        match said(&db, id, before).await {
            // What ended before this moment is written once what waits now is; while the database
            // is away that takes its time, and a stop does not wait for it.
            Ok(now) => tokio::select! {
                written = late.written() => before = written.then_some(now),
                _ = stop.changed() => break,
            },
            Err(error) => tracing::warn!(%error, "nobody hears of this process"),
        }
        tokio::select! { () = tokio::time::sleep(BEAT) => {}, _ = stop.changed() => {} }
    }
}

/// This process has written everything and ends.
pub async fn ends(db: &Db, id: NodeId) -> Result<()> {
    let mut tx = db.write(Scope::GLOBAL).await?;
    sql_query("DELETE FROM nodes WHERE id = $1")
        .bind::<SqlUuid, _>(id.0)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

/// `until` is nothing when it is not known: then it stays as it was.
async fn said(db: &Db, id: NodeId, until: Option<DateTime<Utc>>) -> Result<DateTime<Utc>> {
    let mut tx = db.write(Scope::GLOBAL).await?;
    let row: Now = sql_query(
        "WITH gone AS (DELETE FROM nodes WHERE seen_at < app_now() - interval '30 days')
         INSERT INTO nodes AS n (id) VALUES ($1)
         ON CONFLICT (id) DO UPDATE SET seen_at = app_now(),
             written_until = greatest(n.written_until, coalesce($2, n.written_until))
         RETURNING seen_at AS now",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Nullable<Timestamptz>, _>(until)
    .get_result(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(row.now)
}

/// A process, by what it said last.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Node {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    pub began_at: DateTime<Utc>,
    /// Lines of calls that ended before are all written.
    #[diesel(sql_type = Timestamptz)]
    pub written_until: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    pub seen_at: DateTime<Utc>,
}

/// Every process that did not end in order.
pub async fn nodes(tx: &mut Tx) -> Result<Vec<Node>> {
    let all = "SELECT id, began_at, written_until, seen_at FROM nodes ORDER BY began_at, id";
    Ok(sql_query(all).load(tx.conn()).await?)
}

/// The database's clock, which all of them go by.
pub async fn now(tx: &mut Tx) -> Result<DateTime<Utc>> {
    let row: Now = sql_query("SELECT app_now() AS now").get_result(tx.conn()).await?;
    Ok(row.now)
}
