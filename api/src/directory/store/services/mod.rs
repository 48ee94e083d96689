//! Rows of `services` and `service_milestones`.
//!
//! Services of one profile are written one after the other, under the row lock of the profile.

mod read;
mod write;

pub use read::{lock_service, public_services, service, services_of};
pub use write::{
    ServicePlace, count_services, hold_profile, insert_service, service_slugs, set_service_state,
    update_service,
};
