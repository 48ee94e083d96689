//! Payment methods: a card as it was used once, or as a customer keeps it for later.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    call::Call,
    cards::Card,
    form::Form,
    lists,
    lists::Listing,
    refusal::{Answer, Refusal},
    state::State,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Method {
    pub id: String,
    pub created: i64,
    pub card: Card,
    /// Whose it is; a card that was used once is nobody's.
    pub customer: Option<String>,
    /// Whether its holder said yes to later payments.
    pub known: bool,
}

/// A card on its way into a payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Chosen {
    pub method: String,
    pub card: Card,
}

/// `GET /v1/payment_methods/{id}`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    call.for_platform(state)?;
    let id = call.id(1);
    state.methods.get(id).map(render).ok_or_else(|| Refusal::not_found("payment_method", id))
}

/// `GET /v1/payment_methods`
pub(super) fn list(state: &State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let customer = call.form.need("customer")?;
    let listing = Listing {
        address: "/v1/payment_methods",
        all: &state.methods,
        belongs: &|method: &Method| method.customer.as_deref() == Some(customer),
        created: |method: &Method| method.created,
        render: &render,
    };
    lists::page(&call.form, &["customer", "type"], &listing)
}

/// `POST /v1/payment_methods/{id}/detach`: it cannot be used again, not even by its customer.
pub(super) fn detach(state: &mut State, call: &Call) -> Answer {
    call.for_platform(state)?;
    call.form.only(&["expand"])?;
    let id = call.id(1);
    let Some(method) = state.methods.get_mut(id) else {
        return Err(Refusal::not_found("payment_method", id));
    };
    if method.customer.take().is_none() {
        let message = "The payment method is not attached to a customer, so it cannot be detached.";
        return Err(Refusal::state("payment_method_unexpected_state", message));
    }
    let object = render(method);
    state.emit("payment_method.detached", None, &object);
    Ok(object)
}

/// The card that a call names: by its test name, or one that the customer of the call keeps.
///
/// # Errors
/// There is no such card, or it is not that customer's.
pub(super) fn named(
    state: &mut State,
    form: &Form,
    customer: Option<&str>,
) -> Result<Option<Chosen>, Refusal> {
    let Some(name) = form.text("payment_method") else { return Ok(None) };
    if let Some(card) = Card::from_test_name(name) {
        return Ok(Some(state.add_method(card)));
    }
    let Some(method) = state.methods.get(name) else {
        return Err(Refusal::no_such("PaymentMethod", name, "payment_method"));
    };
    if method.customer.is_none() || method.customer.as_deref() != customer {
        let message = format!(
            "The payment method {name} is not attached to this customer; one that was used once, \
             or was detached, cannot be used again."
        );
        return Err(Refusal::state("resource_missing", message).about("payment_method"));
    }
    Ok(Some(Chosen { method: name.to_owned(), card: method.card.clone() }))
}

impl State {
    /// A card that somebody is about to use.
    pub(super) fn add_method(&mut self, card: Card) -> Chosen {
        let (id, created) = (self.mint("pm"), self.now());
        let method =
            Method { id: id.clone(), created, card: card.clone(), customer: None, known: false };
        self.methods.insert(id.clone(), method);
        Chosen { method: id, card }
    }

    /// A customer keeps a card for later, with its holder's yes.
    pub(super) fn attach(&mut self, id: &str, customer: &str) {
        let Some(method) = self.methods.get_mut(id) else { return };
        method.customer = Some(customer.to_owned());
        method.known = true;
        let object = render(method);
        self.emit("payment_method.attached", None, &object);
    }
}

/// The payment method object.
pub(super) fn render(method: &Method) -> Value {
    let card = &method.card;
    json!({
        "id": method.id,
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": {
            "address": {
                "city": null, "country": null, "line1": null,
                "line2": null, "postal_code": null, "state": null,
            },
            "email": null, "name": null, "phone": null, "tax_id": null,
        },
        "card": {
            "brand": card.brand,
            "checks": {
                "address_line1_check": null,
                "address_postal_code_check": null,
                "cvc_check": "pass",
            },
            "country": "US",
            "display_brand": card.brand,
            "exp_month": card.expires.month,
            "exp_year": card.expires.year,
            "fingerprint": null,
            "funding": "credit",
            "generated_from": null,
            "last4": card.last4,
            "networks": { "available": [card.brand], "preferred": null },
            "regulated_status": "unregulated",
            "three_d_secure_usage": { "supported": true },
            "wallet": null,
        },
        "created": method.created,
        "customer": method.customer,
        "customer_account": null,
        "livemode": false,
        "metadata": {},
        "type": "card",
    })
}
