//! Rows of `throttles`.

use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use diesel::sql_types::{BigInt, Integer, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::time::Duration;

/// How often a bucket was used in this window, and when the next begins.
pub struct Tries {
    pub count: i32,
    pub wait: Duration,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    tries: i32,
    #[diesel(sql_type = BigInt)]
    wait_seconds: i64,
}

const COUNT: &str = "
    INSERT INTO throttles (bucket, window_start, tries)
    VALUES ($1, to_timestamp(floor(extract(epoch FROM app_now()) / $2) * $2), 1)
    ON CONFLICT (bucket, window_start) DO UPDATE SET tries = throttles.tries + 1
    RETURNING tries,
        ceil(extract(epoch FROM window_start) + $2 - extract(epoch FROM app_now()))::bigint
            AS wait_seconds";

pub async fn count_try(tx: &mut Tx, bucket: &str, window: Duration) -> Result<Tries> {
    let seconds = i64::try_from(window.as_secs()).unwrap_or(i64::MAX);
    let row: Row = sql_query(COUNT)
        .bind::<Text, _>(bucket)
        .bind::<BigInt, _>(seconds)
        .get_result(tx.conn())
        .await?;
    let wait = Duration::from_secs(u64::try_from(row.wait_seconds).unwrap_or_default());
    Ok(Tries { count: row.tries, wait })
}

/// One try less in the latest window.
pub async fn take_try_back(tx: &mut Tx, bucket: &str) -> Result<()> {
    sql_query(
        "UPDATE throttles SET tries = tries - 1 WHERE bucket = $1 AND tries > 0
           AND window_start = (SELECT max(window_start) FROM throttles WHERE bucket = $1)",
    )
    .bind::<Text, _>(bucket)
    .execute(tx.conn())
    .await?;
    Ok(())
}
