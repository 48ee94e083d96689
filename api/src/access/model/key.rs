//! Keys of the gateway.

use crate::kernel::id::{GatewayKeyId, GrantId};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use std::fmt;

/// The thumbprint of a public key (RFC 7638, SHA-256).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thumbprint(pub [u8; 32]);

impl Thumbprint {
    /// As it is written: 43 characters of base64url.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// What a key is to be bound to, as somebody wrote it.
#[derive(Debug, Clone)]
pub enum BindTo {
    /// A public key as a JWK (RFC 7517).
    Jwk(String),
    /// The thumbprint of one.
    Thumbprint(String),
}

/// A key as its owner sees it; its secret was shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayKey {
    pub id: GatewayKeyId,
    pub grant: GrantId,
    pub name: String,
    /// Its last four characters, to tell keys apart.
    pub ending: String,
    /// The public key whose holder alone calls with it.
    pub bound_to: Option<Thumbprint>,
    pub created_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A key just made, with the only copy of its secret.
pub struct NewGatewayKey {
    pub key: GatewayKey,
    pub secret: String,
}
