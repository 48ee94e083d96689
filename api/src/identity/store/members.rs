//! Rows of `memberships` as an organization sees them, and new rows of `organizations`.

use crate::identity::model::Colleague;
use crate::kernel::id::{MembershipId, OrganizationId, PersonId};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::db::schema::{memberships, organizations};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Bool, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Name and zone of an organization of the transaction's vendor.
pub async fn organization(tx: &mut Tx, id: OrganizationId) -> Result<Option<(String, String)>> {
    let row = organizations::table
        .filter(organizations::id.eq(id.0))
        .select((organizations::name, organizations::zone))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row)
}

/// Name of an organization that does work, or brings it, for others.
pub async fn work_organization(tx: &mut Tx, id: OrganizationId) -> Result<Option<String>> {
    let found = organizations::table
        .filter(organizations::id.eq(id.0))
        .filter(organizations::kind.eq_any(["partner", "reseller"]))
        .select(organizations::name)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(found)
}

/// Slug of the industry that an organization named when it signed up.
pub async fn industry(tx: &mut Tx, id: OrganizationId) -> Result<Option<String>> {
    let named = organizations::table
        .filter(organizations::id.eq(id.0))
        .select(organizations::industry)
        .first::<Option<String>>(tx.conn())
        .await
        .optional()?;
    Ok(named.flatten())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = Text)]
    role: Role,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

impl From<Row> for Colleague {
    fn from(row: Row) -> Self {
        Self {
            membership: MembershipId(row.id),
            person: PersonId(row.person_id),
            name: row.name,
            email: row.email,
            role: row.role,
            since: row.created_at,
        }
    }
}

const MEMBERS: &str = "
    SELECT m.id, m.person_id, p.name, p.email, m.role, m.created_at
    FROM memberships m JOIN persons p ON p.id = m.person_id
    WHERE m.vendor_id = $1 AND m.organization_id = $2 AND m.ended_at IS NULL
    ORDER BY m.created_at, m.id LIMIT 1000";

/// Locks in the order of ids, so that two changes wait for each other instead of colliding.
const LOCKED: &str = "
    SELECT m.id, m.person_id, p.name, p.email, m.role, m.created_at
    FROM memberships m JOIN persons p ON p.id = m.person_id
    WHERE m.vendor_id = $1 AND m.organization_id = $2 AND m.ended_at IS NULL
    ORDER BY m.id FOR NO KEY UPDATE OF m";

/// Open seats of an organization of the transaction's vendor, the oldest first.
pub async fn members(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Colleague>> {
    seats(tx, organization, MEMBERS).await
}

/// The same rows, locked until the transaction ends.
pub async fn lock_members(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Colleague>> {
    seats(tx, organization, LOCKED).await
}

async fn seats(tx: &mut Tx, organization: OrganizationId, sql: &str) -> Result<Vec<Colleague>> {
    let vendor = tx.vendor()?;
    let rows: Vec<Row> = sql_query(sql)
        .bind::<SqlUuid, _>(vendor.0)
        .bind::<SqlUuid, _>(organization.0)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Colleague::from).collect())
}

#[derive(QueryableByName)]
struct Several {
    #[diesel(sql_type = Bool)]
    several: bool,
}

/// Whether the organization wants that several of its people agree to access.
pub async fn several_must_agree(tx: &mut Tx, organization: OrganizationId) -> Result<bool> {
    let vendor = tx.vendor()?;
    let row: Several = sql_query(
        "SELECT EXISTS (SELECT 1 FROM approver_rules WHERE vendor_id = $1
             AND organization_id = $2 AND needed > 1) AS several",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(organization.0)
    .get_result(tx.conn())
    .await?;
    Ok(row.several)
}

/// Whether the person has an owner's seat there now.
pub async fn is_owner(tx: &mut Tx, organization: OrganizationId, person: PersonId) -> Result<bool> {
    let seats = memberships::table
        .filter(memberships::organization_id.eq(organization.0))
        .filter(memberships::person_id.eq(person.0))
        .filter(memberships::role.eq(Role::Owner.as_str()))
        .filter(memberships::ended_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(seats)).get_result(tx.conn()).await?)
}

pub async fn set_role(tx: &mut Tx, membership: MembershipId, role: Role) -> Result<()> {
    let open = memberships::table
        .filter(memberships::id.eq(membership.0))
        .filter(memberships::ended_at.is_null());
    diesel::update(open).set(memberships::role.eq(role.as_str())).execute(tx.conn()).await?;
    Ok(())
}

/// From the commit on, no session and no token acts with these memberships. Those that had ended
/// stay as they are.
pub async fn end_memberships(tx: &mut Tx, seats: &[MembershipId], by: PersonId) -> Result<()> {
    let seats: Vec<Uuid> = seats.iter().map(|id| id.0).collect();
    sql_query(
        "UPDATE memberships SET ended_at = app_now(), ended_by = $2
         WHERE id = ANY ($1) AND ended_at IS NULL",
    )
    .bind::<Array<SqlUuid>, _>(seats)
    .bind::<SqlUuid, _>(by.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}
