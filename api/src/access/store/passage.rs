//! The one query before each call of the gateway.

use super::grants::STANDING;
use super::holds::HELD_BY;
use crate::access::model::{AccessToken, HoldCause, Passage, Standing, Thumbprint, Whose};
use crate::access::vault::{Sealed, Wrapped};
use crate::kernel::id::{
    ConnectionId, EngagementId, GatewayKeyId, GrantId, OrganizationId, PersonId, VendorId,
};
use crate::kernel::money::Currency;
use crate::platform::db::{Bound, Prepared, Tx};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Bytea, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use std::sync::LazyLock;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    vendor_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    read_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    key_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Bytea>)]
    dpop_jkt: Option<Vec<u8>>,
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    engagement_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    customer_organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    partner_organization_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    connection_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    consultant_id: Uuid,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = Text)]
    account_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
    #[diesel(sql_type = Jsonb)]
    parts: Value,
    #[diesel(sql_type = Text)]
    terms: String,
    #[diesel(sql_type = Array<Text>)]
    scopes: Vec<String>,
    #[diesel(sql_type = Text)]
    standing: Standing,
    #[diesel(sql_type = Array<Text>)]
    held_by: Vec<HoldCause>,
    #[diesel(sql_type = BigInt)]
    generation: i64,
    #[diesel(sql_type = Bool)]
    fresh: bool,
    #[diesel(sql_type = Nullable<Bytea>)]
    sealed: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Bytea>)]
    wrapped_key: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    kek_id: Option<String>,
}

/// A letter `g` with all that [`STANDING`] looks at.
const AROUND: &str = "JOIN engagements e ON e.vendor_id = g.vendor_id AND e.id = g.engagement_id
    JOIN connections c ON c.vendor_id = g.vendor_id AND c.id = g.connection_id
    LEFT JOIN memberships m ON m.person_id = g.consultant_id AND m.vendor_id = g.vendor_id
         AND m.organization_id = g.partner_organization_id AND m.ended_at IS NULL";

/// A letter by one of its keys.
const BY_KEY: &str =
    "gateway_keys k JOIN grants g ON g.vendor_id = k.vendor_id AND g.id = k.grant_id";

/// What is looked at again while a file is on its way.
#[derive(QueryableByName)]
pub struct Upheld {
    #[diesel(sql_type = Bytea)]
    pub key_hash: Vec<u8>,
    #[diesel(sql_type = Text)]
    pub terms: String,
    #[diesel(sql_type = Text)]
    pub standing: Standing,
}

/// How the letters of keys stand; keys that are unknown or were ended are left out.
pub async fn upheld(tx: &mut Tx, keys: &[&[u8]]) -> Result<Vec<Upheld>> {
    let rows = sql_query(format!(
        "SELECT k.key_hash, g.terms, {STANDING} AS standing FROM {BY_KEY} {AROUND}
         WHERE k.key_hash = ANY($1) AND k.revoked_at IS NULL",
    ))
    .bind::<Array<Bytea>, _>(keys)
    .load(tx.conn())
    .await?;
    Ok(rows)
}

/// Put together once, since it runs at every call.
static PASSAGE: LazyLock<String> = LazyLock::new(|| {
    let found = select(("k.id", "k.dpop_jkt"), BY_KEY);
    format!("{found} WHERE k.key_hash = ? AND k.revoked_at IS NULL")
});

/// The passage that a key opens; `None` when the key is unknown or was ended.
pub async fn passage(tx: &mut Tx, key_hash: &[u8; 32]) -> Result<Option<Passage>> {
    let query = Prepared::new(PASSAGE.as_str(), vec![Bound::Bytes(key_hash.to_vec())])?;
    let row: Option<Row> = query.get_result(tx.conn()).await.optional()?;
    Ok(row.map(Row::into_passage))
}

/// The passage that a letter opens to the person whom it names; `None` for anybody else.
pub async fn passage_in_person(
    tx: &mut Tx,
    grant: GrantId,
    (partner, person): (OrganizationId, PersonId),
) -> Result<Option<Passage>> {
    let found = select(("NULL::uuid", "NULL::bytea"), "grants g");
    let whose = "g.id = ? AND g.partner_organization_id = ? AND g.consultant_id = ?";
    let values = [grant.0, partner.0, person.0].map(Bound::Id);
    let query = Prepared::new(format!("{found} WHERE {whose}"), values.into())?;
    let row: Option<Row> = query.get_result(tx.conn()).await.optional()?;
    Ok(row.map(Row::into_passage))
}

/// One query, whichever door it is for: the columns of [`Row`], up to `WHERE`.
fn select((key, jkt): (&str, &str), door: &str) -> String {
    format!(
        "SELECT g.vendor_id, app_now() AS read_at, {key} AS key_id, {jkt} AS dpop_jkt,
                g.id AS grant_id, g.engagement_id,
                g.customer_organization_id, g.partner_organization_id, g.connection_id,
                g.consultant_id, g.upstream,
                c.account_id, c.currency, c.parts, c.scopes, g.terms, {STANDING} AS standing,
                {HELD_BY} AS held_by,
                c.generation,
                c.access_expires_at > app_now() + interval '30 seconds' AS fresh,
                s.sealed, s.wrapped_key, s.kek_id
         FROM {door} {AROUND}
         LEFT JOIN connection_secrets s ON s.vendor_id = c.vendor_id AND s.connection_id = c.id
              AND s.kind = 'access' AND s.generation = c.generation"
    )
}

impl Row {
    fn into_passage(self) -> Passage {
        let sealed = match (self.sealed, self.wrapped_key, self.kek_id) {
            (Some(bytes), Some(key), Some(kek_id)) => {
                Some(Sealed { bytes, wrapped: Wrapped { key, kek_id } })
            }
            _ => None,
        };
        Passage {
            vendor: VendorId(self.vendor_id),
            at: self.read_at,
            bound_to: self.dpop_jkt.and_then(|jkt| jkt.try_into().ok()).map(Thumbprint),
            whose: Whose {
                grant: GrantId(self.grant_id),
                key: self.key_id.map(GatewayKeyId),
                engagement: EngagementId(self.engagement_id),
                customer: OrganizationId(self.customer_organization_id),
                partner: OrganizationId(self.partner_organization_id),
                connection: ConnectionId(self.connection_id),
                person: PersonId(self.consultant_id),
            },
            upstream: self.upstream,
            account: self.account_id,
            currency: self.currency.as_deref().and_then(Currency::parse),
            parts: self.parts,
            terms: self.terms,
            scopes: self.scopes,
            standing: self.standing,
            held_by: self.held_by,
            token: AccessToken { generation: self.generation, fresh: self.fresh, sealed },
        }
    }
}
