//! Refunds: money that goes back to the card. Together they never exceed the charge.
//!
//! A refund of money that is still pending is taken from pending money; otherwise from available
//! money, which may then go below zero. The processing fee is not given back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    books::{Entry, Kind},
    call::Call,
    currency,
    form::Form,
    lists,
    lists::Listing,
    objects::joined,
    refusal::{Answer, Refusal},
    state::State,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refund {
    pub id: String,
    pub charge: String,
    pub intent: Option<String>,
    /// Set on what a reversal takes from the destination of a transfer.
    pub reversal: Option<String>,
    pub amount: i64,
    pub currency: String,
    pub reason: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub created: i64,
    pub movement: String,
    /// What brought its money back, when the card did not take it.
    #[serde(default)]
    pub failure: Option<String>,
}

/// `POST /v1/refunds`
pub(super) fn create(state: &mut State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let form = &call.form;
    form.only(&["charge", "payment_intent", "amount", "reason", "metadata", "expand"])?;
    let reason = form.text("reason");
    let reasons = ["duplicate", "fraudulent", "requested_by_customer"];
    if reason.is_some_and(|reason| !reasons.contains(&reason)) {
        return Err(form.invalid("reason", format!("One of {reasons:?}.")));
    }
    let reason = reason.map(str::to_owned);
    let amount = form.amount("amount")?;
    let metadata = form.metadata("metadata", &BTreeMap::new())?;
    let charge_id = charge_to_refund(state, form)?;
    let amount = refundable(state, &charge_id, amount)?;
    Ok(add(state, &charge_id, Draft { amount, reason, metadata }))
}

/// `POST /v1/refunds/{id}`: metadata only.
pub(super) fn update(state: &mut State, call: &Call) -> Answer {
    call.form.only(&["metadata", "expand"])?;
    let id = call.id(1);
    let refund = state.refunds.get_mut(id).ok_or_else(|| Refusal::not_found("refund", id))?;
    refund.metadata = call.form.metadata("metadata", &refund.metadata)?;
    let object = render(refund);
    state.emit("refund.updated", None, &object);
    Ok(object)
}

/// `GET /v1/refunds/{id}`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    let (id, owner) = (call.id(1), call.owner(state)?);
    let refund = state.refunds.get(id).filter(|refund| belongs(state, refund, owner));
    refund.map(render).ok_or_else(|| Refusal::not_found("refund", id))
}

/// `GET /v1/refunds`
pub(super) fn list(state: &State, call: &Call) -> Answer {
    let owner = call.owner(state)?;
    let (charge, intent) = (call.form.text("charge"), call.form.text("payment_intent"));
    let listing = Listing {
        address: "/v1/refunds",
        all: &state.refunds,
        belongs: &|refund: &Refund| {
            belongs(state, refund, owner)
                && charge.is_none_or(|id| refund.charge == id)
                && intent.is_none_or(|id| refund.intent.as_deref() == Some(id))
        },
        created: |refund: &Refund| refund.created,
        render: &render,
    };
    lists::page(&call.form, &["charge", "payment_intent"], &listing)
}

fn belongs(state: &State, refund: &Refund, owner: &str) -> bool {
    state.charges.get(&refund.charge).is_some_and(|charge| charge.owner == owner)
}

fn charge_to_refund(state: &State, form: &Form) -> Result<String, Refusal> {
    if let Some(id) = form.text("charge") {
        return match state.charges.get(id).filter(|charge| charge.owner == state.platform) {
            Some(_) => Ok(id.to_owned()),
            None => Err(Refusal::no_such("charge", id, "charge")),
        };
    }
    let id = form.need("payment_intent")?;
    let Some(intent) = state.intents.get(id) else {
        return Err(Refusal::no_such("payment_intent", id, "payment_intent"));
    };
    intent.latest_charge.clone().ok_or_else(|| {
        let message = "This payment has no successful charge to refund.";
        Refusal::state("payment_intent_unexpected_state", message)
    })
}

