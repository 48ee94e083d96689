//! Disputes of payments: their states, and what they mean for the accounts.

use super::ledger::{AccountKind, Journal, JournalKind, Line, negative};
use crate::engagements::Share;
use crate::kernel::id::{DisputeId, EngagementId, MilestoneId, OrganizationId, PaymentId};
use crate::kernel::money::{Money, MoneyError};
use crate::text_enum;
use chrono::{DateTime, Utc};
use serde_json::json;

text_enum! {
    /// Where a bank's dispute of a payment stands.
    pub enum DisputeState {
        /// The bank only asks; no money moved.
        Inquiry = "inquiry",
        /// The bank took the money back and has not decided.
        Open = "open",
        /// The money came back.
        Won = "won",
        /// The customer keeps the money.
        Lost = "lost",
        /// It ended without a decision on money.
        Closed = "closed",
    }
}

impl DisputeState {
    /// The processor's word for it.
    pub fn of(status: &str) -> Self {
        match status {
            "won" => Self::Won,
            "lost" => Self::Lost,
            "warning_needs_response" | "warning_under_review" => Self::Inquiry,
            "warning_closed" | "prevented" => Self::Closed,
            // What it will be called tomorrow is not decided either.
            _ => Self::Open,
        }
    }

    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Won | Self::Lost | Self::Closed)
    }

    /// The later of two: news that comes late takes nothing back.
    pub fn or_later(self, seen: Self) -> Self {
        let is_back = self == Self::Open && seen == Self::Inquiry;
        if self.has_ended() || is_back { self } else { seen }
    }
}

/// A payment that its payer's bank disputes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    pub id: DisputeId,
    pub stripe_dispute: String,
    pub payment: PaymentId,
    pub milestone: MilestoneId,
    pub engagement: EngagementId,
    pub customer: OrganizationId,
    pub amount: Money,
    /// What the processor took for it.
    pub fee: Money,
    /// In the bank's word, such as `fraudulent`.
    pub reason: String,
    pub state: DisputeState,
    /// Whether the engagement and its letters were told to rest.
    pub frozen: bool,
    pub respond_by: Option<DateTime<Utc>>,
    pub opened_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// What a customer has of a milestone's payment by its bank, and as a credit, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BankKept {
    pub lost: i64,
    pub credit: i64,
}

/// Who bears a lost dispute; nobody of these if the money went back to the customer another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost<'a> {
    /// What was held still; what the bank left of it is the customer's.
    pub held: Money,
    pub customer: OrganizationId,
    /// What they have as a credit of the same payment, since it did not reach their card: the bank
    /// gave it to them now.
    pub credit: Money,
    /// What each gives back of what was released; with what was held no more than was taken.
    pub given: &'a [Share],
}

impl Journal {
    /// The bank took money back: it is in dispute, and the processor has its fee.
    pub fn dispute_opened(
        milestone: MilestoneId,
        transaction: &str,
        taken: Money,
        fee: Money,
    ) -> Result<Self, MoneyError> {
        let left = negative(taken).checked_sub(fee)?;
        let hold = AccountKind::DisputeHold.of_milestone(milestone).with(taken);
        Ok(Self::moved(
            JournalKind::DisputeOpened,
            milestone,
            transaction,
            [hold, fee_of(fee)],
            left,
        ))
    }

    /// The bank gave it back; a fee that came back with it is negative.
    pub fn dispute_won(
        milestone: MilestoneId,
        transaction: &str,
        back: Money,
        fee: Money,
    ) -> Result<Self, MoneyError> {
        let came = back.checked_sub(fee)?;
        let hold = AccountKind::DisputeHold.of_milestone(milestone).with(negative(back));
        Ok(Self::moved(JournalKind::DisputeWon, milestone, transaction, [hold, fee_of(fee)], came))
    }

    fn moved(
        kind: JournalKind,
        milestone: MilestoneId,
        transaction: &str,
        lines: [Line; 2],
        at_stripe: Money,
    ) -> Self {
        let facts = json!({ "balance_transaction": transaction });
        let mut journal = Self::two(kind, format!("bt:{transaction}"), milestone, facts);
        let stripe = AccountKind::StripePending.alone().with(at_stripe);
        journal.lines =
            lines.into_iter().chain([stripe]).filter(|line| line.amount.minor() != 0).collect();
        journal
    }

