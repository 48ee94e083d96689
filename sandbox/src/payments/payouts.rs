//! Payouts: money that leaves an account for its bank. Only a control call starts one, so that
//! a test decides when a connected account runs low.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    books::{Entry, Kind},
    call::Call,
    lists,
    lists::Listing,
    refusal::{Answer, Refusal},
    state::State,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Payout {
    pub id: String,
    pub owner: String,
    pub amount: i64,
    pub currency: String,
    pub bank: Option<String>,
    pub created: i64,
    pub movement: String,
}

/// Pays available money of an account out to its bank: `amount`, or all of it.
///
/// # Errors
/// There is no such account, or it does not have that much.
pub(super) fn pay_out(
    state: &mut State,
    owner: &str,
    currency: &str,
    amount: Option<i64>,
) -> Result<Value, String> {
    if owner != state.platform && !state.accounts.contains_key(owner) {
        return Err(format!("no account {owner}"));
    }
    let available = state.books.balance(owner, currency).available;
    let amount = amount.unwrap_or(available);
    if amount < 1 || amount > available {
        return Err(format!("{available} {currency} are available, not {amount}"));
    }
    let id = state.mint("po");
    let available_on = state.now();
    let kind = Kind::Payout;
    let entry = Entry { owner, kind, source: &id, amount: -amount, currency, available_on };
    let movement = state.post(&entry);
    let details = state.accounts.get(owner).and_then(|account| account.details.as_ref());
    let payout = Payout {
        id: id.clone(),
        owner: owner.to_owned(),
        amount,
        currency: currency.to_owned(),
        bank: details.map(|details| details.bank_id.clone()),
        created: state.now(),
        movement,
    };
    let object = render(&payout);
    state.payouts.insert(id, payout);
    let account = (owner != state.platform).then_some(owner);
    state.emit("payout.created", account, &object);
    state.emit("payout.paid", account, &object);
    Ok(object)
}

/// `GET /v1/payouts/{id}`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    let (id, owner) = (call.id(1), call.owner(state)?);
    let payout = state.payouts.get(id).filter(|payout| payout.owner == owner);
    payout.map(render).ok_or_else(|| Refusal::not_found("payout", id))
}

/// `GET /v1/payouts`
pub(super) fn list(state: &State, call: &Call) -> Answer {
    let owner = call.owner(state)?;
    let listing = Listing {
        address: "/v1/payouts",
        all: &state.payouts,
        belongs: &|payout: &Payout| payout.owner == owner,
        created: |payout: &Payout| payout.created,
        render: &render,
    };
    lists::page(&call.form, &[], &listing)
}

/// The payout object. The bank has the money at once.
pub(super) fn render(payout: &Payout) -> Value {
    let metadata: BTreeMap<String, String> = BTreeMap::new();
    json!({
        "id": payout.id,
        "object": "payout",
        "amount": payout.amount,
        "application_fee": null,
        "application_fee_amount": null,
        "arrival_date": payout.created,
        "automatic": false,
        "balance_transaction": payout.movement,
        "created": payout.created,
        "currency": payout.currency,
        "description": null,
        "destination": payout.bank,
        "failure_balance_transaction": null,
        "failure_code": null,
        "failure_message": null,
        "livemode": false,
        "metadata": metadata,
        "method": "standard",
        "original_payout": null,
        "payout_method": null,
        "reconciliation_status": "not_applicable",
        "reversed_by": null,
        "source_type": "card",
        "statement_descriptor": null,
        "status": "paid",
        "trace_id": null,
        "type": "bank_account",
    })
}
