//! Transfers: money that goes from the platform to a connected account.
//!
//! With a source charge a transfer needs no available money: it is pending as long as the charge
//! is, and all transfers from one charge, less what was reversed and refunded, never exceed it.
//! Without one it needs the platform's available balance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    books::{Entry, Kind},
    call::Call,
    charges::{Charge, Payer},
    currency,
    form::Form,
    lists,
    lists::Listing,
    refusal::{Answer, Refusal},
    reversals,
    state::State,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Transfer {
    pub id: String,
    pub amount: i64,
    pub reversed: i64,
    pub currency: String,
    pub destination: String,
    /// The charge that stands for this transfer on the destination's account.
    pub destination_payment: String,
    pub source: Option<String>,
    pub transfer_group: Option<String>,
    pub description: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub created: i64,
    pub movement: String,
}

/// A transfer that was asked for, with sound parameters.
struct Wish {
    amount: i64,
    currency: String,
    destination: String,
    source: Option<String>,
    transfer_group: Option<String>,
    description: Option<String>,
    metadata: BTreeMap<String, String>,
}

/// `POST /v1/transfers`
pub(super) fn create(state: &mut State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let mut wish = wish(&call.form)?;
    check_destination(state, &wish)?;
    let available_on = match wish.source.clone() {
        Some(source) => {
            check_source(state, &source, &wish)?;
            share_group(state, &source, &mut wish);
            state.charges.get(&source).map_or(0, |charge| charge.available_on)
        }
        None => {
            check_available(state, &wish)?;
            state.now()
        }
    };
    let transfer = add(state, wish, available_on);
    let object = render(state, &transfer);
    let payment = transfer.destination_payment.clone();
    state.transfers.insert(transfer.id.clone(), transfer);
    state.emit("transfer.created", None, &object);
    state.emit_charge("payment.created", &payment);
    Ok(object)
}

/// `POST /v1/transfers/{id}`: description and metadata only.
pub(super) fn update(state: &mut State, call: &Call) -> Answer {
    call.form.only(&["description", "metadata", "expand"])?;
    let description = call.form.short("description", 5000)?;
    let id = call.id(1);
    let transfer = state.transfers.get_mut(id).ok_or_else(|| Refusal::not_found("transfer", id))?;
    transfer.metadata = call.form.metadata("metadata", &transfer.metadata)?;
    transfer.description = description.or(transfer.description.take());
    let transfer = transfer.clone();
    let object = render(state, &transfer);
    state.emit("transfer.updated", None, &object);
    Ok(object)
}

/// `GET /v1/transfers/{id}`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    call.for_platform(state)?;
    let id = call.id(1);
    match state.transfers.get(id) {
        Some(transfer) => Ok(render(state, transfer)),
        None => Err(Refusal::not_found("transfer", id)),
    }
}

/// `GET /v1/transfers`
pub(super) fn list(state: &State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let (group, to) = (call.form.text("transfer_group"), call.form.text("destination"));
    let listing = Listing {
        address: "/v1/transfers",
        all: &state.transfers,
        belongs: &|transfer: &Transfer| {
            group.is_none_or(|group| transfer.transfer_group.as_deref() == Some(group))
                && to.is_none_or(|id| transfer.destination == id)
        },
        created: |transfer: &Transfer| transfer.created,
        render: &|transfer| render(state, transfer),
    };
    lists::page(&call.form, &["transfer_group", "destination"], &listing)
}

fn wish(form: &Form) -> Result<Wish, Refusal> {
    form.only(&[
        "amount",
        "currency",
        "destination",
        "source_transaction",
        "source_type",
        "transfer_group",
        "description",
        "metadata",
        "expand",
    ])?;
    form.need("amount")?;
    if form.text("source_type").is_some_and(|kind| kind != "card") {
        return Err(form.invalid("source_type", "All money here comes from cards."));
    }
    Ok(Wish {
        amount: form.amount("amount")?.unwrap_or_default(),
        currency: form.currency("currency")?,
        destination: form.need("destination")?.to_owned(),
        source: form.text("source_transaction").map(str::to_owned),
        transfer_group: form.short("transfer_group", 5000)?,
        description: form.short("description", 5000)?,
        metadata: form.metadata("metadata", &BTreeMap::new())?,
    })
}

fn check_destination(state: &State, wish: &Wish) -> Result<(), Refusal> {
    let id = &wish.destination;
    let Some(account) = state.accounts.get(id) else {
        return Err(Refusal::no_such("destination", id, "destination"));
    };
    if !account.is_payable() {
        let message = format!("Account {id} has no active transfers capability yet.");
        let code = "insufficient_capabilities_for_transfer";
        return Err(Refusal::state(code, message).about("destination"));
    }
    Ok(())
}

