//! Disputes: a payer's bank takes a payment back and asks why it should not. The money and a fee
//! leave at once; it comes back when the bank decides for the platform. An inquiry moves nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    books::{self, Entry, Kind},
    call::Call,
    charges::Payer,
    lists,
    lists::Listing,
    refusal::{Answer, Refusal},
    state::State,
};

/// How long the platform has to answer.
const ANSWER_WITHIN_SECONDS: i64 = 7 * 24 * 3600;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Dispute {
    pub id: String,
    pub charge: String,
    pub intent: Option<String>,
    pub brand: String,
    pub amount: i64,
    pub currency: String,
    pub cause: Cause,
    pub status: Status,
    pub created: i64,
    /// The withdrawal, then what was reinstated.
    pub movements: Vec<String>,
}

/// What the bank says; an inquiry only asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cause {
    Fraudulent,
    ProductNotReceived,
    Inquiry,
}

impl Cause {
    fn reason(self) -> &'static str {
        match self {
            Self::Fraudulent | Self::Inquiry => "fraudulent",
            Self::ProductNotReceived => "product_not_received",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    WarningNeedsResponse,
    WarningClosed,
    NeedsResponse,
    Won,
    Lost,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::WarningNeedsResponse => "warning_needs_response",
            Self::WarningClosed => "warning_closed",
            Self::NeedsResponse => "needs_response",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// How often its money moved: not at all, away, or away and back.
    pub(super) fn movements(self) -> usize {
        match self {
            Self::WarningNeedsResponse | Self::WarningClosed => 0,
            Self::NeedsResponse | Self::Lost => 1,
            Self::Won => 2,
        }
    }

    /// Whether a refund of the charge would pay the payer twice.
    pub(super) fn locks_refunds(self) -> bool {
        matches!(self, Self::NeedsResponse | Self::Lost)
    }
}

/// How a control call ends a dispute.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Won,
    Lost,
}

/// `GET /v1/disputes/{id}`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    call.for_platform(state)?;
    let id = call.id(1);
    let dispute = state.disputes.get(id);
    dispute.map(|of| render(state, of)).ok_or_else(|| Refusal::not_found("dispute", id))
}

/// `GET /v1/disputes`
pub(super) fn list(state: &State, call: &Call) -> Answer {
    call.for_platform(state)?;
    let (charge, intent) = (call.form.text("charge"), call.form.text("payment_intent"));
    let listing = Listing {
        address: "/v1/disputes",
        all: &state.disputes,
        belongs: &|dispute: &Dispute| {
            charge.is_none_or(|id| dispute.charge == id)
                && intent.is_none_or(|id| dispute.intent.as_deref() == Some(id))
        },
        created: |dispute: &Dispute| dispute.created,
        render: &|dispute| render(state, dispute),
    };
    lists::page(&call.form, &["charge", "payment_intent"], &listing)
}

/// `POST /v1/disputes/{id}/close`: the platform gives in.
pub(super) fn close(state: &mut State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    call.for_platform(state)?;
    let id = call.id(1);
    if !state.disputes.contains_key(id) {
        return Err(Refusal::not_found("dispute", id));
    }
    state.close_dispute(id, Outcome::Lost).map_err(|why| Refusal::state("dispute_closed", why))
}

impl State {
    /// The payer's bank disputes a settled charge: all of it, or `amount`.
    ///
    /// # Errors
    /// There is no such charge to dispute, or it is disputed already.
    pub(super) fn open_dispute(
        &mut self,
        charge_id: &str,
        cause: Cause,
        amount: Option<i64>,
    ) -> Result<Value, String> {
        let charge = self.charges.get(charge_id).filter(|c| c.movement.is_some() && !c.disputed);
        let Some(charge) = charge.cloned() else {
            return Err(format!("no settled charge {charge_id} that is not disputed"));
        };
        let Payer::Card { intent, card, .. } = &charge.payer else {
            return Err("only a card payment can be disputed".to_owned());
        };
        let amount = amount.unwrap_or(charge.amount);
        if !(1..=charge.amount).contains(&amount) {
            return Err(format!("{amount} is not a part of {}", charge.amount));
        }
        let (id, inquiry) = (self.mint("dp"), cause == Cause::Inquiry);
        let status = if inquiry { Status::WarningNeedsResponse } else { Status::NeedsResponse };
        self.disputes.insert(
            id.clone(),
            Dispute {
                id: id.clone(),
                charge: charge_id.to_owned(),
                intent: Some(intent.clone()),
                brand: card.brand.clone(),
                amount,
                currency: charge.currency.clone(),
                cause,
                status,
                created: self.now(),
                movements: Vec::new(),
            },
        );
        if let Some(charge) = self.charges.get_mut(charge_id) {
            charge.disputed = true;
        }
        self.emit_dispute("charge.dispute.created", &id);
        if !inquiry {
            self.move_disputed(&id, Kind::Dispute, -amount, charge.available_on);
            self.emit_dispute("charge.dispute.funds_withdrawn", &id);
        }
        Ok(self.show_dispute(&id))
    }

