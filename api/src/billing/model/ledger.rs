//! Journals: what each fact means for the accounts. Plus is debit, minus is credit.
//!
//! Every journal made here balances, whatever it is made from; the database refuses others.

use crate::billing::engine::planted::planted;
use crate::engagements::{Party, Share};
use crate::kernel::id::{MilestoneId, OrganizationId, RefundId, ReleaseId, TransferId};
use crate::kernel::money::Money;
use crate::text_enum;
use serde_json::{Value, json};

text_enum! {
    /// Kinds of accounts.
    pub enum AccountKind {
        /// At Stripe, not to be used yet. May be negative.
        StripePending = "stripe_pending",
        /// At Stripe, to be used. May be negative.
        StripeAvailable = "stripe_available",
        /// Paid for a milestone and not released.
        Held = "held",
        /// Earned by an organization and not sent.
        Payable = "payable",
        /// Sent to payees of a milestone, not confirmed.
        TransferInflight = "transfer_inflight",
        /// Sent back to a customer, not confirmed.
        RefundInflight = "refund_inflight",
        /// Owed to a customer because sending it back was refused.
        Credit = "credit",
        /// The operator's share.
        Revenue = "revenue",
        /// Taken back by a payer's bank, not decided.
        DisputeHold = "dispute_hold",
        /// What a dispute costs; borne by the operator.
        DisputeFee = "dispute_fee",
        /// Owed by an organization that was paid too much.
        Recoverable = "recoverable",
        /// At an organization's account, until it is paid out there; a pair beside the books.
        MemoConnected = "memo_connected",
        MemoOwed = "memo_owed",
        /// What nobody owes; borne by the operator.
        Loss = "loss",
        /// What Stripe takes; borne by the operator.
        StripeFee = "stripe_fee",
    }
}

text_enum! {
    /// Kinds of journals.
    pub enum JournalKind {
        Charge = "charge",
        Fee = "fee",
        Available = "available",
        Accept = "accept",
        /// A part before acceptance.
        Release = "release",
        TransferAsked = "transfer_asked",
        TransferPaid = "transfer_paid",
        TransferRefused = "transfer_refused",
        RefundAsked = "refund_asked",
        RefundPaid = "refund_paid",
        RefundRefused = "refund_refused",
        DisputeOpened = "dispute_opened",
        DisputeWon = "dispute_won",
        DisputeLost = "dispute_lost",
        Clawback = "clawback",
        ReversalPaid = "reversal_paid",
        Netting = "netting",
    }
}

/// One entry of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub kind: AccountKind,
    pub milestone: Option<MilestoneId>,
    pub organization: Option<OrganizationId>,
    /// Plus is debit.
    pub amount: Money,
}

/// A fact to be posted once: `event_key` is the fact's name.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    pub event_key: String,
    pub kind: JournalKind,
    pub milestone: MilestoneId,
    /// Ids at Stripe and here that the fact came from.
    pub facts: Value,
    pub lines: Vec<Line>,
}

/// Whose transfer a journal is about, and which attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferKey {
    pub transfer: TransferId,
    pub milestone: MilestoneId,
    /// The release of a part; absent for the share that acceptance released.
    pub part: Option<ReleaseId>,
    pub party: Party,
    pub organization: OrganizationId,
    pub attempt: i32,
}

impl TransferKey {
    /// The key under which Stripe is asked, the same for every try of one attempt.
    pub fn idempotency_key(&self) -> String {
        let Self { milestone, party, attempt, .. } = self;
        match self.part {
            Some(release) => format!("tr:{milestone}:{party}:{release}:{attempt}"),
            None => format!("tr:{milestone}:{party}:{attempt}"),
        }
    }
}

impl Journal {
    /// A customer's charge: at Stripe, held for the milestone.
    pub fn charge(milestone: MilestoneId, charge: &str, amount: Money) -> Self {
        let (event_key, facts) = (format!("charge:{charge}"), json!({ "charge": charge }));
        let to = AccountKind::Held.of_milestone(milestone);
        Self::two(JournalKind::Charge, event_key, milestone, facts).moving(
            amount,
            AccountKind::StripePending.alone(),
            to,
        )
    }

