//! The directory over HTTP: one's own profile and services, and what the public finds.
//! A public answer holds published columns only, of the program that the address names.

mod addressed;
mod bodies;
mod endpoints;
mod hourly;
mod public;
mod views;

pub use endpoints::DirectoryApi;
pub use hourly::{HourlyBody, HourlyView};
