//! Rows of `access_log`: written, never changed.

use super::approvals::counted;
use super::grants::Viewer;
use crate::access::model::{Entry, LogWanted, NewEntry, Outcome};
use crate::kernel::id::{
    AccessEntryId, ConnectionId, EngagementId, GrantId, PersonId, WriteApprovalId,
};
use crate::kernel::page::Position;
use crate::platform::db::{Bound, Prepared, Tx};
use crate::platform::refusal::Result;
use crate::upstreams::{Risk, Unit};
use chrono::{DateTime, Utc};
use diesel::sql_types::{
    BigInt, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// A line as its row, in JSON.
pub fn line(new: &NewEntry) -> String {
    let operation = new.asked.operation.as_ref();
    let row = json!({
        "id": new.id,
        "begun_id": new.begun,
        "grant_id": new.whose.grant,
        "key_id": new.whose.key,
        "engagement_id": new.whose.engagement,
        "customer_organization_id": new.whose.customer,
        "partner_organization_id": new.whose.partner,
        "connection_id": new.whose.connection,
        "person_id": new.whose.person,
        "operation_id": operation.map(|o| &o.id),
        "operation": operation.map(|o| &o.title),
        "risk": operation.map(|o| o.risk.as_str()),
        "method": new.asked.method,
        "path_template": operation.map(|o| &o.path_template),
        "target": new.asked.target,
        "outcome": new.ended.outcome.as_str(),
        "code": new.ended.code,
        "status": new.ended.status,
        "bytes": new.ended.bytes,
        "duration_ms": new.ended.duration_ms,
        "request_id": new.asked.request_id,
        "approval_id": new.approval,
        "cost_unit": new.uses.map(|(unit, _)| unit.as_str()),
        "cost": new.uses.map(|(_, count)| counted(count)),
        "network": new.asked.from.network.map(bytea),
        "country": new.asked.from.country,
        "undo": new.undo,
        "sent_hash": new.sent_hash.map(bytea),
        "answer_hash": new.ended.answer_hash.map(bytea),
    });
    row.to_string()
}

/// Bytes as the database reads them in JSON.
fn bytea<const N: usize>(bytes: [u8; N]) -> String {
    format!("\\x{}", hex::encode(bytes))
}

/// Writes a line now.
pub async fn insert_entry(tx: &mut Tx, new: &NewEntry) -> Result<()> {
    insert_entries(tx, std::slice::from_ref(new)).await
}

/// Writes lines now, in their order.
pub async fn insert_entries(tx: &mut Tx, all: &[NewEntry]) -> Result<()> {
    let lines: Vec<_> = all.iter().map(|new| (line(new), Duration::ZERO)).collect();
    insert_lines(tx, &lines).await
}

/// Writes lines in their order, by one statement; each says how long ago its call ended. A line
/// that is there already, since nobody knew whether it was, stays.
pub async fn insert_lines(tx: &mut Tx, lines: &[(String, Duration)]) -> Result<()> {
    let waited = |since: &Duration| i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
    let (rows, waited): (Vec<String>, Vec<i64>) =
        lines.iter().map(|(row, since)| (row.clone(), waited(since))).unzip();
    let values = vec![Bound::Id(tx.vendor()?.0), Bound::Texts(rows), Bound::Numbers(waited)];
    Prepared::new(INSERT, values)?.execute(tx.conn()).await?;
    Ok(())
}

const INSERT: &str = "INSERT INTO access_log (vendor_id, id, begun_id, grant_id, key_id,
         engagement_id, customer_organization_id, partner_organization_id, connection_id,
         person_id, operation_id, operation, risk, method, path_template, target, outcome, code,
         status, bytes, duration_ms, request_id, approval_id, cost_unit, cost, network,
         country, undo, sent_hash, answer_hash, at)
     SELECT ?, l.id, l.begun_id, l.grant_id, l.key_id, l.engagement_id,
         l.customer_organization_id, l.partner_organization_id, l.connection_id, l.person_id,
         l.operation_id, l.operation, l.risk, l.method, l.path_template, l.target, l.outcome,
         l.code, l.status, l.bytes, l.duration_ms, l.request_id, l.approval_id, l.cost_unit,
         l.cost, l.network, l.country, l.undo, l.sent_hash, l.answer_hash,
         app_now() - waited * interval '1 microsecond'
     FROM unnest(?, ?) WITH ORDINALITY AS each (written, waited, place),
          json_populate_record(NULL::access_log, written::json) AS l
     ORDER BY place
     ON CONFLICT (vendor_id, id) DO NOTHING";

