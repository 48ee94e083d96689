//! Paying a milestone: one page to pay on, however often it is asked for.

use super::calls::{self, carry_out, is_aged, keep, tags};
use super::capture::{self, sync_payment};
use super::charge::{self, Owed, charge_saved};
use super::methods::ensure_customer;
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{Call, CallState, Payment, PaymentState, PaymentStep};
use crate::billing::policy::{PayMilestone, own_as_customer};
use crate::billing::store::{self, NewCall};
use crate::engagements::{
    self, Engagement, EngagementEnded, EngagementError, EngagementState, EngagementStep, Milestone,
    MilestoneState, MilestoneStep,
};
use crate::identity::{Allowed, allow};
use crate::kernel::id::{
    MilestoneId, PaymentId, PaymentMethodId, PersonId, StripeCallId, VendorId,
};
use crate::outside::payments::{Ask, CallError, Checkout, NewCheckout};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::{NewJob, enqueue};
use crate::platform::refusal::{Error, Result};
use crate::program;
use chrono::{DateTime, Duration};
use serde::{Deserialize, Serialize};
use std::time::Duration as Pause;

/// The kind of job that closes a page nobody may pay on any more.
pub const CLOSE_JOB: &str = "close-checkout";

#[derive(Serialize, Deserialize)]
pub struct CloseJob {
    pub payment: PaymentId,
}

/// The open payment of a milestone, with the page to pay on; begins one when there is none.
///
/// A milestone has one open payment, whoever asks and how often. Errors: 404 unless the milestone
/// is the caller's as a customer; `already-funded`, `milestone-state`, `engagement-state`,
/// `engagement-at-rest` while it is disputed,
/// `earlier-milestone-first`, `payment-parked`, `payment-refused`, `payment-opening`,
/// `charge-under-way` while a kept card is charged. With `keep` the card is kept once it has paid.
pub async fn pay_milestone(
    app: &App,
    caller: &Caller,
    milestone: MilestoneId,
    keep: bool,
) -> Result<Payment> {
    allow::<PayMilestone>(caller)?;
    let keep_for = if keep { Some(ensure_customer(app, caller).await?) } else { None };
    carry_on(app, caller, milestone, &Wish::Page { keep_for }).await
}

/// How somebody wants to pay.
pub enum Wish {
    /// On a page; for whom the card is kept afterwards, if it is.
    Page { keep_for: Option<String> },
    /// With a kept card, the default one when none is named.
    Kept(Option<PaymentMethodId>),
}

/// Begins the payment that is wanted, or goes on with the one that there is. What stands in the way
/// of a wish is ended at Stripe first, which alone knows whether it was paid a moment ago.
pub async fn carry_on(
    app: &App,
    caller: &Caller,
    milestone: MilestoneId,
    wish: &Wish,
) -> Result<Payment> {
    let allowed = allow::<PayMilestone>(caller)?;
    for _ in 0..4 {
        match begin(app, caller, &allowed, (milestone, wish)).await? {
            Begun::Open(payment) => return Ok(payment),
            Begun::Opening(payment, call) => return open(app, caller, payment, call).await,
            Begun::Charging(payment, call) => {
                return charge::carried(app, caller, payment, call).await;
            }
            Begun::RanOut(payment) => sync_payment(app, caller.vendor, payment, None).await?,
            Begun::InTheWay(payment) => close_payment(app, caller.vendor, payment).await?,
            Begun::Unconfirmed(payment) => charge::reopen(app, caller.vendor, payment).await?,
        }
    }
    Err(BillingError::Opening.into())
}

enum Begun {
    Open(Payment),
    Opening(PaymentId, StripeCallId),
    Charging(PaymentId, StripeCallId),
    /// Its time is over by our clock; Stripe has to say what became of it.
    RanOut(PaymentId),
    /// Another way of paying is open; it is closed first.
    InTheWay(PaymentId),
    /// A bank waits for the payer, who is here now.
    Unconfirmed(PaymentId),
}

