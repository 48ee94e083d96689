//! Who acts: a signed line for the application, so that its own records can name the consultant.
//!
//! `Attache-Actor` is a compact JWS (RFC 7515) with Ed25519 (RFC 8037). Its claims: `iss` this
//! installation, `aud` the application, `sub` the customer's account there, `act.sub` the
//! consultant (RFC 8693 section 4.1), `grant`, `engagement`, `op` the operation, `jti` the request,
//! `iat` and `exp`, a minute apart. The public key is served as a JWK Set (RFC 7517).

use crate::platform::signing::SigningKey;
use chrono::{DateTime, Utc};
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

pub const HEADER: HeaderName = HeaderName::from_static("attache-actor");
const KIND: &str = "attache-actor+jwt";

/// What is said of a call.
pub struct Claims<'a> {
    pub issuer: &'a str,
    pub upstream: &'a str,
    pub account: &'a str,
    pub consultant: String,
    pub grant: String,
    pub engagement: String,
    pub operation: &'a str,
    pub request: &'a str,
    pub at: DateTime<Utc>,
}

impl Claims<'_> {
    fn said(&self) -> Value {
        json!({
            "iss": self.issuer,
            "aud": self.upstream,
            "sub": self.account,
            "act": { "sub": self.consultant },
            "grant": self.grant,
            "engagement": self.engagement,
            "op": self.operation,
            "jti": self.request,
            "iat": self.at.timestamp(),
            "exp": self.at.timestamp() + 60,
        })
    }
}

/// The header's value; `None` only when a claim cannot be written, which no claim here can be.
pub fn sign(claims: &Claims, key: &SigningKey) -> Option<HeaderValue> {
    HeaderValue::try_from(key.jws(KIND, &claims.said())).ok()
}
