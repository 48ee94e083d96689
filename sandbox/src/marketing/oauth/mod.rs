//! The OAuth 2 authorization server: code flow with PKCE for one confidential client.
//!
//! Invariants: a redirect address is compared exactly and checked before anything else; a code
//! is good once; a refresh token is good once, its replay ends the family; no code or token is
//! kept in readable form; a page never sends anybody to an address that is not the client's.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

pub(crate) mod authorize;
pub(crate) mod client;
pub(crate) mod consent;
pub(crate) mod error;
pub(crate) mod form;
pub(crate) mod grants;
pub(crate) mod metadata;
pub(crate) mod revoke;
pub(crate) mod token;

/// How a secret is kept: its SHA-256 in hexadecimal digits.
pub(crate) fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// The S256 challenge that belongs to a verifier, RFC 7636 section 4.2.
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}
