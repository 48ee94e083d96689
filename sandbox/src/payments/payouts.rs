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
    #[serde(default)]
    pub status: Status,
    /// When the bank has it, or is expected to.
    #[serde(default)]
    pub arrives: i64,
    #[serde(default)]
    pub failure: Option<Failure>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Pending,
    InTransit,
    #[default]
    Paid,
    Failed,
}

/// The bank sent it back: why, and the movement by which it came.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Failure {
    pub code: String,
    pub movement: String,
}

/// What a bank may say, of the codes that the processor lists.
const CODES: [&str; 6] = [
    "account_closed",
    "account_frozen",
    "bank_account_restricted",
    "could_not_process",
    "invalid_currency",
    "no_account",
];

/// Seconds that a payout is on its way, where it is not there at once.
const ON_ITS_WAY: i64 = 2 * 86_400;

/// Pays available money of an account out to its bank: `amount`, or all of it.
///
/// It is there at once, or on its way when `slow`.
///
/// # Errors
/// There is no such account, or it does not have that much.
pub(super) fn pay_out(
    state: &mut State,
    owner: &str,
    (currency, amount): (&str, Option<i64>),
    slow: bool,
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
        status: if slow { Status::Pending } else { Status::Paid },
        arrives: state.now() + if slow { ON_ITS_WAY } else { 0 },
        failure: None,
    };
    let object = render(&payout);
    state.payouts.insert(id, payout);
    let account = (owner != state.platform).then_some(owner);
    state.emit("payout.created", account, &object);
    if !slow {
        state.emit("payout.paid", account, &object);
    }
    Ok(object)
}

/// Takes a payout further: on its way, or there.
///
/// # Errors
/// There is no such payout, or it went further already.
pub(super) fn go_on(state: &mut State, id: &str, to: Status) -> Result<Value, String> {
    let mut payout = state.payouts.get(id).cloned().ok_or(format!("no payout {id}"))?;
    let goes = matches!(
        (payout.status, to),
        (Status::Pending, Status::InTransit) | (Status::Pending | Status::InTransit, Status::Paid)
    );
    if !goes {
        return Err(format!("payout {id} is {:?}", payout.status));
    }
    payout.status = to;
    let kind = if to == Status::Paid { "payout.paid" } else { "payout.updated" };
    Ok(keep(state, payout, kind))
}

/// The bank sends a payout back, also one that had arrived.
///
/// # Errors
/// There is no such payout, it failed before, or no bank says that.
pub(super) fn fail(state: &mut State, id: &str, code: &str) -> Result<Value, String> {
    let mut payout = state.payouts.get(id).cloned().ok_or(format!("no payout {id}"))?;
    if payout.failure.is_some() || !CODES.contains(&code) {
        return Err(format!("payout {id} is {:?}, and banks say {CODES:?}", payout.status));
    }
    let available_on = state.now();
    let (owner, currency) = (payout.owner.clone(), payout.currency.clone());
    let movement = state.post(&Entry {
        owner: &owner,
        kind: Kind::PayoutFailure,
        source: id,
        amount: payout.amount,
        currency: &currency,
        available_on,
    });
    payout.status = Status::Failed;
    payout.failure = Some(Failure { code: code.to_owned(), movement });
    Ok(keep(state, payout, "payout.failed"))
}

fn keep(state: &mut State, payout: Payout, kind: &str) -> Value {
    let object = render(&payout);
    let account = (payout.owner != state.platform).then(|| payout.owner.clone());
    state.payouts.insert(payout.id.clone(), payout);
    state.emit(kind, account.as_deref(), &object);
    object
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

/// The payout object.
pub(super) fn render(payout: &Payout) -> Value {
    let metadata: BTreeMap<String, String> = BTreeMap::new();
    let failure = payout.failure.as_ref();
    json!({
        "id": payout.id,
        "object": "payout",
        "amount": payout.amount,
        "application_fee": null,
        "application_fee_amount": null,
        "arrival_date": payout.arrives.max(payout.created),
        "automatic": false,
        "balance_transaction": payout.movement,
        "created": payout.created,
        "currency": payout.currency,
        "description": null,
        "destination": payout.bank,
        "failure_balance_transaction": failure.map(|failure| &failure.movement),
        "failure_code": failure.map(|failure| &failure.code),
        "failure_message": failure.map(|failure| format!("The bank said {}.", failure.code)),
        "livemode": false,
        "metadata": metadata,
        "method": "standard",
        "original_payout": null,
        "payout_method": null,
        "reconciliation_status": "not_applicable",
        "reversed_by": null,
        "source_type": "card",
        "statement_descriptor": null,
        "status": payout.status,
        "trace_id": null,
        "type": "bank_account",
    })
}
