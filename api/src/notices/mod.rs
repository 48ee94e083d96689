//! What people are told: a notice in the program for each, and a mail unless they muted its kind.
//!
//! Notice and mail job are written in the transaction of what happened, so people hear of it
//! exactly when it is true. Only who holds an open seat in the organization is told. Kinds of money
//! and access cannot be muted. A notice belongs to one person acting for one organization; nobody
//! else reads it.

mod error;
mod http;
mod model;
mod ops;
mod store;

pub use error::NoticesError;
pub use http::NoticesApi;
pub use model::{KINDS, Kind, MutedKind, News, Notice, NoticePage};
pub use ops::{
    list, mark_all_read, mark_read, muted, set_muted, tell_person, tell_roles, unread_count,
};
