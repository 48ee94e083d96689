//! One request to Stripe's API over HTTP: tried once, its connection kept for the next.
//!
//! What is asked is built by the library; it is sent by ourselves, since the library's own client
//! opens a connection for each call.

use super::super::CallError;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use stripe_client_core::{RequestBuilder, StripeMethod};
use stripe_shared::version::VERSION;

/// How long it may take to reach Stripe.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const STRIPE_ACCOUNT: HeaderName = HeaderName::from_static("stripe-account");
const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");
const OFFICIAL: &str = "https://api.stripe.com";

pub struct Wire {
    http: reqwest::Client,
    /// With `/v1`.
    base: String,
}

/// How a request goes beside what it asks.
#[derive(Default, Clone, Copy)]
pub struct How<'a> {
    /// The idempotency key; never made here.
    pub key: Option<&'a str>,
    /// The connected account that is asked.
    pub account: Option<&'a str>,
}

impl Wire {
    /// `base` is where the API is when it is not Stripe's own; `patience` how long a call may take.
    ///
    /// Errors when the key is no header, or the system's certificates cannot be read.
    pub fn new(secret: &str, base: Option<&str>, patience: Duration) -> anyhow::Result<Self> {
        // Somebody may have chosen the same provider before; then it stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut secret = HeaderValue::try_from(format!("Bearer {secret}"))?;
        secret.set_sensitive(true);
        let version = HeaderValue::from_str(VERSION.as_str())?;
        let headers = HeaderMap::from_iter([(AUTHORIZATION, secret), (STRIPE_VERSION, version)]);
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_WITHIN)
            .timeout(patience)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("Attache/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let base = base.unwrap_or(OFFICIAL).trim_end_matches('/');
        Ok(Self { http, base: format!("{base}/v1") })
    }

    /// Sends once and answers the JSON that came.
    pub async fn send(&self, request: RequestBuilder, how: How<'_>) -> Result<Value, CallError> {
        let (status, body) = match self.exchange(request, how).await {
            Err(error) if error.is_builder() => {
                return Err(CallError::NotNow(error.without_url().to_string()));
            }
            Err(error) if error.is_timeout() => {
                return Err(CallError::Unknown("no answer in time".to_owned()));
            }
            Err(error) => return Err(CallError::Unknown(told(&error.without_url()))),
            Ok(answer) => answer,
        };
        if !status.is_success() {
            return Err(refusal(status, &body));
        }
        serde_json::from_slice(&body)
            .map_err(|_| CallError::Unknown("the answer is no JSON".to_owned()))
    }

    async fn exchange(
        &self,
        request: RequestBuilder,
        how: How<'_>,
    ) -> reqwest::Result<(StatusCode, bytes::Bytes)> {
        let RequestBuilder { query, body, path, method } = request;
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let method = match method {
            StripeMethod::Get => Method::GET,
            StripeMethod::Post => Method::POST,
            StripeMethod::Delete => Method::DELETE,
        };
        let mut sent = self.http.request(method, format!("{}{path}{query}", self.base));
        if let Some(key) = how.key {
            sent = sent.header(IDEMPOTENCY_KEY, key);
        }
        if let Some(account) = how.account {
            sent = sent.header(STRIPE_ACCOUNT, account);
        }
        if let Some(body) = body {
            sent = sent.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        let answer = sent.send().await?;
        Ok((answer.status(), answer.bytes().await?))
    }
}

/// An error with what is behind it, in a line.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[derive(Deserialize)]
struct Failure {
    error: Told,
}

#[derive(Deserialize)]
struct Told {
    r#type: Option<String>,
    code: Option<String>,
    message: Option<String>,
}

/// Only a definite no of theirs is a no; everything else may have happened.
fn refusal(status: StatusCode, body: &[u8]) -> CallError {
    let status = status.as_u16();
    let Ok(Failure { error }) = serde_json::from_slice(body) else {
        return CallError::Unknown(format!("{status} without a reason"));
    };
    let message = error.message.unwrap_or_default();
    let code = error.code.unwrap_or_default();
    // The key stands for another ask there: what became of that one has to be looked up.
    if error.r#type.as_deref() == Some("idempotency_error") && status != 409 {
        return CallError::Unknown(message);
    }
    match status {
        400 | 402 | 404 => CallError::Refused { status, code, message },
        403 if code == "account_invalid" => CallError::Refused { status, code, message },
        401 | 403 | 409 | 429 => CallError::NotNow(format!("{status} {code}: {message}")),
        _ => CallError::Unknown(format!("{status} {code}: {message}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{\"id\":\"ch_1\"}";

    /// A server that answers every request, or none; counts its connections.
    async fn server(answers: bool) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let counted = Arc::new(AtomicUsize::new(0));
        let connections = Arc::clone(&counted);
        tokio::spawn(async move {
            loop {
                let (mut peer, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut read = [0; 4096];
                    while peer.read(&mut read).await.is_ok_and(|count| count > 0) {
                        if answers {
                            peer.write_all(ANSWER).await.unwrap();
                        }
                    }
                });
            }
        });
        (address, counted)
    }

    fn charge() -> RequestBuilder {
        RequestBuilder::new(StripeMethod::Get, "/charges/ch_1")
    }

    #[tokio::test]
    async fn calls_share_a_connection() {
        let (address, connections) = server(true).await;
        let wire = Wire::new("sk_test_1", Some(&address), Duration::from_secs(60)).unwrap();
        for _ in 0..5 {
            assert_eq!(wire.send(charge(), How::default()).await.unwrap()["id"], "ch_1");
        }
        assert_eq!(connections.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn who_does_not_answer_in_time_may_have_done_it() {
        let (address, _) = server(false).await;
        let wire = Wire::new("sk_test_1", Some(&address), Duration::from_millis(300)).unwrap();
        let told = wire.send(charge(), How::default()).await.unwrap_err();
        assert!(matches!(&told, CallError::Unknown(why) if why == "no answer in time"), "{told:?}");
    }

    #[test]
    fn only_a_definite_no_is_a_no() {
        let said = |status: u16, body: &str| {
            refusal(StatusCode::from_u16(status).unwrap(), body.as_bytes())
        };
        let plain = r#"{"error":{"type":"invalid_request_error","code":"x","message":"m"}}"#;
        for status in [400, 402, 404] {
            assert!(matches!(said(status, plain), CallError::Refused { .. }), "{status}");
        }
        for status in [401, 403, 409, 429] {
            assert!(matches!(said(status, plain), CallError::NotNow(_)), "{status}");
        }
        for status in [500, 502, 300] {
            assert!(matches!(said(status, plain), CallError::Unknown(_)), "{status}");
        }
        let another = r#"{"error":{"type":"idempotency_error","message":"m"}}"#;
        assert!(matches!(said(400, another), CallError::Unknown(_)));
        assert!(matches!(said(400, "<html>"), CallError::Unknown(_)));
        let closed = r#"{"error":{"type":"x","code":"account_invalid"}}"#;
        assert!(matches!(said(403, closed), CallError::Refused { .. }));
    }
}
