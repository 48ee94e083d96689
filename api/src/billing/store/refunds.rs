//! Rows of `refunds`.

use crate::billing::BillingError;
use crate::billing::model::{Refund, RefundOrigin, RefundState};
use crate::kernel::id::{MilestoneId, PaymentId, RefundId};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::schema::refunds;
use crate::platform::db::{Tx, refuse_on};
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};
use diesel::{
    AsChangeset, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable,
    SelectableHelper,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = refunds)]
struct RefundRow {
    id: Uuid,
    milestone_id: Uuid,
    payment_id: Uuid,
    currency: Currency,
    amount_minor: i64,
    released: bool,
    state: RefundState,
    reason: String,
    stripe_refund: Option<String>,
    refusal: Option<String>,
    asked_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<RefundRow> for Refund {
    fn from(row: RefundRow) -> Self {
        Self {
            id: RefundId(row.id),
            milestone: MilestoneId(row.milestone_id),
            payment: PaymentId(row.payment_id),
            amount: Money::new(row.amount_minor, row.currency),
            released: row.released,
            state: row.state,
            reason: row.reason,
            stripe_refund: row.stripe_refund,
            refusal: row.refusal,
            asked_at: row.asked_at,
            ended_at: row.ended_at,
        }
    }
}

/// Errors with `approval-wanted` when a limit was set, or made stricter, in this very moment.
pub async fn insert_refund(tx: &mut Tx, refund: &Refund, origin: RefundOrigin) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(refunds::table)
        .values((
            refunds::vendor_id.eq(vendor.0),
            refunds::id.eq(refund.id.0),
            refunds::milestone_id.eq(refund.milestone.0),
            refunds::payment_id.eq(refund.payment.0),
            refunds::currency.eq(refund.amount.currency()),
            refunds::amount_minor.eq(refund.amount.minor()),
            refunds::released.eq(refund.released),
            refunds::state.eq(refund.state),
            refunds::reason.eq(&refund.reason),
            refunds::asked_by.eq(origin.by.map(|person| person.0)),
            refunds::approval_id.eq(origin.approval.map(|of| of.0)),
            refunds::disagreement_id.eq(origin.disagreement.map(|of| of.0)),
            refunds::asked_at.eq(refund.asked_at),
        ))
        .execute(tx.conn())
        .await
        .map_err(refuse_on("money_wants_two", BillingError::ApprovalWanted))?;
    Ok(())
}

/// Locked until the transaction ends; 404 when there is none.
pub async fn lock_refund(tx: &mut Tx, id: RefundId) -> Result<Refund> {
    let row = refunds::table
        .filter(refunds::id.eq(id.0))
        .select(RefundRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("refund"))?.into())
}

/// The refunds of a milestone, oldest first.
pub async fn refunds_of(tx: &mut Tx, milestone: MilestoneId) -> Result<Vec<Refund>> {
    let rows: Vec<RefundRow> = refunds::table
        .filter(refunds::milestone_id.eq(milestone.0))
        .order((refunds::asked_at, refunds::id))
        .select(RefundRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Refund::from).collect())
}

#[derive(AsChangeset)]
#[diesel(table_name = refunds, treat_none_as_null = true)]
struct RefundChange<'a> {
    state: RefundState,
    stripe_refund: Option<&'a str>,
    refusal: Option<&'a str>,
    ended_at: Option<DateTime<Utc>>,
}

/// Writes what changed of a locked refund.
pub async fn set_refund(tx: &mut Tx, refund: &Refund) -> Result<()> {
    let change = RefundChange {
        state: refund.state,
        stripe_refund: refund.stripe_refund.as_deref(),
        refusal: refund.refusal.as_deref(),
        ended_at: refund.ended_at,
    };
    diesel::update(refunds::table.filter(refunds::id.eq(refund.id.0)))
        .set(change)
        .execute(tx.conn())
        .await?;
    Ok(())
}
