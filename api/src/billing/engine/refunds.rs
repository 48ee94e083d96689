//! Money on its way back to a customer: what may go, and what comes of it.

use super::look_up::tags;
use super::planted::planted;
use super::recoveries::debts_of;
use super::{Deed, Fit, Unfit};
use crate::billing::BillingError;
use crate::billing::model::{
    BankKept, Cause, Creditor, Journal, NewCall, Payment, PaymentState, RecoveryState, Refund,
    RefundState, RefundStep,
};
use crate::engagements::{Milestone, MilestoneState, Share};
use crate::kernel::id::{EngagementId, StripeCallId, VendorId};
use crate::kernel::money::Money;
use crate::outside::payments::{Ask, NewRefund, Refund as Sent};
use crate::platform::clock::Ids;
use chrono::{DateTime, Utc};

/// What stands in the way of a refund: who has the money, or disagrees about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InTheWay {
    pub bank: bool,
    pub sides: bool,
}

/// Whether anything goes back now.
///
/// Errors: `refund-locked-by-dispute`; `disagreement-open`.
pub fn nothing_in_the_way(of: InTheWay) -> Result<(), BillingError> {
    if of.bank && !planted!(RefundDuringDispute) {
        return Err(BillingError::LockedByDispute);
    }
    if of.sides { Err(BillingError::DisagreementOpen) } else { Ok(()) }
}

/// What can go back, out of what is held or what was released.
pub const fn there(milestone: &Milestone, released: bool) -> Money {
    if released { milestone.with_payees() } else { milestone.held() }
}

/// Whether there is anything to go back, whoever asks.
///
/// Errors: `nothing-held`; `being-released`.
pub fn is_there(milestone: &Milestone, released: bool) -> Result<(), BillingError> {
    if milestone.state == MilestoneState::Accepted && milestone.rest().minor() > 0 {
        return Err(BillingError::BeingReleased);
    }
    if there(milestone, released).minor() > 0 { Ok(()) } else { Err(BillingError::NothingHeld) }
}

/// Whether so much, in the same currency, is there to go back.
///
/// Errors: `more-than-held`; `more-than-released`.
pub fn is_within(milestone: &Milestone, part: Money, released: bool) -> Result<(), BillingError> {
    let there = there(milestone, released);
    if part.minor() <= there.minor() {
        return Ok(());
    }
    Err(match released {
        true => BillingError::MoreThanReleased(there),
        false => BillingError::MoreThanHeld(there),
    })
}

/// A refund at its beginning.
pub fn new(
    ids: &Ids,
    payment: &Payment,
    (amount, reason): (Money, &str),
    released: bool,
    now: DateTime<Utc>,
) -> Refund {
    Refund {
        id: ids.next(),
        milestone: payment.milestone,
        payment: payment.id,
        amount,
        released,
        state: RefundState::Asked,
        reason: reason.to_owned(),
        stripe_refund: None,
        refusal: None,
        asked_at: now,
        ended_at: None,
    }
}

/// Whose refund it is, and of which charge.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    pub vendor: VendorId,
    pub engagement: EngagementId,
    pub charge: &'a str,
}

/// Held money is put on its way back.
pub fn of_held(ids: &Ids, whose: Whose<'_>, refund: &Refund) -> Vec<Deed> {
    let journal = Journal::refund_asked(refund.id, refund.milestone, refund.amount);
    ask(ids, whose, refund, journal)
}

/// Released money is put on its way back: the operator's part out of its revenue, the payees' owed
/// by them from now on and taken once Stripe has confirmed the refund.
pub fn of_released(ids: &Ids, whose: Whose<'_>, refund: &Refund, parts: &[Share]) -> Vec<Deed> {
    let journal = Journal::clawback(refund.id, refund.milestone, refund.amount, parts);
    let mut deeds = ask(ids, whose, refund, journal);
    let owed = (Cause::Refund(refund.id), RecoveryState::Asked);
    deeds.push(Deed::AddRecoveries(debts_of(ids, refund.milestone, owed, parts)));
    deeds
}

fn ask(ids: &Ids, whose: Whose<'_>, refund: &Refund, journal: Journal) -> Vec<Deed> {
    let call: StripeCallId = ids.next();
    let marks = [
        ("attache_milestone", refund.milestone.to_string()),
        ("attache_engagement", whose.engagement.to_string()),
    ];
    let (charge, tags) = (whose.charge.to_owned(), tags(whose.vendor, call, &marks));
    let ask = Ask::CreateRefund(NewRefund { charge, amount: refund.amount, tags });
    let key = format!("re:{}:1", refund.id);
    let new = NewCall { id: call, subject: refund.id.0, ask, key };
    vec![Deed::AddRefund(refund.clone()), Deed::Post(journal), Deed::Call(new)]
}

/// What became of a refund, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    Paid,
    /// Nothing left for the card.
    Refused(String),
    /// The card did not take what was sent.
    Failed(String),
}

/// What is said of a failure without a reason.
const FAILED: &str = "The refund failed.";

