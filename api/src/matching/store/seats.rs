//! Seats of persons, read from identity's table.

use crate::kernel::id::{OrganizationId, PersonId};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::db::schema::memberships;
use crate::platform::refusal::Result;
use diesel::dsl::{exists, select};
use diesel::sql_types::{Bool, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

/// Organizations in which a person of the organization `$1` holds a seat, itself among them.
pub const SHARING: &str = "
    SELECT theirs.organization_id FROM memberships ours
      JOIN memberships theirs ON theirs.person_id = ours.person_id
                             AND theirs.vendor_id = ours.vendor_id AND theirs.ended_at IS NULL
     WHERE ours.organization_id = $1 AND ours.ended_at IS NULL";

#[derive(QueryableByName)]
struct HoldsRow {
    #[diesel(sql_type = Bool)]
    holds: bool,
}

/// Whether a person holds a seat in both organizations.
pub async fn share_a_person(
    tx: &mut Tx,
    one: OrganizationId,
    other: OrganizationId,
) -> Result<bool> {
    let sql = format!("SELECT $2 IN ({SHARING}) AS holds");
    let row: HoldsRow = sql_query(sql)
        .bind::<SqlUuid, _>(one.0)
        .bind::<SqlUuid, _>(other.0)
        .get_result(tx.conn())
        .await?;
    Ok(row.holds)
}

/// Whether a person holds a seat with one of these roles in the organization.
pub async fn holds_role(
    tx: &mut Tx,
    organization: OrganizationId,
    person: PersonId,
    roles: &[Role],
) -> Result<bool> {
    let vendor = tx.vendor()?;
    let words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    let seats = memberships::table
        .filter(memberships::vendor_id.eq(vendor.0))
        .filter(memberships::organization_id.eq(organization.0))
        .filter(memberships::person_id.eq(person.0))
        .filter(memberships::role.eq_any(words))
        .filter(memberships::ended_at.is_null());
    Ok(select(exists(seats)).get_result(tx.conn()).await?)
}
