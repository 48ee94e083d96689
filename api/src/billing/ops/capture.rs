//! What became of a payment: read at Stripe, then written down in one transaction.
//!
//! News and pages only wake this; they carry no amounts. Reading twice, late or out of order ends
//! in the same rows.

use super::deeds::write;
use super::methods::keep_method;
use super::{calls, refund, settle};
use crate::app::App;
use crate::billing::engine::payments::{Came, Captured, captured, funded, may_fund};
use crate::billing::model::{
    CONFIRM_DAYS, Call, Charged, Payment, PaymentDeclined, PaymentParked, PaymentState,
    PaymentStep, PaymentUnconfirmed, RefundOrigin, WeekCharged, judge,
};
use crate::billing::store;
use crate::engagements::{self, Engagement, Milestone};
use crate::kernel::id::{PaymentId, VendorId};
use crate::outside::payments::{CallError, Charge, Checkout, Intent};
use crate::platform::db::Tx;
use crate::platform::jobs::{NewJob, enqueue, event};
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// The kind of job that looks what became of a payment.
pub const SYNC_JOB: &str = "sync-payment";

#[derive(Serialize, Deserialize)]
pub struct SyncJob {
    pub payment: PaymentId,
}

/// The kind of job that ends a declined attempt at Stripe.
pub const CANCEL_JOB: &str = "cancel-intent";

#[derive(Serialize, Deserialize)]
pub struct CancelJob {
    pub intent: String,
}

/// Looks again at a later time, in case no news comes; once for each reason.
pub async fn look_again(
    app: &App,
    tx: &mut Tx,
    payment: PaymentId,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    let job = NewJob::new(SYNC_JOB, &SyncJob { payment })?.for_vendor(tx.vendor()?).at(at);
    let hour = at.timestamp() / 3600;
    enqueue(tx, &app.ids, job.once(format!("{SYNC_JOB}:{payment}:{reason}:{hour}"))).await
}

/// Reads a payment's checkout, or the intent of a kept card, at Stripe and writes down what
/// follows. `named` is what news calls it, for a payment whose own answer was lost.
pub async fn sync_payment(
    app: &App,
    vendor: VendorId,
    id: PaymentId,
    named: Option<&str>,
) -> Result<()> {
    let mut tx = app.db.read(vendor).await?;
    let payment = store::payment(&mut tx, id).await?;
    drop(tx);
    let named = |kind: &str| named.filter(|name| name.starts_with(kind));
    let Some(session) = payment.checkout_session.as_deref().or_else(|| named("cs_")) else {
        let intent = payment.payment_intent.clone();
        return match intent.or_else(|| named("pi_").map(str::to_owned)) {
            Some(intent) => sync_intent(app, vendor, payment, &intent).await,
            None => Ok(()),
        };
    };
    let page = app.payments.checkout(session).await;
    let page = page.map_err(|error| calls::not_read("a checkout", error))?.object;
    if page.metadata.get("attache_payment") != Some(&id.to_string()) {
        return Err(Error::fault(format!("checkout {session} is not of payment {id}")));
    }
    let mut tx = app.db.write(vendor).await?;
    let (engagement, milestone) = engagements::lock_milestone(&mut tx, payment.milestone).await?;
    let payment = store::lock_payment(&mut tx, id).await?;
    let mut seen = Seen { app, engagement, milestone, payment };
    seen.note_page(&mut tx, &page).await?;
    seen.apply(&mut tx, &page).await?;
    tx.commit().await
}

async fn sync_intent(app: &App, vendor: VendorId, payment: Payment, intent: &str) -> Result<()> {
    let over = payment.expires_at.is_some_and(|at| at <= app.clock.now());
    if over && payment.state == PaymentState::Unconfirmed {
        return give_up(app, vendor, payment).await;
    }
    let read = app.payments.intent(intent).await;
    let read = read.map_err(|error| calls::not_read("an intent", error))?.object;
    let known = payment.payment_intent.as_deref() == Some(intent);
    if !known && read.metadata.get("attache_payment") != Some(&payment.id.to_string()) {
        return Err(Error::fault(format!("intent {intent} is not of payment {}", payment.id)));
    }
    write_down(app, vendor, payment, &read).await
}

