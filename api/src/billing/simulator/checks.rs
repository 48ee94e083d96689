//! What holds after every step, and what holds when all has come to rest.

use super::stripe::EXCEEDS;
use super::world::World;
use super::{Check, Violation};
use crate::billing::engine::look_up::call_of;
use crate::billing::engine::transfers::TRIES;
use crate::billing::model::{
    CallState, PaymentState, RecoveryState, RefundState, ReversalState, TransferState,
};
use crate::engagements::{Milestone, Party};
use crate::kernel::id::OrganizationId;
use crate::kernel::money::Currency;
use crate::kernel::split::released;
use crate::outside::payments::Tags;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn that(holds: bool, what: impl FnOnce() -> String) -> Check<()> {
    if holds { Ok(()) } else { Err(Violation(what())) }
}

impl World {
    /// After every step: the ledger sums to nothing, and nothing was made twice at Stripe.
    pub fn check_step(&mut self) -> Check<()> {
        let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
        for ((.., currency), minor) in &self.book.balances {
            *sums.entry(*currency).or_default() += minor;
        }
        that(sums.values().all(|sum| *sum == 0), || format!("the ledger sums to {sums:?}"))?;
        let stripe = &self.stripe;
        let there = stripe.charges.len()
            + stripe.transfers.len()
            + stripe.refunds.len()
            + stripe.reversals.len();
        if there != self.seen_objects {
            self.seen_objects = there;
            self.once_each()?;
        }
        Ok(())
    }

    /// One object a row: a charge, a transfer, a refund and a reversal that happened.
    fn once_each(&self) -> Check<()> {
        let stripe = &self.stripe;
        let charges = stripe.charges.values().filter(|one| one.succeeded);
        self.once("charge", charges.map(|one| (&one.id, &one.tags)))?;
        self.once("transfer", stripe.transfers.values().map(|one| (&one.id, &one.tags)))?;
        self.once("refund", stripe.refunds.values().map(|one| (&one.id, &one.tags)))?;
        self.once("reversal", stripe.reversals.values().map(|one| (&one.id, &one.tags)))
    }

