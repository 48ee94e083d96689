//! Paying a milestone: one page to pay on, however often it is asked for.

use super::calls::{self, carry_out, keep, tags};
use super::capture::{self, sync_payment};
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
use crate::kernel::id::{MilestoneId, PaymentId, StripeCallId, VendorId};
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
/// `earlier-milestone-first`, `payment-parked`, `payment-refused`, `payment-opening`.
pub async fn pay_milestone(app: &App, caller: &Caller, milestone: MilestoneId) -> Result<Payment> {
    let allowed = allow::<PayMilestone>(caller)?;
    for _ in 0..2 {
        match begin(app, caller, &allowed, milestone).await? {
            Begun::Open(payment) => return Ok(payment),
            Begun::Opening(payment, call) => return open(app, caller, payment, call).await,
            Begun::RanOut(payment) => sync_payment(app, caller.vendor, payment, None).await?,
        }
    }
    Err(BillingError::Opening.into())
}

enum Begun {
    Open(Payment),
    Opening(PaymentId, StripeCallId),
    /// Its time is over by our clock; Stripe has to say what became of it.
    RanOut(PaymentId),
}

async fn begin(
    app: &App,
    caller: &Caller,
    allowed: &Allowed<PayMilestone>,
    id: MilestoneId,
) -> Result<Begun> {
    // Committed for the vendor, not for the caller: the effect a repeat must not have again is the
    // page, which comes later.
    let mut tx = app.db.write(caller.vendor).await?;
    let (engagement, milestone) = engagements::lock_milestone(&mut tx, id).await?;
    own_as_customer(caller, &engagement)?;
    if let Some(payment) = store::live_payment(&mut tx, id).await?
        && let Some(begun) = resume(app, &mut tx, payment).await?
    {
        return Ok(begun);
    }
    fundable(&mut tx, &engagement, &milestone).await?;
    let payment = Payment {
        id: app.ids.next(),
        milestone: id,
        engagement: engagement.id,
        customer: engagement.customer,
        amount: milestone.price,
        state: PaymentState::Opening,
        asked_by: allowed.person,
        checkout_session: None,
        checkout_url: None,
        expires_at: None,
        payment_intent: None,
        charge: None,
        trouble: None,
        created_at: app.clock.now(),
        paid_at: None,
    };
    store::insert_payment(&mut tx, &payment).await?;
    let call = app.ids.next();
    let ask = checkout(app, &mut tx, &payment, (&engagement, &milestone), call).await?;
    let key = format!("pay:{}:1", payment.id);
    let new = NewCall { id: call, subject: payment.id.0, ask: Ask::OpenCheckout(ask), key };
    keep(app, &mut tx, &new, false).await?;
    tx.commit().await?;
    Ok(Begun::Opening(payment.id, call))
}

/// What to do with a live payment; `None` when a new one may begin, or a refusal is due.
async fn resume(app: &App, tx: &mut Tx, payment: Payment) -> Result<Option<Begun>> {
    let now = app.clock.now();
    match payment.state {
        PaymentState::Open | PaymentState::Declined => {
            let over = payment.expires_at.is_some_and(|at| at <= now);
            Ok(Some(if over { Begun::RanOut(payment.id) } else { Begun::Open(payment) }))
        }
        PaymentState::Opening => {
            let call = store::last_call_of(tx, payment.id.0).await?;
            match call {
                Some(call) if !is_aged(app, &call) => Ok(Some(Begun::Opening(payment.id, call.id))),
                // A page whose address nobody ever learnt: it cannot be paid on.
                _ => expire(app, tx, payment).await.map(|()| None),
            }
        }
        PaymentState::Parked => Err(BillingError::Parked.into()),
        PaymentState::Paid | PaymentState::Returned | PaymentState::Expired => Ok(None),
    }
}

fn is_aged(app: &App, call: &Call) -> bool {
    call.first_sent_at.is_some_and(|at| app.clock.now() - at > Duration::hours(23))
}

async fn expire(app: &App, tx: &mut Tx, mut payment: Payment) -> Result<()> {
    if let Some(state) = payment.state.after(PaymentStep::Expire) {
        payment.state = state;
        store::set_payment(tx, &payment, app.clock.now()).await?;
    }
    Ok(())
}

async fn fundable(tx: &mut Tx, engagement: &Engagement, milestone: &Milestone) -> Result<()> {
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
    let Some(session) = payment.checkout_session.filter(|_| payment.state.is_open()) else {
        return Ok(());
    };
    match app.payments.expire_checkout(&session).await {
        // Refused: it was paid or has expired; the look says which.
        Ok(_) | Err(CallError::Refused { .. }) => sync_payment(app, vendor, id, None).await,
        Err(error) => Err(calls::not_read("the page to pay on", error)),
    }
}
