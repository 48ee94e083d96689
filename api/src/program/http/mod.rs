//! The program over HTTP: its rules, applications, partners and resellers.
//!
//! Public addresses name their program; everything else is of the program of the credential.

mod applications;
mod partners;
mod rules;
mod views;
mod visit;

pub use applications::ApplicationsApi;
pub use partners::PartnersApi;
pub use rules::RulesApi;

use poem_openapi::Tags;

/// The program's operations.
pub type ProgramApi = (ApplicationsApi, PartnersApi, RulesApi);
pub const PROGRAM_API: ProgramApi = (ApplicationsApi, PartnersApi, RulesApi);

#[derive(Tags)]
enum Tag {
    /// The program's rules, its partners, and who applies
    Program,
}
