//! What every feature stands on: database, HTTP edge, jobs, clock, the caller.
//!
//! Imports the kernel only; names no feature. A request's way in is `http`, its way to rows is
//! `db`, its way to the outside is a row in `jobs`.

pub mod caller;
pub mod clock;
pub mod db;
pub mod failpoint;
pub mod http;
pub mod jobs;
pub mod late;
pub mod refusal;
pub mod seal;
pub mod signing;
