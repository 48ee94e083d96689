//! Profiles, services and what the public sees of them, as plain data.
//!
//! Pure: nothing here reads a clock, a row or a setting. Prices are whole minor units of the
//! program's currency; lengths of work are whole days.

mod draft;
mod expert;
mod hourly;
mod language;
mod profile;
mod search;
mod service;
mod words;

pub use draft::{MilestoneDraft, ProfileDraft, ServiceDraft};
pub use expert::{Expert, Jobs, Named, Offer, PublicAddress, Rating};
pub use hourly::Hourly;
pub use language::Language;
pub use profile::{Profile, ProfileFields};
pub use search::{ExpertList, ExpertPage, Filter, Search, SearchAsked, Sort};
pub use service::{
    AccessPreset, Service, ServiceFields, ServiceMilestone, ServiceState, ServiceStep,
};
pub use words::{fold, free_slug, slug_of};
