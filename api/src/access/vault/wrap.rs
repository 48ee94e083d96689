//! Key-encryption keys: who wraps the data keys.

use crate::platform::clock::Ids;
use crate::platform::refusal::Result;
use crate::platform::seal::{self, does_not_open};
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// A data key, wrapped, and by which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    pub key: Vec<u8>,
    pub kek_id: String,
}

/// Wraps data keys with the key in use; unwraps with whichever key wrapped them.
pub trait KeyWrapper: Send + Sync {
    fn wrap<'a>(
        &'a self,
        data_key: &'a [u8; 32],
        bound: &'a [u8],
        ids: &'a Ids,
    ) -> BoxFuture<'a, Result<Wrapped>>;

    fn unwrap<'a>(
        &'a self,
        wrapped: &'a Wrapped,
        bound: &'a [u8],
    ) -> BoxFuture<'a, Result<Zeroizing<[u8; 32]>>>;
}

/// Keys held by this program.
pub struct LocalKeys {
    keys: BTreeMap<String, Zeroizing<[u8; 32]>>,
    active: String,
}

impl LocalKeys {
    pub fn new(id: &str, key: [u8; 32]) -> Self {
        let keys = BTreeMap::from([(id.to_owned(), Zeroizing::new(key))]);
        Self { keys, active: id.to_owned() }
    }

    /// The same keys with a newer one, which wraps from now on; the older ones still unwrap.
    #[cfg(test)]
    #[must_use]
    pub fn followed_by(mut self, id: &str, key: [u8; 32]) -> Self {
        self.keys.insert(id.to_owned(), Zeroizing::new(key));
        id.clone_into(&mut self.active);
        self
    }

    fn key(&self, id: &str) -> Result<&[u8; 32]> {
        self.keys.get(id).map(|key| &**key).ok_or_else(does_not_open)
    }
}

impl KeyWrapper for LocalKeys {
    fn wrap<'a>(
        &'a self,
        data_key: &'a [u8; 32],
        bound: &'a [u8],
        ids: &'a Ids,
    ) -> BoxFuture<'a, Result<Wrapped>> {
        Box::pin(async move {
            let key = seal::seal(self.key(&self.active)?, ids, bound, data_key)?;
            Ok(Wrapped { key, kek_id: self.active.clone() })
        })
    }

    fn unwrap<'a>(
        &'a self,
        wrapped: &'a Wrapped,
        bound: &'a [u8],
    ) -> BoxFuture<'a, Result<Zeroizing<[u8; 32]>>> {
        Box::pin(async move {
            let plain = seal::open(self.key(&wrapped.kek_id)?, bound, &wrapped.key)?;
            let key = plain.first_chunk::<32>().filter(|_| plain.len() == 32);
            Ok(Zeroizing::new(*key.ok_or_else(does_not_open)?))
        })
    }
}
