//! The end of what is kept: sealed bytes whose time is over are taken out of their rows.
//!
//! How long that is, the database says (`kept_until`, `call_kept_until`), and refuses to do it
//! earlier.

use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

/// Wipes what was before the changes that nobody can take back any more, at most `limit`; answers
/// how many. What is on its way back is left until that is done.
pub async fn wipe_changes(tx: &mut Tx, limit: i64) -> Result<usize> {
    let vendor = tx.vendor()?;
    let wiped = sql_query(
        "UPDATE kept_changes SET kept_sealed = NULL, found_sealed = NULL, wiped_at = app_now()
         WHERE vendor_id = $1 AND id IN (
           SELECT k.id FROM kept_changes k
           JOIN access_log l ON l.vendor_id = k.vendor_id AND l.id = k.id
           JOIN grants g ON g.vendor_id = k.vendor_id AND g.id = k.grant_id
           WHERE k.vendor_id = $1 AND k.wiped_at IS NULL AND k.state <> 'asked'
             AND kept_until(l.at, coalesce(g.ended_at, g.valid_until)) <= app_now()
           ORDER BY k.id LIMIT $2 FOR NO KEY UPDATE OF k SKIP LOCKED)",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<BigInt, _>(limit)
    .execute(tx.conn())
    .await?;
    Ok(wiped)
}

/// Wipes the bytes of calls that were asked for and are over, at most `limit`; answers how many.
/// One that lapsed and was not marked as such says so from then on.
pub async fn wipe_calls(tx: &mut Tx, limit: i64) -> Result<usize> {
    let vendor = tx.vendor()?;
    let wiped = sql_query(
        "UPDATE write_approvals SET body_sealed = NULL, before_sealed = NULL, wiped_at = app_now(),
                state = CASE WHEN state IN ('waiting', 'approved') THEN 'expired' ELSE state END
         WHERE vendor_id = $1 AND id IN (
           SELECT a.id FROM write_approvals a
           WHERE a.vendor_id = $1 AND a.wiped_at IS NULL
             AND call_kept_until(a.state, coalesce(a.used_at, a.answered_at),
                                 coalesce(a.use_by, a.answer_by)) <= app_now()
           ORDER BY a.asked_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<BigInt, _>(limit)
    .execute(tx.conn())
    .await?;
    Ok(wiped)
}
