//! Everything that is not this program: each a trait with its live client.
//!
//! Nothing here is called inside a transaction. Clients are spoken to over real protocols in tests
//! too: the fakes are servers.

pub mod files;
pub mod keys;
pub mod mail;
pub mod oauth;
pub mod payments;
pub mod upstream;
