//! Rows of `oauth_states`: connects that were begun.

use crate::access::vault::{Sealed, Wrapped};
use crate::kernel::id::{ConnectionId, MembershipId, OrganizationId, SessionId, VendorId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use diesel::sql_types::{Bytea, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

pub struct NewState {
    pub state_hash: [u8; 32],
    pub vendor: VendorId,
    pub session: SessionId,
    pub membership: MembershipId,
    pub upstream: String,
    pub issuer: String,
    /// The connection that is to be mended.
    pub connection: Option<ConnectionId>,
    pub verifier: Sealed,
    /// What was told of the account, without its secret.
    pub parts: Value,
    pub client: Option<Sealed>,
}

/// A connect that was begun, taken for its one use.
pub struct Begun {
    pub vendor: VendorId,
    pub vendor_slug: String,
    pub membership: MembershipId,
    pub upstream: String,
    pub issuer: String,
    pub connection: Option<ConnectionId>,
    pub verifier: Sealed,
    pub parts: Value,
    pub client: Option<Sealed>,
}

/// Keeps a state for ten minutes; forgets those that nobody can use any more.
pub async fn insert_state(tx: &mut Tx, new: &NewState) -> Result<()> {
    sql_query("DELETE FROM oauth_states WHERE expires_at < app_now() - interval '1 day'")
        .execute(tx.conn())
        .await?;
    sql_query(
        "INSERT INTO oauth_states (state_hash, vendor_id, session_id, membership_id, upstream,
             issuer, connection_id, verifier_sealed, verifier_wrapped_key, verifier_kek_id, parts,
             client_sealed, client_wrapped_key, client_kek_id, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                 app_now() + interval '10 minutes')",
    )
    .bind::<Bytea, _>(new.state_hash.to_vec())
    .bind::<SqlUuid, _>(new.vendor.0)
    .bind::<SqlUuid, _>(new.session.0)
    .bind::<SqlUuid, _>(new.membership.0)
    .bind::<Text, _>(&new.upstream)
    .bind::<Text, _>(&new.issuer)
    .bind::<Nullable<SqlUuid>, _>(new.connection.map(|c| c.0))
    .bind::<Bytea, _>(&new.verifier.bytes)
    .bind::<Bytea, _>(&new.verifier.wrapped.key)
    .bind::<Text, _>(&new.verifier.wrapped.kek_id)
    .bind::<Jsonb, _>(&new.parts)
    .bind::<Nullable<Bytea>, _>(new.client.as_ref().map(|c| &c.bytes))
    .bind::<Nullable<Bytea>, _>(new.client.as_ref().map(|c| &c.wrapped.key))
    .bind::<Nullable<Text>, _>(new.client.as_ref().map(|c| &c.wrapped.kek_id))
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    vendor_id: Uuid,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = SqlUuid)]
    membership_id: Uuid,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = Text)]
    issuer: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    connection_id: Option<Uuid>,
    #[diesel(sql_type = Bytea)]
    verifier_sealed: Vec<u8>,
    #[diesel(sql_type = Bytea)]
    verifier_wrapped_key: Vec<u8>,
    #[diesel(sql_type = Text)]
    verifier_kek_id: String,
    #[diesel(sql_type = Jsonb)]
    parts: Value,
    #[diesel(sql_type = Nullable<Bytea>)]
    client_sealed: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Bytea>)]
    client_wrapped_key: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    client_kek_id: Option<String>,
}

/// Takes a state: once, in time, by the session that began it; `None` otherwise.
pub async fn take_state(
    tx: &mut Tx,
    state_hash: &[u8; 32],
    session: SessionId,
) -> Result<Option<Begun>> {
    let row: Option<Row> = sql_query(
        "UPDATE oauth_states s SET used_at = app_now() FROM vendors v
         WHERE s.state_hash = $1 AND s.session_id = $2 AND s.used_at IS NULL
           AND s.expires_at > app_now() AND v.id = s.vendor_id
         RETURNING s.vendor_id, v.slug, s.membership_id, s.upstream, s.issuer, s.connection_id,
                   s.verifier_sealed, s.verifier_wrapped_key, s.verifier_kek_id, s.parts,
                   s.client_sealed, s.client_wrapped_key, s.client_kek_id",
    )
    .bind::<Bytea, _>(state_hash.to_vec())
    .bind::<SqlUuid, _>(session.0)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(Row::into_begun))
}

/// Whose a begun connect is.
#[derive(QueryableByName)]
pub struct Beginner {
    #[diesel(sql_type = SqlUuid)]
    vendor_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    organization_id: Uuid,
    #[diesel(sql_type = Text)]
    pub upstream: String,
}

impl Beginner {
    pub fn whose(&self) -> (VendorId, OrganizationId) {
        (VendorId(self.vendor_id), OrganizationId(self.organization_id))
    }
}

/// Who began the connect of a state, whatever became of it; once a state, so that whoever saw it
/// fills nobody's trail. `None` when nobody began it lately.
pub async fn beginner(tx: &mut Tx, state_hash: &[u8; 32]) -> Result<Option<Beginner>> {
    let row = sql_query(
        "UPDATE oauth_states s SET strayed_at = app_now() FROM memberships m
         WHERE m.id = s.membership_id AND s.state_hash = $1 AND s.strayed_at IS NULL
         RETURNING s.vendor_id, m.organization_id, s.upstream",
    )
    .bind::<Bytea, _>(state_hash.to_vec())
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row)
}

impl Row {
    fn into_begun(self) -> Begun {
        let client = match (self.client_sealed, self.client_wrapped_key, self.client_kek_id) {
            (Some(bytes), Some(key), Some(kek_id)) => {
                Some(Sealed { bytes, wrapped: Wrapped { key, kek_id } })
            }
            _ => None,
        };
        Begun {
            vendor: VendorId(self.vendor_id),
            vendor_slug: self.slug,
            membership: MembershipId(self.membership_id),
            upstream: self.upstream,
            issuer: self.issuer,
            connection: self.connection_id.map(ConnectionId),
            verifier: Sealed {
                bytes: self.verifier_sealed,
                wrapped: Wrapped { key: self.verifier_wrapped_key, kek_id: self.verifier_kek_id },
            },
            parts: self.parts,
            client,
        }
    }
}
