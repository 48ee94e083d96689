//! News as Stripe signs it, and as others try to.

use super::answer::Answer;
use super::world::World;
use attache::boxed::webhook_secret;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Where news of the platform arrives, and that of connected accounts.
pub const PLATFORM: &str = "/hooks/stripe";
pub const CONNECT: &str = "/hooks/stripe-connect";

/// HMAC-SHA256, written out: the program's own must not be what checks it.
fn hmac(key: &[u8], message: &[u8]) -> String {
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner: Vec<u8> = block.iter().map(|b| b ^ 0x36).chain(message.iter().copied()).collect();
    let outer: Vec<u8> = block.iter().map(|b| b ^ 0x5c).chain(Sha256::digest(inner)).collect();
    hex::encode(Sha256::digest(outer))
}

/// The header for a body at a time (Unix seconds), by a secret.
pub fn signed(secret: &str, at: i64, body: &[u8]) -> String {
    let message = [format!("{at}.").as_bytes(), body].concat();
    format!("t={at},v1={}", hmac(secret.as_bytes(), &message))
}

/// The secret that Stripe and the program share for a door.
pub fn secret(door: &str) -> String {
    webhook_secret(&[7; 32], door)
}

/// What arrives at a door without being Stripe's news of it.
pub struct Forgery {
    pub what: &'static str,
    pub signature: Option<String>,
    pub body: Vec<u8>,
}

/// Eleven kinds of it, for a body that Stripe signed at `now` for a door.
pub fn forgeries(door: &str, now: i64, body: &[u8]) -> [Forgery; 11] {
    let other = if door == PLATFORM { CONNECT } else { PLATFORM };
    let right = signed(&secret(door), now, body);
    let mut spaced: Vec<u8> = b"\n".to_vec();
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => spaced.extend(serde_json::to_vec_pretty(&value).unwrap()),
        Err(_) => spaced.extend_from_slice(body),
    }
    let longer = [body, b" "].concat();
    let of = |what, signature| Forgery { what, signature, body: body.to_vec() };
    [
        of("no signature", None),
        of("an empty one", Some(String::new())),
        of("no hexadecimal", Some(format!("t={now},v1=zz"))),
        of("an older scheme", Some(right.replace("v1=", "v0="))),
        of("another secret", Some(signed("whsec_guess", now, body))),
        of("the other door's secret", Some(signed(&secret(other), now, body))),
        of("too old", Some(signed(&secret(door), now - 301, body))),
        of("from the future", Some(signed(&secret(door), now + 400, body))),
        of("another time", Some(right.replace(&now.to_string(), &(now + 1).to_string()))),
        Forgery { what: "written anew", signature: Some(right.clone()), body: spaced },
        Forgery { what: "with a byte more", signature: Some(right), body: longer },
    ]
}

/// Delivers a body to a door.
pub async fn post(world: &World, door: &str, signature: Option<&str>, body: &[u8]) -> Answer {
    let mut request = world.client.post(format!("{}{door}", world.base)).body(body.to_vec());
    if let Some(signature) = signature {
        request = request.header("stripe-signature", signature);
    }
    Answer::read(format!("news at {door}"), request.send().await.unwrap()).await
}
