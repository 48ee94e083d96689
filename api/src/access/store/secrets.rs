//! Rows of `connection_secrets`, and the lease under which they are refreshed.

use crate::access::model::{AccessToken, ConnectionState};
use crate::access::vault::{Sealed, Wrapped};
use crate::kernel::id::ConnectionId;
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use diesel::sql_types::{
    Array, BigInt, Bool, Bytea, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid,
};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

/// A sealed secret with the generation that is bound to it.
#[derive(Debug, Clone)]
pub struct SecretRow {
    pub generation: i64,
    pub sealed: Sealed,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    generation: i64,
    #[diesel(sql_type = Bytea)]
    sealed: Vec<u8>,
    #[diesel(sql_type = Bytea)]
    wrapped_key: Vec<u8>,
    #[diesel(sql_type = Text)]
    kek_id: String,
}

impl From<Row> for SecretRow {
    fn from(row: Row) -> Self {
        let wrapped = Wrapped { key: row.wrapped_key, kek_id: row.kek_id };
        Self { generation: row.generation, sealed: Sealed { bytes: row.sealed, wrapped } }
    }
}

/// The secret of a kind, if there is one.
pub async fn secret(
    tx: &mut Tx,
    connection: ConnectionId,
    kind: &str,
) -> Result<Option<SecretRow>> {
    let row: Option<Row> = sql_query(
        "SELECT generation, sealed, wrapped_key, kek_id FROM connection_secrets
         WHERE connection_id = $1 AND kind = $2",
    )
    .bind::<SqlUuid, _>(connection.0)
    .bind::<Text, _>(kind)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(SecretRow::from))
}

