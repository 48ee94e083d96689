//! Persons, seats, sessions and tokens as plain data.

use crate::kernel::id::{ApiTokenId, MembershipId, OrganizationId, PersonId, SessionId, VendorId};
use crate::platform::caller::{Caller, OrganizationKind, Role, TokenScope, Via};
use chrono::{DateTime, Duration, Utc};

/// How long a session lives, whatever is done with it.
pub const SESSION_LIFE: Duration = Duration::days(14);

/// One human.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub email: String,
    /// IANA name of the zone in which times are shown to this person.
    pub zone: String,
}

/// Who a credential belongs to.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub person: Person,
    /// Absent for API tokens.
    pub session: Option<SessionId>,
    pub via: Via,
    /// Absent when the session acts for no organization, or its membership ended.
    pub caller: Option<Caller>,
}

/// A place a person holds: a role in an organization of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub membership: MembershipId,
    pub vendor: VendorId,
    pub vendor_slug: String,
    pub vendor_name: String,
    pub organization: OrganizationId,
    pub organization_name: String,
    pub kind: OrganizationKind,
    pub role: Role,
}

/// Where a sign-in came from.
#[derive(Debug, Clone)]
pub struct SessionFacts {
    pub host: String,
    pub user_agent: String,
    pub address: String,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub id: SessionId,
    pub user_agent: String,
    pub address: String,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// An API token as its owner sees it; its secret was shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    pub id: ApiTokenId,
    pub name: String,
    pub scope: TokenScope,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A working API token of a person, in whichever program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenToken {
    pub id: ApiTokenId,
    pub name: String,
    pub scope: TokenScope,
    pub created_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

/// The secret of a new session, to be put in the cookie.
pub struct NewSession {
    pub id: SessionId,
    pub secret: String,
}

/// A token just made, with the only copy of its secret.
pub struct NewToken {
    pub token: ApiToken,
    pub secret: String,
}
