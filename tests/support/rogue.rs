//! An application whose API is in the hands of somebody who wishes its callers ill: it keeps what
//! it is sent, token and all, and answers as it is told to.

use poem::http::HeaderMap;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Data, Json};
use poem::{EndpointExt, Request, Response, Route, Server, get, handler};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

type Reply = Arc<dyn Fn(&HeaderMap) -> Response + Send + Sync>;

#[derive(Clone)]
pub struct Rogue {
    pub url: String,
    state: Arc<State>,
}

struct State {
    seen: Mutex<Vec<HeaderMap>>,
    reply: Mutex<Reply>,
}

impl Rogue {
    pub async fn start() -> Self {
        let reply: Reply = Arc::new(|_: &HeaderMap| Response::builder().body("{}"));
        let state = Arc::new(State { seen: Mutex::default(), reply: Mutex::new(reply) });
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().copied().unwrap();
        let routes = Route::new()
            .at("/api/v1/account", get(account))
            .at("/api/v1/*rest", get(anything).post(anything))
            .data(Arc::clone(&state));
        tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
        Self { url: format!("http://{address}"), state }
    }

    /// From now on every call but that for the account is answered by this.
    pub fn answers(&self, reply: impl Fn(&HeaderMap) -> Response + Send + Sync + 'static) {
        *self.state.reply.lock().unwrap() = Arc::new(reply);
    }

    /// The headers of every call since this was asked last.
    pub fn seen(&self) -> Vec<HeaderMap> {
        std::mem::take(&mut self.state.seen.lock().unwrap())
    }
}

/// The token that a call came with.
pub fn token(headers: &HeaderMap) -> String {
    let line = headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
    line.strip_prefix("Bearer ").unwrap_or_default().to_owned()
}

#[handler]
fn account(state: Data<&Arc<State>>, request: &Request) -> Json<Value> {
    state.seen.lock().unwrap().push(request.headers().clone());
    Json(json!({ "id": "acc_rogue", "name": "Rogue" }))
}

#[handler]
fn anything(state: Data<&Arc<State>>, request: &Request) -> Response {
    state.seen.lock().unwrap().push(request.headers().clone());
    let reply = Arc::clone(&state.reply.lock().unwrap());
    reply(request.headers())
}
