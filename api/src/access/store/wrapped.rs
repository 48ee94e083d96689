//! Every wrapped data key, wherever it stands, to be counted and wrapped anew. A key is exchanged
//! only while it is the one that was read, so whoever sealed something newer meanwhile wins.
//! Nobody waits for an exchange in a circle: it takes what is free and leaves the rest.

use crate::access::vault::{Place, Wrapped};
use crate::kernel::id::{AuditKeyId, ConnectionId, OrganizationId, VendorId};
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};
use diesel::sql_types::{Array, BigInt, Bytea, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOf {
    Secret {
        connection: ConnectionId,
        kind: String,
        generation: i64,
        customer: OrganizationId,
        upstream: String,
    },
    /// `verifier` or `client` of a connect that was begun.
    State { state_hash: [u8; 32], client: bool },
    /// The words of a customer's trail.
    Trail { customer: OrganizationId, key: AuditKeyId },
}

impl RowOf {
    pub fn place(&self) -> Place<'_> {
        match self {
            Self::Secret { connection, kind, generation, customer, upstream } => Place::Token {
                connection: *connection,
                kind,
                generation: *generation,
                customer: *customer,
                upstream,
            },
            Self::State { state_hash, client: false } => Place::Verifier { state_hash },
            Self::State { state_hash, client: true } => Place::Client { state_hash },
            Self::Trail { customer, key } => Place::Trail { customer: *customer, key: *key },
        }
    }
}

#[derive(Debug, Clone)]
pub struct WrappedRow {
    pub of: RowOf,
    pub wrapped: Wrapped,
}

/// One key for another, of the same secret.
pub struct Exchange {
    pub old: WrappedRow,
    pub new: Wrapped,
}

#[derive(QueryableByName)]
struct Program {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Every program of the installation.
pub async fn programs(tx: &mut Tx) -> Result<Vec<VendorId>> {
    let rows: Vec<Program> =
        sql_query("SELECT id FROM vendors ORDER BY id").load(tx.conn()).await?;
    Ok(rows.into_iter().map(|row| VendorId(row.id)).collect())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Text)]
    kek_id: String,
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

async fn count(tx: &mut Tx, sql: &str) -> Result<Vec<(String, i64)>> {
    let rows: Vec<Count> = sql_query(sql).load(tx.conn()).await?;
    Ok(rows.into_iter().map(|row| (row.kek_id, row.rows)).collect())
}

/// How many keys of the transaction's program each key-encryption key wraps: of connections and of
/// trails.
pub async fn count_of_program(tx: &mut Tx) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT kek_id, count(*) AS rows FROM (
                   SELECT kek_id FROM connection_secrets UNION ALL SELECT kek_id FROM audit_keys) k
               GROUP BY kek_id";
    count(tx, sql).await
}

/// The same of connects that were begun, in all programs.
pub async fn count_of_states(tx: &mut Tx) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT kek_id, count(*) AS rows FROM (
                   SELECT verifier_kek_id AS kek_id FROM oauth_states
                   UNION ALL SELECT client_kek_id FROM oauth_states) k
               WHERE kek_id IS NOT NULL GROUP BY kek_id";
    count(tx, sql).await
}

#[derive(QueryableByName)]
struct SecretRow {
    #[diesel(sql_type = SqlUuid)]
    connection_id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    generation: i64,
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = Bytea)]
    wrapped_key: Vec<u8>,
    #[diesel(sql_type = Text)]
    kek_id: String,
}

/// Up to `most` keys of connections under another key than this one, after a row in order.
pub async fn of_connections(
    tx: &mut Tx,
    active: &str,
    after: Option<&RowOf>,
    most: i64,
) -> Result<Vec<WrappedRow>> {
    let (connection, kind) = match after {
        Some(RowOf::Secret { connection, kind, .. }) => (connection.0, kind.as_str()),
        _ => (Uuid::nil(), ""),
    };
    let rows: Vec<SecretRow> = sql_query(
        "SELECT s.connection_id, s.kind, s.generation, c.organization_id, c.upstream,
                s.wrapped_key, s.kek_id
         FROM connection_secrets s
         JOIN connections c ON c.vendor_id = s.vendor_id AND c.id = s.connection_id
         WHERE s.kek_id <> $1 AND (s.connection_id, s.kind) > ($2, $3)
         ORDER BY s.connection_id, s.kind LIMIT $4",
    )
    .bind::<Text, _>(active)
    .bind::<SqlUuid, _>(connection)
    .bind::<Text, _>(kind)
    .bind::<BigInt, _>(most)
    .load(tx.conn())
    .await?;
    let read = |row: SecretRow| WrappedRow {
        of: RowOf::Secret {
            connection: ConnectionId(row.connection_id),
            kind: row.kind,
            generation: row.generation,
            customer: OrganizationId(row.organization_id),
            upstream: row.upstream,
        },
        wrapped: Wrapped { key: row.wrapped_key, kek_id: row.kek_id },
    };
    Ok(rows.into_iter().map(read).collect())
}

