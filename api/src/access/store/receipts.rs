//! What is counted for a receipt, from rows that nobody can change.

use crate::access::model::CallsAround;
use crate::kernel::id::GrantId;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    let_through: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    last: Option<String>,
    #[diesel(sql_type = BigInt)]
    under_way: i64,
    #[diesel(sql_type = BigInt)]
    begun_after: i64,
    #[diesel(sql_type = BigInt)]
    files_cut: i64,
    #[diesel(sql_type = BigInt)]
    refused_since: i64,
    #[diesel(sql_type = BigInt)]
    keys: i64,
}

/// The calls of a letter around the moment it ended, and how many keys it had. The moment is the
/// start of the transaction that ended it, and a call's beginning is told by its line, which was
/// written later: whatever began within ten seconds of the end counts as under way.
pub async fn calls_around(
    tx: &mut Tx,
    grant: GrantId,
    ended_at: DateTime<Utc>,
) -> Result<(CallsAround, i64)> {
    let row: Row = sql_query(
        "WITH calls AS (
             SELECT l.id, l.at, l.operation, l.outcome,
                    l.outcome IN ('done', 'failed', 'begun', 'cut') AS through,
                    l.at - l.duration_ms * interval '1 millisecond' AS begun_at
             FROM access_log l WHERE l.grant_id = $1
               AND NOT (l.outcome = 'begun' AND EXISTS (SELECT 1 FROM access_log o
                        WHERE o.vendor_id = l.vendor_id AND o.begun_id = l.id)))
         SELECT count(*) FILTER (WHERE through) AS let_through,
                max(at) FILTER (WHERE through) AS last_at,
                (SELECT c.operation FROM calls c WHERE c.through
                 ORDER BY c.at DESC, c.id DESC LIMIT 1) AS last,
                count(*) FILTER (WHERE through AND at >= $2
                    AND begun_at < $2 + interval '10 seconds') AS under_way,
                count(*) FILTER (WHERE through
                    AND begun_at >= $2 + interval '10 seconds') AS begun_after,
                count(*) FILTER (WHERE outcome = 'cut' AND at >= $2
                    AND begun_at < $2 + interval '10 seconds') AS files_cut,
                count(*) FILTER (WHERE outcome = 'refused' AND at >= $2) AS refused_since,
                (SELECT count(*) FROM gateway_keys k WHERE k.grant_id = $1) AS keys
         FROM calls",
    )
    .bind::<SqlUuid, _>(grant.0)
    .bind::<Timestamptz, _>(ended_at)
    .get_result(tx.conn())
    .await?;
    let around = CallsAround {
        let_through: row.let_through,
        last_at: row.last_at,
        last: row.last,
        under_way: row.under_way,
        begun_after: row.begun_after,
        files_cut: row.files_cut,
        refused_since: row.refused_since,
    };
    Ok((around, row.keys))
}
