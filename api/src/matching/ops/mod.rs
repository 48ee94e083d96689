//! What matching does, one file a theme.
//!
//! An operation for a caller opens and commits its own transaction; a part that another feature
//! composes takes the transaction it is given.

mod accept;

pub use accept::{lock_open_proposal, mark_accepted};
