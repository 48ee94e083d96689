//! The program's hold on everything outside its own code: each a field, none a feature.

pub use crate::platform::http::address::Forwarded;

use crate::kernel::page::Cursors;
use crate::outside::files::Files;
use crate::outside::keys::KeyWrapper;
use crate::outside::mail::Mailer;
use crate::outside::payments::{Payments, PaymentsSetup};
use crate::outside::upstream::Upstreams;
use crate::platform::clock::{Clock, Ids};
use crate::platform::db::Db;
use crate::platform::http::idempotency::Idempotency;
use crate::platform::late::Late;
use crate::platform::signing::SigningKey;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// Cheap to clone; every handler and job gets one.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    /// Rows that may be written a moment later.
    pub late: Late,
    pub clock: Clock,
    pub ids: Ids,
    pub mailer: Arc<dyn Mailer>,
    pub payments: Arc<dyn Payments>,
    pub payments_setup: PaymentsSetup,
    pub files: Files,
    pub upstreams: Arc<Upstreams>,
    pub cursors: Cursors,
    pub site: Site,
    pub keys: Keys,
    pub forwarded: Forwarded,
    /// Wraps the data keys under which secrets are sealed.
    pub wrapper: Arc<dyn KeyWrapper>,
    /// Signs who acts, for the applications.
    pub actor_key: Arc<SigningKey>,
}

impl App {
    /// Runs a request that carries an `Idempotency-Key` once; see [`Idempotency`].
    pub fn once_a_key(&self, patience: Duration) -> Idempotency {
        let key = Zeroizing::new(self.keys.of("kept answers"));
        Idempotency { db: self.db.clone(), ids: self.ids.clone(), key, patience }
    }
}

/// How the installation is reached.
#[derive(Debug, Clone)]
pub struct Site {
    /// Public address, without a path; links in mails start with it.
    pub base: Url,
    /// Whether people reach us by TLS: `__Host-` cookies, `Secure`, upgrade of requests.
    pub tls: bool,
}

impl Site {
    /// An absolute link to one of our pages; `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base.as_str().trim_end_matches('/'))
    }
}

/// Keys derived from the installation's one secret, a key for each use.
#[derive(Clone)]
pub struct Keys {
    root: Arc<Zeroizing<[u8; 32]>>,
}

impl Keys {
    pub fn new(root: [u8; 32]) -> Self {
        Self { root: Arc::new(Zeroizing::new(root)) }
    }

    /// The key of one purpose: SHA-256 over the purpose and the root secret.
    pub fn of(&self, purpose: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(self.root.as_slice());
        hash.finalize().into()
    }
}
