//! Rows of `gateway_keys`.

use crate::access::model::{GatewayKey, Thumbprint};
use crate::kernel::id::{GatewayKeyId, GrantId};
use crate::platform::db::Tx;
use crate::platform::db::schema::gateway_keys as rows;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub struct NewKeyRow {
    pub id: GatewayKeyId,
    pub key_hash: [u8; 32],
    pub grant: GrantId,
    pub name: String,
    pub ending: String,
    pub bound_to: Option<Thumbprint>,
}

pub async fn insert_key(tx: &mut Tx, row: &NewKeyRow) -> Result<()> {
    diesel::insert_into(rows::table)
        .values((
            rows::id.eq(row.id.0),
            rows::key_hash.eq(row.key_hash.to_vec()),
            rows::vendor_id.eq(tx.vendor()?.0),
            rows::grant_id.eq(row.grant.0),
            rows::name.eq(&row.name),
            rows::ending.eq(&row.ending),
            rows::dpop_jkt.eq(row.bound_to.map(|jkt| jkt.0.to_vec())),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Listed {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    ending: String,
    #[diesel(sql_type = Nullable<Bytea>)]
    dpop_jkt: Option<Vec<u8>>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    used_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    revoked_at: Option<DateTime<Utc>>,
}

/// Every key of a grant, latest first. The caller has seen the grant in this transaction.
pub async fn keys(tx: &mut Tx, grant: GrantId) -> Result<Vec<GatewayKey>> {
    let listed: Vec<Listed> = sql_query(
        "SELECT k.id, k.grant_id, k.name, k.ending, k.dpop_jkt, k.created_at, k.revoked_at,
                (SELECT max(l.at) FROM access_log l
                 WHERE l.vendor_id = k.vendor_id AND l.grant_id = k.grant_id AND l.key_id = k.id)
                AS used_at
         FROM gateway_keys k
         JOIN grants g ON g.vendor_id = k.vendor_id AND g.id = k.grant_id
         WHERE k.grant_id = $1 ORDER BY k.created_at DESC, k.id DESC LIMIT 200",
    )
    .bind::<SqlUuid, _>(grant.0)
    .load(tx.conn())
    .await?;
    Ok(listed.into_iter().map(GatewayKey::from).collect())
}

/// How many keys of a grant are in use.
pub async fn keys_in_use(tx: &mut Tx, grant: GrantId) -> Result<i64> {
    let count = rows::table
        .filter(rows::grant_id.eq(grant.0))
        .filter(rows::revoked_at.is_null())
        .count()
        .get_result(tx.conn())
        .await?;
    Ok(count)
}

/// Ends a key of the grant; `false` when there is none in use.
pub async fn revoke_key(tx: &mut Tx, grant: GrantId, id: GatewayKeyId) -> Result<bool> {
    let ended = sql_query(
        "UPDATE gateway_keys SET revoked_at = app_now()
         WHERE id = $1 AND grant_id = $2 AND revoked_at IS NULL",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(grant.0)
    .execute(tx.conn())
    .await?;
    Ok(ended == 1)
}

impl From<Listed> for GatewayKey {
    fn from(row: Listed) -> Self {
        Self {
            id: GatewayKeyId(row.id),
            grant: GrantId(row.grant_id),
            name: row.name,
            ending: row.ending,
            bound_to: row.dpop_jkt.and_then(|jkt| jkt.try_into().ok()).map(Thumbprint),
            created_at: row.created_at,
            used_at: row.used_at,
            revoked_at: row.revoked_at,
        }
    }
}
