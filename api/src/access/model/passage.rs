//! What the gateway knows of a call's key, grant and account, read in one query.

use super::entry::Whose;
use super::grant::Standing;
use super::hold::HoldCause;
use super::key::Thumbprint;
use crate::access::vault::Sealed;
use crate::kernel::id::VendorId;
use crate::kernel::money::Currency;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// A key in use with everything that decides whether its grant holds now.
#[derive(Debug, Clone)]
pub struct Passage {
    pub vendor: VendorId,
    /// When it was read, by the database's clock.
    pub at: DateTime<Utc>,
    /// The public key that the gateway key is bound to.
    pub bound_to: Option<Thumbprint>,
    pub whose: Whose,
    pub upstream: String,
    /// The account as the application names it.
    pub account: String,
    /// What it is billed in, where that is known.
    pub currency: Option<Currency>,
    /// What its addresses are made of, as it stands in the row.
    pub parts: Value,
    pub terms: String,
    /// What the application lets our tokens do.
    pub scopes: Vec<String>,
    pub standing: Standing,
    /// Why it rests, while it does.
    pub held_by: Vec<HoldCause>,
    pub token: AccessToken,
}

/// The access token of a connection, sealed.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The connection's generation: one more with every refresh.
    pub generation: i64,
    /// Whether it still lives for a while.
    pub fresh: bool,
    /// Absent once it is shredded.
    pub sealed: Option<Sealed>,
}
