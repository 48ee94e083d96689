//! Secrets at rest: each under a data key of its own, each data key wrapped by a key-encryption
//! key that is named beside it.
//!
//! XChaCha20-Poly1305 with random nonces. The place of a secret (whose, which kind, which
//! generation) is bound to it, so a row moved elsewhere does not open and raises an alarm. Dropping
//! the wrapped key makes a secret unreadable for good. Nothing here is printed.

use crate::app::App;
use crate::kernel::id::{AuditKeyId, ConnectionId, OrganizationId};
use crate::outside::keys::DataKey;
pub use crate::outside::keys::{KeyWrapper, Wrapped};
use crate::platform::clock::Ids;
use crate::platform::refusal::{Error, Result};
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
    /// The key of a customer's trail.
    Trail { customer: OrganizationId, key: AuditKeyId },
    /// What names persons in a record of it, under that key.
    Words { customer: OrganizationId, seq: i64 },
}

/// A sealed secret, as it stands in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
    pub wrapped: Wrapped,
}

/// Counts secrets that did not open: somebody touched rows, or a key is missing.
const ALARMS: &str = "vault_alarms_total";

/// Seals and opens.
pub struct Vault {
    wrapper: Arc<dyn KeyWrapper>,
    ids: Ids,
}

impl Vault {
    /// The vault of this installation.
    pub fn of(app: &App) -> Self {
        Self::new(app.wrapper.clone(), app.ids.clone())
    }

    pub fn new(wrapper: Arc<dyn KeyWrapper>, ids: Ids) -> Self {
        Self { wrapper, ids }
    }

    /// Errors only when the wrapper is away.
    pub async fn seal(&self, place: Place<'_>, secret: &SecretString) -> Result<Sealed> {
        self.envelope(place).await?.seal(secret)
    }

    /// Makes ready to seal: whoever must not lose what he is about to be told does this first,
    /// since a wrapper may be away.
    pub async fn envelope(&self, place: Place<'_>) -> Result<Envelope> {
        let (data_key, wrapped) = self.new_key(place).await?;
        Ok(Envelope { data_key, place: place.bound(), wrapped, ids: self.ids.clone() })
    }

    /// A data key of its own for a place. Errors only when the wrapper is away.
    pub async fn new_key(&self, place: Place<'_>) -> Result<(DataKey, Wrapped)> {
        let data_key = DataKey::init_with_mut(|key: &mut [u8; 32]| self.ids.fill(key));
        let wrapped = self.wrapper.wrap(&data_key, &place.bound()).await?;
        Ok((data_key, wrapped))
    }

    /// The data key of a place. Errors as [`Self::open`], with the same alarm.
    pub async fn key(&self, place: Place<'_>, wrapped: &Wrapped) -> Result<DataKey> {
        let opened = self.wrapper.unwrap(wrapped, &place.bound()).await;
        alarm_of(&opened, (place, &wrapped.kek_id));
        opened
    }

    /// Seals with a key that was unwrapped before. Errors only when nothing can be sealed at all.
    pub fn seal_under(&self, key: &DataKey, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>> {
        seal::seal(key.expose_secret(), &self.ids, &place.bound(), plain)
    }

    /// Opens what [`Self::seal_under`] sealed. Errors as [`Self::open`], with the same alarm.
    pub fn open_under(key: &DataKey, place: Place<'_>, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let opened = seal::open(key.expose_secret(), &place.bound(), bytes);
        alarm_of(&opened, (place, "its own"));
        opened
    }

    /// Errors (a fault, and an alarm) when the bytes were changed, moved from another place, or
    /// wrapped by a key that is not known; the fault says nothing of the secret.
    pub async fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<SecretString> {
        let opened = self.try_open(place, sealed).await;
        alarm_of(&opened, (place, &sealed.wrapped.kek_id));
        opened
    }

    async fn try_open(&self, place: Place<'_>, sealed: &Sealed) -> Result<SecretString> {
        let bound = place.bound();
        let data_key = self.wrapper.unwrap(&sealed.wrapped, &bound).await?;
        let plain = seal::open(data_key.expose_secret(), &bound, &sealed.bytes)?;
        let text = std::str::from_utf8(&plain).map_err(|_| seal::does_not_open())?;
        Ok(SecretString::from(text))
    }
}

fn alarm_of<T>(opened: &Result<T>, (place, kek): (Place<'_>, &str)) {
    if let Err(Error::Fault(fault)) = opened {
        metrics::counter!(ALARMS).increment(1);
        tracing::error!(alarm = true, ?place, kek, "{fault:#}");
    }
}

/// A place for one secret, with a data key that is wrapped already.
pub struct Envelope {
    data_key: DataKey,
    place: Vec<u8>,
    wrapped: Wrapped,
    ids: Ids,
}

impl Envelope {
    /// Errors only when nothing can be sealed at all.
    pub fn seal(self, secret: &SecretString) -> Result<Sealed> {
        let plain = secret.expose_secret().as_bytes();
        let bytes = seal::seal(self.data_key.expose_secret(), &self.ids, &self.place, plain)?;
        Ok(Sealed { bytes, wrapped: self.wrapped })
    }
}

impl Place<'_> {
    /// Each part ends with a zero byte, which none of them holds, so no two places look the same.
    pub fn bound(&self) -> Vec<u8> {
        let text = match self {
            Self::Token { connection, kind, generation, customer, upstream } => {
                format!("token 1\0{connection}\0{kind}\0{generation}\0{customer}\0{upstream}\0")
            }
            Self::Verifier { state_hash } => format!("verifier 1\0{}\0", hex::encode(state_hash)),
            Self::Client { state_hash } => format!("client 1\0{}\0", hex::encode(state_hash)),
            Self::Trail { customer, key } => format!("trail 1\0{customer}\0{key}\0"),
            Self::Words { customer, seq } => format!("words 1\0{customer}\0{seq}\0"),
        };
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests;
