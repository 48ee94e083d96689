//! The API on the wire: keys, idempotency, faults, and the answer as Stripe would write it.

use std::{io, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use poem::{Body, Request, Response, http::StatusCode};
use serde_json::value::RawValue;
use subtle::ConstantTimeEq;

use super::{
    call::Call,
    captured::Exchange,
    events::API_VERSION,
    expand,
    faults::Trouble,
    form::Form,
    keys::First,
    objects,
    refusal::{Answer, Refusal},
    routes::{self, Handler},
    server::Server,
    state::{Origin, State},
};

/// The largest body that is read.
const LARGEST_BODY: usize = 1_000_000;

/// Answers one call under `/v1/`.
///
/// # Errors
/// The state could not be written: nothing of the call happened.
pub(super) async fn answer(server: &Server, request: Request) -> anyhow::Result<Response> {
    let request_id = server.request_id();
    let headers = Headers::read(&request);
    let mut exchange = Exchange::new(&request, &headers);
    let outcome = match read(server, request, &headers).await {
        Ok(call) => {
            exchange.form = call.form.pairs().to_vec();
            carry_out(server, &call, &headers, &request_id).await?
        }
        Err(refusal) => Outcome::refused(refusal),
    };
    server.wake_all();
    exchange.finish(&outcome);
    server.captured.add(exchange);
    Ok(respond(&outcome, &request_id, &headers))
}

/// What the headers say, apart from the secret key.
pub(super) struct Headers {
    authorization: Option<String>,
    content_type: Option<String>,
    pub key: Option<String>,
    pub account: Option<String>,
    pub version: Option<String>,
}

impl Headers {
    fn read(request: &Request) -> Self {
        let header = |name: &str| request.header(name).map(str::to_owned);
        Self {
            authorization: header("authorization"),
            content_type: header("content-type"),
            key: header("idempotency-key"),
            account: header("stripe-account"),
            version: header("stripe-version"),
        }
    }
}

/// What a call is answered with, and what happens to the answer on its way.
pub(super) struct Outcome {
    pub status: u16,
    pub body: Box<RawValue>,
    /// The id of the request that this answer was first given to.
    replayed: Option<String>,
    pub trouble: Trouble,
}

impl Outcome {
    /// Too many calls.
    pub(super) fn throttled() -> Self {
        Self::refused(Refusal::rate_limited())
    }

    fn refused(refusal: Refusal) -> Self {
        let status = refusal.status;
        Self::new(status, objects::text(&refusal.into_body()))
    }

    fn new(status: u16, body: Box<RawValue>) -> Self {
        Self { status, body, replayed: None, trouble: Trouble::default() }
    }
}

async fn read(server: &Server, mut request: Request, headers: &Headers) -> Result<Call, Refusal> {
    let method = request.method().as_str().to_owned();
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    if !is_authorized(server, headers) {
        return Err(Refusal::unauthorized());
    }
    let body = request.take_body().into_bytes_limit(LARGEST_BODY).await;
    let body = body.map_err(|_| Refusal::parameter("parameter_invalid", "", "Unreadable body."))?;
    let form_type = "application/x-www-form-urlencoded";
    let is_form = headers.content_type.as_deref().is_some_and(|kind| kind.starts_with(form_type));
    if !body.is_empty() && !is_form {
        let message = format!("Send parameters as {form_type}.");
        return Err(Refusal::parameter("parameter_invalid", "Content-Type", message));
    }
    let parts = path.trim_start_matches("/v1/").trim_end_matches('/').split('/');
    let encoded = String::from_utf8_lossy(&body);
    Ok(Call {
        path: parts.map(str::to_owned).collect(),
        form: Form::parse(if method == "GET" { &query } else { &encoded }),
        account: headers.account.clone(),
        method,
    })
}

fn is_authorized(server: &Server, headers: &Headers) -> bool {
    let Some(given) = headers.authorization.as_deref() else { return false };
    let key = match given.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim().to_owned(),
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
            let pair = STANDARD.decode(pair.trim()).unwrap_or_default();
            let pair = String::from_utf8(pair).unwrap_or_default();
            pair.split_once(':').map_or(pair.clone(), |(user, _)| user.to_owned())
        }
        _ => return false,
    };
    key.as_bytes().ct_eq(server.secret_key.as_bytes()).into()
}

