//! How Stripe shows its objects: the same words that the program reads.

use super::stripe::{Charge, Dispute, Move, Refund, Reversal, Stripe, Transfer};
use crate::billing::engine::look_up::{self as engine, There};
use crate::billing::model::Call;
use crate::outside::payments::{Ask, BalanceTransaction, Intent, Reply};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub fn read<T: DeserializeOwned>(object: Value) -> T {
    serde_json::from_value(object).expect("an object of Stripe's")
}

fn reply<T: DeserializeOwned>(raw: Value) -> Reply<T> {
    Reply { object: read(raw.clone()), raw }
}

impl Stripe {
    pub fn intent_json(&self, intent: &str) -> Value {
        let charge = &self.charges[intent];
        let failure = json!({ "code": "card_declined", "decline_code": "do_not_honor" });
        let status = if charge.succeeded { "succeeded" } else { "requires_payment_method" };
        json!({
            "id": charge.intent,
            "status": status,
            "amount": charge.amount,
            "currency": charge.currency,
            "latest_charge": charge_json(charge),
            "last_payment_error": (!charge.succeeded).then_some(failure),
            "metadata": charge.tags,
        })
    }

    pub fn transfer_json(&self, one: &Transfer) -> Value {
        json!({
            "id": one.id,
            "amount": one.amount,
            "amount_reversed": one.reversed,
            "currency": one.currency,
            "destination": one.to,
            "source_transaction": one.charge,
            "balance_transaction": one.moved,
            "metadata": one.tags,
        })
    }

    pub fn refund_json(&self, one: &Refund) -> Value {
        json!({
            "id": one.id,
            "amount": one.amount,
            "currency": one.currency,
            "charge": one.charge,
            "status": one.status,
            "balance_transaction": one.moved,
            "failure_balance_transaction": one.came_back,
            "metadata": one.tags,
        })
    }

    pub fn reversal_json(&self, one: &Reversal) -> Value {
        json!({
            "id": one.id,
            "amount": one.amount,
            "currency": one.currency,
            "balance_transaction": one.moved,
            "metadata": one.tags,
        })
    }

    pub fn dispute_json(&self, one: &Dispute) -> Value {
        let moved = one.moved.iter().map(|id| self.move_json(&self.moves[id]));
        json!({
            "id": one.id,
            "amount": one.amount,
            "currency": one.currency,
            "charge": one.charge,
            "created": one.created,
            "reason": "fraudulent",
            "status": one.status,
            "balance_transactions": moved.collect::<Vec<_>>(),
        })
    }

    fn move_json(&self, one: &Move) -> Value {
        let status = if one.available_on <= self.now { "available" } else { "pending" };
        json!({
            "id": one.id,
            "amount": one.amount,
            "fee": one.fee,
            "currency": one.currency,
            "available_on": one.available_on.timestamp(),
            "status": status,
            "source": one.source,
        })
    }

    pub fn movement(&self, id: &str) -> BalanceTransaction {
        read(self.move_json(&self.moves[id]))
    }

    pub fn intent(&self, id: &str) -> Intent {
        read(self.intent_json(id))
    }

    /// What is there of a call, as the program lists it.
    pub fn list(&self, call: &Call) -> Vec<There> {
        match &call.ask {
            Ask::CreateTransfer(new) => {
                let all = self.transfers.values().filter(|one| one.group == new.transfer_group);
                let shown = all.map(|one| reply(self.transfer_json(one)));
                shown.filter_map(|one| engine::transfer(new, one)).collect()
            }
            Ask::CreateRefund(new) => {
                let all = self.refunds.values().filter(|one| one.charge == new.charge);
                let shown = all.map(|one| reply(self.refund_json(one)));
                shown.filter_map(|one| engine::refund((new, call), one)).collect()
            }
            Ask::CreateReversal(new) => {
                let all = self.reversals.values().filter(|one| one.transfer == new.transfer);
                let shown = all.map(|one| reply(self.reversal_json(one)));
                shown.filter_map(|one| engine::reversal(new, one)).collect()
            }
            Ask::ChargeSaved(new) => {
                let all = self.charges.values().filter(|one| one.customer == new.customer);
                let shown = all.map(|one| reply(self.intent_json(&one.intent)));
                shown.filter_map(|one| engine::charge((new, call), one)).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn charge_json(charge: &Charge) -> Value {
    json!({
        "id": charge.id,
        "amount_captured": charge.amount,
        "amount_refunded": charge.refunded,
        "currency": charge.currency,
        "created": charge.created,
        "status": if charge.succeeded { "succeeded" } else { "failed" },
        "payment_intent": charge.intent,
        "balance_transaction": charge.moved,
        "metadata": charge.tags,
    })
}
