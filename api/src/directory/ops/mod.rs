//! What the directory does, one file a theme.
//!
//! What a profile has proven comes from events only; no operation of its owner writes it.

mod profiles;
mod public;
mod records;
mod services;

pub use profiles::{my_profile, publish_profile, save_profile, unpublish_profile};
pub use public::{public_experts, public_profile};
pub use records::{job_completed, review_hidden, review_published};
pub use services::{
    archive_service, create_service, my_services, publish_service, save_service, see_service,
};
