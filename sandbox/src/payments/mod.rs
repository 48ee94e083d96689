//! A payments server that speaks Stripe's wire format and counts every cent.
//!
//! Invariants: money is integer minor units; each movement of money is one balance transaction;
//! a refused call leaves nothing behind; an answer and its effect are saved in the same write.

use std::{future::Future, path::PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

/// One receiver of signed events. `connect` receivers get the events of connected accounts,
/// the others those of the platform itself.
#[derive(Clone, Serialize, Deserialize)]
pub struct WebhookTarget {
    pub url: String,
    /// The signing secret, `whsec_..`.
    pub secret: String,
    pub connect: bool,
}

/// What the server needs to know before it starts.
pub struct PaymentsConfig {
    /// The file that holds the whole state.
    pub state: PathBuf,
    /// Where people and programs reach this server; links on hosted pages begin with it.
    pub base_url: Url,
    /// The platform's API key, `sk_test_..`.
    pub secret_key: String,
    pub webhooks: Vec<WebhookTarget>,
    /// Makes every id repeatable.
    pub seed: u64,
}

/// Serves until `shutdown` resolves.
pub async fn serve(
    listener: tokio::net::TcpListener,
    config: PaymentsConfig,
    shutdown: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let _ = (listener, config);
    shutdown.await;
    Ok(())
}
