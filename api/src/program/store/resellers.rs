//! Rows of `reseller_attributions`.

use crate::kernel::id::{AttributionId, OrganizationId, PersonId};
use crate::platform::caller::OrganizationKind;
use crate::platform::db::schema::{organizations, reseller_attributions as attributions};
use crate::platform::db::{Tx, refuse_on};
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::Result;
use crate::program::ProgramError;
use crate::program::model::{Attribution, AttributionKind, Latest, ResellerOfRecord};
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
struct OfRecordRow {
    #[diesel(sql_type = SqlUuid)]
    organization: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: AttributionKind,
    #[diesel(sql_type = Timestamptz)]
    since: DateTime<Utc>,
}

const OF_RECORD: &str = "
    SELECT o.id AS organization, o.name, a.kind, a.since
    FROM reseller_attributions a
    JOIN programs p ON p.vendor_id = a.vendor_id
    JOIN organizations o ON o.vendor_id = a.vendor_id AND o.id = a.reseller_organization_id
    JOIN enrollments e ON e.vendor_id = o.vendor_id AND e.organization_id = o.id
    WHERE a.customer_organization_id = $1 AND e.state = 'active'
      AND a.since <= $2 AND (a.ended_at IS NULL OR a.ended_at > $2)
      AND (a.kind = 'managed' OR $2 < a.since + make_interval(months => p.reseller_months))
    ORDER BY a.since DESC LIMIT 1";

/// Who is owed the reseller's part of an engagement that this customer signs at this instant.
///
/// `None` without a reseller of record, after the program's window for one that does not manage the
/// account, and while the reseller is no partner.
pub async fn reseller_of_record(
    tx: &mut Tx,
    customer: OrganizationId,
    at: DateTime<Utc>,
) -> Result<Option<ResellerOfRecord>> {
    let row: Option<OfRecordRow> = sql_query(OF_RECORD)
        .bind::<SqlUuid, _>(customer.0)
        .bind::<Timestamptz, _>(at)
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(row.map(|row| ResellerOfRecord {
        organization: OrganizationId(row.organization),
        name: row.name,
        kind: row.kind,
        since: row.since,
    }))
}

/// What kind of organization this is; `None` when the program has none of this id.
pub async fn kind_of(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Option<OrganizationKind>> {
    let kind = organizations::table
        .filter(organizations::id.eq(organization.0))
        .select(organizations::kind)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(kind)
}

type LatestRow = (Uuid, Uuid, AttributionKind, DateTime<Utc>, Option<DateTime<Utc>>);

/// The account's latest attribution, locked until the transaction ends.
pub async fn lock_latest(tx: &mut Tx, customer: OrganizationId) -> Result<Option<Latest>> {
    let row: Option<LatestRow> = attributions::table
        .filter(attributions::customer_organization_id.eq(customer.0))
        .order((attributions::since.desc(), attributions::id.desc()))
        .select((
            attributions::id,
            attributions::reseller_organization_id,
            attributions::kind,
            attributions::since,
            attributions::ended_at,
        ))
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(|(id, reseller, kind, since, ended_at)| Latest {
        id: AttributionId(id),
        reseller: OrganizationId(reseller),
        kind,
        since,
        ended_at,
    }))
}

/// An attribution to be written.
pub struct NewRow<'a> {
    pub id: AttributionId,
    pub customer: OrganizationId,
    pub reseller: OrganizationId,
    pub kind: AttributionKind,
    pub since: DateTime<Utc>,
    pub reason: &'a str,
    pub by: PersonId,
}

/// Errors: `attribution-changed` when somebody else set one meanwhile.
pub async fn insert_attribution(tx: &mut Tx, row: NewRow<'_>) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(attributions::table)
        .values((
            attributions::vendor_id.eq(vendor.0),
            attributions::id.eq(row.id.0),
            attributions::customer_organization_id.eq(row.customer.0),
            attributions::reseller_organization_id.eq(row.reseller.0),
            attributions::kind.eq(row.kind),
            attributions::since.eq(row.since),
            attributions::reason.eq(row.reason),
            attributions::set_by.eq(row.by.0),
        ))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("reseller_attributions_one_open", ProgramError::AttributionChanged))?;
    Ok(())
}

