//! Rows of `grants`, with the names people read and with whether they hold now.

use super::holds::{HELD_BY, HELD_SINCE};
use crate::access::model::{Grant, GrantState, Hold, HoldCause, Standing};
use crate::kernel::id::{
    ConnectionId, EngagementId, GrantId, MembershipId, OrganizationId, PersonId,
};
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Whether a grant `g` holds now, with its engagement `e`, its connection `c` and the open
/// membership `m` of its consultant. A seat that ended after it was granted ends it for good, even
/// if the person joins again. The last branch alone means yes.
pub(super) const STANDING: &str = "CASE
    WHEN g.state = 'requested' AND g.answer_by > app_now() THEN 'requested'
    WHEN g.state IN ('requested', 'expired') THEN 'expired'
    WHEN g.state <> 'active' THEN 'ended'
    WHEN g.valid_until <= app_now() THEN 'expired'
    WHEN e.state IN ('completed', 'cancelled') THEN 'ended'
    WHEN m.id IS NULL OR c.id IS NULL OR c.state = 'disconnected' THEN 'ended'
    WHEN EXISTS (SELECT 1 FROM memberships s WHERE s.person_id = g.consultant_id
        AND s.vendor_id = g.vendor_id AND s.organization_id = g.partner_organization_id
        AND s.ended_at >= g.granted_at) THEN 'ended'
    WHEN e.state NOT IN ('signed', 'active') OR EXISTS (SELECT 1 FROM access_holds h
        WHERE h.vendor_id = g.vendor_id AND h.engagement_id = g.engagement_id
        AND h.lifted_at IS NULL) THEN 'suspended'
    WHEN c.state <> 'active' THEN 'needs-reconnect'
    WHEN EXISTS (SELECT 1 FROM grant_openings f JOIN milestones t ON t.vendor_id = f.vendor_id
        AND t.id = f.milestone_id WHERE f.vendor_id = g.vendor_id AND f.grant_id = g.id
        AND t.state IN ('planned', 'refunded')) THEN 'unfunded'
    WHEN g.rests_at <= app_now() THEN 'unused'
    ELSE 'in-force' END";

/// Who looks: an organization's grants on either side, or of those one consultant's own.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    pub organization: OrganizationId,
    pub only: Option<PersonId>,
}

/// A page of grants.
#[derive(Debug, Clone, Copy)]
pub struct GrantFilter {
    pub viewer: Viewer,
    pub engagement: Option<EngagementId>,
    /// Only those whose row has ended, or only those whose row has not.
    pub ended: Option<bool>,
    pub after: Option<Position>,
    pub limit: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    engagement_id: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = SqlUuid)]
    customer_organization_id: Uuid,
    #[diesel(sql_type = Text)]
    customer_name: String,
    #[diesel(sql_type = SqlUuid)]
    partner_organization_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    connection_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    account_name: Option<String>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    given: Option<Vec<String>>,
    #[diesel(sql_type = SqlUuid)]
    consultant_id: Uuid,
    #[diesel(sql_type = Text)]
    consultant_name: String,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = Text)]
    preset: String,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Text)]
    terms: String,
    #[diesel(sql_type = Bytea)]
    terms_hash: Vec<u8>,
    #[diesel(sql_type = Text)]
    state: GrantState,
    #[diesel(sql_type = Text)]
    standing: Standing,
    #[diesel(sql_type = Array<Text>)]
    held_by: Vec<HoldCause>,
    #[diesel(sql_type = Array<Timestamptz>)]
    held_since: Vec<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    requested_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    answer_by: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    granted_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    granted_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    granted_by_name: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    valid_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ended_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    ended_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    end_reason: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    used_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    more_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    rests_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    rested_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    program_reason: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    seat_ended_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    succeeds_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    proposed_by: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    followed: bool,
}

