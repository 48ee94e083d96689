//! The credential a request carries, unchecked.

use poem::Request;
use poem::http::header;
use sha2::{Digest, Sha256};

/// Cookie of a session behind TLS, and on plain loopback HTTP, where browsers refuse `__Host-`.
pub const SECURE_COOKIE: &str = "__Host-attache";
pub const PLAIN_COOKIE: &str = "attache";

/// A secret as it came; only its hash goes further than the security scheme.
pub enum Credential {
    Bearer(Secret),
    Session(Secret),
}

/// Never printed.
pub struct Secret(String);

impl Secret {
    pub fn new(secret: String) -> Self {
        Self(secret)
    }

    /// SHA-256: the secrets are 256 random bits, so no slow hash is needed.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Credential {
    /// A bearer token wins over a cookie: a program that sends one means it.
    pub fn of(request: &Request) -> Option<Self> {
        if let Some(value) = request.headers().get(header::AUTHORIZATION) {
            let value = value.to_str().ok()?;
            let (scheme, token) = value.split_once(' ')?;
            let token = token.trim();
            let fits = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty();
            return fits.then(|| Self::Bearer(Secret::new(token.to_owned())));
        }
        session_cookie(request).map(Self::Session)
    }

    pub fn hash(&self) -> [u8; 32] {
        match self {
            Self::Bearer(secret) | Self::Session(secret) => secret.hash(),
        }
    }
}

/// The session's secret, from whichever of the two cookies is there; `__Host-` first.
pub fn session_cookie(request: &Request) -> Option<Secret> {
    [SECURE_COOKIE, PLAIN_COOKIE]
        .into_iter()
        .find_map(|name| cookie(request, name))
        .map(Secret::new)
}

/// The value of a cookie by its name.
pub fn cookie(request: &Request, name: &str) -> Option<String> {
    request
        .headers()
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}
