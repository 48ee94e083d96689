//! A customer's own server, where things are sent: keeps what comes, and answers as it is told to.

use poem::http::{HeaderMap, StatusCode};
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::Data;
use poem::{EndpointExt, Response, Route, Server, handler, post};
use std::sync::{Arc, Mutex};

#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    state: Arc<State>,
}

struct State {
    seen: Mutex<Vec<Arrived>>,
    answer: Mutex<(StatusCode, Option<String>)>,
}

/// One request, with its body byte by byte.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub path: &'static str,
    pub headers: HeaderMap,
    pub body: String,
}

impl Arrived {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("{name}: {self:?}")).to_str().unwrap()
    }
}

impl Receiver {
    pub async fn start() -> Self {
        let answer = Mutex::new((StatusCode::OK, None));
        let state = Arc::new(State { seen: Mutex::default(), answer });
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().copied().unwrap();
        let routes = Route::new()
            .at("/checkpoints", post(take))
            .at("/elsewhere", post(take_elsewhere).get(take_elsewhere))
            .data(Arc::clone(&state));
        tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
        Self { url: format!("http://{address}"), state }
    }

    /// From now on it answers this, with a place to look instead if there is one.
    pub fn answers(&self, status: u16, location: Option<&str>) {
        let status = StatusCode::from_u16(status).unwrap();
        *self.state.answer.lock().unwrap() = (status, location.map(str::to_owned));
    }

    /// What came since this was asked last.
    pub fn arrived(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.state.seen.lock().unwrap())
    }
}

fn keep(state: &State, path: &'static str, headers: &HeaderMap, body: String) {
    state.seen.lock().unwrap().push(Arrived { path, headers: headers.clone(), body });
}

#[handler]
fn take(state: Data<&Arc<State>>, headers: &HeaderMap, body: String) -> Response {
    keep(&state, "/checkpoints", headers, body);
    let (status, location) = state.answer.lock().unwrap().clone();
    let response = Response::builder().status(status);
    match location {
        Some(place) => response.header("location", place).finish(),
        None => response.body("thank you"),
    }
}

#[handler]
fn take_elsewhere(state: Data<&Arc<State>>, headers: &HeaderMap, body: String) -> Response {
    keep(&state, "/elsewhere", headers, body);
    Response::builder().finish()
}
