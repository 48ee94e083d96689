//! The ledger of the book: facts once, balanced, nothing overdrawn.

use super::Check;
use super::book::{Book, that};
use crate::billing::model::{Journal, Line};
use crate::kernel::id::{MilestoneId, OrganizationId};
use crate::kernel::money::Currency;
use std::collections::BTreeSet;

/// An account of the ledger by what it is for; its kind by name.
pub type Account = (&'static str, Option<MilestoneId>, Option<OrganizationId>, Currency);

/// Accounts that may never be overdrawn, and on which side they stand.
fn guarded(kind: &str) -> Option<i64> {
    match kind {
        "held" | "payable" | "transfer_inflight" | "refund_inflight" | "credit" => Some(-1),
        "recoverable" | "dispute_hold" => Some(1),
        _ => None,
    }
}

impl Book {
    /// Posts facts, each once; what was posted before is left out.
    pub fn post(&mut self, journals: &[Journal]) -> Check<()> {
        let mut taken = BTreeSet::new();
        for journal in journals {
            if !self.facts.insert(journal.event_key.clone()) {
                continue;
            }
            self.balanced(journal)?;
            for line in &journal.lines {
                let account = account(line);
                *self.balances.entry(account).or_default() += line.amount.minor();
                if account.0 == "credit" {
                    let key = journal.event_key.clone();
                    *self.credits.entry(key).or_default() -= line.amount.minor();
                }
                if guarded(account.0).is_some_and(|side| line.amount.minor() * side < 0) {
                    taken.insert(account);
                }
            }
        }
        for account in taken {
            let has = self.balance(account) * guarded(account.0).unwrap_or(1);
            that(has >= 0, "accounts_not_overdrawn", format!("{account:?} has {has}"))?;
        }
        Ok(())
    }

    fn balanced(&self, journal: &Journal) -> Check<()> {
        let key = &journal.event_key;
        let sum: i64 = journal.lines.iter().map(|line| line.amount.minor()).sum();
        let currencies: BTreeSet<Currency> =
            journal.lines.iter().map(|line| line.amount.currency()).collect();
        that(sum == 0 && currencies.len() == 1, "journals_balanced", key)?;
        let whole =
            journal.lines.len() >= 2 && journal.lines.iter().all(|line| line.amount.minor() != 0);
        that(whole, "journals_lines_stated", key)
    }

    pub fn balance(&self, account: Account) -> i64 {
        self.balances.get(&account).copied().unwrap_or_default()
    }
}

fn account(line: &Line) -> Account {
    (line.kind.as_str(), line.milestone, line.organization, line.amount.currency())
}
