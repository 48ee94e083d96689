//! Larkfield, a small on-demand marketing application: accounts with contacts, lists, campaigns
//! and reports; pages for its people, a JSON API for programs, and an OAuth 2 authorization
//! server between the two.
//!
//! Invariants: a program reaches one account, the one its grant names, and only with the scopes
//! of that grant; a sent campaign never changes; ids are never used twice.

use std::{future::Future, path::PathBuf, sync::Arc};

use anyhow::Context;
use chrono::Duration;
use tokio::net::TcpListener;
use url::Url;

use self::app::App;
use crate::{Addresses, server::serve_http};

mod app;
mod control;
mod dice;
mod fault;
mod limits;
mod model;
mod oauth;
mod pages;
mod rest;
mod router;
mod scope;
mod seed;
mod session;

/// How long access tokens live where nothing else is configured.
pub const ACCESS_TOKEN_LIFE: Duration = Duration::minutes(15);

/// The password of every sample user. The sandbox is a demonstration: it is no secret.
pub const SAMPLE_PASSWORD: &str = "larkfield-demo";

/// What the application needs to know before it starts.
pub struct MarketingConfig {
    /// The folder that keeps its state.
    pub dir: PathBuf,
    /// Where people and programs reach it; also its issuer identifier.
    pub base_url: Url,
    pub client_id: String,
    pub client_secret: String,
    /// The redirect addresses of the client, compared exactly.
    pub redirect_uris: Vec<String>,
    pub access_token_life: Duration,
    /// Makes the sample data repeatable.
    pub seed: u64,
    /// Told to whoever knows one address of the sandbox and wants the others.
    pub sandbox: Addresses,
}

/// The application with its state, ready to serve.
pub struct Marketing(Arc<App>);

/// Somebody who can sign in with [`SAMPLE_PASSWORD`], once for each of their accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleUser {
    pub email: String,
    pub name: String,
    pub account: String,
    /// Whether they may give an application every permission.
    pub owner: bool,
}

impl Marketing {
    /// Opens the state, or makes the sample customers at the first start.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub fn open(config: MarketingConfig) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(App::open(config)?)))
    }

    /// Serves on `listener` until `stopped` resolves.
    ///
    /// # Errors
    /// The socket has no local address.
    pub async fn serve(
        self,
        listener: TcpListener,
        stopped: impl Future<Output = ()> + Send,
    ) -> anyhow::Result<()> {
        serve_http(listener, router::endpoint(self.0), stopped).await.context("serve Larkfield")
    }
}

/// Everybody who can sign in to the sample accounts.
///
/// # Errors
/// The sample list that is part of the program cannot be read.
pub fn users() -> anyhow::Result<Vec<SampleUser>> {
    let of = |(account, person): (String, seed::Person)| SampleUser {
        email: person.email,
        name: person.name,
        account,
        owner: person.role == model::Role::Owner,
    };
    Ok(seed::people()?.into_iter().map(of).collect())
}