/// The amount asked for, or all that is left, if the charge has it.
fn refundable(state: &State, id: &str, asked: Option<i64>) -> Result<i64, Refusal> {
    let Some(charge) = state.charges.get(id).filter(|charge| charge.succeeded()) else {
        let message = "Only a successful charge can be refunded.";
        return Err(Refusal::state("charge_not_refundable", message));
    };
    let disputes = state.disputes.values().filter(|dispute| dispute.charge == id);
    if disputes.into_iter().any(|dispute| dispute.status.locks_refunds()) {
        let message = format!("Charge {id} is disputed: its bank has the money.");
        return Err(Refusal::state("charge_disputed", message));
    }
    let left = charge.amount - charge.refunded;
    if left == 0 {
        let message = format!("Charge {id} has been refunded in full already.");
        return Err(Refusal::state("charge_already_refunded", message));
    }
    match asked {
        Some(amount) if amount > left => {
            let show = |minor| currency::show(minor, &charge.currency);
            let message = format!(
                "A refund of {} is more than the {} that are left.",
                show(amount),
                show(left)
            );
            Err(Refusal::state("amount_too_large", message).about("amount"))
        }
        asked => Ok(asked.unwrap_or(left)),
    }
}

struct Draft {
    amount: i64,
    reason: Option<String>,
    metadata: BTreeMap<String, String>,
}

fn add(state: &mut State, charge_id: &str, draft: Draft) -> Value {
    let id = state.mint("re");
    let Some(charge) = state.charges.get_mut(charge_id) else { return Value::Null };
    charge.refunded += draft.amount;
    let charge = charge.clone();
    let movement = state.post(&Entry {
        owner: &charge.owner,
        kind: Kind::Refund,
        source: &id,
        amount: -draft.amount,
        currency: &charge.currency,
        available_on: charge.available_on,
    });
    let refund = Refund {
        id: id.clone(),
        charge: charge_id.to_owned(),
        intent: charge.intent().map(str::to_owned),
        reversal: None,
        amount: draft.amount,
        currency: charge.currency.clone(),
        reason: draft.reason,
        metadata: draft.metadata,
        created: state.now(),
        movement,
        failure: None,
    };
    let object = render(&refund);
    state.refunds.insert(id, refund);
    state.emit("refund.created", None, &object);
    state.emit_charge("charge.refunded", charge_id);
    object
}

impl State {
    /// The card does not take a refund after all: its money comes back to the platform.
    ///
    /// # Errors
    /// There is no such refund of a card, or it failed before.
    pub(super) fn fail_refund(&mut self, id: &str) -> Result<Value, String> {
        let refund = self.refunds.get(id).filter(|r| r.reversal.is_none() && r.failure.is_none());
        let refund = refund.cloned().ok_or_else(|| format!("no refund {id} that can fail"))?;
        let platform = self.platform.clone();
        let now = self.now();
        let movement = self.post(&Entry {
            owner: &platform,
            kind: Kind::RefundFailure,
            source: id,
            amount: refund.amount,
            currency: &refund.currency,
            available_on: now,
        });
        if let Some(charge) = self.charges.get_mut(&refund.charge) {
            charge.refunded -= refund.amount;
        }
        let failed = Refund { failure: Some(movement), ..refund };
        let object = render(&failed);
        self.refunds.insert(id.to_owned(), failed);
        self.emit("refund.updated", None, &object);
        self.emit("refund.failed", None, &object);
        Ok(object)
    }
}

/// The refund object.
pub(super) fn render(refund: &Refund) -> Value {
    let object = json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": refund.movement,
        "charge": refund.charge,
        "created": refund.created,
        "currency": refund.currency,
        "metadata": refund.metadata,
        "payment_intent": refund.intent,
        "reason": refund.reason,
        "receipt_number": null,
        "source_transfer_reversal": refund.reversal,
        "status": if refund.failure.is_some() { "failed" } else { "succeeded" },
        "transfer_reversal": null,
    });
    if refund.reversal.is_some() {
        return object;
    }
    let object = match &refund.failure {
        None => object,
        Some(movement) => {
            let why = "lost_or_stolen_card";
            let failed = json!({ "failure_balance_transaction": movement, "failure_reason": why });
            joined(object, failed)
        }
    };
    let card = json!({
        "reference_status": "pending",
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    });
    joined(object, json!({ "destination_details": { "card": card, "type": "card" } }))
}
