//! Rows of `connections`, without their secrets.

use crate::access::model::{Connection, ConnectionState, Revocation};
use crate::kernel::id::{ConnectionId, OrganizationId, PersonId};
use crate::kernel::money::Currency;
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = Text)]
    account_id: String,
    #[diesel(sql_type = Text)]
    account_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
    #[diesel(sql_type = Jsonb)]
    parts: Value,
    #[diesel(sql_type = Array<Text>)]
    scopes: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    lost_scopes: Vec<String>,
    #[diesel(sql_type = Text)]
    state: ConnectionState,
    #[diesel(sql_type = SqlUuid)]
    connected_by: Uuid,
    #[diesel(sql_type = Timestamptz)]
    connected_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    broken_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    broken_reason: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    disconnected_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Text)]
    revocation: Revocation,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    revoked_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Integer)]
    revocation_tries: i32,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    used_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    grants: i64,
}

const SELECT: &str = "
    SELECT c.id, c.organization_id, c.upstream, c.account_id, c.account_name, c.currency,
           c.parts, c.scopes,
           c.lost_scopes, c.state,
           c.connected_by, c.connected_at, c.broken_at, c.broken_reason, c.disconnected_at,
           c.revocation, c.revoked_at, c.revocation_tries,
           (SELECT max(l.at) FROM access_log l
            WHERE l.vendor_id = c.vendor_id AND l.connection_id = c.id AND l.outcome = 'done')
           AS used_at,
           (SELECT count(*) FROM grants g WHERE g.vendor_id = c.vendor_id
             AND g.connection_id = c.id AND g.state = 'active' AND g.valid_until > app_now())
           AS grants
    FROM connections c";

/// The organization's connections, latest first, disconnected ones last.
pub async fn connections(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Connection>> {
    let rows: Vec<Row> = sql_query(format!(
        "{SELECT} WHERE c.organization_id = $1
         ORDER BY c.state = 'disconnected', c.connected_at DESC, c.id LIMIT 200"
    ))
    .bind::<SqlUuid, _>(organization.0)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Connection::from).collect())
}

/// One of the organization's connections.
pub async fn connection(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ConnectionId,
) -> Result<Option<Connection>> {
    let row: Option<Row> =
        sql_query(format!("{SELECT} WHERE c.organization_id = $1 AND c.id = $2"))
            .bind::<SqlUuid, _>(organization.0)
            .bind::<SqlUuid, _>(id.0)
            .get_result(tx.conn())
            .await
            .optional()?;
    Ok(row.map(Connection::from))
}

/// Where connections stand, and what their applications said to the end of our tokens.
pub async fn connection_ends(
    tx: &mut Tx,
    ids: &[ConnectionId],
) -> Result<HashMap<ConnectionId, (ConnectionState, Revocation)>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = sql_query(format!("{SELECT} WHERE c.id = ANY ($1)"))
        .bind::<Array<SqlUuid>, _>(ids)
        .load(tx.conn())
        .await?;
    let ends = |row| {
        let found = Connection::from(row);
        (found.id, (found.state, found.revocation))
    };
    Ok(rows.into_iter().map(ends).collect())
}

/// A locked connection.
#[derive(Debug, Clone)]
pub struct Locked {
    pub id: ConnectionId,
    pub organization: OrganizationId,
    pub upstream: String,
    pub account_name: String,
    pub parts: Value,
    pub state: ConnectionState,
    pub generation: i64,
}

#[derive(QueryableByName)]
struct LockedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = Text)]
    account_name: String,
    #[diesel(sql_type = Jsonb)]
    parts: Value,
    #[diesel(sql_type = Text)]
    state: ConnectionState,
    #[diesel(sql_type = BigInt)]
    generation: i64,
}

const LOCKED: &str = "SELECT id, organization_id, upstream, account_name, parts, state, generation
    FROM connections";

/// Locks a connection by id until the transaction ends.
pub async fn lock_connection(tx: &mut Tx, id: ConnectionId) -> Result<Option<Locked>> {
    let row: Option<LockedRow> = sql_query(format!("{LOCKED} WHERE id = $1 FOR NO KEY UPDATE"))
        .bind::<SqlUuid, _>(id.0)
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(row.map(LockedRow::into_locked))
}

/// Locks the connection that an account has in this program, if it has one.
pub async fn lock_account(tx: &mut Tx, upstream: &str, account: &str) -> Result<Option<Locked>> {
    let row: Option<LockedRow> = sql_query(format!(
        "{LOCKED} WHERE upstream = $1 AND account_id = $2 AND state <> 'disconnected'
         FOR NO KEY UPDATE"
    ))
    .bind::<Text, _>(upstream)
    .bind::<Text, _>(account)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(LockedRow::into_locked))
}

/// The connection that an account has in this program and its generation, if it has one.
pub async fn find_account(
    tx: &mut Tx,
    upstream: &str,
    account: &str,
) -> Result<Option<(ConnectionId, i64)>> {
    let row: Option<LockedRow> = sql_query(format!(
        "{LOCKED} WHERE upstream = $1 AND account_id = $2 AND state <> 'disconnected'"
    ))
    .bind::<Text, _>(upstream)
    .bind::<Text, _>(account)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| (ConnectionId(row.id), row.generation)))
}

