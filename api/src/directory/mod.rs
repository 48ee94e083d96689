//! The directory: profiles of consultants, the services they list, and what the public finds.
//!
//! A profile belongs to one person in one partner organization; it is found while it is published,
//! its organization is a partner and its person still works there. What a profile has proven
//! (jobs, rating) is written from events, never by its owner. Every edit names the version it
//! edits. Text that people wrote is kept and shown as text.

mod error;
mod model;
mod ops;
mod store;

pub use error::DirectoryError;
pub use model::{
    AccessPreset, Expert, Jobs, Language, Named, Offer, Profile, ProfileFields, Rating, Service,
    ServiceFields, ServiceMilestone, ServiceState,
};
pub use ops::{job_completed, review_hidden, review_published};
pub use store::{candidates, experts, offer, profile, profile_of, service};
