//! The domain of Attaché by feature, its store and its JSON endpoints.
//!
//! This is the only place that names every feature. Read `docs/ARCHITECTURE.md` for the map and
//! who may import whom; a test holds it.

pub mod access;
pub mod app;
pub mod directory;
pub mod engagements;
pub mod events;
pub mod identity;
pub mod kernel;
pub mod matching;
pub mod notices;
pub mod outside;
pub mod platform;
pub mod program;
pub mod routes;
pub mod upstreams;
