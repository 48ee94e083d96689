//! The client with which the program's own commands speak to servers on this machine.

use anyhow::Result;
use std::time::Duration;

/// No redirects, no proxy of the environment, 15 seconds in all.
pub fn local() -> Result<reqwest::Client> {
    // A second call finds the provider installed already, which is just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(15))
        .build()?)
}
