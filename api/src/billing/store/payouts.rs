//! Rows of `payouts`.

use crate::billing::model::{Payout, PayoutState};
use crate::kernel::id::{OrganizationId, PayoutId};
use crate::kernel::page::Position;
use crate::platform::db::Tx;
use crate::platform::db::schema::payouts;
use crate::platform::http::paging::{PageWanted, cut};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable,
    SelectableHelper,
};
use diesel_async::RunQueryDsl;

#[derive(Queryable, Selectable)]
#[diesel(table_name = payouts)]
struct PayoutRow {
    id: PayoutId,
    organization_id: OrganizationId,
    stripe_payout: String,
    currency: String,
    amount_minor: i64,
    state: PayoutState,
    arrives_at: DateTime<Utc>,
    failure: Option<String>,
    began_at: DateTime<Utc>,
}

impl From<PayoutRow> for Payout {
    fn from(row: PayoutRow) -> Self {
        Self {
            id: row.id,
            organization: row.organization_id,
            stripe_payout: row.stripe_payout,
            currency: row.currency,
            minor: row.amount_minor,
            state: row.state,
            arrives_at: row.arrives_at,
            failure: row.failure,
            began_at: row.began_at,
        }
    }
}

/// The payout of this name at the processor, if it was read before.
pub async fn payout_called(tx: &mut Tx, name: &str) -> Result<Option<Payout>> {
    let row: Option<PayoutRow> = payouts::table
        .filter(payouts::stripe_payout.eq(name))
        .select(PayoutRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(Payout::from))
}

/// Writes what was read of a payout.
pub async fn keep_payout(tx: &mut Tx, payout: &Payout, now: DateTime<Utc>) -> Result<()> {
    let vendor = tx.vendor()?;
    let changing = (
        payouts::state.eq(payout.state),
        payouts::arrives_at.eq(payout.arrives_at),
        payouts::failure.eq(payout.failure.as_deref()),
        payouts::read_at.eq(now),
    );
    diesel::insert_into(payouts::table)
        .values((
            payouts::vendor_id.eq(vendor.0),
            payouts::id.eq(payout.id.0),
            payouts::organization_id.eq(payout.organization.0),
            payouts::stripe_payout.eq(&payout.stripe_payout),
            payouts::currency.eq(&payout.currency),
            payouts::amount_minor.eq(payout.minor),
            payouts::began_at.eq(payout.began_at),
            changing,
        ))
        .on_conflict((payouts::vendor_id, payouts::id))
        .do_update()
        .set(changing)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// An organization's payouts, latest first.
pub async fn list_payouts(
    tx: &mut Tx,
    organization: OrganizationId,
    page: PageWanted,
) -> Result<(Vec<Payout>, Option<Position>)> {
    let own = payouts::organization_id.eq(organization.0);
    let mut query = payouts::table.filter(own).select(PayoutRow::as_select()).into_boxed();
    if let Some(after) = page.after {
        let same = payouts::began_at.eq(after.at).and(payouts::id.lt(after.id));
        query = query.filter(payouts::began_at.lt(after.at).or(same));
    }
    let rows: Vec<PayoutRow> = query
        .order((payouts::began_at.desc(), payouts::id.desc()))
        .limit(page.limit + 1)
        .load(tx.conn())
        .await?;
    let mut all: Vec<Payout> = rows.into_iter().map(Payout::from).collect();
    let next = cut(&mut all, page.limit, |one| Position { at: one.began_at, id: one.id.0 });
    Ok((all, next))
}
