//! What a person changes about their own account: rows of `persons` and `credentials`.

use crate::identity::IdentityError;
use crate::identity::model::{OpenToken, Person};
use crate::kernel::id::{ApiTokenId, PersonId};
use crate::platform::caller::TokenScope;
use crate::platform::db::schema::{api_tokens, credentials, memberships, persons};
use crate::platform::db::{Tx, refuse_on};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Bool, Timestamptz};
use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, Queryable};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable)]
struct Row {
    id: Uuid,
    name: String,
    email: String,
    zone: String,
}

impl From<Row> for Person {
    fn from(row: Row) -> Self {
        Self { id: PersonId(row.id), name: row.name, email: row.email, zone: row.zone }
    }
}

const COLUMNS: (persons::id, persons::name, persons::email, persons::zone) =
    (persons::id, persons::name, persons::email, persons::zone);

/// The person of an address in its one form.
pub async fn person_by_email(tx: &mut Tx, email: &str) -> Result<Option<Person>> {
    let query = persons::table.filter(persons::email.eq(email)).select(COLUMNS);
    let row: Option<Row> = query.first(tx.conn()).await.optional()?;
    Ok(row.map(Person::from))
}

pub async fn person(tx: &mut Tx, id: PersonId) -> Result<Option<Person>> {
    let query = persons::table.filter(persons::id.eq(id.0)).select(COLUMNS);
    let row: Option<Row> = query.first(tx.conn()).await.optional()?;
    Ok(row.map(Person::from))
}

pub async fn password_hash(tx: &mut Tx, person: PersonId) -> Result<Option<String>> {
    let hash = credentials::table
        .filter(credentials::person_id.eq(person.0))
        .select(credentials::password_hash)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(hash)
}

pub async fn set_password(tx: &mut Tx, person: PersonId, hash: &str) -> Result<()> {
    let now = diesel::dsl::sql::<Timestamptz>("app_now()");
    diesel::insert_into(credentials::table)
        .values((credentials::person_id.eq(person.0), credentials::password_hash.eq(hash)))
        .on_conflict(credentials::person_id)
        .do_update()
        .set((credentials::password_hash.eq(hash), credentials::changed_at.eq(now)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Errors with `address-taken` when somebody has the address by now.
pub async fn set_email(tx: &mut Tx, person: PersonId, email: &str) -> Result<()> {
    diesel::update(persons::table.filter(persons::id.eq(person.0)))
        .set(persons::email.eq(email))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("persons_email_key", IdentityError::AddressTaken))?;
    Ok(())
}

pub async fn set_profile(tx: &mut Tx, person: PersonId, name: &str, zone: &str) -> Result<()> {
    diesel::update(persons::table.filter(persons::id.eq(person.0)))
        .set((persons::name.eq(name), persons::zone.eq(zone)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(Queryable)]
struct TokenRow {
    id: Uuid,
    name: String,
    scope: TokenScope,
    created_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

/// The tokens that still work for the person, in every program.
pub async fn open_tokens(tx: &mut Tx, person: PersonId) -> Result<Vec<OpenToken>> {
    let live = diesel::dsl::sql::<Bool>("api_tokens.expires_at > app_now()");
    let rows: Vec<TokenRow> = api_tokens::table
        .inner_join(memberships::table.on(memberships::id.eq(api_tokens::membership_id)))
        .filter(memberships::person_id.eq(person.0))
        .filter(memberships::ended_at.is_null())
        .filter(api_tokens::revoked_at.is_null())
        .filter(live)
        .order(api_tokens::created_at.desc())
        .limit(200)
        .select((
            api_tokens::id,
            api_tokens::name,
            api_tokens::scope,
            api_tokens::created_at,
            api_tokens::used_at,
        ))
        .load(tx.conn())
        .await?;
    let token = |row: TokenRow| OpenToken {
        id: ApiTokenId(row.id),
        name: row.name,
        scope: row.scope,
        created_at: row.created_at,
        used_at: row.used_at,
    };
    Ok(rows.into_iter().map(token).collect())
}
