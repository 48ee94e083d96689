//! The control calls under `/sandbox/`: what a test tells the server to do or asks it about.
//! They need no key and are answered on the loopback interface only.

use std::net::SocketAddr;

use poem::{Body, Request, Response, http::StatusCode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    audit, besides,
    disputes::{Cause, Outcome},
    faults::Faults,
    payouts,
    server::{Server, real_ms},
    state::{Origin, State},
    truth,
};

/// The largest body that is read.
const LARGEST_BODY: usize = 100_000;

/// Why a control call was not carried out.
struct Wrong(StatusCode, String);

type Done = anyhow::Result<Result<Value, Wrong>>;

/// Answers one control call.
///
/// # Errors
/// The state could not be written.
pub(super) async fn answer(server: &Server, mut request: Request) -> anyhow::Result<Response> {
    let peer = request.remote_addr().as_socket_addr().map(SocketAddr::ip);
    if !peer.is_some_and(|ip| ip.is_loopback()) {
        return Ok(Response::builder().status(StatusCode::FORBIDDEN).finish());
    }
    let body = match read(&mut request).await {
        Ok(body) => body,
        Err(Wrong(status, message)) => return Ok(reply(status, &json!({ "error": message }))),
    };
    let path = request.uri().path().trim_start_matches("/sandbox/").to_owned();
    let done = match request.method().as_str() {
        "GET" => Ok(look(server, &path)),
        "POST" => tell(server, &path, body),
        _ => Ok(Err(nothing_here())),
    };
    server.wake_all();
    Ok(match done? {
        Ok(value) => reply(StatusCode::OK, &value),
        Err(Wrong(status, message)) => reply(status, &json!({ "error": message })),
    })
}

fn look(server: &Server, path: &str) -> Result<Value, Wrong> {
    match path {
        "books" => Ok(server.read(audit::books)),
        "truth" | "/_truth" => Ok(server.read(truth::truth)),
        "faults" => Ok(server.read(|state| json!(state.faults))),
        "settings" => Ok(server.read(|state| json!(state.settings))),
        "requests" => Ok(json!({ "exchanges": server.captured.all() })),
        "webhooks" => Ok(server
            .read(|state| json!({ "waiting": state.deliveries.values().collect::<Vec<_>>() }))),
        _ => Err(nothing_here()),
    }
}