#[derive(QueryableByName)]
struct TrailRow {
    #[diesel(sql_type = SqlUuid)]
    customer_organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Bytea)]
    wrapped_key: Vec<u8>,
    #[diesel(sql_type = Text)]
    kek_id: String,
}

/// The same of customers' trails.
pub async fn of_trails(
    tx: &mut Tx,
    active: &str,
    after: Option<&RowOf>,
    most: i64,
) -> Result<Vec<WrappedRow>> {
    let (customer, key) = match after {
        Some(RowOf::Trail { customer, key }) => (customer.0, key.0),
        _ => (Uuid::nil(), Uuid::nil()),
    };
    let rows: Vec<TrailRow> = sql_query(
        "SELECT customer_organization_id, id, wrapped_key, kek_id FROM audit_keys
         WHERE kek_id <> $1 AND (customer_organization_id, id) > ($2, $3)
         ORDER BY customer_organization_id, id LIMIT $4",
    )
    .bind::<Text, _>(active)
    .bind::<SqlUuid, _>(customer)
    .bind::<SqlUuid, _>(key)
    .bind::<BigInt, _>(most)
    .load(tx.conn())
    .await?;
    let read = |row: TrailRow| WrappedRow {
        of: RowOf::Trail {
            customer: OrganizationId(row.customer_organization_id),
            key: AuditKeyId(row.id),
        },
        wrapped: Wrapped { key: row.wrapped_key, kek_id: row.kek_id },
    };
    Ok(rows.into_iter().map(read).collect())
}

#[derive(QueryableByName)]
struct StateRow {
    #[diesel(sql_type = Bytea)]
    state_hash: Vec<u8>,
    #[diesel(sql_type = Text)]
    part: String,
    #[diesel(sql_type = Bytea)]
    wrapped_key: Vec<u8>,
    #[diesel(sql_type = Text)]
    kek_id: String,
}

/// The same of connects that were begun.
pub async fn of_states(
    tx: &mut Tx,
    active: &str,
    after: Option<&RowOf>,
    most: i64,
) -> Result<Vec<WrappedRow>> {
    let (hash, last) = match after {
        Some(RowOf::State { state_hash, client }) => (state_hash.to_vec(), part(*client)),
        _ => (Vec::new(), ""),
    };
    let rows: Vec<StateRow> = sql_query(
        "SELECT state_hash, part, wrapped_key, kek_id FROM (
             SELECT state_hash, 'verifier' AS part, verifier_wrapped_key AS wrapped_key,
                    verifier_kek_id AS kek_id FROM oauth_states
             UNION ALL
             SELECT state_hash, 'client', client_wrapped_key, client_kek_id FROM oauth_states) k
         WHERE kek_id <> $1 AND (state_hash, part) > ($2, $3)
         ORDER BY state_hash, part LIMIT $4",
    )
    .bind::<Text, _>(active)
    .bind::<Bytea, _>(hash)
    .bind::<Text, _>(last)
    .bind::<BigInt, _>(most)
    .load(tx.conn())
    .await?;
    let read = |row: StateRow| {
        let state_hash = row.state_hash.try_into();
        let state_hash = state_hash.map_err(|_| Error::fault("a state's hash has 32 bytes"))?;
        let of = RowOf::State { state_hash, client: row.part == part(true) };
        Ok(WrappedRow { of, wrapped: Wrapped { key: row.wrapped_key, kek_id: row.kek_id } })
    };
    rows.into_iter().map(read).collect()
}

fn part(client: bool) -> &'static str {
    if client { "client" } else { "verifier" }
}

/// Exchanges keys of connections; answers how many, without those that somebody holds or changed.
pub async fn exchange_of_connections(tx: &mut Tx, exchanges: &[Exchange]) -> Result<usize> {
    let (mut ids, mut kinds) = (Vec::new(), Vec::new());
    for exchange in exchanges {
        let RowOf::Secret { connection, kind, .. } = &exchange.old.of else { continue };
        ids.push(connection.0);
        kinds.push(kind.as_str());
    }
    let done = sql_query(
        "WITH free AS (
             SELECT s.vendor_id, s.connection_id, s.kind, n.new_key, n.new_kek
             FROM unnest($1, $2, $3, $4, $5, $6)
                  AS n (connection_id, kind, old_key, old_kek, new_key, new_kek)
             JOIN connection_secrets s ON s.connection_id = n.connection_id AND s.kind = n.kind
                  AND s.wrapped_key = n.old_key AND s.kek_id = n.old_kek
             FOR NO KEY UPDATE OF s SKIP LOCKED)
         UPDATE connection_secrets s SET wrapped_key = f.new_key, kek_id = f.new_kek FROM free f
         WHERE s.vendor_id = f.vendor_id AND s.connection_id = f.connection_id
           AND s.kind = f.kind",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(kinds)
    .bind::<Array<Bytea>, _>(keys(exchanges, |e| &e.old.wrapped))
    .bind::<Array<Text>, _>(keks(exchanges, |e| &e.old.wrapped))
    .bind::<Array<Bytea>, _>(keys(exchanges, |e| &e.new))
    .bind::<Array<Text>, _>(keks(exchanges, |e| &e.new))
    .execute(tx.conn())
    .await?;
    Ok(done)
}

