//! An application in the manner of Marketo Engage: customers tell a client of their own, a token
//! lasts an hour and is asked for again, and whatever is wrong comes with status 200.

use poem::http::StatusCode;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Data, Form, Json};
use poem::{EndpointExt, IntoResponse, Request, Response, Route, Server, handler, post};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

pub const CLIENT: &str = "0f8b2c1e-64a5";

#[derive(Clone)]
pub struct Engage {
    pub host: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    secret: String,
    /// How many tokens there were; the newest is good, unless it was ended.
    tokens: usize,
    ended: bool,
    token_calls: usize,
    codes: VecDeque<&'static str>,
    calls: Vec<String>,
}

impl State {
    fn token(&self) -> String {
        format!("{}-110d-4155:int", self.tokens)
    }
}

impl Engage {
    pub async fn start(secret: &str) -> Self {
        let state = State { secret: secret.to_owned(), ended: true, ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().copied().unwrap();
        let routes = Route::new()
            .at("/identity/oauth/token", post(token))
            .at("/rest/*rest", call)
            .data(Arc::clone(&state));
        tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
        Self { host: address.to_string(), state }
    }

    /// The shipped description, with a host of this machine in place of the account's.
    pub fn description() -> String {
        let text = include_str!("../../upstreams/marketo-engage.toml");
        let changes = [
            ("[parts.munchkin]\nkind = \"label\"", "[parts.host]\nkind = \"host\""),
            ("example = \"284-rpr-133\"", "example = \"284-rpr-133.mktorest.com\""),
            ("pattern = \"[0-9]{3}-[a-z]{3}-[0-9]{3}\"\n", ""),
            ("{munchkin}.mktorest.com", "{host}"),
            ("offer = \"${MARKETO_OFFERED}\"\n", ""),
        ];
        changes.iter().fold(text.to_owned(), |text, (old, new)| {
            assert!(text.contains(old), "{old}");
            text.replace(old, new)
        })
    }

    /// The token is not taken any more; the next one is another.
    pub fn ends_token(&self) {
        self.state.lock().unwrap().ended = true;
    }

    /// The client has another secret from now on.
    pub fn changes_secret(&self, secret: &str) {
        let mut state = self.state.lock().unwrap();
        (state.secret, state.ended) = (secret.to_owned(), true);
    }

    /// The next calls are answered with these codes, one each.
    pub fn says(&self, codes: &[&'static str]) {
        self.state.lock().unwrap().codes.extend(codes);
    }

    pub fn token_calls(&self) -> usize {
        self.state.lock().unwrap().token_calls
    }

    /// Method and path of every call since this was asked last.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().calls)
    }
}

type Known<'a> = Data<&'a Arc<Mutex<State>>>;

#[handler]
fn token(state: Known<'_>, Form(told): Form<HashMap<String, String>>) -> Response {
    let mut state = state.lock().unwrap();
    state.token_calls += 1;
    let said = |name: &str| told.get(name).cloned().unwrap_or_default();
    let known = said("client_id") == CLIENT && said("client_secret") == state.secret;
    if !known || said("grant_type") != "client_credentials" {
        let refused = json!({ "error": "unauthorized", "error_description": "Bad credentials" });
        return Json(refused).with_status(StatusCode::UNAUTHORIZED).into_response();
    }
    if std::mem::take(&mut state.ended) {
        state.tokens += 1;
    }
    Json(json!({
        "access_token": state.token(), "token_type": "bearer", "expires_in": 3599,
        "scope": "apis@fjordhaus.example",
    }))
    .into_response()
}

#[handler]
fn call(state: Known<'_>, request: &Request) -> Json<Value> {
    let mut state = state.lock().unwrap();
    let path = request.original_uri().path().trim_start_matches("/rest").to_owned();
    state.calls.push(format!("{} {path}", request.method()));
    let good = format!("Bearer {}", state.token());
    let good = request.header("authorization") == Some(&good) && !state.ended;
    let code = if good { state.codes.pop_front() } else { Some("602") };
    Json(match code {
        None => json!({ "requestId": "e42b#1", "success": true, "result": [{ "id": 7 }] }),
        Some(code) => json!({
            "requestId": "e42b#1", "success": false,
            "errors": [{ "code": code, "message": "It says why" }],
        }),
    })
}
