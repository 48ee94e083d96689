//! Rows of `persons`, `credentials`, `memberships` and `vendors`.

use crate::identity::IdentityError;
use crate::identity::model::{Person, Seat};
use crate::kernel::id::{MembershipId, OrganizationId, PersonId, VendorId};
use crate::platform::caller::{OrganizationKind, Role};
use crate::platform::db::schema::{
    credentials, memberships, organizations, persons, vendor_hosts, vendors,
};
use crate::platform::db::{Tx, refuse_on};
use crate::platform::refusal::Result;
use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

/// What sign-in needs of an account.
pub struct KnownAccount {
    pub person: PersonId,
    pub password_hash: String,
}

pub async fn credential(tx: &mut Tx, email: &str) -> Result<Option<KnownAccount>> {
    let row: Option<(Uuid, String)> = persons::table
        .inner_join(credentials::table.on(credentials::person_id.eq(persons::id)))
        .filter(persons::email.eq(email))
        .select((persons::id, credentials::password_hash))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(|(id, password_hash)| KnownAccount { person: PersonId(id), password_hash }))
}

/// Writes a person with the hash of a password, if one was chosen.
///
/// Errors with `address-taken` when the address has a person already.
pub async fn add_person(tx: &mut Tx, person: &Person, password_hash: Option<&str>) -> Result<()> {
    diesel::insert_into(persons::table)
        .values((
            persons::id.eq(person.id.0),
            persons::name.eq(&person.name),
            persons::email.eq(&person.email),
            persons::zone.eq(&person.zone),
        ))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("persons_email_key", IdentityError::AddressTaken))?;
    if let Some(hash) = password_hash {
        diesel::insert_into(credentials::table)
            .values((credentials::person_id.eq(person.id.0), credentials::password_hash.eq(hash)))
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// A membership without the names of its organization.
#[derive(Debug, Clone)]
pub struct MembershipRow {
    pub id: MembershipId,
    pub person: PersonId,
    pub vendor: VendorId,
    pub organization: OrganizationId,
    pub kind: OrganizationKind,
    pub role: Role,
}

/// Opens a seat. Errors with `already-member` when the person holds one in the organization.
pub async fn add_membership(tx: &mut Tx, row: &MembershipRow) -> Result<()> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::id.eq(row.id.0),
            memberships::person_id.eq(row.person.0),
            memberships::vendor_id.eq(row.vendor.0),
            memberships::organization_id.eq(row.organization.0),
            memberships::organization_kind.eq(row.kind.as_str()),
            memberships::role.eq(row.role.as_str()),
        ))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("memberships_one_open", IdentityError::AlreadyMember))?;
    Ok(())
}

pub async fn first_membership(tx: &mut Tx, person: PersonId) -> Result<Option<MembershipId>> {
    let id: Option<Uuid> = memberships::table
        .filter(memberships::person_id.eq(person.0))
        .filter(memberships::ended_at.is_null())
        .order(memberships::created_at)
        .select(memberships::id)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(id.map(MembershipId))
}

/// Open memberships, those of one vendor together.
pub async fn memberships(tx: &mut Tx, person: PersonId) -> Result<Vec<MembershipRow>> {
    let rows: Vec<(Uuid, Uuid, Uuid, OrganizationKind, Role)> = memberships::table
        .filter(memberships::person_id.eq(person.0))
        .filter(memberships::ended_at.is_null())
        .order((memberships::vendor_id, memberships::created_at))
        .select((
            memberships::id,
            memberships::vendor_id,
            memberships::organization_id,
            memberships::organization_kind,
            memberships::role,
        ))
        .load(tx.conn())
        .await?;
    let row = |(id, vendor, organization, kind, role)| MembershipRow {
        id: MembershipId(id),
        person,
        vendor: VendorId(vendor),
        organization: OrganizationId(organization),
        kind,
        role,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Adds the names of organization and program; the transaction must serve the rows' vendor.
pub async fn name_seats(tx: &mut Tx, rows: &[MembershipRow]) -> Result<Vec<Seat>> {
    let wanted: Vec<Uuid> = rows.iter().map(|r| r.organization.0).collect();
    let named: Vec<(Uuid, String, String, String)> = organizations::table
        .inner_join(vendors::table.on(vendors::id.eq(organizations::vendor_id)))
        .filter(organizations::id.eq_any(wanted))
        .select((organizations::id, organizations::name, vendors::slug, vendors::name))
        .load(tx.conn())
        .await?;
    let names: HashMap<Uuid, _> = named.into_iter().map(|(id, o, s, v)| (id, (o, s, v))).collect();
    let seat = |row: &MembershipRow| {
        let (organization_name, vendor_slug, vendor_name) = names.get(&row.organization.0)?.clone();
        Some(Seat {
            membership: row.id,
            vendor: row.vendor,
            vendor_slug,
            vendor_name,
            organization: row.organization,
            organization_name,
            kind: row.kind,
            role: row.role,
        })
    };
    Ok(rows.iter().filter_map(seat).collect())
}

/// Names of persons, for showing who did something.
pub async fn person_names(tx: &mut Tx, ids: &[PersonId]) -> Result<HashMap<PersonId, String>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, String)> = persons::table
        .filter(persons::id.eq_any(ids))
        .select((persons::id, persons::name))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (PersonId(id), name)).collect())
}

/// Where mails to a person go.
pub async fn email_of(tx: &mut Tx, person: PersonId) -> Result<String> {
    let found = persons::table.filter(persons::id.eq(person.0)).select(persons::email);
    Ok(found.first(tx.conn()).await?)
}

/// The vendor of an address such as `/p/larkfield`.
pub async fn vendor_by_slug(tx: &mut Tx, slug: &str) -> Result<Option<(VendorId, String)>> {
    let row: Option<(Uuid, String)> = vendors::table
        .filter(vendors::slug.eq(slug))
        .filter(vendors::id.ne(VendorId::OPERATOR.0))
        .select((vendors::id, vendors::name))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(|(id, name)| (VendorId(id), name)))
}

/// The program of a vendor: its word in addresses and its name.
pub async fn program_of(tx: &mut Tx, vendor: VendorId) -> Result<Option<(String, String)>> {
    let row = vendors::table
        .filter(vendors::id.eq(vendor.0))
        .select((vendors::slug, vendors::name))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row)
}

/// Every program of the installation: its word in addresses and its name.
pub async fn programs(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    let rows = vendors::table
        .filter(vendors::id.ne(VendorId::OPERATOR.0))
        .order(vendors::name)
        .limit(200)
        .select((vendors::slug, vendors::name))
        .load(tx.conn())
        .await?;
    Ok(rows)
}

/// The vendor that owns a host, with its slug; hosts are compared whole and in lower case.
pub async fn vendor_of_host(tx: &mut Tx, host: &str) -> Result<Option<(VendorId, String)>> {
    let row: Option<(Uuid, String)> = vendor_hosts::table
        .inner_join(vendors::table.on(vendors::id.eq(vendor_hosts::vendor_id)))
        .filter(vendor_hosts::host.eq(host))
        .select((vendors::id, vendors::slug))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(|(id, slug)| (VendorId(id), slug)))
}