/// The same of customers' trails.
pub async fn exchange_of_trails(tx: &mut Tx, exchanges: &[Exchange]) -> Result<usize> {
    let ids = exchanges.iter().filter_map(|exchange| match &exchange.old.of {
        RowOf::Trail { customer, key } => Some((customer.0, key.0)),
        RowOf::Secret { .. } | RowOf::State { .. } => None,
    });
    let (customers, ids): (Vec<Uuid>, Vec<Uuid>) = ids.unzip();
    let done = sql_query(
        "WITH free AS (
             SELECT k.vendor_id, k.customer_organization_id, k.id, n.new_key, n.new_kek
             FROM unnest($1, $2, $3, $4, $5, $6)
                  AS n (customer, id, old_key, old_kek, new_key, new_kek)
             JOIN audit_keys k ON k.customer_organization_id = n.customer AND k.id = n.id
                  AND k.wrapped_key = n.old_key AND k.kek_id = n.old_kek
             FOR NO KEY UPDATE OF k SKIP LOCKED)
         UPDATE audit_keys k SET wrapped_key = f.new_key, kek_id = f.new_kek FROM free f
         WHERE k.vendor_id = f.vendor_id
           AND k.customer_organization_id = f.customer_organization_id AND k.id = f.id",
    )
    .bind::<Array<SqlUuid>, _>(customers)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Bytea>, _>(keys(exchanges, |e| &e.old.wrapped))
    .bind::<Array<Text>, _>(keks(exchanges, |e| &e.old.wrapped))
    .bind::<Array<Bytea>, _>(keys(exchanges, |e| &e.new))
    .bind::<Array<Text>, _>(keks(exchanges, |e| &e.new))
    .execute(tx.conn())
    .await?;
    Ok(done)
}

/// The same of connects that were begun.
pub async fn exchange_of_states(tx: &mut Tx, exchanges: Vec<Exchange>) -> Result<usize> {
    let is_client = |e: &Exchange| matches!(e.old.of, RowOf::State { client: true, .. });
    let (clients, verifiers): (Vec<_>, Vec<_>) = exchanges.into_iter().partition(is_client);
    let done = exchange_part(tx, "verifier", &verifiers).await?;
    Ok(done + exchange_part(tx, "client", &clients).await?)
}

async fn exchange_part(tx: &mut Tx, part: &str, exchanges: &[Exchange]) -> Result<usize> {
    let hashes = exchanges.iter().filter_map(|exchange| match &exchange.old.of {
        RowOf::State { state_hash, .. } => Some(state_hash.to_vec()),
        RowOf::Secret { .. } | RowOf::Trail { .. } => None,
    });
    let done = sql_query(format!(
        "WITH free AS (
             SELECT s.state_hash, n.new_key, n.new_kek
             FROM unnest($1, $2, $3, $4, $5) AS n (state_hash, old_key, old_kek, new_key, new_kek)
             JOIN oauth_states s ON s.state_hash = n.state_hash
                  AND s.{part}_wrapped_key = n.old_key AND s.{part}_kek_id = n.old_kek
             FOR NO KEY UPDATE OF s SKIP LOCKED)
         UPDATE oauth_states s SET {part}_wrapped_key = f.new_key, {part}_kek_id = f.new_kek
         FROM free f WHERE s.state_hash = f.state_hash",
    ))
    .bind::<Array<Bytea>, _>(hashes.collect::<Vec<_>>())
    .bind::<Array<Bytea>, _>(keys(exchanges, |e| &e.old.wrapped))
    .bind::<Array<Text>, _>(keks(exchanges, |e| &e.old.wrapped))
    .bind::<Array<Bytea>, _>(keys(exchanges, |e| &e.new))
    .bind::<Array<Text>, _>(keks(exchanges, |e| &e.new))
    .execute(tx.conn())
    .await?;
    Ok(done)
}

fn keys(exchanges: &[Exchange], which: fn(&Exchange) -> &Wrapped) -> Vec<&[u8]> {
    exchanges.iter().map(|exchange| which(exchange).key.as_slice()).collect()
}

fn keks(exchanges: &[Exchange], which: fn(&Exchange) -> &Wrapped) -> Vec<&str> {
    exchanges.iter().map(|exchange| which(exchange).kek_id.as_str()).collect()
}
