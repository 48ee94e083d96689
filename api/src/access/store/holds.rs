//! Rows of `access_holds` and `grant_openings`: what keeps letters from working for a while.
//!
//! An engagement's own pauses and disputes are written by the database, in the commit that rests
//! it.

use crate::access::model::{HoldSource, Opening};
use crate::kernel::id::{GrantId, MilestoneId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use diesel::sql_types::{Array, Bool, Integer, Text, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// The causes that hold a letter `g` now, the earliest first.
pub(super) const HELD_BY: &str = "ARRAY(SELECT h.cause FROM access_holds h
    WHERE h.vendor_id = g.vendor_id AND h.engagement_id = g.engagement_id AND h.lifted_at IS NULL
    GROUP BY h.cause ORDER BY min(h.since), h.cause)";
/// Since when each of [`HELD_BY`] does.
pub(super) const HELD_SINCE: &str = "ARRAY(SELECT min(h.since) FROM access_holds h
    WHERE h.vendor_id = g.vendor_id AND h.engagement_id = g.engagement_id AND h.lifted_at IS NULL
    GROUP BY h.cause ORDER BY min(h.since), h.cause)";

#[derive(QueryableByName)]
struct HeldRow {
    #[diesel(sql_type = Bool)]
    held: bool,
}

/// Records a hold; whether it is new and nobody lifted it before.
pub async fn raise(tx: &mut Tx, hold: &HoldSource) -> Result<bool> {
    let vendor = tx.vendor()?;
    let written = sql_query(
        "INSERT INTO access_holds (vendor_id, engagement_id, cause, reference)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(hold.engagement.0)
    .bind::<Text, _>(hold.cause)
    .bind::<Text, _>(&hold.reference)
    .execute(tx.conn())
    .await?;
    Ok(written > 0)
}

/// Lifts a hold for good; whether it held until now. One that was not raised yet never will be.
pub async fn lift(tx: &mut Tx, hold: &HoldSource) -> Result<bool> {
    let vendor = tx.vendor()?;
    let row: Option<HeldRow> = sql_query(
        "INSERT INTO access_holds AS h (vendor_id, engagement_id, cause, reference, lifted_at)
         VALUES ($1, $2, $3, $4, app_now())
         ON CONFLICT (vendor_id, engagement_id, cause, reference)
         DO UPDATE SET lifted_at = app_now() WHERE h.lifted_at IS NULL
         RETURNING h.since < h.lifted_at AS held",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(hold.engagement.0)
    .bind::<Text, _>(hold.cause)
    .bind::<Text, _>(&hold.reference)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.is_some_and(|row| row.held))
}

#[derive(QueryableByName)]
struct OpeningRow {
    #[diesel(sql_type = Integer)]
    seq: i32,
    #[diesel(sql_type = Text)]
    title: String,
}

/// A milestone of the customer's that a letter can open with.
pub async fn opening(
    tx: &mut Tx,
    customer: OrganizationId,
    milestone: MilestoneId,
) -> Result<Option<Opening>> {
    let row: Option<OpeningRow> = sql_query(
        "SELECT t.seq, t.title FROM milestones t
         JOIN engagements e ON e.vendor_id = t.vendor_id AND e.id = t.engagement_id
         WHERE t.id = $1 AND e.customer_organization_id = $2 AND t.state <> 'refunded'",
    )
    .bind::<SqlUuid, _>(milestone.0)
    .bind::<SqlUuid, _>(customer.0)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| Opening { milestone, seq: row.seq, title: row.title }))
}

#[derive(QueryableByName)]
struct GrantRow {
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
}

/// The granted letters that open with a milestone.
pub async fn open_with(tx: &mut Tx, milestone: MilestoneId) -> Result<Vec<GrantId>> {
    let rows: Vec<GrantRow> = sql_query(
        "SELECT g.id AS grant_id FROM grant_openings f
         JOIN grants g ON g.vendor_id = f.vendor_id AND g.id = f.grant_id
         WHERE f.milestone_id = $1 AND g.state = 'active' ORDER BY g.id
         FOR NO KEY UPDATE OF g",
    )
    .bind::<SqlUuid, _>(milestone.0)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| GrantId(row.grant_id)).collect())
}

/// The time without a call of these begins when their milestone was funded.
pub async fn rest_from_funding(tx: &mut Tx, ids: &[GrantId]) -> Result<()> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sql_query(
        "UPDATE grants g SET rests_at = t.funded_at + letters_rest_after()
         FROM grant_openings f
         JOIN milestones t ON t.vendor_id = f.vendor_id AND t.id = f.milestone_id
         WHERE f.vendor_id = g.vendor_id AND f.grant_id = g.id AND g.id = ANY ($1)
           AND t.funded_at + letters_rest_after() > g.rests_at
           AND NOT EXISTS (SELECT 1 FROM grant_rests r WHERE r.vendor_id = g.vendor_id
                AND r.grant_id = g.id AND r.rested_at = g.rests_at)",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .execute(tx.conn())
    .await?;
    Ok(())
}
