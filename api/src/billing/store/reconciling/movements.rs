//! Rows of `stripe_movements`, in transactions of the reserved vendor.

use crate::billing::model::AtStripe;
use crate::kernel::id::VendorId;
use crate::outside::payments::Movement;
use crate::platform::db::Tx;
use crate::platform::db::schema::stripe_movements as movements;
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Text, Uuid as SqlUuid};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable,
    QueryableByName, Selectable, SelectableHelper, sql_query,
};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Bool)]
    is_new: bool,
}

/// Keeps a page in one statement, each movement once; answers which were new. One that says another
/// amount than before is held against the books again.
pub async fn keep_movements(tx: &mut Tx, account: &str, page: &[Movement]) -> Result<Vec<String>> {
    let vendor = tx.vendor()?;
    let sql = "INSERT INTO stripe_movements AS m (vendor_id, id, account, kind, source, currency,
            amount_minor, fee_minor, net_minor, exchanged, available, available_on, happened_at)
        SELECT $1, p.id, $2, p.kind, p.source, upper(p.currency), p.amount, p.fee, p.net,
            p.exchanged, p.available, to_timestamp(p.available_on), to_timestamp(p.created)
        FROM jsonb_to_recordset($3) AS p (id text, kind text, source text, currency text,
            amount bigint, fee bigint, net bigint, exchanged boolean, available boolean,
            available_on bigint, created bigint)
        ON CONFLICT (vendor_id, id) DO UPDATE SET amount_minor = excluded.amount_minor,
            fee_minor = excluded.fee_minor, net_minor = excluded.net_minor,
            available = excluded.available, available_on = excluded.available_on,
            matched_at = CASE WHEN (m.amount_minor, m.fee_minor, m.net_minor)
              = (excluded.amount_minor, excluded.fee_minor, excluded.net_minor)
              THEN m.matched_at END
        WHERE (m.amount_minor, m.fee_minor, m.net_minor, m.available, m.available_on)
          IS DISTINCT FROM (excluded.amount_minor, excluded.fee_minor, excluded.net_minor,
            excluded.available, excluded.available_on)
        RETURNING m.id, (m.xmax = 0) AS is_new";
    let rows: Vec<Value> = page.iter().map(row).collect();
    let query = sql_query(sql).bind::<SqlUuid, _>(vendor.0).bind::<Text, _>(account);
    let kept: Vec<Kept> = query.bind::<Jsonb, _>(Value::Array(rows)).load(tx.conn()).await?;
    Ok(kept.into_iter().filter(|one| one.is_new).map(|one| one.id).collect())
}

fn row(movement: &Movement) -> Value {
    json!({
        "id": movement.id,
        "kind": movement.kind,
        "source": movement.source(),
        "currency": movement.currency,
        "amount": movement.amount,
        "fee": movement.fee,
        "net": movement.net,
        "exchanged": movement.exchange_rate.is_some(),
        "available": movement.status == "available",
        "available_on": movement.available_on,
        "created": movement.created,
    })
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = movements)]
struct MovementRow {
    id: String,
    kind: String,
    source: Option<String>,
    currency: String,
    amount_minor: i64,
    fee_minor: i64,
    net_minor: i64,
    happened_at: DateTime<Utc>,
    program_id: Option<Uuid>,
    looked_up_at: Option<DateTime<Utc>>,
}

impl From<MovementRow> for AtStripe {
    fn from(row: MovementRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            source: row.source,
            currency: row.currency,
            amount: row.amount_minor,
            fee: row.fee_minor,
            net: row.net_minor,
            happened_at: row.happened_at,
            program: row.program_id.map(VendorId),
            looked_up_at: row.looked_up_at,
        }
    }
}

/// Those on the operator's balance that the books do not agree with yet, oldest first.
pub async fn open_movements(tx: &mut Tx) -> Result<Vec<AtStripe>> {
    let rows: Vec<MovementRow> = movements::table
        .filter(movements::matched_at.is_null())
        .filter(movements::account.eq(""))
        .order((movements::happened_at, movements::id))
        .select(MovementRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(AtStripe::from).collect())
}

/// Those on the operator's balance that have one of these ids, or one of these objects behind them.
pub async fn movements_named(tx: &mut Tx, ids: &[&str], sources: &[&str]) -> Result<Vec<AtStripe>> {
    let rows: Vec<MovementRow> = movements::table
        .filter(movements::account.eq(""))
        .filter(movements::id.eq_any(ids).or(movements::source.eq_any(sources)))
        .order((movements::happened_at, movements::id))
        .select(MovementRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(AtStripe::from).collect())
}

