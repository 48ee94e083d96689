//! Rows of `deliverables`, `change_requests` and `files`.

use crate::engagements::model::FileRow;
use crate::kernel::id::{
    ChangeRequestId, DeliverableId, EngagementId, FileId, MilestoneId, OrganizationId, PersonId,
};
use crate::platform::db::Tx;
use crate::platform::db::schema::{change_requests as requests, files};
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, QueryableByName, Selectable,
    SelectableHelper, sql_query,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub struct NewDeliverable {
    pub id: DeliverableId,
    pub milestone: MilestoneId,
    pub text: String,
    pub file: Option<FileId>,
    pub by: PersonId,
}

/// The version counts from 1 in each milestone, which is locked while it is chosen.
pub async fn insert_deliverable(tx: &mut Tx, new: &NewDeliverable) -> Result<()> {
    sql_query(
        "INSERT INTO deliverables
             (vendor_id, id, milestone_id, version, text, file_id, submitted_by)
         SELECT $1, $2, $3, 1 + coalesce(max(version), 0), $4, $5, $6
         FROM deliverables WHERE milestone_id = $3",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(new.id.0)
    .bind::<SqlUuid, _>(new.milestone.0)
    .bind::<Text, _>(&new.text)
    .bind::<Nullable<SqlUuid>, _>(new.file.map(|f| f.0))
    .bind::<SqlUuid, _>(new.by.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A delivery, with what was asked to be changed in it.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Deliverable {
    #[diesel(sql_type = SqlUuid)]
    pub id: DeliverableId,
    #[diesel(sql_type = SqlUuid)]
    pub milestone: MilestoneId,
    #[diesel(sql_type = Integer)]
    pub version: i32,
    #[diesel(sql_type = Text)]
    pub text: String,
    #[diesel(sql_type = SqlUuid)]
    pub submitted_by: PersonId,
    #[diesel(sql_type = Text)]
    pub submitted_by_name: String,
    #[diesel(sql_type = Timestamptz)]
    pub submitted_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub file: Option<FileId>,
    #[diesel(sql_type = Nullable<Text>)]
    pub file_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub file_type: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub file_bytes: Option<i64>,
    /// SHA-256 of the file in hexadecimal.
    #[diesel(sql_type = Nullable<Text>)]
    pub file_sha256: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub changes: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub changes_by_name: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub changes_at: Option<DateTime<Utc>>,
}

const DELIVERABLES: &str = "
    SELECT d.id, d.milestone_id AS milestone, d.version, d.text, d.submitted_by,
           p.name AS submitted_by_name, d.submitted_at, f.id AS file, f.name AS file_name,
           f.content_type AS file_type, f.size_bytes AS file_bytes,
           encode(f.sha256, 'hex') AS file_sha256, c.text AS changes, q.name AS changes_by_name,
           c.requested_at AS changes_at
    FROM deliverables d
    JOIN persons p ON p.id = d.submitted_by
    LEFT JOIN files f ON f.vendor_id = d.vendor_id AND f.id = d.file_id
    LEFT JOIN change_requests c ON c.vendor_id = d.vendor_id AND c.deliverable_id = d.id
    LEFT JOIN persons q ON q.id = c.requested_by";

/// Latest version first.
pub async fn deliverables(tx: &mut Tx, milestone: MilestoneId) -> Result<Vec<Deliverable>> {
    let sql = format!("{DELIVERABLES} WHERE d.milestone_id = $1 ORDER BY d.version DESC");
    Ok(sql_query(sql).bind::<SqlUuid, _>(milestone.0).load(tx.conn()).await?)
}

pub async fn deliverable(tx: &mut Tx, id: DeliverableId) -> Result<Deliverable> {
    let sql = format!("{DELIVERABLES} WHERE d.id = $1");
    Ok(sql_query(sql).bind::<SqlUuid, _>(id.0).get_result(tx.conn()).await?)
}

/// What should change in the milestone's latest delivery.
pub async fn insert_change_request(
    tx: &mut Tx,
    milestone: MilestoneId,
    (id, text, by): (ChangeRequestId, &str, PersonId),
) -> Result<()> {
    let vendor = tx.vendor()?;
    let latest = deliverables(tx, milestone).await?.into_iter().next();
    let latest = latest.ok_or(Common::NotFound("deliverable"))?;
    diesel::insert_into(requests::table)
        .values((
            requests::vendor_id.eq(vendor.0),
            requests::id.eq(id.0),
            requests::milestone_id.eq(milestone.0),
            requests::deliverable_id.eq(latest.id.0),
            requests::text.eq(text),
            requests::requested_by.eq(by.0),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub async fn insert_file(tx: &mut Tx, file: &FileRow) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(files::table)
        .values((
            files::vendor_id.eq(vendor.0),
            files::id.eq(file.id.0),
            files::engagement_id.eq(file.engagement.0),
            files::organization_id.eq(file.organization.0),
            files::name.eq(&file.name),
            files::content_type.eq(&file.content_type),
            files::size_bytes.eq(file.size_bytes),
            files::sha256.eq(&file.sha256),
            files::uploaded_by.eq(file.uploaded_by.0),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = files)]
struct Row {
    id: Uuid,
    engagement_id: Uuid,
    organization_id: Uuid,
    name: String,
    content_type: String,
    size_bytes: i64,
    sha256: Vec<u8>,
    uploaded_by: Uuid,
    uploaded_at: DateTime<Utc>,
}

/// 404 when there is none of this vendor.
pub async fn file(tx: &mut Tx, id: FileId) -> Result<FileRow> {
    let row: Option<Row> = files::table
        .filter(files::id.eq(id.0))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    let row = row.ok_or(Common::NotFound("file"))?;
    Ok(FileRow {
        id: FileId(row.id),
        engagement: EngagementId(row.engagement_id),
        organization: OrganizationId(row.organization_id),
        name: row.name,
        content_type: row.content_type,
        size_bytes: row.size_bytes,
        sha256: row.sha256,
        uploaded_by: PersonId(row.uploaded_by),
        uploaded_at: row.uploaded_at,
    })
}

#[derive(QueryableByName)]
struct Totals {
    #[diesel(sql_type = BigInt)]
    files: i64,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// How many files the engagement holds, and their bytes together.
pub async fn file_totals(tx: &mut Tx, engagement: EngagementId) -> Result<(i64, i64)> {
    let totals: Totals = sql_query(
        "SELECT count(*) AS files, coalesce(sum(size_bytes), 0)::bigint AS bytes
         FROM files WHERE engagement_id = $1",
    )
    .bind::<SqlUuid, _>(engagement.0)
    .get_result(tx.conn())
    .await?;
    Ok((totals.files, totals.bytes))
}
