//! Attempts to take an intent's money from a card.

use super::{
    cards::{Card, Decline},
    charges::{Charge, Payer},
    intents::{self, Intent, IntentStatus},
    methods::Chosen,
    refusal::Refusal,
    state::State,
};

impl State {
    /// Charges a card for an open intent and tells what came of it.
    ///
    /// # Errors
    /// The intent is not open, or the card was declined; the latter stays on record.
    pub(super) fn attempt(&mut self, id: &str, chosen: Chosen) -> Result<(), Refusal> {
        let Some(intent) = self.intents.get(id).cloned() else {
            return Err(Refusal::no_such("payment_intent", id, "intent"));
        };
        if !intents::is_open(&intent) {
            return Err(intents::unexpected(&intent, "paid"));
        }
        let decline = chosen.card.decline.clone();
        let charge = self.add_charge(&intent, chosen.method.clone(), chosen.card.clone());
        let method = chosen.method.clone();
        if let Some(intent) = self.intents.get_mut(id) {
            intent.latest_charge = Some(charge.clone());
            intent.method = decline.is_none().then_some(chosen);
            intent.last_error = decline.clone();
            intent.status = match decline {
                None => IntentStatus::Succeeded,
                Some(_) => IntentStatus::RequiresPaymentMethod,
            };
        }
        let Some(decline) = decline else {
            self.emit_charge("charge.succeeded", &charge);
            let object = intents::show(self, id)?;
            self.emit("payment_intent.succeeded", None, &object);
            if let Some(customer) = intent.customer.filter(|_| intent.keeps) {
                self.attach(&method, &customer);
            }
            return Ok(());
        };
        self.emit_charge("charge.failed", &charge);
        let object = intents::show(self, id)?;
        self.emit("payment_intent.payment_failed", None, &object);
        let code = decline.decline_code.as_deref();
        let refusal = Refusal::declined(&decline.code, code, &decline.message);
        Err(refusal.with("charge", charge.into()).with("payment_intent", object))
    }

    /// The bank of a card asks its holder, who is at the page.
    pub(super) fn ask_holder(&mut self, id: &str, chosen: Chosen) {
        let Some(intent) = self.intents.get_mut(id).filter(|intent| intents::is_open(intent))
        else {
            return;
        };
        intent.method = Some(chosen);
        intent.last_error = None;
        intent.status = IntentStatus::RequiresAction;
        let object = intents::render(intent);
        self.emit("payment_intent.requires_action", None, &object);
    }

    /// The holder did not say yes: nothing is charged, and another card may be tried.
    pub(super) fn holder_refused(&mut self, id: &str) -> Option<Decline> {
        let intent = self.intents.get_mut(id).filter(|intent| intents::is_open(intent))?;
        let decline = Decline::not_authenticated("payment_intent_authentication_failure");
        intent.method = None;
        intent.status = IntentStatus::RequiresPaymentMethod;
        intent.latest_charge = None;
        intent.last_error = Some(decline.clone());
        let object = intents::render(intent);
        self.emit("payment_intent.payment_failed", None, &object);
        Some(decline)
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
            customer: intent.customer.clone(),
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
