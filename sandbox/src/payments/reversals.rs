//! Reversals: a transfer, or a part of it, taken back from the connected account.
//!
//! The destination must have the money: pending money where the transfer is pending still,
//! available money otherwise. A refused reversal takes nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    books::{Entry, Kind},
    call::Call,
    currency, lists,
    lists::Listing,
    refunds::Refund,
    refusal::{Answer, Refusal},
    state::State,
    transfers::{self, Transfer},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reversal {
    pub id: String,
    pub transfer: String,
    pub amount: i64,
    pub currency: String,
    pub metadata: BTreeMap<String, String>,
    pub created: i64,
    pub movement: String,
    /// What stands for this reversal on the destination's account.
    pub destination_refund: String,
}

/// `POST /v1/transfers/{id}/reversals`
pub(super) fn create(state: &mut State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let form = &call.form;
    form.only(&["amount", "description", "metadata", "expand"])?;
    let asked = form.amount("amount")?;
    let metadata = form.metadata("metadata", &BTreeMap::new())?;
    let id = call.id(1);
    let transfer = state.transfers.get(id).cloned();
    let transfer = transfer.ok_or_else(|| Refusal::not_found("transfer", id))?;
    let amount = reversible(&transfer, asked)?;
    let available_on = check_destination(state, &transfer, amount)?;
    let reversal = add(state, &transfer, Draft { amount, metadata, available_on });
    let object = render(&reversal);
    state.reversals.insert(reversal.id.clone(), reversal);
    if let Some(transfer) = state.transfers.get(id) {
        let transfer = transfers::render(state, transfer);
        state.emit("transfer.reversed", None, &transfer);
    }
    state.emit_charge("charge.refunded", &transfer.destination_payment);
    Ok(object)
}

/// `GET /v1/transfers/{id}/reversals/{reversal}`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    call.for_platform(state)?;
    let (transfer, id) = (call.id(1), call.id(3));
    let reversal = state.reversals.get(id).filter(|reversal| reversal.transfer == transfer);
    reversal.map(render).ok_or_else(|| Refusal::not_found("transfer_reversal", id))
}

/// `GET /v1/transfers/{id}/reversals`
pub(super) fn list(state: &State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let id = call.id(1);
    if !state.transfers.contains_key(id) {
        return Err(Refusal::not_found("transfer", id));
    }
    let listing = Listing {
        address: &format!("/v1/transfers/{id}/reversals"),
        all: &state.reversals,
        belongs: &|reversal: &Reversal| reversal.transfer == id,
        created: |reversal: &Reversal| reversal.created,
        render: &render,
    };
    lists::page(&call.form, &[], &listing)
}

/// The reversals of a transfer, as its own object lists them.
pub(super) fn of(state: &State, id: &str) -> Value {
    let of_transfer = |reversal: &&Reversal| reversal.transfer == id;
    let mut data: Vec<Value> =
        state.reversals.values().rev().filter(of_transfer).map(render).collect();
    let has_more = data.len() > 10;
    data.truncate(10);
    lists::object(&format!("/v1/transfers/{id}/reversals"), data, has_more)
}

fn reversible(transfer: &Transfer, asked: Option<i64>) -> Result<i64, Refusal> {
    let left = transfer.amount - transfer.reversed;
    let amount = asked.unwrap_or(left);
    if left > 0 && amount <= left {
        return Ok(amount);
    }
    let show = |minor| currency::show(minor, &transfer.currency);
    let message = format!("Of this transfer {} are left, not {}.", show(left), show(amount));
    Err(Refusal::state("amount_too_large", message).about("amount"))
}

/// Whether the destination has the money, and from when it can be used.
fn check_destination(state: &State, transfer: &Transfer, amount: i64) -> Result<i64, Refusal> {
    let balance = state.books.balance(&transfer.destination, &transfer.currency);
    let movement = state.books.movements.get(&transfer.movement);
    let pending = movement.filter(|movement| !movement.available);
    let (has, available_on) = match pending {
        Some(movement) => (balance.pending, movement.available_on),
        None => (balance.available, state.now()),
    };
    if amount <= has {
        return Ok(available_on);
    }
    let message = format!(
        "Account {} has {}: not enough to take back {}.",
        transfer.destination,
        currency::show(has, &transfer.currency),
        currency::show(amount, &transfer.currency)
    );
    Err(Refusal::state("balance_insufficient", message))
}

struct Draft {
    amount: i64,
    metadata: BTreeMap<String, String>,
    available_on: i64,
}

fn add(state: &mut State, transfer: &Transfer, draft: Draft) -> Reversal {
    let (id, refund) = (state.mint("trr"), state.mint("pyr"));
    let platform = state.platform.clone();
    let movement = state.post(&Entry {
        owner: &platform,
        kind: Kind::TransferRefund,
        source: &id,
        amount: draft.amount,
        currency: &transfer.currency,
        available_on: draft.available_on,
    });
    let given_back = state.post(&Entry {
        owner: &transfer.destination,
        kind: Kind::PaymentRefund,
        source: &refund,
        amount: -draft.amount,
        currency: &transfer.currency,
        available_on: draft.available_on,
    });
    let entry = Refund {
        id: refund.clone(),
        charge: transfer.destination_payment.clone(),
        intent: None,
        reversal: Some(id.clone()),
        amount: draft.amount,
        currency: transfer.currency.clone(),
        reason: None,
        metadata: BTreeMap::new(),
        created: state.now(),
        movement: given_back,
        failure: None,
    };
    state.refunds.insert(refund.clone(), entry);
    if let Some(charge) = state.charges.get_mut(&transfer.destination_payment) {
        charge.refunded += draft.amount;
    }
    if let Some(transfer) = state.transfers.get_mut(&transfer.id) {
        transfer.reversed += draft.amount;
    }
    Reversal {
        id,
        transfer: transfer.id.clone(),
        amount: draft.amount,
        currency: transfer.currency.clone(),
        metadata: draft.metadata,
        created: state.now(),
        movement,
        destination_refund: refund,
    }
}

/// The reversal object.
pub(super) fn render(reversal: &Reversal) -> Value {
    json!({
        "id": reversal.id,
        "object": "transfer_reversal",
        "amount": reversal.amount,
        "balance_transaction": reversal.movement,
        "created": reversal.created,
        "currency": reversal.currency,
        "destination_payment_refund": reversal.destination_refund,
        "metadata": reversal.metadata,
        "source_refund": null,
        "transfer": reversal.transfer,
    })
}
