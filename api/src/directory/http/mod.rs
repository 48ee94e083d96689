//! The directory over HTTP: one's own profile and services, and what the public finds.

mod addressed;
mod bodies;
mod endpoints;
mod public;
mod views;

pub use endpoints::DirectoryApi;
