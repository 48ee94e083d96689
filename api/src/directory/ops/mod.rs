//! What the directory does, one file a theme.

mod records;

pub use records::{job_completed, review_hidden, review_published};
