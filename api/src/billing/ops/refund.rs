//! Sending a milestone's money back to the customer, in whole or in part: what is held, or what was
//! released. Of released money the refund comes first; once it is confirmed, payees give their
//! parts.

use super::calls::{self, keep, tags};
use super::posting::post_once;
use super::{recover, settle};
use crate::app::App;
use crate::billing::model::{
    Call, Cause, Journal, Payment, RecoveryState, Refund, RefundFailed, RefundOrigin, RefundPaid,
    RefundState, RefundStep,
};
use crate::billing::store::{self, NewCall};
use crate::engagements::{self, Engagement, Milestone};
use crate::kernel::id::{RefundId, StripeCallId, VendorId};
use crate::kernel::money::Money;
use crate::outside::payments::{Ask, NewRefund, Refund as Sent};
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};

/// Puts a part of released money on its way back: the operator's part out of its revenue, the
/// payees' owed by them from now on and taken once Stripe has confirmed the refund.
pub async fn give_back(
    app: &App,
    tx: &mut Tx,
    of: (&Engagement, &Payment),
    milestone: &Milestone,
    (amount, reason, origin): (Money, &str, RefundOrigin),
) -> Result<Refund> {
    let parts = recover::parts_of(tx, milestone, amount).await?;
    let refund = Refund { released: true, ..new(app, of.1, (amount, reason)) };
    let journal = Journal::clawback(refund.id, milestone.id, amount, &parts);
    ask(app, tx, of, (&refund, &journal), origin).await?;
    let owed = (Cause::Refund(refund.id), RecoveryState::Asked);
    let debts = recover::debts_of(app, milestone, owed, &parts);
    store::insert_recoveries(tx, &debts).await?;
    engagements::give_back(app, tx, milestone.id, (amount, reason), origin.by).await?;
    Ok(refund)
}

/// Puts a paid amount on its way back: the journal, the call and its job are one transaction.
pub async fn start(
    app: &App,
    tx: &mut Tx,
    of: (&Engagement, &Payment),
    back: (Money, &str),
    origin: RefundOrigin,
) -> Result<Refund> {
    let refund = new(app, of.1, back);
    let journal = Journal::refund_asked(refund.id, refund.milestone, refund.amount);
    ask(app, tx, of, (&refund, &journal), origin).await?;
    Ok(refund)
}

fn new(app: &App, payment: &Payment, (amount, reason): (Money, &str)) -> Refund {
    Refund {
        id: app.ids.next(),
        milestone: payment.milestone,
        payment: payment.id,
        amount,
        released: false,
        state: RefundState::Asked,
        reason: reason.to_owned(),
        stripe_refund: None,
        refusal: None,
        asked_at: app.clock.now(),
        ended_at: None,
    }
}