/// Writes the one secret of a kind; what stood there before is gone.
pub async fn keep_secret(
    tx: &mut Tx,
    connection: ConnectionId,
    kind: &str,
    secret: &SecretRow,
) -> Result<()> {
    let vendor = tx.vendor()?;
    sql_query(
        "INSERT INTO connection_secrets (vendor_id, connection_id, kind, generation, sealed,
             wrapped_key, kek_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (vendor_id, connection_id, kind) DO UPDATE SET generation = excluded.generation,
             sealed = excluded.sealed, wrapped_key = excluded.wrapped_key,
             kek_id = excluded.kek_id, sealed_at = app_now()",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(connection.0)
    .bind::<Text, _>(kind)
    .bind::<BigInt, _>(secret.generation)
    .bind::<Bytea, _>(&secret.sealed.bytes)
    .bind::<Bytea, _>(&secret.sealed.wrapped.key)
    .bind::<Text, _>(&secret.sealed.wrapped.kek_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Shreds secrets: their wrapped keys go with the rows.
pub async fn delete_secrets(tx: &mut Tx, connection: ConnectionId, kinds: &[&str]) -> Result<()> {
    sql_query("DELETE FROM connection_secrets WHERE connection_id = $1 AND kind = ANY ($2)")
        .bind::<SqlUuid, _>(connection.0)
        .bind::<Array<Text>, _>(kinds)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Who wants to refresh, and what they saw.
#[derive(Debug, Clone, Copy)]
pub struct LeaseWanted {
    pub connection: ConnectionId,
    pub owner: Uuid,
    /// The generation that is too old; if it has moved on, nobody needs a refresh.
    pub seen: i64,
    /// The fence of whoever let the lease lapse, when it is to be taken from nobody else.
    pub lapsed: Option<i64>,
    /// How long nobody else may refresh.
    pub seconds: i32,
}

/// The right to refresh, for a while.
#[derive(Debug, Clone)]
pub struct Lease {
    pub connection: ConnectionId,
    pub fence: i64,
    pub generation: i64,
    /// This generation's refresh token was sent before, and nobody knows what came of it.
    pub maybe_consumed: bool,
    pub upstream: String,
    pub account_name: String,
    /// What the application gave until now.
    pub scopes: Vec<String>,
    pub parts: Value,
    pub refresh: Option<SecretRow>,
    /// The secret of the customer's own client.
    pub client: Option<SecretRow>,
}

#[derive(QueryableByName)]
struct LeaseRow {
    #[diesel(sql_type = BigInt)]
    fence: i64,
    #[diesel(sql_type = BigInt)]
    generation: i64,
    #[diesel(sql_type = Bool)]
    maybe_consumed: bool,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = Text)]
    account_name: String,
    #[diesel(sql_type = Array<Text>)]
    scopes: Vec<String>,
    #[diesel(sql_type = Jsonb)]
    parts: Value,
}

/// Takes the lease when it is free and the generation is still the one that was seen.
pub async fn take_lease(tx: &mut Tx, wanted: LeaseWanted) -> Result<Option<Lease>> {
    let row: Option<LeaseRow> = sql_query(
        "WITH before AS (
             SELECT vendor_id, id, coalesce(sent_generation = generation, false) AS maybe_consumed
             FROM connections
             WHERE id = $1 AND state = 'active' AND generation = $3
               AND (lease_until IS NULL OR lease_until < app_now())
               AND ($5 IS NULL OR (fence = $5 AND lease_owner IS NOT NULL))
             FOR NO KEY UPDATE)
         UPDATE connections c
         SET lease_owner = $2, lease_until = app_now() + $4 * interval '1 second',
             fence = fence + 1, sent_generation = generation
         FROM before b WHERE c.vendor_id = b.vendor_id AND c.id = b.id
         RETURNING c.fence, c.generation, b.maybe_consumed, c.upstream, c.account_name, c.scopes,
                   c.parts",
    )
    .bind::<SqlUuid, _>(wanted.connection.0)
    .bind::<SqlUuid, _>(wanted.owner)
    .bind::<BigInt, _>(wanted.seen)
    .bind::<Integer, _>(wanted.seconds)
    .bind::<Nullable<BigInt>, _>(wanted.lapsed)
    .get_result(tx.conn())
    .await
    .optional()?;
    let Some(row) = row else { return Ok(None) };
    let refresh = secret(tx, wanted.connection, "refresh").await?;
    let client = secret(tx, wanted.connection, "client").await?;
    Ok(Some(Lease {
        connection: wanted.connection,
        fence: row.fence,
        generation: row.generation,
        maybe_consumed: row.maybe_consumed,
        upstream: row.upstream,
        account_name: row.account_name,
        scopes: row.scopes,
        parts: row.parts,
        refresh,
        client,
    }))
}

/// Lets a lease that still stands last so long from now on; whether it still stood.
pub async fn renew_lease(tx: &mut Tx, lease: &Lease, seconds: i32) -> Result<bool> {
    let renewed = sql_query(
        "UPDATE connections SET lease_until = app_now() + $3 * interval '1 second'
         WHERE id = $1 AND fence = $2 AND state = 'active' AND lease_until > app_now()",
    )
    .bind::<SqlUuid, _>(lease.connection.0)
    .bind::<BigInt, _>(lease.fence)
    .bind::<Integer, _>(seconds)
    .execute(tx.conn())
    .await?;
    Ok(renewed == 1)
}

/// Whether nobody took the lease since, nor moved the connection on; from then on nobody can until
/// this transaction ends.
pub async fn still_leased(tx: &mut Tx, lease: &Lease) -> Result<bool> {
    let held = sql_query(
        "SELECT 1 FROM connections
         WHERE id = $1 AND fence = $2 AND generation = $3 AND state = 'active' FOR UPDATE",
    )
    .bind::<SqlUuid, _>(lease.connection.0)
    .bind::<BigInt, _>(lease.fence)
    .bind::<BigInt, _>(lease.generation)
    .execute(tx.conn())
    .await?;
    Ok(held == 1)
}

/// What the token endpoint may have done with a refresh token that brought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fruitless {
    /// It surely saw nothing.
    NotSent,
    /// It answered, and is done with it.
    Answered,
    /// It may be at it still.
    Unanswered,
}

