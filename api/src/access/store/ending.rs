//! Rows of `grants` on their way to an end: locked, and closed.

use crate::access::model::GrantState;
use crate::kernel::id::{
    ConnectionId, EngagementId, GrantId, MembershipId, OrganizationId, PersonId,
};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

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
