//! `GET /_truth`: every minor unit of every currency, counted from the objects alone and held
//! against the balances. The books count movements; two ways that agree are worth more than one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{disputes::Dispute, state::State};

/// What an account should have by the objects that moved its money.
#[derive(Default)]
struct Count {
    charged: i64,
    processing_fees: i64,
    refunded: i64,
    refunds_failed: i64,
    transferred: i64,
    reversed: i64,
    received: i64,
    taken_back: i64,
    dispute_withdrawn: i64,
    dispute_reinstated: i64,
    dispute_fees: i64,
    paid_out: i64,
    beside: i64,
}

impl Count {
    fn should_have(&self) -> i64 {
        self.charged - self.processing_fees - self.refunded - self.transferred
            + self.refunds_failed
            + self.reversed
            + self.received
            - self.taken_back
            - self.dispute_withdrawn
            + self.dispute_reinstated
            - self.dispute_fees
            - self.paid_out
            + self.beside
    }
}

/// Everything by currency, and within it by account; `adds_up` says whether it all does.
pub(super) fn truth(state: &State) -> Value {
    let counts = counts(state);
    let codes: BTreeSet<&str> = counts.keys().map(|(currency, _)| *currency).collect();
    let mut all_add_up = true;
    let mut currencies = BTreeMap::new();
    for code in codes {
        let of = counts.iter().filter(|((currency, _), _)| *currency == code);
        let mut accounts = Vec::new();
        for ((_, owner), count) in of {
            let balance = state.books.balance(owner, code);
            let adds_up = count.should_have() == balance.available + balance.pending;
            all_add_up &= adds_up;
            accounts.push(json!({
                "account": owner,
                "platform": *owner == state.platform,
                "available": balance.available,
                "pending": balance.pending,
                "should_have": count.should_have(),
                "adds_up": adds_up,
                "moved": moved(count),
            }));
        }
        currencies.insert(code, json!({ "accounts": accounts }));
    }
    json!({ "adds_up": all_add_up, "currencies": currencies })
}

fn moved(count: &Count) -> Value {
    json!({
        "charged": count.charged,
        "processing_fees": count.processing_fees,
        "refunded": count.refunded,
        "refunds_failed": count.refunds_failed,
        "transferred": count.transferred,
        "reversed": count.reversed,
        "received": count.received,
        "taken_back": count.taken_back,
        "dispute_withdrawn": count.dispute_withdrawn,
        "dispute_reinstated": count.dispute_reinstated,
        "dispute_fees": count.dispute_fees,
        "paid_out": count.paid_out,
        "beside": count.beside,
    })
}

type Counts<'a> = BTreeMap<(&'a str, &'a str), Count>;

fn counts(state: &State) -> Counts<'_> {
    let platform = state.platform.as_str();
    let mut all = Counts::new();
    for (owner, balances) in state.books.balances.iter() {
        for currency in balances.keys() {
            all.entry((currency, owner)).or_default();
        }
    }
    for charge in state.charges.values() {
        let Some(movement) = charge.movement.as_ref() else { continue };
        if charge.intent().is_some() {
            let count = all.entry((&charge.currency, platform)).or_default();
            count.charged += charge.amount;
            count.processing_fees += fee(state, movement);
        }
    }
    for refund in state.refunds.values().filter(|refund| refund.reversal.is_none()) {
        let count = all.entry((&refund.currency, platform)).or_default();
        count.refunded += refund.amount;
        if refund.failure.is_some() {
            count.refunds_failed += refund.amount;
        }
    }
    for transfer in state.transfers.values() {
        let (currency, to) = (&transfer.currency, transfer.destination.as_str());
        let sent = all.entry((currency, platform)).or_default();
        sent.transferred += transfer.amount;
        sent.reversed += transfer.reversed;
        let got = all.entry((currency, to)).or_default();
        got.received += transfer.amount;
        got.taken_back += transfer.reversed;
    }
    for payout in state.payouts.values().filter(|payout| payout.failure.is_none()) {
        all.entry((&payout.currency, &payout.owner)).or_default().paid_out += payout.amount;
    }
    for beside in state.besides.values() {
        all.entry((&beside.currency, &beside.owner)).or_default().beside += beside.amount;
    }
    for dispute in state.disputes.values() {
        let count = all.entry((&dispute.currency, platform)).or_default();
        add_dispute(state, count, dispute);
    }
    all
}

fn add_dispute(state: &State, count: &mut Count, dispute: &Dispute) {
    let mut movements = dispute.movements.iter();
    if let Some(withdrawal) = movements.next() {
        count.dispute_withdrawn += dispute.amount;
        count.dispute_fees += fee(state, withdrawal);
    }
    if movements.next().is_some() {
        count.dispute_reinstated += dispute.amount;
    }
}

fn fee(state: &State, movement: &str) -> i64 {
    state.books.movements.get(movement).map_or(0, |movement| movement.fee)
}
