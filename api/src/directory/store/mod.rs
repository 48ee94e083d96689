//! Rows of the directory's tables.
//!
//! Functions named `public_*` and [`experts`] return what is published only. A profile is found
//! while it is published, its organization is a partner and its person has a seat there.

mod experts;
mod profile_edits;
mod profiles;
mod records;
mod search;
mod service_edits;
mod services;

pub use experts::{candidates, experts, offer};
pub use profile_edits::{
    NewProfile, insert_profile, lock_addresses, profile_slugs, set_profile_published,
    update_profile, write_search_words,
};
pub use profiles::{lock_profile, lock_profile_of, profile, profile_of, profiles_of};
pub use records::{count_job, count_review};
pub use search::{count, count_without, public_addresses, public_expert, search};
pub use service_edits::{
    NewService, insert_service, open_services, service_slugs, set_service_state, update_service,
};
pub use services::{lock_service, public_services, service, services_of};
