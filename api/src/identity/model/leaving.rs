//! A person whose work ends, or has ended: the seats that go in one commit.

use super::member::Colleague;
use crate::identity::IdentityError;
use crate::kernel::id::{MembershipId, OrganizationId, PersonId, VendorId};
use crate::platform::caller::{OrganizationKind, Role};
use chrono::{DateTime, Utc};

/// One of the seats, in one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeavingSeat {
    pub membership: MembershipId,
    pub vendor: VendorId,
    /// The program's word in addresses, and its name.
    pub slug: String,
    pub program: String,
    pub organization: OrganizationId,
    pub kind: OrganizationKind,
    pub role: Role,
}

/// The person with every seat that ends in the same commit, the one that was asked about first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    pub person: PersonId,
    pub name: String,
    pub email: String,
    /// When the seats ended; absent while they are open.
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_by: Option<PersonId>,
    pub seats: Vec<LeavingSeat>,
    /// Why whoever looks cannot end them now.
    pub hindered: Option<IdentityError>,
}

/// A seat of an organization that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departed {
    pub membership: MembershipId,
    pub name: String,
    pub role: Role,
    pub ended_at: DateTime<Utc>,
}

/// The people of a partner's or reseller's organization, as the vendor's staff see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleOf {
    pub organization: String,
    pub open: Vec<Colleague>,
    /// Latest first.
    pub departed: Vec<Departed>,
}
