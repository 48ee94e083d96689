//! By what a call comes in: a program by its key, the person of a letter by being signed in.
//!
//! Both open the same passage, read by the same query, and are looked up again wherever a call is
//! judged or announced. Behind the door nothing knows which it was but the line in the log.

use crate::access::model::Passage;
use crate::access::ops::gateway_key_hash;
use crate::access::store;
use crate::app::App;
use crate::kernel::id::{GrantId, VendorId};
use crate::platform::caller::Caller;
use crate::platform::db::{Scope, Tx};
use crate::platform::refusal::Result;
use reqwest::header::{AUTHORIZATION, HeaderMap};

/// How a key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Bearer,
    /// With a proof beside it: `DPoP`.
    Proven,
}

impl Scheme {
    fn parse(text: &str) -> Option<Self> {
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        let proven = is("dpop").then_some(Self::Proven);
        is("bearer").then_some(Self::Bearer).or(proven)
    }
}

/// What opened the passage.
pub enum Entrance {
    /// The hash of a gateway key, and how it was sent.
    Key([u8; 32], Scheme),
    /// Signed in on our page.
    InPerson { grant: GrantId, caller: Caller },
}

impl Entrance {
    /// By the one key that the headers hold; `None` when they hold no such thing.
    pub fn by_key(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (value, more) = (values.next()?, values.next());
        let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
        let scheme = Scheme::parse(scheme).filter(|_| more.is_none())?;
        gateway_key_hash(key.trim()).map(|hash| Self::Key(hash, scheme))
    }

    /// The hash of the key, when it was one.
    pub fn key(&self) -> Option<[u8; 32]> {
        match self {
            Self::Key(hash, _) => Some(*hash),
            Self::InPerson { .. } => None,
        }
    }

    /// The passage with its vendor: one query, in a transaction that is opened by the key, which is
    /// global, or by the vendor of whoever is signed in.
    pub async fn look_up(&self, app: &App) -> Result<Option<(VendorId, Passage)>> {
        let mut tx = match self {
            Self::InPerson { caller, .. } => app.db.read(caller.vendor).await?,
            Self::Key(hash, _) => app.db.read_by_hash("serve_gateway_key", hash).await?,
        };
        Ok(self.passage(&mut tx).await?.map(|passage| (passage.vendor, passage)))
    }

    /// The passage as this transaction sees it.
    pub async fn passage(&self, tx: &mut Tx) -> Result<Option<Passage>> {
        match self {
            Self::Key(hash, _) => store::passage(tx, hash).await,
            Self::InPerson { grant, caller } => {
                let who = (caller.organization, caller.person);
                store::passage_in_person(tx, *grant, who).await
            }
        }
    }

    /// On whose behalf a write is announced: a form that is sent twice is announced once.
    pub fn scope(&self, vendor: VendorId) -> Scope {
        match self {
            Self::Key(..) => vendor.into(),
            Self::InPerson { caller, .. } => caller.into(),
        }
    }
}