/// What a connect brought, new or again.
#[derive(Debug, Clone)]
pub struct Connected {
    pub id: ConnectionId,
    pub organization: OrganizationId,
    pub upstream: String,
    pub account: String,
    pub account_name: String,
    pub currency: Option<Currency>,
    pub parts: Value,
    pub scopes: Vec<String>,
    pub life_seconds: i64,
    pub generation: i64,
    pub by: PersonId,
}

/// Writes a new connection. Errors with the violated constraint for an account that has one.
pub async fn insert_connection(
    tx: &mut Tx,
    new: &Connected,
    taken: impl FnOnce(diesel::result::Error) -> Error + Send,
) -> Result<()> {
    let vendor = tx.vendor()?;
    sql_query(
        "INSERT INTO connections (vendor_id, id, organization_id, upstream, account_id,
             account_name, scopes, state, generation, access_expires_at, connected_by, parts,
             currency)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8,
                 app_now() + $9 * interval '1 second', $10, $11, $12)",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(new.id.0)
    .bind::<SqlUuid, _>(new.organization.0)
    .bind::<Text, _>(&new.upstream)
    .bind::<Text, _>(&new.account)
    .bind::<Text, _>(&new.account_name)
    .bind::<Array<Text>, _>(&new.scopes)
    .bind::<BigInt, _>(new.generation)
    .bind::<BigInt, _>(new.life_seconds)
    .bind::<SqlUuid, _>(new.by.0)
    .bind::<Jsonb, _>(&new.parts)
    .bind::<Nullable<Text>, _>(new.currency.map(Currency::code))
    .execute(tx.conn())
    .await
    .map_err(taken)?;
    Ok(())
}

/// Gives a locked connection its next generation; a refresh that is under way loses its lease.
pub async fn reconnect(tx: &mut Tx, new: &Connected) -> Result<()> {
    sql_query(
        "UPDATE connections SET state = 'active', account_name = $2, scopes = $3, generation = $4,
                access_expires_at = app_now() + $5 * interval '1 second', connected_by = $6,
                connected_at = app_now(), broken_at = NULL, broken_reason = NULL, parts = $7,
                lost_scopes = '{}', currency = $8,
                lease_owner = NULL, lease_until = NULL, fence = fence + 1, sent_generation = NULL
         WHERE id = $1",
    )
    .bind::<SqlUuid, _>(new.id.0)
    .bind::<Text, _>(&new.account_name)
    .bind::<Array<Text>, _>(&new.scopes)
    .bind::<BigInt, _>(new.generation)
    .bind::<BigInt, _>(new.life_seconds)
    .bind::<SqlUuid, _>(new.by.0)
    .bind::<Jsonb, _>(&new.parts)
    .bind::<Nullable<Text>, _>(new.currency.map(Currency::code))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Marks a locked connection as needing the customer.
pub async fn set_broken(tx: &mut Tx, id: ConnectionId, reason: &str) -> Result<()> {
    sql_query(
        "UPDATE connections SET state = 'needs_reconnect', broken_at = app_now(),
                broken_reason = $2, lease_owner = NULL, lease_until = NULL WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Text, _>(reason)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends a locked connection; its revocation begins.
pub async fn set_disconnected(
    tx: &mut Tx,
    id: ConnectionId,
    by: PersonId,
    revocation: Revocation,
) -> Result<()> {
    sql_query(
        "UPDATE connections SET state = 'disconnected', disconnected_at = app_now(),
                disconnected_by = $2, revocation = $3,
                revoked_at = CASE WHEN $3 = 'done' THEN app_now() END,
                lease_owner = NULL, lease_until = NULL, fence = fence + 1 WHERE id = $1",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(by.0)
    .bind::<Text, _>(revocation)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes how one try to revoke ended.
pub async fn set_revocation(
    tx: &mut Tx,
    id: ConnectionId,
    revocation: Revocation,
    error: Option<&str>,
) -> Result<()> {
    sql_query(
        "UPDATE connections SET revocation = $2, revocation_error = $3,
                revocation_tries = revocation_tries + 1,
                revoked_at = CASE WHEN $2 = 'done' THEN app_now() END
         WHERE id = $1 AND state = 'disconnected'",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Text, _>(revocation)
    .bind::<Nullable<Text>, _>(error)
    .execute(tx.conn())
    .await?;
    Ok(())
}

impl LockedRow {
    fn into_locked(self) -> Locked {
        Locked {
            id: ConnectionId(self.id),
            organization: OrganizationId(self.organization_id),
            upstream: self.upstream,
            account_name: self.account_name,
            parts: self.parts,
            state: self.state,
            generation: self.generation,
        }
    }
}

impl From<Row> for Connection {
    fn from(row: Row) -> Self {
        Self {
            id: ConnectionId(row.id),
            organization: OrganizationId(row.organization_id),
            upstream: row.upstream,
            account: row.account_id,
            account_name: row.account_name,
            currency: row.currency.as_deref().and_then(Currency::parse),
            parts: row.parts,
            scopes: row.scopes,
            lost_scopes: row.lost_scopes,
            state: row.state,
            connected_by: PersonId(row.connected_by),
            connected_at: row.connected_at,
            broken_at: row.broken_at,
            broken_reason: row.broken_reason,
            disconnected_at: row.disconnected_at,
            revocation: row.revocation,
            revoked_at: row.revoked_at,
            revocation_tries: row.revocation_tries,
            used_at: row.used_at,
            grants: row.grants,
        }
    }
}
