//! Identity over HTTP: the security scheme, accounts, sessions, tokens and members.
//!
//! A browser opens sessions and changes things from our own pages only.

mod account;
mod auth;
mod endpoints;
mod members;
mod views;

pub use account::AccountApi;
pub use auth::{Asked, Auth, SignedInAuth};
pub use endpoints::{IdentityApi, session_cookie_value};
pub use members::MembersApi;