/// The columns of [`Row`], up to `WHERE`.
fn select() -> String {
    format!(
        "SELECT g.id, g.engagement_id, e.number, g.customer_organization_id,
                o.name AS customer_name, g.partner_organization_id, g.connection_id,
                c.account_name, c.scopes AS given, g.consultant_id,
                p.name AS consultant_name, g.upstream, g.preset, g.reason, g.terms,
                g.terms_hash, g.state, {STANDING} AS standing, {HELD_BY} AS held_by,
                {HELD_SINCE} AS held_since,
                g.requested_at, g.answer_by, g.granted_at, g.granted_by, g.valid_until,
                (SELECT b.name FROM persons b WHERE b.id = g.granted_by) AS granted_by_name,
                g.ended_at, g.ended_by, g.end_reason, g.created_at,
                (SELECT max(l.at) FROM access_log l WHERE l.vendor_id = g.vendor_id
                    AND l.grant_id = g.id AND l.outcome IN ('done', 'cut')) AS used_at,
                (SELECT a.answer_by FROM grant_amendments a WHERE a.vendor_id = g.vendor_id
                    AND a.grant_id = g.id AND a.state = 'asked' AND a.answer_by > app_now())
                  AS more_until,
                g.rests_at, g.succeeds_id, g.proposed_by,
                EXISTS (SELECT 1 FROM grants s WHERE s.vendor_id = g.vendor_id
                    AND s.succeeds_id = g.id AND s.granted_at IS NOT NULL) AS followed,
                (SELECT max(r.rested_at) FROM grant_rests r WHERE r.vendor_id = g.vendor_id
                    AND r.grant_id = g.id) AS rested_at,
                (SELECT r.program_reason FROM grant_rests r WHERE r.vendor_id = g.vendor_id
                    AND r.grant_id = g.id AND r.rested_at = g.rests_at) AS program_reason,
                (SELECT min(s.ended_at) FROM memberships s WHERE s.person_id = g.consultant_id
                    AND s.vendor_id = g.vendor_id
                    AND s.organization_id = g.partner_organization_id
                    AND s.ended_at >= coalesce(g.granted_at, g.created_at)) AS seat_ended_at
         FROM grants g
         JOIN engagements e ON e.vendor_id = g.vendor_id AND e.id = g.engagement_id
         JOIN organizations o ON o.vendor_id = g.vendor_id AND o.id = g.customer_organization_id
         JOIN persons p ON p.id = g.consultant_id
         LEFT JOIN connections c ON c.vendor_id = g.vendor_id AND c.id = g.connection_id
         LEFT JOIN memberships m ON m.person_id = g.consultant_id AND m.vendor_id = g.vendor_id
              AND m.organization_id = g.partner_organization_id AND m.ended_at IS NULL"
    )
}

/// The party's side of the condition; binds `$1` and `$2`.
const SEEN_BY: &str = "(g.customer_organization_id = $1 OR g.partner_organization_id = $1)
     AND ($2 IS NULL OR g.consultant_id = $2)";

/// Latest first.
pub async fn grants(tx: &mut Tx, filter: &GrantFilter) -> Result<Vec<Grant>> {
    let (at, id) = (filter.after.map(|p| p.at), filter.after.map(|p| p.id));
    let rows: Vec<Row> = sql_query(format!(
        "{} WHERE {SEEN_BY} AND ($3 IS NULL OR g.engagement_id = $3)
            AND ($4 IS NULL OR (g.created_at, g.id) < ($4, $5))
            AND ($7 IS NULL OR (g.ended_at IS NOT NULL) = $7)
         ORDER BY g.created_at DESC, g.id DESC LIMIT $6",
        select()
    ))
    .bind::<SqlUuid, _>(filter.viewer.organization.0)
    .bind::<Nullable<SqlUuid>, _>(filter.viewer.only.map(|p| p.0))
    .bind::<Nullable<SqlUuid>, _>(filter.engagement.map(|e| e.0))
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<SqlUuid>, _>(id)
    .bind::<BigInt, _>(filter.limit)
    .bind::<Nullable<Bool>, _>(filter.ended)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Grant::from).collect())
}

/// A grant that the viewer may see.
pub async fn grant(tx: &mut Tx, viewer: Viewer, id: GrantId) -> Result<Option<Grant>> {
    let rows: Vec<Row> = sql_query(format!("{} WHERE {SEEN_BY} AND g.id = $3", select()))
        .bind::<SqlUuid, _>(viewer.organization.0)
        .bind::<Nullable<SqlUuid>, _>(viewer.only.map(|p| p.0))
        .bind::<SqlUuid, _>(id.0)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().next().map(Grant::from))
}

/// Grants by id, whoever looks: for events and notes.
pub async fn grants_of(tx: &mut Tx, ids: &[GrantId]) -> Result<Vec<Grant>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = sql_query(format!("{} WHERE g.id = ANY ($1) ORDER BY g.id", select()))
        .bind::<Array<SqlUuid>, _>(ids)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Grant::from).collect())
}

/// What a seat's end ends: everything asked for by its person or granted to them that was open at
/// that moment, which is now while the seat is open.
pub async fn grants_of_seat(tx: &mut Tx, seat: MembershipId) -> Result<Vec<Grant>> {
    let rows: Vec<Row> = sql_query(format!(
        "{} JOIN memberships s ON s.id = $1 AND s.person_id = g.consultant_id
              AND s.vendor_id = g.vendor_id AND s.organization_id = g.partner_organization_id
         WHERE coalesce(g.granted_at, g.created_at) <= coalesce(s.ended_at, app_now())
           AND coalesce(g.valid_until, g.answer_by) > coalesce(s.ended_at, app_now())
           AND (g.ended_at IS NULL OR g.ended_at >= s.ended_at)
         ORDER BY customer_name, account_name, g.created_at, g.id",
        select()
    ))
    .bind::<SqlUuid, _>(seat.0)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Grant::from).collect())
}

