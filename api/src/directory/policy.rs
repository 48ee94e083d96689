//! Who may edit what in the directory. Whether the organization is a partner now is asked of the
//! program, in the transaction of the edit.

use super::model::{Profile, Service};
use crate::identity::{Command, Deed};
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::refusal::{Common, Result};

/// Write, publish and withdraw one's own profile: every role of a partner.
#[derive(Debug)]
pub struct EditProfile;

impl Command for EditProfile {
    const DEED: Deed = Deed::EditProfile;
}

/// Write, publish and archive services of the organization: its owner and admins.
#[derive(Debug)]
pub struct EditServices;

impl Command for EditServices {
    const DEED: Deed = Deed::EditServices;
}

/// Everyone of a partner organization sees its services, published or not.
pub fn may_see_services(caller: &Caller) -> Result<()> {
    if matches!(caller.kind, OrganizationKind::Partner | OrganizationKind::Reseller) {
        return Ok(());
    }
    let detail = "Only partner organizations list services. Published ones are in the directory.";
    Err(Common::NotPermitted(detail.to_owned()).into())
}

/// The organization's own; to others it is not there.
pub fn own_service(caller: &Caller, service: Option<Service>) -> Result<Service> {
    let own = service.filter(|s| s.organization == caller.organization);
    own.ok_or_else(|| Common::NotFound("service").into())
}

/// A profile of the organization, to list a service on; others' are not there.
pub fn own_profile(caller: &Caller, profile: Option<Profile>) -> Result<Profile> {
    let own = profile.filter(|p| p.organization == caller.organization);
    own.ok_or_else(|| Common::NotFound("profile").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consultants_write_their_profile_and_leads_the_services() {
        use crate::platform::caller::Role;
        for (role, profile, services) in
            [(Role::Owner, true, true), (Role::Admin, true, true), (Role::Consultant, true, false)]
        {
            let kind = OrganizationKind::Partner;
            assert_eq!(EditProfile::DEED.allows(kind, role), profile, "{role}");
            assert_eq!(EditServices::DEED.allows(kind, role), services, "{role}");
        }
        assert!(!EditProfile::DEED.allows(OrganizationKind::Customer, Role::Owner));
        assert!(!EditServices::DEED.allows(OrganizationKind::Vendor, Role::Owner));
    }
}
