//! What payees owe after a refund or a lost dispute, and where it is taken from: shares that were
//! not sent first, then the account to which the share went. What neither has stays owed.

use super::allocation::AllocationError;
use super::ledger::{AccountKind, Creditor, Journal, JournalKind, at_account, negative};
use super::rows::Transfer;
use super::states::{RecoveryState, ReversalState, TransferState};
use crate::billing::engine::planted::planted;
use crate::engagements::{Party, Share};
use crate::kernel::id::{
    DisputeId, MilestoneId, NettingId, OrganizationId, RecoveryId, RefundId, ReversalId, TransferId,
};
use crate::kernel::money::Money;
use serde_json::json;
use std::collections::HashMap;

/// Why a payee gives something back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Refund(RefundId),
    Dispute(DisputeId),
}

/// What one payee has to give back for one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    pub id: RecoveryId,
    pub milestone: MilestoneId,
    pub cause: Cause,
    pub party: Party,
    pub organization: OrganizationId,
    pub amount: Money,
    /// Taken from shares that were not sent.
    pub netted: Money,
    /// Taken from the payee's account, or asked of it.
    pub reversed: Money,
    pub state: RecoveryState,
}

impl Recovery {
    /// What nothing is on its way for.
    pub const fn open(&self) -> Money {
        let taken = self.netted.minor().saturating_add(self.reversed.minor());
        Money::new(self.amount.minor().saturating_sub(taken), self.amount.currency())
    }
}

/// A part of a transfer on its way back from the payee's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    pub id: ReversalId,
    pub recovery: RecoveryId,
    pub transfer: TransferId,
    pub milestone: MilestoneId,
    pub organization: OrganizationId,
    pub amount: Money,
    pub state: ReversalState,
    pub stripe_reversal: Option<String>,
    pub refusal: Option<String>,
}

/// So much of a share pays so much of what is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewNetting {
    pub recovery: RecoveryId,
    pub transfer: TransferId,
    pub amount: Money,
}

/// A transfer that arrived, and what of it could still come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub transfer: TransferId,
    pub stripe_transfer: String,
    pub left: Money,
}

/// What each party has of a milestone by its shares that were released, without what it gives back.
/// The operator has the rest of what is with the payees, `net`.
pub fn what_each_has(
    frozen: &[Share],
    net: Money,
    (got, debts): (&[Transfer], &[Recovery]),
) -> Result<Vec<Share>, AllocationError> {
    let mut have = frozen.to_vec();
    let mut rest = net;
    for share in have.iter_mut().filter(|share| share.party != Party::Operator) {
        share.amount = Money::zero(net.currency());
        for transfer in got.iter().filter(|transfer| transfer.party == share.party) {
            share.amount = share.amount.checked_add(transfer.amount)?;
        }
        for debt in debts.iter().filter(|debt| debt.party == share.party) {
            share.amount = share.amount.checked_sub(debt.amount)?;
        }
        rest = rest.checked_sub(share.amount)?;
    }
    for share in have.iter_mut().filter(|share| share.party == Party::Operator) {
        share.amount = rest;
    }
    Ok(have)
}

/// Lets shares that were not sent pay what their payees owe in the same currency, oldest first, and
/// counts it on both sides.
pub fn plan_nettings(debts: &mut [Recovery], shares: &mut [Transfer]) -> Vec<NewNetting> {
    let mut all = Vec::new();
    for share in shares {
        let own = |debt: &&mut Recovery| {
            debt.organization == share.organization
                && debt.amount.currency() == share.amount.currency()
                && debt.state == RecoveryState::Due
        };
        for debt in debts.iter_mut().filter(own) {
            let part = debt.open().minor().min(share.sent().minor());
            if part <= 0 || !matches!(share.state, TransferState::Waiting | TransferState::Refused)
            {
                continue;
            }
            if !planted!(NettedTwice) {
                debt.netted = more(debt.netted, part);
            }
            share.netted = more(share.netted, part);
            if share.sent().minor() == 0 {
                share.state = TransferState::Netted;
            }
            let amount = Money::new(part, share.amount.currency());
            all.push(NewNetting { recovery: debt.id, transfer: share.id, amount });
        }
    }
    all
}