/// What the customer is due of a refund that did not arrive. `stays` is what is held and with
/// payees of its payment, `others` are its refunds, `kept` what the bank gave them of it and what
/// is their credit already: together they never have more than what they paid.
pub fn due(refund: &Refund, payment: &Payment, stays: Money, (others, kept): Gone<'_>) -> Money {
    let on_the_way = |one: &&Refund| {
        let moves = matches!(one.state, RefundState::Asked | RefundState::Paid);
        moves && one.payment == payment.id && one.id != refund.id
    };
    let others: i64 = others.iter().filter(on_the_way).map(|one| one.amount.minor()).sum();
    let left = payment.amount.minor() - stays.minor() - others - kept.lost - kept.credit;
    Money::new(left.clamp(0, refund.amount.minor()), payment.amount.currency())
}

type Gone<'a> = (&'a [Refund], BankKept);

/// What is held of a payment and with payees. One that came too late has nothing of its milestone.
pub fn stays(payment: PaymentState, milestone: &Milestone) -> Money {
    let stays = match payment {
        PaymentState::Paid => milestone.held().minor() + milestone.with_payees().minor(),
        _ => 0,
    };
    Money::new(stays, milestone.price.currency())
}

/// What a refund is at Stripe now, and what follows; `of` is whose credit a failed one is.
/// News of its end may come before news of its way.
pub fn seen(
    refund: &mut Refund,
    of: Creditor,
    sent: &Sent,
    now: DateTime<Utc>,
) -> Fit<(Vec<Deed>, Vec<Turn>)> {
    let failed = matches!(sent.status.as_deref(), Some("failed" | "canceled"));
    let left = refund.state == RefundState::Paid || sent.balance_transaction.is_some();
    let why = sent.failure_reason.as_deref().unwrap_or(FAILED);
    if failed && !left {
        return Ok(refused(refund, of, why, now));
    }
    if sent.amount != refund.amount.minor() || sent.currency != refund.amount.currency() {
        return Err(Unfit(format!("refund {} is of another amount than asked", sent.id)));
    }
    refund.stripe_refund = Some(sent.id.clone());
    let mut deeds = vec![Deed::Name { object: sent.id.clone(), of: refund.id.0 }];
    let mut turns = Vec::new();
    if sent.status.as_deref() == Some("succeeded") || failed {
        confirm(refund, sent, now, (&mut deeds, &mut turns));
    } else {
        deeds.push(Deed::SetRefund(refund.clone()));
    }
    if failed {
        fail(refund, (of, why), sent, now, (&mut deeds, &mut turns));
    }
    Ok((deeds, turns))
}

type Into<'a> = (&'a mut Vec<Deed>, &'a mut Vec<Turn>);

fn confirm(refund: &mut Refund, sent: &Sent, now: DateTime<Utc>, (deeds, turns): Into<'_>) {
    let Some(state) = refund.state.after(RefundStep::Confirm) else { return };
    let journal = Journal::refund_paid(refund.id, refund.milestone, refund.amount, &sent.id);
    refund.state = state;
    refund.ended_at = Some(now);
    deeds.extend([Deed::Post(journal), Deed::SetRefund(refund.clone())]);
    deeds.extend(sent.balance_transaction.as_ref().map(|movement| Deed::Follow {
        milestone: refund.milestone,
        transaction: movement.id().to_owned(),
        source: sent.id.clone(),
    }));
    if refund.released && !planted!(RefundWithoutReversals) {
        deeds.push(Deed::MakeDue(refund.id));
    }
    turns.push(Turn::Paid);
}

/// The card did not take it after all: the money is here again, and the customer's credit. What
/// the payees gave back stays given back.
fn fail(
    refund: &mut Refund,
    (of, why): (Creditor, &str),
    sent: &Sent,
    now: DateTime<Utc>,
    (deeds, turns): Into<'_>,
) {
    let Some(state) = refund.state.after(RefundStep::Fail) else { return };
    let journal = Journal::refund_failed(refund.id, refund.milestone, refund.amount, of);
    deeds.push(Deed::Post(journal));
    deeds.extend(sent.failure_balance_transaction.as_ref().map(|movement| Deed::Follow {
        milestone: refund.milestone,
        transaction: movement.id().to_owned(),
        source: sent.id.clone(),
    }));
    deeds.push(end(refund, (state, why), now));
    turns.push(Turn::Failed(why.to_owned()));
}

/// Nothing left: held money is the customer's credit as far as it is due, released money stays with
/// its payees.
pub fn refused(
    refund: &mut Refund,
    of: Creditor,
    why: &str,
    now: DateTime<Utc>,
) -> (Vec<Deed>, Vec<Turn>) {
    let Some(state) = refund.state.after(RefundStep::Refuse) else { return Default::default() };
    let Refund { id, milestone, amount, .. } = *refund;
    let first = match refund.released {
        true => Deed::KeepAfterAll(refund.clone()),
        false => Deed::Post(Journal::refund_refused(id, milestone, amount, of)),
    };
    (vec![first, end(refund, (state, why), now)], vec![Turn::Refused(why.to_owned())])
}

fn end(refund: &mut Refund, (state, why): (RefundState, &str), now: DateTime<Utc>) -> Deed {
    refund.state = state;
    refund.refusal = Some(why.to_owned());
    refund.ended_at = Some(now);
    Deed::SetRefund(refund.clone())
}
