//! Payment intents: one sum to be collected, over as many card attempts as it takes.
//!
//! At most one charge of an intent succeeds. A declined attempt stays on record as a failed charge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    call::Call,
    cards::{Card, Decline},
    charges::{Charge, Payer},
    currency,
    form::Form,
    lists,
    lists::Listing,
    objects::joined,
    refusal::{Answer, Refusal},
    state::State,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Intent {
    pub id: String,
    pub amount: i64,
    pub currency: String,
    pub status: IntentStatus,
    pub created: i64,
    pub description: Option<String>,
    pub receipt_email: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub transfer_group: Option<String>,
    pub automatic_methods: bool,
    /// The card chosen by the caller but not yet charged.
    pub method: Option<(String, Card)>,
    pub latest_charge: Option<String>,
    pub last_error: Option<Decline>,
    pub canceled_at: Option<i64>,
    pub cancellation_reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum IntentStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    Succeeded,
    Canceled,
}

/// What a new intent is made of.
pub(super) struct NewIntent {
    pub amount: i64,
    pub currency: String,
    pub description: Option<String>,
    pub receipt_email: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub transfer_group: Option<String>,
    pub automatic_methods: bool,
}

/// `POST /v1/payment_intents`
pub(super) fn create(state: &mut State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let form = &call.form;
    form.only(&[
        "amount",
        "currency",
        "description",
        "receipt_email",
        "metadata",
        "transfer_group",
        "automatic_payment_methods",
        "payment_method_types",
        "payment_method",
        "confirm",
        "off_session",
        "return_url",
        "expand",
    ])?;
    form.need("amount")?;
    let currency = form.currency("currency")?;
    let amount = form.amount("amount")?.unwrap_or_default();
    currency::chargeable(amount, &currency)?;
    only_cards(form)?;
    let method = method(state, form)?;
    let confirm = form.flag("confirm")?.unwrap_or(false);
    let id = state.add_intent(NewIntent {
        amount,
        currency,
        description: form.short("description", 1000)?,
        receipt_email: form.short("receipt_email", 512)?,
        metadata: form.metadata("metadata", &BTreeMap::new())?,
        transfer_group: form.short("transfer_group", 5000)?,
        automatic_methods: form.list("payment_method_types").is_empty(),
    });
    if let (Some(method), Some(intent)) = (method, state.intents.get_mut(&id)) {
        intent.method = Some(method);
        intent.status = IntentStatus::RequiresConfirmation;
    }
    if confirm { confirm_intent(state, &id) } else { show(state, &id) }
}

/// `POST /v1/payment_intents/{id}`: what may still change before it is paid, and metadata after.
pub(super) fn update(state: &mut State, call: &Call) -> Answer {
    let form = &call.form;
    form.only(&[
        "amount",
        "description",
        "metadata",
        "receipt_email",
        "transfer_group",
        "payment_method",
        "expand",
    ])?;
    let (amount, email) = (form.amount("amount")?, form.short("receipt_email", 512)?);
    let (description, group) =
        (form.short("description", 1000)?, form.short("transfer_group", 5000)?);
    let method = method(state, form)?;
    let intent = find(state, call.id(1))?;
    let open = is_open(intent);
    if !open && (amount.is_some() || method.is_some() || group.is_some()) {
        return Err(unexpected(intent, "changed"));
    }
    intent.metadata = form.metadata("metadata", &intent.metadata)?;
    intent.description = description.or(intent.description.take());
    intent.receipt_email = email.or(intent.receipt_email.take());
    intent.transfer_group = group.or(intent.transfer_group.take());
    if let Some(amount) = amount {
        currency::chargeable(amount, &intent.currency)?;
        intent.amount = amount;
    }
    if method.is_some() {
        intent.method = method;
        intent.status = IntentStatus::RequiresConfirmation;
    }
    show(state, call.id(1))
}

/// `POST /v1/payment_intents/{id}/confirm`
pub(super) fn confirm(state: &mut State, call: &Call) -> Answer {
    let form = &call.form;
    form.only(&["payment_method", "return_url", "off_session", "expand"])?;
    let method = method(state, form)?;
    let intent = find(state, call.id(1))?;
    if !is_open(intent) {
        return Err(unexpected(intent, "confirmed"));
    }
    intent.method = method.or(intent.method.take());
    confirm_intent(state, call.id(1))
}

