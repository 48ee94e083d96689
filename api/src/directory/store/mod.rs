//! Rows of the directory's tables.
//!
//! Functions named `public_*` and [`experts`] return what is published only. A profile is found
//! while it is published, its organization is a partner and its person has a seat there.

mod experts;
mod profiles;
mod records;
mod services;

pub use experts::{candidates, experts, offer};
pub use profiles::{profile, profile_of};
pub use records::{count_job, count_review};
pub use services::service;