fn tell(server: &Server, path: &str, body: Value) -> Done {
    match path {
        "faults" => with(body, |faults: Faults| {
            change(server, |state| {
                state.faults = faults;
                Ok(json!(state.faults))
            })
        }),
        "settings" => with(body, |wish: SettingsWish| change(server, |state| wish.apply(state))),
        "clock" => with(body, |wish: ClockWish| change(server, |state| wish.apply(state))),
        "disputes" => with(body, |wish: DisputeWish| change(server, |state| wish.apply(state))),
        "refunds/fail" => with(body, |wish: RefundWish| change(server, |state| wish.apply(state))),
        "disputes/close" => with(body, |wish: Decision| change(server, |state| wish.apply(state))),
        "movements" => with(body, |wish: BesideWish| change(server, |state| wish.apply(state))),
        "payouts" => with(body, |wish: PayoutWish| change(server, |state| wish.apply(state))),
        "payouts/go-on" => with(body, |wish: PayoutStep| change(server, |state| wish.apply(state))),
        "payouts/fail" => with(body, |wish: BankSays| change(server, |state| wish.apply(state))),
        "settle" => change(server, |state| {
            state.settle_everything();
            Ok(json!({}))
        }),
        "keys/prune" => change(server, |state| {
            let pruned = state.kept.remove_where(|_| true);
            Ok(json!({ "pruned": pruned }))
        }),
        "webhooks/release" => change(server, |state| {
            state.faults.hold_webhooks = false;
            Ok(json!({ "released": state.deliveries.len() }))
        }),
        "webhooks/redeliver" => with(body, |wish: Redelivery| {
            change(server, |state| {
                let missing = || Wrong(StatusCode::NOT_FOUND, format!("no event {}", wish.event));
                Ok(json!({ "queued": state.queue(&wish.event).ok_or_else(missing)? }))
            })
        }),
        "requests/forget" => {
            server.captured.forget();
            Ok(Ok(json!({})))
        }
        _ => Ok(Err(nothing_here())),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsWish {
    settle_after_ms: Option<i64>,
    available_after_seconds: Option<i64>,
}

impl SettingsWish {
    fn apply(self, state: &mut State) -> Result<Value, Wrong> {
        let settings = &mut state.settings;
        let all = [self.settle_after_ms, self.available_after_seconds];
        if all.into_iter().flatten().any(|value| !(0..=10_000_000_000).contains(&value)) {
            return Err(Wrong(StatusCode::BAD_REQUEST, "a time out of range".to_owned()));
        }
        settings.settle_after_ms = self.settle_after_ms.unwrap_or(settings.settle_after_ms);
        settings.available_after_seconds =
            self.available_after_seconds.unwrap_or(settings.available_after_seconds);
        Ok(json!(settings))
    }
}

/// Where this server's clock goes: it keeps running from there.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ClockWish {
    /// To this second since 1970.
    Now(i64),
    /// So many seconds on.
    AdvanceSeconds(i64),
}

impl ClockWish {
    fn apply(self, state: &mut State) -> Result<Value, Wrong> {
        let farthest = 100_000_000_000;
        let (Self::Now(wish) | Self::AdvanceSeconds(wish)) = self;
        if !(-farthest..=farthest).contains(&wish) {
            return Err(Wrong(StatusCode::BAD_REQUEST, "a time out of range".to_owned()));
        }
        state.settings.ahead_ms = match self {
            Self::Now(second) => second * 1000 - state.real_ms(),
            Self::AdvanceSeconds(seconds) => state.settings.ahead_ms + seconds * 1000,
        };
        state.begin(real_ms(), Origin::default());
        Ok(json!({ "now": state.now() }))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayoutWish {
    account: String,
    currency: String,
    /// Minor units; all that is available when absent.
    amount: Option<i64>,
    /// Whether it takes days.
    #[serde(default)]
    slow: bool,
}

impl PayoutWish {
    fn apply(self, state: &mut State) -> Result<Value, Wrong> {
        let what = (self.currency.as_str(), self.amount);
        payouts::pay_out(state, &self.account, what, self.slow)
            .map_err(|why| Wrong(StatusCode::CONFLICT, why))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayoutStep {
    payout: String,
    to: payouts::Status,
}

impl PayoutStep {
    fn apply(self, state: &mut State) -> Result<Value, Wrong> {
        payouts::go_on(state, &self.payout, self.to).map_err(|why| Wrong(StatusCode::CONFLICT, why))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BankSays {
    payout: String,
    code: String,
}

impl BankSays {
    fn apply(self, state: &mut State) -> Result<Value, Wrong> {
        payouts::fail(state, &self.payout, &self.code)
            .map_err(|why| Wrong(StatusCode::CONFLICT, why))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BesideWish {
    /// The platform's own when absent.
    account: Option<String>,
    cause: besides::Cause,
    /// Minor units; negative where money leaves.
    amount: i64,
    currency: String,
}

impl BesideWish {
    fn apply(self, state: &mut State) -> Result<Value, Wrong> {
        let moved = state.move_beside(self.account, self.cause, (self.amount, self.currency));
        moved.map_err(|why| Wrong(StatusCode::CONFLICT, why))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisputeWish {
    charge: String,
    /// Minor units; the whole charge when absent.
    amount: Option<i64>,
    cause: Cause,
}

impl DisputeWish {
    fn apply(self, state: &mut State) -> Result<Value, Wrong> {
        if state.charges.get(&self.charge).is_some_and(|charge| charge.settle_at_ms.is_some()) {
            state.settle_charge(&self.charge);
        }
        let opened = state.open_dispute(&self.charge, self.cause, self.amount);
        opened.map_err(|why| Wrong(StatusCode::CONFLICT, why))
    }
}

/// The card does not take this refund after all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundWish {
    refund: String,
}

impl RefundWish {
    fn apply(self, state: &mut State) -> Result<Value, Wrong> {
        let failed = state.fail_refund(&self.refund);
        failed.map_err(|why| Wrong(StatusCode::CONFLICT, why))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    dispute: String,
    outcome: Outcome,
}

impl Decision {
    fn apply(self, state: &mut State) -> Result<Value, Wrong> {
        let closed = state.close_dispute(&self.dispute, self.outcome);
        closed.map_err(|why| Wrong(StatusCode::CONFLICT, why))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Redelivery {
    event: String,
}

fn change(server: &Server, change: impl FnOnce(&mut State) -> Result<Value, Wrong>) -> Done {
    server.change(Origin::default(), change)
}

fn with<T: DeserializeOwned>(body: Value, carry_out: impl FnOnce(T) -> Done) -> Done {
    match serde_json::from_value(body) {
        Ok(wish) => carry_out(wish),
        Err(error) => Ok(Err(Wrong(StatusCode::BAD_REQUEST, error.to_string()))),
    }
}

async fn read(request: &mut Request) -> Result<Value, Wrong> {
    let is_json = request.content_type().is_some_and(|kind| kind.starts_with("application/json"));
    let wrong = |message: &str| Wrong(StatusCode::BAD_REQUEST, message.to_owned());
    let body = request.take_body().into_bytes_limit(LARGEST_BODY).await;
    let body = body.map_err(|_| wrong("unreadable body"))?;
    if body.is_empty() {
        return Ok(json!({}));
    }
    if !is_json {
        return Err(Wrong(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send JSON".to_owned()));
    }
    serde_json::from_slice(&body).map_err(|error| wrong(&error.to_string()))
}

fn nothing_here() -> Wrong {
    Wrong(StatusCode::NOT_FOUND, "no such control call".to_owned())
}

fn reply(status: StatusCode, value: &Value) -> Response {
    let response = Response::builder().status(status).content_type("application/json");
    response.header("Cache-Control", "no-store").body(Body::from_string(value.to_string()))
}