/// `POST /v1/payment_intents/{id}/cancel`
pub(super) fn cancel(state: &mut State, call: &Call) -> Answer {
    let form = &call.form;
    form.only(&["cancellation_reason", "expand"])?;
    let reason = form.text("cancellation_reason");
    let reasons = ["abandoned", "duplicate", "fraudulent", "requested_by_customer"];
    if reason.is_some_and(|reason| !reasons.contains(&reason)) {
        return Err(form.invalid("cancellation_reason", format!("One of {reasons:?}.")));
    }
    let now = state.now();
    let intent = find(state, call.id(1))?;
    if !is_open(intent) {
        return Err(unexpected(intent, "cancelled"));
    }
    intent.status = IntentStatus::Canceled;
    intent.canceled_at = Some(now);
    intent.cancellation_reason = reason.map(str::to_owned);
    let object = show(state, call.id(1))?;
    state.emit("payment_intent.canceled", None, &object);
    Ok(object)
}

/// `GET /v1/payment_intents/{id}`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand", "client_secret"])?;
    call.for_platform(state)?;
    show(state, call.id(1))
}

/// `GET /v1/payment_intents`
pub(super) fn list(state: &State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let listing = Listing {
        address: "/v1/payment_intents",
        all: &state.intents,
        belongs: &|_| true,
        created: |intent: &Intent| intent.created,
        render: &render,
    };
    lists::page(&call.form, &[], &listing)
}

impl State {
    /// Adds an intent that waits for a card.
    pub(super) fn add_intent(&mut self, new: NewIntent) -> String {
        let intent = Intent {
            id: self.mint("pi"),
            amount: new.amount,
            currency: new.currency,
            status: IntentStatus::RequiresPaymentMethod,
            created: self.now(),
            description: new.description,
            receipt_email: new.receipt_email,
            metadata: new.metadata,
            transfer_group: new.transfer_group,
            automatic_methods: new.automatic_methods,
            method: None,
            latest_charge: None,
            last_error: None,
            canceled_at: None,
            cancellation_reason: None,
        };
        let (id, object) = (intent.id.clone(), render(&intent));
        self.intents.insert(id.clone(), intent);
        self.emit("payment_intent.created", None, &object);
        id
    }

    /// Charges a card for an open intent and tells what came of it.
    pub(super) fn attempt(&mut self, id: &str, method: String, card: Card) -> Result<(), Refusal> {
        let Some(intent) = self.intents.get(id).cloned() else {
            return Err(Refusal::no_such("payment_intent", id, "intent"));
        };
        if !is_open(&intent) {
            return Err(unexpected(&intent, "paid"));
        }
        let decline = card.decline.clone();
        let charge = self.add_charge(&intent, method.clone(), card.clone());
        if let Some(intent) = self.intents.get_mut(id) {
            intent.latest_charge = Some(charge.clone());
            intent.method = decline.is_none().then_some((method, card));
            intent.last_error = decline.clone();
            intent.status = match decline {
                None => IntentStatus::Succeeded,
                Some(_) => IntentStatus::RequiresPaymentMethod,
            };
        }
        let Some(decline) = decline else {
            self.emit_charge("charge.succeeded", &charge);
            let object = show(self, id)?;
            self.emit("payment_intent.succeeded", None, &object);
            return Ok(());
        };
        self.emit_charge("charge.failed", &charge);
        let object = show(self, id)?;
        self.emit("payment_intent.payment_failed", None, &object);
        let code = decline.decline_code.as_deref();
        let refusal = Refusal::declined(&decline.code, code, &decline.message);
        Err(refusal.with("charge", charge.into()).with("payment_intent", object))
    }

