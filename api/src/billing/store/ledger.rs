//! The way into the ledger.

use crate::billing::model::{Journal, Line};
use crate::kernel::id::JournalId;
use crate::platform::db::Tx;
use crate::platform::db::schema::journals;
use crate::platform::refusal::Result;
use diesel::sql_types::{BigInt, Integer, Jsonb};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

/// Posts facts, all or none, in one statement. The database refuses a journal that does not
/// balance, was posted before, or takes what is not there.
pub async fn post(tx: &mut Tx, journals: &[(JournalId, &Journal)]) -> Result<()> {
    let posted: Vec<Value> = journals
        .iter()
        .map(|(id, journal)| {
            json!({
                "id": id,
                "event_key": journal.event_key,
                "kind": journal.kind,
                "milestone": journal.milestone,
                "facts": journal.facts,
                "lines": journal.lines.iter().map(line).collect::<Vec<_>>(),
            })
        })
        .collect();
    sql_query("SELECT post_journals($1)")
        .bind::<Jsonb, _>(Value::Array(posted))
        .execute(tx.conn())
        .await?;
    Ok(())
}

fn line(line: &Line) -> Value {
    json!({
        "kind": line.kind,
        "milestone": line.milestone,
        "organization": line.organization,
        "currency": line.amount.currency(),
        "amount": line.amount.minor(),
    })
}

/// Which facts of these names were posted before.
pub async fn posted_among(tx: &mut Tx, event_keys: &[&str]) -> Result<Vec<String>> {
    let known = journals::table.filter(journals::event_key.eq_any(event_keys));
    Ok(known.select(journals::event_key).load(tx.conn()).await?)
}

#[derive(QueryableByName)]
struct Made {
    #[diesel(sql_type = BigInt)]
    made: i64,
}

/// Sums up the accounts to which so many entries or more came since they were summed up last.
pub async fn checkpoint_balances(tx: &mut Tx, fewest: i32) -> Result<i64> {
    let sql = sql_query("SELECT checkpoint_balances($1) AS made").bind::<Integer, _>(fewest);
    let found: Made = sql.get_result(tx.conn()).await?;
    Ok(found.made)
}
