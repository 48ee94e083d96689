//! Secrets at rest: each under a data key of its own, each data key wrapped by a key-encryption
//! key that is named beside it.
//!
//! XChaCha20-Poly1305 with random nonces. The place of a secret (whose, which kind, which
//! generation) is bound to it, so a row moved elsewhere does not open. Dropping the wrapped key
//! makes a secret unreadable for good. Nothing here is printed.

mod wrap;

pub use wrap::{KeyWrapper, LocalKeys, Wrapped};

use crate::app::App;
use crate::kernel::id::{ConnectionId, OrganizationId};
use crate::platform::clock::Ids;
use crate::platform::refusal::Result;
use crate::platform::seal;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What a secret is and whose; all of it is bound to the sealed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    Token {
        connection: ConnectionId,
        /// `access`, `refresh`, `orphan`, `revocation` or `client`.
        kind: &'a str,
        generation: i64,
        customer: OrganizationId,
        upstream: &'a str,
    },
    /// The PKCE verifier of a connect that was begun.
    Verifier { state_hash: &'a [u8; 32] },
    /// The secret of the customer's own client, in a connect that was begun.
    Client { state_hash: &'a [u8; 32] },
}

/// A sealed secret, as it stands in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
    pub wrapped: Wrapped,
}

/// Seals and opens.
pub struct Vault {
    wrapper: Arc<dyn KeyWrapper>,
    ids: Ids,
}

impl Vault {
    /// The vault of this installation: its key-encryption key comes from the one secret.
    pub fn of(app: &App) -> Self {
        let keys = LocalKeys::new("local-1", app.keys.of("vault key-encryption key 1"));
        Self::new(Arc::new(keys), app.ids.clone())
    }

    pub fn new(wrapper: Arc<dyn KeyWrapper>, ids: Ids) -> Self {
        Self { wrapper, ids }
    }

    /// Errors only when the wrapper is away.
    pub async fn seal(&self, place: Place<'_>, secret: &SecretString) -> Result<Sealed> {
        let data_key = Zeroizing::new(self.ids.secret());
        let bound = place.bound();
        let bytes = seal::seal(&data_key, &self.ids, &bound, secret.expose_secret().as_bytes())?;
        let wrapped = self.wrapper.wrap(&data_key, &bound, &self.ids).await?;
        Ok(Sealed { bytes, wrapped })
    }

    /// Errors (a fault) when the bytes were changed, moved from another place, or wrapped by a
    /// key that is not known; the fault says nothing of the secret.
    pub async fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<SecretString> {
        let bound = place.bound();
        let data_key = self.wrapper.unwrap(&sealed.wrapped, &bound).await?;
        let plain = seal::open(&data_key, &bound, &sealed.bytes)?;
        let text = std::str::from_utf8(&plain).map_err(|_| seal::does_not_open())?;
        Ok(SecretString::from(text))
    }
}

impl Place<'_> {
    /// Each part ends with a zero byte, which none of them holds, so no two places look the same.
    fn bound(&self) -> Vec<u8> {
        let text = match self {
            Self::Token { connection, kind, generation, customer, upstream } => {
                format!("token 1\0{connection}\0{kind}\0{generation}\0{customer}\0{upstream}\0")
            }
            Self::Verifier { state_hash } => format!("verifier 1\0{}\0", hex::encode(state_hash)),
            Self::Client { state_hash } => format!("client 1\0{}\0", hex::encode(state_hash)),
        };
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests;
