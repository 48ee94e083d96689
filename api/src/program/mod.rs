//! The vendor's program: its rules, taxonomy, agreements, fee policies, partners and resellers.
//!
//! Rules are versioned and only ever added to: an application accepts the very text that is in
//! force, by version and hash; a signed engagement keeps the fee policy of its day. An organization
//! is a partner while its enrollment is active. A customer's account has at most one reseller of
//! record at a time, and its history is kept.

mod error;
mod http;
mod model;
mod ops;
mod policy;
mod store;

pub use error::ProgramError;
pub use http::{PROGRAM_API, ProgramApi};
pub use model::{
    Account, Agreement, Application, ApplicationApproved, ApplicationRejected, ApplicationState,
    ApplicationSubmitted, ApplicationWithdrawn, Attribution, Category, ClientReference, Decision,
    Enrollment, EnrollmentChanged, EnrollmentState, FeeParts, FeePolicy, FeePolicyPublished,
    Founded, Industry, NewAgreement, NewApplication, NewAttribution, NewProgram, Page, Partner,
    PartnerFilter, PartnerKind, ProgramFigures, ResellerAttributed, ResellerOfRecord, Settings,
    Skill, Standing, Taxonomy, Tier, WHOLE,
};
pub use ops::{
    apply, approve_application, attribute_reseller, effective_fee_policy, end_attribution, found,
    found_in, get_settings, list_accounts, list_applications, list_attributions, list_fee_policies,
    list_partners, my_applications, my_standing, own_enrollment, public_agreement,
    public_agreement_version, public_agreement_versions, public_settings, public_taxonomy,
    publish_agreement, publish_fee_policy, reinstate_partner, reject_application, rules_version,
    see_account, see_application, see_figures, see_partner, suspend_partner, withdraw_application,
};
pub use store::{
    current_agreement, current_fee_policy, enroll, enrollment, fee_policy, is_enrolled,
    reseller_of_record, settings, taxonomy, vendor_organization,
};
