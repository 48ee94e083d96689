//! Who may see and decide what in the program.

use super::model::Application;
use crate::identity::{Command, Deed};
use crate::platform::caller::{Caller, OrganizationKind};
use crate::platform::refusal::{Common, Result};

/// Declares commands with the deed that a role must be allowed for each.
macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident needs $deed:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl Command for $name {
            const DEED: Deed = Deed::$deed;
        }
    )+};
}

commands! {
    /// Send or withdraw an application.
    Apply needs ApplyToProgram,
    /// Look at what the vendor sees: applications, partners, figures.
    SeeProgram needs SeeProgram,
    /// Approve or reject.
    DecideApplication needs DecideApplications,
    PublishAgreement needs PublishAgreements,
    /// Suspend or reinstate.
    SuspendPartner needs SuspendPartners,
    /// Set or end.
    AttributeReseller needs AttributeResellers,
    PublishFeePolicy needs SetFees,
}

/// The vendor's people and the applying organization's; to others it is not there.
pub fn may_see_application(caller: &Caller, application: &Application) -> Result<()> {
    let own = caller.organization == application.organization;
    let staff = Deed::SeeProgram.allows(caller.kind, caller.role);
    if own || staff { Ok(()) } else { Err(Common::NotFound("application").into()) }
}

/// The vendor's people see the terms of every program, partners those that concern them.
pub fn may_see_fees(caller: &Caller) -> Result<()> {
    let concerned = match caller.kind {
        OrganizationKind::Vendor | OrganizationKind::Partner | OrganizationKind::Reseller => true,
        OrganizationKind::Customer => false,
    };
    if concerned {
        return Ok(());
    }
    let detail = "How a price is shared is shown to the vendor and its partners.";
    Err(Common::NotPermitted(detail.to_owned()).into())
}
