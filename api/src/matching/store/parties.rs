//! The brief, the two sides and the names around an invitation or a proposal.

use crate::kernel::id::{BriefId, OrganizationId, PersonId, ProfileId};
use crate::matching::model::Parties;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use uuid::Uuid;

/// Columns of a [`PartiesRow`] over [`JOINS`].
pub const COLUMNS: &str = "
    b.id AS brief_id, b.number AS brief_number, b.title AS brief_title,
    b.organization_id AS customer_id, c.name AS customer_name,
    f.organization_id AS partner_id, o.name AS partner_name,
    f.id AS profile_id, f.person_id AS consultant_id, h.name AS consultant_name";

/// Everything around a row `x` with a brief and a profile.
pub const JOINS: &str = "
    JOIN briefs b ON b.vendor_id = x.vendor_id AND b.id = x.brief_id
    JOIN organizations c ON c.vendor_id = b.vendor_id AND c.id = b.organization_id
    JOIN profiles f ON f.vendor_id = x.vendor_id AND f.id = x.profile_id
    JOIN organizations o ON o.vendor_id = f.vendor_id AND o.id = f.organization_id
    JOIN persons h ON h.id = f.person_id";

#[derive(QueryableByName)]
pub struct PartiesRow {
    #[diesel(sql_type = SqlUuid)]
    brief_id: Uuid,
    #[diesel(sql_type = BigInt)]
    brief_number: i64,
    #[diesel(sql_type = Text)]
    brief_title: String,
    #[diesel(sql_type = SqlUuid)]
    customer_id: Uuid,
    #[diesel(sql_type = Text)]
    customer_name: String,
    #[diesel(sql_type = SqlUuid)]
    partner_id: Uuid,
    #[diesel(sql_type = Text)]
    partner_name: String,
    #[diesel(sql_type = SqlUuid)]
    profile_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    consultant_id: Uuid,
    #[diesel(sql_type = Text)]
    consultant_name: String,
}

impl From<PartiesRow> for Parties {
    fn from(row: PartiesRow) -> Self {
        Self {
            brief: BriefId(row.brief_id),
            brief_number: row.brief_number,
            brief_title: row.brief_title,
            customer: OrganizationId(row.customer_id),
            customer_name: row.customer_name,
            partner: OrganizationId(row.partner_id),
            partner_name: row.partner_name,
            profile: ProfileId(row.profile_id),
            consultant: PersonId(row.consultant_id),
            consultant_name: row.consultant_name,
        }
    }
}
