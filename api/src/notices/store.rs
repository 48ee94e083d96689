//! Rows of `notices` and `muted_notices`; recipients are read from identity's tables.

use super::model::{News, Notice, Recipient};
use crate::kernel::id::{NoticeId, OrganizationId, PersonId};
use crate::kernel::zone::Zone;
use crate::platform::caller::{Caller, Role};
use crate::platform::db::Tx;
use crate::platform::db::schema::{muted_notices, notices};
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable,
    QueryableByName, sql_query,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Who of an organization is told.
pub enum Told<'a> {
    Person(PersonId),
    Roles(&'a [Role]),
}

#[derive(QueryableByName)]
struct RecipientRow {
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = Text)]
    zone: String,
    #[diesel(sql_type = Text)]
    organization: String,
    #[diesel(sql_type = Text)]
    vendor: String,
    #[diesel(sql_type = Text)]
    vendor_slug: String,
    #[diesel(sql_type = Bool)]
    muted: bool,
}

const RECIPIENTS: &str = "
    SELECT p.id AS person_id, p.name, p.email, p.zone, o.name AS organization, v.name AS vendor,
           v.slug AS vendor_slug, k.kind IS NOT NULL AS muted
    FROM memberships m
    JOIN persons p ON p.id = m.person_id
    JOIN organizations o ON o.vendor_id = m.vendor_id AND o.id = m.organization_id
    JOIN vendors v ON v.id = m.vendor_id
    LEFT JOIN muted_notices k
        ON k.vendor_id = m.vendor_id AND k.person_id = m.person_id AND k.kind = $3
    WHERE m.vendor_id = $1 AND m.organization_id = $2 AND m.ended_at IS NULL
      AND (m.person_id = $4 OR m.role = ANY ($5))
    ORDER BY m.created_at, m.id";

/// People with an open seat in the organization, with their choice about this kind.
pub async fn recipients(
    tx: &mut Tx,
    organization: OrganizationId,
    whom: Told<'_>,
    kind: &str,
) -> Result<Vec<Recipient>> {
    let vendor = tx.vendor()?;
    let (person, roles) = match whom {
        Told::Person(person) => (Some(person.0), Vec::new()),
        Told::Roles(roles) => (None, roles.iter().map(|role| role.as_str()).collect()),
    };
    let rows: Vec<RecipientRow> = sql_query(RECIPIENTS)
        .bind::<SqlUuid, _>(vendor.0)
        .bind::<SqlUuid, _>(organization.0)
        .bind::<Text, _>(kind)
        .bind::<Nullable<SqlUuid>, _>(person)
        .bind::<Array<Text>, _>(roles)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Recipient::from).collect())
}

impl From<RecipientRow> for Recipient {
    fn from(row: RecipientRow) -> Self {
        Self {
            person: PersonId(row.person_id),
            name: row.name,
            email: row.email,
            zone: Zone::parse(&row.zone).unwrap_or(Zone::UTC),
            organization: row.organization,
            vendor: row.vendor,
            vendor_slug: row.vendor_slug,
            muted: row.muted,
        }
    }
}

pub async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    told: &[(NoticeId, News, Recipient)],
) -> Result<()> {
    let vendor = tx.vendor()?;
    let rows: Vec<_> = told
        .iter()
        .map(|(id, news, to)| {
            (
                notices::vendor_id.eq(vendor.0),
                notices::id.eq(id.0),
                notices::person_id.eq(to.person.0),
                notices::organization_id.eq(organization.0),
                notices::kind.eq(news.kind),
                notices::title.eq(&news.title),
                notices::body.eq(&news.body),
                notices::link.eq(&news.link),
            )
        })
        .collect();
    diesel::insert_into(notices::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

#[derive(Queryable)]
struct Listed {
    id: Uuid,
    kind: String,
    title: String,
    body: String,
    link: String,
    created_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
}

/// One more row than asked for, so that the caller learns whether there is another page.
pub async fn list(tx: &mut Tx, caller: &Caller, wanted: PageWanted) -> Result<Vec<Notice>> {
    let mut query = notices::table
        .filter(notices::person_id.eq(caller.person.0))
        .filter(notices::organization_id.eq(caller.organization.0))
        .select((
            notices::id,
            notices::kind,
            notices::title,
            notices::body,
            notices::link,
            notices::created_at,
            notices::read_at,
        ))
        .order((notices::created_at.desc(), notices::id.desc()))
        .limit(wanted.limit + 1)
        .into_boxed();
    if let Some(after) = wanted.after {
        let same_instant = notices::created_at.eq(after.at).and(notices::id.lt(after.id));
        query = query.filter(notices::created_at.lt(after.at).or(same_instant));
    }
    let rows: Vec<Listed> = query.load(tx.conn()).await?;
    Ok(rows.into_iter().map(Notice::from).collect())
}

impl From<Listed> for Notice {
    fn from(row: Listed) -> Self {
        Self {
            id: NoticeId(row.id),
            kind: row.kind,
            title: row.title,
            body: row.body,
            link: row.link,
            created_at: row.created_at,
            read_at: row.read_at,
        }
    }
}

pub async fn unread_count(tx: &mut Tx, caller: &Caller) -> Result<i64> {
    let count = notices::table
        .filter(notices::person_id.eq(caller.person.0))
        .filter(notices::organization_id.eq(caller.organization.0))
        .filter(notices::read_at.is_null())
        .count()
        .get_result(tx.conn())
        .await?;
    Ok(count)
}

/// The notice's link; `None` when it is not the caller's.
pub async fn mark_read(tx: &mut Tx, caller: &Caller, id: NoticeId) -> Result<Option<String>> {
    let first = diesel::dsl::sql::<Nullable<Timestamptz>>("coalesce(read_at, app_now())");
    let mine = notices::table
        .filter(notices::id.eq(id.0))
        .filter(notices::person_id.eq(caller.person.0))
        .filter(notices::organization_id.eq(caller.organization.0));
    let link = diesel::update(mine)
        .set(notices::read_at.eq(first))
        .returning(notices::link)
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(link)
}

pub async fn mark_all_read(tx: &mut Tx, caller: &Caller) -> Result<()> {
    let now = diesel::dsl::sql::<Nullable<Timestamptz>>("app_now()");
    let mine = notices::table
        .filter(notices::person_id.eq(caller.person.0))
        .filter(notices::organization_id.eq(caller.organization.0))
        .filter(notices::read_at.is_null());
    diesel::update(mine).set(notices::read_at.eq(now)).execute(tx.conn()).await?;
    Ok(())
}

pub async fn muted(tx: &mut Tx, person: PersonId) -> Result<Vec<String>> {
    let words = muted_notices::table
        .filter(muted_notices::person_id.eq(person.0))
        .select(muted_notices::kind)
        .load(tx.conn())
        .await?;
    Ok(words)
}

/// Replaces the person's choice.
pub async fn set_muted(tx: &mut Tx, person: PersonId, kinds: &[&str]) -> Result<()> {
    let vendor = tx.vendor()?;
    let unwanted = muted_notices::table
        .filter(muted_notices::person_id.eq(person.0))
        .filter(muted_notices::kind.ne_all(kinds));
    diesel::delete(unwanted).execute(tx.conn()).await?;
    if kinds.is_empty() {
        return Ok(());
    }
    let row = |kind: &&str| {
        (
            muted_notices::vendor_id.eq(vendor.0),
            muted_notices::person_id.eq(person.0),
            muted_notices::kind.eq((*kind).to_owned()),
        )
    };
    let rows: Vec<_> = kinds.iter().map(row).collect();
    diesel::insert_into(muted_notices::table)
        .values(rows)
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(())
}
