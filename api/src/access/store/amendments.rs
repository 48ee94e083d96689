//! What is asked for beyond a letter in force, and the letter that gains it.

use super::granting::{ANSWER_WITHIN_DAYS, end_of_day};
use crate::access::model::{Amendment, AmendmentState};
use crate::kernel::id::{AmendmentId, GrantId, PersonId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, Bool, Bytea, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What is asked for, to be written.
#[derive(Debug, Clone)]
pub struct NewAmendment {
    pub id: AmendmentId,
    pub grant: GrantId,
    pub actions: BTreeSet<String>,
    pub last_day: Option<NaiveDate>,
    pub reason: String,
    pub asked_by: PersonId,
}

/// A customer's yes, with exactly what the letter says from then on.
#[derive(Debug, Clone)]
pub struct Agreement {
    pub amendment: AmendmentId,
    pub by: PersonId,
    /// The terms beside which it was looked at.
    pub before_hash: Vec<u8>,
    pub preset: String,
    pub terms: String,
    pub terms_hash: [u8; 32],
    /// Whether the later end is agreed to.
    pub longer: bool,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
    #[diesel(sql_type = Array<Text>)]
    actions: Vec<String>,
    #[diesel(sql_type = Nullable<Date>)]
    last_day: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    wanted_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Text)]
    state: AmendmentState,
    #[diesel(sql_type = Timestamptz)]
    asked_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    answer_by: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    answered_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    answered_by: Option<Uuid>,
}

#[derive(QueryableByName)]
struct UntilRow {
    #[diesel(sql_type = Timestamptz)]
    until: DateTime<Utc>,
}

/// When a day ends for the customer, and how that lies to the letter.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct LastDay {
    /// Later than the letter ends now.
    #[diesel(sql_type = Bool)]
    pub later: bool,
    /// Within the longest time that a yes of today could give.
    #[diesel(sql_type = Bool)]
    pub near: bool,
}

/// How a day lies to the end of a granted letter.
pub async fn last_day(tx: &mut Tx, grant: GrantId, day: NaiveDate) -> Result<LastDay> {
    let end = end_of_day("$2", "g.customer_organization_id");
    let found = sql_query(format!(
        "SELECT coalesce({end} > g.valid_until, false) AS later,
                {end} <= app_now() + interval '180 days' AS near
         FROM grants g WHERE g.id = $1"
    ))
    .bind::<SqlUuid, _>(grant.0)
    .bind::<Date, _>(day)
    .get_result(tx.conn())
    .await?;
    Ok(found)
}

/// Writes what is asked for; answers until when it waits.
pub async fn insert_amendment(tx: &mut Tx, new: &NewAmendment) -> Result<DateTime<Utc>> {
    let vendor = tx.vendor()?;
    let actions: Vec<&str> = new.actions.iter().map(String::as_str).collect();
    let row: UntilRow = sql_query(
        "INSERT INTO grant_amendments
             (vendor_id, id, grant_id, actions, last_day, reason, asked_by, answer_by)
         SELECT $1, $2, g.id, $4, $5, $6, $7,
                least(app_now() + $8 * interval '1 day', g.valid_until)
         FROM grants g WHERE g.id = $3 RETURNING answer_by AS until",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(new.id.0)
    .bind::<SqlUuid, _>(new.grant.0)
    .bind::<Array<Text>, _>(actions)
    .bind::<Nullable<Date>, _>(new.last_day)
    .bind::<Text, _>(&new.reason)
    .bind::<SqlUuid, _>(new.asked_by.0)
    .bind::<Integer, _>(ANSWER_WITHIN_DAYS)
    .get_result(tx.conn())
    .await?;
    Ok(row.until)
}

/// The latest that was asked for on a letter. One whose time is over says so before its row does.
pub async fn latest_amendment(tx: &mut Tx, grant: GrantId) -> Result<Option<Amendment>> {
    let end = end_of_day("a.last_day", "g.customer_organization_id");
    let row: Option<Row> = sql_query(format!(
        "SELECT a.id, a.grant_id, a.actions, a.last_day,
                least(app_now() + interval '180 days', {end}) AS wanted_until, a.reason,
                CASE WHEN a.state = 'asked' AND a.answer_by <= app_now() THEN 'lapsed'
                     ELSE a.state END AS state,
                a.asked_at, a.answer_by, a.answered_at, a.answered_by
         FROM grant_amendments a JOIN grants g ON g.vendor_id = a.vendor_id AND g.id = a.grant_id
         WHERE a.grant_id = $1 ORDER BY a.asked_at DESC, a.id DESC LIMIT 1"
    ))
    .bind::<SqlUuid, _>(grant.0)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(Amendment::from))
}

