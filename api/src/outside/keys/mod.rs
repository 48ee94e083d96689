//! Key-encryption keys: who wraps the data keys under which secrets are sealed.
//!
//! A data key is wrapped for one place and unwraps in no other. What wrapped it is named beside it,
//! so keys can change while rows under older ones still open. Data keys are cleared when they are
//! dropped and have no `Debug` that shows them.

mod local;
mod recent;
mod ring;
mod transit;

pub use local::{LocalKey, LocalKeys};
pub use ring::{DERIVED, KeyRing};
pub use transit::{Transit, TransitSetup, TransitToken};

use crate::platform::refusal::Result;
use futures::future::BoxFuture;
use secrecy::SecretBox;

/// The key of one secret.
pub type DataKey = SecretBox<[u8; 32]>;

/// A data key, wrapped, and by which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    pub key: Vec<u8>,
    pub kek_id: String,
}

/// Wraps data keys with the key in use; unwraps with whichever key wrapped them.
///
/// It may ask a server: never to be called while a transaction is open. Every operation errors
/// with a fault when the bytes do not open in that place or under that key, and with
/// [`Error::Unavailable`](crate::platform::refusal::Error::Unavailable) when the keys are away.
pub trait KeyWrapper: Send + Sync {
    fn wrap<'a>(&'a self, data_key: &'a DataKey, place: &'a [u8])
    -> BoxFuture<'a, Result<Wrapped>>;

    fn unwrap<'a>(
        &'a self,
        wrapped: &'a Wrapped,
        place: &'a [u8],
    ) -> BoxFuture<'a, Result<DataKey>>;

    /// The same data key under the key in use.
    fn rewrap<'a>(
        &'a self,
        wrapped: &'a Wrapped,
        place: &'a [u8],
    ) -> BoxFuture<'a, Result<Wrapped>> {
        Box::pin(async move {
            let data_key = self.unwrap(wrapped, place).await?;
            self.wrap(&data_key, place).await
        })
    }

    /// The key in use, as it will be named beside what it wraps next.
    fn active_kek(&self) -> BoxFuture<'_, Result<String>>;

    /// Whether a key of this name can unwrap here.
    fn knows(&self, kek_id: &str) -> bool;
}

/// A data key with these bytes.
fn data_key(bytes: &[u8; 32]) -> DataKey {
    DataKey::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(bytes))
}

#[cfg(test)]
mod tests;
