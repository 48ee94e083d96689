//! The program's rules, applications and enrollments as plain data, and the machines that move
//! them.
//!
//! Pure: nothing here reads a clock, a row or a setting.

mod application;
mod enrollment;
mod facts;
mod fees;
mod reseller;
mod rules;
mod taxonomy;

pub use application::{
    Application, ApplicationState, ApplicationStep, ClientReference, Decision, NewApplication,
};
pub use enrollment::{Enrollment, EnrollmentState, EnrollmentStep, Partner, PartnerKind, Tier};
pub use facts::{
    ApplicationApproved, ApplicationRejected, ApplicationSubmitted, ApplicationWithdrawn,
    EnrollmentChanged, FeePolicyPublished, ResellerAttributed,
};
pub use fees::{FeeParts, FeePolicy};
pub use reseller::{Attribution, ResellerOfRecord};
pub use rules::{Agreement, Settings};
pub use taxonomy::{Category, Industry, Skill, Taxonomy};
