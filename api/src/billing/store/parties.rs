//! Names and addresses that Stripe and people are told.

use crate::kernel::id::{OrganizationId, PersonId, VendorId};
use crate::kernel::zone::Zone;
use crate::platform::db::Tx;
use crate::platform::db::schema::{organizations, persons, vendors};
use crate::platform::refusal::{Common, Error, Result};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension,
    QueryDsl,
};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

/// Every program, by its word in addresses.
pub async fn vendors(tx: &mut Tx) -> Result<Vec<(VendorId, String)>> {
    let rows: Vec<(Uuid, String)> = vendors::table
        .order(vendors::slug)
        .select((vendors::id, vendors::slug))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|(id, slug)| (VendorId(id), slug)).collect())
}

/// Organizations of this name or id.
pub async fn organizations_called(
    tx: &mut Tx,
    called: &str,
) -> Result<Vec<(OrganizationId, String)>> {
    let id = OrganizationId::parse(called).map(|id| id.0);
    let rows: Vec<(Uuid, String)> = organizations::table
        .filter(organizations::name.eq(called).or(organizations::id.nullable().eq(id)))
        .select((organizations::id, organizations::name))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (OrganizationId(id), name)).collect())
}

pub async fn email_of(tx: &mut Tx, person: PersonId) -> Result<String> {
    let of = persons::table.filter(persons::id.eq(person.0));
    Ok(of.select(persons::email).first(tx.conn()).await?)
}

/// The names of people.
pub async fn person_names(tx: &mut Tx, people: &[PersonId]) -> Result<HashMap<PersonId, String>> {
    let ids: Vec<Uuid> = people.iter().map(|person| person.0).collect();
    let rows: Vec<(Uuid, String)> = persons::table
        .filter(persons::id.eq_any(ids))
        .select((persons::id, persons::name))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (PersonId(id), name)).collect())
}

/// The vendor's own organization.
pub async fn vendor_organization(tx: &mut Tx) -> Result<Option<OrganizationId>> {
    let id: Option<Uuid> = organizations::table
        .filter(organizations::kind.eq("vendor"))
        .select(organizations::id)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(id.map(OrganizationId))
}

/// The zone in which an organization counts its days.
pub async fn zone_of(tx: &mut Tx, id: OrganizationId) -> Result<Zone> {
    let found: Option<String> = organizations::table
        .filter(organizations::id.eq(id.0))
        .select(organizations::zone)
        .first(tx.conn())
        .await
        .optional()?;
    let name = found.ok_or(Common::NotFound("organization"))?;
    Zone::parse(&name).ok_or_else(|| Error::fault(format!("no zone {name:?}")))
}

/// Name and country of an organization.
pub async fn name_and_country(tx: &mut Tx, id: OrganizationId) -> Result<(String, String)> {
    let found = organizations::table
        .filter(organizations::id.eq(id.0))
        .select((organizations::name, organizations::country))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(found.ok_or(Common::NotFound("organization"))?)
}

pub async fn organization_names(
    tx: &mut Tx,
    ids: &[OrganizationId],
) -> Result<HashMap<OrganizationId, String>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, String)> = organizations::table
        .filter(organizations::id.eq_any(ids))
        .select((organizations::id, organizations::name))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (OrganizationId(id), name)).collect())
}
