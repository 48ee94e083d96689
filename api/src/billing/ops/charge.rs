//! Charging a card that is kept: no page, nobody there.
//!
//! The charge is an intent that one call makes and confirms. Like every call it is written down
//! first, and it is looked for before it is sent. A bank that wants the card's holder ends the
//! attempt: that intent is cancelled before a page for the same sum is made, so only one of the
//! two can ever be paid.

use super::calls::{CallWorker, carry_out, keep_with, not_read, tags};
use super::capture::sync_payment;
use super::pay::{self, Wish, transfer_group};
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{
    CallState, NoMethod, Payment, PaymentMethod, PaymentState, PaymentStep, to_charge, today,
};
use crate::billing::store::{self, NewCall};
use crate::engagements::{self, Engagement, Milestone};
use crate::kernel::id::{
    MilestoneId, PaymentId, PaymentMethodId, PersonId, StripeCallId, VendorId, WeekMandateId,
};
use crate::outside::payments::{Ask, CallError, NewCharge};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Common, Error, Result};
use std::time::Duration as Pause;

/// What a kept card is charged for.
pub struct Owed<'a> {
    pub engagement: &'a Engagement,
    pub milestone: &'a Milestone,
    /// Who answers for it: who pressed, or whose mandate it is.
    pub payer: PersonId,
    /// Whether that person waits for the outcome; else a worker begins at once.
    pub waits: bool,
    /// The mandate by which it is charged, when nobody pressed.
    pub mandate: Option<WeekMandateId>,
}

/// Charges a kept card of the caller's organization for a milestone, the default one when none is
/// named; answers the payment as far as it came. Pressed twice, it is one charge.
///
/// Errors: as [`pay::pay_milestone`], and `no-default-method`, `method-over`, `charge-under-way`;
/// 404 for a card that the organization does not keep.
pub async fn charge_milestone(
    app: &App,
    caller: &Caller,
    milestone: MilestoneId,
    method: Option<PaymentMethodId>,
) -> Result<Payment> {
    pay::carry_on(app, caller, milestone, &Wish::Kept(method)).await
}

/// Begins the charge of a kept card for what is owed: the one that is wanted, else the default of
/// the organization that owes. Nobody has to be there. The caller holds the milestone's lock and
/// has seen that nothing else pays it.
///
/// Errors: `no-default-method`, `method-over`; 404 for a card that the organization does not keep.
pub async fn charge_saved(
    app: &App,
    tx: &mut Tx,
    owed: &Owed<'_>,
    wanted: Option<PaymentMethodId>,
) -> Result<(Payment, StripeCallId)> {
    let Owed { engagement, milestone, payer, waits, mandate } = owed;
    let customer = store::lock_customer(tx, engagement.customer).await?;
    let kept = store::kept_methods(tx, engagement.customer).await?;
    let method = to_charge(&kept, wanted, today(app.clock.now())).map_err(none_to_charge)?;
    let customer = customer.ok_or_else(|| Error::fault("a card that is kept for nobody"))?;
    let begun = PaymentState::Charging;
    let payment = pay::new_payment(app, (engagement, milestone), *payer, begun);
    let payment = Payment { method: Some(method.id), mandate: *mandate, ..payment };
    store::insert_payment(tx, &payment).await?;
    let call: StripeCallId = app.ids.next();
    let ask = ask(tx, owed, (&payment, method, customer), call)?;
    let key = format!("charge:{}:1", payment.id);
    let new = NewCall { id: call, subject: payment.id.0, ask: Ask::ChargeSaved(ask), key };
    let worker = if *waits { CallWorker::IfNobodyDoes } else { CallWorker::AtOnce };
    keep_with(app, tx, &new, worker).await?;
    Ok((payment, call))
}

fn ask(
    tx: &Tx,
    owed: &Owed<'_>,
    (payment, method, customer): (&Payment, &PaymentMethod, String),
    call: StripeCallId,
) -> Result<NewCharge> {
    let marks = [
        ("attache_payment", payment.id.to_string()),
        ("attache_milestone", payment.milestone.to_string()),
        ("attache_method", method.id.to_string()),
    ];
    Ok(NewCharge {
        amount: payment.amount,
        customer,
        method: method.stripe_method.clone(),
        description: format!("{}, milestone {}", owed.engagement.label(), owed.milestone.seq),
        transfer_group: transfer_group(owed.engagement),
        tags: tags(tx, call, &marks)?,
    })
}

pub fn none_to_charge(why: NoMethod) -> Error {
    match why {
        NoMethod::Unknown => Common::NotFound("payment method").into(),
        NoMethod::NoDefault => BillingError::NoDefaultMethod.into(),
        NoMethod::Over => BillingError::MethodOver.into(),
    }
}

/// Carries the charge out, or waits for whoever does at this moment.
pub async fn carried(
    app: &App,
    caller: &Caller,
    payment: PaymentId,
    call: StripeCallId,
) -> Result<Payment> {
    let concluded = carry_out(app, caller, caller.vendor, call).await?;
    let waits = if concluded.state == CallState::Sent { 25 } else { 1 };
    let mut seen = current(app, caller.vendor, payment).await?;
    for _ in 1..waits {
        if seen.state != PaymentState::Charging {
            break;
        }
        tokio::time::sleep(Pause::from_millis(100)).await;
        seen = current(app, caller.vendor, payment).await?;
    }
    Ok(seen)
}

async fn current(app: &App, vendor: VendorId, id: PaymentId) -> Result<Payment> {
    let mut tx = app.db.read(vendor).await?;
    store::payment(&mut tx, id).await
}

/// The holder is there: the attempt is ended at the processor, and only when that says so a page
/// for the same sum is asked for.
pub async fn reopen(app: &App, vendor: VendorId, id: PaymentId) -> Result<()> {
    let payment = current(app, vendor, id).await?;
    let intent = payment.payment_intent.filter(|_| payment.state == PaymentState::Unconfirmed);
    let Some(intent) = intent else { return Ok(()) };
    match app.payments.cancel_intent(&intent).await {
        Ok(ended) if ended.object.status == "canceled" => {}
        // Refused: it was paid or has ended; the look says which.
        Ok(_) | Err(CallError::Refused { .. }) => return sync_payment(app, vendor, id, None).await,
        Err(error) => return Err(not_read("an intent", error)),
    }
    let mut tx = app.db.write(vendor).await?;
    let of = engagements::lock_milestone(&mut tx, payment.milestone).await?;
    let mut payment = store::lock_payment(&mut tx, id).await?;
    let same = payment.payment_intent.as_deref() == Some(&intent);
    let Some(state) = payment.state.after(PaymentStep::Reopen).filter(|_| same) else {
        return Ok(());
    };
    payment.state = state;
    payment.payment_intent = None;
    payment.trouble = None;
    store::set_payment(&mut tx, &payment, app.clock.now()).await?;
    store::set_wait(&mut tx, id, None).await?;
    pay::ask_for_page(app, &mut tx, &payment, (&of.0, &of.1), (None, 2)).await?;
    tx.commit().await
}

/// Job: an attempt that was declined is ended at the processor too, so that nothing is left there
/// that could be confirmed.
pub async fn cancel_intent(app: &App, intent: &str) -> Result<()> {
    match app.payments.cancel_intent(intent).await {
        // Refused: it has ended.
        Ok(_) | Err(CallError::Refused { .. }) => Ok(()),
        Err(error) => Err(not_read("an intent", error)),
    }
}
