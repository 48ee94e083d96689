//! Rows of `memberships` across programs: the seats that end with a person's work.
//!
//! Memberships are global, so one commit ends them everywhere; what hangs on them is each
//! program's.

use crate::identity::model::{Departed, Leaving, LeavingSeat};
use crate::kernel::id::{MembershipId, OrganizationId, PersonId, VendorId};
use crate::platform::caller::{Caller, OrganizationKind, Role, Via};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    vendor_id: Uuid,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    program: String,
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = Text)]
    organization_kind: OrganizationKind,
    #[diesel(sql_type = Text)]
    role: Role,
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ended_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    ended_by: Option<Uuid>,
}

/// The seat that is asked about (`$1`, of the organization `$3` unless that is absent) and those
/// that go, or went, with it: for the vendor every seat of the program, for a signed-in colleague
/// those in all organizations where they lead too. A token stays within its one organization.
const SEATS: &str = "
    SELECT m.id, m.vendor_id, v.slug, v.name AS program, m.organization_id, m.organization_kind,
           m.role, m.person_id, p.name, p.email, m.ended_at, m.ended_by
    FROM memberships t
    JOIN memberships m ON m.person_id = t.person_id
         AND m.organization_kind IN ('partner', 'reseller')
         AND m.ended_at IS NOT DISTINCT FROM t.ended_at
         AND m.ended_by IS NOT DISTINCT FROM t.ended_by
    JOIN vendors v ON v.id = m.vendor_id
    JOIN persons p ON p.id = m.person_id
    WHERE t.id = $1 AND t.vendor_id = $2 AND ($3 IS NULL OR t.organization_id = $3)
      AND t.organization_kind IN ('partner', 'reseller')
      AND (m.id = t.id OR $3 IS NULL AND m.vendor_id = $2
        OR $4 AND EXISTS (SELECT 1 FROM memberships a WHERE a.person_id = $5
             AND a.vendor_id = m.vendor_id AND a.organization_id = m.organization_id
             AND a.ended_at IS NULL
             AND (a.role = 'owner' OR a.role = 'admin' AND m.role <> 'owner')))
    ORDER BY m.id <> t.id, v.name, m.id";

/// Whose work ends with a seat, with every seat that goes with it; `None` for a seat that the
/// caller has no say in.
pub async fn seats_of_work(
    tx: &mut Tx,
    caller: &Caller,
    membership: MembershipId,
) -> Result<Option<Leaving>> {
    let vendor = caller.kind == OrganizationKind::Vendor;
    let everywhere = !vendor && caller.via == Via::Session;
    let rows: Vec<Row> = sql_query(SEATS)
        .bind::<SqlUuid, _>(membership.0)
        .bind::<SqlUuid, _>(caller.vendor.0)
        .bind::<Nullable<SqlUuid>, _>((!vendor).then_some(caller.organization.0))
        .bind::<Bool, _>(everywhere)
        .bind::<SqlUuid, _>(caller.person.0)
        .load(tx.conn())
        .await?;
    let [first, ..] = rows.as_slice() else { return Ok(None) };
    Ok(Some(Leaving {
        person: PersonId(first.person_id),
        name: first.name.clone(),
        email: first.email.clone(),
        ended_at: first.ended_at,
        ended_by: first.ended_by.map(PersonId),
        seats: rows.iter().map(LeavingSeat::from).collect(),
        hindered: None,
    }))
}

impl From<&Row> for LeavingSeat {
    fn from(row: &Row) -> Self {
        Self {
            membership: MembershipId(row.id),
            vendor: VendorId(row.vendor_id),
            slug: row.slug.clone(),
            program: row.program.clone(),
            organization: OrganizationId(row.organization_id),
            kind: row.organization_kind,
            role: row.role,
        }
    }
}

/// An open seat of one of the organizations.
#[derive(Debug, Clone, QueryableByName)]
pub struct OpenSeat {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = Text)]
    pub role: Role,
}

impl OpenSeat {
    pub fn is(&self, membership: MembershipId) -> bool {
        self.id == membership.0
    }

    pub fn holds(&self, person: PersonId, organization: OrganizationId) -> bool {
        self.person_id == person.0 && self.organization_id == organization.0
    }

    /// Whether it is an owner's, of that organization, and another seat than this.
    pub fn keeps(&self, organization: OrganizationId, without: MembershipId) -> bool {
        self.organization_id == organization.0 && self.role == Role::Owner && !self.is(without)
    }
}

/// Every open seat of these organizations, whatever their program.
pub async fn open_seats(tx: &mut Tx, of: &[OrganizationId]) -> Result<Vec<OpenSeat>> {
    load_open(tx, of, "").await
}

/// The same, locked in the order of ids as every change of seats locks them.
pub async fn lock_open_seats(tx: &mut Tx, of: &[OrganizationId]) -> Result<Vec<OpenSeat>> {
    load_open(tx, of, "FOR NO KEY UPDATE").await
}

async fn load_open(tx: &mut Tx, of: &[OrganizationId], lock: &str) -> Result<Vec<OpenSeat>> {
    let of: Vec<Uuid> = of.iter().map(|id| id.0).collect();
    let rows = sql_query(format!(
        "SELECT id, person_id, organization_id, role FROM memberships
         WHERE organization_id = ANY ($1) AND ended_at IS NULL ORDER BY id {lock}"
    ))
    .bind::<Array<SqlUuid>, _>(of)
    .load(tx.conn())
    .await?;
    Ok(rows)
}

#[derive(QueryableByName)]
struct DepartedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    role: Role,
    #[diesel(sql_type = Timestamptz)]
    ended_at: DateTime<Utc>,
}

/// The seats of an organization that ended last, latest first.
pub async fn departed(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Departed>> {
    let vendor = tx.vendor()?;
    let rows: Vec<DepartedRow> = sql_query(
        "SELECT m.id, p.name, m.role, m.ended_at FROM memberships m
         JOIN persons p ON p.id = m.person_id
         WHERE m.vendor_id = $1 AND m.organization_id = $2 AND m.ended_at IS NOT NULL
         ORDER BY m.ended_at DESC, m.id LIMIT 50",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(organization.0)
    .load(tx.conn())
    .await?;
    let seat = |row: DepartedRow| Departed {
        membership: MembershipId(row.id),
        name: row.name,
        role: row.role,
        ended_at: row.ended_at,
    };
    Ok(rows.into_iter().map(seat).collect())
}

/// Withdraws what the person asked others to join, in these organizations of any program.
pub async fn withdraw_invitations_by(
    tx: &mut Tx,
    person: PersonId,
    of: &[OrganizationId],
) -> Result<()> {
    let of: Vec<String> = of.iter().map(ToString::to_string).collect();
    sql_query(
        "UPDATE email_links SET used_at = app_now(), facts = '{}'
         WHERE purpose = 'join' AND facts ->> 'organization' = ANY ($1)
           AND used_at IS NULL AND expires_at > app_now() AND facts ->> 'invited_by' = $2",
    )
    .bind::<Array<Text>, _>(of)
    .bind::<Text, _>(person.to_string())
    .execute(tx.conn())
    .await?;
    Ok(())
}
