//! The demo program: a vendor, its partners, its customers and the engagements between them.
//!
//! What they are called and what they write is content, kept in `demo/*.toml` and read by
//! [`content`]; nothing in that module knows a database, a clock or the network. [`actor`] and
//! [`browser`] use a running program as people do; [`hosted`] fills in the pages of others.

pub mod actor;
pub mod browser;
pub mod content;
pub mod hosted;
