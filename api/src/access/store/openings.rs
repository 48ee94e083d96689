//! Words of the trail, apart from its records: in the clear for about an hour, then sealed under a
//! key of the customer.

use crate::access::vault::Wrapped;
use crate::kernel::id::{AuditKeyId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A key under which words of one customer are sealed.
#[derive(Debug, Clone)]
pub struct TrailKey {
    pub id: AuditKeyId,
    pub wrapped: Wrapped,
    /// Words of every record up to this one are sealed, or gone.
    pub sealed_to: i64,
}

/// Words that are not sealed yet.
#[derive(QueryableByName)]
pub struct Open {
    #[diesel(sql_type = BigInt)]
    pub seq: i64,
    #[diesel(sql_type = Bytea)]
    pub salt: Vec<u8>,
    #[diesel(sql_type = Text)]
    pub words: String,
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Bytea)]
    wrapped_key: Vec<u8>,
    #[diesel(sql_type = Text)]
    kek_id: String,
    #[diesel(sql_type = BigInt)]
    sealed_to: i64,
}

/// The keys of a customer's trail, the one that seals first.
pub async fn trail_keys(tx: &mut Tx, customer: OrganizationId) -> Result<Vec<TrailKey>> {
    let rows: Vec<KeyRow> = sql_query(
        "SELECT id, wrapped_key, kek_id, sealed_to FROM audit_keys
         WHERE vendor_id = $1 AND customer_organization_id = $2 ORDER BY made_at DESC, id DESC",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .load(tx.conn())
    .await?;
    let key = |row: KeyRow| TrailKey {
        id: AuditKeyId(row.id),
        wrapped: Wrapped { key: row.wrapped_key, kek_id: row.kek_id },
        sealed_to: row.sealed_to,
    };
    Ok(rows.into_iter().map(key).collect())
}

/// The first words after a record that are not sealed.
pub async fn open_words(
    tx: &mut Tx,
    customer: OrganizationId,
    (after, most): (i64, i64),
) -> Result<Vec<Open>> {
    let rows = sql_query(
        "SELECT seq, salt, words FROM audit_openings
         WHERE vendor_id = $1 AND customer_organization_id = $2 AND seq > $3
           AND words IS NOT NULL ORDER BY seq LIMIT $4",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(most)
    .load(tx.conn())
    .await?;
    Ok(rows)
}

/// Keeps a new key; nothing is sealed with it yet.
pub async fn insert_trail_key(
    tx: &mut Tx,
    customer: OrganizationId,
    (id, wrapped): (AuditKeyId, &Wrapped),
) -> Result<()> {
    sql_query(
        "INSERT INTO audit_keys (vendor_id, customer_organization_id, id, wrapped_key, kek_id)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .bind::<SqlUuid, _>(id.0)
    .bind::<Bytea, _>(&wrapped.key)
    .bind::<Text, _>(&wrapped.kek_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Puts sealed bytes in the place of words; does nothing where the key is gone meanwhile.
pub async fn seal_words(
    tx: &mut Tx,
    (customer, key): (OrganizationId, AuditKeyId),
    sealed: &[(i64, Vec<u8>)],
) -> Result<()> {
    let seqs: Vec<i64> = sealed.iter().map(|(seq, _)| *seq).collect();
    let bytes: Vec<&[u8]> = sealed.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    sql_query("SELECT seal_openings($1, $2, $3, $4)")
        .bind::<SqlUuid, _>(customer.0)
        .bind::<SqlUuid, _>(key.0)
        .bind::<Array<BigInt>, _>(seqs)
        .bind::<Array<Bytea>, _>(bytes)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Shreds the keys of a customer's trail; answers how many there were.
pub async fn shred_trail_keys(tx: &mut Tx, customer: OrganizationId) -> Result<usize> {
    let done =
        sql_query("DELETE FROM audit_keys WHERE vendor_id = $1 AND customer_organization_id = $2")
            .bind::<SqlUuid, _>(tx.vendor()?.0)
            .bind::<SqlUuid, _>(customer.0)
            .execute(tx.conn())
            .await?;
    Ok(done)
}

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = Bool)]
    known: bool,
}

/// Whether the transaction's program has a customer of this id.
pub async fn is_customer(tx: &mut Tx, customer: OrganizationId) -> Result<bool> {
    let row: Known = sql_query(
        "SELECT EXISTS (SELECT 1 FROM organizations
           WHERE vendor_id = $1 AND id = $2 AND kind = 'customer') AS known",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .get_result(tx.conn())
    .await?;
    Ok(row.known)
}

#[derive(QueryableByName)]
struct SealedRow {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = SqlUuid)]
    key_id: Uuid,
    #[diesel(sql_type = Bytea)]
    sealed: Vec<u8>,
}

/// Sealed words of the records from `first` to `last`, by their record.
pub async fn sealed_words(
    tx: &mut Tx,
    customer: OrganizationId,
    (first, last): (i64, i64),
) -> Result<BTreeMap<i64, (AuditKeyId, Vec<u8>)>> {
    let rows: Vec<SealedRow> = sql_query(
        "SELECT seq, key_id, sealed FROM audit_openings
         WHERE vendor_id = $1 AND customer_organization_id = $2 AND seq BETWEEN $3 AND $4
           AND sealed IS NOT NULL",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .bind::<BigInt, _>(first)
    .bind::<BigInt, _>(last)
    .load(tx.conn())
    .await?;
    let of = |row: SealedRow| (row.seq, (AuditKeyId(row.key_id), row.sealed));
    Ok(rows.into_iter().map(of).collect())
}
