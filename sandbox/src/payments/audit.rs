//! Whether the books add up: everything is recomputed from the single movements and compared
//! with what the objects say and with the balances that were kept beside them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    books::{Balance, Kind, Movement},
    currency,
    state::State,
};

/// The books as one JSON object; `balanced` says whether `problems` is empty.
pub(super) fn books(state: &State) -> Value {
    let problems = problems(state);
    json!({
        "balanced": problems.is_empty(),
        "problems": problems,
        "accounts": accounts(state),
        "totals": totals(state),
        "charges": charges(state),
        "refunds": refunds(state),
        "transfer_groups": transfer_groups(state),
    })
}

/// Every way in which the books do not add up; empty when they do.
pub(super) fn problems(state: &State) -> Vec<String> {
    let mut problems = Vec::new();
    check_balances(state, &mut problems);
    check_sources(state, &mut problems);
    check_limits(state, &mut problems);
    check_world(state, &mut problems);
    problems
}

/// The kept balances are the sums of the movements; no connected account is below zero.
fn check_balances(state: &State, problems: &mut Vec<String>) {
    let mut sums: BTreeMap<(&str, &str), Balance> = BTreeMap::new();
    for movement in state.books.movements.values() {
        let sum = sums.entry((&movement.owner, &movement.currency)).or_default();
        if movement.available {
            sum.available += movement.net();
        } else {
            sum.pending += movement.net();
        }
        let fee = match movement.kind {
            Kind::Charge => currency::processing_fee(movement.amount, &movement.currency),
            Kind::Dispute => currency::dispute_fee(&movement.currency),
            _ => 0,
        };
        if movement.fee != fee {
            problems.push(format!("{}: fee {} instead of {fee}", movement.id, movement.fee));
        }
    }
    for (owner, balances) in state.books.balances.iter() {
        for (currency, kept) in balances {
            let sum = sums.remove(&(owner.as_str(), currency.as_str())).unwrap_or_default();
            if sum != *kept {
                problems.push(format!("{owner} {currency}: kept {kept:?}, moved {sum:?}"));
            }
            if *owner != state.platform && (sum.available < 0 || sum.pending < 0) {
                problems.push(format!("{owner} {currency}: below zero: {sum:?}"));
            }
        }
    }
    problems.extend(sums.keys().map(|(owner, currency)| format!("{owner} {currency}: no balance")));
}

/// Each object moved exactly what it says, once on each side; nothing else moved.
fn check_sources(state: &State, problems: &mut Vec<String>) {
    let mut moved: BTreeMap<(&str, Kind, &str), Vec<&Movement>> = BTreeMap::new();
    for movement in state.books.movements.values() {
        let key = (movement.source.as_str(), movement.kind, movement.owner.as_str());
        moved.entry(key).or_default().push(movement);
    }
    for (source, kind, owner, amount) in expected(state) {
        let found = moved.remove(&(source, kind, owner)).unwrap_or_default();
        let amounts: Vec<i64> = found.iter().map(|movement| movement.amount).collect();
        if amounts != [amount] {
            problems.push(format!("{source}: {kind:?} moved {amounts:?} instead of {amount}"));
        }
    }
    problems
        .extend(moved.keys().map(|(source, kind, _)| format!("{source}: {kind:?} unexplained")));
}

type Expected<'a> = (&'a str, Kind, &'a str, i64);

fn expected(state: &State) -> Vec<Expected<'_>> {
    let platform = state.platform.as_str();
    let mut all: Vec<Expected<'_>> = Vec::new();
    for charge in state.charges.values().filter(|charge| charge.owner == platform) {
        if charge.succeeded() && charge.settle_at_ms.is_none() {
            all.push((&charge.id, Kind::Charge, platform, charge.amount));
        }
    }
    for refund in state.refunds.values().filter(|refund| refund.reversal.is_none()) {
        all.push((&refund.id, Kind::Refund, platform, -refund.amount));
        if refund.failure.is_some() {
            all.push((&refund.id, Kind::RefundFailure, platform, refund.amount));
        }
    }
    for transfer in state.transfers.values() {
        let (to, payment) = (&transfer.destination, &transfer.destination_payment);
        all.push((&transfer.id, Kind::Transfer, platform, -transfer.amount));
        all.push((payment, Kind::Payment, to, transfer.amount));
    }
    for reversal in state.reversals.values() {
        let Some(transfer) = state.transfers.get(&reversal.transfer) else { continue };
        let (from, refund) = (&transfer.destination, &reversal.destination_refund);
        all.push((&reversal.id, Kind::TransferRefund, platform, reversal.amount));
        all.push((refund, Kind::PaymentRefund, from, -reversal.amount));
    }
    for dispute in state.disputes.values() {
        let kinds = [(Kind::Dispute, -dispute.amount), (Kind::DisputeReversal, dispute.amount)];
        let due = dispute.status.movements();
        all.extend(kinds.into_iter().take(due).map(|(kind, n)| (&*dispute.id, kind, platform, n)));
    }
    for beside in state.besides.values() {
        all.push((&beside.id, beside.cause.kind(), &beside.owner, beside.amount));
    }
    for payout in state.payouts.values() {
        all.push((&payout.id, Kind::Payout, &payout.owner, -payout.amount));
        if payout.failure.is_some() {
            all.push((&payout.id, Kind::PayoutFailure, &payout.owner, payout.amount));
        }
    }
    all
}

