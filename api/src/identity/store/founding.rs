//! Rows of `vendors` and `organizations`.

use crate::kernel::id::{OrganizationId, VendorId};
use crate::kernel::zone::Zone;
use crate::platform::caller::OrganizationKind;
use crate::platform::db::Tx;
use crate::platform::db::schema::{organizations, vendors};
use diesel::{ExpressionMethods, QueryResult};
use diesel_async::RunQueryDsl;

/// Writes a vendor. The database's own error, so that the caller may refuse on
/// `vendors_slug_key`.
pub async fn add_vendor(tx: &mut Tx, id: VendorId, slug: &str, name: &str) -> QueryResult<()> {
    diesel::insert_into(vendors::table)
        .values((vendors::id.eq(id.0), vendors::slug.eq(slug), vendors::name.eq(name)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// An organization of one program.
#[derive(Debug, Clone)]
pub struct OrganizationRow {
    pub id: OrganizationId,
    pub kind: OrganizationKind,
    pub name: String,
    pub city: String,
    /// ISO 3166-1, two capital letters.
    pub country: String,
    pub zone: Zone,
    /// Slug of an industry of the program.
    pub industry: Option<String>,
}

/// Writes an organization of the program whose transaction this is.
pub async fn add_organization(
    tx: &mut Tx,
    row: &OrganizationRow,
) -> crate::platform::refusal::Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(organizations::table)
        .values((
            organizations::vendor_id.eq(vendor.0),
            organizations::id.eq(row.id.0),
            organizations::kind.eq(row.kind.as_str()),
            organizations::name.eq(&row.name),
            organizations::city.eq(&row.city),
            organizations::country.eq(&row.country),
            organizations::zone.eq(row.zone.name()),
            organizations::industry.eq(row.industry.as_deref()),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