    fn once<'a>(&self, kind: &str, all: impl Iterator<Item = (&'a String, &'a Tags)>) -> Check<()> {
        let mut rows: BTreeMap<Uuid, &String> = BTreeMap::new();
        for (name, tags) in all {
            let call = call_of(tags).and_then(|id| self.book.calls.get(&id));
            let Some(call) = call else {
                return Err(Violation(format!("{kind} {name} is of no call")));
            };
            if let Some(other) = rows.insert(call.subject, name) {
                return Err(Violation(format!("{kind} {name} is there beside {other}")));
            }
        }
        Ok(())
    }

    /// When all has come to rest.
    pub fn check_rest(&self) -> Check<()> {
        self.all_ended()?;
        self.stripe_agrees()?;
        self.payees_agree()?;
        for milestone in self.book.milestones.values() {
            self.milestone_agrees(milestone)?;
        }
        self.customers_agree()?;
        self.operator_agrees()?;
        self.debts_are_taken()
    }

    /// Before a person does anything: who can be paid was paid, or tried long enough.
    pub fn none_rests(&self) -> Check<()> {
        let mut shares = self.book.transfers.values();
        let rests = shares.find(|share| {
            let lacked = share.refusal.as_deref() == Some(EXCEEDS);
            let ready = self.book.ready.contains_key(&share.organization);
            share.state == TransferState::Refused && lacked && ready && share.attempt < TRIES
        });
        that(rests.is_none(), || format!("nobody tries {rests:?} again"))
    }

    fn all_ended(&self) -> Check<()> {
        let book = &self.book;
        for call in book.calls.values() {
            let ended = matches!(call.state, CallState::Done | CallState::Refused);
            that(ended, || format!("call {} is {}", call.key, call.state))?;
        }
        for share in book.transfers.values() {
            let ended = matches!(share.state, TransferState::Paid | TransferState::Netted);
            that(ended, || {
                format!("{} is not paid {}: {}", share.party, share.sent(), share.state)
            })?;
            let there = share.stripe_transfer.as_ref().map(|name| &self.stripe.transfers[name]);
            let same = there.is_none_or(|one| {
                one.amount == share.sent().minor() && one.reversed == share.reversed.minor()
            });
            that(same, || format!("{} differs from {there:?}", share.id))?;
        }
        let of_rows: BTreeSet<&String> =
            book.transfers.values().filter_map(|one| one.stripe_transfer.as_ref()).collect();
        let known = self.stripe.transfers.keys().all(|name| of_rows.contains(name));
        that(known, || "Stripe has a transfer that nobody here has".to_owned())?;
        for refund in book.refunds.values() {
            let ended = refund.state != RefundState::Asked;
            that(ended, || format!("refund {} is {}", refund.id, refund.state))?;
        }
        for payment in book.payments.values() {
            let begun = payment.state == PaymentState::Charging;
            that(!begun, || format!("payment {} is {}", payment.id, payment.state))?;
        }
        self.refunds_agree()
    }

    fn refunds_agree(&self) -> Check<()> {
        let there = |status: &str| {
            let of = self.stripe.refunds.values().filter(|one| one.status == status);
            of.map(|one| one.amount).sum::<i64>()
        };
        let here = self.book.refunds.values().filter(|one| one.state == RefundState::Paid);
        let here: i64 = here.map(|one| one.amount.minor()).sum();
        let there = there("succeeded");
        that(here == there, || format!("{here} went back here, {there} at Stripe"))
    }

    /// The books of what is at Stripe are what is at Stripe.
    fn stripe_agrees(&self) -> Check<()> {
        let mut there: BTreeMap<Currency, i64> = BTreeMap::new();
        for one in self.stripe.moves.values() {
            *there.entry(one.currency).or_default() += one.amount - one.fee;
        }
        for (currency, minor) in there {
            let of = |kind: &'static str| self.book.balance((kind, None, None, currency));
            let (pending, usable) = (of("stripe_pending"), of("stripe_available"));
            that(pending == 0 && usable == minor, || {
                format!("Stripe has {minor} {currency}; here {usable} and {pending} to come")
            })?;
        }
        Ok(())
    }

    /// What came to each account is what the books say.
    fn payees_agree(&self) -> Check<()> {
        let mut there: BTreeMap<(String, Currency), i64> = BTreeMap::new();
        for one in self.stripe.transfers.values() {
            *there.entry((one.to.clone(), one.currency)).or_default() += one.amount - one.reversed;
        }
        for ((kind, _, organization, currency), minor) in &self.book.balances {
            match (*kind, organization) {
                ("memo_connected", Some(id)) => {
                    let account = (format!("acct_{id}"), *currency);
                    let has = there.get(&account).copied().unwrap_or_default();
                    that(has == *minor, || format!("{} has {has}, not {minor}", account.0))?;
                }
                ("payable" | "transfer_inflight" | "refund_inflight" | "dispute_hold", _) => {
                    that(*minor == 0, || format!("{kind} has {minor} {currency}"))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Each payee has its share of what is with the payees, to the unit, and what is held is held.
    fn milestone_agrees(&self, milestone: &Milestone) -> Check<()> {
        let (price, net) = (milestone.price, milestone.with_payees().minor());
        for share in &self.book.shares[&milestone.id] {
            if share.party == Party::Operator {
                continue;
            }
            let wanted = released(share.amount.minor(), net, price.minor());
            let has = self.has(milestone, share.party);
            // A refund that was refused after others moved leaves a unit of rounding each, until
            // the next release.
            let refused = self.book.refunds.values().filter(|one| {
                let void = one.released && one.state == RefundState::Refused;
                one.milestone == milestone.id && void
            });
            let units = i64::try_from(refused.count()).unwrap();
            that((has - wanted).abs() <= units, || {
                let party = share.party;
                format!("{party} has {has} of {}, not {wanted}", milestone.seq)
            })?;
        }
        let account = ("held", Some(milestone.id), None, price.currency());
        let (held, said) = (-self.book.balance(account), milestone.held().minor());
        that(held == said, || format!("{held} are held for {}, not {said}", milestone.seq))
    }

    /// Nobody has more back, by the card, the bank and as a credit, than what they paid and the
    /// payees do not have.
    fn customers_agree(&self) -> Check<()> {
        for payment in self.book.payments.values() {
            let of = self.book.refunds.values().filter(|one| one.payment == payment.id);
            let paid = of.filter(|one| one.state == RefundState::Paid);
            let back: i64 = paid.map(|one| one.amount.minor()).sum();
            let kept = self.book.bank_kept(payment.id);
            let has = back + kept.lost + kept.credit;
            that(kept.credit == 0 || has <= payment.amount.minor(), || {
                format!("{has} came back of {}, {} of it a credit", payment.id, kept.credit)
            })?;
        }
        Ok(())
    }

    /// What a party has of a milestone, without what it gives back.
    fn has(&self, milestone: &Milestone, party: Party) -> i64 {
        let got = self.book.transfers.values();
        let got = got.filter(|one| one.milestone == milestone.id && one.party == party);
        let owed = self.book.recoveries.values().filter(|one| {
            one.milestone == milestone.id && one.party == party && one.state != RecoveryState::Void
        });
        got.map(|one| one.amount.minor()).sum::<i64>()
            - owed.map(|one| one.amount.minor()).sum::<i64>()
    }

    /// The operator has what is with the payees and is none of theirs.
    fn operator_agrees(&self) -> Check<()> {
        let mut wanted: BTreeMap<Currency, i64> = BTreeMap::new();
        for milestone in self.book.milestones.values() {
            let shares = self.book.shares[&milestone.id].iter();
            let payees = shares.filter(|share| share.party != Party::Operator);
            let theirs: i64 = payees.map(|share| self.has(milestone, share.party)).sum();
            *wanted.entry(milestone.price.currency()).or_default() +=
                milestone.with_payees().minor() - theirs;
        }
        for (currency, minor) in wanted {
            let has = -self.book.balance(("revenue", None, None, currency));
            that(has == minor, || format!("the operator has {has} {currency}, not {minor}"))?;
        }
        Ok(())
    }

    /// What is due was taken, as far as it was there; the books say what stays owed.
    fn debts_are_taken(&self) -> Check<()> {
        let mut open: BTreeMap<(OrganizationId, Currency), i64> = BTreeMap::new();
        for debt in self.book.recoveries.values() {
            that(debt.state != RecoveryState::Asked, || format!("debt {} waits", debt.id))?;
            if debt.state != RecoveryState::Due {
                continue;
            }
            let account = (debt.organization, debt.amount.currency());
            *open.entry(account).or_default() += debt.open().minor();
            let left = self.book.transfers.values().any(|one| {
                one.milestone == debt.milestone
                    && one.party == debt.party
                    && one.sent().minor() > one.reversed.minor()
            });
            let excused = debt.open().minor() == 0 || !left || self.book.was_refused(debt.id);
            that(excused, || format!("{} was never taken", debt.open()))?;
        }
        for ((organization, currency), minor) in open {
            let account = ("recoverable", None, Some(organization), currency);
            let booked = self.book.balance(account);
            that(booked == minor, || format!("{booked} are recoverable, not {minor}"))?;
        }
        let asked = |state| state == ReversalState::Asked;
        let waits = self.book.reversals.values().any(|one| asked(one.state));
        that(!waits, || "a reversal waits".to_owned())
    }
}
