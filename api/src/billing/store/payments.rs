//! Rows of `payments`.

use crate::billing::model::{Payment, PaymentState};
use crate::kernel::id::{
    EngagementId, MilestoneId, OrganizationId, PaymentId, PaymentMethodId, PersonId, WeekMandateId,
};
use crate::kernel::money::{Currency, Money};
use crate::platform::db::Tx;
use crate::platform::db::schema::payments;
use crate::platform::refusal::{Common, Result};
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, select};
use diesel::{
    AsChangeset, BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable,
    Selectable, SelectableHelper,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = payments)]
struct PaymentRow {
    id: Uuid,
    milestone_id: Uuid,
    engagement_id: Uuid,
    customer_organization_id: Uuid,
    currency: Currency,
    amount_minor: i64,
    state: PaymentState,
    asked_by: Uuid,
    method_id: Option<Uuid>,
    mandate_id: Option<Uuid>,
    keeps: bool,
    checkout_session: Option<String>,
    checkout_url: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    payment_intent: Option<String>,
    charge: Option<String>,
    trouble: Option<String>,
    created_at: DateTime<Utc>,
    paid_at: Option<DateTime<Utc>>,
}

impl From<PaymentRow> for Payment {
    fn from(row: PaymentRow) -> Self {
        Self {
            id: PaymentId(row.id),
            milestone: MilestoneId(row.milestone_id),
            engagement: EngagementId(row.engagement_id),
            customer: OrganizationId(row.customer_organization_id),
            amount: Money::new(row.amount_minor, row.currency),
            state: row.state,
            asked_by: PersonId(row.asked_by),
            method: row.method_id.map(PaymentMethodId),
            mandate: row.mandate_id.map(WeekMandateId),
            keeps: row.keeps,
            checkout_session: row.checkout_session,
            checkout_url: row.checkout_url,
            expires_at: row.expires_at,
            payment_intent: row.payment_intent,
            charge: row.charge,
            trouble: row.trouble,
            created_at: row.created_at,
            paid_at: row.paid_at,
        }
    }
}

pub async fn insert_payment(tx: &mut Tx, payment: &Payment) -> Result<()> {
    let vendor = tx.vendor()?;
    diesel::insert_into(payments::table)
        .values((
            payments::vendor_id.eq(vendor.0),
            payments::id.eq(payment.id.0),
            payments::milestone_id.eq(payment.milestone.0),
            payments::engagement_id.eq(payment.engagement.0),
            payments::customer_organization_id.eq(payment.customer.0),
            payments::currency.eq(payment.amount.currency()),
            payments::amount_minor.eq(payment.amount.minor()),
            payments::state.eq(payment.state),
            payments::asked_by.eq(payment.asked_by.0),
            payments::method_id.eq(payment.method.map(|method| method.0)),
            payments::mandate_id.eq(payment.mandate.map(|mandate| mandate.0)),
            payments::keeps.eq(payment.keeps),
            payments::created_at.eq(payment.created_at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// 404 when there is none.
pub async fn payment(tx: &mut Tx, id: PaymentId) -> Result<Payment> {
    let row = payments::table
        .filter(payments::id.eq(id.0))
        .select(PaymentRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("payment"))?.into())
}

/// As [`payment`], with the row locked until the transaction ends.
pub async fn lock_payment(tx: &mut Tx, id: PaymentId) -> Result<Payment> {
    let row = payments::table
        .filter(payments::id.eq(id.0))
        .select(PaymentRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.ok_or(Common::NotFound("payment"))?.into())
}

/// The milestone's payment that has not ended without money, if there is one.
pub async fn live_payment(tx: &mut Tx, milestone: MilestoneId) -> Result<Option<Payment>> {
    let over = [PaymentState::Expired, PaymentState::Returned, PaymentState::Refused];
    let row = payments::table
        .filter(payments::milestone_id.eq(milestone.0))
        .filter(payments::state.ne_all(over))
        .select(PaymentRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(Payment::from))
}

/// Whether a payment of a milestone is under way or was paid, or a mandate charged it before,
/// whatever came of that.
pub async fn is_begun(tx: &mut Tx, milestone: MilestoneId) -> Result<bool> {
    let over = [PaymentState::Expired, PaymentState::Returned, PaymentState::Refused];
    let begun = payments::table
        .filter(payments::milestone_id.eq(milestone.0))
        .filter(payments::state.ne_all(over).or(payments::mandate_id.is_not_null()));
    Ok(select(exists(begun)).get_result(tx.conn()).await?)
}

/// Payments of an engagement that could still be paid.
pub async fn open_payments_of(tx: &mut Tx, engagement: EngagementId) -> Result<Vec<Payment>> {
    let open = [
        PaymentState::Opening,
        PaymentState::Open,
        PaymentState::Declined,
        PaymentState::Unconfirmed,
    ];
    let rows: Vec<PaymentRow> = payments::table
        .filter(payments::engagement_id.eq(engagement.0))
        .filter(payments::state.eq_any(open))
        .select(PaymentRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Payment::from).collect())
}

/// Names the page to pay on.
pub async fn set_checkout(
    tx: &mut Tx,
    id: PaymentId,
    session: &str,
    url: Option<&str>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    diesel::update(payments::table.filter(payments::id.eq(id.0)))
        .set((
            payments::checkout_session.eq(session),
            payments::checkout_url.eq(url),
            payments::expires_at.eq(expires_at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Until when a payment waits for its payer to confirm; forgotten when a page is made for that.
pub async fn set_wait(tx: &mut Tx, id: PaymentId, until: Option<DateTime<Utc>>) -> Result<()> {
    diesel::update(payments::table.filter(payments::id.eq(id.0)))
        .set(payments::expires_at.eq(until))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Whether a kept card is being charged, or waits for its holder.
pub async fn is_charging(tx: &mut Tx, method: PaymentMethodId) -> Result<bool> {
    let under_way = [PaymentState::Charging, PaymentState::Unconfirmed];
    let found = payments::table
        .filter(payments::method_id.eq(method.0))
        .filter(payments::state.eq_any(under_way));
    Ok(select(exists(found)).get_result(tx.conn()).await?)
}

#[derive(AsChangeset)]
#[diesel(table_name = payments, treat_none_as_null = true)]
struct PaymentChange<'a> {
    state: PaymentState,
    payment_intent: Option<&'a str>,
    charge: Option<&'a str>,
    trouble: Option<&'a str>,
    paid_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

/// Writes state, ids, trouble and `paid_at` of a locked payment; `now` is when it ended, if it did.
pub async fn set_payment(tx: &mut Tx, payment: &Payment, now: DateTime<Utc>) -> Result<()> {
    let over = payment.state.is_over();
    let change = PaymentChange {
        state: payment.state,
        payment_intent: payment.payment_intent.as_deref(),
        charge: payment.charge.as_deref(),
        trouble: payment.trouble.as_deref(),
        paid_at: payment.paid_at,
        ended_at: over.then_some(now),
    };
    diesel::update(payments::table.filter(payments::id.eq(payment.id.0)))
        .set(change)
        .execute(tx.conn())
        .await?;
    Ok(())
}
