//! An application that wraps what it keeps: a contact stands inside its answers, shows only the
//! fields that were asked for, and a change of one field leaves the others as they are.

use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Data, Json, Query};
use poem::{EndpointExt, Request, Route, Server, get, handler};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

#[derive(Clone)]
pub struct Keeper {
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    fields: Map<String, Value>,
    /// Method, address and body of every call.
    calls: Vec<String>,
}

impl Keeper {
    pub async fn start(fields: Value) -> Self {
        let fields = fields.as_object().unwrap().clone();
        let state = Arc::new(Mutex::new(State { fields, ..State::default() }));
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().copied().unwrap();
        let routes = Route::new()
            .at("/api/v1/account", get(account))
            .at("/api/v1/contacts/:id", get(show).patch(change))
            .data(Arc::clone(&state));
        tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
        Self { url: format!("http://{address}"), state }
    }

    /// Somebody works in the application itself.
    pub fn sets(&self, name: &str, value: &str) {
        self.state.lock().unwrap().fields.insert(name.to_owned(), json!(value));
    }

    pub fn fields(&self) -> Value {
        Value::Object(self.state.lock().unwrap().fields.clone())
    }

    /// Every call since this was asked last.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().calls)
    }
}

type Known<'a> = Data<&'a Arc<Mutex<State>>>;

#[handler]
fn account() -> Json<Value> {
    Json(json!({ "id": "acc_keeper", "name": "Keeper" }))
}

fn wrapped(fields: &Map<String, Value>, asked: &[&str]) -> Json<Value> {
    let shown = fields.iter().filter(|(name, _)| asked.contains(&name.as_str()));
    let shown: Map<String, Value> = shown.map(|(k, v)| (k.clone(), v.clone())).collect();
    Json(json!({ "contact": [{ "id": "con_1", "fields": shown }] }))
}

#[handler]
fn show(state: Known<'_>, request: &Request, asked: Query<HashMap<String, String>>) -> Json<Value> {
    let mut state = state.lock().unwrap();
    state.calls.push(format!("GET {}", request.original_uri()));
    let asked: Vec<&str> = asked.get("show").map(|s| s.split(',').collect()).unwrap_or_default();
    wrapped(&state.fields, &asked)
}

#[handler]
fn change(state: Known<'_>, request: &Request, Json(body): Json<Value>) -> Json<Value> {
    let mut state = state.lock().unwrap();
    state.calls.push(format!("PATCH {} {body}", request.original_uri()));
    let sets = body["fields"].as_object().cloned().unwrap_or_default();
    let names: Vec<&str> = sets.keys().map(String::as_str).collect();
    state.fields.extend(sets.clone());
    wrapped(&state.fields, &names)
}
