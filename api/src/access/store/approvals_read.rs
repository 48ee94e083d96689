//! Rows of `write_approvals` as people read them, and what is sealed in them.

use super::approvals::NOW;
use super::grants::Viewer;
use crate::access::model::{Approval, ApprovalState, Became, Outcome};
use crate::kernel::id::{
    ConnectionId, EngagementId, GrantId, OrganizationId, PersonId, WriteApprovalId,
};
use crate::kernel::money::Currency;
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::upstreams::{Risk, Unit};
use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Bytea, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A page of approvals.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalFilter {
    pub viewer: Viewer,
    pub grant: Option<GrantId>,
    /// Only those that somebody still has to do something about.
    pub open: bool,
    pub after: Option<Position>,
    pub limit: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    engagement_id: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = SqlUuid)]
    customer_organization_id: Uuid,
    #[diesel(sql_type = Text)]
    customer_name: String,
    #[diesel(sql_type = SqlUuid)]
    partner_organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    connection_id: Uuid,
    #[diesel(sql_type = Text)]
    account_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Text)]
    person_name: String,
    #[diesel(sql_type = Text)]
    operation_id: String,
    #[diesel(sql_type = Text)]
    deed: String,
    #[diesel(sql_type = Text)]
    risk: Risk,
    #[diesel(sql_type = Text)]
    method: String,
    #[diesel(sql_type = Text)]
    target: String,
    #[diesel(sql_type = Bytea)]
    request_hash: Vec<u8>,
    #[diesel(sql_type = Nullable<Text>)]
    cost_unit: Option<Unit>,
    #[diesel(sql_type = Nullable<BigInt>)]
    cost: Option<i64>,
    #[diesel(sql_type = Text)]
    state: ApprovalState,
    #[diesel(sql_type = Timestamptz)]
    asked_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    answer_by: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    answered_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    answered_by_name: Option<String>,
    #[diesel(sql_type = Text)]
    note: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    use_by: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    used_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<Outcome>,
    #[diesel(sql_type = Nullable<Text>)]
    code: Option<String>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    status: Option<i16>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    recalled_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    recalled_by_name: Option<String>,
}

/// Latest first.
pub async fn approvals(tx: &mut Tx, filter: &ApprovalFilter) -> Result<Vec<Approval>> {
    select(tx, (filter, None)).await
}

/// One that the viewer may see.
pub async fn approval(
    tx: &mut Tx,
    viewer: Viewer,
    id: WriteApprovalId,
) -> Result<Option<Approval>> {
    let filter = ApprovalFilter { viewer, grant: None, open: false, after: None, limit: 1 };
    Ok(select(tx, (&filter, Some(id))).await?.into_iter().next())
}

