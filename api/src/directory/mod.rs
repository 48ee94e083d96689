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
pub use http::{DirectoryApi, HourlyBody, HourlyView};
pub use model::{
    AccessPreset, Expert, ExpertList, ExpertPage, Filter, Hourly, Jobs, Language, MilestoneDraft,
    Named, Offer, Profile, ProfileDraft, ProfileFields, PublicAddress, Rating, Search, SearchAsked,
    Service, ServiceDraft, ServiceFields, ServiceMilestone, ServiceState, ServiceStep, Sort,
};
pub use ops::{
    archive_service, count_experts, create_service, edit_service, job_completed, list_services,
    organization_profiles, own_profile, public_addresses, publish_profile, publish_service,
    review_hidden, review_published, save_profile, search_experts, see_expert, see_service,
    suggest_drops, unpublish_profile,
};
pub use store::{candidates, experts, offer, profile, profile_of, service};
