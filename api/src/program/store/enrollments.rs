//! Rows of `enrollments`.

use crate::kernel::id::{AgreementId, OrganizationId, PersonId};
use crate::platform::db::Tx;
use crate::platform::db::schema::enrollments;
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::Result;
use crate::program::model::{
    Enrollment, EnrollmentState, Partner, PartnerFilter, PartnerKind, Tier,
};
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, QueryableByName, Selectable,
    SelectableHelper, sql_query,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = enrollments)]
pub(super) struct Row {
    organization_id: Uuid,
    kind: PartnerKind,
    state: EnrollmentState,
    tier: Tier,
    agreement_id: Uuid,
    since: DateTime<Utc>,
}

impl From<Row> for Enrollment {
    fn from(row: Row) -> Self {
        Self {
            organization: OrganizationId(row.organization_id),
            kind: row.kind,
            state: row.state,
            tier: row.tier,
            agreement: AgreementId(row.agreement_id),
            since: row.since,
        }
    }
}

/// The organization's place in the program, if it has or had one.
pub async fn enrollment(tx: &mut Tx, organization: OrganizationId) -> Result<Option<Enrollment>> {
    let row: Option<Row> = enrollments::table
        .filter(enrollments::organization_id.eq(organization.0))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(Enrollment::from))
}

/// Whether the organization is a partner now: consultants may be found and booked, resellers may
/// be named, only while this holds.
pub async fn is_enrolled(tx: &mut Tx, organization: OrganizationId) -> Result<bool> {
    let enrollment = enrollment(tx, organization).await?;
    Ok(enrollment.is_some_and(|e| e.state == EnrollmentState::Active))
}

/// Makes the organization an active partner from now on, listed; one that was terminated starts
/// anew.
pub async fn enroll(
    tx: &mut Tx,
    organization: OrganizationId,
    kind: PartnerKind,
    agreement: AgreementId,
) -> Result<()> {
    let vendor = tx.vendor()?;
    sql_query(
        "INSERT INTO enrollments (vendor_id, organization_id, kind, agreement_id)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (vendor_id, organization_id) DO UPDATE
             SET kind = $3, agreement_id = $4, state = 'active', tier = 'listed',
                 since = app_now(), changed_at = NULL, changed_by = NULL, change_reason = NULL",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(organization.0)
    .bind::<Text, _>(kind)
    .bind::<SqlUuid, _>(agreement.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct PartnerRow {
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = Text)]
    kind: PartnerKind,
    #[diesel(sql_type = Text)]
    state: EnrollmentState,
    #[diesel(sql_type = Text)]
    tier: Tier,
    #[diesel(sql_type = SqlUuid)]
    agreement_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    since: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    city: String,
    #[diesel(sql_type = Text)]
    country: String,
    #[diesel(sql_type = Nullable<Text>)]
    change_reason: Option<String>,
}

impl From<PartnerRow> for Partner {
    fn from(row: PartnerRow) -> Self {
        Self {
            enrollment: Enrollment {
                organization: OrganizationId(row.organization_id),
                kind: row.kind,
                state: row.state,
                tier: row.tier,
                agreement: AgreementId(row.agreement_id),
                since: row.since,
            },
            name: row.name,
            city: row.city,
            country: row.country,
            reason: row.change_reason,
        }
    }
}

const PARTNERS: &str = "
    SELECT e.organization_id, e.kind, e.state, e.tier, e.agreement_id, e.since, o.name, o.city,
           o.country, e.change_reason
    FROM enrollments e
    JOIN organizations o ON o.vendor_id = e.vendor_id AND o.id = e.organization_id";

/// Partners, latest first, one row more than the page holds.
pub async fn partners(
    tx: &mut Tx,
    filter: PartnerFilter,
    page: PageWanted,
) -> Result<Vec<Partner>> {
    let rows: Vec<PartnerRow> = sql_query(format!(
        "{PARTNERS}
         WHERE ($1 IS NULL OR e.kind = $1) AND ($2 IS NULL OR e.state = $2)
           AND ($3 IS NULL OR (e.since, e.organization_id) < ($3, $4))
         ORDER BY e.since DESC, e.organization_id DESC LIMIT $5"
    ))
    .bind::<Nullable<Text>, _>(filter.kind)
    .bind::<Nullable<Text>, _>(filter.state)
    .bind::<Nullable<Timestamptz>, _>(page.after.map(|p| p.at))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(|p| p.id))
    .bind::<BigInt, _>(page.limit + 1)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Partner::from).collect())
}

/// One partner of this vendor, whatever its state.
pub async fn partner(tx: &mut Tx, organization: OrganizationId) -> Result<Option<Partner>> {
    let row: Option<PartnerRow> = sql_query(format!("{PARTNERS} WHERE e.organization_id = $1"))
        .bind::<SqlUuid, _>(organization.0)
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(row.map(Partner::from))
}

/// One partner, its enrollment locked until the transaction ends.
pub async fn lock_partner(tx: &mut Tx, organization: OrganizationId) -> Result<Option<Partner>> {
    let row: Option<PartnerRow> =
        sql_query(format!("{PARTNERS} WHERE e.organization_id = $1 FOR NO KEY UPDATE OF e"))
            .bind::<SqlUuid, _>(organization.0)
            .get_result(tx.conn())
            .await
            .optional()?;
    Ok(row.map(Partner::from))
}

/// What somebody decided about a partner.
pub struct Change<'a> {
    pub state: EnrollmentState,
    pub by: PersonId,
    pub reason: Option<&'a str>,
}

pub async fn change_enrollment(
    tx: &mut Tx,
    organization: OrganizationId,
    change: Change<'_>,
) -> Result<()> {
    let now = diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()");
    diesel::update(enrollments::table.filter(enrollments::organization_id.eq(organization.0)))
        .set((
            enrollments::state.eq(change.state.as_str()),
            enrollments::changed_at.eq(now),
            enrollments::changed_by.eq(change.by.0),
            enrollments::change_reason.eq(change.reason),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
