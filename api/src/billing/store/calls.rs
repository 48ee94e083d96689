//! Rows of `stripe_calls`: what was asked, under which key, and what came of it.

pub use crate::billing::model::NewCall;
use crate::billing::model::{Call, CallState};
use crate::kernel::id::StripeCallId;
use crate::platform::db::Tx;
use crate::platform::db::schema::stripe_calls as calls;
use crate::platform::refusal::{Common, Error, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, QueryableByName, Selectable,
    SelectableHelper, sql_query,
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

pub async fn insert_call(tx: &mut Tx, new: &NewCall) -> Result<()> {
    let vendor = tx.vendor()?;
    let params = serde_json::to_value(&new.ask)?;
    diesel::insert_into(calls::table)
        .values((
            calls::vendor_id.eq(vendor.0),
            calls::id.eq(new.id.0),
            calls::op.eq(new.ask.op()),
            calls::subject_id.eq(new.subject),
            calls::params_hash.eq(hash(&params)),
            calls::params.eq(params),
            calls::idem_key.eq(&new.key),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = calls)]
struct CallRow {
    id: Uuid,
    subject_id: Uuid,
    params: Value,
    params_hash: Vec<u8>,
    idem_key: String,
    state: CallState,
    attempts: i32,
    first_sent_at: Option<DateTime<Utc>>,
    trouble: Option<String>,
}

impl TryFrom<CallRow> for Call {
    type Error = Error;

    fn try_from(row: CallRow) -> Result<Self> {
        if hash(&row.params) != row.params_hash {
            return Err(Error::fault(format!("what call {} asks was changed", row.id)));
        }
        Ok(Self {
            id: StripeCallId(row.id),
            subject: row.subject_id,
            ask: serde_json::from_value(row.params)?,
            key: row.idem_key,
            state: row.state,
            attempts: row.attempts,
            first_sent_at: row.first_sent_at,
            trouble: row.trouble,
        })
    }
}

/// Over names and values in order of names, so that it survives `jsonb`, which keeps its own order.
fn hash(params: &Value) -> Vec<u8> {
    let mut hash = Sha256::new();
    feed(&mut hash, params);
    hash.finalize().to_vec()
}

fn feed(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Object(map) => {
            hash.update(b"{");
            let ordered: BTreeMap<&String, &Value> = map.iter().collect();
            for (name, item) in ordered {
                hash.update(Value::String(name.clone()).to_string());
                feed(hash, item);
            }
            hash.update(b"}");
        }
        Value::Array(items) => {
            hash.update(b"[");
            items.iter().for_each(|item| feed(hash, item));
            hash.update(b"]");
        }
        plain => hash.update(plain.to_string()),
    }
    hash.update(b",");
}

/// Locked until the transaction ends; 404 when there is none.
pub async fn lock_call(tx: &mut Tx, id: StripeCallId) -> Result<Call> {
    let row: Option<CallRow> = calls::table
        .filter(calls::id.eq(id.0))
        .select(CallRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    row.ok_or(Common::NotFound("call"))?.try_into()
}

/// The call that goes by a key.
pub async fn call_by_key(tx: &mut Tx, key: &str) -> Result<Option<StripeCallId>> {
    let found = calls::table
        .filter(calls::idem_key.eq(key))
        .select(calls::id)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(found.map(StripeCallId))
}

/// The latest call about something.
pub async fn last_call_of(tx: &mut Tx, subject: Uuid) -> Result<Option<Call>> {
    let row: Option<CallRow> = calls::table
        .filter(calls::subject_id.eq(subject))
        .order((calls::created_at.desc(), calls::id.desc()))
        .select(CallRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    row.map(Call::try_from).transpose()
}

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Those of these calls, and of these objects at Stripe, that are in this database.
pub async fn known_among(
    tx: &mut Tx,
    ids: &[StripeCallId],
    objects: &[&str],
) -> Result<HashSet<String>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Known> = sql_query(
        "SELECT id::text AS name FROM stripe_calls WHERE id = ANY($1)
         UNION ALL SELECT id FROM external_objects WHERE id = ANY($2)",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(objects)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Writes state, attempts and trouble of a locked call; `ended` when it is over.
pub async fn set_call(tx: &mut Tx, call: &Call, ended: Option<DateTime<Utc>>) -> Result<()> {
    diesel::update(calls::table.filter(calls::id.eq(call.id.0)))
        .set((
            calls::state.eq(call.state),
            calls::attempts.eq(call.attempts),
            calls::first_sent_at.eq(call.first_sent_at),
            calls::trouble.eq(call.trouble.as_deref()),
            calls::ended_at.eq(ended),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Keeps the answer of a locked call, whole.
pub async fn set_answered(
    tx: &mut Tx,
    call: &Call,
    answer: &Value,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::update(calls::table.filter(calls::id.eq(call.id.0)))
        .set((
            calls::state.eq(CallState::Done),
            calls::first_sent_at.eq(call.first_sent_at.unwrap_or(now)),
            calls::response.eq(answer),
            calls::trouble.eq(None::<&str>),
            calls::ended_at.eq(now),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
