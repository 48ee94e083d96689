//! The vendor's program: its rules, taxonomy, agreements, fee rules, partners and resellers.
//!
//! Rules are versioned and only ever added to: an application accepts the very text that is in
//! force, by version and hash; a signed engagement keeps the fee rule of its day. An organization
//! is a partner while its enrollment is active. A customer's account has at most one reseller of
//! record at a time, and its history is kept.

mod error;
mod http;
mod model;
mod ops;
mod policy;
mod store;

pub use error::ProgramError;
pub use http::{FeeRuleBody, PROGRAM_API, ProgramApi, SharedView};
pub use model::{
    Account, Agreement, Application, ApplicationApproved, ApplicationRejected, ApplicationState,
    ApplicationSubmitted, ApplicationWithdrawn, Attribution, AttributionKind, Beaten, Category,
    Choice, ClientReference, Conditions, Decision, Enrollment, EnrollmentChanged, EnrollmentState,
    FeeFacts, FeeParts, FeePolicyPublished, FeeRule, FeeRuleEnded, Founded, HoldLimit, Industry,
    NewAgreement, NewApplication, NewAttribution, NewFeeRule, NewProgram, Origin, Page, Partner,
    PartnerFilter, PartnerKind, Planned, ProgramFigures, ResellerAttributed, ResellerOfRecord,
    RuleState, Settings, Skill, Standing, Taxonomy, Tier, TooLong, WHOLE, choose, named,
};
pub use ops::{
    Drafted, FeeExample, FeePreview, Shared, apply, approve_application, attribute_reseller,
    drafted, effective_fee_rule, end_attribution, end_fee_rule, found, found_in, get_settings,
    list_accounts, list_applications, list_attributions, list_fee_rules, list_partners,
    my_applications, my_standing, own_enrollment, preview_fees, public_agreement,
    public_agreement_version, public_agreement_versions, public_settings, public_taxonomy,
    publish_agreement, publish_fee_rule, reinstate_partner, reject_application, rules_version,
    see_account, see_application, see_figures, see_partner, suspend_partner, withdraw_application,
};
pub use store::{
    Work, WorkFees, choose_fees, current_agreement, enroll, enrollment, fee_rule, fees_of_work,
    hold_limit, hold_rules, is_enrolled, keep_platform, reseller_of_record, settings, taxonomy,
    vendor_organization,
};
