//! Data keys that a key server unwrapped a moment ago, so that not every call of the gateway asks
//! it again. Each is forgotten and cleared after a while whether or not anybody asks.

use super::{DataKey, Wrapped, data_key};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a data key is remembered, and how many at most.
pub const LIFE: Duration = Duration::from_secs(60);
const MOST: usize = 1024;

type Kept = Mutex<HashMap<[u8; 32], (Instant, DataKey)>>;

pub struct Recent {
    kept: Arc<Kept>,
    life: Duration,
}

impl Recent {
    pub fn new(life: Duration) -> Self {
        Self { kept: Arc::default(), life }
    }

    /// The data key, if these very bytes were unwrapped for this very place.
    pub fn get(&self, wrapped: &Wrapped, place: &[u8]) -> Option<DataKey> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, key) = kept.get(&name(wrapped, place))?;
        (since.elapsed() < self.life).then(|| data_key(key.expose_secret()))
    }

    /// Remembers it for a while, unless there are too many.
    pub fn put(&self, wrapped: &Wrapped, place: &[u8], key: &DataKey) {
        let name = name(wrapped, place);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            return;
        }
        kept.insert(name, (Instant::now(), data_key(key.expose_secret())));
        drop(kept);
        let (held, life) = (Arc::downgrade(&self.kept), self.life);
        tokio::spawn(async move {
            tokio::time::sleep(life).await;
            if let Some(kept) = held.upgrade() {
                kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
            }
        });
    }

    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Both parts are hashed with their lengths, so that no two pairs look the same.
fn name(wrapped: &Wrapped, place: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [wrapped.kek_id.as_bytes(), &wrapped.key, place] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
