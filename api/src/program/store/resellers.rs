//! Rows of `reseller_attributions`.

use crate::kernel::id::OrganizationId;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::program::model::ResellerOfRecord;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Text, Timestamptz, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
struct OfRecordRow {
    #[diesel(sql_type = SqlUuid)]
    organization: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Timestamptz)]
    since: DateTime<Utc>,
}

const OF_RECORD: &str = "
    SELECT o.id AS organization, o.name, a.since
    FROM reseller_attributions a
    JOIN programs p ON p.vendor_id = a.vendor_id
    JOIN organizations o ON o.vendor_id = a.vendor_id AND o.id = a.reseller_organization_id
    JOIN enrollments e ON e.vendor_id = o.vendor_id AND e.organization_id = o.id
    WHERE a.customer_organization_id = $1 AND e.state = 'active'
      AND a.since <= $2 AND (a.ended_at IS NULL OR a.ended_at > $2)
      AND $2 < a.since + make_interval(months => p.reseller_months)
    ORDER BY a.since DESC LIMIT 1";

/// Who is owed the reseller's part of an engagement that this customer signs at this instant.
///
/// `None` without a reseller of record, after the program's window, and while the reseller is no
/// partner.
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
        since: row.since,
    }))
}