async fn begin(
    app: &App,
    caller: &Caller,
    allowed: &Allowed<PayMilestone>,
    (id, wish): (MilestoneId, &Wish),
) -> Result<Begun> {
    // Committed for the vendor, not for the caller: the effect a repeat must not have again is the
    // page, which comes later.
    let mut tx = app.db.write(caller.vendor).await?;
    let (engagement, milestone) = engagements::lock_milestone(&mut tx, id).await?;
    own_as_customer(caller, &engagement)?;
    if let Some(payment) = store::live_payment(&mut tx, id).await?
        && let Some(begun) = resume(app, &mut tx, payment, wish).await?
    {
        return Ok(begun);
    }
    fundable(&mut tx, &engagement, &milestone).await?;
    let of = (&engagement, &milestone);
    let begun = match wish {
        Wish::Page { keep_for } => {
            let payment = new_payment(app, of, allowed.person, PaymentState::Opening);
            let payment = Payment { keeps: keep_for.is_some(), ..payment };
            store::insert_payment(&mut tx, &payment).await?;
            let page = (keep_for.clone(), 1);
            let call = ask_for_page(app, &mut tx, &payment, of, page).await?;
            Begun::Opening(payment.id, call)
        }
        Wish::Kept(method) => {
            let (engagement, milestone, payer) = (&engagement, &milestone, allowed.person);
            let owed = Owed { engagement, milestone, payer, waits: true, mandate: None };
            let (payment, call) = charge_saved(app, &mut tx, &owed, *method).await?;
            Begun::Charging(payment.id, call)
        }
    };
    tx.commit().await?;
    Ok(begun)
}

/// A payment of a milestone at its beginning.
pub fn new_payment(
    app: &App,
    (engagement, milestone): (&Engagement, &Milestone),
    payer: PersonId,
    state: PaymentState,
) -> Payment {
    Payment {
        id: app.ids.next(),
        milestone: milestone.id,
        engagement: engagement.id,
        customer: engagement.customer,
        amount: milestone.price,
        state,
        asked_by: payer,
        method: None,
        mandate: None,
        keeps: false,
        checkout_session: None,
        checkout_url: None,
        expires_at: None,
        payment_intent: None,
        charge: None,
        trouble: None,
        created_at: app.clock.now(),
        paid_at: None,
    }
}

/// Writes down that a payment wants a page; `nth` counts its pages.
pub async fn ask_for_page(
    app: &App,
    tx: &mut Tx,
    payment: &Payment,
    of: (&Engagement, &Milestone),
    (keep_for, nth): (Option<String>, u8),
) -> Result<StripeCallId> {
    let call = app.ids.next();
    let ask = NewCheckout { keep_for, ..checkout(app, tx, payment, of, call).await? };
    let key = format!("pay:{}:{nth}", payment.id);
    let new = NewCall { id: call, subject: payment.id.0, ask: Ask::OpenCheckout(ask), key };
    keep(app, tx, &new, false).await?;
    Ok(call)
}

