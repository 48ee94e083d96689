//! Identity over HTTP: the security scheme, sessions and tokens.

mod auth;
mod endpoints;
mod views;

pub use auth::{Asked, Auth, SignedInAuth};
pub use endpoints::{IdentityApi, session_cookie_value};
