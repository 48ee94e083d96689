//! Rows of `balance_transactions`.

use crate::billing::model::PaymentState;
use crate::kernel::id::MilestoneId;
use crate::outside::payments::BalanceTransaction;
use crate::platform::db::Tx;
use crate::platform::db::schema::{balance_transactions as transactions, payments};
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

/// Keeps a movement the first time it is seen.
pub async fn keep_transaction(
    tx: &mut Tx,
    milestone: MilestoneId,
    source: &str,
    seen: &BalanceTransaction,
) -> Result<()> {
    let vendor = tx.vendor()?;
    let available_on = DateTime::from_timestamp(seen.available_on, 0)
        .ok_or_else(|| Error::fault(format!("{} is available at no time", seen.id)))?;
    diesel::insert_into(transactions::table)
        .values((
            transactions::vendor_id.eq(vendor.0),
            transactions::id.eq(&seen.id),
            transactions::milestone_id.eq(milestone.0),
            transactions::source.eq(source),
            transactions::currency.eq(seen.currency),
            transactions::amount_minor.eq(seen.amount),
            transactions::fee_minor.eq(seen.fee),
            transactions::available_on.eq(available_on),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes that its money can be used; `false` when that was noted before.
pub async fn set_settled(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> Result<bool> {
    let row = transactions::table
        .filter(transactions::id.eq(id))
        .filter(transactions::settled_at.is_null());
    let changed =
        diesel::update(row).set(transactions::settled_at.eq(now)).execute(tx.conn()).await?;
    Ok(changed == 1)
}

/// When the money of a milestone's payment can be used, or could from; absent while the processor
/// has not told.
pub async fn charge_usable_at(
    tx: &mut Tx,
    milestone: MilestoneId,
) -> Result<Option<DateTime<Utc>>> {
    let charges = payments::table
        .filter(payments::milestone_id.eq(milestone.0))
        .filter(payments::state.eq(PaymentState::Paid))
        .filter(payments::charge.is_not_null())
        .select(payments::charge.assume_not_null());
    Ok(transactions::table
        .filter(transactions::source.eq_any(charges))
        .select(transactions::available_on)
        .first(tx.conn())
        .await
        .optional()?)
}
