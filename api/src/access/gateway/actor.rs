//! Who acts: a signed line for the application, so that its own records can name the consultant.
//!
//! `Attache-Actor` is a compact JWS (RFC 7515) with HMAC-SHA256. Its claims: `iss` this
//! installation, `aud` the application, `sub` the customer's account there, `act.sub` the
//! consultant (RFC 8693 section 4.1), `grant`, `engagement`, `op` the operation, `jti` the request,
//! `iat` and `exp`, a minute apart. The key is derived for each application; `kid` names it.

use crate::app::App;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::json;
use sha2::Sha256;

pub const HEADER: HeaderName = HeaderName::from_static("attache-actor");

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

/// The key that an application verifies our lines with.
pub fn key(app: &App, upstream: &str) -> [u8; 32] {
    app.keys.of(&format!("attache-actor 1 {upstream}"))
}

/// The header's value; `None` only when a claim cannot be written, which no claim here can be.
pub fn sign(claims: &Claims, key: &[u8; 32]) -> Option<HeaderValue> {
    let header = json!({ "alg": "HS256", "typ": "attache-actor+jwt", "kid": "1" });
    let body = json!({
        "iss": claims.issuer,
        "aud": claims.upstream,
        "sub": claims.account,
        "act": { "sub": claims.consultant },
        "grant": claims.grant,
        "engagement": claims.engagement,
        "op": claims.operation,
        "jti": claims.request,
        "iat": claims.at.timestamp(),
        "exp": claims.at.timestamp() + 60,
    });
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(body.to_string().as_bytes())
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(signed.as_bytes());
    let tag = encode(&mac.finalize().into_bytes());
    HeaderValue::try_from(format!("{signed}.{tag}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_who_and_is_signed() {
        let claims = Claims {
            issuer: "https://experts.example",
            upstream: "larkfield",
            account: "acc_1",
            consultant: "p".into(),
            grant: "g".into(),
            engagement: "e".into(),
            operation: "write-draft",
            request: "r",
            at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        };
        let value = sign(&claims, &[1; 32]).unwrap();
        let text = value.to_str().unwrap();
        let parts: Vec<&str> = text.split('.').collect();
        assert_eq!(parts.len(), 3);
        let body = BASE64_URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["act"]["sub"], "p");
        assert_eq!(body["sub"], "acc_1");
        assert_eq!(body["exp"], 1_800_000_060);
        let mut mac = Hmac::<Sha256>::new_from_slice(&[1; 32]).unwrap();
        mac.update(format!("{}.{}", parts[0], parts[1]).as_bytes());
        let tag = BASE64_URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        assert!(mac.verify_slice(&tag).is_ok());
        assert_ne!(sign(&claims, &[2; 32]).unwrap(), value, "another key, another signature");
    }
}
