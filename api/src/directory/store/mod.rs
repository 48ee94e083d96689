//! Rows of the directory's tables.
//!
//! Functions named `public_*`, [`experts`] and [`candidates`] return what is published only. A
//! profile is found while it is published, its organization is a partner and its person has a seat
//! there.

mod experts;
mod profiles;
mod records;
mod search;
mod services;

pub use experts::{candidates, experts, offer, public_expert};
pub use profiles::{
    Place, insert_profile, lock_profile_of, profile, profile_of, public_about, refresh_words,
    set_published, taken_slugs, update_profile,
};
pub use records::{count_job, count_review};
pub use search::public_search;
pub use services::{
    ServicePlace, count_services, hold_profile, insert_service, lock_service, public_services,
    service, service_slugs, services_of, set_service_state, update_service,
};
