//! The program over HTTP: its rules, applications, partners and resellers.
//!
//! Public addresses name their program; everything else is of the program of the credential.

mod applications;
mod fees;
mod partners;
mod rules;
mod views;
mod visit;

pub use applications::ApplicationsApi;
pub use fees::FeesApi;
pub use partners::PartnersApi;
pub use rules::RulesApi;
pub use views::{FeeRuleBody, SharedView};

use poem_openapi::Tags;

/// The program's operations.
pub type ProgramApi = (ApplicationsApi, PartnersApi, RulesApi, FeesApi);
pub const PROGRAM_API: ProgramApi = (ApplicationsApi, PartnersApi, RulesApi, FeesApi);

#[derive(Tags)]
enum Tag {
    /// The program's rules, its partners, and who applies
    Program,
}
