//! Failing on demand.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use poem::{
    Response, handler,
    http::{StatusCode, header},
    web::{Data, Json},
};
use serde::{Deserialize, Serialize};

use crate::marketing::{app::App, fault::Fault};

/// What goes wrong from now on. All fields may be left out; `{}` heals everything.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Faults {
    /// Everything save `/sandbox` answers 503.
    pub(crate) down: bool,
    /// The next calls of the API get this status instead of an answer.
    pub(crate) status: Option<StatusFault>,
    /// How long each call of a program waits before it is looked at.
    pub(crate) delay_ms: u64,
    /// The token endpoint answers with this error code and does nothing.
    pub(crate) token_endpoint_error: Option<String>,
    /// The token endpoint does its work and then answers 500, as if the answer was lost.
    pub(crate) token_answer_lost: bool,
    /// A refresh keeps the old refresh token and does not name it in its answer.
    pub(crate) refresh_without_rotation: bool,
    /// A refresh token that was used before is refused, and nothing else ends with it.
    pub(crate) replay_spares: bool,
    /// A refresh gives these scopes only, whatever was given before.
    pub(crate) refresh_scope: Option<String>,
    /// The API and the token endpoint answer 307 to this address.
    pub(crate) redirect_to: Option<String>,
    /// Access tokens made from now on live this long.
    pub(crate) access_token_seconds: Option<u32>,
    /// How long an export waits before each row.
    pub(crate) export_row_delay_ms: u64,
    /// A code is exchanged whatever verifier comes with it, as by servers that only accept PKCE.
    pub(crate) pkce_unchecked: bool,
    /// So many of the next changes of a campaign find that somebody changed it a moment before.
    pub(crate) overtaken: u32,
    /// Done once at the call: all access tokens of the moment run out.
    pub(crate) expire_access_tokens: bool,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct StatusFault {
    pub(crate) code: u16,
    /// For how many calls.
    pub(crate) calls: u32,
}

/// The present faults of a running application. Kept in memory: a restart heals.
#[derive(Default)]
pub(crate) struct FaultSwitch(Mutex<Faults>);

impl FaultSwitch {
    pub(crate) fn now(&self) -> Faults {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a call of a program gets instead of an answer, after the wait that was ordered.
    pub(crate) async fn strike(&self, on_api: bool) -> Option<Response> {
        let faults = self.now();
        tokio::time::sleep(Duration::from_millis(faults.delay_ms)).await;
        if let Some(target) = faults.redirect_to {
            let answer = Response::builder().status(StatusCode::TEMPORARY_REDIRECT);
            return Some(answer.header(header::LOCATION, target).finish());
        }
        let status = on_api.then(|| self.take_status()).flatten()?;
        let text = r#"{"error":{"code":"fault","message":"A failure that was ordered"}}"#;
        Some(Response::builder().status(status).content_type("application/json").body(text))
    }

    /// Whether this change comes a moment after somebody else's.
    pub(crate) fn overtakes(&self) -> bool {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = faults.overtaken.checked_sub(1);
        faults.overtaken = left.unwrap_or_default();
        left.is_some()
    }

    fn take_status(&self) -> Option<StatusCode> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = faults.status.as_mut()?;
        fault.calls = fault.calls.checked_sub(1)?;
        StatusCode::from_u16(fault.code).ok()
    }
}

/// `GET /sandbox/faults`
#[handler]
pub(crate) fn show(Data(app): Data<&Arc<App>>) -> Json<Faults> {
    Json(app.faults.now())
}

/// `POST /sandbox/faults`: replaces all faults.
#[handler]
pub(crate) fn set(
    Data(app): Data<&Arc<App>>,
    Json(faults): Json<Faults>,
) -> poem::Result<Json<Faults>> {
    if faults.status.is_some_and(|fault| StatusCode::from_u16(fault.code).is_err()) {
        return Err(poem::Error::from_string("no such status", StatusCode::BAD_REQUEST));
    }
    if faults.expire_access_tokens {
        app.oauth.write(|oauth| oauth.grants.expire_access_tokens()).map_err(Fault)?;
    }
    *app.faults.0.lock().unwrap_or_else(PoisonError::into_inner) = faults.clone();
    Ok(Json(faults))
}