/// Nobody confirmed it, or another way of paying is wanted: the attempt is ended at Stripe, and
/// what Stripe has then is written down.
pub async fn give_up(app: &App, vendor: VendorId, payment: Payment) -> Result<()> {
    let Some(intent) = payment.payment_intent.clone() else { return Ok(()) };
    match app.payments.cancel_intent(&intent).await {
        // Refused: it was paid, or had ended; the look says which.
        Ok(_) | Err(CallError::Refused { .. }) => {}
        Err(error) => return Err(calls::not_read("an intent", error)),
    }
    let read = app.payments.intent(&intent).await;
    let read = read.map_err(|error| calls::not_read("an intent", error))?.object;
    write_down(app, vendor, payment, &read).await
}

async fn write_down(app: &App, vendor: VendorId, of: Payment, intent: &Intent) -> Result<()> {
    let mut tx = app.db.write(vendor).await?;
    let (engagement, milestone) = engagements::lock_milestone(&mut tx, of.milestone).await?;
    let payment = store::lock_payment(&mut tx, of.id).await?;
    let mut seen = Seen { app, engagement, milestone, payment };
    seen.apply_intent(&mut tx, intent).await?;
    tx.commit().await
}

/// The charge of a kept card was answered, whatever the answer.
pub async fn charge_answered(app: &App, tx: &mut Tx, call: &Call, intent: &Intent) -> Result<()> {
    seen_by(app, tx, call).await?.apply_intent(tx, intent).await
}

/// The charge of a kept card was refused before there was an attempt.
pub async fn charge_refused(app: &App, tx: &mut Tx, call: &Call, why: &str) -> Result<()> {
    seen_by(app, tx, call).await?.refused(tx, why.to_owned()).await
}

async fn seen_by<'a>(app: &'a App, tx: &mut Tx, call: &Call) -> Result<Seen<'a>> {
    let id = PaymentId(call.subject);
    let of = store::payment(tx, id).await?;
    let (engagement, milestone) = engagements::lock_milestone(tx, of.milestone).await?;
    let payment = store::lock_payment(tx, id).await?;
    Ok(Seen { app, engagement, milestone, payment })
}

/// A payment under its locks, with what it is for.
struct Seen<'a> {
    app: &'a App,
    engagement: Engagement,
    milestone: Milestone,
    payment: Payment,
}

