//! Sessions as the API shows them.

use serde_json::{Value, json};

use super::{Item, Mode, Session, SessionStatus};
use crate::payments::{
    call::Call,
    lists,
    lists::Listing,
    objects::joined,
    refusal::{Answer, Refusal},
    state::State,
};

/// `GET /v1/checkout/sessions/{id}`
pub(in crate::payments) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    call.for_platform(state)?;
    Ok(render(state, find(state, call.id(2))?))
}

/// `GET /v1/checkout/sessions`
pub(in crate::payments) fn list(state: &State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let intent = call.form.text("payment_intent");
    let status: Option<SessionStatus> = call.form.word("status")?;
    let listing = Listing {
        address: "/v1/checkout/sessions",
        all: &state.sessions,
        belongs: &|session: &Session| {
            intent.is_none_or(|id| session.intent.as_deref() == Some(id))
                && status.is_none_or(|status| session.status == status)
        },
        created: |session: &Session| session.created,
        render: &|session| render(state, session),
    };
    lists::page(&call.form, &["payment_intent", "status"], &listing)
}

/// `GET /v1/checkout/sessions/{id}/line_items`
pub(in crate::payments) fn line_items(state: &State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let session = find(state, call.id(2))?;
    lists::in_order(&call.form, &items_address(session), rendered_items(session))
}

/// All line items of a session as a list object.
pub(in crate::payments) fn line_items_of(session: &Session) -> Value {
    lists::object(&items_address(session), rendered_items(session), false)
}

fn items_address(session: &Session) -> String {
    format!("/v1/checkout/sessions/{}/line_items", session.id)
}

fn rendered_items(session: &Session) -> Vec<Value> {
    session.items.iter().map(|item| render_item(session, item)).collect()
}

fn find<'a>(state: &'a State, id: &str) -> Result<&'a Session, Refusal> {
    state.sessions.get(id).ok_or_else(|| Refusal::not_found("checkout.session", id))
}

/// The session object.
pub(in crate::payments) fn render(state: &State, session: &Session) -> Value {
    joined(facts(state, session), unused())
}

fn facts(state: &State, session: &Session) -> Value {
    let open = session.status == SessionStatus::Open;
    let complete = session.status == SessionStatus::Complete;
    let customer = json!({
        "address": null,
        "business_name": null,
        "email": session.customer_email,
        "individual_name": null,
        "name": null,
        "phone": null,
        "tax_exempt": "none",
        "tax_ids": [],
    });
    let known = complete || session.customer_email.is_some();
    let pays = session.mode == Mode::Payment;
    let paid = match (pays, complete) {
        (false, _) => "no_payment_required",
        (true, true) => "paid",
        (true, false) => "unpaid",
    };
    let amounts = json!({ "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 });
    json!({
        "id": session.id,
        "object": "checkout.session",
        "amount_subtotal": pays.then(|| session.total()),
        "amount_total": pays.then(|| session.total()),
        "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
        "cancel_url": session.cancel_url,
        "client_reference_id": session.client_reference_id,
        "created": session.created,
        "currency": pays.then_some(&session.currency),
        "customer": session.customer,
        "customer_creation": session.customer.is_none().then_some("if_required"),
        "customer_details": known.then_some(customer),
        "customer_email": session.customer_email,
        "expires_at": session.expires_at,
        "livemode": false,
        "locale": session.locale,
        "metadata": session.metadata,
        "mode": session.mode,
        "payment_intent": session.intent,
        "payment_method_collection": if pays { "if_required" } else { "always" },
        "payment_method_options": { "card": { "request_three_d_secure": "automatic" } },
        "payment_method_types": ["card"],
        "payment_status": paid,
        "phone_number_collection": { "enabled": false },
        "status": session.status,
        "setup_intent": session.setup,
        "submit_type": session.submit_type,
        "success_url": session.success_url,
        "total_details": pays.then_some(amounts),
        "ui_mode": "hosted_page",
        "url": open.then(|| state.address(&format!("/pay/{}", session.id))),
    })
}

/// What belongs to the object but has no use here.
fn unused() -> Value {
    json!({
        "adaptive_pricing": null,
        "after_expiration": null,
        "allow_promotion_codes": null,
        "billing_address_collection": null,
        "client_secret": null,
        "collected_information": null,
        "consent": null,
        "consent_collection": null,
        "currency_conversion": null,
        "custom_fields": [],
        "custom_text": {
            "after_submit": null,
            "shipping_address": null,
            "submit": null,
            "terms_of_service_acceptance": null,
        },
        "discounts": [],
        "invoice": null,
        "invoice_creation": null,
        "origin_context": null,
        "payment_link": null,
        "payment_method_configuration_details": null,
        "permissions": null,
        "recovered_from": null,
        "saved_payment_method_options": null,
        "shipping_address_collection": null,
        "shipping_cost": null,
        "shipping_options": [],
        "subscription": null,
        "wallet_options": null,
    })
}

fn render_item(session: &Session, item: &Item) -> Value {
    json!({
        "id": item.id,
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": item.total(),
        "amount_tax": 0,
        "amount_total": item.total(),
        "currency": session.currency,
        "description": item.name,
        "metadata": {},
        "price": {
            "id": item.price,
            "object": "price",
            "active": false,
            "billing_scheme": "per_unit",
            "created": session.created,
            "currency": session.currency,
            "custom_unit_amount": null,
            "livemode": false,
            "lookup_key": null,
            "metadata": {},
            "nickname": null,
            "product": item.product,
            "recurring": null,
            "tax_behavior": "unspecified",
            "tiers_mode": null,
            "transform_quantity": null,
            "type": "one_time",
            "unit_amount": item.unit_amount,
            "unit_amount_decimal": item.unit_amount.to_string(),
        },
        "quantity": item.quantity,
    })
}