    /// The bank decides. An inquiry is closed whatever it says.
    ///
    /// # Errors
    /// It was closed before.
    pub(super) fn close_dispute(&mut self, id: &str, outcome: Outcome) -> Result<Value, String> {
        let found = self.disputes.get_mut(id).ok_or_else(|| format!("no dispute {id}"))?;
        let status = match (found.status, outcome) {
            (Status::WarningNeedsResponse, _) => Status::WarningClosed,
            (Status::NeedsResponse, Outcome::Won) => Status::Won,
            (Status::NeedsResponse, Outcome::Lost) => Status::Lost,
            _ => return Err(format!("dispute {id} is closed")),
        };
        found.status = status;
        let amount = found.amount;
        if status == Status::Won {
            self.move_disputed(id, Kind::DisputeReversal, amount, 0);
            self.emit_dispute("charge.dispute.funds_reinstated", id);
        }
        self.emit_dispute("charge.dispute.closed", id);
        Ok(self.show_dispute(id))
    }

    fn move_disputed(&mut self, id: &str, kind: Kind, amount: i64, available_on: i64) {
        let Some(dispute) = self.disputes.get(id).cloned() else { return };
        let (owner, currency) = (self.platform.clone(), dispute.currency.as_str());
        let movement =
            self.post(&Entry { owner: &owner, kind, source: id, amount, currency, available_on });
        if let Some(dispute) = self.disputes.get_mut(id) {
            dispute.movements.push(movement);
        }
    }

    fn emit_dispute(&mut self, kind: &str, id: &str) {
        let object = self.show_dispute(id);
        self.emit(kind, None, &object);
    }

    fn show_dispute(&self, id: &str) -> Value {
        self.disputes.get(id).map_or(Value::Null, |dispute| render(self, dispute))
    }
}

/// The dispute object.
pub(super) fn render(state: &State, dispute: &Dispute) -> Value {
    let movements = dispute.movements.iter().filter_map(|id| state.books.movements.get(id));
    let movements: Vec<Value> = movements.map(books::render).collect();
    let due_by = dispute.created + ANSWER_WITHIN_SECONDS;
    let inquiry = dispute.cause == Cause::Inquiry;
    let metadata: BTreeMap<String, String> = BTreeMap::new();
    json!({
        "id": dispute.id,
        "object": "dispute",
        "amount": dispute.amount,
        "balance_transactions": movements,
        "charge": dispute.charge,
        "created": dispute.created,
        "currency": dispute.currency,
        "enhanced_eligibility_types": [],
        "evidence": { "enhanced_evidence": {} },
        "evidence_details": {
            "due_by": due_by,
            "enhanced_eligibility": {},
            "has_evidence": false,
            "past_due": state.now() > due_by,
            "submission_count": 0,
        },
        "is_charge_refundable": !dispute.status.locks_refunds(),
        "livemode": false,
        "metadata": metadata,
        "payment_intent": dispute.intent,
        "payment_method_details": {
            "card": {
                "brand": dispute.brand,
                "case_type": if inquiry { "inquiry" } else { "chargeback" },
                "network_reason_code": if inquiry { None } else { Some("83") },
            },
            "type": "card",
        },
        "reason": dispute.cause.reason(),
        "status": dispute.status.as_str(),
    })
}
