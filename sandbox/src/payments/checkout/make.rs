//! Making a session out of a call's parameters.

use std::collections::BTreeMap;

use super::{Item, Mode, Session, SessionStatus, render};
use crate::payments::{
    call::Call,
    currency, customers,
    form::Form,
    refusal::{Answer, Refusal},
    state::State,
};

/// How long a session stays open when the call does not say: a day.
const DAY_SECONDS: i64 = 86_400;
/// The shortest that a call may ask for.
const LEAST_SECONDS: i64 = 1_800;

/// `POST /v1/checkout/sessions`
pub(in crate::payments) fn create(state: &mut State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let form = &call.form;
    only_what_is_served(form)?;
    let mode = mode(form)?;
    let customer = customers::named(state, form)?;
    if customer.is_some() && form.text("customer_email").is_some() {
        let message = "A session is of a customer or of an address, not of both.";
        return Err(form.invalid("customer", message));
    }
    if mode == Mode::Setup {
        return create_setup(state, form, customer);
    }
    let (currency, items) = items(state, form)?;
    let intent = form.part("payment_intent_data");
    intent.only(&["description", "metadata", "transfer_group", "setup_future_usage"])?;
    let keeps = keeps(&intent, customer.as_deref())?;
    form.need("success_url")?;
    let session = Session {
        id: state.mint("cs_test"),
        status: SessionStatus::Open,
        mode,
        customer,
        keeps,
        setup: None,
        asked: None,
        items,
        currency,
        client_reference_id: form.short("client_reference_id", 200)?,
        customer_email: form.short("customer_email", 800)?,
        metadata: form.metadata("metadata", &BTreeMap::new())?,
        success_url: form.address("success_url")?,
        cancel_url: form.address("cancel_url")?,
        submit_type: form.word("submit_type")?,
        locale: form.short("locale", 8)?,
        intent_metadata: intent.metadata("metadata", &BTreeMap::new())?,
        intent_description: intent.short("description", 1000)?,
        transfer_group: intent.short("transfer_group", 5000)?,
        intent: None,
        created: state.now(),
        expires_at: expires_at(state, form)?,
    };
    currency::chargeable(session.total(), &session.currency)?;
    let answer = render(state, &session);
    state.sessions.insert(session.id.clone(), session);
    Ok(answer)
}

/// A page on which a card is kept for later and nothing is paid.
fn create_setup(state: &mut State, form: &Form, customer: Option<String>) -> Answer {
    let Some(customer) = customer else {
        return Err(form.invalid("customer", "A card is kept for a customer."));
    };
    let data = form.part("setup_intent_data");
    data.only(&["metadata"])?;
    let metadata = data.metadata("metadata", &BTreeMap::new())?;
    form.need("success_url")?;
    let session = Session {
        id: state.mint("cs_test"),
        status: SessionStatus::Open,
        mode: Mode::Setup,
        setup: Some(state.add_setup(&customer, &metadata)),
        customer: Some(customer),
        keeps: true,
        asked: None,
        items: Vec::new(),
        currency: String::new(),
        client_reference_id: form.short("client_reference_id", 200)?,
        customer_email: None,
        metadata: form.metadata("metadata", &BTreeMap::new())?,
        success_url: form.address("success_url")?,
        cancel_url: form.address("cancel_url")?,
        submit_type: None,
        locale: form.short("locale", 8)?,
        intent_metadata: BTreeMap::new(),
        intent_description: None,
        transfer_group: None,
        intent: None,
        created: state.now(),
        expires_at: expires_at(state, form)?,
    };
    let answer = render(state, &session);
    state.sessions.insert(session.id.clone(), session);
    Ok(answer)
}

fn mode(form: &Form) -> Result<Mode, Refusal> {
    match form.need("mode")? {
        "payment" => Ok(Mode::Payment),
        "setup" => Ok(Mode::Setup),
        _ => Err(form.invalid("mode", "This server takes one-time payments and keeps cards.")),
    }
}

fn keeps(intent: &Form, customer: Option<&str>) -> Result<bool, Refusal> {
    match intent.text("setup_future_usage") {
        None => Ok(false),
        Some("off_session") if customer.is_some() => Ok(true),
        Some("off_session") => {
            Err(intent.invalid("setup_future_usage", "A card is kept for a customer."))
        }
        Some(_) => Err(intent.invalid("setup_future_usage", "This server has off_session only.")),
    }
}

fn only_what_is_served(form: &Form) -> Result<(), Refusal> {
    form.only(&[
        "mode",
        "ui_mode",
        "line_items",
        "success_url",
        "cancel_url",
        "client_reference_id",
        "customer",
        "customer_email",
        "metadata",
        "payment_intent_data",
        "setup_intent_data",
        "payment_method_types",
        "expires_at",
        "submit_type",
        "locale",
        "expand",
    ])?;
    if !matches!(form.text("ui_mode"), None | Some("hosted" | "hosted_page")) {
        return Err(form.invalid("ui_mode", "This server has the hosted page only."));
    }
    if form.list("payment_method_types").iter().any(|method| *method != "card") {
        return Err(form.invalid("payment_method_types", "This server takes cards only."));
    }
    Ok(())
}

fn items(state: &mut State, form: &Form) -> Result<(String, Vec<Item>), Refusal> {
    let parts = form.parts("line_items");
    if parts.is_empty() || parts.len() > 100 {
        let message = "A payment has 1 to 100 line items.";
        return Err(Refusal::parameter("parameter_missing", "line_items", message));
    }
    let mut items = Vec::new();
    let mut currency = None;
    for part in &parts {
        let (code, item) = item(state, part)?;
        if currency.get_or_insert_with(|| code.clone()) != &code {
            return Err(form.invalid("line_items", "All line items must be in one currency."));
        }
        items.push(item);
    }
    Ok((currency.unwrap_or_default(), items))
}

fn item(state: &mut State, part: &Form) -> Result<(String, Item), Refusal> {
    part.only(&["price_data", "quantity"])?;
    let price = part.part("price_data");
    price.only(&["currency", "unit_amount", "unit_amount_decimal", "product_data"])?;
    let product = price.part("product_data");
    product.only(&["name", "description", "metadata"])?;
    let currency = price.currency("currency")?;
    let unit_amount = match price.integer("unit_amount_decimal")? {
        Some(amount) => amount,
        None => {
            price.need("unit_amount")?;
            price.integer("unit_amount")?.unwrap_or_default()
        }
    };
    let quantity = part.amount("quantity")?.unwrap_or(1);
    if !(0..=99_999_999).contains(&unit_amount) || quantity > 1_000_000 {
        return Err(price.invalid("unit_amount", "The amount is out of range."));
    }
    let item = Item {
        id: state.mint("li"),
        price: state.mint("price"),
        product: state.mint("prod"),
        name: product.need("name")?.to_owned(),
        unit_amount,
        quantity,
    };
    Ok((currency, item))
}

fn expires_at(state: &State, form: &Form) -> Result<i64, Refusal> {
    let (now, asked) = (state.now(), form.integer("expires_at")?);
    let expires_at = asked.unwrap_or(now + DAY_SECONDS);
    if asked.is_some() && !(now + LEAST_SECONDS..=now + DAY_SECONDS).contains(&expires_at) {
        let message = "A session expires between 30 minutes and 24 hours from now.";
        return Err(form.invalid("expires_at", message));
    }
    Ok(expires_at)
}
