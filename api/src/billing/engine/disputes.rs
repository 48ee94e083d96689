//! What a bank's dispute of a payment means for the books: every movement of its money once, and
//! who bears a lost one.

use super::planted::planted;
use super::recoveries::debts_of;
use super::{Deed, Fit, Unfit};
use crate::billing::model::{
    Cause, Dispute, DisputeState, Journal, Lost, Payment, PaymentState, Recovery, RecoveryState,
};
use crate::engagements::{Milestone, MilestoneState, Share};
use crate::kernel::id::OrganizationId;
use crate::kernel::money::Money;
use crate::outside::payments::{BalanceTransaction, Dispute as Object};
use crate::platform::clock::Ids;
use chrono::{DateTime, Utc};

/// The dispute as it is now, by what was read at Stripe and what was known here.
pub fn read(
    ids: &Ids,
    payment: &Payment,
    (object, known): (&Object, Option<&Dispute>),
    now: DateTime<Utc>,
) -> Fit<Dispute> {
    if payment.charge.as_deref() != Some(object.charge.id()) {
        let what = format!("dispute {} is of no charge of payment {}", object.id, payment.id);
        return Err(Unfit(what));
    }
    let seen = DisputeState::of(&object.status);
    let state = known.map_or(seen, |dispute| later(dispute.state, seen));
    let taken = object.balance_transactions.iter().find(|moved| moved.amount < 0);
    let amount = taken.map_or(object.amount, |moved| moved.amount.saturating_neg());
    let currency = taken.map_or(object.currency, |moved| moved.currency);
    if currency != payment.amount.currency() {
        let what = format!("dispute {} took {currency} of {}", object.id, payment.amount);
        return Err(Unfit(what));
    }
    let fees: i64 = object.balance_transactions.iter().map(|moved| moved.fee).sum();
    let opened_at = DateTime::from_timestamp(object.created, 0)
        .ok_or_else(|| Unfit(format!("dispute {} is of no time", object.id)))?;
    let due = object.evidence_details.as_ref().and_then(|details| details.due_by);
    Ok(Dispute {
        id: known.map_or_else(|| ids.next(), |dispute| dispute.id),
        stripe_dispute: object.id.clone(),
        payment: payment.id,
        milestone: payment.milestone,
        engagement: payment.engagement,
        customer: payment.customer,
        amount: Money::new(amount, currency),
        fee: Money::new(fees, currency),
        reason: object.reason.clone(),
        state,
        frozen: known.is_some_and(|dispute| dispute.frozen),
        respond_by: due.and_then(|due| DateTime::from_timestamp(due, 0)),
        opened_at,
        ended_at: known
            .and_then(|dispute| dispute.ended_at)
            .or_else(|| state.has_ended().then_some(now)),
    })
}

fn later(known: DisputeState, seen: DisputeState) -> DisputeState {
    if planted!(StateRegressed) { seen } else { known.or_later(seen) }
}

/// Every movement of its money: money that left first.
pub fn movements(object: &Object) -> Vec<&BalanceTransaction> {
    let mut moved: Vec<&BalanceTransaction> = object.balance_transactions.iter().collect();
    moved.sort_by_key(|one| one.amount);
    moved
}

/// The journal of one movement.
pub fn moved(dispute: &Dispute, moved: &BalanceTransaction) -> Fit<Journal> {
    let amount = Money::new(moved.amount.saturating_abs(), moved.currency);
    let fee = Money::new(moved.fee, moved.currency);
    let journal = match moved.amount < 0 {
        true => Journal::dispute_opened(dispute.milestone, &moved.id, amount, fee),
        false => Journal::dispute_won(dispute.milestone, &moved.id, amount, fee),
    };
    journal.map_err(|error| Unfit(format!("{}: {error}", moved.id)))
}

/// Whether it is lost since it was read last, and took money.
pub fn is_newly_lost(dispute: &Dispute, before: Option<DisputeState>, object: &Object) -> bool {
    dispute.state == DisputeState::Lost
        && before != Some(DisputeState::Lost)
        && !object.balance_transactions.is_empty()
}