/// Parts never exceed their whole, and running totals are the sums of their parts.
fn check_limits(state: &State, problems: &mut Vec<String>) {
    let refunds = state.refunds.values().filter(|refund| refund.failure.is_none());
    let refunds = refunds.map(|refund| (refund.charge.as_str(), refund.amount));
    let (refunds, held) = (sums(refunds), held_by_transfers(state));
    for charge in state.charges.values() {
        let id = charge.id.as_str();
        let refunded = refunds.get(id).copied().unwrap_or_default();
        if charge.refunded != refunded || refunded > charge.amount {
            problems.push(format!("{id}: refunded {refunded}, says {}", charge.refunded));
        }
        let taken = held.get(id).copied().unwrap_or_default();
        if taken > charge.amount {
            problems.push(format!("{id}: transfers took {taken} of {}", charge.amount));
        }
    }
    let reversals = state.reversals.values();
    let reversals = sums(reversals.map(|reversal| (reversal.transfer.as_str(), reversal.amount)));
    for transfer in state.transfers.values() {
        let id = transfer.id.as_str();
        let reversed = reversals.get(id).copied().unwrap_or_default();
        if transfer.reversed != reversed || reversed > transfer.amount {
            problems.push(format!("{id}: reversed {reversed}, says {}", transfer.reversed));
        }
    }
    let mut paid: BTreeMap<&str, u32> = BTreeMap::new();
    for charge in state.charges.values().filter(|charge| charge.succeeded()) {
        if let Some(intent) = charge.intent() {
            *paid.entry(intent).or_default() += 1;
        }
    }
    let twice = paid.into_iter().filter(|(_, times)| *times > 1);
    problems.extend(twice.map(|(intent, times)| format!("{intent}: paid {times} times")));
}

/// What transfers hold of each charge, less what was reversed.
fn held_by_transfers(state: &State) -> BTreeMap<&str, i64> {
    let held = state.transfers.values().filter_map(|transfer| {
        Some((transfer.source.as_deref()?, transfer.amount - transfer.reversed))
    });
    sums(held)
}

fn sums<'a>(parts: impl Iterator<Item = (&'a str, i64)>) -> BTreeMap<&'a str, i64> {
    let mut sums = BTreeMap::new();
    for (id, amount) in parts {
        *sums.entry(id).or_default() += amount;
    }
    sums
}

/// What one currency did in all.
#[derive(Default)]
struct World {
    charged: i64,
    fees: i64,
    refunded: i64,
    disputed: i64,
    dispute_fees: i64,
    paid_out: i64,
    beside: i64,
    on_accounts: i64,
}

/// All accounts together hold what came from cards, less what went back to them, to banks, and
/// to the processor.
fn check_world(state: &State, problems: &mut Vec<String>) {
    for (currency, world) in worlds(state) {
        let lost = world.disputed + world.dispute_fees;
        let came = world.charged + world.beside;
        let should = came - world.fees - world.refunded - lost - world.paid_out;
        if should != world.on_accounts {
            let found = world.on_accounts;
            problems.push(format!("{currency}: accounts hold {found} instead of {should}"));
        }
    }
}

fn worlds(state: &State) -> BTreeMap<&str, World> {
    let mut worlds: BTreeMap<&str, World> = BTreeMap::new();
    for charge in state.charges.values() {
        if charge.intent().is_some() && charge.succeeded() && charge.settle_at_ms.is_none() {
            let world = worlds.entry(&charge.currency).or_default();
            world.charged += charge.amount;
            world.fees += currency::processing_fee(charge.amount, &charge.currency);
        }
    }
    let to_cards = |refund: &&super::refunds::Refund| refund.reversal.is_none();
    for refund in state.refunds.values().filter(to_cards).filter(|r| r.failure.is_none()) {
        worlds.entry(&refund.currency).or_default().refunded += refund.amount;
    }
    for dispute in state.disputes.values().filter(|dispute| dispute.status.movements() > 0) {
        let world = worlds.entry(&dispute.currency).or_default();
        world.dispute_fees += currency::dispute_fee(&dispute.currency);
        world.disputed += if dispute.status.movements() == 1 { dispute.amount } else { 0 };
    }
    for payout in state.payouts.values().filter(|payout| payout.failure.is_none()) {
        worlds.entry(&payout.currency).or_default().paid_out += payout.amount;
    }
    for beside in state.besides.values() {
        worlds.entry(&beside.currency).or_default().beside += beside.amount;
    }
    for balances in state.books.balances.values() {
        for (currency, balance) in balances {
            let world = worlds.entry(currency).or_default();
            world.on_accounts += balance.available + balance.pending;
        }
    }
    worlds
}

