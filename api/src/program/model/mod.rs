//! The program's rules, applications and enrollments as plain data, and the machines that move
//! them.
//!
//! Pure: nothing here reads a clock, a row or a setting.

mod application;
mod enrollment;
mod facts;
mod fee_rules;
#[cfg(test)]
mod fee_rules_tests;
mod fees;
mod figures;
mod founding;
mod holding;
mod reseller;
mod rules;
mod taxonomy;

pub use application::{
    Application, ApplicationState, ApplicationStep, ClientReference, Decision, NewApplication,
    rejection_reason,
};
pub use enrollment::{
    Enrollment, EnrollmentState, EnrollmentStep, Partner, PartnerFilter, PartnerKind, Standing,
    Tier,
};
pub use facts::{
    ApplicationApproved, ApplicationRejected, ApplicationSubmitted, ApplicationWithdrawn,
    EnrollmentChanged, FeePolicyPublished, FeeRuleEnded, ResellerAttributed,
};
pub use fee_rules::{
    Beaten, Choice, Conditions, FeeFacts, FeeRule, NewFeeRule, Origin, RuleState, choose, named,
};
pub use fees::{FeeParts, WHOLE};
pub use figures::ProgramFigures;
pub use founding::{Founded, NewProgram};
pub use holding::{HoldLimit, Planned, TooLong};
pub use reseller::{
    Account, Attribution, AttributionKind, Latest, NewAttribution, ResellerOfRecord, follow,
};
pub use rules::{Agreement, NewAgreement, Settings};
pub use taxonomy::{Category, Industry, Skill, Taxonomy};

/// A page of a list, with the cursor of the next one.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}