    /// What Stripe took of a charge.
    pub fn fee(milestone: MilestoneId, transaction: &str, fee: Money) -> Self {
        let facts = json!({ "balance_transaction": transaction });
        let fee = if planted!(FeeOnWrongSide) { negative(fee) } else { fee };
        Self::two(JournalKind::Fee, format!("bt:{transaction}"), milestone, facts).moving(
            fee,
            AccountKind::StripeFee.alone(),
            AccountKind::StripePending.alone(),
        )
    }

    /// Money at Stripe becomes usable; a negative amount is money that left.
    pub fn available(milestone: MilestoneId, transaction: &str, net: Money) -> Self {
        let facts = json!({ "balance_transaction": transaction });
        let (to, from) = (AccountKind::StripeAvailable.alone(), AccountKind::StripePending.alone());
        Self::two(JournalKind::Available, format!("available:{transaction}"), milestone, facts)
            .moving(net, to, from)
    }

    /// Acceptance: what is held belongs to the payees, by their shares of it.
    pub fn accept(milestone: MilestoneId, left: Money, shares: &[Share]) -> Self {
        let (key, facts) = (format!("accept:{milestone}"), json!({ "milestone": milestone }));
        Self::two(JournalKind::Accept, key, milestone, facts).releasing(left, shares)
    }

    /// A part of what is held belongs to the payees before acceptance.
    pub fn release(
        release: ReleaseId,
        milestone: MilestoneId,
        part: Money,
        shares: &[Share],
    ) -> Self {
        let (key, facts) = (format!("release:{release}"), json!({ "release": release }));
        Self::two(JournalKind::Release, key, milestone, facts).releasing(part, shares)
    }

    fn releasing(mut self, part: Money, shares: &[Share]) -> Self {
        let held = AccountKind::Held.of_milestone(self.milestone).with(part);
        let earned = shares.iter().map(|share| {
            let account = match share.organization {
                Some(payee) => AccountKind::Payable.of_organization(payee),
                None => AccountKind::Revenue.alone(),
            };
            account.with(negative(share.amount))
        });
        self.lines =
            std::iter::once(held).chain(earned).filter(|l| l.amount.minor() != 0).collect();
        self
    }

    /// A payee's share is on its way.
    pub fn transfer_asked(key: &TransferKey, amount: Money) -> Self {
        let (payee, sent) = key.accounts();
        key.journal(JournalKind::TransferAsked, "asked", json!({})).moving(amount, payee, sent)
    }

    /// It arrived.
    pub fn transfer_paid(key: &TransferKey, amount: Money, stripe_transfer: &str) -> Self {
        let (_, sent) = key.accounts();
        let facts = json!({ "transfer": stripe_transfer });
        let mut journal = key.journal(JournalKind::TransferPaid, "paid", facts).moving(
            amount,
            sent,
            AccountKind::StripePending.alone(),
        );
        journal.lines.extend(at_account(key.organization, amount));
        journal
    }

    /// It was refused: the payee is owed again.
    pub fn transfer_refused(key: &TransferKey, amount: Money) -> Self {
        let (payee, sent) = key.accounts();
        key.journal(JournalKind::TransferRefused, "refused", json!({})).moving(amount, sent, payee)
    }

    /// Held money is on its way back.
    pub fn refund_asked(refund: RefundId, milestone: MilestoneId, amount: Money) -> Self {
        let held = AccountKind::Held.of_milestone(milestone);
        Self::refund(JournalKind::RefundAsked, refund, milestone, json!({})).moving(
            amount,
            held,
            AccountKind::RefundInflight.of_milestone(milestone),
        )
    }

    /// It went back.
    pub fn refund_paid(
        refund: RefundId,
        milestone: MilestoneId,
        amount: Money,
        stripe_refund: &str,
    ) -> Self {
        let sent = AccountKind::RefundInflight.of_milestone(milestone);
        let facts = json!({ "refund": stripe_refund });
        Self::refund(JournalKind::RefundPaid, refund, milestone, facts).moving(
            amount,
            sent,
            AccountKind::StripePending.alone(),
        )
    }

