//! What is counted for receipts, from rows that nobody can change.

use crate::access::model::CallsAround;
use crate::kernel::id::GrantId;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
    #[diesel(sql_type = BigInt)]
    let_through: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    last: Option<String>,
    #[diesel(sql_type = BigInt)]
    under_way: i64,
    #[diesel(sql_type = BigInt)]
    begun_meanwhile: i64,
    #[diesel(sql_type = BigInt)]
    begun_after: i64,
    #[diesel(sql_type = BigInt)]
    files_cut: i64,
    #[diesel(sql_type = BigInt)]
    refused_since: i64,
    #[diesel(sql_type = BigInt)]
    keys: i64,
    #[diesel(sql_type = Timestamptz)]
    in_force_by: DateTime<Utc>,
}

/// The calls of letters around the moment each ended, and how many keys it had. The moment is the
/// start of the transaction that ended it; that was committed right after `grant_ends` notes it, or
/// within ten seconds where nothing is noted yet. A call's beginning is told by its line, whose
/// clock may be another process's: a second is allowed for both.
pub async fn calls_around(
    tx: &mut Tx,
    ends: &[(GrantId, DateTime<Utc>)],
) -> Result<HashMap<GrantId, (CallsAround, i64)>> {
    let (ids, moments): (Vec<Uuid>, Vec<DateTime<Utc>>) =
        ends.iter().map(|(id, at)| (id.0, *at)).unzip();
    let rows: Vec<Row> = sql_query(
        "WITH ends AS (
             SELECT e.grant_id, e.ended_at,
                    least(greatest(coalesce(w.written_at, e.ended_at + interval '9 seconds'),
                        e.ended_at) + interval '1 second',
                        e.ended_at + interval '10 seconds') AS in_force_by
             FROM unnest($1, $2) AS e (grant_id, ended_at)
             LEFT JOIN grant_ends w ON w.grant_id = e.grant_id),
         calls AS (
             SELECT e.grant_id, e.ended_at, e.in_force_by, l.id, l.at, l.operation, l.outcome,
                    l.outcome IN ('done', 'failed', 'begun', 'cut') AND NOT l.undo AS through,
                    l.at - l.duration_ms * interval '1 millisecond' AS begun_at
             FROM ends e JOIN access_log l ON l.grant_id = e.grant_id
             WHERE NOT (l.outcome = 'begun' AND EXISTS (SELECT 1 FROM access_log o
                        WHERE o.vendor_id = l.vendor_id AND o.begun_id = l.id)))
         SELECT e.grant_id,
                count(*) FILTER (WHERE through) AS let_through,
                max(at) FILTER (WHERE through) AS last_at,
                (array_agg(operation ORDER BY at DESC, id DESC) FILTER (WHERE through))[1] AS last,
                count(*) FILTER (WHERE through AND at >= c.ended_at
                    AND begun_at < c.ended_at) AS under_way,
                count(*) FILTER (WHERE through AND begun_at >= c.ended_at
                    AND begun_at < c.in_force_by) AS begun_meanwhile,
                count(*) FILTER (WHERE through
                    AND begun_at >= c.in_force_by) AS begun_after,
                count(*) FILTER (WHERE outcome = 'cut' AND at >= c.ended_at
                    AND begun_at < c.in_force_by) AS files_cut,
                count(*) FILTER (WHERE outcome = 'refused' AND at >= c.ended_at) AS refused_since,
                (SELECT count(*) FROM gateway_keys k WHERE k.grant_id = e.grant_id) AS keys,
                e.in_force_by
         FROM ends e LEFT JOIN calls c ON c.grant_id = e.grant_id
         GROUP BY e.grant_id, e.in_force_by",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Timestamptz>, _>(moments)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (GrantId(row.grant_id), (row.around(), row.keys))).collect())
}

impl Row {
    fn around(&self) -> CallsAround {
        CallsAround {
            let_through: self.let_through,
            last_at: self.last_at,
            last: self.last.clone(),
            under_way: self.under_way,
            begun_meanwhile: self.begun_meanwhile,
            begun_after: self.begun_after,
            files_cut: self.files_cut,
            refused_since: self.refused_since,
            in_force_by: self.in_force_by,
        }
    }
}
