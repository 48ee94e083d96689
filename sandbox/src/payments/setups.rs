//! Setup intents: a card that is kept for later and charged nothing now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    call::Call,
    cards::Decline,
    refusal::{Answer, Refusal},
    state::State,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    pub id: String,
    pub created: i64,
    pub customer: String,
    pub metadata: BTreeMap<String, String>,
    pub status: SetupStatus,
    pub method: Option<String>,
    pub last_error: Option<Decline>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SetupStatus {
    RequiresPaymentMethod,
    RequiresAction,
    Succeeded,
    Canceled,
}

/// `GET /v1/setup_intents/{id}`
pub(super) fn retrieve(state: &State, call: &Call) -> Answer {
    call.form.only(&["expand"])?;
    call.for_platform(state)?;
    let id = call.id(1);
    state.setups.get(id).map(render).ok_or_else(|| Refusal::not_found("setup_intent", id))
}

impl State {
    /// Adds a setup that waits for a card.
    pub(super) fn add_setup(
        &mut self,
        customer: &str,
        metadata: &BTreeMap<String, String>,
    ) -> String {
        let setup = Setup {
            id: self.mint("seti"),
            created: self.now(),
            customer: customer.to_owned(),
            metadata: metadata.clone(),
            status: SetupStatus::RequiresPaymentMethod,
            method: None,
            last_error: None,
        };
        let (id, object) = (setup.id.clone(), render(&setup));
        self.setups.insert(id.clone(), setup);
        self.emit("setup_intent.created", None, &object);
        id
    }

    /// Says where a setup stands now, and tells of it by this event.
    pub(super) fn set_up(
        &mut self,
        id: &str,
        event: &str,
        (status, method, error): (SetupStatus, Option<&str>, Option<Decline>),
    ) {
        let Some(setup) = self.setups.get_mut(id) else { return };
        setup.status = status;
        setup.method = method.map(str::to_owned);
        setup.last_error = error;
        let object = render(setup);
        self.emit(event, None, &object);
    }
}

/// The setup intent object.
pub(super) fn render(setup: &Setup) -> Value {
    let error = setup.last_error.as_ref().map(|error| {
        let mut object =
            json!({ "type": "card_error", "code": error.code, "message": error.message });
        if let (Some(code), Some(fields)) = (&error.decline_code, object.as_object_mut()) {
            fields.insert("decline_code".to_owned(), code.as_str().into());
        }
        object
    });
    json!({
        "id": setup.id,
        "object": "setup_intent",
        "application": null,
        "automatic_payment_methods": null,
        "cancellation_reason": null,
        "client_secret": format!("{}_secret_sandbox", setup.id),
        "created": setup.created,
        "customer": setup.customer,
        "description": null,
        "flow_directions": null,
        "last_setup_error": error,
        "latest_attempt": null,
        "livemode": false,
        "mandate": null,
        "metadata": setup.metadata,
        "next_action": null,
        "on_behalf_of": null,
        "payment_method": setup.method,
        "payment_method_configuration_details": null,
        "payment_method_options": { "card": {
            "mandate_options": null, "network": null, "request_three_d_secure": "automatic",
        } },
        "payment_method_types": ["card"],
        "single_use_mandate": null,
        "status": setup.status,
        "usage": "off_session",
    })
}
