//! The customer's yes to one call, byte by byte.

use super::entry::Outcome;
use crate::kernel::id::{
    ConnectionId, EngagementId, GrantId, OrganizationId, PersonId, WriteApprovalId,
};
use crate::kernel::money::Currency;
use crate::text_enum;
use crate::upstreams::{Risk, Unit};
use chrono::{DateTime, Utc};
use serde_json::Value;

text_enum! {
    /// Where a call that was asked for stands. Only `waiting` and `approved` lead anywhere.
    pub enum ApprovalState {
        /// The customer has not answered.
        Waiting = "waiting",
        /// The customer said yes; the call was not sent yet.
        Approved = "approved",
        Declined = "declined",
        /// The consultant took it back.
        Withdrawn = "withdrawn",
        /// The customer took the yes back before it was used.
        Recalled = "recalled",
        /// The call was sent, once.
        Used = "used",
        /// What it changes was changed by somebody else before it was sent.
        Stale = "stale",
        /// Nobody answered, or nobody sent it, in time; or the letter ended.
        Expired = "expired",
    }
}

/// What a call uses up.
pub type Uses = (Unit, u64);

/// A call that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub id: WriteApprovalId,
    pub grant: GrantId,
    pub engagement: EngagementId,
    pub engagement_number: i64,
    pub customer: OrganizationId,
    pub customer_name: String,
    pub partner: OrganizationId,
    pub connection: ConnectionId,
    pub account_name: String,
    /// What the account is billed in, where that is known.
    pub currency: Option<Currency>,
    pub upstream: String,
    pub person: PersonId,
    pub person_name: String,
    pub operation: String,
    /// After "to": "send a campaign".
    pub deed: String,
    pub risk: Risk,
    pub method: String,
    /// Path and query below the application's address.
    pub target: String,
    /// SHA-256 of exactly what is sent.
    pub request_hash: Vec<u8>,
    pub uses: Option<Uses>,
    /// As of now, by the database's clock.
    pub state: ApprovalState,
    pub asked_at: DateTime<Utc>,
    pub answer_by: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub answered_by_name: Option<String>,
    pub note: String,
    pub use_by: Option<DateTime<Utc>>,
    pub used_at: Option<DateTime<Utc>>,
    /// What became of it then; absent until it was sent, and while nobody knows.
    pub became: Option<Became>,
    /// When the yes was taken back.
    pub recalled_at: Option<DateTime<Utc>>,
    pub recalled_by_name: Option<String>,
}

/// What became of a call that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Became {
    pub outcome: Outcome,
    /// Why it was refused or failed, as the access log has it.
    pub code: Option<String>,
    /// How the application answered.
    pub status: Option<u16>,
}

impl Became {
    /// Whether the application did it.
    pub fn is_done(&self) -> bool {
        self.outcome == Outcome::Done && self.status.is_none_or(|status| status < 400)
    }

    /// Whether the application refused it, since its object was changed after our look.
    pub fn is_overtaken(&self) -> bool {
        self.code.as_deref() == Some(OVERTAKEN)
    }
}

/// The word for a call whose object was changed after the yes.
pub const OVERTAKEN: &str = "approval-stale";

impl Approval {
    /// The engagement's number as people read it.
    pub fn engagement_label(&self) -> String {
        format!("A-{}", self.engagement_number)
    }
}

/// An approval with what would be sent and what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenApproval {
    pub approval: Approval,
    /// The body that is sent, exactly; empty when there is none.
    pub body: String,
    /// The object that the call is about, as it was when it was asked.
    pub before: Option<Value>,
    /// The version that the application gave that object.
    pub etag: Option<String>,
    pub changes: Vec<Change>,
    /// Whether body and object are kept no longer; the hash of the request stays.
    pub wiped: bool,
}

/// One field that the call changes, sets or takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// With dots where it stands inside another.
    pub field: String,
    /// Absent when it is not there now.
    pub before: Option<String>,
    /// Absent when it will be gone.
    pub after: Option<String>,
}
