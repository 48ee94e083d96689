//! Rows of `engagement_guests`.

use crate::kernel::id::{EngagementId, OrganizationId, PersonId};
use crate::platform::caller::{OrganizationKind, Role};
use crate::platform::db::Tx;
use crate::platform::db::schema::{engagement_guests as guests, memberships, persons};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl, Queryable, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A person of the vendor in an engagement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    pub person: PersonId,
    pub name: String,
    pub invited_by: PersonId,
    pub reason: String,
    pub since: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

#[derive(Queryable)]
struct GuestRow {
    person: Uuid,
    name: String,
    invited_by: Uuid,
    reason: String,
    since: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<GuestRow> for Guest {
    fn from(row: GuestRow) -> Self {
        Self {
            person: PersonId(row.person),
            name: row.name,
            invited_by: PersonId(row.invited_by),
            reason: row.reason,
            since: row.since,
            ended_at: row.ended_at,
        }
    }
}

/// Open seats first, then by time.
pub async fn guests(tx: &mut Tx, engagement: EngagementId) -> Result<Vec<Guest>> {
    let rows: Vec<GuestRow> = guests::table
        .inner_join(persons::table.on(persons::id.eq(guests::person_id)))
        .filter(guests::engagement_id.eq(engagement.0))
        .order((guests::ended_at.is_not_null(), guests::since))
        .select((
            guests::person_id,
            persons::name,
            guests::invited_by,
            guests::reason,
            guests::since,
            guests::ended_at,
        ))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Guest::from).collect())
}

/// The persons with an open seat.
pub async fn open_guests(tx: &mut Tx, engagement: EngagementId) -> Result<Vec<PersonId>> {
    let rows: Vec<Uuid> = guests::table
        .filter(guests::engagement_id.eq(engagement.0))
        .filter(guests::ended_at.is_null())
        .select(guests::person_id)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(PersonId).collect())
}

/// Opens a seat, or opens it again; `false` when it is open already.
pub async fn open_guest(
    tx: &mut Tx,
    engagement: EngagementId,
    person: PersonId,
    (invited_by, reason): (PersonId, &str),
) -> Result<bool> {
    let opened = sql_query(
        "INSERT INTO engagement_guests AS g
             (vendor_id, engagement_id, person_id, invited_by, reason)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (vendor_id, engagement_id, person_id) DO UPDATE
         SET invited_by = $4, reason = $5, since = app_now(), ended_at = NULL
         WHERE g.ended_at IS NOT NULL",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(engagement.0)
    .bind::<SqlUuid, _>(person.0)
    .bind::<SqlUuid, _>(invited_by.0)
    .bind::<Text, _>(reason)
    .execute(tx.conn())
    .await?;
    Ok(opened == 1)
}

pub async fn end_guest(tx: &mut Tx, engagement: EngagementId, person: PersonId) -> Result<()> {
    let open = guests::table
        .filter(guests::engagement_id.eq(engagement.0))
        .filter(guests::person_id.eq(person.0))
        .filter(guests::ended_at.is_null());
    diesel::update(open)
        .set(guests::ended_at.eq(diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()")))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Ends every open seat of the engagement's guests.
pub async fn end_guests(tx: &mut Tx, engagement: EngagementId) -> Result<()> {
    let open = guests::table
        .filter(guests::engagement_id.eq(engagement.0))
        .filter(guests::ended_at.is_null());
    diesel::update(open)
        .set(guests::ended_at.eq(diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()")))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Somebody with a seat at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorPerson {
    pub person: PersonId,
    pub name: String,
    pub role: Role,
    pub organization: OrganizationId,
}

/// The vendor's people, by name.
pub async fn vendor_people(tx: &mut Tx) -> Result<Vec<VendorPerson>> {
    let vendor = tx.vendor()?;
    let rows: Vec<(Uuid, String, Role, Uuid)> = memberships::table
        .inner_join(persons::table.on(persons::id.eq(memberships::person_id)))
        .filter(memberships::vendor_id.eq(vendor.0))
        .filter(memberships::organization_kind.eq(OrganizationKind::Vendor.as_str()))
        .filter(memberships::ended_at.is_null())
        .order((persons::name, persons::id))
        .limit(500)
        .select((persons::id, persons::name, memberships::role, memberships::organization_id))
        .load(tx.conn())
        .await?;
    let member = |(person, name, role, organization)| VendorPerson {
        person: PersonId(person),
        name,
        role,
        organization: OrganizationId(organization),
    };
    Ok(rows.into_iter().map(member).collect())
}
