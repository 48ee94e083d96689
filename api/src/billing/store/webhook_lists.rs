//! News from Stripe as the people of a program look through it.
//!
//! News does not say whose it is until it was worked through. What belongs to no program is shown
//! where there is one program only: then it is about nobody else's.

use crate::billing::model::{WebhookNews, WebhookState, WebhooksWanted};
use crate::kernel::id::VendorId;
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = SqlUuid)]
    place: Uuid,
    #[diesel(sql_type = Text)]
    endpoint: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    account: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    object_id: Option<String>,
    #[diesel(sql_type = Text)]
    state: WebhookState,
    #[diesel(sql_type = Nullable<Text>)]
    note: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    happened_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Timestamptz)]
    received_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ended_at: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct RawRow {
    #[diesel(embed)]
    news: Row,
    #[diesel(sql_type = Bytea)]
    raw: Vec<u8>,
}

/// What a program may see; `$1` is the program.
fn own() -> String {
    let operator = VendorId::OPERATOR;
    format!(
        "(w.vendor_id = $1 OR w.vendor_id IS NULL
            AND (SELECT count(*) FROM vendors WHERE id <> '{operator}') = 1)"
    )
}

const COLUMNS: &str = "w.id, md5(w.id)::uuid AS place, w.endpoint, w.kind, w.account, w.object_id,
    w.state, w.note, w.happened_at, w.received_at, w.ended_at";

/// News of a program, latest first.
pub async fn list_webhooks(
    tx: &mut Tx,
    vendor: VendorId,
    wanted: &WebhooksWanted,
    page: PageWanted,
) -> Result<(Vec<WebhookNews>, Option<Position>)> {
    let own = own();
    let sql = format!(
        "SELECT {COLUMNS} FROM webhooks w
         WHERE {own}
           AND ($2 IS NULL OR w.state = $2)
           AND ($3 IS NULL OR $3 IN (w.id, w.object_id, w.account, w.kind, w.state)
                OR starts_with(w.kind, $3 || '.'))
           AND ($4 IS NULL OR (w.received_at, md5(w.id)::uuid) < ($4, $5))
         ORDER BY w.received_at DESC, place DESC
         LIMIT $6"
    );
    let mut rows: Vec<Row> = sql_query(sql)
        .bind::<SqlUuid, _>(vendor.0)
        .bind::<Nullable<Text>, _>(wanted.state.map(WebhookState::as_str))
        .bind::<Nullable<Text>, _>(wanted.search.as_deref())
        .bind::<Nullable<Timestamptz>, _>(page.after.map(|after| after.at))
        .bind::<Nullable<SqlUuid>, _>(page.after.map(|after| after.id))
        .bind::<BigInt, _>(page.limit + 1)
        .load(tx.conn())
        .await?;
    let next = cut(&mut rows, page.limit, |row| Position { at: row.received_at, id: row.place });
    Ok((rows.into_iter().map(Row::news).collect(), next))
}

/// How much news of a program nobody understands.
pub async fn count_parked(tx: &mut Tx, vendor: VendorId) -> Result<i64> {
    let own = own();
    let sql = format!("SELECT count(*) AS n FROM webhooks w WHERE {own} AND w.state = 'parked'");
    let row: Count = sql_query(sql).bind::<SqlUuid, _>(vendor.0).get_result(tx.conn()).await?;
    Ok(row.n)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// One piece of a program's news, with its bytes.
pub async fn see_webhook(
    tx: &mut Tx,
    vendor: VendorId,
    id: &str,
) -> Result<Option<(WebhookNews, Vec<u8>)>> {
    let own = own();
    let sql = format!("SELECT {COLUMNS}, w.raw FROM webhooks w WHERE {own} AND w.id = $2");
    let row: Option<RawRow> = sql_query(sql)
        .bind::<SqlUuid, _>(vendor.0)
        .bind::<Text, _>(id)
        .get_result(tx.conn())
        .await
        .optional()?;
    Ok(row.map(|row| (row.news.news(), row.raw)))
}

impl Row {
    fn news(self) -> WebhookNews {
        WebhookNews {
            id: self.id,
            connect: self.endpoint == "connect",
            kind: self.kind,
            account: self.account,
            object: self.object_id,
            state: self.state,
            note: self.note,
            happened_at: self.happened_at,
            received_at: self.received_at,
            ended_at: self.ended_at,
        }
    }
}