/// Closes what is open on a letter without a yes; answers whether anything was. It lapses only
/// once it has waited too long.
pub async fn close_amendment(
    tx: &mut Tx,
    grant: GrantId,
    state: AmendmentState,
    by: Option<PersonId>,
) -> Result<bool> {
    let closed = sql_query(
        "UPDATE grant_amendments SET state = $2, answered_at = app_now(), answered_by = $3
         WHERE grant_id = $1 AND state = 'asked' AND ($2 <> 'lapsed' OR answer_by <= app_now())",
    )
    .bind::<SqlUuid, _>(grant.0)
    .bind::<Text, _>(state)
    .bind::<Nullable<SqlUuid>, _>(by.map(|p| p.0))
    .execute(tx.conn())
    .await?;
    Ok(closed > 0)
}

/// Writes the yes and what the letter gains by it; answers its end. The database itself refuses a
/// letter that says anything else than what was agreed to.
pub async fn agree(tx: &mut Tx, yes: &Agreement) -> Result<DateTime<Utc>> {
    let end = end_of_day("a.last_day", "g.customer_organization_id");
    sql_query(format!(
        "UPDATE grant_amendments a
         SET state = 'agreed', answered_at = app_now(), answered_by = $2, before_hash = $3,
             preset = $4, terms = $5, terms_hash = $6,
             valid_until = CASE WHEN $7 THEN greatest(g.valid_until,
                 least(app_now() + interval '180 days', {end})) ELSE g.valid_until END
         FROM grants g WHERE g.vendor_id = a.vendor_id AND g.id = a.grant_id AND a.id = $1"
    ))
    .bind::<SqlUuid, _>(yes.amendment.0)
    .bind::<SqlUuid, _>(yes.by.0)
    .bind::<Bytea, _>(&yes.before_hash)
    .bind::<Text, _>(&yes.preset)
    .bind::<Text, _>(&yes.terms)
    .bind::<Bytea, _>(yes.terms_hash.to_vec())
    .bind::<Bool, _>(yes.longer)
    .execute(tx.conn())
    .await?;
    let row: UntilRow = sql_query(
        "UPDATE grants g SET preset = a.preset, terms = a.terms, terms_hash = a.terms_hash,
                valid_until = a.valid_until, amendment_id = a.id, amended_at = a.answered_at,
                amended_by = a.answered_by, rests_at = app_now() + letters_rest_after()
         FROM grant_amendments a
         WHERE a.id = $1 AND g.vendor_id = a.vendor_id AND g.id = a.grant_id
         RETURNING g.valid_until AS until",
    )
    .bind::<SqlUuid, _>(yes.amendment.0)
    .get_result(tx.conn())
    .await?;
    Ok(row.until)
}

impl From<Row> for Amendment {
    fn from(row: Row) -> Self {
        Self {
            id: AmendmentId(row.id),
            grant: GrantId(row.grant_id),
            actions: row.actions.into_iter().collect(),
            last_day: row.last_day,
            wanted_until: row.wanted_until.filter(|_| row.last_day.is_some()),
            reason: row.reason,
            state: row.state,
            asked_at: row.asked_at,
            answer_by: row.answer_by,
            answered_at: row.answered_at,
            answered_by: row.answered_by.map(PersonId),
        }
    }
}