    /// The customer keeps what the bank took: whoever has the money bears it.
    pub fn dispute_lost(
        milestone: MilestoneId,
        dispute: &str,
        taken: Money,
        bearer: &Lost<'_>,
    ) -> Result<Self, MoneyError> {
        let facts = json!({ "dispute": dispute });
        let key = format!("dispute:{dispute}:lost");
        let mut journal = Self::two(JournalKind::DisputeLost, key, milestone, facts);
        let beyond = taken.minor().saturating_sub(bearer.held.minor());
        let of_credit = beyond.min(bearer.credit.minor().max(0));
        let owed = Money::new(of_credit, taken.currency());
        let mut borne = vec![
            AccountKind::Held.of_milestone(milestone).with(bearer.held),
            AccountKind::Credit.of_organization(bearer.customer).with(owed),
        ];
        borne.extend(bearer.given.iter().map(given_back));
        let nothing = Money::zero(taken.currency());
        let sum = borne.iter().try_fold(nothing, |sum, line| sum.checked_add(line.amount))?;
        borne.push(AccountKind::Loss.alone().with(taken.checked_sub(sum)?));
        borne.push(AccountKind::DisputeHold.of_milestone(milestone).with(negative(taken)));
        journal.lines = borne.into_iter().filter(|line| line.amount.minor() != 0).collect();
        Ok(journal)
    }
}

fn fee_of(fee: Money) -> Line {
    AccountKind::DisputeFee.alone().with(fee)
}

fn given_back(share: &Share) -> Line {
    match share.organization {
        Some(payee) => AccountKind::Recoverable.of_organization(payee).with(share.amount),
        None => AccountKind::Revenue.alone().with(share.amount),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::model::{shares_given_back, shares_of_rest};
    use crate::engagements::Party;
    use crate::kernel::money::Currency;
    use crate::kernel::split;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::Usd)
    }

    fn shares(price: i64) -> Vec<Share> {
        let amounts = split::by_parts(usd(price), &[7_500, 1_000, 500, 1_000]).unwrap();
        let of = |(n, (party, amount)): (u64, (&Party, Money))| Share {
            party: *party,
            organization: (*party != Party::Operator)
                .then(|| OrganizationId(Uuid::from_u64_pair(0, n))),
            parts: 0,
            amount,
        };
        (1..).zip(Party::ALL.iter().zip(amounts)).map(of).collect()
    }

    fn sum(journal: &Journal) -> i64 {
        journal.lines.iter().map(|line| line.amount.minor()).sum()
    }

    proptest! {
        #[test]
        fn every_journal_balances_whatever_the_bank_takes(
            price in 1i64..=1_000_000_000, taken in 1i64..=2_000_000_000, fee in -2_000i64..=2_000,
        ) {
            let m = MilestoneId(Uuid::nil());
            let all = shares(price);
            let back = taken.min(price);
            let back = shares_given_back(&all, &all, (usd(price - back), usd(back))).unwrap();
            let customer = OrganizationId(Uuid::nil());
            let lost = |held: i64, given: &[Share]| {
                let bearer = Lost { held: usd(held), customer, credit: usd(0), given };
                Journal::dispute_lost(m, "dp_1", usd(taken), &bearer).unwrap()
            };
            let half = price / 2;
            let beyond = (taken - half).clamp(0, price - half);
            let net = usd(price - half - beyond);
            let with = shares_of_rest(&all, usd(price - half)).unwrap();
            let both = shares_given_back(&all, &with, (net, usd(beyond))).unwrap();
            let journals = [
                Journal::dispute_opened(m, "txn_1", usd(taken), usd(fee)).unwrap(),
                Journal::dispute_won(m, "txn_2", usd(taken), usd(fee)).unwrap(),
                lost(price, &[]),
                lost(0, &back),
                lost(0, &[]),
                lost(half, &both),
            ];
            for journal in &journals {
                prop_assert_eq!(sum(journal), 0, "{:?}", journal.kind);
                prop_assert!(journal.lines.len() >= 2);
                prop_assert!(journal.lines.iter().all(|line| line.amount.minor() != 0));
            }
            let given: i64 = journals[3]
                .lines
                .iter()
                .filter(|line| matches!(line.kind, AccountKind::Recoverable | AccountKind::Revenue))
                .map(|line| line.amount.minor())
                .sum();
            prop_assert_eq!(given, taken.min(price), "nobody gives back more than the price");
        }
    }

    #[test]
    fn what_has_ended_does_not_open_again() {
        use DisputeState::{Closed, Inquiry, Lost, Open, Won};
        for ended in [Won, Lost, Closed] {
            assert!(DisputeState::ALL.iter().all(|seen| ended.or_later(*seen) == ended));
        }
        assert_eq!(Open.or_later(Inquiry), Open);
        assert_eq!(Inquiry.or_later(Open), Open);
        assert_eq!(Open.or_later(Lost), Lost);
    }
}
