//! Rows of `webhooks` and `external_objects`: global, since news does not say whose it is.

use crate::kernel::id::VendorId;
use crate::platform::db::Tx;
use crate::platform::db::schema::{external_objects, vendors, webhooks};
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, dsl, select,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// News as it came.
pub struct NewWebhook<'a> {
    /// Stripe's id of the event, or a name made of its bytes when they cannot be read.
    pub id: &'a str,
    pub connect: bool,
    pub kind: &'a str,
    pub account: Option<&'a str>,
    pub object: Option<&'a str>,
    pub raw: &'a [u8],
    pub happened_at: Option<DateTime<Utc>>,
    /// Why nothing will be done with it; it waits for its job otherwise.
    pub parked: Option<&'a str>,
    pub now: DateTime<Utc>,
}

/// Keeps news the first time it comes; `false` when it was here before.
pub async fn keep_webhook(tx: &mut Tx, new: &NewWebhook<'_>) -> Result<bool> {
    let state = if new.parked.is_some() { "parked" } else { "stored" };
    let kept = diesel::insert_into(webhooks::table)
        .values((
            webhooks::id.eq(new.id),
            webhooks::endpoint.eq(if new.connect { "connect" } else { "platform" }),
            webhooks::kind.eq(new.kind),
            webhooks::account.eq(new.account),
            webhooks::object_id.eq(new.object),
            webhooks::raw.eq(new.raw),
            webhooks::state.eq(state),
            webhooks::note.eq(new.parked),
            webhooks::happened_at.eq(new.happened_at),
            webhooks::received_at.eq(new.now),
            webhooks::ended_at.eq(new.parked.map(|_| new.now)),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(kept == 1)
}

/// News that waits for its job.
#[derive(Debug, Queryable)]
pub struct Webhook {
    pub kind: String,
    pub raw: Vec<u8>,
}

pub async fn webhook(tx: &mut Tx, id: &str) -> Result<Webhook> {
    let row = webhooks::table
        .filter(webhooks::id.eq(id))
        .select((webhooks::kind, webhooks::raw))
        .first(tx.conn())
        .await
        .optional()?;
    row.ok_or_else(|| Error::fault(format!("webhook {id} is not here")))
}

/// Understood news that came after a moment and id, oldest first.
pub async fn news_from(
    tx: &mut Tx,
    after: (DateTime<Utc>, &str),
    most: i64,
) -> Result<Vec<(DateTime<Utc>, String)>> {
    let (at, id) = after;
    let later = webhooks::received_at.gt(at);
    let same = webhooks::received_at.eq(at).and(webhooks::id.gt(id));
    let rows = webhooks::table
        .filter(later.or(same))
        .filter(webhooks::kind.ne("unknown"))
        .order((webhooks::received_at, webhooks::id))
        .limit(most)
        .select((webhooks::received_at, webhooks::id))
        .load(tx.conn())
        .await?;
    Ok(rows)
}

/// Notes what became of news: `done`, `ignored` or `parked`, the last with a note.
pub async fn ended(
    tx: &mut Tx,
    id: &str,
    outcome: (&str, Option<&str>),
    vendor: Option<VendorId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (state, note) = outcome;
    diesel::update(webhooks::table.filter(webhooks::id.eq(id)))
        .set((
            webhooks::state.eq(state),
            webhooks::note.eq(note),
            webhooks::vendor_id.eq(vendor.map(|v| v.0)),
            webhooks::ended_at.eq(now),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Remembers whose an object at Stripe is.
pub async fn keep_object(tx: &mut Tx, id: &str, subject: Uuid) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(external_objects::table)
        .values((
            external_objects::id.eq(id),
            external_objects::vendor_id.eq(vendor.0),
            external_objects::subject_id.eq(subject),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Whose an object at Stripe is, and what it stands for there.
pub async fn subject_of(tx: &mut Tx, id: &str) -> Result<Option<(VendorId, Uuid)>> {
    let row: Option<(Uuid, Uuid)> = external_objects::table
        .filter(external_objects::id.eq(id))
        .select((external_objects::vendor_id, external_objects::subject_id))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(|(vendor, subject)| (VendorId(vendor), subject)))
}

/// Whether there is such a vendor: a mark on an object at Stripe is not believed otherwise.
pub async fn knows_vendor(tx: &mut Tx, vendor: VendorId) -> Result<bool> {
    let known = vendors::table.filter(vendors::id.eq(vendor.0));
    Ok(select(dsl::exists(known)).get_result(tx.conn()).await?)
}
