//! Customers: whose cards are kept for later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    call::Call,
    form::Form,
    lists,
    lists::Listing,
    refusal::{Answer, Refusal},
    state::State,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Customer {
    pub id: String,
    pub created: i64,
    pub name: Option<String>,
    pub email: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

/// `POST /v1/customers`
pub(super) fn create(state: &mut State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let form = &call.form;
    form.only(&["name", "email", "metadata", "expand"])?;
    let customer = Customer {
        id: state.mint("cus"),
        created: state.now(),
        name: form.short("name", 256)?,
        email: form.short("email", 512)?,
        metadata: form.metadata("metadata", &BTreeMap::new())?,
    };
    let object = render(&customer);
    state.customers.insert(customer.id.clone(), customer);
    state.emit("customer.created", None, &object);
    Ok(object)
}

/// `GET /v1/customers/{id}`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    call.for_platform(state)?;
    let id = call.id(1);
    state.customers.get(id).map(render).ok_or_else(|| Refusal::not_found("customer", id))
}

/// `GET /v1/customers`
pub(super) fn list(state: &State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let email = call.form.text("email");
    let listing = Listing {
        address: "/v1/customers",
        all: &state.customers,
        belongs: &|customer: &Customer| email.is_none_or(|e| customer.email.as_deref() == Some(e)),
        created: |customer: &Customer| customer.created,
        render: &render,
    };
    lists::page(&call.form, &["email"], &listing)
}

/// The customer that a call names, if it names one.
///
/// # Errors
/// There is none of that id.
pub(super) fn named(state: &State, form: &Form) -> Result<Option<String>, Refusal> {
    match form.text("customer") {
        Some(id) if !state.customers.contains_key(id) => {
            Err(Refusal::no_such("customer", id, "customer"))
        }
        id => Ok(id.map(str::to_owned)),
    }
}

/// The customer object.
pub(super) fn render(customer: &Customer) -> Value {
    json!({
        "id": customer.id,
        "object": "customer",
        "address": null,
        "balance": 0,
        "created": customer.created,
        "currency": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": customer.email,
        "invoice_prefix": null,
        "invoice_settings": {
            "custom_fields": null,
            "default_payment_method": null,
            "footer": null,
            "rendering_options": null,
        },
        "livemode": false,
        "metadata": customer.metadata,
        "name": customer.name,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    })
}
