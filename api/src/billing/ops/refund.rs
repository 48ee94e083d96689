//! Sending a milestone's held money back to the customer, in whole or in part, before it is
//! released.

use super::calls::{self, keep, tags};
use super::posting::post_once;
use super::settle;
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{
    Call, Journal, Payment, PaymentState, Refund, RefundPaid, RefundState, RefundStep,
};
use crate::billing::policy::RefundMoney;
use crate::billing::store::{self, NewCall};
use crate::engagements::{self, Engagement};
use crate::identity::allow;
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::{MilestoneId, PersonId, RefundId, StripeCallId, VendorId};
use crate::kernel::money::Money;
use crate::outside::payments::{Ask, NewRefund, Refund as Sent};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};

/// What a person asks to send back.
#[derive(Debug, Clone, Copy)]
pub struct RefundWish<'a> {
    /// All that is held, when absent.
    pub amount: Option<Money>,
    pub reason: &'a str,
}

/// Takes back what is held for a milestone, or a part of it, as often as something is held. When
/// nothing is left the milestone is refunded. The transaction freezes release and refund against
/// each other.
///
/// Errors: 404; `nothing-held`; `more-than-held`; `refund-locked-by-dispute`; `invalid` without a
/// reason or for an amount that is nothing or of another currency.
pub async fn refund_milestone_money(
    app: &App,
    caller: &Caller,
    milestone: MilestoneId,
    wish: RefundWish<'_>,
) -> Result<Refund> {
    let allowed = allow::<RefundMoney>(caller)?;
    let mut checks = Checks::new();
    checks.that(
        wish.amount.is_none_or(|part| part.minor() > 0),
        "amount",
        "Enter an amount above zero",
    );
    let reason = checks.text("reason", wish.reason, "a reason", (3, 2000));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    let (engagement, found) = engagements::lock_milestone(&mut tx, milestone).await?;
    let payment = store::live_payment(&mut tx, milestone).await?;
    let payment = payment.filter(|p| p.state == PaymentState::Paid && found.state.is_held());
    let payment = payment.ok_or(BillingError::NothingHeld)?;
    let (amount, by) = (part_of(found.left(), wish.amount)?, Some(allowed.person));
    if store::is_with_bank(&mut tx, milestone).await? {
        return Err(BillingError::LockedByDispute.into());
    }
    let refund = start(app, &mut tx, (&engagement, &payment), (amount, &reason), by).await?;
    engagements::send_back_part(app, &mut tx, milestone, amount, by).await?;
    tx.commit().await?;
    Ok(refund)
}

/// The amount that goes back, out of what is held.
fn part_of(held: Money, wish: Option<Money>) -> Result<Money> {
    let part = wish.unwrap_or(held);
    if part.currency() != held.currency() {
        let message = format!("Enter an amount in {}", held.currency());
        return Err(Invalid::field("amount", message).into());
    }
    if part.minor() > held.minor() {
        return Err(BillingError::MoreThanHeld(held).into());
    }
    Ok(part)
}

/// Puts a paid amount on its way back: the journal, the call and its job are one transaction.
pub async fn start(
    app: &App,
    tx: &mut Tx,
    of: (&Engagement, &Payment),
    (amount, reason): (Money, &str),
    by: Option<PersonId>,
) -> Result<Refund> {
    let (engagement, payment) = of;
    let charge = payment.charge.clone().ok_or_else(|| Error::fault("nothing was charged"))?;
    let refund = Refund {
        id: app.ids.next(),
        milestone: payment.milestone,
        payment: payment.id,
        amount,
        state: RefundState::Asked,
        reason: reason.to_owned(),
        stripe_refund: None,
        refusal: None,
        asked_at: app.clock.now(),
        ended_at: None,
    };
    store::insert_refund(tx, &refund, by).await?;
    post_once(app, tx, &Journal::refund_asked(refund.id, refund.milestone, refund.amount)).await?;
    let call: StripeCallId = app.ids.next();
    let marks = [
        ("attache_milestone", refund.milestone.to_string()),
        ("attache_engagement", engagement.id.to_string()),
    ];
    let ask = NewRefund { charge, amount: refund.amount, tags: tags(tx, call, &marks)? };
    let key = format!("re:{}:1", refund.id);
    let new = NewCall { id: call, subject: refund.id.0, ask: Ask::CreateRefund(ask), key };
    keep(app, tx, &new, true).await?;
    Ok(refund)
}

