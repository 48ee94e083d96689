//! Rows of `grants`, with the names people read and with whether they hold now.

use super::holds::{HELD_BY, HELD_SINCE};
use crate::access::model::{Counted, Grant, GrantState, Hold, HoldCause, Requested, Standing};
use crate::kernel::id::{
    ConnectionId, EngagementId, GrantId, MembershipId, OrganizationId, PersonId,
};
use crate::kernel::money::Currency;
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Bytea, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
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
    WHEN EXISTS (SELECT 1 FROM grant_starts b WHERE b.vendor_id = g.vendor_id
        AND b.grant_id = g.id AND b.starts_at > app_now()) THEN 'not-begun'
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
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
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
    #[diesel(sql_type = Nullable<Timestamptz>)]
    starts_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Bytea>)]
    asked_hash: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Integer>)]
    asked_days: Option<i32>,
    #[diesel(sql_type = Nullable<BigInt>)]
    agreed: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    needed: Option<i64>,
}

/// The columns of [`Row`], up to `WHERE`.
fn select() -> String {
    format!(
        "SELECT g.id, g.engagement_id, e.number, g.customer_organization_id,
                o.name AS customer_name, g.partner_organization_id, g.connection_id,
                c.account_name, c.currency, c.scopes AS given, g.consultant_id,
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
                    AND s.ended_at >= coalesce(g.granted_at, g.created_at)) AS seat_ended_at,
                (SELECT b.starts_at FROM grant_starts b WHERE b.vendor_id = g.vendor_id
                    AND b.grant_id = g.id) AS starts_at,
                coalesce(r.terms_hash, CASE g.state WHEN 'requested' THEN g.terms_hash END)
                  AS asked_hash, r.days AS asked_days,
                CASE WHEN q.id IS NOT NULL THEN proposal_yeses(q.vendor_id, q.id) END AS agreed,
                CASE WHEN q.id IS NOT NULL THEN greatest(q.needed, approvers_needed(q.vendor_id,
                    q.customer_organization_id, q.terms))::bigint END AS needed
         FROM grants g
         JOIN engagements e ON e.vendor_id = g.vendor_id AND e.id = g.engagement_id
         JOIN organizations o ON o.vendor_id = g.vendor_id AND o.id = g.customer_organization_id
         JOIN persons p ON p.id = g.consultant_id
         LEFT JOIN connections c ON c.vendor_id = g.vendor_id AND c.id = g.connection_id
         LEFT JOIN memberships m ON m.person_id = g.consultant_id AND m.vendor_id = g.vendor_id
              AND m.organization_id = g.partner_organization_id AND m.ended_at IS NULL
         LEFT JOIN grant_requests r ON r.vendor_id = g.vendor_id AND r.grant_id = g.id
         LEFT JOIN grant_proposals q ON q.vendor_id = g.vendor_id AND q.grant_id = g.id
              AND q.state = 'waiting' AND q.answer_by > app_now() AND g.state = 'requested'"
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

/// Those that the viewer may see and that ended at this very moment, most at a time.
pub async fn grants_ended_at(
    tx: &mut Tx,
    viewer: Viewer,
    (at, most): (DateTime<Utc>, i64),
) -> Result<Vec<Grant>> {
    let order = "ORDER BY consultant_name, g.created_at, g.id LIMIT $4";
    let rows: Vec<Row> =
        sql_query(format!("{} WHERE {SEEN_BY} AND g.ended_at = $3 {order}", select()))
            .bind::<SqlUuid, _>(viewer.organization.0)
            .bind::<Nullable<SqlUuid>, _>(viewer.only.map(|p| p.0))
            .bind::<Timestamptz, _>(at)
            .bind::<BigInt, _>(most)
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
            currency: row.currency.as_deref().and_then(Currency::parse),
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
            starts_at: row.starts_at,
            requested: row
                .asked_hash
                .map(|terms_hash| Requested { terms_hash, days: row.asked_days }),
            counted: row.agreed.zip(row.needed).map(|(agreed, needed)| Counted { agreed, needed }),
        }
    }
}
