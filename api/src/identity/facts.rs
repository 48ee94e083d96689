//! What identity tells the other features, each fact in the transaction that makes it true.

use crate::kernel::id::{MembershipId, OrganizationId, PersonId};
use crate::platform::caller::{OrganizationKind, Role};
use crate::platform::jobs::event::Fact;
use serde::{Deserialize, Serialize};

/// A new organization stands in the program, with its first owner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OrganizationAdded {
    pub organization: OrganizationId,
    pub name: String,
    pub kind: OrganizationKind,
    pub owner: PersonId,
    pub owner_name: String,
}

impl Fact for OrganizationAdded {
    const KIND: &'static str = "organization-added";
}

/// An invited person holds a seat from now on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MemberJoined {
    pub organization: OrganizationId,
    pub membership: MembershipId,
    pub person: PersonId,
    pub name: String,
    pub role: Role,
}

impl Fact for MemberJoined {
    const KIND: &'static str = "member-joined";
}

/// A seat has ended; whatever the person held through it ends with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MembershipEnded {
    pub organization: OrganizationId,
    pub membership: MembershipId,
    pub person: PersonId,
    pub name: String,
    pub role: Role,
    /// Whether the person ended it themself.
    #[serde(default)]
    pub left: bool,
}

impl Fact for MembershipEnded {
    const KIND: &'static str = "membership-ended";
}

/// A member has another role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MemberRoleChanged {
    pub organization: OrganizationId,
    pub membership: MembershipId,
    pub person: PersonId,
    pub name: String,
    pub earlier: Role,
    pub role: Role,
}

impl Fact for MemberRoleChanged {
    const KIND: &'static str = "member-role-changed";
}
