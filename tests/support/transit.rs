//! A server that holds keys as Vault's transit engine does: versions, derived keys with their
//! context, AEAD keys with associated data, and the answers to what does not fit.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use poem::http::StatusCode;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Data, Json, Path};
use poem::{EndpointExt, IntoResponse, Request, Response, Route, Server, get, handler, post};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const TOKEN: &str = "hvs.canary-of-the-story";

/// What it knows, and how it is ordered to behave.
pub struct State {
    /// The versions, from 1 on.
    versions: Vec<[u8; 32]>,
    pub derived: bool,
    pub kind: &'static str,
    /// Older versions open nothing.
    pub oldest: usize,
    pub sealed: bool,
    pub delay: Duration,
    /// Operations it was asked for, with the namespace that was named.
    pub asked: Vec<(String, Option<String>)>,
}

#[derive(Clone)]
pub struct TransitServer {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl TransitServer {
    pub async fn start() -> Self {
        let state = State {
            versions: vec![rand::random()],
            derived: true,
            kind: "aes256-gcm96",
            oldest: 1,
            sealed: false,
            delay: Duration::ZERO,
            asked: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().copied().unwrap();
        let routes = Route::new()
            .at("/v1/secret/transit/keys/:key", get(about))
            .at("/v1/secret/transit/:operation/:key", post(operate))
            .data(Arc::clone(&state));
        tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
        Self { url: format!("http://{address}"), state }
    }

    pub fn order(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    /// Makes a newer version, which encrypts from now on.
    pub fn turn(&self) {
        self.order(|state| state.versions.push(rand::random()));
    }

    pub fn has_seen(&self, operation: &str) -> bool {
        self.state.lock().unwrap().asked.iter().any(|(asked, _)| asked == operation)
    }

    /// How often an operation was asked for since this was asked last.
    pub fn count(&self, operation: &str) -> usize {
        let mut state = self.state.lock().unwrap();
        let (these, others) =
            std::mem::take(&mut state.asked).into_iter().partition(|(asked, _)| asked == operation);
        state.asked = others;
        let these: Vec<_> = these;
        let namespaces: Vec<_> = these.iter().map(|(_, namespace)| namespace.as_deref()).collect();
        assert!(namespaces.iter().all(|namespace| *namespace == Some("team")), "{namespaces:?}");
        these.len()
    }
}

type Refused = (StatusCode, &'static str);

fn answer(made: Result<Value, Refused>) -> Response {
    match made {
        Ok(data) => Json(json!({ "request_id": "x", "data": data })).into_response(),
        Err((status, error)) => {
            Json(json!({ "errors": [error] })).with_status(status).into_response()
        }
    }
}

fn enter(state: &Mutex<State>, request: &Request, operation: &str) -> Result<Duration, Refused> {
    let header = |name| request.headers().get(name).and_then(|v| v.to_str().ok());
    let mut state = state.lock().unwrap();
    let namespace = header("x-vault-namespace").map(str::to_owned);
    state.asked.push((operation.to_owned(), namespace));
    if state.sealed {
        return Err((StatusCode::SERVICE_UNAVAILABLE, "Vault is sealed"));
    }
    if header("x-vault-token") != Some(TOKEN) {
        return Err((StatusCode::FORBIDDEN, "permission denied"));
    }
    Ok(state.delay)
}

#[handler]
async fn about(
    state: Data<&Arc<Mutex<State>>>,
    Path(key): Path<String>,
    request: &Request,
) -> Response {
    let entered = enter(&state, request, "keys");
    let state = state.lock().unwrap();
    answer(entered.map(|_| {
        json!({
            "name": key, "type": state.kind, "derived": state.derived,
            "latest_version": state.versions.len(), "min_decryption_version": state.oldest,
        })
    }))
}

#[handler]
async fn operate(
    state: Data<&Arc<Mutex<State>>>,
    Path((operation, _)): Path<(String, String)>,
    request: &Request,
    Json(asked): Json<Value>,
) -> Response {
    let delay = match enter(&state, request, &operation) {
        Ok(delay) => delay,
        Err(refused) => return answer(Err(refused)),
    };
    tokio::time::sleep(delay).await;
    let state = state.lock().unwrap();
    answer(match operation.as_str() {
        "encrypt" => state.encrypt(&asked, &base64(&asked, "plaintext")),
        "decrypt" => {
            let plain = state.decrypt(&asked, &state.bound(&asked, true));
            plain.map(|plain| json!({ "plaintext": encode(&plain) }))
        }
        // As the real one: associated data is not looked at here.
        "rewrap" => state
            .decrypt(&asked, &state.bound(&asked, false))
            .and_then(|plain| state.encrypt(&asked, &plain)),
        _ => Err((StatusCode::NOT_FOUND, "unsupported path")),
    })
}

impl State {
    /// The context, and the associated data.
    fn bound(&self, asked: &Value, with_data: bool) -> (Vec<u8>, Vec<u8>) {
        let data = if with_data { base64(asked, "associated_data") } else { Vec::new() };
        (base64(asked, "context"), data)
    }

    fn cipher(&self, version: usize, context: &[u8]) -> Result<XChaCha20Poly1305, Refused> {
        if self.derived && context.is_empty() {
            return Err((StatusCode::BAD_REQUEST, "missing 'context' for key derivation"));
        }
        let key = self.versions[version - 1];
        let context = if self.derived { context } else { &[] };
        let key: [u8; 32] = Sha256::digest([&key, context].concat()).into();
        Ok(XChaCha20Poly1305::new((&key).into()))
    }

    fn encrypt(&self, asked: &Value, plain: &[u8]) -> Result<Value, Refused> {
        let version = self.versions.len();
        let (context, data) = self.bound(asked, true);
        let nonce: [u8; 24] = rand::random();
        let payload = Payload { msg: plain, aad: &data };
        let made = self.cipher(version, &context)?.encrypt(&XNonce::from(nonce), payload).unwrap();
        let text = encode(&[nonce.as_slice(), &made].concat());
        let ciphertext = format!("vault:v{version}:{text}");
        Ok(json!({ "ciphertext": ciphertext, "key_version": version }))
    }

    fn decrypt(&self, asked: &Value, bound: &(Vec<u8>, Vec<u8>)) -> Result<Vec<u8>, Refused> {
        let wrong = |why| (StatusCode::BAD_REQUEST, why);
        let text = asked["ciphertext"].as_str().ok_or(wrong("missing ciphertext to decrypt"))?;
        let rest = text.strip_prefix("vault:v").ok_or(wrong("invalid ciphertext: no prefix"))?;
        let (version, text) = rest.split_once(':').ok_or(wrong("invalid ciphertext"))?;
        let version: usize = version.parse().map_err(|_| wrong("invalid ciphertext"))?;
        if version > self.versions.len() {
            return Err(wrong("invalid ciphertext: version is too new"));
        }
        if version < self.oldest {
            return Err(wrong("ciphertext or signature version is disallowed by policy (too old)"));
        }
        let bytes = decode(text);
        let (nonce, made) = bytes.split_first_chunk::<24>().ok_or(wrong("invalid ciphertext"))?;
        let payload = Payload { msg: made, aad: &bound.1 };
        let opened = self.cipher(version, &bound.0)?.decrypt(&XNonce::from(*nonce), payload);
        opened.map_err(|_| wrong("cipher: message authentication failed"))
    }
}

fn base64(asked: &Value, name: &str) -> Vec<u8> {
    decode(asked[name].as_str().unwrap_or_default())
}

fn decode(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.decode(text).unwrap()
}

fn encode(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}
