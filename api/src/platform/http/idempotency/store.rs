//! Rows of `idempotency_keys`.

use crate::kernel::id::IdempotencyId;
use crate::platform::db::Tx;
use crate::platform::db::schema::idempotency_keys as keys;
use crate::platform::refusal::{Error, Result};
use diesel::sql_types::{Bytea, Text, Uuid as SqlUuid};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, sql_query};
use diesel_async::RunQueryDsl;
use poem::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a request claims to be.
pub struct Claim {
    pub caller: String,
    pub operation: String,
    pub key: String,
    pub request_hash: Vec<u8>,
}

/// What the record says of a claim.
pub enum Begun {
    Fresh,
    Running,
    Mismatch,
    /// The effect is there, its answer is not.
    Lost,
    Answered(Answer),
}

/// An answer that was kept.
pub struct Answer {
    pub id: IdempotencyId,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

#[derive(Queryable)]
struct Kept {
    id: Uuid,
    request_hash: Vec<u8>,
    state: String,
    status: Option<i16>,
    headers: Option<serde_json::Value>,
    body: Option<Vec<u8>>,
    abandoned: bool,
}

/// A first claim inserts its record; a record older than 24 hours, or one that was abandoned
/// before any effect, is taken over.
const CLAIM: &str = "
    INSERT INTO idempotency_keys AS k
        (id, caller, operation, key, request_hash, state, lease_until)
    VALUES ($1, $2, $3, $4, $5, 'running', app_now() + interval '60 seconds')
    ON CONFLICT ON CONSTRAINT idempotency_keys_once DO UPDATE
        SET id = excluded.id, request_hash = excluded.request_hash, state = 'running',
            status = NULL, headers = NULL, body = NULL, created_at = app_now(),
            lease_until = excluded.lease_until
        WHERE k.created_at < app_now() - interval '24 hours'
           OR (k.state = 'running' AND k.lease_until < app_now()
               AND k.request_hash = excluded.request_hash)";

pub async fn begin(tx: &mut Tx, id: IdempotencyId, claim: &Claim) -> Result<Begun> {
    let written = sql_query(CLAIM)
        .bind::<SqlUuid, _>(id.0)
        .bind::<Text, _>(&claim.caller)
        .bind::<Text, _>(&claim.operation)
        .bind::<Text, _>(&claim.key)
        .bind::<Bytea, _>(&claim.request_hash)
        .execute(tx.conn())
        .await?;
    if written == 1 {
        return Ok(Begun::Fresh);
    }
    let kept: Option<Kept> = keys::table
        .filter(keys::caller.eq(&claim.caller))
        .filter(keys::operation.eq(&claim.operation))
        .filter(keys::key.eq(&claim.key))
        .select((
            keys::id,
            keys::request_hash,
            keys::state,
            keys::status,
            keys::headers,
            keys::body,
            diesel::dsl::sql::<diesel::sql_types::Bool>("lease_until < app_now()"),
        ))
        .first(tx.conn())
        .await
        .optional()?;
    match kept {
        // Forgotten between the two statements: its holder failed just now.
        None => Ok(Begun::Running),
        Some(kept) if kept.request_hash != claim.request_hash => Ok(Begun::Mismatch),
        Some(kept) => read(kept),
    }
}

fn read(kept: Kept) -> Result<Begun> {
    match (kept.state.as_str(), kept.status, kept.body) {
        ("answered", Some(status), Some(body)) => Ok(Begun::Answered(Answer {
            id: IdempotencyId(kept.id),
            status: read_status(status)?,
            headers: read_headers(kept.headers),
            body,
        })),
        ("committed", ..) if kept.abandoned => Ok(Begun::Lost),
        _ => Ok(Begun::Running),
    }
}

/// Headers worth repeating; the rest belongs to one exchange.
const REPEATED: &[&str] = &["content-type", "location", "etag", "cache-control"];

pub async fn keep(
    tx: &mut Tx,
    id: IdempotencyId,
    (status, headers): (StatusCode, &HeaderMap),
    body: &[u8],
) -> Result<()> {
    let kept: BTreeMap<&str, &str> = REPEATED
        .iter()
        .filter_map(|name| Some((*name, headers.get(*name)?.to_str().ok()?)))
        .collect();
    diesel::update(keys::table.filter(keys::id.eq(id.0)))
        .set((
            keys::state.eq("answered"),
            keys::status.eq(i16::try_from(status.as_u16()).map_err(Error::fault)?),
            keys::headers.eq(serde_json::to_value(kept)?),
            keys::body.eq(body),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Removes a record that had no effect. One that did stays, whatever the answer was.
pub async fn forget(tx: &mut Tx, id: IdempotencyId) -> Result<()> {
    diesel::delete(keys::table.filter(keys::id.eq(id.0)).filter(keys::state.eq("running")))
        .execute(tx.conn())
        .await?;
    Ok(())
}

fn read_status(kept: i16) -> Result<StatusCode> {
    let status = u16::try_from(kept).map_err(Error::fault)?;
    StatusCode::from_u16(status).map_err(Error::fault)
}

fn read_headers(kept: Option<serde_json::Value>) -> HeaderMap {
    let pairs: BTreeMap<String, String> =
        kept.and_then(|k| serde_json::from_value(k).ok()).unwrap_or_default();
    pairs
        .into_iter()
        .filter_map(|(n, v)| Some((HeaderName::try_from(n).ok()?, HeaderValue::try_from(v).ok()?)))
        .collect()
}
