//! Rows of `stripe_readings`: how far Stripe's lists were read.

use crate::platform::db::Tx;
use crate::platform::db::schema::stripe_readings as readings;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use std::collections::BTreeMap;

/// Takes the turn to reconcile, for two minutes; `false` while somebody else has it.
pub async fn take_turn(tx: &mut Tx) -> Result<bool> {
    let vendor = tx.vendor()?;
    let sql = "INSERT INTO stripe_readings (vendor_id, account, since, began_at, leased_until)
        VALUES ($1, '', 'epoch', app_now(), app_now() + interval '2 minutes')
        ON CONFLICT (vendor_id, account) DO UPDATE SET leased_until = excluded.leased_until
        WHERE coalesce(stripe_readings.leased_until, 'epoch') <= app_now()";
    let taken = sql_query(sql).bind::<SqlUuid, _>(vendor.0).execute(tx.conn()).await?;
    Ok(taken == 1)
}

/// Gives the turn back.
pub async fn leave_turn(tx: &mut Tx) -> Result<()> {
    diesel::update(readings::table.filter(readings::account.eq("")))
        .set(readings::leased_until.eq(None::<DateTime<Utc>>))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A pass through an account's list, from the latest back to a moment.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Pass {
    #[diesel(sql_type = Timestamptz)]
    pub since: DateTime<Utc>,
    /// The last one that was taken; absent before the first page.
    #[diesel(sql_type = diesel::sql_types::Nullable<Text>)]
    pub after: Option<String>,
}

/// The pass that was cut off, or a new one: it goes back to three days before the last one began.
pub async fn begin_pass(tx: &mut Tx, account: &str) -> Result<Pass> {
    let vendor = tx.vendor()?;
    let sql = "INSERT INTO stripe_readings AS r (vendor_id, account, since, began_at)
        VALUES ($1, $2, 'epoch', app_now())
        ON CONFLICT (vendor_id, account) DO UPDATE SET
          since = CASE WHEN r.ended_at IS NULL THEN r.since ELSE r.began_at - interval '3 days' END,
          began_at = CASE WHEN r.ended_at IS NULL THEN r.began_at ELSE app_now() END,
          after = CASE WHEN r.ended_at IS NULL THEN r.after END, ended_at = NULL
        RETURNING since, after";
    let query = sql_query(sql).bind::<SqlUuid, _>(vendor.0).bind::<Text, _>(account);
    Ok(query.get_result(tx.conn()).await?)
}

/// A page was taken, the last of which is named; nothing is named after the last page. Whoever
/// reads keeps the turn.
pub async fn go_on(tx: &mut Tx, account: &str, after: Option<&str>) -> Result<()> {
    let sql = "UPDATE stripe_readings SET
          after = CASE WHEN account = $1 THEN nullif($2, '') ELSE after END,
          ended_at = CASE WHEN account <> $1 THEN ended_at WHEN $2 = '' THEN app_now() END,
          leased_until = CASE account WHEN '' THEN app_now() + interval '2 minutes' END
        WHERE account IN ($1, '')";
    let query = sql_query(sql).bind::<Text, _>(account).bind::<Text, _>(after.unwrap_or_default());
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Notes what an account had after its list was read.
pub async fn set_balance(
    tx: &mut Tx,
    account: &str,
    balance: &BTreeMap<String, i64>,
) -> Result<()> {
    let balance = serde_json::to_value(balance)?;
    diesel::update(readings::table.filter(readings::account.eq(account)))
        .set(readings::balance.eq(balance))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What was read of an account last.
#[derive(Debug, Clone)]
pub struct Reading {
    pub account: String,
    pub began_at: DateTime<Utc>,
    /// By currency; absent until its list was read to the end.
    pub balance: Option<BTreeMap<String, i64>>,
}

/// Those of these accounts that were ever read.
pub async fn readings_of(tx: &mut Tx, accounts: &[&str]) -> Result<Vec<Reading>> {
    let rows: Vec<(String, DateTime<Utc>, Option<Value>)> = readings::table
        .filter(readings::account.eq_any(accounts))
        .select((readings::account, readings::began_at, readings::balance))
        .load(tx.conn())
        .await?;
    let reading = |(account, began_at, balance): (String, DateTime<Utc>, Option<Value>)| {
        let balance = balance.map(serde_json::from_value).transpose()?;
        Ok(Reading { account, began_at, balance })
    };
    rows.into_iter().map(reading).collect()
}
