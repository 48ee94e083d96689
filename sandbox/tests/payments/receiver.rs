//! A receiver of events that believes nothing which is not signed.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use hmac::{Hmac, KeyInit, Mac};
use poem::{Request, Response, Server, http::StatusCode, listener::TcpAcceptor};
use sandbox::payments::WebhookTarget;
use serde_json::Value;
use sha2::Sha256;
use tokio::{net::TcpListener, task::JoinHandle};

pub const SECRET: &str = "whsec_receiver";

/// A receiver on a port of its own.
pub struct Receiver {
    url: String,
    seen: Arc<Mutex<Vec<Value>>>,
    refusals: Arc<AtomicU32>,
    task: JoinHandle<()>,
}

impl Receiver {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let refusals = Arc::new(AtomicU32::new(0));
        let (notes, refuse) = (Arc::clone(&seen), Arc::clone(&refusals));
        let endpoint = poem::endpoint::make(move |request: Request| {
            let (notes, refuse) = (Arc::clone(&notes), Arc::clone(&refuse));
            async move { Ok::<_, poem::Error>(receive(request, &notes, &refuse).await) }
        });
        let acceptor = TcpAcceptor::from_tokio(listener).unwrap();
        let task = tokio::spawn(async move {
            Server::new_with_acceptor(acceptor).run(endpoint).await.unwrap();
        });
        Self { url, seen, refusals, task }
    }

    pub fn target(&self, connect: bool) -> WebhookTarget {
        WebhookTarget { url: self.url.clone(), secret: SECRET.to_owned(), connect }
    }

    /// Answers the next so many deliveries with 500.
    pub fn refuse(&self, times: u32) {
        self.refusals.store(times, Ordering::SeqCst);
    }

    /// All events so far, in the order of their arrival.
    pub fn events(&self) -> Vec<Value> {
        self.seen.lock().unwrap().clone()
    }

    pub fn kinds(&self) -> Vec<String> {
        self.events().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits for so many events, for five seconds at most.
    pub async fn wait_for(&self, count: usize) -> Vec<String> {
        for _ in 0..100 {
            if self.events().len() >= count {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let kinds = self.kinds();
        assert!(kinds.len() >= count, "only {kinds:?}");
        kinds
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(mut request: Request, notes: &Mutex<Vec<Value>>, refuse: &AtomicU32) -> Response {
    let signature = request.header("Stripe-Signature").unwrap_or_default().to_owned();
    let body = request.take_body().into_string().await.unwrap();
    if !is_signed(&signature, &body) {
        return StatusCode::BAD_REQUEST.into();
    }
    let again = |left: u32| left.checked_sub(1);
    if refuse.fetch_update(Ordering::SeqCst, Ordering::SeqCst, again).is_ok() {
        return StatusCode::INTERNAL_SERVER_ERROR.into();
    }
    notes.lock().unwrap().push(serde_json::from_str(&body).unwrap());
    StatusCode::OK.into()
}

#[expect(clippy::disallowed_methods, reason = "a signature is judged by the real time")]
fn is_signed(header: &str, body: &str) -> bool {
    let part = |name: &str| header.split(',').find_map(|part| part.strip_prefix(name));
    let (Some(at), Some(digest)) = (part("t="), part("v1=")) else { return false };
    let age = chrono::Utc::now().timestamp() - at.parse::<i64>().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(at.as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    let fresh = age.abs() <= 300;
    fresh && hex::decode(digest).is_ok_and(|digest| mac.verify_slice(&digest).is_ok())
}