/// What to do with a live payment; `None` when a new one may begin, or a refusal is due.
async fn resume(app: &App, tx: &mut Tx, payment: Payment, wish: &Wish) -> Result<Option<Begun>> {
    let over = payment.expires_at.is_some_and(|at| at <= app.clock.now());
    match (payment.state, wish) {
        (PaymentState::Open | PaymentState::Declined | PaymentState::Unconfirmed, _) if over => {
            Ok(Some(Begun::RanOut(payment.id)))
        }
        (PaymentState::Open | PaymentState::Declined, Wish::Page { keep_for })
            if payment.keeps == keep_for.is_some() || payment.method.is_some() =>
        {
            Ok(Some(Begun::Open(payment)))
        }
        (PaymentState::Open | PaymentState::Declined, _) => Ok(Some(Begun::InTheWay(payment.id))),
        (PaymentState::Opening, Wish::Kept(_)) => Err(BillingError::Opening.into()),
        (PaymentState::Opening, Wish::Page { .. }) => {
            let call = store::last_call_of(tx, payment.id.0).await?;
            match call {
                Some(call) if !is_aged(app, &call) => Ok(Some(Begun::Opening(payment.id, call.id))),
                // A page whose address nobody ever learnt: it cannot be paid on.
                _ => expire(app, tx, payment).await.map(|()| None),
            }
        }
        (PaymentState::Charging, Wish::Kept(_)) => {
            let call = store::last_call_of(tx, payment.id.0).await?;
            let call = call.ok_or_else(|| Error::fault("a charge without a call"))?;
            Ok(Some(Begun::Charging(payment.id, call.id)))
        }
        (PaymentState::Charging, Wish::Page { .. }) => Err(BillingError::ChargeUnderWay.into()),
        (PaymentState::Unconfirmed, Wish::Page { .. }) => Ok(Some(Begun::Unconfirmed(payment.id))),
        (PaymentState::Unconfirmed, Wish::Kept(other)) => {
            let same = other.is_none() || *other == payment.method;
            let id = payment.id;
            Ok(Some(if same { Begun::Open(payment) } else { Begun::InTheWay(id) }))
        }
        (PaymentState::Parked, _) => Err(BillingError::Parked.into()),
        (
            PaymentState::Paid
            | PaymentState::Returned
            | PaymentState::Expired
            | PaymentState::Refused,
            _,
        ) => Ok(None),
    }
}

async fn expire(app: &App, tx: &mut Tx, mut payment: Payment) -> Result<()> {
    if let Some(state) = payment.state.after(PaymentStep::Expire) {
        payment.state = state;
        store::set_payment(tx, &payment, app.clock.now()).await?;
    }
    Ok(())
}

/// Errors unless the milestone may be paid now; see [`pay_milestone`].
pub async fn fundable(tx: &mut Tx, engagement: &Engagement, milestone: &Milestone) -> Result<()> {
    milestone.state.after(MilestoneStep::Fund)?;
    engagement.state.after(EngagementStep::Fund)?;
    // What was begun before may still be paid; nothing new is begun while work and money wait.
    if engagement.state == EngagementState::Disputed {
        return Err(EngagementError::AtRest(engagement.state).into());
    }
    let all = engagements::milestones(tx, engagement.id).await?;
    let earlier = all
        .iter()
        .find(|other| other.seq < milestone.seq && other.state == MilestoneState::Planned);
    match earlier {
        Some(other) => Err(BillingError::EarlierFirst(other.seq).into()),
        None => Ok(()),
    }
}

async fn checkout(
    app: &App,
    tx: &mut Tx,
    payment: &Payment,
    of: (&Engagement, &Milestone),
    call: StripeCallId,
) -> Result<NewCheckout> {
    let (engagement, milestone) = of;
    let slug = program::settings(tx).await?.slug;
    let page = format!("/p/{slug}/milestones/{}/fund?payment={}", milestone.id, payment.id);
    let back = app.site.link(&page);
    let marks = [
        ("attache_payment", payment.id.to_string()),
        ("attache_milestone", milestone.id.to_string()),
    ];
    Ok(NewCheckout {
        amount: payment.amount,
        title: milestone.title.clone(),
        description: format!("{}, milestone {}", engagement.label(), milestone.seq),
        keep_for: None,
        customer_email: store::email_of(tx, payment.asked_by).await?,
        success_url: format!("{back}&from=paid"),
        cancel_url: format!("{back}&from=cancelled"),
        transfer_group: transfer_group(engagement),
        tags: tags(tx, call, &marks)?,
    })
}

/// The name under which Stripe keeps an engagement's money together.
pub fn transfer_group(engagement: &Engagement) -> String {
    format!("engagement-{}", engagement.id)
}

