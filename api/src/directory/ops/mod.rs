//! What the directory does, one file a theme.
//!
//! What a profile has proven comes from events only; no operation of its owner writes it.

mod profile;
mod records;
mod search;
mod services;

pub use profile::{
    organization_profiles, own_profile, publish_profile, save_profile, unpublish_profile,
};
pub use records::{job_completed, review_hidden, review_published};
pub use search::{count_experts, public_addresses, search_experts, see_expert, suggest_drops};
pub use services::{
    archive_service, create_service, edit_service, list_services, publish_service, see_service,
};
