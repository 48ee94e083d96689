//! Rows of `profile_records` and `profile_ratings`: what others' features report of a profile.

use crate::kernel::id::ProfileId;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use diesel::sql_query;
use diesel::sql_types::{Integer, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

/// One more verified job in the category; an empty word stands for none.
pub async fn count_job(tx: &mut Tx, profile: ProfileId, category: &str) -> Result<()> {
    let vendor = tx.vendor()?;
    sql_query(
        "INSERT INTO profile_records (vendor_id, profile_id, category_slug, jobs)
         VALUES ($1, $2, $3, 1)
         ON CONFLICT (vendor_id, profile_id, category_slug)
             DO UPDATE SET jobs = profile_records.jobs + 1",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(profile.0)
    .bind::<Text, _>(category)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Adds published reviews (or takes hidden ones away) with the points that belong to them. The row
/// is made first, empty: a row to insert is checked before a conflict is looked for, and what
/// takes away would not pass. False when there are fewer than are to be taken away.
pub async fn count_review(
    tx: &mut Tx,
    profile: ProfileId,
    reviews: i32,
    points: i32,
) -> Result<bool> {
    let vendor = tx.vendor()?;
    sql_query(
        "INSERT INTO profile_ratings (vendor_id, profile_id) VALUES ($1, $2)
         ON CONFLICT (vendor_id, profile_id) DO NOTHING",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(profile.0)
    .execute(tx.conn())
    .await?;
    let counted = sql_query(
        "UPDATE profile_ratings SET reviews = reviews + $3, points = points + $4
         WHERE vendor_id = $1 AND profile_id = $2
           AND points + $4 BETWEEN (reviews + $3) * 3 AND (reviews + $3) * 15",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(profile.0)
    .bind::<Integer, _>(reviews)
    .bind::<Integer, _>(points)
    .execute(tx.conn())
    .await?;
    Ok(counted == 1)
}
