//! The way into the ledger.

use crate::billing::model::Journal;
use crate::kernel::id::JournalId;
use crate::platform::db::Tx;
use crate::platform::db::schema::journals;
use crate::platform::refusal::Result;
use diesel::sql_types::{Jsonb, Text, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl, dsl, select, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

/// Posts a fact. The database refuses it when it does not balance, was posted before, or takes what
/// is not there.
pub async fn post(tx: &mut Tx, id: JournalId, journal: &Journal) -> Result<()> {
    let lines: Vec<Value> = journal
        .lines
        .iter()
        .map(|line| {
            json!({
                "kind": line.kind,
                "milestone": line.milestone,
                "organization": line.organization,
                "currency": line.amount.currency(),
                "amount": line.amount.minor(),
            })
        })
        .collect();
    sql_query("SELECT post_journal($1, $2, $3, $4, $5, $6)")
        .bind::<SqlUuid, _>(id.0)
        .bind::<Text, _>(&journal.event_key)
        .bind::<Text, _>(journal.kind.as_str())
        .bind::<SqlUuid, _>(journal.milestone.0)
        .bind::<Jsonb, _>(&journal.facts)
        .bind::<Jsonb, _>(Value::Array(lines))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Whether the fact of this name was posted before.
pub async fn is_posted(tx: &mut Tx, event_key: &str) -> Result<bool> {
    let known = journals::table.filter(journals::event_key.eq(event_key));
    Ok(select(dsl::exists(known)).get_result(tx.conn()).await?)
}
