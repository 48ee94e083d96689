//! The people of an organization, and those who were asked to join.

use crate::kernel::id::{EmailLinkId, MembershipId, PersonId};
use crate::platform::caller::Role;
use chrono::{DateTime, Utc};

/// Someone with an open seat in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    pub membership: MembershipId,
    pub person: PersonId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub since: DateTime<Utc>,
}

/// An invitation that was neither accepted nor withdrawn and has not run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: EmailLinkId,
    pub email: String,
    pub role: Role,
    pub invited_by: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}
