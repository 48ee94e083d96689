//! A payments server that speaks Stripe's wire format and counts every cent.
//!
//! Invariants: money is integer minor units; each movement of money is one balance transaction;
//! a refused call leaves nothing behind; an effect, its events and the answer kept for its
//! idempotency key are saved in one write. Currencies are never converted into each other.

mod accounts;
mod api;
mod attempts;
mod audit;
mod balance;
mod besides;
mod books;
mod call;
mod captured;
mod cards;
mod charges;
mod checkout;
mod control;
mod corridors;
mod couriers;
mod currency;
mod customers;
mod disputes;
mod events;
mod expand;
mod faults;
mod form;
mod ids;
mod intents;
mod journal;
mod keys;
mod links;
mod lists;
mod methods;
mod objects;
mod pages;
mod payouts;
mod refunds;
mod refusal;
mod reversals;
mod routes;
mod server;
mod setups;
mod state;
mod table;
mod transfers;
mod truth;

use std::{future::Future, path::PathBuf, sync::Arc};

use poem::{Request, Response};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use url::Url;

use self::server::Server;
use crate::server::serve_http;

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
    /// Makes the ids of objects repeatable; counts for a state file that does not exist yet.
    pub seed: u64,
}

/// Serves the API, the hosted pages and the control calls, and delivers events, until `shutdown`
/// resolves. Everything that was answered is in the state file; undelivered events go out after
/// the next start.
///
/// # Errors
/// The state cannot be read or written, or the socket cannot be used.
pub async fn serve(
    listener: tokio::net::TcpListener,
    config: PaymentsConfig,
    shutdown: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let receivers = config.webhooks.clone();
    let server = Arc::new(Server::open(config)?);
    let client = couriers::client()?;
    let mut beside = JoinSet::new();
    for receiver in receivers {
        beside.spawn(couriers::deliver(Arc::clone(&server), client.clone(), receiver));
    }
    let timekeeper = Arc::clone(&server);
    beside.spawn(async move { timekeeper.keep_time().await });
    let endpoint = poem::endpoint::make(move |request: Request| {
        let server = Arc::clone(&server);
        async move { Ok::<Response, poem::Error>(server.respond(request).await) }
    });
    let served = serve_http(listener, endpoint, shutdown).await;
    beside.shutdown().await;
    served
}