fn check_source(state: &State, source: &str, wish: &Wish) -> Result<(), Refusal> {
    let param = "source_transaction";
    let charge = state.charges.get(source).filter(|charge| charge.owner == state.platform);
    let Some(charge) = charge else { return Err(Refusal::no_such("charge", source, param)) };
    if !charge.succeeded() {
        let message = "Only a successful charge can be the source of a transfer.";
        return Err(Refusal::state("parameter_invalid", message).about(param));
    }
    if charge.currency != wish.currency {
        let message = format!("The charge is in {}: so must be the transfer.", charge.currency);
        return Err(Refusal::state("parameter_invalid", message).about("currency"));
    }
    let group = charge.transfer_group.as_deref();
    if group.is_some() && wish.transfer_group.is_some() && group != wish.transfer_group.as_deref() {
        let message = "The transfer group differs from that of the source charge.";
        return Err(Refusal::state("parameter_invalid", message).about("transfer_group"));
    }
    let left = charge.amount - charge.refunded - taken_from(state, source);
    if wish.amount > left {
        let show = |minor| currency::show(minor, &wish.currency);
        let message = format!(
            "The transfer of {} exceeds the {} that are left of charge {source}.",
            show(wish.amount),
            show(left.max(0))
        );
        return Err(Refusal::state("amount_too_large", message).about("amount"));
    }
    Ok(())
}

fn check_available(state: &State, wish: &Wish) -> Result<(), Refusal> {
    let available = state.books.balance(&state.platform, &wish.currency).available;
    if wish.amount <= available {
        return Ok(());
    }
    let message = format!(
        "The available balance of {} does not cover this transfer.",
        currency::show(available, &wish.currency)
    );
    Err(Refusal::state("balance_insufficient", message))
}

/// What transfers hold of a charge, less what was reversed.
fn taken_from(state: &State, source: &str) -> i64 {
    let of_source = |transfer: &&Transfer| transfer.source.as_deref() == Some(source);
    state.transfers.values().filter(of_source).map(|t| t.amount - t.reversed).sum()
}

/// A charge and the transfers from it are always in one group.
fn share_group(state: &mut State, source: &str, wish: &mut Wish) {
    let Some(charge) = state.charges.get_mut(source) else { return };
    let group = charge.transfer_group.clone().or(wish.transfer_group.take());
    let group = group.unwrap_or_else(|| format!("group_{source}"));
    charge.transfer_group = Some(group.clone());
    wish.transfer_group = Some(group);
}

fn add(state: &mut State, wish: Wish, available_on: i64) -> Transfer {
    let (id, payment) = (state.mint("tr"), state.mint("py"));
    let platform = state.platform.clone();
    let movement = state.post(&Entry {
        owner: &platform,
        kind: Kind::Transfer,
        source: &id,
        amount: -wish.amount,
        currency: &wish.currency,
        available_on,
    });
    let received = state.post(&Entry {
        owner: &wish.destination,
        kind: Kind::Payment,
        source: &payment,
        amount: wish.amount,
        currency: &wish.currency,
        available_on,
    });
    let charge = Charge {
        id: payment.clone(),
        owner: wish.destination.clone(),
        amount: wish.amount,
        currency: wish.currency.clone(),
        created: state.now(),
        description: wish.description.clone(),
        metadata: BTreeMap::new(),
        transfer_group: None,
        receipt_email: None,
        customer: None,
        payer: Payer::Transfer { transfer: id.clone() },
        refunded: 0,
        disputed: false,
        movement: Some(received),
        settle_at_ms: None,
        available_on,
    };
    state.charges.insert(payment.clone(), charge);
    Transfer {
        id,
        amount: wish.amount,
        reversed: 0,
        currency: wish.currency,
        destination: wish.destination,
        destination_payment: payment,
        source: wish.source,
        transfer_group: wish.transfer_group,
        description: wish.description,
        metadata: wish.metadata,
        created: state.now(),
        movement,
    }
}

/// The transfer object.
pub(super) fn render(state: &State, transfer: &Transfer) -> Value {
    json!({
        "id": transfer.id,
        "object": "transfer",
        "amount": transfer.amount,
        "amount_reversed": transfer.reversed,
        "balance_transaction": transfer.movement,
        "created": transfer.created,
        "currency": transfer.currency,
        "description": transfer.description,
        "destination": transfer.destination,
        "destination_payment": transfer.destination_payment,
        "livemode": false,
        "metadata": transfer.metadata,
        "reversals": reversals::of(state, &transfer.id),
        "reversed": transfer.reversed == transfer.amount,
        "source_transaction": transfer.source,
        "source_type": "card",
        "transfer_group": transfer.transfer_group,
    })
}
