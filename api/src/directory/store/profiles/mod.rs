//! Rows of `profiles`, `profile_skills` and `profile_industries`.
//!
//! Every change counts the version up; an update names the version it was made from.

mod read;
mod words;
mod write;

pub use read::{lock_profile_of, profile, profile_of, public_about};
pub use words::refresh_words;
pub use write::{Place, insert_profile, set_published, taken_slugs, update_profile};