/// What a lost one takes from, in this order.
#[derive(Debug, Clone, Copy)]
pub struct Stake {
    /// What is held of the payment.
    pub held: Money,
    /// What is the customer's credit of it, since it did not reach the card.
    pub credit: Money,
    /// What payees have of it.
    pub with_payees: Money,
}

impl Stake {
    /// What came after the milestone was paid for, or was over, holds nothing of it: what another
    /// payment brought is not taken for this one. `None` while the acceptance releases what was
    /// held: it is asked again.
    pub fn of(payment: PaymentState, milestone: &Milestone, credit: Money) -> Option<Self> {
        let nothing = Money::zero(credit.currency());
        if payment != PaymentState::Paid {
            return Some(Self { held: nothing, credit, with_payees: nothing });
        }
        if milestone.state == MilestoneState::Accepted && milestone.rest().minor() > 0 {
            return None;
        }
        let (held, with_payees) = (milestone.held(), milestone.with_payees());
        Some(Self { held, credit, with_payees })
    }

    /// What the payees give back; what went back before is not given back again.
    pub fn given_back(self, taken: Money) -> Money {
        let first = self.held.minor() + self.credit.minor();
        let beyond = taken.minor().saturating_sub(first).clamp(0, self.with_payees.minor());
        Money::new(beyond, taken.currency())
    }
}

/// The journal of a lost one; `given` is what each party gives back. The rest is a loss.
pub fn lost(dispute: &Dispute, stake: Stake, given: &[Share]) -> Fit<Journal> {
    let Stake { held, credit, .. } = stake;
    let credit = if planted!(BankAndCredit) { Money::zero(credit.currency()) } else { credit };
    let bearer = Lost { held, customer: dispute.customer, credit, given };
    let name = &dispute.stripe_dispute;
    let journal = Journal::dispute_lost(dispute.milestone, name, dispute.amount, &bearer);
    journal.map_err(|error| Unfit(format!("dispute {name}: {error}")))
}

/// Whether the bank's decision is news.
pub fn has_newly_ended(dispute: &Dispute, before: Option<DisputeState>) -> bool {
    dispute.state.has_ended() && !before.is_some_and(DisputeState::has_ended)
}

/// What the payees of a lost one owe from now on, and how much it comes to with the operator's.
pub fn owed(ids: &Ids, dispute: &Dispute, given: &[Share]) -> (Money, Vec<Recovery>) {
    let back = given.iter().map(|share| share.amount.minor()).sum();
    let owed = (Cause::Dispute(dispute.id), RecoveryState::Due);
    let debts = debts_of(ids, dispute.milestone, owed, given);
    (Money::new(back, dispute.amount.currency()), debts)
}

/// What was released and waited for the bank goes on, each payee by a job.
pub fn goes_on(milestone: &Milestone, payees: impl Iterator<Item = OrganizationId>) -> Vec<Deed> {
    if milestone.released.minor() == 0 {
        return Vec::new();
    }
    payees.map(|organization| Deed::Start { organization, again: true }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagements::examples::milestone;
    use crate::kernel::money::Currency;

    #[test]
    fn what_came_too_late_takes_only_its_own_credit() {
        let usd = |minor| Money::new(minor, Currency::Usd);
        let held = milestone(1, MilestoneState::Funded);
        let price = held.price;
        let mut released = milestone(1, MilestoneState::Accepted);
        released.released = usd(0);
        let stake = |of: PaymentState, milestone: &Milestone| Stake::of(of, milestone, usd(5));
        assert!(stake(PaymentState::Paid, &released).is_none(), "it is being released");
        released.released = released.price;
        let own = stake(PaymentState::Paid, &held).unwrap();
        assert_eq!((own.held, own.given_back(price)), (price, usd(0)));
        let own = stake(PaymentState::Paid, &released).unwrap();
        assert_eq!((own.held, own.given_back(price)), (usd(0), usd(price.minor() - 5)));
        for milestone in [&held, &released] {
            let late = stake(PaymentState::Returned, milestone).unwrap();
            assert_eq!((late.held, late.credit, late.given_back(price)), (usd(0), usd(5), usd(0)));
        }
    }
}