/// Takes what is owed still from the transfers of the same share, one after the other, as far as
/// they go; `sent` is by milestone and party.
pub fn plan_reversals(
    debts: &mut [Recovery],
    sent: &mut HashMap<(MilestoneId, Party), Vec<Sent>>,
) -> Vec<(RecoveryId, Sent)> {
    let mut all = Vec::new();
    for debt in debts.iter_mut().filter(|debt| debt.state == RecoveryState::Due) {
        let own = sent.get_mut(&(debt.milestone, debt.party));
        for from in own.into_iter().flatten() {
            let part = debt.open().minor().min(from.left.minor());
            if part <= 0 || from.left.currency() != debt.amount.currency() {
                continue;
            }
            debt.reversed = more(debt.reversed, part);
            from.left = more(from.left, part.saturating_neg());
            let amount = Money::new(part, debt.amount.currency());
            all.push((debt.id, Sent { left: amount, ..from.clone() }));
        }
    }
    all
}

const fn more(amount: Money, part: i64) -> Money {
    Money::new(amount.minor().saturating_add(part), amount.currency())
}

impl Journal {
    /// Released money is on its way back: each payee owes its part, the operator bears its own.
    pub fn clawback(
        refund: RefundId,
        milestone: MilestoneId,
        amount: Money,
        shares: &[Share],
    ) -> Self {
        let mut journal = Self::refund(JournalKind::Clawback, refund, milestone, json!({}));
        let given = shares.iter().map(|share| {
            let account = match share.organization {
                Some(payee) => AccountKind::Recoverable.of_organization(payee),
                None => AccountKind::Revenue.alone(),
            };
            account.with(share.amount)
        });
        let sent = AccountKind::RefundInflight.of_milestone(milestone).with(negative(amount));
        journal.lines = given.chain([sent]).filter(|line| line.amount.minor() != 0).collect();
        journal
    }

    /// It was refused: nobody owes anything.
    pub fn clawback_refused(
        refund: RefundId,
        milestone: MilestoneId,
        amount: Money,
        owed: &[Recovery],
    ) -> Self {
        let mut journal = Self::refund(JournalKind::RefundRefused, refund, milestone, json!({}));
        let mut operators = amount;
        for debt in owed {
            let account = AccountKind::Recoverable.of_organization(debt.organization);
            journal.lines.push(account.with(negative(debt.amount)));
            operators = more(operators, debt.amount.minor().saturating_neg());
        }
        let sent = AccountKind::RefundInflight.of_milestone(milestone).with(amount);
        journal.lines.extend([AccountKind::Revenue.alone().with(negative(operators)), sent]);
        journal.lines.retain(|line| line.amount.minor() != 0);
        journal
    }

    /// The card did not take it after it went back: it is here again, and the customer's credit as
    /// far as it is due.
    pub fn refund_failed(
        refund: RefundId,
        milestone: MilestoneId,
        amount: Money,
        of: Creditor,
    ) -> Self {
        let (key, kind) = (format!("refund:{refund}:failed"), JournalKind::RefundRefused);
        let mut journal = Self::two(kind, key, milestone, json!({}));
        journal.lines = of.lines(AccountKind::StripePending.alone(), amount);
        journal
    }

    /// A share that was not sent pays what its payee owes. `milestone` is the share's.
    pub fn netting(
        id: NettingId,
        milestone: MilestoneId,
        (party, payee): (Party, OrganizationId),
        of: &NewNetting,
    ) -> Self {
        let facts = json!({ "recovery": of.recovery, "share": of.transfer });
        let key = format!("net:{milestone}:{party}:{id}");
        Self::two(JournalKind::Netting, key, milestone, facts).moving(
            of.amount,
            AccountKind::Payable.of_organization(payee),
            AccountKind::Recoverable.of_organization(payee),
        )
    }

    /// Money is back from the payee's account.
    pub fn reversal_paid(reversal: &Reversal, party: Party, stripe_reversal: &str) -> Self {
        let Reversal { id, milestone, organization, amount, .. } = *reversal;
        let facts = json!({ "recovery": reversal.recovery, "reversal": stripe_reversal });
        let key = format!("rev:{milestone}:{party}:{id}");
        let mut journal = Self::two(JournalKind::ReversalPaid, key, milestone, facts).moving(
            amount,
            AccountKind::StripePending.alone(),
            AccountKind::Recoverable.of_organization(organization),
        );
        journal.lines.extend(at_account(organization, negative(amount)));
        journal
    }
}

#[cfg(test)]
mod tests;
