//! Rows of the audit trail: read, and its signed heads. Records are written by the database.

use crate::access::audit::{Checkpoint, Record};
use crate::kernel::id::{GrantId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Bytea)]
    hash: Vec<u8>,
}

/// A signature that was kept.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Signed {
    #[diesel(sql_type = BigInt)]
    pub seq: i64,
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct RecordRow {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Bytea)]
    prev: Vec<u8>,
    #[diesel(sql_type = Bytea)]
    hash: Vec<u8>,
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Nullable<Bytea>)]
    salt: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    words: Option<String>,
}

#[derive(QueryableByName)]
struct CheckpointRow {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Bytea)]
    hash: Vec<u8>,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    key_id: String,
    #[diesel(sql_type = Bytea)]
    signature: Vec<u8>,
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = BigInt)]
    seq: i64,
}

/// The number of the record which says that the letter was granted.
pub async fn audit_place(
    tx: &mut Tx,
    customer: OrganizationId,
    grant: GrantId,
) -> Result<Option<i64>> {
    let row: Option<Place> = sql_query(
        r#"SELECT seq FROM audit_records
           WHERE customer_organization_id = $1 AND body LIKE '%"kind" : "access-granted"%'
             AND body::jsonb #>> '{what,grant}' = $2 ORDER BY seq LIMIT 1"#,
    )
    .bind::<SqlUuid, _>(customer.0)
    .bind::<Text, _>(grant.to_string())
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| row.seq))
}

/// Takes the customer's place in the audit trail, which the first record would take, and holds it
/// until the transaction ends.
pub async fn take_place(tx: &mut Tx, customer: OrganizationId) -> Result<()> {
    sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 7))")
        .bind::<SqlUuid, _>(customer.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Records after `after`, in their order, with the words that were not forgotten.
pub async fn audit_records(
    tx: &mut Tx,
    customer: OrganizationId,
    after: i64,
    limit: i64,
) -> Result<Vec<Record>> {
    let rows: Vec<RecordRow> = sql_query(
        "SELECT r.seq, r.prev, r.hash, r.body, o.salt, o.words
         FROM audit_records r
         LEFT JOIN audit_openings o ON o.vendor_id = r.vendor_id
           AND o.customer_organization_id = r.customer_organization_id AND o.seq = r.seq
         WHERE r.vendor_id = $1 AND r.customer_organization_id = $2 AND r.seq > $3
         ORDER BY r.seq LIMIT $4",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Record::from).collect())
}

/// The hash of one record, in hexadecimal.
pub async fn audit_hash_of(
    tx: &mut Tx,
    customer: OrganizationId,
    seq: i64,
) -> Result<Option<String>> {
    let head: Option<Head> = sql_query(
        "SELECT seq, hash FROM audit_records
         WHERE vendor_id = $1 AND customer_organization_id = $2 AND seq = $3",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .bind::<BigInt, _>(seq)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(head.map(|head| hex::encode(head.hash)))
}

/// Signed heads among the records from `first` to `last`, in their order.
pub async fn audit_checkpoints(
    tx: &mut Tx,
    customer: OrganizationId,
    (first, last): (i64, i64),
) -> Result<Vec<Checkpoint>> {
    let rows: Vec<CheckpointRow> = sql_query(
        "SELECT seq, hash, at, key_id, signature FROM audit_checkpoints
         WHERE vendor_id = $1 AND customer_organization_id = $2 AND seq BETWEEN $3 AND $4
         ORDER BY seq",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .bind::<BigInt, _>(first)
    .bind::<BigInt, _>(last)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Checkpoint::from).collect())
}

/// The first checkpoint after a record, if there is one.
pub async fn audit_checkpoint_after(
    tx: &mut Tx,
    customer: OrganizationId,
    seq: i64,
) -> Result<Option<Checkpoint>> {
    let row: Option<CheckpointRow> = sql_query(
        "SELECT seq, hash, at, key_id, signature FROM audit_checkpoints
         WHERE vendor_id = $1 AND customer_organization_id = $2 AND seq > $3
         ORDER BY seq LIMIT 1",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .bind::<BigInt, _>(seq)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(Checkpoint::from))
}

/// Takes the mark from the head, so that the next record asks for another signature; answers the
/// head's place and its hash in hexadecimal.
pub async fn take_audit_head(
    tx: &mut Tx,
    customer: OrganizationId,
) -> Result<Option<(i64, String)>> {
    let head: Option<Head> = sql_query("SELECT seq, hash FROM audit_checkpointed($1)")
        .bind::<SqlUuid, _>(customer.0)
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(head.map(|head| (head.seq, hex::encode(head.hash))))
}

/// The place of the head and the time and place of the last signature kept.
pub async fn audit_standing(
    tx: &mut Tx,
    customer: OrganizationId,
) -> Result<(i64, Option<Signed>)> {
    let head: Option<Head> = sql_query(
        "SELECT seq, hash FROM audit_heads WHERE vendor_id = $1 AND customer_organization_id = $2",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .get_result(tx.conn())
    .await
    .optional()?;
    let signed: Option<Signed> = sql_query(
        "SELECT seq, at FROM audit_checkpoints
         WHERE vendor_id = $1 AND customer_organization_id = $2 ORDER BY seq DESC LIMIT 1",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok((head.map_or(0, |head| head.seq), signed))
}

/// Keeps a signed head; the same head is kept once.
pub async fn insert_audit_checkpoint(
    tx: &mut Tx,
    customer: OrganizationId,
    of: &Checkpoint,
) -> Result<()> {
    sql_query(
        "INSERT INTO audit_checkpoints
           (vendor_id, customer_organization_id, seq, hash, at, key_id, signature)
         VALUES ($1, $2, $3, decode($4, 'hex'), $5, $6, decode($7, 'hex'))
         ON CONFLICT DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .bind::<BigInt, _>(of.checkpoint)
    .bind::<Text, _>(&of.hash)
    .bind::<Timestamptz, _>(of.at)
    .bind::<Text, _>(&of.key)
    .bind::<Text, _>(&of.signature)
    .execute(tx.conn())
    .await?;
    Ok(())
}

impl From<RecordRow> for Record {
    fn from(row: RecordRow) -> Self {
        Self {
            seq: row.seq,
            prev: hex::encode(row.prev),
            hash: hex::encode(row.hash),
            body: row.body,
            salt: row.salt.map(hex::encode),
            words: row.words,
        }
    }
}

impl From<CheckpointRow> for Checkpoint {
    fn from(row: CheckpointRow) -> Self {
        Self {
            checkpoint: row.seq,
            hash: hex::encode(row.hash),
            at: row.at,
            key: row.key_id,
            signature: hex::encode(row.signature),
        }
    }
}
