//! Charges: one attempt to take money from a card, or a transfer as its destination sees it.
//!
//! A new charge has no balance transaction. It gets one when it settles, a moment later, and a
//! `charge.updated` event says so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    books::{Entry, Kind},
    call::Call,
    cards::Card,
    lists,
    lists::Listing,
    objects::joined,
    refunds,
    refusal::{Answer, Refusal},
    state::State,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Charge {
    pub id: String,
    /// The platform, or the connected account that a transfer went to.
    pub owner: String,
    pub amount: i64,
    pub currency: String,
    pub created: i64,
    pub description: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub transfer_group: Option<String>,
    pub receipt_email: Option<String>,
    #[serde(default)]
    pub customer: Option<String>,
    pub payer: Payer,
    /// What has been refunded, or reversed, of the amount.
    pub refunded: i64,
    #[serde(default)]
    pub disputed: bool,
    pub movement: Option<String>,
    /// When the charge gets its balance transaction; `None` once it has, or never will.
    pub settle_at_ms: Option<i64>,
    /// The second from which its money can be used.
    pub available_on: i64,
}

/// Where the money of a charge comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Payer {
    Card { intent: String, method: String, card: Card },
    Transfer { transfer: String },
}

impl Charge {
    pub(super) fn succeeded(&self) -> bool {
        !matches!(&self.payer, Payer::Card { card, .. } if card.decline.is_some())
    }

    pub(super) fn intent(&self) -> Option<&str> {
        match &self.payer {
            Payer::Card { intent, .. } => Some(intent),
            Payer::Transfer { .. } => None,
        }
    }
}

/// `GET /v1/charges/{id}`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    let (id, owner) = (call.id(1), call.owner(state)?);
    match state.charges.get(id).filter(|charge| charge.owner == owner) {
        Some(charge) => Ok(render(state, charge)),
        None => Err(Refusal::not_found("charge", id)),
    }
}

/// `GET /v1/charges`
pub(super) fn list(state: &State, call: &Call) -> Answer {
    let owner = call.owner(state)?;
    let (intent, group) = (call.form.text("payment_intent"), call.form.text("transfer_group"));
    let listing = Listing {
        address: "/v1/charges",
        all: &state.charges,
        belongs: &|charge: &Charge| {
            charge.owner == owner
                && intent.is_none_or(|id| charge.intent() == Some(id))
                && group.is_none_or(|group| charge.transfer_group.as_deref() == Some(group))
        },
        created: |charge: &Charge| charge.created,
        render: &|charge| render(state, charge),
    };
    lists::page(&call.form, &["payment_intent", "transfer_group"], &listing)
}

impl State {
    /// Gives their balance transaction to all charges whose time has come, or to all at once.
    pub(super) fn settle_charges(&mut self, all: bool) {
        let due: Vec<String> = self
            .charges
            .values()
            .filter(|charge| charge.settle_at_ms.is_some_and(|at| all || at <= self.now_ms))
            .map(|charge| charge.id.clone())
            .collect();
        for id in due {
            self.settle_charge(&id);
        }
    }

    /// Settles every charge and makes all pending money available, as if the days had passed.
    pub(super) fn settle_everything(&mut self) {
        let now = self.now();
        let early = |charge: &Charge| charge.available_on > now;
        self.charges.change_where(early, |charge| charge.available_on = now);
        self.settle_charges(true);
        self.books.hasten(now);
    }

    pub(super) fn settle_charge(&mut self, id: &str) {
        let Some(charge) = self.charges.get(id).cloned() else { return };
        let movement = self.post(&Entry {
            owner: &charge.owner,
            kind: Kind::Charge,
            source: id,
            amount: charge.amount,
            currency: &charge.currency,
            available_on: charge.available_on,
        });
        if let Some(charge) = self.charges.get_mut(id) {
            charge.movement = Some(movement);
            charge.settle_at_ms = None;
        }
        self.emit_charge("charge.updated", id);
        if let Payer::Card { card: Card { dispute: Some(cause), .. }, .. } = charge.payer {
            // It was settled a line ago and never disputed before.
            let _ = self.open_dispute(id, cause, None);
        }
    }

