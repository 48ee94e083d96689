//! The vendor's program: its rules, taxonomy, agreements, fee policies, partners and resellers.
//!
//! Rules are versioned and only ever added to: an application accepts the very text that is in
//! force, by version and hash; a signed engagement keeps the fee policy of its day. An organization
//! is a partner while its enrollment is active. A customer's account has at most one reseller of
//! record at a time, and its history is kept.

mod error;
mod model;
mod store;

pub use error::ProgramError;
pub use model::{
    Agreement, Application, ApplicationApproved, ApplicationRejected, ApplicationState,
    ApplicationSubmitted, ApplicationWithdrawn, Attribution, Category, ClientReference, Decision,
    Enrollment, EnrollmentChanged, EnrollmentState, FeeParts, FeePolicy, FeePolicyPublished,
    Industry, NewApplication, Partner, PartnerKind, ResellerAttributed, ResellerOfRecord, Settings,
    Skill, Taxonomy, Tier,
};
pub use store::{
    current_agreement, current_fee_policy, enrollment, fee_policy, is_enrolled, reseller_of_record,
    settings, taxonomy,
};
