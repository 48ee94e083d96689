//! Events: what happened, told once by an object that never changes, and who has still to hear.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};

use super::{
    call::Call,
    lists,
    lists::Listing,
    objects::{self, joined},
    refusal::{Answer, Refusal},
    state::{Origin, State},
};

/// The version of Stripe's API whose shapes this server answers in.
pub(super) const API_VERSION: &str = "2026-05-27.dahlia";

/// How many delivered events are kept.
const KEPT_EVENTS: usize = 5_000;
/// How far reordered deliveries are held back, so that there is something to reorder.
const REORDER_MS: i64 = 400;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    pub id: String,
    pub kind: String,
    /// The connected account that it happened to; `None` for the platform.
    pub account: Option<String>,
    pub created: i64,
    /// The object as it stood then; kept as text, since the whole state is written at each change.
    object: Box<RawValue>,
    origin: Origin,
}

/// One event that one receiver has still to hear of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Delivery {
    pub id: String,
    pub event: String,
    pub url: String,
    pub attempts: u32,
    /// On the real clock: a server told to live in another time delivers all the same.
    pub next_at_ms: i64,
}

impl State {
    /// Records an event and queues it for every receiver that listens to its kind of account.
    pub(super) fn emit(&mut self, kind: &str, account: Option<&str>, object: &Value) {
        let event = Event {
            id: self.mint("evt"),
            kind: kind.to_owned(),
            account: account.map(str::to_owned),
            created: self.now(),
            object: objects::text(object),
            origin: self.origin.clone(),
        };
        let id = event.id.clone();
        self.events.insert(id.clone(), event);
        self.queue(&id);
        if self.faults.duplicate_webhooks {
            self.queue(&id);
        }
    }

    /// Queues an event, old or new, once for every receiver that listens to its kind of account.
    /// Answers with how many there are, `None` for an event that is not known.
    pub(super) fn queue(&mut self, id: &str) -> Option<usize> {
        let connect = self.events.get(id)?.account.is_some();
        let delay_ms = if self.faults.reorder_webhooks { REORDER_MS } else { 0 };
        let listening = self.receivers.iter().filter(|receiver| receiver.connect == connect);
        let urls: Vec<String> = listening.map(|receiver| receiver.url.clone()).collect();
        let count = urls.len();
        for url in urls {
            let delivery = Delivery {
                id: self.mint("dlv"),
                event: id.to_owned(),
                url,
                attempts: 0,
                next_at_ms: self.real_ms() + delay_ms,
            };
            self.deliveries.insert(delivery.id.clone(), delivery);
        }
        Some(count)
    }

    /// Drops the oldest events that everybody has heard of.
    pub(super) fn forget_old_events(&mut self) {
        while self.events.len() > KEPT_EVENTS {
            let Some(oldest) = self.events.keys().next().cloned() else { return };
            if self.deliveries.values().any(|delivery| delivery.event == oldest) {
                return;
            }
            self.events.remove(&oldest);
        }
    }
}

/// `GET /v1/events/{id}`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    let (id, account) = (call.id(1), speaks_for(state, call)?);
    let event = state.events.get(id).filter(|event| event.account.as_deref() == account);
    event.map(|event| render(state, event)).ok_or_else(|| Refusal::not_found("event", id))
}

/// `GET /v1/events`
pub(super) fn list(state: &State, call: &Call) -> Answer {
    let account = speaks_for(state, call)?;
    let (kind, kinds) = (call.form.text("type"), call.form.list("types"));
    let listing = Listing {
        address: "/v1/events",
        all: &state.events,
        belongs: &|event: &Event| {
            event.account.as_deref() == account
                && kind.is_none_or(|kind| event.kind == kind)
                && (kinds.is_empty() || kinds.contains(&event.kind.as_str()))
        },
        created: |event: &Event| event.created,
        render: &|event| render(state, event),
    };
    lists::page(&call.form, &["type", "types"], &listing)
}

fn speaks_for<'a>(state: &'a State, call: &'a Call) -> Result<Option<&'a str>, Refusal> {
    let owner = call.owner(state)?;
    Ok((owner != state.platform).then_some(owner))
}

/// The event object.
pub(super) fn render(state: &State, event: &Event) -> Value {
    let waiting = state.deliveries.values().filter(|delivery| delivery.event == event.id).count();
    let object: Value = serde_json::from_str(event.object.get()).unwrap_or_default();
    let rendered = json!({
        "id": event.id,
        "object": "event",
        "api_version": API_VERSION,
        "created": event.created,
        "data": { "object": object },
        "livemode": false,
        "pending_webhooks": waiting,
        "request": { "id": event.origin.request, "idempotency_key": event.origin.key },
        "type": event.kind,
    });
    match &event.account {
        Some(account) => joined(rendered, json!({ "account": account })),
        None => rendered,
    }
}
