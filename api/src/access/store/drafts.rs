//! Rows of `grant_drafts`: requests that are still written.

use super::grants::Viewer;
use crate::access::model::{Draft, Narrower, Wish};
use crate::kernel::check::Invalid;
use crate::kernel::id::{AccessDraftId, EngagementId, OrganizationId, PersonId};
use crate::platform::db::{Tx, constraint};
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

/// A draft to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewDraft<'a> {
    pub id: AccessDraftId,
    pub engagement: EngagementId,
    pub author: PersonId,
    /// Whom the letter would name.
    pub person: PersonId,
    pub wish: &'a Wish,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    engagement_id: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    customer_name: String,
    #[diesel(sql_type = SqlUuid)]
    partner_organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    author_id: Uuid,
    #[diesel(sql_type = Text)]
    author_name: String,
    #[diesel(sql_type = SqlUuid)]
    consultant_id: Uuid,
    #[diesel(sql_type = Text)]
    consultant_name: String,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = Text)]
    preset: String,
    #[diesel(sql_type = Jsonb)]
    wish: Value,
    #[diesel(sql_type = Nullable<Integer>)]
    days: Option<i32>,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
}

/// Drafts that the viewer's own side may see, all or one; latest first.
pub async fn drafts(tx: &mut Tx, viewer: Viewer, id: Option<AccessDraftId>) -> Result<Vec<Draft>> {
    let rows: Vec<Row> = sql_query(
        "SELECT d.id, d.engagement_id, e.number, o.name AS customer_name,
                d.partner_organization_id, d.author_id, a.name AS author_name, d.consultant_id,
                p.name AS consultant_name, d.upstream, d.preset, d.wish, d.days, d.reason,
                d.version, d.updated_at
         FROM grant_drafts d
         JOIN engagements e ON e.vendor_id = d.vendor_id AND e.id = d.engagement_id
         JOIN organizations o ON o.vendor_id = e.vendor_id AND o.id = e.customer_organization_id
         JOIN persons a ON a.id = d.author_id
         JOIN persons p ON p.id = d.consultant_id
         WHERE d.partner_organization_id = $1
           AND ($2 IS NULL OR $2 IN (d.author_id, d.consultant_id)) AND ($3 IS NULL OR d.id = $3)
         ORDER BY d.updated_at DESC, d.id DESC LIMIT 500",
    )
    .bind::<SqlUuid, _>(viewer.organization.0)
    .bind::<Nullable<SqlUuid>, _>(viewer.only.map(|p| p.0))
    .bind::<Nullable<SqlUuid>, _>(id.map(|id| id.0))
    .load(tx.conn())
    .await?;
    rows.into_iter().map(Draft::try_from).collect()
}

/// Keeps a draft; `false` when its author keeps as many as one may already.
pub async fn insert_draft(
    tx: &mut Tx,
    (partner, most): (OrganizationId, i64),
    new: &NewDraft<'_>,
) -> Result<bool> {
    let vendor = tx.vendor()?;
    let wish = serde_json::to_value(&new.wish.narrower)?;
    let rows = sql_query(
        "INSERT INTO grant_drafts (vendor_id, id, engagement_id, partner_organization_id,
             author_id, consultant_id, upstream, preset, wish, days, reason)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
         WHERE (SELECT count(*) FROM grant_drafts WHERE author_id = $5) < $12",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(new.id.0)
    .bind::<SqlUuid, _>(new.engagement.0)
    .bind::<SqlUuid, _>(partner.0)
    .bind::<SqlUuid, _>(new.author.0)
    .bind::<SqlUuid, _>(new.person.0)
    .bind::<Text, _>(&new.wish.upstream)
    .bind::<Text, _>(&new.wish.preset)
    .bind::<Jsonb, _>(wish)
    .bind::<Nullable<Integer>, _>(new.wish.days)
    .bind::<Text, _>(&new.wish.reason)
    .bind::<BigInt, _>(most)
    .execute(tx.conn())
    .await
    .map_err(refused)?;
    Ok(rows > 0)
}

/// Writes a draft anew; `false` when it has another version by now, or is gone.
pub async fn rewrite_draft(
    tx: &mut Tx,
    (id, version): (AccessDraftId, i32),
    (person, wish): (PersonId, &Wish),
) -> Result<bool> {
    let rows = sql_query(
        "UPDATE grant_drafts SET consultant_id = $3, upstream = $4, preset = $5, wish = $6,
                days = $7, reason = $8, version = version + 1, updated_at = app_now()
         WHERE id = $1 AND version = $2",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Integer, _>(version)
    .bind::<SqlUuid, _>(person.0)
    .bind::<Text, _>(&wish.upstream)
    .bind::<Text, _>(&wish.preset)
    .bind::<Jsonb, _>(serde_json::to_value(&wish.narrower)?)
    .bind::<Nullable<Integer>, _>(wish.days)
    .bind::<Text, _>(&wish.reason)
    .execute(tx.conn())
    .await
    .map_err(refused)?;
    Ok(rows > 0)
}

/// Takes a draft away; `false` when it was gone.
pub async fn delete_draft(tx: &mut Tx, id: AccessDraftId) -> Result<bool> {
    let rows = sql_query("DELETE FROM grant_drafts WHERE id = $1")
        .bind::<SqlUuid, _>(id.0)
        .execute(tx.conn())
        .await?;
    Ok(rows > 0)
}

fn refused(error: diesel::result::Error) -> Error {
    match constraint(&error) {
        Some("grant_drafts_for_ones_own" | "grant_drafts_written_by_partner") => {
            let message = "Choose a person of the organization that does the work";
            Invalid::field("consultant", message).into()
        }
        _ => error.into(),
    }
}

impl TryFrom<Row> for Draft {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let narrower: Narrower = serde_json::from_value(row.wish).map_err(Error::fault)?;
        let consultant = PersonId(row.consultant_id);
        Ok(Self {
            id: AccessDraftId(row.id),
            engagement: EngagementId(row.engagement_id),
            engagement_number: row.number,
            customer_name: row.customer_name,
            partner: OrganizationId(row.partner_organization_id),
            author: PersonId(row.author_id),
            author_name: row.author_name,
            consultant,
            consultant_name: row.consultant_name,
            wish: Wish {
                upstream: row.upstream,
                preset: row.preset,
                narrower,
                days: row.days,
                reason: row.reason,
                consultant: Some(consultant),
            },
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}
