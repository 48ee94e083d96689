//! Payment intents: one sum to be collected, over as many card attempts as it takes.
//!
//! At most one charge of an intent succeeds. A declined attempt stays on record as a failed charge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    call::Call,
    cards::Decline,
    currency, customers,
    form::Form,
    lists,
    lists::Listing,
    methods,
    methods::Chosen,
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
    pub method: Option<Chosen>,
    /// Whose saved cards it may be paid with.
    #[serde(default)]
    pub customer: Option<String>,
    /// Whether the card is kept for later once it has paid.
    #[serde(default)]
    pub keeps: bool,
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
    RequiresAction,
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
    pub customer: Option<String>,
    pub keeps: bool,
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
        "customer",
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
    let customer = customers::named(state, form)?;
    let method = methods::named(state, form, customer.as_deref())?;
    let confirm = form.flag("confirm")?.unwrap_or(false);
    let alone = form.flag("off_session")?.unwrap_or(false);
    if alone && !confirm {
        return Err(form.invalid("off_session", "Only for a payment that is confirmed."));
    }
    let id = state.add_intent(NewIntent {
        amount,
        currency,
        description: form.short("description", 1000)?,
        receipt_email: form.short("receipt_email", 512)?,
        metadata: form.metadata("metadata", &BTreeMap::new())?,
        transfer_group: form.short("transfer_group", 5000)?,
        automatic_methods: form.list("payment_method_types").is_empty(),
        customer,
        keeps: false,
    });
    if let (Some(method), Some(intent)) = (method, state.intents.get_mut(&id)) {
        intent.method = Some(method);
        intent.status = IntentStatus::RequiresConfirmation;
    }
    if confirm { confirm_intent(state, &id, alone) } else { show(state, &id) }
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
    let customer = find(state, call.id(1))?.customer.clone();
    let method = methods::named(state, form, customer.as_deref())?;
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
    let customer = find(state, call.id(1))?.customer.clone();
    let method = methods::named(state, form, customer.as_deref())?;
    let alone = form.flag("off_session")?.unwrap_or(false);
    let intent = find(state, call.id(1))?;
    if !is_open(intent) {
        return Err(unexpected(intent, "confirmed"));
    }
    intent.method = method.or(intent.method.take());
    confirm_intent(state, call.id(1), alone)
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
    let customer = call.form.text("customer");
    let listing = Listing {
        address: "/v1/payment_intents",
        all: &state.intents,
        belongs: &|intent: &Intent| {
            customer.is_none_or(|id| intent.customer.as_deref() == Some(id))
        },
        created: |intent: &Intent| intent.created,
        render: &render,
    };
    lists::page(&call.form, &["customer"], &listing)
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
            customer: new.customer,
            keeps: new.keeps,
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
}

fn confirm_intent(state: &mut State, id: &str, alone: bool) -> Answer {
    let Some(mut chosen) = find(state, id)?.method.take() else {
        let message = "There is no payment method to confirm this payment with.";
        return Err(Refusal::state("payment_intent_unexpected_state", message));
    };
    if alone {
        let known = state.methods.get(&chosen.method).is_some_and(|method| method.known);
        chosen.card = chosen.card.without_holder(known, state.now());
    }
    state.attempt(id, chosen)?;
    show(state, id)
}

fn only_cards(form: &Form) -> Result<(), Refusal> {
    let other = form.list("payment_method_types").into_iter().find(|method| *method != "card");
    let message = "This server takes cards only.";
    other.map_or(Ok(()), |_| Err(form.invalid("payment_method_types", message)))
}

fn find<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Intent, Refusal> {
    state.intents.get_mut(id).ok_or_else(|| Refusal::not_found("payment_intent", id))
}

pub(super) fn show(state: &State, id: &str) -> Answer {
    let intent = state.intents.get(id);
    intent.map(render).ok_or_else(|| Refusal::not_found("payment_intent", id))
}

pub(super) fn is_open(intent: &Intent) -> bool {
    !matches!(intent.status, IntentStatus::Succeeded | IntentStatus::Canceled)
}

pub(super) fn unexpected(intent: &Intent, verb: &str) -> Refusal {
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
        "customer": intent.customer,
        "description": intent.description,
        "last_payment_error": intent.last_error.as_ref().map(|error| last_error(intent, error)),
        "latest_charge": intent.latest_charge,
        "livemode": false,
        "metadata": intent.metadata,
        "next_action": (intent.status == IntentStatus::RequiresAction).then(|| json!({
            "type": "use_stripe_sdk", "use_stripe_sdk": {},
        })),
        "on_behalf_of": null,
        "payment_method": intent.method.as_ref().map(|chosen| &chosen.method),
        "payment_method_configuration_details": null,
        "payment_method_options": { "card": { "request_three_d_secure": "automatic" } },
        "payment_method_types": ["card"],
        "processing": null,
        "receipt_email": intent.receipt_email,
        "review": null,
        "setup_future_usage": intent.keeps.then_some("off_session"),
        "shipping": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "status": intent.status,
        "transfer_data": null,
        "transfer_group": intent.transfer_group,
    })
}

fn last_error(intent: &Intent, error: &Decline) -> Value {
    let object = json!({ "type": "card_error", "code": error.code, "message": error.message });
    // A holder who does not say yes is not charged at all.
    let object = match &intent.latest_charge {
        Some(charge) => joined(object, json!({ "charge": charge })),
        None => object,
    };
    match &error.decline_code {
        Some(code) => joined(object, json!({ "decline_code": code })),
        None => object,
    }
}
