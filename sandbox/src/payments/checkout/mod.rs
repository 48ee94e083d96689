//! Checkout sessions: a sum to be paid on the hosted page.
//!
//! A session is open, then complete or expired, never both. Its payment intent comes into being
//! with the first attempt to pay; however often the page is submitted, it is paid once.

mod make;
mod view;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(super) use self::{
    make::create,
    view::{line_items, line_items_of, list, render, retrieve},
};
use super::{
    call::Call,
    cards::{Authentication, Card, Decline},
    intents::NewIntent,
    methods::Chosen,
    refusal::{Answer, Refusal},
    setups::SetupStatus,
    state::State,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Session {
    pub id: String,
    pub status: SessionStatus,
    #[serde(default)]
    pub mode: Mode,
    #[serde(default)]
    pub customer: Option<String>,
    /// Whether the card is kept for later.
    #[serde(default)]
    pub keeps: bool,
    #[serde(default)]
    pub setup: Option<String>,
    /// A card whose bank asks its holder at this moment.
    #[serde(default)]
    pub asked: Option<Chosen>,
    pub items: Vec<Item>,
    pub currency: String,
    pub client_reference_id: Option<String>,
    pub customer_email: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub success_url: Option<String>,
    pub cancel_url: Option<String>,
    pub submit_type: Option<SubmitType>,
    pub locale: Option<String>,
    /// What the payment intent will be given.
    pub intent_metadata: BTreeMap<String, String>,
    pub intent_description: Option<String>,
    pub transfer_group: Option<String>,
    pub intent: Option<String>,
    pub created: i64,
    pub expires_at: i64,
}

/// One line of what is paid for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Item {
    pub id: String,
    pub price: String,
    pub product: String,
    pub name: String,
    pub unit_amount: i64,
    pub quantity: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    #[default]
    Payment,
    Setup,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum SessionStatus {
    Open,
    Complete,
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum SubmitType {
    Auto,
    Book,
    Donate,
    Pay,
}

impl Item {
    pub(super) fn total(&self) -> i64 {
        self.unit_amount * self.quantity
    }
}

impl Session {
    pub(super) fn total(&self) -> i64 {
        self.items.iter().map(Item::total).sum()
    }

    /// Whether its time is over although it is open still.
    pub(super) fn is_overdue(&self, now: i64) -> bool {
        self.status == SessionStatus::Open && self.expires_at <= now
    }
}

/// `POST /v1/checkout/sessions/{id}/expire`
pub(super) fn expire(state: &mut State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    let id = call.id(2);
    let session = state.sessions.get(id).ok_or_else(|| Refusal::not_found("session", id))?;
    if session.status != SessionStatus::Open {
        let message = "Only an open session can be expired.";
        return Err(Refusal::state("checkout_session_not_open", message));
    }
    state.expire_session(id);
    let session = state.sessions.get(id);
    session.map(|s| render(state, s)).ok_or_else(|| Refusal::not_found("session", id))
}

/// How an attempt to pay on the hosted page ended.
pub(super) enum Paid {
    /// Now or before: the page leads on.
    Yes,
    /// The bank asks the holder first.
    Asks,
    /// The card was declined; another may be tried.
    Declined(String),
    /// The session is not open any more.
    TooLate,
}

/// Pays an open session with a card, or keeps the card for later. A session that is complete stays
/// as it is.
pub(super) fn pay(state: &mut State, id: &str, card: Card) -> Paid {
    let Some(session) = state.sessions.get(id).cloned() else { return Paid::TooLate };
    match session.status {
        SessionStatus::Complete => return Paid::Yes,
        SessionStatus::Expired => return Paid::TooLate,
        SessionStatus::Open => {}
    }
    let asks = card.authentication != Authentication::Never;
    let chosen = state.add_method(card);
    if asks {
        ask(state, &session, chosen);
        return Paid::Asks;
    }
    take(state, &session, chosen)
}

/// What the holder of a card said when its bank asked.
pub(super) fn answered(state: &mut State, id: &str, yes: bool) -> Paid {
    let Some(mut session) = state.sessions.get(id).cloned() else { return Paid::TooLate };
    let Some(mut chosen) = session.asked.take() else { return Paid::Yes };
    if let Some(session) = state.sessions.get_mut(id) {
        session.asked = None;
    }
    if yes {
        // What is declined later is declined now as well, unless it is only kept.
        if session.mode == Mode::Payment {
            chosen.card.decline = chosen.card.later.take();
        }
        return take(state, &session, chosen);
    }
    let declined = match (&session.setup, &session.intent) {
        (Some(setup), _) => {
            let decline = Decline::not_authenticated("setup_intent_authentication_failure");
            let status = SetupStatus::RequiresPaymentMethod;
            let said = (status, None, Some(decline.clone()));
            state.set_up(setup, "setup_intent.setup_failed", said);
            Some(decline)
        }
        (None, Some(intent)) => state.holder_refused(intent),
        (None, None) => None,
    };
    declined.map_or(Paid::TooLate, |decline| Paid::Declined(decline.message))
}

fn ask(state: &mut State, session: &Session, chosen: Chosen) {
    match &session.setup {
        Some(setup) => {
            let said = (SetupStatus::RequiresAction, Some(chosen.method.as_str()), None);
            state.set_up(setup, "setup_intent.requires_action", said);
        }
        None => {
            let intent = intent_of(state, session);
            state.ask_holder(&intent, chosen.clone());
        }
    }
    if let Some(session) = state.sessions.get_mut(&session.id) {
        session.asked = Some(chosen);
    }
}

fn take(state: &mut State, session: &Session, chosen: Chosen) -> Paid {
    match (&session.setup, &session.customer) {
        (Some(setup), Some(customer)) => {
            if let Some(decline) = chosen.card.decline {
                let message = decline.message.clone();
                let said = (SetupStatus::RequiresPaymentMethod, None, Some(decline));
                state.set_up(setup, "setup_intent.setup_failed", said);
                return Paid::Declined(message);
            }
            state.attach(&chosen.method, customer);
            let said = (SetupStatus::Succeeded, Some(chosen.method.as_str()), None);
            state.set_up(setup, "setup_intent.succeeded", said);
        }
        _ => {
            let intent = intent_of(state, session);
            if let Err(refusal) = state.attempt(&intent, chosen) {
                return Paid::Declined(refusal.message().to_owned());
            }
        }
    }
    if let Some(session) = state.sessions.get_mut(&session.id) {
        session.status = SessionStatus::Complete;
    }
    state.emit_session("checkout.session.completed", &session.id);
    Paid::Yes
}

fn intent_of(state: &mut State, session: &Session) -> String {
    match &session.intent {
        Some(intent) => intent.clone(),
        None => begin_payment(state, session),
    }
}

fn begin_payment(state: &mut State, session: &Session) -> String {
    let intent = state.add_intent(NewIntent {
        amount: session.total(),
        currency: session.currency.clone(),
        description: session.intent_description.clone(),
        receipt_email: session.customer_email.clone(),
        metadata: session.intent_metadata.clone(),
        transfer_group: session.transfer_group.clone(),
        automatic_methods: false,
        customer: session.customer.clone(),
        keeps: session.keeps,
    });
    if let Some(session) = state.sessions.get_mut(&session.id) {
        session.intent = Some(intent.clone());
    }
    intent
}

impl State {
    /// Expires the sessions whose time is over.
    pub(super) fn expire_sessions(&mut self) {
        let now = self.now();
        let overdue = self.sessions.values().filter(|session| session.is_overdue(now));
        let ids: Vec<String> = overdue.map(|session| session.id.clone()).collect();
        for id in ids {
            self.expire_session(&id);
        }
    }

    fn expire_session(&mut self, id: &str) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.status = SessionStatus::Expired;
            session.asked = None;
        }
        self.emit_session("checkout.session.expired", id);
    }

    fn emit_session(&mut self, kind: &str, id: &str) {
        if let Some(session) = self.sessions.get(id) {
            let object = render(self, session);
            self.emit(kind, None, &object);
        }
    }
}
