//! Who gets which part of a milestone's price.

use crate::kernel::id::OrganizationId;
use crate::kernel::money::Money;
use crate::text_enum;

text_enum! {
    /// A payee of a milestone. The operator has no organization.
    pub enum Party {
        Consultant = "consultant",
        Vendor = "vendor",
        Reseller = "reseller",
        Operator = "operator",
    }
}

/// One payee's frozen share of one milestone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub party: Party,
    pub organization: Option<OrganizationId>,
    /// Parts of 10,000.
    pub parts: i32,
    pub amount: Money,
}
