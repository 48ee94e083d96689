//! The HTTP edge: what every request passes on its way in, what every error looks like on its way
//! out.
//!
//! Every error that leaves is an RFC 9457 problem; no internal text is in one. Features speak
//! `reply` and `Failure`, and choose no status elsewhere.

pub mod address;
mod body_faults;
pub mod body_limit;
pub mod credential;
pub mod describe;
pub mod edge;
pub mod idempotency;
pub mod paging;
pub mod problem;
pub mod reply;
pub mod route_table;
pub mod strict_body;
pub mod strict_query;

pub use problem::{Failure, Problem};