    fn add_charge(&mut self, intent: &Intent, method: String, card: Card) -> String {
        let paid = card.decline.is_none();
        let charge = Charge {
            id: self.mint("ch"),
            owner: self.platform.clone(),
            amount: intent.amount,
            currency: intent.currency.clone(),
            created: self.now(),
            description: intent.description.clone(),
            metadata: intent.metadata.clone(),
            transfer_group: intent.transfer_group.clone(),
            receipt_email: intent.receipt_email.clone(),
            payer: Payer::Card { intent: intent.id.clone(), method, card },
            refunded: 0,
            disputed: false,
            movement: None,
            settle_at_ms: paid.then_some(self.now_ms + self.settings.settle_after_ms),
            available_on: self.now() + self.settings.available_after_seconds,
        };
        let id = charge.id.clone();
        self.charges.insert(id.clone(), charge);
        id
    }
}

fn confirm_intent(state: &mut State, id: &str) -> Answer {
    let Some((method, card)) = find(state, id)?.method.take() else {
        let message = "There is no payment method to confirm this payment with.";
        return Err(Refusal::state("payment_intent_unexpected_state", message));
    };
    state.attempt(id, method, card)?;
    show(state, id)
}

fn only_cards(form: &Form) -> Result<(), Refusal> {
    let other = form.list("payment_method_types").into_iter().find(|method| *method != "card");
    let message = "This server takes cards only.";
    other.map_or(Ok(()), |_| Err(form.invalid("payment_method_types", message)))
}

fn method(state: &mut State, form: &Form) -> Result<Option<(String, Card)>, Refusal> {
    let Some(name) = form.text("payment_method") else { return Ok(None) };
    let card = Card::from_test_name(name);
    let card = card.ok_or_else(|| Refusal::no_such("payment method", name, "payment_method"))?;
    Ok(Some((state.mint("pm"), card)))
}

fn find<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Intent, Refusal> {
    state.intents.get_mut(id).ok_or_else(|| Refusal::not_found("payment_intent", id))
}

fn show(state: &State, id: &str) -> Answer {
    let intent = state.intents.get(id);
    intent.map(render).ok_or_else(|| Refusal::not_found("payment_intent", id))
}

fn is_open(intent: &Intent) -> bool {
    !matches!(intent.status, IntentStatus::Succeeded | IntentStatus::Canceled)
}

fn unexpected(intent: &Intent, verb: &str) -> Refusal {
    let state = if intent.status == IntentStatus::Canceled { "cancelled" } else { "paid" };
    let message = format!("This payment is {state} already and cannot be {verb}.");
    Refusal::state("payment_intent_unexpected_state", message)
}

/// The payment intent object.
pub(super) fn render(intent: &Intent) -> Value {
    let received = if intent.status == IntentStatus::Succeeded { intent.amount } else { 0 };
    let automatic = json!({ "allow_redirects": "always", "enabled": true });
    json!({
        "id": intent.id,
        "object": "payment_intent",
        "amount": intent.amount,
        "amount_capturable": 0,
        "amount_details": { "tip": {} },
        "amount_received": received,
        "application": null,
        "application_fee_amount": null,
        "automatic_payment_methods": intent.automatic_methods.then_some(automatic),
        "canceled_at": intent.canceled_at,
        "cancellation_reason": intent.cancellation_reason,
        "capture_method": "automatic_async",
        "client_secret": format!("{}_secret_sandbox", intent.id),
        "confirmation_method": "automatic",
        "created": intent.created,
        "currency": intent.currency,
        "customer": null,
        "description": intent.description,
        "last_payment_error": intent.last_error.as_ref().map(|error| last_error(intent, error)),
        "latest_charge": intent.latest_charge,
        "livemode": false,
        "metadata": intent.metadata,
        "next_action": null,
        "on_behalf_of": null,
        "payment_method": intent.method.as_ref().map(|(id, _)| id),
        "payment_method_configuration_details": null,
        "payment_method_options": { "card": { "request_three_d_secure": "automatic" } },
        "payment_method_types": ["card"],
        "processing": null,
        "receipt_email": intent.receipt_email,
        "review": null,
        "setup_future_usage": null,
        "shipping": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "status": intent.status,
        "transfer_data": null,
        "transfer_group": intent.transfer_group,
    })
}

fn last_error(intent: &Intent, error: &Decline) -> Value {
    let object = json!({
        "type": "card_error",
        "charge": intent.latest_charge,
        "code": error.code,
        "message": error.message,
    });
    match &error.decline_code {
        Some(code) => joined(object, json!({ "decline_code": code })),
        None => object,
    }
}
