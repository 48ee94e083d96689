//! Keys held by this program: one wraps, the others only unwrap.

use super::{DataKey, KeyWrapper, Wrapped, data_key};
use crate::platform::clock::Ids;
use crate::platform::refusal::{Error, Result};
use crate::platform::seal::{self, does_not_open};
use futures::future::BoxFuture;
use secrecy::ExposeSecret;
use std::collections::BTreeMap;

/// A key with the name that stands beside what it wraps.
pub struct LocalKey {
    pub id: String,
    pub key: DataKey,
}

impl LocalKey {
    pub fn new(id: &str, key: &[u8; 32]) -> Self {
        Self { id: id.to_owned(), key: data_key(key) }
    }
}

impl Clone for LocalKey {
    fn clone(&self) -> Self {
        Self::new(&self.id, self.key.expose_secret())
    }
}

/// A ring of keys.
pub struct LocalKeys {
    keys: BTreeMap<String, DataKey>,
    active: String,
    ids: Ids,
}

impl LocalKeys {
    /// `active` wraps from now on.
    pub fn new(ids: Ids, active: LocalKey) -> Self {
        let LocalKey { id, key } = active;
        Self { active: id.clone(), keys: BTreeMap::from([(id, key)]), ids }
    }

    /// The same with one more that only unwraps.
    #[must_use]
    pub fn and(mut self, key: LocalKey) -> Self {
        self.keys.insert(key.id, key.key);
        self
    }

    fn key(&self, id: &str) -> Result<&[u8; 32]> {
        let key = self.keys.get(id).map(ExposeSecret::expose_secret);
        key.ok_or_else(|| Error::fault(format!("no key here is called {id:?}")))
    }
}

impl KeyWrapper for LocalKeys {
    fn wrap<'a>(
        &'a self,
        data_key: &'a DataKey,
        place: &'a [u8],
    ) -> BoxFuture<'a, Result<Wrapped>> {
        Box::pin(async move {
            let kek = self.key(&self.active)?;
            let key = seal::seal(kek, &self.ids, place, data_key.expose_secret())?;
            Ok(Wrapped { key, kek_id: self.active.clone() })
        })
    }

    fn unwrap<'a>(
        &'a self,
        wrapped: &'a Wrapped,
        place: &'a [u8],
    ) -> BoxFuture<'a, Result<DataKey>> {
        Box::pin(async move {
            let plain = seal::open(self.key(&wrapped.kek_id)?, place, &wrapped.key)?;
            let bytes = <&[u8; 32]>::try_from(plain.as_slice()).map_err(|_| does_not_open())?;
            Ok(data_key(bytes))
        })
    }

    fn active_kek(&self) -> BoxFuture<'_, Result<String>> {
        Box::pin(async move { Ok(self.active.clone()) })
    }

    fn knows(&self, kek_id: &str) -> bool {
        self.keys.contains_key(kek_id)
    }
}
