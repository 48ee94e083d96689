//! Proofs that whoever sends a gateway key holds the private key that it is bound to (RFC 9449).
//!
//! What a proof is signed with and how is the library's to say ([`jws`]); here are the claims: for
//! which call, when, with which key, by a name that counts once. All of it is pure;
//! whether the name was used before, the store knows.

mod jws;
mod proof;
#[cfg(test)]
mod tests;

pub use jws::PublicKey;
pub use proof::{Called, Fault, Taken, read};

/// What a caller may sign with, as challenges name it.
pub const ALGORITHMS: &str = "ES256 EdDSA";