    /// Tells about a charge as it stands now.
    pub(super) fn emit_charge(&mut self, kind: &str, id: &str) {
        if let Some(charge) = self.charges.get(id) {
            let object = render(self, charge);
            let account = (charge.owner != self.platform).then(|| charge.owner.clone());
            self.emit(kind, account.as_deref(), &object);
        }
    }
}

/// The refunds of a charge, newest first.
pub(super) fn refunds_of(state: &State, id: &str) -> Value {
    let of_charge = |refund: &&refunds::Refund| refund.charge == id;
    let data = state.refunds.values().rev().filter(of_charge).map(refunds::render).collect();
    lists::object(&format!("/v1/charges/{id}/refunds"), data, false)
}

/// The charge object.
pub(super) fn render(state: &State, charge: &Charge) -> Value {
    let rest = match &charge.payer {
        Payer::Card { intent, method, card } => {
            let receipt = state.address(&format!("/receipts/{}", charge.id));
            json!({
                "failure_code": card.decline.as_ref().map(|decline| &decline.code),
                "failure_message": card.decline.as_ref().map(|decline| &decline.message),
                "outcome": outcome(card),
                "payment_intent": intent,
                "payment_method": method,
                "payment_method_details": { "type": "card", "card": card_details(card) },
                "receipt_url": charge.succeeded().then_some(receipt),
                "source_transfer": null,
            })
        }
        Payer::Transfer { transfer } => json!({
            "failure_code": null,
            "failure_message": null,
            "outcome": null,
            "payment_intent": null,
            "payment_method": null,
            "payment_method_details": { "type": "stripe_account", "stripe_account": {} },
            "receipt_url": null,
            "source_transfer": transfer,
        }),
    };
    joined(common(charge), rest)
}

fn common(charge: &Charge) -> Value {
    let paid = charge.succeeded();
    json!({
        "id": charge.id,
        "object": "charge",
        "amount": charge.amount,
        "amount_captured": if paid { charge.amount } else { 0 },
        "amount_refunded": charge.refunded,
        "application": null,
        "application_fee": null,
        "application_fee_amount": null,
        "balance_transaction": charge.movement,
        "billing_details": {
            "address": {
                "city": null, "country": null, "line1": null,
                "line2": null, "postal_code": null, "state": null,
            },
            "email": charge.receipt_email, "name": null, "phone": null, "tax_id": null,
        },
        "calculated_statement_descriptor": paid.then_some("SANDBOX"),
        "captured": paid,
        "created": charge.created,
        "currency": charge.currency,
        "customer": charge.customer,
        "description": charge.description,
        "disputed": charge.disputed,
        "failure_balance_transaction": null,
        "fraud_details": {},
        "livemode": false,
        "metadata": charge.metadata,
        "on_behalf_of": null,
        "paid": paid,
        "receipt_email": charge.receipt_email,
        "receipt_number": null,
        "refunded": paid && charge.refunded == charge.amount,
        "review": null,
        "shipping": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "status": if paid { "succeeded" } else { "failed" },
        "transfer_data": null,
        "transfer_group": charge.transfer_group,
    })
}

fn outcome(card: &Card) -> Value {
    let reason = card.decline.as_ref().map(|d| d.decline_code.as_ref().unwrap_or(&d.code));
    let declined = card.decline.is_some();
    json!({
        "advice_code": null,
        "network_advice_code": null,
        "network_decline_code": declined.then_some("05"),
        "network_status": if declined { "declined_by_network" } else { "approved_by_network" },
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": if declined { "The bank declined it." } else { "Payment complete." },
        "type": if declined { "issuer_declined" } else { "authorized" },
    })
}

fn card_details(card: &Card) -> Value {
    json!({
        "authorization_code": null,
        "brand": card.brand,
        "checks": {
            "address_line1_check": null,
            "address_postal_code_check": null,
            "cvc_check": null,
        },
        "country": "US",
        "exp_month": card.expires.month,
        "exp_year": card.expires.year,
        "fingerprint": null,
        "funding": "credit",
        "installments": null,
        "last4": card.last4,
        "mandate": null,
        "network": card.brand,
        "network_token": null,
        "network_transaction_id": null,
        "three_d_secure": null,
        "wallet": null,
    })
}
