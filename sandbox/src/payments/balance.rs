//! The balance of an account, and its balance transactions.

use serde_json::{Value, json};

use super::{
    books::{self, Balance, Movement},
    call::Call,
    lists,
    lists::Listing,
    objects::joined,
    refusal::{Answer, Refusal},
    state::State,
};

/// `GET /v1/balance`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    let owner = call.owner(state)?;
    let mut balances: Vec<(&str, Balance)> = state
        .books
        .balances
        .get(owner)
        .into_iter()
        .flatten()
        .map(|(currency, balance)| (currency.as_str(), *balance))
        .collect();
    if balances.is_empty() {
        let currency = state.accounts.get(owner).map_or("usd", |account| account.currency());
        balances.push((currency, Balance::default()));
    }
    let column = |side: fn(&Balance) -> i64| -> Vec<Value> {
        balances.iter().map(|(currency, balance)| amount(currency, side(balance))).collect()
    };
    let object = json!({
        "object": "balance",
        "available": column(|balance| balance.available),
        "livemode": false,
        "pending": column(|balance| balance.pending),
    });
    if owner != state.platform {
        return Ok(object);
    }
    Ok(joined(object, json!({ "connect_reserved": column(|_| 0) })))
}

fn amount(currency: &str, minor: i64) -> Value {
    json!({ "amount": minor, "currency": currency, "source_types": { "card": minor } })
}

/// `GET /v1/balance_transactions/{id}`
pub(super) fn retrieve_transaction(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    let (id, owner) = (call.id(1), call.owner(state)?);
    let movement = state.books.movements.get(id).filter(|movement| movement.owner == owner);
    movement.map(books::render).ok_or_else(|| Refusal::not_found("balance transaction", id))
}

/// `GET /v1/balance_transactions`
pub(super) fn list_transactions(state: &State, call: &Call) -> Answer {
    let owner = call.owner(state)?;
    let form = &call.form;
    let (source, kind) = (form.text("source"), form.text("type"));
    let payout = form.text("payout");
    let currency = form.text("currency").map(str::to_lowercase);
    let listing = Listing {
        address: "/v1/balance_transactions",
        all: &state.books.movements,
        belongs: &|movement: &Movement| {
            movement.owner == owner
                && source.is_none_or(|id| movement.source == id)
                && kind.is_none_or(|kind| movement.kind.as_str() == kind)
                // Payouts are made by hand here, of the balance: each is told of itself alone.
                && payout.is_none_or(|id| movement.source == id)
                && currency.as_ref().is_none_or(|code| movement.currency == *code)
        },
        created: |movement: &Movement| movement.created,
        render: &books::render,
    };
    lists::page(form, &["source", "type", "currency", "payout"], &listing)
}
