//! Rows of `write_approvals` as they move: a call asked for, answered, sent once.
//!
//! Reading them for people is `approvals_read`.

use crate::access::model::{ApprovalState, OVERTAKEN, Uses, Whose};
use crate::kernel::id::{AccessEntryId, GrantId, PersonId, WriteApprovalId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::upstreams::Risk;
use chrono::{DateTime, Utc};
use diesel::sql_types::{
    BigInt, Bool, Bytea, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// How long a call waits for its answer, and how long a yes holds.
const ANSWER_WITHIN_HOURS: i32 = 72;
const USE_WITHIN_HOURS: i32 = 24;

/// Where an approval `a` of a grant `g` stands now.
pub(super) const NOW: &str = "CASE
    WHEN a.state IN ('waiting', 'approved')
         AND (g.state <> 'active' OR g.valid_until <= app_now()) THEN 'expired'
    WHEN a.state = 'waiting' AND a.answer_by <= app_now() THEN 'expired'
    WHEN a.state = 'approved' AND a.use_by <= app_now() THEN 'expired'
    ELSE a.state END";

/// A call to be asked for.
#[derive(Debug, Clone)]
pub struct NewApproval<'a> {
    pub id: WriteApprovalId,
    pub whose: Whose,
    pub operation: &'a str,
    pub deed: &'a str,
    pub risk: Risk,
    pub method: &'a str,
    pub target: &'a str,
    pub request_hash: [u8; 32],
    pub body_sealed: Vec<u8>,
    /// The sealed object and its hash.
    pub before: Option<(Vec<u8>, [u8; 32])>,
    /// The object's version, where the application tells one.
    pub etag: Option<&'a str>,
    pub uses: Option<Uses>,
}

/// Makes the rows of a letter's overdue approvals say so.
pub async fn expire_approvals(tx: &mut Tx, grant: GrantId) -> Result<()> {
    sql_query(
        "UPDATE write_approvals SET state = 'expired' WHERE grant_id = $1
           AND (state = 'waiting' AND answer_by <= app_now()
             OR state = 'approved' AND use_by <= app_now())",
    )
    .bind::<SqlUuid, _>(grant.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes it; `false` when the same call waits already.
pub async fn insert_approval(tx: &mut Tx, new: &NewApproval<'_>) -> Result<bool> {
    let vendor = tx.vendor()?;
    let (unit, cost) = (new.uses.map(|u| u.0), new.uses.map(|u| counted(u.1)));
    let (before, before_hash) = new.before.clone().unzip();
    let rows = sql_query(
        "INSERT INTO write_approvals (vendor_id, id, grant_id, engagement_id,
             customer_organization_id, partner_organization_id, connection_id, person_id,
             operation_id, deed, risk, method, target, request_hash, body_sealed, before_sealed,
             before_hash, cost_unit, cost, before_etag, answer_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                 $19, $20, app_now() + make_interval(hours => $21))
         ON CONFLICT (vendor_id, grant_id, request_hash) WHERE state IN ('waiting', 'approved')
         DO NOTHING",
    )
    .bind::<SqlUuid, _>(vendor.0)
    .bind::<SqlUuid, _>(new.id.0)
    .bind::<SqlUuid, _>(new.whose.grant.0)
    .bind::<SqlUuid, _>(new.whose.engagement.0)
    .bind::<SqlUuid, _>(new.whose.customer.0)
    .bind::<SqlUuid, _>(new.whose.partner.0)
    .bind::<SqlUuid, _>(new.whose.connection.0)
    .bind::<SqlUuid, _>(new.whose.person.0)
    .bind::<Text, _>(new.operation)
    .bind::<Text, _>(new.deed)
    .bind::<Text, _>(new.risk)
    .bind::<Text, _>(new.method)
    .bind::<Text, _>(new.target)
    .bind::<Bytea, _>(new.request_hash.to_vec())
    .bind::<Bytea, _>(&new.body_sealed)
    .bind::<Nullable<Bytea>, _>(before)
    .bind::<Nullable<Bytea>, _>(before_hash.map(|hash| hash.to_vec()))
    .bind::<Nullable<Text>, _>(unit)
    .bind::<Nullable<BigInt>, _>(cost)
    .bind::<Nullable<Text>, _>(new.etag)
    .bind::<Integer, _>(ANSWER_WITHIN_HOURS)
    .execute(tx.conn())
    .await?;
    Ok(rows > 0)
}

/// A number as a row holds it.
pub(super) fn counted(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What the gateway has to know of a call that was asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub id: WriteApprovalId,
    pub state: ApprovalState,
    pub request_hash: Vec<u8>,
    pub before_hash: Option<Vec<u8>>,
    /// The version of the object that the customer looked at.
    pub etag: Option<String>,
    /// How much the customer was told it uses up.
    pub cost: Option<u64>,
    /// Whether it was sent moments ago, and not refused as overtaken.
    pub just_done: bool,
}

#[derive(QueryableByName)]
struct AskedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    state: ApprovalState,
    #[diesel(sql_type = Bytea)]
    request_hash: Vec<u8>,
    #[diesel(sql_type = Nullable<Bytea>)]
    before_hash: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    before_etag: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    cost: Option<i64>,
    #[diesel(sql_type = Bool)]
    just_done: bool,
}

/// The approval that is named, else the latest of exactly this call; an answer of a day ago no
/// longer counts when it was a no, or a yes that was taken back.
pub async fn asked(
    tx: &mut Tx,
    grant: GrantId,
    (named, hash): (Option<WriteApprovalId>, &[u8; 32]),
) -> Result<Option<Asked>> {
    let row: Option<AskedRow> = sql_query(format!(
        "SELECT a.id, {NOW} AS state, a.request_hash, a.before_hash,
                a.before_etag, a.cost,
                coalesce(a.used_at > app_now() - interval '30 seconds', false)
                    AND NOT EXISTS (SELECT 1 FROM access_log l WHERE l.vendor_id = a.vendor_id
                        AND l.begun_id = a.used_entry_id AND l.code = '{OVERTAKEN}') AS just_done
         FROM write_approvals a
         JOIN grants g ON g.vendor_id = a.vendor_id AND g.id = a.grant_id
         WHERE a.grant_id = $1 AND (a.id = $2 OR $2 IS NULL AND a.request_hash = $3
               AND NOT (a.state IN ('declined', 'recalled')
                        AND coalesce(a.recalled_at, a.answered_at) < app_now() - interval '1 day'))
         ORDER BY a.asked_at DESC, a.id DESC LIMIT 1"
    ))
    .bind::<SqlUuid, _>(grant.0)
    .bind::<Nullable<SqlUuid>, _>(named.map(|id| id.0))
    .bind::<Bytea, _>(hash.to_vec())
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| Asked {
        id: WriteApprovalId(row.id),
        state: row.state,
        request_hash: row.request_hash,
        before_hash: row.before_hash,
        etag: row.before_etag,
        cost: row.cost.and_then(|cost| u64::try_from(cost).ok()),
        just_done: row.just_done,
    }))
}

