//! What the directory does, one file a theme.
//!
//! What a profile has proven comes from events only; no operation of its owner writes it.

mod records;

pub use records::{job_completed, review_hidden, review_published};