/// Which open grants to lock.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    Grant(GrantId),
    Engagement(EngagementId),
    Connection(ConnectionId),
    /// Those that a customer granted.
    Customer(OrganizationId),
    /// Those of its person that a seat's end found open.
    Seat(MembershipId),
}

#[derive(QueryableByName)]
struct OpenRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    state: GrantState,
}

const OF_SEAT: &str = "ended_at IS NULL AND EXISTS (SELECT 1 FROM memberships s WHERE s.id = $1
     AND s.person_id = consultant_id AND s.vendor_id = grants.vendor_id
     AND s.organization_id = partner_organization_id
     AND s.ended_at >= coalesce(granted_at, grants.created_at))";

/// Locks grants and tells their states; ended ones too when one is named by its id.
pub async fn lock(tx: &mut Tx, of: Of) -> Result<Vec<(GrantId, GrantState)>> {
    let (condition, id) = match of {
        Of::Grant(id) => ("id = $1", id.0),
        Of::Engagement(id) => ("engagement_id = $1 AND ended_at IS NULL", id.0),
        Of::Connection(id) => ("connection_id = $1 AND ended_at IS NULL", id.0),
        Of::Customer(id) => {
            ("customer_organization_id = $1 AND ended_at IS NULL AND state = 'active'", id.0)
        }
        Of::Seat(id) => (OF_SEAT, id.0),
    };
    let sql =
        format!("SELECT id, state FROM grants WHERE {condition} ORDER BY id FOR NO KEY UPDATE");
    let rows: Vec<OpenRow> = sql_query(sql).bind::<SqlUuid, _>(id).load(tx.conn()).await?;
    Ok(rows.into_iter().map(|row| (GrantId(row.id), row.state)).collect())
}

/// Ends grants that are locked.
pub async fn close(
    tx: &mut Tx,
    ids: &[GrantId],
    state: GrantState,
    by: Option<PersonId>,
    reason: &str,
) -> Result<()> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sql_query(
        "UPDATE grants SET state = $2, ended_at = app_now(), ended_by = $3, end_reason = $4
         WHERE id = ANY ($1)",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Text, _>(state)
    .bind::<Nullable<SqlUuid>, _>(by.map(|p| p.0))
    .bind::<Text, _>(reason)
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Those of a customer's grants whose time is over and whose row does not say so yet, locked.
pub async fn lock_overdue(tx: &mut Tx, customer: OrganizationId) -> Result<Vec<GrantId>> {
    let rows: Vec<DueRow> = sql_query(
        "SELECT id FROM grants WHERE customer_organization_id = $1
           AND ((state = 'active' AND valid_until <= app_now())
             OR (state = 'requested' AND answer_by <= app_now()))
         ORDER BY id FOR NO KEY UPDATE",
    )
    .bind::<SqlUuid, _>(customer.0)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| GrantId(row.id)).collect())
}

impl From<Row> for Grant {
    fn from(row: Row) -> Self {
        let held = row.held_by.into_iter().zip(row.held_since);
        let held = held.map(|(cause, since)| Hold { cause, since });
        Self {
            id: GrantId(row.id),
            engagement: EngagementId(row.engagement_id),
            engagement_number: row.number,
            customer: OrganizationId(row.customer_organization_id),
            customer_name: row.customer_name,
            partner: OrganizationId(row.partner_organization_id),
            connection: row.connection_id.map(ConnectionId),
            account_name: row.account_name,
            given: row.given,
            consultant: PersonId(row.consultant_id),
            consultant_name: row.consultant_name,
            upstream: row.upstream,
            preset: row.preset,
            reason: row.reason,
            terms: row.terms,
            terms_hash: row.terms_hash,
            state: row.state,
            standing: row.standing,
            holds: held.filter(|_| row.standing == Standing::Suspended).collect(),
            requested_at: row.requested_at,
            answer_by: row.answer_by,
            granted_at: row.granted_at,
            granted_by: row.granted_by.map(PersonId),
            granted_by_name: row.granted_by_name,
            valid_until: row.valid_until,
            ended_at: row.ended_at,
            ended_by: row.ended_by.map(PersonId),
            end_reason: row.end_reason,
            created_at: row.created_at,
            used_at: row.used_at,
            more_until: row.more_until.filter(|_| row.standing.is_open()),
            rests_at: row.rests_at,
            rested_at: row.rested_at,
            program_reason: row.program_reason,
            seat_ended_at: row.seat_ended_at,
            succeeds: row.succeeds_id.map(GrantId),
            proposed_by: row.proposed_by.map(PersonId),
            followed: row.followed,
        }
    }
}
