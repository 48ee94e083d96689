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

/// Adds published reviews (or takes hidden ones away) with the points that belong to them.
pub async fn count_review(
    tx: &mut Tx,
    profile: ProfileId,
    reviews: i32,
    points: i32,
) -> Result<()> {
    let vendor = tx.vendor()?;
    sql_query(
        "INSERT INTO profile_ratings (vendor_id, profile_id, reviews, points)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (vendor_id, profile_id) DO UPDATE
             SET reviews = profile_ratings.reviews + $3, points = profile_ratings.points + $4",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(profile.0)
    .bind::<Integer, _>(reviews)
    .bind::<Integer, _>(points)
    .execute(tx.conn())
    .await?;
    Ok(())
}