async fn select(
    tx: &mut Tx,
    (filter, id): (&ApprovalFilter, Option<WriteApprovalId>),
) -> Result<Vec<Approval>> {
    let (at, after) = (filter.after.map(|p| p.at), filter.after.map(|p| p.id));
    let rows: Vec<Row> = sql_query(format!(
        "SELECT a.id, a.grant_id, a.engagement_id, e.number, a.customer_organization_id,
                o.name AS customer_name, a.partner_organization_id, a.connection_id,
                c.account_name, c.currency, g.upstream, a.person_id, p.name AS person_name,
                a.operation_id,
                a.deed, a.risk, a.method, a.target, a.request_hash, a.cost_unit, a.cost,
                {NOW} AS state, a.asked_at, a.answer_by, a.answered_at,
                w.name AS answered_by_name, a.note, a.use_by, a.used_at, a.recalled_at,
                r.name AS recalled_by_name, l.outcome, l.code, l.status
         FROM write_approvals a
         JOIN grants g ON g.vendor_id = a.vendor_id AND g.id = a.grant_id
         JOIN engagements e ON e.vendor_id = a.vendor_id AND e.id = a.engagement_id
         JOIN organizations o ON o.vendor_id = a.vendor_id AND o.id = a.customer_organization_id
         JOIN connections c ON c.vendor_id = a.vendor_id AND c.id = a.connection_id
         JOIN persons p ON p.id = a.person_id
         LEFT JOIN access_log l ON l.vendor_id = a.vendor_id AND l.begun_id = a.used_entry_id
         LEFT JOIN persons w ON w.id = a.answered_by
         LEFT JOIN persons r ON r.id = a.recalled_by
         WHERE (a.customer_organization_id = $1 OR a.partner_organization_id = $1)
           AND ($2 IS NULL OR a.person_id = $2) AND ($3 IS NULL OR a.grant_id = $3)
           AND ($4 IS NULL OR (a.asked_at, a.id) < ($4, $5)) AND ($7 IS NULL OR a.id = $7)
           AND (NOT $8 OR a.state IN ('waiting', 'approved')
                AND {NOW} IN ('waiting', 'approved'))
         ORDER BY a.asked_at DESC, a.id DESC LIMIT $6"
    ))
    .bind::<SqlUuid, _>(filter.viewer.organization.0)
    .bind::<Nullable<SqlUuid>, _>(filter.viewer.only.map(|p| p.0))
    .bind::<Nullable<SqlUuid>, _>(filter.grant.map(|g| g.0))
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<BigInt, _>(filter.limit)
    .bind::<Nullable<SqlUuid>, _>(id.map(|id| id.0))
    .bind::<Bool, _>(filter.open)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Approval::from).collect())
}

#[derive(QueryableByName)]
struct SealedRow {
    #[diesel(sql_type = Nullable<Bytea>)]
    body_sealed: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Bytea>)]
    before_sealed: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    before_etag: Option<String>,
}

/// What is kept of a question besides what everybody of the two sides reads.
#[derive(Debug)]
pub struct SealedApproval {
    /// Nothing once it was wiped.
    pub body: Option<Vec<u8>>,
    pub before: Option<Vec<u8>>,
    /// The version of the object before.
    pub etag: Option<String>,
}

/// The sealed body, and the sealed object before with its version.
pub async fn sealed_approval(tx: &mut Tx, id: WriteApprovalId) -> Result<Option<SealedApproval>> {
    let rows: Vec<SealedRow> = sql_query(
        "SELECT body_sealed, before_sealed, before_etag FROM write_approvals WHERE id = ANY ($1)",
    )
    .bind::<Array<SqlUuid>, _>(vec![id.0])
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().next().map(|row| SealedApproval {
        body: row.body_sealed,
        before: row.before_sealed,
        etag: row.before_etag,
    }))
}

impl From<Row> for Approval {
    fn from(row: Row) -> Self {
        let cost = row.cost.and_then(|cost| u64::try_from(cost).ok());
        Self {
            id: WriteApprovalId(row.id),
            grant: GrantId(row.grant_id),
            engagement: EngagementId(row.engagement_id),
            engagement_number: row.number,
            customer: OrganizationId(row.customer_organization_id),
            customer_name: row.customer_name,
            partner: OrganizationId(row.partner_organization_id),
            connection: ConnectionId(row.connection_id),
            account_name: row.account_name,
            currency: row.currency.as_deref().and_then(Currency::parse),
            upstream: row.upstream,
            person: PersonId(row.person_id),
            person_name: row.person_name,
            operation: row.operation_id,
            deed: row.deed,
            risk: row.risk,
            method: row.method,
            target: row.target,
            request_hash: row.request_hash,
            uses: row.cost_unit.zip(cost),
            state: row.state,
            asked_at: row.asked_at,
            answer_by: row.answer_by,
            answered_at: row.answered_at,
            answered_by_name: row.answered_by_name,
            note: row.note,
            use_by: row.use_by,
            used_at: row.used_at,
            became: row.outcome.map(|outcome| Became {
                outcome,
                code: row.code,
                status: row.status.and_then(|status| u16::try_from(status).ok()),
            }),
            recalled_at: row.recalled_at,
            recalled_by_name: row.recalled_by_name,
        }
    }
}
