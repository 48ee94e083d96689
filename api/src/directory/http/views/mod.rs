//! What the directory shows and takes over HTTP.
//!
//! Bodies are closed: an unknown field is refused. Views copy; they decide nothing.

mod experts;
mod profiles;
mod services;

pub use experts::{ExpertPageView, PublicProfileView};
pub use profiles::{ProfileBody, ProfileView};
pub use services::{ServiceBody, ServiceView};
