//! Rows of `sessions`.

use super::tokens::AuthRow;
use crate::identity::model::{SessionFacts, SessionRow, SignedIn};
use crate::kernel::id::{MembershipId, PersonId, SessionId};
use crate::platform::caller::Via;
use crate::platform::db::Tx;
use crate::platform::db::schema::{api_tokens, sessions};
use crate::platform::http::credential::Credential;
use crate::platform::refusal::Result;
use chrono::{DateTime, Duration, Utc};
use diesel::sql_types::{BigInt, Bytea, Nullable, Text, Uuid as SqlUuid};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub struct NewSessionRow {
    pub id: SessionId,
    pub token_hash: [u8; 32],
    pub person: PersonId,
    pub membership: Option<MembershipId>,
    pub facts: SessionFacts,
    pub life: Duration,
}

pub async fn insert_session(tx: &mut Tx, row: NewSessionRow) -> Result<()> {
    sql_query(
        "INSERT INTO sessions
             (id, token_hash, person_id, membership_id, host, user_agent, address, expires_at)
         VALUES ($1, $2, $3, $4, $5, left($6, 300), $7, app_now() + $8 * interval '1 second')",
    )
    .bind::<SqlUuid, _>(row.id.0)
    .bind::<Bytea, _>(row.token_hash.to_vec())
    .bind::<SqlUuid, _>(row.person.0)
    .bind::<Nullable<SqlUuid>, _>(row.membership.map(|m| m.0))
    .bind::<Text, _>(row.facts.host)
    .bind::<Text, _>(row.facts.user_agent)
    .bind::<Text, _>(row.facts.address)
    .bind::<BigInt, _>(row.life.num_seconds())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A credential's owner, and whether its last use should be noted.
pub struct Found {
    pub signed_in: SignedIn,
    pub stale: bool,
}

const BY_SESSION: &str = "
    SELECT s.id AS credential_id, p.id AS person_id, p.name, p.email, p.zone,
           m.id AS membership_id, m.vendor_id, m.organization_id, m.organization_kind, m.role,
           NULL::text AS scope, s.seen_at < app_now() - interval '5 minutes' AS stale
    FROM sessions s
    JOIN persons p ON p.id = s.person_id
    LEFT JOIN memberships m ON m.id = s.membership_id AND m.ended_at IS NULL
    WHERE s.token_hash = $1 AND s.expires_at > app_now()";

pub async fn by_session(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<Found>> {
    let row: Option<AuthRow> = sql_query(BY_SESSION)
        .bind::<Bytea, _>(hash.to_vec())
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(row.map(|row| {
        let session = Some(SessionId(row.credential_id));
        let stale = row.stale;
        Found { signed_in: row.signed_in(session, Via::Session), stale }
    }))
}

/// Notes that the credential was used just now.
pub async fn touch(tx: &mut Tx, credential: &Credential, hash: &[u8; 32]) -> Result<()> {
    let now = diesel::dsl::sql::<diesel::sql_types::Timestamptz>("app_now()");
    match credential {
        Credential::Session(_) => {
            diesel::update(sessions::table.filter(sessions::token_hash.eq(hash.to_vec())))
                .set(sessions::seen_at.eq(now))
                .execute(tx.conn())
                .await?;
        }
        Credential::Bearer(_) => {
            let now = diesel::dsl::sql::<Nullable<diesel::sql_types::Timestamptz>>("app_now()");
            diesel::update(api_tokens::table.filter(api_tokens::token_hash.eq(hash.to_vec())))
                .set(api_tokens::used_at.eq(now))
                .execute(tx.conn())
                .await?;
        }
    }
    Ok(())
}

#[derive(Queryable)]
struct Listed {
    id: Uuid,
    user_agent: String,
    address: String,
    created_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

pub async fn sessions(tx: &mut Tx, person: PersonId) -> Result<Vec<SessionRow>> {
    let open = diesel::dsl::sql::<diesel::sql_types::Bool>("expires_at > app_now()");
    let rows: Vec<Listed> = sessions::table
        .filter(sessions::person_id.eq(person.0))
        .filter(open)
        .order(sessions::created_at.desc())
        .limit(100)
        .select((
            sessions::id,
            sessions::user_agent,
            sessions::address,
            sessions::created_at,
            sessions::seen_at,
            sessions::expires_at,
        ))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(SessionRow::from).collect())
}

impl From<Listed> for SessionRow {
    fn from(row: Listed) -> Self {
        Self {
            id: SessionId(row.id),
            user_agent: row.user_agent,
            address: row.address,
            created_at: row.created_at,
            seen_at: row.seen_at,
            expires_at: row.expires_at,
        }
    }
}

pub async fn delete_session(tx: &mut Tx, person: PersonId, session: SessionId) -> Result<bool> {
    let mine =
        sessions::table.filter(sessions::id.eq(session.0)).filter(sessions::person_id.eq(person.0));
    Ok(diesel::delete(mine).execute(tx.conn()).await? == 1)
}

pub async fn delete_sessions(tx: &mut Tx, person: PersonId, keep: Option<SessionId>) -> Result<()> {
    let others = sessions::table
        .filter(sessions::person_id.eq(person.0))
        .filter(sessions::id.ne(keep.map_or(Uuid::nil(), |k| k.0)));
    diesel::delete(others).execute(tx.conn()).await?;
    Ok(())
}

/// Points the session at an open membership of the same person; `false` when there is none.
pub async fn set_membership(
    tx: &mut Tx,
    session: SessionId,
    person: PersonId,
    membership: MembershipId,
) -> Result<bool> {
    let changed = sql_query(
        "UPDATE sessions SET membership_id = $1
         WHERE id = $2 AND person_id = $3 AND EXISTS (
             SELECT 1 FROM memberships m
             WHERE m.id = $1 AND m.person_id = $3 AND m.ended_at IS NULL)",
    )
    .bind::<SqlUuid, _>(membership.0)
    .bind::<SqlUuid, _>(session.0)
    .bind::<SqlUuid, _>(person.0)
    .execute(tx.conn())
    .await?;
    Ok(changed == 1)
}
