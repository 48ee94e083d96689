//! Rows of `enrollments`.

use crate::kernel::id::{AgreementId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::db::schema::enrollments;
use crate::platform::refusal::Result;
use crate::program::model::{Enrollment, EnrollmentState, PartnerKind, Tier};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
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
