//! Who is asking: plain data, made by the security scheme, read by policies.

use crate::kernel::id::{IdempotencyId, MembershipId, OrganizationId, PersonId, VendorId};
use crate::text_enum;

text_enum! {
    /// What an organization is in a program.
    pub enum OrganizationKind {
        Customer = "customer",
        Partner = "partner",
        Reseller = "reseller",
        Vendor = "vendor",
    }
}

text_enum! {
    /// A person's role in one organization.
    pub enum Role {
        Owner = "owner",
        ProgramManager = "program_manager",
        Finance = "finance",
        Support = "support",
        Admin = "admin",
        Consultant = "consultant",
        Member = "member",
    }
}

text_enum! {
    /// What an API token may do.
    pub enum TokenScope { Read = "read", Write = "write" }
}

/// How the caller proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    Session,
    Token(TokenScope),
    /// The program itself: a job, the command line, the demo loader.
    System,
}

/// A person acting for one organization in one program.
///
/// The vendor is the tenant of every transaction opened for this caller.
#[derive(Debug, Clone)]
pub struct Caller {
    pub person: PersonId,
    pub membership: MembershipId,
    pub vendor: VendorId,
    pub organization: OrganizationId,
    pub kind: OrganizationKind,
    pub role: Role,
    pub via: Via,
    /// The request's idempotency record, marked in the transaction that commits the effect.
    pub idempotency: Option<IdempotencyId>,
}

impl Caller {
    pub fn is(&self, kind: OrganizationKind, roles: &[Role]) -> bool {
        self.kind == kind && roles.contains(&self.role)
    }
}