/// Gives the lease back. While the token endpoint may be at it still, nobody gets the lease before
/// it is over: a refresh token is never under way twice.
pub async fn release_lease(tx: &mut Tx, lease: &Lease, why: Fruitless) -> Result<()> {
    sql_query(
        "UPDATE connections SET lease_owner = NULL,
                lease_until = CASE WHEN $4 THEN lease_until END,
                sent_generation = CASE WHEN $3 THEN NULL ELSE sent_generation END
         WHERE id = $1 AND fence = $2",
    )
    .bind::<SqlUuid, _>(lease.connection.0)
    .bind::<BigInt, _>(lease.fence)
    .bind::<Bool, _>(why == Fruitless::NotSent && !lease.maybe_consumed)
    .bind::<Bool, _>(why == Fruitless::Unanswered)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What a refresh brought.
pub struct Stored {
    pub access: Sealed,
    /// Absent when the old one stays good.
    pub refresh: Option<Sealed>,
    pub life_seconds: i64,
    /// Absent when nothing was said about them.
    pub scopes: Option<Vec<String>>,
}

/// Writes the next generation, if the lease is still ours; `false` when somebody else moved on.
pub async fn store_refreshed(tx: &mut Tx, lease: &Lease, new: &Stored) -> Result<bool> {
    let changed = sql_query(
        "UPDATE connections SET generation = generation + 1, lease_owner = NULL,
                lease_until = NULL, access_expires_at = app_now() + $4 * interval '1 second',
                scopes = coalesce($5, scopes),
                lost_scopes = ARRAY(SELECT DISTINCT s FROM unnest(scopes || lost_scopes) s
                                    WHERE s <> ALL (coalesce($5, scopes)) ORDER BY s)
         WHERE id = $1 AND fence = $2 AND generation = $3 AND state = 'active'",
    )
    .bind::<SqlUuid, _>(lease.connection.0)
    .bind::<BigInt, _>(lease.fence)
    .bind::<BigInt, _>(lease.generation)
    .bind::<BigInt, _>(new.life_seconds)
    .bind::<Nullable<Array<Text>>, _>(new.scopes.clone())
    .execute(tx.conn())
    .await?;
    if changed == 0 {
        return Ok(false);
    }
    let generation = lease.generation + 1;
    let access = SecretRow { generation, sealed: new.access.clone() };
    keep_secret(tx, lease.connection, "access", &access).await?;
    if let Some(sealed) = &new.refresh {
        let refresh = SecretRow { generation, sealed: sealed.clone() };
        keep_secret(tx, lease.connection, "refresh", &refresh).await?;
    }
    delete_secrets(tx, lease.connection, &["orphan"]).await?;
    Ok(true)
}

/// How a connection's tokens stand, for those who wait for a refresh.
#[derive(Debug, Clone)]
pub struct TokenState {
    pub state: ConnectionState,
    pub token: AccessToken,
    pub owner: Option<LeaseOwner>,
    /// Whether nobody has the lease and nobody gets it yet.
    pub rests: bool,
}

/// Who has the lease, or died with it.
#[derive(Debug, Clone, Copy)]
pub struct LeaseOwner {
    pub fence: i64,
    pub lapsed: bool,
}

#[derive(QueryableByName)]
struct TokenRow {
    #[diesel(sql_type = Text)]
    state: ConnectionState,
    #[diesel(sql_type = BigInt)]
    generation: i64,
    #[diesel(sql_type = Bool)]
    fresh: bool,
    #[diesel(sql_type = Bool)]
    owned: bool,
    #[diesel(sql_type = BigInt)]
    fence: i64,
    #[diesel(sql_type = Bool)]
    lapsed: bool,
    #[diesel(sql_type = Bool)]
    rests: bool,
}

pub async fn token_state(tx: &mut Tx, connection: ConnectionId) -> Result<Option<TokenState>> {
    let row: Option<TokenRow> = sql_query(
        "SELECT state, generation,
                access_expires_at > app_now() + interval '30 seconds' AS fresh,
                lease_owner IS NOT NULL AS owned, fence,
                coalesce(lease_until < app_now(), true) AS lapsed,
                lease_owner IS NULL AND coalesce(lease_until >= app_now(), false) AS rests
         FROM connections WHERE id = $1",
    )
    .bind::<SqlUuid, _>(connection.0)
    .get_result(tx.conn())
    .await
    .optional()?;
    let Some(row) = row else { return Ok(None) };
    let sealed = secret(tx, connection, "access").await?;
    // A refresh may have come between the two reads: then the next look finds the newer pair.
    let sealed = sealed.filter(|s| s.generation == row.generation).map(|s| s.sealed);
    Ok(Some(TokenState {
        state: row.state,
        token: AccessToken { generation: row.generation, fresh: row.fresh, sealed },
        owner: row.owned.then_some(LeaseOwner { fence: row.fence, lapsed: row.lapsed }),
        rests: row.rests,
    }))
}