async fn carry_out(
    server: &Server,
    call: &Call,
    headers: &Headers,
    request_id: &str,
) -> anyhow::Result<Outcome> {
    let Some(handler) = routes::find(&call.method, &call.path) else {
        let path = format!("/v1/{}", call.path.join("/"));
        return Ok(Outcome::refused(Refusal::unknown_address(&call.method, &path)));
    };
    let key = headers.key.as_deref().filter(|_| call.method == "POST");
    let _hold = match key.map(|key| server.running.hold(key, call)).transpose() {
        Ok(hold) => hold,
        Err(refusal) => return Ok(Outcome::refused(refusal)),
    };
    let origin = Origin { request: Some(request_id.to_owned()), key: key.map(str::to_owned) };
    let outcome = match handler {
        Handler::Read(read) => server.look(call, |state| look(state, call, read))?,
        Handler::Write(write) => {
            server.change(origin, |state| execute(state, call, key, (write, request_id)))?
        }
    };
    if outcome.trouble.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(outcome.trouble.delay_ms)).await;
    }
    Ok(outcome)
}

fn look(state: &State, call: &Call, read: fn(&State, &Call) -> Answer) -> Outcome {
    let shown = read(state, call).and_then(|mut object| {
        expand::expand(state, &mut object, &call.form.list("expand"))?;
        Ok(object)
    });
    match shown {
        Ok(object) => Outcome::new(200, objects::text(&object)),
        Err(refusal) => Outcome::refused(refusal),
    }
}

type Write<'a> = (fn(&mut State, &Call) -> Answer, &'a str);

fn execute(state: &mut State, call: &Call, key: Option<&str>, write: Write<'_>) -> Outcome {
    if state.is_throttled(call) {
        return Outcome::throttled();
    }
    let mut outcome = match key.map_or(Ok(None), |key| state.answer_to(key, call)) {
        Err(refusal) => Outcome::refused(refusal),
        Ok(Some(kept)) => {
            let mut outcome = Outcome::new(kept.status, kept.body.clone());
            outcome.replayed = Some(kept.request.clone());
            outcome
        }
        Ok(None) => execute_once(state, call, key, write),
    };
    outcome.trouble = state.trouble(call);
    outcome
}

/// Carries a call out; a refused one leaves nothing behind.
fn execute_once(state: &mut State, call: &Call, key: Option<&str>, write: Write<'_>) -> Outcome {
    let (write, request_id) = write;
    let done = state.try_out(|state| {
        let done = write(state, call).and_then(|mut object| {
            expand::expand(state, &mut object, &call.form.list("expand"))?;
            Ok(object)
        });
        let keep = done.as_ref().map_or_else(|refusal| refusal.keep, |_| true);
        (done, keep)
    });
    let mut outcome = match done {
        Ok(object) => Outcome::new(200, objects::text(&object)),
        Err(refusal) if !refusal.began => return Outcome::refused(refusal),
        Err(refusal) => Outcome::refused(refusal),
    };
    // What was refused took no effect, and is said as it is.
    if outcome.status == 200 && state.breaks_after_effect(call) {
        outcome = Outcome::refused(Refusal::server_fault());
    }
    if let Some(key) = key {
        let (status, body) = (outcome.status, outcome.body.clone());
        state.keep_answer(key, call, First { status, body, request: request_id });
    }
    outcome
}

fn respond(outcome: &Outcome, request_id: &str, headers: &Headers) -> Response {
    let status = StatusCode::from_u16(outcome.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder()
        .status(status)
        .header("Request-Id", request_id)
        .header("Stripe-Version", headers.version.as_deref().unwrap_or(API_VERSION))
        .header("Cache-Control", "no-cache, no-store")
        .content_type("application/json");
    if let Some(key) = &headers.key {
        response = response.header("Idempotency-Key", key);
    }
    if let Some(original) = &outcome.replayed {
        response = response.header("Original-Request", original);
        response = response.header("Idempotent-Replayed", "true");
    }
    match outcome.status {
        401 => response = response.header("WWW-Authenticate", "Bearer"),
        429 => response = response.header("Retry-After", "1"),
        _ => {}
    }
    if outcome.trouble.drop_answer {
        let cut = futures::stream::once(async { Err::<Vec<u8>, _>(io::Error::other("cut off")) });
        return response.body(Body::from_bytes_stream(cut));
    }
    let body = outcome.body.get();
    if outcome.trouble.cut_answer && outcome.status == 200 {
        let half = body.chars().count() / 2;
        return response.body(body.chars().take(half).collect::<String>());
    }
    response.body(body.to_owned())
}
