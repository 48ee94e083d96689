//! All keys of an installation: those it holds and those a server holds for it, one of them in use.

use super::recent::{LIFE, Recent};
use super::{DataKey, KeyWrapper, LocalKey, LocalKeys, Transit, TransitSetup, Wrapped};
use crate::platform::clock::Ids;
use crate::platform::refusal::Result;
use anyhow::{Context, bail};
use futures::future::BoxFuture;

/// The key that follows from the installation's one secret; always on the ring.
pub const DERIVED: &str = "local-1";

/// The word for the server's key where a key in use is named.
const TRANSIT: &str = "transit";

/// Wraps with the key in use; unwraps with whichever is named.
pub struct KeyRing {
    local: LocalKeys,
    transit: Option<Transit>,
    transit_wraps: bool,
    recent: Recent,
}

impl KeyRing {
    /// `derived` is the key called [`DERIVED`]. The key in use is the one that `active` names
    /// (`transit` for the server's), else the server's, else the first of `keys`, else `derived`.
    ///
    /// Errors when two keys have one name, when none has the name of `active`, or when the
    /// server's setup cannot be right.
    pub fn new(
        ids: Ids,
        derived: &[u8; 32],
        keys: &[LocalKey],
        transit: Option<TransitSetup>,
        active: Option<&str>,
    ) -> anyhow::Result<Self> {
        let derived = LocalKey::new(DERIVED, derived);
        let mut all: Vec<&LocalKey> = keys.iter().collect();
        all.push(&derived);
        for (at, key) in all.iter().enumerate() {
            if key.id == TRANSIT || all.iter().skip(at + 1).any(|other| other.id == key.id) {
                bail!("no second key may be called {}", key.id);
            }
        }
        let transit_wraps = active.map_or(transit.is_some(), |id| id == TRANSIT);
        if transit_wraps && transit.is_none() {
            bail!("the key in use is the server's, and no server is named");
        }
        let wraps = match active.filter(|id| *id != TRANSIT) {
            Some(id) => all.iter().find(|key| key.id == id),
            None => all.first(),
        };
        let wraps = wraps.with_context(|| {
            let names: Vec<&str> = all.iter().map(|key| key.id.as_str()).collect();
            format!("the key in use is none of {}", names.join(", "))
        })?;
        let local = LocalKeys::new(ids, (*wraps).clone());
        let local = all.iter().fold(local, |ring, key| ring.and((*key).clone()));
        let transit = transit.map(Transit::new).transpose()?;
        Ok(Self { local, transit, transit_wraps, recent: Recent::new(LIFE) })
    }

    /// The server, when it holds the key of this name.
    fn server_of(&self, kek_id: &str) -> Option<&Transit> {
        self.transit.as_ref().filter(|transit| transit.knows(kek_id))
    }

    fn in_use(&self) -> &dyn KeyWrapper {
        match &self.transit {
            Some(transit) if self.transit_wraps => transit,
            _ => &self.local,
        }
    }
}

impl KeyWrapper for KeyRing {
    fn wrap<'a>(
        &'a self,
        data_key: &'a DataKey,
        place: &'a [u8],
    ) -> BoxFuture<'a, Result<Wrapped>> {
        self.in_use().wrap(data_key, place)
    }

    fn unwrap<'a>(
        &'a self,
        wrapped: &'a Wrapped,
        place: &'a [u8],
    ) -> BoxFuture<'a, Result<DataKey>> {
        let Some(server) = self.server_of(&wrapped.kek_id) else {
            return self.local.unwrap(wrapped, place);
        };
        Box::pin(async move {
            if let Some(key) = self.recent.get(wrapped, place) {
                return Ok(key);
            }
            let key = server.unwrap(wrapped, place).await?;
            self.recent.put(wrapped, place, &key);
            Ok(key)
        })
    }

    fn rewrap<'a>(
        &'a self,
        wrapped: &'a Wrapped,
        place: &'a [u8],
    ) -> BoxFuture<'a, Result<Wrapped>> {
        Box::pin(async move {
            match self.server_of(&wrapped.kek_id) {
                Some(server) if self.transit_wraps => server.rewrap(wrapped, place).await,
                // What moves to other keys is not remembered: it is gone in a moment.
                Some(server) => {
                    let data_key = server.unwrap(wrapped, place).await?;
                    self.wrap(&data_key, place).await
                }
                None => {
                    let data_key = self.local.unwrap(wrapped, place).await?;
                    self.wrap(&data_key, place).await
                }
            }
        })
    }

    fn active_kek(&self) -> BoxFuture<'_, Result<String>> {
        self.in_use().active_kek()
    }

    fn knows(&self, kek_id: &str) -> bool {
        self.local.knows(kek_id) || self.server_of(kek_id).is_some()
    }
}
