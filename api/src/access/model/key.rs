//! Keys of the gateway.

use crate::kernel::id::{GatewayKeyId, GrantId};
use chrono::{DateTime, Utc};

/// A key as its owner sees it; its secret was shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayKey {
    pub id: GatewayKeyId,
    pub grant: GrantId,
    pub name: String,
    /// Its last four characters, to tell keys apart.
    pub ending: String,
    pub created_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A key just made, with the only copy of its secret.
pub struct NewGatewayKey {
    pub key: GatewayKey,
    pub secret: String,
}
