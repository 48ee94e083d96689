//! Who may edit what in the directory.

use super::DirectoryError;
use super::model::Service;
use crate::identity::{Command, Deed};
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::refusal::{Common, Result};

/// Write, publish or take back one's own profile.
#[derive(Debug)]
pub struct EditProfile;

impl Command for EditProfile {
    const DEED: Deed = Deed::EditProfile;
}

/// Write, publish or archive a service of one's organization.
#[derive(Debug)]
pub struct EditServices;

impl Command for EditServices {
    const DEED: Deed = Deed::EditServices;
}

/// Services of other organizations are not there.
pub fn may_see_service(caller: &Caller, service: &Service) -> Result<()> {
    let own = caller.organization == service.organization;
    if own { Ok(()) } else { Err(Common::NotFound("service").into()) }
}

/// Only organizations of consultants have services to list.
pub fn may_list_services(caller: &Caller) -> Result<()> {
    if caller.kind == OrganizationKind::Partner {
        return Ok(());
    }
    let detail = format!("A {} organization lists no services.", caller.kind);
    Err(Common::NotPermitted(detail).into())
}

/// Profiles and services are for those whom the vendor admitted.
pub fn must_be_enrolled(enrolled: bool) -> Result<(), DirectoryError> {
    if enrolled { Ok(()) } else { Err(DirectoryError::NotEnrolled) }
}
