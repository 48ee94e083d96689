//! One proof: its head, its signature, and what it claims of the call that it came with.

use super::jws::{PublicKey, Written};
use crate::access::model::Thumbprint;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};
use url::Url;

/// So old a proof may be, and so far may the clock that made it be ahead.
const OLDEST: TimeDelta = TimeDelta::seconds(60);
const AHEAD: TimeDelta = TimeDelta::seconds(15);
/// So much longer than it could be taken its name is remembered: for calls that were looked at
/// already when it became too old.
const MARGIN: TimeDelta = TimeDelta::seconds(60);
/// Most bytes of a proof, and most characters of its name.
const MOST_BYTES: usize = 4096;
const MOST_NAME: usize = 256;

/// The call that a proof came with.
pub struct Called<'a> {
    pub method: &'a str,
    /// As people reach this installation, whatever the caller called it.
    pub address: &'a str,
    /// SHA-256 of the gateway key.
    pub key_hash: &'a [u8; 32],
    pub bound_to: Thumbprint,
    /// By the database's clock.
    pub at: DateTime<Utc>,
}

/// A proof that holds, when its name was not used before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub name_hash: [u8; 32],
    pub kept_until: DateTime<Utc>,
}

/// What is wrong with a proof; each goes on after "it" or stands by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("send exactly one header DPoP beside the key")]
    Missing,
    #[error("it is no compact JWS with the claims jti, htm, htu, iat (whole seconds) and ath")]
    Unreadable,
    #[error("its typ is not dpop+jwt")]
    Type,
    #[error("its alg is neither ES256 nor EdDSA")]
    Algorithm,
    #[error("its head names extensions (crit) that are not known here")]
    Critical,
    #[error("its jwk is no public key of P-256 for ES256 or of Ed25519 for EdDSA")]
    NoKey,
    #[error("its jwk holds more than a public key; whoever reads that can sign, so make a new one")]
    PrivateKey,
    #[error("its signature is not that of its jwk")]
    Signature,
    #[error("it is signed with another key than the one this gateway key is bound to")]
    OtherKey,
    #[error("its htm is another method than the call's")]
    Method,
    #[error("its htu is another address than the call's, without query")]
    Address,
    #[error("its ath is not the SHA-256 of this gateway key in base64url")]
    OtherToken,
    #[error("its iat is over a minute ago")]
    Old,
    #[error("its iat is in the future")]
    Early,
    #[error("its jti is empty or over 256 characters")]
    Name,
    #[error("its jti was used before: make a new proof for each call")]
    Used,
}

#[derive(Deserialize)]
struct Head {
    typ: Option<String>,
    alg: Option<String>,
    jwk: Option<Written>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    ath: Option<String>,
}

/// Reads a proof for a call. Nothing of it is believed before its signature is checked.
pub fn read(proof: &str, called: &Called) -> Result<Taken, Fault> {
    let (head, _) = proof.split_once('.').ok_or(Fault::Unreadable)?;
    let head = Some(head).filter(|_| proof.len() <= MOST_BYTES).ok_or(Fault::Unreadable)?;
    let head = BASE64_URL_SAFE_NO_PAD.decode(head).map_err(|_| Fault::Unreadable)?;
    let head: Head = serde_json::from_slice(&head).map_err(|_| Fault::Unreadable)?;
    if !head.typ.is_some_and(|typ| typ.eq_ignore_ascii_case("dpop+jwt")) {
        return Err(Fault::Type);
    }
    let alg = head.alg.filter(|alg| super::ALGORITHMS.split(' ').any(|known| known == alg));
    let alg = alg.ok_or(Fault::Algorithm)?;
    if head.crit.is_some() {
        return Err(Fault::Critical);
    }
    let key = PublicKey::of(head.jwk.ok_or(Fault::NoKey)?)?;
    if !key.signs_as(&alg) {
        return Err(Fault::NoKey);
    }
    let claims: Claims = key.claims(proof)?;
    if key.thumbprint() != Some(called.bound_to) {
        return Err(Fault::OtherKey);
    }
    judge(&claims, called)
}

fn judge(claims: &Claims, called: &Called) -> Result<Taken, Fault> {
    if claims.htm != called.method {
        return Err(Fault::Method);
    }
    if !is_same_place(&claims.htu, called.address) {
        return Err(Fault::Address);
    }
    let key_hash = BASE64_URL_SAFE_NO_PAD.encode(called.key_hash);
    if claims.ath.as_ref() != Some(&key_hash) {
        return Err(Fault::OtherToken);
    }
    let made = DateTime::from_timestamp(claims.iat, 0).ok_or(Fault::Unreadable)?;
    if called.at - made > OLDEST {
        return Err(Fault::Old);
    }
    if made - called.at > AHEAD {
        return Err(Fault::Early);
    }
    if claims.jti.trim().is_empty() || claims.jti.chars().count() > MOST_NAME {
        return Err(Fault::Name);
    }
    let name_hash = Sha256::digest(claims.jti.as_bytes()).into();
    Ok(Taken { name_hash, kept_until: made + OLDEST + MARGIN })
}

/// As RFC 9449 section 4.3 compares: without query and fragment, and however the same characters
/// are written (RFC 3986 sections 6.2.2 and 6.2.3).
pub(super) fn is_same_place(claimed: &str, called: &str) -> bool {
    let (Ok(claimed), Ok(called)) = (Url::parse(claimed), Url::parse(called)) else {
        return false;
    };
    let whose = |url: &Url| (url.username().to_owned(), url.password().map(str::to_owned));
    claimed.origin() == called.origin()
        && claimed.origin().is_tuple()
        && whose(&claimed) == whose(&called)
        && segments(&claimed) == segments(&called)
}

fn segments(url: &Url) -> Vec<Vec<u8>> {
    let segments = url.path_segments().into_iter().flatten();
    segments.map(|segment| percent_decode_str(segment).collect()).collect()
}
