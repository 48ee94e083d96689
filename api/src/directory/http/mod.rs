//! The directory over HTTP: one's profile and services, and what anyone finds.
//!
//! Public addresses name their program and show what is published only.

mod profiles;
mod public;
mod services;
mod views;

pub use profiles::ProfilesApi;
pub use public::ExpertsApi;
pub use services::ServicesApi;

use poem_openapi::Tags;

/// The directory's operations.
pub type DirectoryApi = (ExpertsApi, ProfilesApi, ServicesApi);
pub const DIRECTORY_API: DirectoryApi = (ExpertsApi, ProfilesApi, ServicesApi);

#[derive(Tags)]
enum Tag {
    /// Experts, their profiles and their services
    Directory,
}