fn accounts(state: &State) -> Vec<Value> {
    let ids = std::iter::once(&state.platform).chain(state.accounts.keys());
    let account = |id: &String| {
        let balances = state.books.balances.get(id).into_iter().flatten();
        let balances: Vec<Value> = balances
            .map(|(currency, balance)| {
                let Balance { available, pending } = balance;
                json!({ "currency": currency, "available": available, "pending": pending })
            })
            .collect();
        json!({ "account": id, "platform": *id == state.platform, "balances": balances })
    };
    ids.map(account).collect()
}

fn totals(state: &State) -> BTreeMap<&str, Value> {
    let total = |(currency, world): (_, World)| {
        let total = json!({
            "charged": world.charged,
            "fees": world.fees,
            "refunded": world.refunded,
            "disputed": world.disputed,
            "dispute_fees": world.dispute_fees,
            "paid_out": world.paid_out,
            "beside": world.beside,
            "on_accounts": world.on_accounts,
        });
        (currency, total)
    };
    worlds(state).into_iter().map(total).collect()
}

fn charges(state: &State) -> Vec<Value> {
    let held = held_by_transfers(state);
    let of_platform = state.charges.values().filter(|charge| charge.intent().is_some());
    let charge = |charge: &super::charges::Charge| {
        json!({
            "id": charge.id,
            "payment_intent": charge.intent(),
            "amount": charge.amount,
            "currency": charge.currency,
            "succeeded": charge.succeeded(),
            "settled": charge.movement.is_some(),
            "refunded": charge.refunded,
            "transferred": held.get(charge.id.as_str()).copied().unwrap_or_default(),
            "transfer_group": charge.transfer_group,
            "metadata": charge.metadata,
        })
    };
    of_platform.map(charge).collect()
}

fn refunds(state: &State) -> Vec<Value> {
    let to_cards = state.refunds.values().filter(|refund| refund.reversal.is_none());
    let refund = |refund: &super::refunds::Refund| {
        json!({
            "id": refund.id,
            "charge": refund.charge,
            "amount": refund.amount,
            "currency": refund.currency,
            "metadata": refund.metadata,
        })
    };
    to_cards.map(refund).collect()
}

/// Transfers by group; those without one under the empty name.
fn transfer_groups(state: &State) -> BTreeMap<&str, Vec<Value>> {
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for transfer in state.transfers.values() {
        let group = transfer.transfer_group.as_deref().unwrap_or_default();
        groups.entry(group).or_default().push(json!({
            "id": transfer.id,
            "destination": transfer.destination,
            "amount": transfer.amount,
            "reversed": transfer.reversed,
            "currency": transfer.currency,
            "source_transaction": transfer.source,
            "metadata": transfer.metadata,
        }));
    }
    groups
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::payments::{cards::Card, intents::NewIntent};

    fn paid() -> State {
        let mut state = State::new(7, Url::parse("http://localhost/").unwrap());
        let intent = state.add_intent(NewIntent {
            amount: 10_000,
            currency: "usd".to_owned(),
            description: None,
            receipt_email: None,
            metadata: BTreeMap::new(),
            transfer_group: None,
            automatic_methods: false,
            customer: None,
            keeps: false,
        });
        let card = Card::from_number("4242424242424242").unwrap();
        let chosen = state.add_method(card);
        state.attempt(&intent, chosen).unwrap();
        state.settle_everything();
        state
    }

    #[test]
    fn untouched_books_balance() {
        assert_eq!(problems(&paid()), Vec::<String>::new());
    }

    #[test]
    fn every_kind_of_tampering_is_seen() {
        let tamper: [fn(&mut State) -> usize; 6] = [
            |state| {
                let platform = state.platform.clone();
                let balances = state.books.balances.get_mut(&platform).unwrap();
                balances.get_mut("usd").unwrap().available += 1;
                1
            },
            |state| state.books.movements.remove_where(|_| true),
            |state| state.books.movements.change_where(|_| true, |movement| movement.fee -= 1),
            |state| state.books.movements.change_where(|_| true, |movement| movement.amount += 1),
            |state| state.charges.change_where(|_| true, |charge| charge.refunded = 1),
            |state| {
                let mut twice = state.books.movements.values().next().unwrap().clone();
                twice.id = "txn_twice".to_owned();
                state.books.movements.insert(twice.id.clone(), twice);
                1
            },
        ];
        for (place, tamper) in tamper.into_iter().enumerate() {
            let mut state = paid();
            assert_eq!(tamper(&mut state), 1);
            assert!(!problems(&state).is_empty(), "number {place} went unseen");
        }
    }
}