    /// It was refused: what the customer is due of it is a credit that a person has to settle.
    pub fn refund_refused(
        refund: RefundId,
        milestone: MilestoneId,
        amount: Money,
        of: Creditor,
    ) -> Self {
        let mut journal = Self::refund(JournalKind::RefundRefused, refund, milestone, json!({}));
        let sent = AccountKind::RefundInflight.of_milestone(milestone);
        journal.lines = of.lines(sent, amount);
        journal
    }

    pub(super) fn refund(
        kind: JournalKind,
        refund: RefundId,
        milestone: MilestoneId,
        facts: Value,
    ) -> Self {
        let step = match kind {
            JournalKind::RefundAsked | JournalKind::Clawback => "asked",
            JournalKind::RefundPaid => "paid",
            _ => "refused",
        };
        Self::two(kind, format!("refund:{refund}:{step}"), milestone, facts)
    }

    pub(super) fn two(
        kind: JournalKind,
        event_key: String,
        milestone: MilestoneId,
        facts: Value,
    ) -> Self {
        Self { event_key, kind, milestone, facts, lines: Vec::new() }
    }

    /// Debits one account and credits the other.
    pub(super) fn moving(mut self, amount: Money, debit: Account, credit: Account) -> Self {
        self.lines = vec![debit.with(amount), credit.with(negative(amount))];
        self
    }
}

/// Whose money it is that did not arrive where it was sent, and how much of it: the rest came to
/// them by their bank already, which was booked as a loss then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Creditor {
    pub customer: OrganizationId,
    pub due: Money,
}

impl Creditor {
    /// From this account to the credit, as far as it is due, and to the loss.
    pub(super) fn lines(self, from: Account, amount: Money) -> Vec<Line> {
        let due = self.due.minor().clamp(0, amount.minor());
        let of = |minor: i64| Money::new(-minor, amount.currency());
        let lines = [
            from.with(amount),
            AccountKind::Credit.of_organization(self.customer).with(of(due)),
            AccountKind::Loss.alone().with(of(amount.minor() - due)),
        ];
        lines.into_iter().filter(|line| line.amount.minor() != 0).collect()
    }
}

impl TransferKey {
    fn journal(&self, kind: JournalKind, step: &str, facts: Value) -> Journal {
        Journal::two(kind, format!("{}:{step}", self.idempotency_key()), self.milestone, facts)
    }

    fn accounts(&self) -> (Account, Account) {
        let payee = AccountKind::Payable.of_organization(self.organization);
        (payee, AccountKind::TransferInflight.of_milestone(self.milestone))
    }
}

/// What an organization has more at its account; less when it is negative.
pub(super) const fn at_account(organization: OrganizationId, more: Money) -> [Line; 2] {
    [
        AccountKind::MemoConnected.of_organization(organization).with(more),
        AccountKind::MemoOwed.of_organization(organization).with(negative(more)),
    ]
}

/// An account by what it is for.
#[derive(Clone, Copy)]
pub(super) struct Account {
    kind: AccountKind,
    milestone: Option<MilestoneId>,
    organization: Option<OrganizationId>,
}

impl AccountKind {
    pub(super) const fn alone(self) -> Account {
        Account { kind: self, milestone: None, organization: None }
    }

    pub(super) const fn of_milestone(self, milestone: MilestoneId) -> Account {
        Account { kind: self, milestone: Some(milestone), organization: None }
    }

    pub(super) const fn of_organization(self, organization: OrganizationId) -> Account {
        Account { kind: self, milestone: None, organization: Some(organization) }
    }
}

impl Account {
    pub(super) const fn with(self, amount: Money) -> Line {
        let Self { kind, milestone, organization } = self;
        Line { kind, milestone, organization, amount }
    }
}

/// Amounts come from 64-bit columns that hold no least value: none is lost here.
pub(super) const fn negative(amount: Money) -> Money {
    Money::new(amount.minor().saturating_neg(), amount.currency())
}

#[cfg(test)]
mod tests;