async fn ask(
    app: &App,
    tx: &mut Tx,
    (engagement, payment): (&Engagement, &Payment),
    (refund, journal): (&Refund, &Journal),
    origin: RefundOrigin,
) -> Result<()> {
    let charge = payment.charge.clone().ok_or_else(|| Error::fault("nothing was charged"))?;
    store::insert_refund(tx, refund, origin).await?;
    post_once(app, tx, journal).await?;
    let call: StripeCallId = app.ids.next();
    let marks = [
        ("attache_milestone", refund.milestone.to_string()),
        ("attache_engagement", engagement.id.to_string()),
    ];
    let ask = NewRefund { charge, amount: refund.amount, tags: tags(tx, call, &marks)? };
    let key = format!("re:{}:1", refund.id);
    let new = NewCall { id: call, subject: refund.id.0, ask: Ask::CreateRefund(ask), key };
    keep(app, tx, &new, true).await
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

/// What is said of a failure without a reason.
const FAILED: &str = "The refund failed.";

async fn seen(app: &App, tx: &mut Tx, id: RefundId, sent: Sent) -> Result<()> {
    let mut refund = store::lock_refund(tx, id).await?;
    let failed = matches!(sent.status.as_deref(), Some("failed" | "canceled"));
    let left = refund.state == RefundState::Paid || sent.balance_transaction.is_some();
    if failed && !left {
        let why = sent.failure_reason.as_deref().unwrap_or(FAILED);
        return end_refused(app, tx, refund, why).await;
    }
    if sent.amount != refund.amount.minor() || sent.currency != refund.amount.currency() {
        return Err(Error::fault(format!("refund {} is of another amount than asked", sent.id)));
    }
    store::keep_object(tx, &sent.id, refund.id.0).await?;
    refund.stripe_refund = Some(sent.id.clone());
    match sent.status.as_deref() {
        Some("succeeded") => confirm(app, tx, &mut refund, &sent).await,
        // News of its end may come before news of its way.
        _ if failed => {
            confirm(app, tx, &mut refund, &sent).await?;
            fail(app, tx, refund, &sent).await
        }
        _ => store::set_refund(tx, &refund).await,
    }
}

async fn confirm(app: &App, tx: &mut Tx, refund: &mut Refund, sent: &Sent) -> Result<()> {
    let Some(state) = refund.state.after(RefundStep::Confirm) else { return Ok(()) };
    let journal = Journal::refund_paid(refund.id, refund.milestone, refund.amount, &sent.id);
    post_once(app, tx, &journal).await?;
    refund.state = state;
    refund.ended_at = Some(app.clock.now());
    store::set_refund(tx, refund).await?;
    if let Some(movement) = &sent.balance_transaction {
        settle::follow(app, tx, refund.milestone, (movement.id(), &sent.id)).await?;
    }
    let milestone = engagements::milestone(tx, refund.milestone).await?;
    let engagement = engagements::engagement(tx, milestone.engagement).await?;
    if refund.released {
        let due = store::make_due(tx, refund.id).await?;
        recover::begin(app, tx, (&engagement, &milestone), &due, &refund.reason).await?;
    }
    let fact = RefundPaid {
        of: engagement.parties(),
        milestone: milestone.id,
        seq: milestone.seq,
        milestone_title: milestone.title,
        amount: refund.amount,
        reason: refund.reason.clone(),
    };
    event::state(tx, &app.ids, None, &fact).await
}

/// The card did not take it after all: the money is here again, and the customer's credit. What
/// the payees gave back stays given back.
async fn fail(app: &App, tx: &mut Tx, mut refund: Refund, sent: &Sent) -> Result<()> {
    let Some(state) = refund.state.after(RefundStep::Fail) else { return Ok(()) };
    let why = sent.failure_reason.as_deref().unwrap_or(FAILED);
    let payment = store::payment(tx, refund.payment).await?;
    let journal =
        Journal::refund_failed(refund.id, refund.milestone, refund.amount, payment.customer);
    post_once(app, tx, &journal).await?;
    if let Some(movement) = &sent.failure_balance_transaction {
        settle::follow(app, tx, refund.milestone, (movement.id(), &sent.id)).await?;
    }
    end_without(app, tx, &mut refund, (state, why)).await
}

/// Stripe said no for good.
pub async fn refused(app: &App, tx: &mut Tx, call: &Call, why: &str) -> Result<()> {
    let refund = store::lock_refund(tx, RefundId(call.subject)).await?;
    end_refused(app, tx, refund, why).await
}

/// Nothing left: held money is the customer's credit, released money stays with its payees.
async fn end_refused(app: &App, tx: &mut Tx, mut refund: Refund, why: &str) -> Result<()> {
    let Some(state) = refund.state.after(RefundStep::Refuse) else { return Ok(()) };
    let Refund { id, milestone, amount, .. } = refund;
    if refund.released {
        // The milestone's lock comes before those of accounts, as everywhere.
        engagements::keep_after_all(app, tx, milestone, amount).await?;
        let owed = store::void_recoveries(tx, id).await?;
        post_once(app, tx, &Journal::clawback_refused(id, milestone, amount, &owed)).await?;
    } else {
        let payment = store::payment(tx, refund.payment).await?;
        let journal = Journal::refund_refused(id, milestone, amount, payment.customer);
        post_once(app, tx, &journal).await?;
    }
    end_without(app, tx, &mut refund, (state, why)).await
}

async fn end_without(
    app: &App,
    tx: &mut Tx,
    refund: &mut Refund,
    (state, why): (RefundState, &str),
) -> Result<()> {
    tracing::error!(refund = %refund.id, %state, why, "a refund did not reach the card");
    refund.state = state;
    refund.refusal = Some(why.to_owned());
    refund.ended_at = Some(app.clock.now());
    store::set_refund(tx, refund).await?;
    let milestone = engagements::milestone(tx, refund.milestone).await?;
    let engagement = engagements::engagement(tx, milestone.engagement).await?;
    let fact = RefundFailed {
        of: engagement.parties(),
        milestone: milestone.id,
        seq: milestone.seq,
        milestone_title: milestone.title,
        amount: refund.amount,
        why: why.to_owned(),
        credit: !refund.released || state == RefundState::Failed,
        vendor: store::vendor_organization(tx).await?,
    };
    event::state(tx, &app.ids, None, &fact).await
}