async fn open(
    app: &App,
    caller: &Caller,
    payment: PaymentId,
    call: StripeCallId,
) -> Result<Payment> {
    let concluded = carry_out(app, caller, caller.vendor, call).await?;
    match concluded.state {
        CallState::Refused => {
            let why = concluded.trouble.unwrap_or_default();
            Err(BillingError::PaymentRefused(why).into())
        }
        // Somebody else is opening it at this moment.
        CallState::Sent => {
            let opened = wait_until_open(app, caller.vendor, payment).await?;
            opened.ok_or_else(|| BillingError::Opening.into())
        }
        _ => {
            let opened = if_open(app, caller.vendor, payment).await?;
            opened.ok_or_else(|| Error::Unavailable("The payment processor".to_owned()))
        }
    }
}

async fn wait_until_open(app: &App, vendor: VendorId, id: PaymentId) -> Result<Option<Payment>> {
    for _ in 0..25 {
        if let Some(payment) = if_open(app, vendor, id).await? {
            return Ok(Some(payment));
        }
        tokio::time::sleep(Pause::from_millis(100)).await;
    }
    Ok(None)
}

/// The payment, once it is more than asked for.
async fn if_open(app: &App, vendor: VendorId, id: PaymentId) -> Result<Option<Payment>> {
    let mut tx = app.db.read(vendor).await?;
    let payment = store::payment(&mut tx, id).await?;
    Ok(Some(payment).filter(|payment| payment.state != PaymentState::Opening))
}

/// The page is there.
pub async fn opened(app: &App, tx: &mut Tx, call: &Call, page: Checkout) -> Result<()> {
    let mut payment = store::lock_payment(tx, PaymentId(call.subject)).await?;
    let expires_at = DateTime::from_timestamp(page.expires_at, 0)
        .ok_or_else(|| Error::fault("a page that ends at no time"))?;
    let Some(state) = payment.state.after(PaymentStep::Open) else { return Ok(()) };
    store::set_checkout(tx, payment.id, &page.id, page.url.as_deref(), expires_at).await?;
    payment.state = state;
    store::set_payment(tx, &payment, app.clock.now()).await?;
    store::keep_object(tx, &page.id, payment.id.0).await?;
    let late = expires_at + Duration::minutes(1);
    capture::look_again(app, tx, payment.id, "expiry", late).await
}

/// There will be no page: another try begins anew.
pub async fn refused(app: &App, tx: &mut Tx, call: &Call, why: &str) -> Result<()> {
    let mut payment = store::lock_payment(tx, PaymentId(call.subject)).await?;
    payment.trouble = Some(why.to_owned());
    expire(app, tx, payment).await
}

/// Reaction: an engagement that ended is not paid for any more.
pub async fn close_payments(app: &App, tx: &mut Tx, fact: &EngagementEnded) -> Result<()> {
    for payment in store::open_payments_of(tx, fact.of.engagement).await? {
        if payment.state == PaymentState::Opening {
            expire(app, tx, payment).await?;
        } else {
            let job = NewJob::new(CLOSE_JOB, &CloseJob { payment: payment.id })?;
            let job = job.for_vendor(tx.vendor()?).once(format!("{CLOSE_JOB}:{}", payment.id));
            enqueue(tx, &app.ids, job).await?;
        }
    }
    Ok(())
}

/// Job: closes the page at Stripe, then sees what became of the payment.
pub async fn close_payment(app: &App, vendor: VendorId, id: PaymentId) -> Result<()> {
    let mut tx = app.db.read(vendor).await?;
    let payment = store::payment(&mut tx, id).await?;
    drop(tx);
    if payment.state == PaymentState::Unconfirmed {
        return capture::give_up(app, vendor, payment).await;
    }
    let Some(session) = payment.checkout_session.filter(|_| payment.state.is_open()) else {
        return Ok(());
    };
    match app.payments.expire_checkout(&session).await {
        // Refused: it was paid or has expired; the look says which.
        Ok(_) | Err(CallError::Refused { .. }) => sync_payment(app, vendor, id, None).await,
        Err(error) => Err(calls::not_read("the page to pay on", error)),
    }
}