impl Seen<'_> {
    async fn note_page(&self, tx: &mut Tx, page: &Checkout) -> Result<()> {
        if self.payment.checkout_session.is_some() {
            return Ok(());
        }
        let ends = DateTime::from_timestamp(page.expires_at, 0)
            .ok_or_else(|| Error::fault("a page that ends at no time"))?;
        store::set_checkout(tx, self.payment.id, &page.id, page.url.as_deref(), ends).await?;
        store::keep_object(tx, &page.id, self.payment.id.0).await
    }

    async fn apply(&mut self, tx: &mut Tx, page: &Checkout) -> Result<()> {
        let intent = page.payment_intent.as_ref().and_then(|intent| intent.object());
        if let Some(intent) = intent {
            store::keep_object(tx, &intent.id, self.payment.id.0).await?;
            self.payment.payment_intent = Some(intent.id.clone());
        }
        let charge = intent.and_then(|i| i.latest_charge.as_ref()?.object());
        match charge {
            Some(charge) if charge.status == "succeeded" => {
                self.captured(tx, charge).await?;
                self.keep(tx, intent).await
            }
            _ if page.status.as_deref() == Some("expired") => self.expired(tx).await,
            _ => match intent.and_then(decline) {
                Some(why) => self.declined(tx, why).await,
                None => Ok(()),
            },
        }
    }

    /// What an intent of a kept card says now. An attempt that was given up for a page says nothing
    /// any more, unless it was paid.
    async fn apply_intent(&mut self, tx: &mut Tx, intent: &Intent) -> Result<()> {
        store::keep_object(tx, &intent.id, self.payment.id.0).await?;
        let counts =
            matches!(self.payment.state, PaymentState::Charging | PaymentState::Unconfirmed);
        let judged = judge(intent);
        if !counts && judged != Charged::Paid {
            return Ok(());
        }
        self.payment.payment_intent = Some(intent.id.clone());
        match judged {
            Charged::Paid => {
                let charge = intent.latest_charge.as_ref().and_then(|charge| charge.object());
                let charge = charge.ok_or_else(|| Error::fault("an intent without its charge"))?;
                self.captured(tx, charge).await
            }
            Charged::Asks => self.unconfirmed(tx).await,
            Charged::Declined(why) => {
                let job = CancelJob { intent: intent.id.clone() };
                let job = NewJob::new(CANCEL_JOB, &job)?.for_vendor(tx.vendor()?);
                let job = job.once(format!("{CANCEL_JOB}:{}", intent.id));
                enqueue(tx, &self.app.ids, job).await?;
                self.refused(tx, why).await
            }
            Charged::Cancelled => self.expired(tx).await,
            Charged::Processing => {
                let now = self.app.clock.now();
                store::set_payment(tx, &self.payment, now).await?;
                let at = now + Duration::hours(1);
                look_again(self.app, tx, self.payment.id, "processing", at).await
            }
        }
    }

    /// The bank wants the payer, who is told; the payment waits, and nothing is charged meanwhile.
    async fn unconfirmed(&mut self, tx: &mut Tx) -> Result<()> {
        let Some(state) = self.payment.state.after(PaymentStep::Ask) else { return Ok(()) };
        let now = self.app.clock.now();
        let until = now + Duration::days(CONFIRM_DAYS);
        self.payment.state = state;
        self.payment.trouble = Some("The bank wants the payer to confirm.".to_owned());
        store::set_wait(tx, self.payment.id, Some(until)).await?;
        store::set_payment(tx, &self.payment, now).await?;
        let late = until + Duration::minutes(1);
        look_again(self.app, tx, self.payment.id, "confirm", late).await?;
        let fact = PaymentUnconfirmed {
            of: self.engagement.parties(),
            milestone: self.milestone.id,
            seq: self.milestone.seq,
            milestone_title: self.milestone.title.clone(),
            amount: self.payment.amount,
            payment: self.payment.id,
            payer: self.payment.asked_by,
            until,
            mandate: self.payment.mandate,
        };
        event::state(tx, &self.app.ids, None, &fact).await
    }

    async fn refused(&mut self, tx: &mut Tx, why: String) -> Result<()> {
        let Some(state) = self.payment.state.after(PaymentStep::Refuse) else { return Ok(()) };
        self.payment.state = state;
        self.payment.trouble = Some(why.clone());
        store::set_payment(tx, &self.payment, self.app.clock.now()).await?;
        self.tell_declined(tx, why).await
    }

    /// The money is at Stripe: held, or on its way back when it came too late.
    async fn captured(&mut self, tx: &mut Tx, charge: &Charge) -> Result<()> {
        let now = self.app.clock.now();
        match captured(&mut self.payment, self.milestone.price, charge, now) {
            Captured::Parked => return Ok(()),
            Captured::Differs(why) => return self.park(tx, why).await,
            Captured::Known => {}
            Captured::Came(deeds) => {
                write(self.app, tx, deeds).await?;
                self.take(tx, charge, now).await?;
            }
        }
        self.follow(tx, charge).await
    }

    /// The card that paid is kept for later, if its payer wanted that.
    async fn keep(&self, tx: &mut Tx, intent: Option<&Intent>) -> Result<()> {
        let method = intent.and_then(|intent| intent.payment_method.as_ref()?.object());
        let Some(method) = method.filter(|_| self.payment.keeps) else { return Ok(()) };
        let of = (self.payment.customer, self.payment.asked_by);
        keep_method(self.app, tx, of, method).await
    }

    async fn take(&mut self, tx: &mut Tx, charge: &Charge, now: DateTime<Utc>) -> Result<()> {
        // News of a charge may come late; how long it may be held counts from itself.
        let at = (now, charge.created_at().map_or(now, |at| at.min(now)));
        let took = match may_fund(&self.payment) {
            true => match engagements::fund_milestone(self.app, tx, self.milestone.id, at).await {
                Ok((_, milestone)) => Some(milestone),
                // Nothing was written: the milestone does not take money any more.
                Err(Error::Refused(_)) => None,
                Err(error) => return Err(error),
            },
            false => None,
        };
        let came = funded(&mut self.payment, took.is_some());
        if came != Came::Nothing {
            store::set_payment(tx, &self.payment, now).await?;
        }
        if let Some(milestone) = took {
            return self.tell_charged(tx, &milestone).await;
        }
        if came == Came::GoesBack {
            let of = (&self.engagement, &self.payment);
            let reason = "It was paid after the milestone stopped taking payments.";
            let back = (self.payment.amount, reason);
            refund::start(self.app, tx, of, back, RefundOrigin::NOBODY).await?;
        }
        Ok(())
    }

    /// Nobody pressed: those who answer for the money are told, and until when they look at it.
    async fn tell_charged(&self, tx: &mut Tx, week: &Milestone) -> Result<()> {
        let Some(card) = self.payment.method.filter(|_| self.payment.mandate.is_some()) else {
            return Ok(());
        };
        let fact = WeekCharged {
            of: self.engagement.parties(),
            milestone: week.id,
            milestone_title: week.title.clone(),
            amount: self.payment.amount,
            card: store::method(tx, card).await?.label(),
            until: week.accepts_itself_at,
        };
        event::state(tx, &self.app.ids, None, &fact).await
    }

    /// The movement behind a charge may come an hour after the charge.
    async fn follow(&self, tx: &mut Tx, charge: &Charge) -> Result<()> {
        match &charge.balance_transaction {
            Some(transaction) => {
                let id = transaction.id();
                settle::follow(self.app, tx, self.milestone.id, (id, &charge.id)).await
            }
            None => {
                let at = self.app.clock.now() + Duration::minutes(65);
                look_again(self.app, tx, self.payment.id, "settled", at).await
            }
        }
    }

    async fn declined(&mut self, tx: &mut Tx, why: String) -> Result<()> {
        let known = self.payment.trouble.as_deref() == Some(why.as_str());
        let Some(state) = self.payment.state.after(PaymentStep::Decline).filter(|_| !known) else {
            return Ok(());
        };
        self.payment.state = state;
        self.payment.trouble = Some(why.clone());
        store::set_payment(tx, &self.payment, self.app.clock.now()).await?;
        self.tell_declined(tx, why).await
    }

    async fn tell_declined(&self, tx: &mut Tx, why: String) -> Result<()> {
        let fact = PaymentDeclined {
            of: self.engagement.parties(),
            milestone: self.milestone.id,
            seq: self.milestone.seq,
            milestone_title: self.milestone.title.clone(),
            amount: self.payment.amount,
            payment: self.payment.id,
            payer: self.payment.asked_by,
            why,
            mandate: self.payment.mandate,
        };
        event::state(tx, &self.app.ids, None, &fact).await
    }

    async fn expired(&mut self, tx: &mut Tx) -> Result<()> {
        let Some(state) = self.payment.state.after(PaymentStep::Expire) else { return Ok(()) };
        self.payment.state = state;
        store::set_payment(tx, &self.payment, self.app.clock.now()).await
    }

    async fn park(&mut self, tx: &mut Tx, why: String) -> Result<()> {
        let Some(state) = self.payment.state.after(PaymentStep::Park) else { return Ok(()) };
        tracing::error!(payment = %self.payment.id, why, "a payment does not fit");
        self.payment.state = state;
        self.payment.trouble = Some(why.clone());
        store::set_payment(tx, &self.payment, self.app.clock.now()).await?;
        let fact = PaymentParked {
            of: self.engagement.parties(),
            milestone: self.milestone.id,
            payment: self.payment.id,
            amount: self.payment.amount,
            why,
            vendor: store::vendor_organization(tx).await?,
        };
        event::state(tx, &self.app.ids, None, &fact).await
    }
}

/// Why the last card was declined, in the issuer's words.
fn decline(intent: &Intent) -> Option<String> {
    let failure = intent.last_payment_error.as_ref()?;
    let words = failure.message.as_ref().or(failure.code.as_ref());
    Some(words.map_or_else(|| "The card was declined.".to_owned(), Clone::clone))
}
