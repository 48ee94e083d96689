//! Which reseller brought a customer's account.

use crate::kernel::id::{AttributionId, OrganizationId};
use chrono::{DateTime, Utc};

/// The reseller of record of a customer's account in one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    pub id: AttributionId,
    pub customer: OrganizationId,
    pub customer_name: String,
    pub reseller: OrganizationId,
    pub reseller_name: String,
    pub since: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it was set, and why it was ended once it is.
    pub reason: String,
    pub set_by_name: Option<String>,
    /// Until when an engagement signed for this account owes the reseller its share.
    pub shares_until: DateTime<Utc>,
}

/// Who is owed the reseller's part of an engagement signed at a given instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResellerOfRecord {
    pub organization: OrganizationId,
    pub name: String,
    pub since: DateTime<Utc>,
}
