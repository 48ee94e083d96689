//! What is done with the program, one file a theme.
//!
//! Each asks the role first, changes rows and states its fact in one transaction, and calls
//! nothing outside.

mod applications;
mod decisions;
mod fees;
mod found;
mod partners;
mod resellers;
mod rules;

pub use applications::{
    apply, list_applications, my_applications, own_enrollment, see_application,
    withdraw_application,
};
pub use decisions::{approve_application, reject_application};
pub use fees::{
    Drafted, FeeExample, FeePreview, Shared, drafted, effective_fee_rule, end_fee_rule,
    list_fee_rules, preview_fees, publish_fee_rule,
};
pub use found::{found, found_in};
pub use partners::{list_partners, my_standing, reinstate_partner, see_partner, suspend_partner};
pub use resellers::{
    attribute_reseller, end_attribution, list_accounts, list_attributions, see_account,
};
pub use rules::{
    get_settings, public_agreement, public_agreement_version, public_agreement_versions,
    public_settings, public_taxonomy, publish_agreement, rules_version, see_figures,
};