/// A page of the log.
#[derive(Debug, Clone, Copy)]
pub struct LogFilter {
    pub viewer: Viewer,
    pub wanted: LogWanted,
    pub after: Option<Position>,
    pub limit: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    grant_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    engagement_id: Uuid,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = SqlUuid)]
    connection_id: Uuid,
    #[diesel(sql_type = Text)]
    account_name: String,
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Text)]
    person_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    operation_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    operation: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    risk: Option<Risk>,
    #[diesel(sql_type = Text)]
    method: String,
    #[diesel(sql_type = Nullable<Text>)]
    path_template: Option<String>,
    #[diesel(sql_type = Text)]
    target: String,
    #[diesel(sql_type = Text)]
    outcome: Outcome,
    #[diesel(sql_type = Nullable<Text>)]
    code: Option<String>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    status: Option<i16>,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
    #[diesel(sql_type = Integer)]
    duration_ms: i32,
    #[diesel(sql_type = Text)]
    request_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    cost_unit: Option<Unit>,
    #[diesel(sql_type = Nullable<BigInt>)]
    cost: Option<i64>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    approval_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    sent_sha256: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    answer_sha256: Option<String>,
    #[diesel(sql_type = Bool)]
    by_hand: bool,
    #[diesel(sql_type = Bool)]
    undo: bool,
}

/// Latest first. A write that was announced and answered is one line, its outcome.
pub async fn entries(tx: &mut Tx, filter: &LogFilter) -> Result<Vec<Entry>> {
    let (at, id) = (filter.after.map(|p| p.at), filter.after.map(|p| p.id));
    let rows: Vec<Row> = sql_query(
        "SELECT l.id, l.at, l.grant_id, l.engagement_id, e.number, l.connection_id, c.account_name,
                l.person_id, p.name AS person_name, l.operation_id, l.operation, l.risk, l.method,
                l.path_template, l.target, l.outcome, l.code, l.status, l.bytes, l.duration_ms,
                l.request_id, encode(l.sent_hash, 'hex') AS sent_sha256,
                encode(l.answer_hash, 'hex') AS answer_sha256, l.cost_unit, l.cost, l.approval_id,
                l.key_id IS NULL AND NOT l.undo AS by_hand, l.undo
         FROM access_log l
         JOIN engagements e ON e.vendor_id = l.vendor_id AND e.id = l.engagement_id
         JOIN connections c ON c.vendor_id = l.vendor_id AND c.id = l.connection_id
         JOIN persons p ON p.id = l.person_id
         WHERE (l.customer_organization_id = $1 OR l.partner_organization_id = $1)
           AND ($2 IS NULL OR l.person_id = $2) AND ($3 IS NULL OR l.grant_id = $3)
           AND ($4 IS NULL OR (l.at, l.id) < ($4, $5))
           AND ($7 IS NULL OR l.connection_id = $7) AND ($8 IS NULL OR l.outcome = $8)
           AND ($9 IS NULL OR l.person_id = $9)
           AND NOT (l.outcome = 'begun' AND EXISTS (SELECT 1 FROM access_log o
                    WHERE o.vendor_id = l.vendor_id AND o.begun_id = l.id))
         ORDER BY l.at DESC, l.id DESC LIMIT $6",
    )
    .bind::<SqlUuid, _>(filter.viewer.organization.0)
    .bind::<Nullable<SqlUuid>, _>(filter.viewer.only.map(|p| p.0))
    .bind::<Nullable<SqlUuid>, _>(filter.wanted.grant.map(|g| g.0))
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<SqlUuid>, _>(id)
    .bind::<BigInt, _>(filter.limit)
    .bind::<Nullable<SqlUuid>, _>(filter.wanted.connection.map(|c| c.0))
    .bind::<Nullable<Text>, _>(filter.wanted.outcome)
    .bind::<Nullable<SqlUuid>, _>(filter.wanted.person.map(|p| p.0))
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            id: AccessEntryId(row.id),
            at: row.at,
            grant: GrantId(row.grant_id),
            engagement: EngagementId(row.engagement_id),
            engagement_number: row.number,
            connection: ConnectionId(row.connection_id),
            account_name: row.account_name,
            person: PersonId(row.person_id),
            person_name: row.person_name,
            operation_id: row.operation_id,
            operation: row.operation,
            risk: row.risk,
            method: row.method,
            path_template: row.path_template,
            target: row.target,
            outcome: row.outcome,
            code: row.code,
            status: row.status.and_then(|status| u16::try_from(status).ok()),
            bytes: row.bytes,
            duration_ms: row.duration_ms,
            request_id: row.request_id,
            sent_sha256: row.sent_sha256,
            answer_sha256: row.answer_sha256,
            uses: row.cost_unit.zip(row.cost.and_then(|cost| u64::try_from(cost).ok())),
            approval: row.approval_id.map(WriteApprovalId),
            by_hand: row.by_hand,
            undo: row.undo,
        }
    }
}