/// Ends an open attribution; `false` when it has ended already.
pub async fn end_attribution(
    tx: &mut Tx,
    id: AttributionId,
    at: DateTime<Utc>,
    reason: &str,
) -> Result<bool> {
    let open = attributions::table
        .filter(attributions::id.eq(id.0))
        .filter(attributions::ended_at.is_null());
    let changed = diesel::update(open)
        .set((attributions::ended_at.eq(at), attributions::end_reason.eq(reason)))
        .execute(tx.conn())
        .await?;
    Ok(changed == 1)
}

#[derive(QueryableByName)]
pub(super) struct AttributionRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    customer: Uuid,
    #[diesel(sql_type = Text)]
    customer_name: String,
    #[diesel(sql_type = SqlUuid)]
    reseller: Uuid,
    #[diesel(sql_type = Text)]
    reseller_name: String,
    #[diesel(sql_type = Text)]
    kind: AttributionKind,
    #[diesel(sql_type = Timestamptz)]
    since: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ended_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Nullable<Text>)]
    end_reason: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    set_by_name: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    shares_until: Option<DateTime<Utc>>,
}

impl From<AttributionRow> for Attribution {
    fn from(row: AttributionRow) -> Self {
        Self {
            id: AttributionId(row.id),
            customer: OrganizationId(row.customer),
            customer_name: row.customer_name,
            reseller: OrganizationId(row.reseller),
            reseller_name: row.reseller_name,
            kind: row.kind,
            since: row.since,
            ended_at: row.ended_at,
            reason: row.reason,
            end_reason: row.end_reason,
            set_by_name: row.set_by_name,
            shares_until: row.shares_until,
        }
    }
}

pub(super) const ATTRIBUTIONS: &str = "
    SELECT a.id, c.id AS customer, c.name AS customer_name, r.id AS reseller,
           r.name AS reseller_name, a.kind, a.since, a.ended_at, a.reason, a.end_reason,
           n.name AS set_by_name,
           CASE a.kind WHEN 'managed' THEN a.ended_at
             ELSE least(a.ended_at, a.since + make_interval(months => p.reseller_months))
           END AS shares_until
    FROM reseller_attributions a
    JOIN programs p ON p.vendor_id = a.vendor_id
    JOIN organizations c ON c.vendor_id = a.vendor_id AND c.id = a.customer_organization_id
    JOIN organizations r ON r.vendor_id = a.vendor_id AND r.id = a.reseller_organization_id
    LEFT JOIN persons n ON n.id = a.set_by";

/// Whose attributions to list; absent parts mean anyone's.
#[derive(Default)]
pub struct Concerning {
    pub customer: Option<OrganizationId>,
    pub reseller: Option<OrganizationId>,
}

/// Attributions, latest first, one row more than the page holds.
pub async fn attributions(
    tx: &mut Tx,
    concerning: Concerning,
    page: PageWanted,
) -> Result<Vec<Attribution>> {
    let rows: Vec<AttributionRow> = sql_query(format!(
        "{ATTRIBUTIONS}
         WHERE ($1 IS NULL OR a.customer_organization_id = $1)
           AND ($2 IS NULL OR a.reseller_organization_id = $2)
           AND ($3 IS NULL OR (a.since, a.id) < ($3, $4))
         ORDER BY a.since DESC, a.id DESC LIMIT $5"
    ))
    .bind::<Nullable<SqlUuid>, _>(concerning.customer.map(|c| c.0))
    .bind::<Nullable<SqlUuid>, _>(concerning.reseller.map(|r| r.0))
    .bind::<Nullable<Timestamptz>, _>(page.after.map(|p| p.at))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(|p| p.id))
    .bind::<BigInt, _>(page.limit + 1)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Attribution::from).collect())
}

/// One attribution of this vendor.
pub async fn attribution(tx: &mut Tx, id: AttributionId) -> Result<Option<Attribution>> {
    let row: Option<AttributionRow> = sql_query(format!("{ATTRIBUTIONS} WHERE a.id = $1"))
        .bind::<SqlUuid, _>(id.0)
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(row.map(Attribution::from))
}