/// When the latest one on the operator's balance happened.
pub async fn latest_movement(tx: &mut Tx) -> Result<Option<DateTime<Utc>>> {
    let latest = movements::table
        .filter(movements::account.eq(""))
        .order(movements::happened_at.desc())
        .select(movements::happened_at)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(latest)
}

/// Notes whose these are, and whether the books agree with each.
pub async fn set_matched(
    tx: &mut Tx,
    program: VendorId,
    agreed: &[&str],
    others: &[&str],
) -> Result<()> {
    let sql = "UPDATE stripe_movements SET program_id = $1,
          matched_at = CASE WHEN id = ANY ($2) THEN coalesce(matched_at, app_now()) END
        WHERE id = ANY ($2) OR id = ANY ($3)";
    sql_query(sql)
        .bind::<SqlUuid, _>(program.0)
        .bind::<Array<Text>, _>(agreed)
        .bind::<Array<Text>, _>(others)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes whose these are, of which no journal tells.
pub async fn set_programs(tx: &mut Tx, of: &[(String, VendorId)]) -> Result<()> {
    let sql = "UPDATE stripe_movements m SET program_id = p.program
        FROM unnest($1, $2) AS p (id, program) WHERE m.id = p.id";
    let (ids, programs): (Vec<&str>, Vec<Uuid>) =
        of.iter().map(|(id, program)| (id.as_str(), program.0)).unzip();
    sql_query(sql)
        .bind::<Array<Text>, _>(ids)
        .bind::<Array<SqlUuid>, _>(programs)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes that the objects behind these were read now.
pub async fn looked_up(tx: &mut Tx, ids: &[&str], now: DateTime<Utc>) -> Result<()> {
    diesel::update(movements::table.filter(movements::id.eq_any(ids)))
        .set(movements::looked_up_at.eq(now))
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    minor: i64,
}

/// What all movements on an account's balance add up to, by currency.
pub async fn totals_at_stripe(tx: &mut Tx, account: &str) -> Result<BTreeMap<String, i64>> {
    let sql = "SELECT currency, sum(net_minor)::bigint AS minor FROM stripe_movements
        WHERE account = $1 GROUP BY currency";
    let rows: Vec<Total> = sql_query(sql).bind::<Text, _>(account).load(tx.conn()).await?;
    Ok(rows.into_iter().map(|row| (row.currency, row.minor)).collect())
}

/// What moved on a payee's account, by currency.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct OnAccount {
    #[diesel(sql_type = Text)]
    pub account: String,
    #[diesel(sql_type = Text)]
    pub currency: String,
    /// What did not come from here: its payouts, and what it did itself.
    #[diesel(sql_type = BigInt)]
    pub others: i64,
    /// Some came in another currency than it was sent: amounts do not compare.
    #[diesel(sql_type = Bool)]
    pub exchanged: bool,
}

/// What moved on these accounts.
pub async fn on_accounts(tx: &mut Tx, accounts: &[&str]) -> Result<Vec<OnAccount>> {
    let sql = "SELECT account, currency,
          coalesce(sum(net_minor) FILTER (WHERE kind NOT IN
            ('payment', 'payment_refund', 'payment_reversal', 'payment_failure_refund')), 0)::bigint
            AS others,
          bool_or(exchanged) AS exchanged
        FROM stripe_movements WHERE account = ANY ($1) AND account <> ''
        GROUP BY account, currency";
    Ok(sql_query(sql).bind::<Array<Text>, _>(accounts).load(tx.conn()).await?)
}

/// How many of a program's there are, and with how many of them the books agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Counted {
    #[diesel(sql_type = BigInt)]
    pub movements: i64,
    #[diesel(sql_type = BigInt)]
    pub matched: i64,
}

/// Counts a program's movements.
pub async fn count_movements(tx: &mut Tx, program: VendorId) -> Result<Counted> {
    let sql = "SELECT count(*) AS movements, count(matched_at) AS matched
        FROM stripe_movements WHERE account = '' AND program_id = $1";
    Ok(sql_query(sql).bind::<SqlUuid, _>(program.0).get_result(tx.conn()).await?)
}
