//! Rows of `audit_webhooks`: where checkpoints are sent, and how that goes.

use crate::access::model::AuditWebhook;
use crate::kernel::id::{AuditWebhookId, OrganizationId, PersonId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_types::{
    BigInt, Bool, Bytea, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// An address as its row has it, with the secret sealed.
#[derive(QueryableByName)]
pub struct WebhookRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    pub url: String,
    #[diesel(sql_type = Bytea)]
    pub secret_sealed: Vec<u8>,
    #[diesel(sql_type = Timestamptz)]
    set_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    set_by_name: String,
    #[diesel(sql_type = BigInt)]
    pub sent_seq: i64,
    #[diesel(sql_type = BigInt)]
    pub turn: i64,
    #[diesel(sql_type = Integer)]
    pub failures: i32,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    delivered_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    failing_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    failed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    failure: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    next_try_at: Option<DateTime<Utc>>,
}

impl WebhookRow {
    pub fn id(&self) -> AuditWebhookId {
        AuditWebhookId(self.id)
    }
}

impl From<WebhookRow> for AuditWebhook {
    fn from(row: WebhookRow) -> Self {
        Self {
            url: row.url,
            set_at: row.set_at,
            set_by_name: row.set_by_name,
            delivered_at: row.delivered_at,
            failed: row.failed_at.zip(row.failure),
            failing_since: row.failing_since,
            next_try_at: row.next_try_at,
            sent_seq: row.sent_seq,
        }
    }
}

/// A customer's address, if it has one.
pub async fn webhook(tx: &mut Tx, customer: OrganizationId) -> Result<Option<WebhookRow>> {
    let row = sql_query(
        "SELECT w.id, w.url, w.secret_sealed, w.set_at, p.name AS set_by_name, w.sent_seq, w.turn,
                w.failures, w.delivered_at, w.failing_since, w.failed_at, w.failure, w.next_try_at
         FROM audit_webhooks w JOIN persons p ON p.id = w.set_by
         WHERE w.vendor_id = $1 AND w.customer_organization_id = $2",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row)
}

/// An address to be written.
pub struct NewWebhook<'a> {
    pub id: AuditWebhookId,
    pub customer: OrganizationId,
    pub url: &'a str,
    pub secret_sealed: &'a [u8],
    pub by: PersonId,
}

/// What an address was until now, and who says otherwise.
#[derive(QueryableByName)]
pub struct Before {
    #[diesel(sql_type = Nullable<Text>)]
    pub url: Option<String>,
    #[diesel(sql_type = Text)]
    pub by_name: String,
}

/// Sets a customer's address; answers the one before it. The first one gets what is signed from
/// now on; another one goes on where the one before it stopped.
pub async fn set_webhook(tx: &mut Tx, new: &NewWebhook<'_>) -> Result<Before> {
    let before = sql_query(
        "WITH earlier AS (SELECT e.url FROM audit_webhooks e
             WHERE e.vendor_id = $1 AND e.customer_organization_id = $2 FOR NO KEY UPDATE)
         INSERT INTO audit_webhooks AS w (vendor_id, customer_organization_id, id, url,
             secret_sealed, set_by, sent_seq)
         VALUES ($1, $2, $3, $4, $5, $6, coalesce((SELECT max(c.seq) FROM audit_checkpoints c
             WHERE c.vendor_id = $1 AND c.customer_organization_id = $2), 0))
         ON CONFLICT (vendor_id, customer_organization_id) DO UPDATE SET id = excluded.id,
             url = excluded.url, secret_sealed = excluded.secret_sealed, set_by = excluded.set_by,
             set_at = app_now(), turn = 0, failures = 0, failing_since = NULL, next_try_at = NULL,
             told_at = NULL, failed_at = NULL, failure = NULL, delivered_at = NULL
         RETURNING (SELECT url FROM earlier) AS url,
             (SELECT p.name FROM persons p WHERE p.id = w.set_by) AS by_name",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(new.customer.0)
    .bind::<SqlUuid, _>(new.id.0)
    .bind::<Text, _>(new.url)
    .bind::<Bytea, _>(new.secret_sealed)
    .bind::<SqlUuid, _>(new.by.0)
    .get_result(tx.conn())
    .await?;
    Ok(before)
}

/// Takes the address and its secret away; answers which it was, `None` when there is none.
pub async fn delete_webhook(
    tx: &mut Tx,
    customer: OrganizationId,
    by: PersonId,
) -> Result<Option<Before>> {
    let row = sql_query(
        "DELETE FROM audit_webhooks WHERE vendor_id = $1 AND customer_organization_id = $2
         RETURNING url, (SELECT p.name FROM persons p WHERE p.id = $3) AS by_name",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .bind::<SqlUuid, _>(by.0)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row)
}

/// Notes a test, unless there was one in the last ten seconds; `false` then.
pub async fn begin_test(tx: &mut Tx, customer: OrganizationId) -> Result<bool> {
    let rows = sql_query(
        "UPDATE audit_webhooks SET tested_at = app_now()
         WHERE vendor_id = $1 AND customer_organization_id = $2
           AND (tested_at IS NULL OR tested_at <= app_now() - interval '10 seconds')",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .execute(tx.conn())
    .await?;
    Ok(rows > 0)
}

#[derive(QueryableByName)]
struct Turn {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    turn: i64,
}

/// Takes the next turn, so that an earlier job does not go on. Where `rested` only while nothing
/// waits for another try. `None` where there is no address, or that waits.
pub async fn take_turn(
    tx: &mut Tx,
    customer: OrganizationId,
    rested: bool,
) -> Result<Option<(AuditWebhookId, i64)>> {
    let row: Option<Turn> = sql_query(
        "UPDATE audit_webhooks SET turn = turn + 1
         WHERE vendor_id = $1 AND customer_organization_id = $2
           AND (NOT $3 OR next_try_at IS NULL) RETURNING id, turn",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(customer.0)
    .bind::<Bool, _>(rested)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| (AuditWebhookId(row.id), row.turn)))
}

/// Writes down that a checkpoint arrived; whose turn it is now, `None` for an address that is gone.
pub async fn delivered(tx: &mut Tx, id: AuditWebhookId, seq: i64) -> Result<Option<i64>> {
    let row: Option<Turn> = sql_query(
        "UPDATE audit_webhooks SET sent_seq = greatest(sent_seq, $3), delivered_at = app_now(),
                failures = 0, failing_since = NULL, next_try_at = NULL, told_at = NULL
         WHERE vendor_id = $1 AND id = $2 RETURNING id, turn",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(id.0)
    .bind::<BigInt, _>(seq)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row.map(|row| row.turn))
}

/// What follows when one did not arrive.
#[derive(QueryableByName)]
pub struct Undelivered {
    #[diesel(sql_type = BigInt)]
    pub turn: i64,
    #[diesel(sql_type = Timestamptz)]
    pub next_try_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    pub failing_since: DateTime<Utc>,
    /// Whether people are to be told now.
    #[diesel(sql_type = Bool)]
    pub tell: bool,
}

/// Writes down that one did not arrive and takes the turn of the next try; nothing where the turn
/// is somebody else's.
pub async fn undelivered(
    tx: &mut Tx,
    (id, turn): (AuditWebhookId, i64),
    reason: &str,
    (pause, told_after): (TimeDelta, TimeDelta),
) -> Result<Option<Undelivered>> {
    let row = sql_query(
        "UPDATE audit_webhooks SET turn = turn + 1, failures = failures + 1,
                failing_since = coalesce(failing_since, app_now()), failed_at = app_now(),
                failure = $4, next_try_at = app_now() + $5 * interval '1 second',
                told_at = CASE WHEN failing_since <= app_now() - $6 * interval '1 second'
                          THEN coalesce(told_at, app_now()) ELSE told_at END
         WHERE vendor_id = $1 AND id = $2 AND turn = $3
         RETURNING turn, next_try_at, failing_since,
                   coalesce(told_at = app_now(), false) AS tell",
    )
    .bind::<SqlUuid, _>(tx.vendor()?.0)
    .bind::<SqlUuid, _>(id.0)
    .bind::<BigInt, _>(turn)
    .bind::<Text, _>(reason)
    .bind::<BigInt, _>(pause.num_seconds())
    .bind::<BigInt, _>(told_after.num_seconds())
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(row)
}
