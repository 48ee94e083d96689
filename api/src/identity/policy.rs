//! Who may change whose seat. Pure: rows are read and locked by the caller.

use crate::identity::IdentityError;
use crate::identity::model::{Colleague, roles_of};
use crate::kernel::check::Invalid;
use crate::kernel::id::{MembershipId, PersonId};
use crate::platform::caller::{OrganizationKind, Role};
use crate::platform::refusal::{Common, Result};

/// Whether someone with `own` role may give `role` in an organization of this kind.
///
/// Errors: 422 for a role that such organizations do not have, `owners-only` for giving the
/// owner's role without holding it.
pub fn may_give(own: Role, role: Role, kind: OrganizationKind) -> Result<()> {
    if !roles_of(kind).contains(&role) {
        let message = format!("A {kind} organization has no such role");
        return Err(Invalid::field("role", message).into());
    }
    if role == Role::Owner && own != Role::Owner {
        return Err(IdentityError::OwnersOnly.into());
    }
    Ok(())
}

/// The seat to change among an organization's open seats.
///
/// Errors: 404 when it is not there, `owners-only` when it is an owner's and the actor is none.
pub fn changeable(open: &[Colleague], actor: PersonId, target: MembershipId) -> Result<&Colleague> {
    let found = open.iter().find(|one| one.membership == target);
    let found = found.ok_or(Common::NotFound("member"))?;
    let own = open.iter().find(|one| one.person == actor).map(|one| one.role);
    if found.role == Role::Owner && own != Some(Role::Owner) {
        return Err(IdentityError::OwnersOnly.into());
    }
    Ok(found)
}

/// Errors with `last-owner` when the organization would be left without an owner.
pub fn keeps_an_owner(open: &[Colleague], without: MembershipId) -> Result<()> {
    let another = |one: &Colleague| one.role == Role::Owner && one.membership != without;
    let was_owner = open.iter().any(|one| one.membership == without && one.role == Role::Owner);
    if was_owner && !open.iter().any(another) {
        return Err(IdentityError::LastOwner.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn seat(n: u128, role: Role) -> Colleague {
        Colleague {
            membership: MembershipId(Uuid::from_u128(n)),
            person: PersonId(Uuid::from_u128(n)),
            name: format!("Person {n}"),
            email: format!("{n}@a.example"),
            role,
            since: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn code<T>(outcome: Result<T>) -> Option<&'static str> {
        outcome.err().and_then(|error| error.code())
    }

    #[test]
    fn only_owners_make_and_touch_owners() {
        let kind = OrganizationKind::Customer;
        assert_eq!(code(may_give(Role::Admin, Role::Admin, kind)), None);
        assert_eq!(code(may_give(Role::Admin, Role::Owner, kind)), Some("owners-only"));
        assert_eq!(code(may_give(Role::Owner, Role::Owner, kind)), None);
        assert_eq!(code(may_give(Role::Owner, Role::Consultant, kind)), Some("invalid"));
        let open = [seat(1, Role::Owner), seat(2, Role::Admin), seat(3, Role::Member)];
        let [owner, admin, member] = [1, 2, 3].map(|n| seat(n, Role::Member));
        assert_eq!(code(changeable(&open, admin.person, owner.membership)), Some("owners-only"));
        assert_eq!(code(changeable(&open, admin.person, member.membership)), None);
        assert_eq!(code(changeable(&open, owner.person, owner.membership)), None);
        let gone = MembershipId(Uuid::from_u128(9));
        assert_eq!(code(changeable(&open, owner.person, gone)), Some("not-found"));
    }

    #[test]
    fn one_owner_stays() {
        let [first, second] = [seat(1, Role::Owner), seat(2, Role::Owner)];
        let member = seat(3, Role::Member);
        let alone = [first.clone(), member.clone()];
        assert_eq!(code(keeps_an_owner(&alone, first.membership)), Some("last-owner"));
        assert_eq!(code(keeps_an_owner(&alone, member.membership)), None);
        let two = [first.clone(), second, member];
        assert_eq!(code(keeps_an_owner(&two, first.membership)), None);
    }

    #[test]
    fn every_kind_has_an_owner_and_only_roles_that_the_database_knows() {
        for kind in OrganizationKind::ALL {
            assert_eq!(roles_of(*kind).first(), Some(&Role::Owner), "{kind}");
        }
        assert_eq!(roles_of(OrganizationKind::Reseller), [Role::Owner, Role::Member]);
    }
}
