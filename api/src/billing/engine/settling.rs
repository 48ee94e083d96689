//! What a movement of money at Stripe means: its fee, and that it can be used.

use super::planted::planted;
use super::{Fit, Unfit};
use crate::billing::model::Journal;
use crate::kernel::id::MilestoneId;
use crate::kernel::money::Money;
use crate::outside::payments::BalanceTransaction;
use chrono::{DateTime, Duration, Utc};

/// A look at a movement.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    pub milestone: MilestoneId,
    /// The charge, transfer, refund, reversal or dispute behind it.
    pub source: &'a str,
    /// How often it was looked at before.
    pub before: u32,
}

/// Whether the movement is what it was followed as.
pub fn is_of(look: Look<'_>, seen: &BalanceTransaction, price: Money) -> Fit<()> {
    let behind = seen.source.as_ref().map(|source| source.id());
    if behind != Some(look.source) {
        return Err(Unfit(format!("{} is of {behind:?}, not of {}", seen.id, look.source)));
    }
    if seen.currency != price.currency() {
        return Err(Unfit(format!("{} moved {}, not {price}", seen.id, seen.currency)));
    }
    Ok(())
}

/// Its fee; and `usable`, once it is, what can be used.
pub fn posted(look: Look<'_>, seen: &BalanceTransaction, usable: bool) -> Fit<Vec<Journal>> {
    let fee = Money::new(seen.fee, seen.currency);
    let mut journals = Vec::new();
    if fee.minor() != 0 {
        let mut journal = Journal::fee(look.milestone, &seen.id, fee);
        if planted!(NewsPostedTwice) {
            journal.event_key = format!("{}:{}", journal.event_key, look.before);
        }
        journals.push(journal);
    }
    if usable {
        let net = Money::new(seen.amount, seen.currency).checked_sub(fee);
        let net = net.map_err(|error| Unfit(format!("{}: {error}", seen.id)))?;
        if net.minor() != 0 {
            journals.push(Journal::available(look.milestone, &seen.id, net));
        }
    }
    Ok(journals)
}

/// When to look again at one that cannot be used yet.
pub fn again_at(look: Look<'_>, seen: &BalanceTransaction, now: DateTime<Utc>) -> DateTime<Utc> {
    let due = DateTime::from_timestamp(seen.available_on, 0).unwrap_or(now);
    due.max(now + Duration::seconds(5 << look.before.min(9)))
}
