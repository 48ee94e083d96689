//! Rows of `api_tokens`, and the row that every credential resolves to.

use super::sessions::Found;
use crate::identity::model::{ApiToken, Person, SignedIn};
use crate::kernel::id::{ApiTokenId, MembershipId, OrganizationId, PersonId, SessionId, VendorId};
use crate::platform::caller::{Caller, OrganizationKind, Role, TokenScope, Via};
use crate::platform::db::Tx;
use crate::platform::db::schema::api_tokens as tokens;
use crate::platform::refusal::Result;
use chrono::{DateTime, Duration, Utc};
use diesel::sql_types::{BigInt, Bool, Bytea, Nullable, Text, Uuid as SqlUuid};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, QueryableByName, sql_query,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
pub(super) struct AuthRow {
    #[diesel(sql_type = SqlUuid)]
    pub credential_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = Text)]
    zone: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    membership_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    vendor_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    organization_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    organization_kind: Option<OrganizationKind>,
    #[diesel(sql_type = Nullable<Text>)]
    role: Option<Role>,
    #[diesel(sql_type = Nullable<Text>)]
    scope: Option<TokenScope>,
    #[diesel(sql_type = Bool)]
    pub stale: bool,
}

impl AuthRow {
    pub(super) fn signed_in(self, session: Option<SessionId>, via: Via) -> SignedIn {
        let person = PersonId(self.person_id);
        let caller = self.caller(person, via);
        let person = Person { id: person, name: self.name, email: self.email, zone: self.zone };
        SignedIn { person, session, via, caller }
    }

    fn caller(&self, person: PersonId, via: Via) -> Option<Caller> {
        Some(Caller {
            person,
            membership: MembershipId(self.membership_id?),
            vendor: VendorId(self.vendor_id?),
            organization: OrganizationId(self.organization_id?),
            kind: self.organization_kind?,
            role: self.role?,
            via,
            idempotency: None,
        })
    }
}

const BY_TOKEN: &str = "
    SELECT t.id AS credential_id, p.id AS person_id, p.name, p.email, p.zone,
           m.id AS membership_id, m.vendor_id, m.organization_id, m.organization_kind, m.role,
           t.scope,
           coalesce(t.used_at, t.created_at - interval '1 day')
               < app_now() - interval '5 minutes' AS stale
    FROM api_tokens t
    JOIN memberships m ON m.id = t.membership_id AND m.ended_at IS NULL
    JOIN persons p ON p.id = m.person_id
    WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > app_now()";

pub async fn by_token(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<Found>> {
    let row: Option<AuthRow> = sql_query(BY_TOKEN)
        .bind::<Bytea, _>(hash.to_vec())
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(row.map(|row| {
        let via = Via::Token(row.scope.unwrap_or(TokenScope::Read));
        let stale = row.stale;
        Found { signed_in: row.signed_in(None, via), stale }
    }))
}

pub struct NewTokenRow {
    pub id: ApiTokenId,
    pub token_hash: [u8; 32],
    pub membership: MembershipId,
    pub name: String,
    pub scope: TokenScope,
    pub life: Duration,
}

#[derive(Queryable)]
struct Listed {
    id: Uuid,
    name: String,
    scope: TokenScope,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

type Columns = (
    tokens::id,
    tokens::name,
    tokens::scope,
    tokens::created_at,
    tokens::expires_at,
    tokens::used_at,
    tokens::revoked_at,
);

const COLUMNS: Columns = (
    tokens::id,
    tokens::name,
    tokens::scope,
    tokens::created_at,
    tokens::expires_at,
    tokens::used_at,
    tokens::revoked_at,
);

pub async fn insert_token(tx: &mut Tx, row: NewTokenRow) -> Result<ApiToken> {
    sql_query(
        "INSERT INTO api_tokens (id, token_hash, membership_id, name, scope, expires_at)
         VALUES ($1, $2, $3, $4, $5, app_now() + $6 * interval '1 second')",
    )
    .bind::<SqlUuid, _>(row.id.0)
    .bind::<Bytea, _>(row.token_hash.to_vec())
    .bind::<SqlUuid, _>(row.membership.0)
    .bind::<Text, _>(&row.name)
    .bind::<Text, _>(row.scope)
    .bind::<BigInt, _>(row.life.num_seconds())
    .execute(tx.conn())
    .await?;
    let listed: Listed =
        tokens::table.filter(tokens::id.eq(row.id.0)).select(COLUMNS).first(tx.conn()).await?;
    Ok(listed.into())
}

pub async fn tokens(tx: &mut Tx, membership: MembershipId) -> Result<Vec<ApiToken>> {
    let rows: Vec<Listed> = tokens::table
        .filter(tokens::membership_id.eq(membership.0))
        .order(tokens::created_at.desc())
        .limit(200)
        .select(COLUMNS)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(ApiToken::from).collect())
}

pub async fn revoke_token(tx: &mut Tx, membership: MembershipId, id: ApiTokenId) -> Result<bool> {
    let mine = tokens::table
        .filter(tokens::id.eq(id.0))
        .filter(tokens::membership_id.eq(membership.0))
        .filter(tokens::revoked_at.is_null());
    let now = diesel::dsl::sql::<Nullable<diesel::sql_types::Timestamptz>>("app_now()");
    Ok(diesel::update(mine).set(tokens::revoked_at.eq(now)).execute(tx.conn()).await? == 1)
}

impl From<Listed> for ApiToken {
    fn from(row: Listed) -> Self {
        Self {
            id: ApiTokenId(row.id),
            name: row.name,
            scope: row.scope,
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            revoked_at: row.revoked_at,
        }
    }
}