#[derive(QueryableByName)]
struct UntilRow {
    #[diesel(sql_type = Timestamptz)]
    answer_by: DateTime<Utc>,
}

/// Until when a call waits.
pub async fn asked_until(tx: &mut Tx, id: WriteApprovalId) -> Result<DateTime<Utc>> {
    let row: UntilRow = sql_query("SELECT answer_by FROM write_approvals WHERE id = $1")
        .bind::<SqlUuid, _>(id.0)
        .get_result(tx.conn())
        .await?;
    Ok(row.answer_by)
}

/// What a letter has put before its customer.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Load {
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Asked within a day, whatever became of it.
    #[diesel(sql_type = BigInt)]
    pub today: i64,
    /// Seconds until the oldest of those is a day old.
    #[diesel(sql_type = BigInt)]
    pub seconds: i64,
}

/// How many calls of a letter wait, and how many it asked for lately.
pub async fn load(tx: &mut Tx, grant: GrantId) -> Result<Load> {
    let row = sql_query(
        "SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
                count(*) FILTER (WHERE asked_at > app_now() - interval '1 day') AS today,
                coalesce(ceil(extract(epoch FROM min(asked_at)
                    FILTER (WHERE asked_at > app_now() - interval '1 day')
                    + interval '1 day' - app_now())), 0)::bigint AS seconds
         FROM write_approvals WHERE grant_id = $1
           AND (state = 'waiting' OR asked_at > app_now() - interval '1 day')",
    )
    .bind::<SqlUuid, _>(grant.0)
    .get_result(tx.conn())
    .await?;
    Ok(row)
}

/// Uses a yes up; `false` when it was used, taken back or is too old.
pub async fn use_approval(tx: &mut Tx, id: WriteApprovalId, entry: AccessEntryId) -> Result<bool> {
    let rows = sql_query(
        "UPDATE write_approvals SET state = 'used', used_at = app_now(), used_entry_id = $2
         WHERE id = $1 AND state = 'approved' AND use_by > app_now()",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(entry.0)
    .execute(tx.conn())
    .await?;
    Ok(rows > 0)
}

/// What a row's state becomes, and who said so.
#[derive(Debug, Clone)]
pub struct Moved<'a> {
    pub state: ApprovalState,
    /// The customer's person who answered.
    pub by: Option<PersonId>,
    pub note: &'a str,
}

/// Moves an approval that waits, or, where the customer does not answer, one that was approved
/// too; `false` when it is elsewhere by now.
pub async fn move_approval(tx: &mut Tx, id: WriteApprovalId, to: &Moved<'_>) -> Result<bool> {
    let rows = sql_query(
        "UPDATE write_approvals SET state = $2, note = CASE WHEN $3 IS NULL THEN note ELSE $4 END,
                answered_by = coalesce($3, answered_by),
                answered_at = CASE WHEN $3 IS NULL THEN answered_at ELSE app_now() END,
                use_by = CASE WHEN $2 = 'approved' THEN app_now() + make_interval(hours => $5)
                         ELSE use_by END
         WHERE id = $1 AND (state = 'waiting' AND answer_by > app_now() AND $2 <> 'stale'
                         OR state = 'approved' AND $3 IS NULL)",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Text, _>(to.state)
    .bind::<Nullable<SqlUuid>, _>(to.by.map(|p| p.0))
    .bind::<Text, _>(to.note)
    .bind::<Integer, _>(USE_WITHIN_HOURS)
    .execute(tx.conn())
    .await?;
    Ok(rows > 0)
}

/// Takes a yes back; `false` when it was used, or is no yes any more.
pub async fn recall_approval(tx: &mut Tx, id: WriteApprovalId, by: PersonId) -> Result<bool> {
    let rows = sql_query(
        "UPDATE write_approvals SET state = 'recalled', recalled_at = app_now(), recalled_by = $2
         WHERE id = $1 AND state = 'approved'",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(by.0)
    .execute(tx.conn())
    .await?;
    Ok(rows > 0)
}