/// Stripe answered with the refund, which may be done, under way, or failed.
pub async fn answered(app: &App, tx: &mut Tx, call: &Call, sent: Sent) -> Result<()> {
    seen(app, tx, RefundId(call.subject), sent).await
}

/// News of a refund: reads it at Stripe and writes down what follows.
pub async fn sync_refund(app: &App, vendor: VendorId, id: RefundId, name: &str) -> Result<()> {
    let sent = app.payments.refund(name).await;
    let sent = sent.map_err(|error| calls::not_read("a refund", error))?.object;
    let mut tx = app.db.write(vendor).await?;
    seen(app, &mut tx, id, sent).await?;
    tx.commit().await
}

async fn seen(app: &App, tx: &mut Tx, id: RefundId, sent: Sent) -> Result<()> {
    let mut refund = store::lock_refund(tx, id).await?;
    let failed = matches!(sent.status.as_deref(), Some("failed" | "canceled"));
    if failed && refund.state == RefundState::Paid {
        let what = format!("refund {} failed after it was paid: a person has to act", sent.id);
        return Err(Error::fault(what));
    }
    if failed {
        let why = sent.failure_reason.unwrap_or_else(|| "The refund failed.".to_owned());
        return end_refused(app, tx, refund, &why).await;
    }
    if sent.amount != refund.amount.minor() || sent.currency != refund.amount.currency() {
        return Err(Error::fault(format!("refund {} is of another amount than asked", sent.id)));
    }
    store::keep_object(tx, &sent.id, refund.id.0).await?;
    refund.stripe_refund = Some(sent.id.clone());
    if sent.status.as_deref() == Some("succeeded") {
        return confirm(app, tx, refund, &sent).await;
    }
    store::set_refund(tx, &refund).await
}

async fn confirm(app: &App, tx: &mut Tx, mut refund: Refund, sent: &Sent) -> Result<()> {
    let Some(state) = refund.state.after(RefundStep::Confirm) else { return Ok(()) };
    let journal = Journal::refund_paid(refund.id, refund.milestone, refund.amount, &sent.id);
    post_once(app, tx, &journal).await?;
    refund.state = state;
    refund.ended_at = Some(app.clock.now());
    store::set_refund(tx, &refund).await?;
    if let Some(movement) = &sent.balance_transaction {
        settle::follow(app, tx, refund.milestone, (movement.id(), &sent.id)).await?;
    }
    let milestone = engagements::milestone(tx, refund.milestone).await?;
    let engagement = engagements::engagement(tx, milestone.engagement).await?;
    let fact = RefundPaid {
        of: engagement.parties(),
        milestone: milestone.id,
        seq: milestone.seq,
        milestone_title: milestone.title,
        amount: refund.amount,
        reason: refund.reason,
    };
    event::state(tx, &app.ids, None, &fact).await
}

/// Stripe said no for good: the customer has a credit.
pub async fn refused(app: &App, tx: &mut Tx, call: &Call, why: &str) -> Result<()> {
    let refund = store::lock_refund(tx, RefundId(call.subject)).await?;
    end_refused(app, tx, refund, why).await
}

async fn end_refused(app: &App, tx: &mut Tx, mut refund: Refund, why: &str) -> Result<()> {
    let Some(state) = refund.state.after(RefundStep::Refuse) else { return Ok(()) };
    let payment = store::payment(tx, refund.payment).await?;
    let journal =
        Journal::refund_refused(refund.id, refund.milestone, refund.amount, payment.customer);
    post_once(app, tx, &journal).await?;
    tracing::error!(refund = %refund.id, why, "a refund was refused: the customer has a credit");
    refund.state = state;
    refund.refusal = Some(why.to_owned());
    refund.ended_at = Some(app.clock.now());
    store::set_refund(tx, &refund).await
}
