//! The directory: profiles of consultants, the services they list, and what the public finds.
//!
//! A profile belongs to one person in one partner organization; it is found while it is published,
//! its organization is a partner and its person still works there. What a profile has proven
//! (jobs, rating) is written from events, never by its owner. Every edit names the version it
//! edits. Text that people wrote is kept and shown as text.

mod error;
mod http;
mod model;
mod ops;
mod policy;
mod store;

pub use error::DirectoryError;
pub use http::{DIRECTORY_API, DirectoryApi};
pub use model::{
    AccessPreset, Expert, ExpertPage, Jobs, Language, MilestoneDraft, Named, Offer, Profile,
    ProfileDraft, ProfileFields, PublicProfile, Rating, SearchDraft, Service, ServiceDraft,
    ServiceFields, ServiceMilestone, ServiceState, Sort,
};
pub use ops::{
    archive_service, create_service, job_completed, my_profile, my_services, public_experts,
    public_profile, publish_profile, publish_service, review_hidden, review_published,
    save_profile, save_service, see_service, unpublish_profile,
};
pub use store::{candidates, experts, offer, profile, profile_of, service};
