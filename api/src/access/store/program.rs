//! Every letter of a program, with how much it was used.

use super::grants::STANDING;
use crate::access::model::{
    LetterSide, ProgramGrant, ProgramGrantsWanted, Standing, Terms, USAGE_DAYS,
};
use crate::kernel::id::{GrantId, OrganizationId, PersonId};
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = SqlUuid)]
    customer_organization_id: Uuid,
    #[diesel(sql_type = Text)]
    customer_name: String,
    #[diesel(sql_type = SqlUuid)]
    partner_organization_id: Uuid,
    #[diesel(sql_type = Text)]
    partner_name: String,
    #[diesel(sql_type = SqlUuid)]
    consultant_id: Uuid,
    #[diesel(sql_type = Text)]
    consultant_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    account_name: Option<String>,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = Text)]
    preset: String,
    #[diesel(sql_type = Text)]
    terms: String,
    #[diesel(sql_type = Text)]
    standing: Standing,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    valid_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ended_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    used_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    calls: i64,
    #[diesel(sql_type = BigInt)]
    refused: i64,
    #[diesel(sql_type = Nullable<Text>)]
    program_reason: Option<String>,
}

/// A page of the program's letters.
#[derive(Debug, Clone, Copy)]
pub struct ProgramFilter {
    pub wanted: ProgramGrantsWanted,
    /// One letter alone.
    pub only: Option<GrantId>,
    pub after: Option<Position>,
    pub limit: i64,
}

/// Latest first. Calls are counted for the letters of the page alone.
pub async fn program_grants(tx: &mut Tx, filter: &ProgramFilter) -> Result<Vec<ProgramGrant>> {
    let (at, id) = (filter.after.map(|p| p.at), filter.after.map(|p| p.id));
    let rows: Vec<Row> = sql_query(format!(
        "WITH shown AS (
           SELECT g.*, e.number, o.name AS customer_name, r.name AS partner_name,
                  p.name AS consultant_name, c.account_name, {STANDING} AS standing
           FROM grants g
           JOIN engagements e ON e.vendor_id = g.vendor_id AND e.id = g.engagement_id
           JOIN organizations o ON o.vendor_id = g.vendor_id AND o.id = g.customer_organization_id
           JOIN organizations r ON r.vendor_id = g.vendor_id AND r.id = g.partner_organization_id
           JOIN persons p ON p.id = g.consultant_id
           LEFT JOIN connections c ON c.vendor_id = g.vendor_id AND c.id = g.connection_id
           LEFT JOIN memberships m ON m.person_id = g.consultant_id AND m.vendor_id = g.vendor_id
                AND m.organization_id = g.partner_organization_id AND m.ended_at IS NULL
           WHERE ($1 IS NULL OR g.customer_organization_id = $1)
             AND ($2 IS NULL OR g.partner_organization_id = $2)
             AND ($3 IS NULL OR {STANDING} = $3)
             AND ($8 IS NULL OR g.id = $8)
             AND ($4 IS NULL OR (g.created_at, g.id) < ($4, $5))
           ORDER BY g.created_at DESC, g.id DESC LIMIT $6)
         SELECT s.*, u.used_at, coalesce(l.calls, 0) AS calls, coalesce(l.refused, 0) AS refused,
                t.program_reason
         FROM shown s
         LEFT JOIN grant_rests t ON t.vendor_id = s.vendor_id AND t.grant_id = s.id
              AND t.rested_at = s.rests_at
         LEFT JOIN LATERAL (SELECT max(l.at) AS used_at FROM access_log l
           WHERE l.vendor_id = s.vendor_id AND l.grant_id = s.id AND l.outcome IN ('done', 'cut')) u
           ON true
         LEFT JOIN LATERAL (
           SELECT count(*) AS calls, count(*) FILTER (WHERE l.outcome = 'refused') AS refused
           FROM access_log l
           WHERE l.vendor_id = s.vendor_id AND l.grant_id = s.id AND l.begun_id IS NULL
             AND l.outcome <> 'looked' AND NOT l.undo
             AND l.at > app_now() - make_interval(days => $7)) l ON true
         ORDER BY s.created_at DESC, s.id DESC",
    ))
    .bind::<Nullable<SqlUuid>, _>(filter.wanted.customer.map(|o| o.0))
    .bind::<Nullable<SqlUuid>, _>(filter.wanted.partner.map(|o| o.0))
    .bind::<Nullable<Text>, _>(filter.wanted.standing)
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<SqlUuid>, _>(id)
    .bind::<BigInt, _>(filter.limit)
    .bind::<Integer, _>(USAGE_DAYS)
    .bind::<Nullable<SqlUuid>, _>(filter.only.map(|g| g.0))
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(ProgramGrant::from).collect())
}

#[derive(QueryableByName)]
struct SideRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    is_customer: bool,
}

/// Most organizations that a filter offers.
const MOST_SIDES: i64 = 1000;

/// Who is on a side of the program's letters, by name.
pub async fn letter_sides(tx: &mut Tx) -> Result<Vec<LetterSide>> {
    let rows: Vec<SideRow> = sql_query(
        "SELECT o.id, o.name, o.kind = 'customer' AS is_customer FROM organizations o
         WHERE EXISTS (SELECT 1 FROM grants g WHERE g.vendor_id = o.vendor_id
                  AND g.customer_organization_id = o.id)
            OR EXISTS (SELECT 1 FROM grants g WHERE g.vendor_id = o.vendor_id
                  AND g.partner_organization_id = o.id)
         ORDER BY o.name, o.id LIMIT $1",
    )
    .bind::<BigInt, _>(MOST_SIDES)
    .load(tx.conn())
    .await?;
    let side = |row: SideRow| LetterSide {
        organization: OrganizationId(row.id),
        name: row.name,
        is_customer: row.is_customer,
    };
    Ok(rows.into_iter().map(side).collect())
}

impl From<Row> for ProgramGrant {
    fn from(row: Row) -> Self {
        Self {
            id: GrantId(row.id),
            engagement_number: row.number,
            customer: OrganizationId(row.customer_organization_id),
            customer_name: row.customer_name,
            partner: OrganizationId(row.partner_organization_id),
            partner_name: row.partner_name,
            consultant: PersonId(row.consultant_id),
            consultant_name: row.consultant_name,
            account_name: row.account_name,
            upstream: row.upstream,
            preset: row.preset,
            risk: Terms::read(&row.terms).ok().map(|terms| terms.greatest_risk()),
            standing: row.standing,
            created_at: row.created_at,
            valid_until: row.valid_until,
            ended_at: row.ended_at,
            used_at: row.used_at,
            calls: row.calls,
            refused: row.refused,
            program_reason: row.program_reason,
        }
    }
}
