//! What an installation is told from outside, by environment variables; nothing else is read from
//! the environment, but by builds with debug assertions for tests that kill the program and wait
//! (`platform/failpoint`, `commands/serve`). Secrets never appear in `Debug`.

use crate::vault_keys::VaultKeys;
use anyhow::{Context, Result, bail};
use api::app::Forwarded;
use api::upstreams::Values;
use poem::http::HeaderName;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use url::Url;

/// Workers that carry out jobs beside the server, unless others are wanted.
pub const WORKERS: usize = 2;

/// Everything `serve` needs. A missing part is an error that names its variable.
#[derive(Clone)]
pub struct Config {
    /// The serving role's address: never the owner's.
    pub database_url: String,
    /// Where to listen; loopback unless told otherwise.
    pub listen: SocketAddr,
    /// The address people use, without a path.
    pub site: Url,
    /// The installation's one secret, from which every other key is derived.
    pub secret_key: [u8; 32],
    /// `smtp://` or `smtps://`, with user and password if the server wants them.
    pub smtp_url: String,
    /// The sender of every mail.
    pub mail_from: String,
    /// Folder of uploaded files.
    pub files: PathBuf,
    /// Descriptions of marketing applications; the built-in ones when absent.
    pub upstreams: Option<PathBuf>,
    /// What placeholders in the descriptions stand for.
    pub upstream_values: Values,
    /// Lets marketing applications on this machine be reached, for development alone.
    pub loopback_upstreams: bool,
    /// Most connections to the database.
    pub database_connections: u32,
    /// How many carry out jobs beside the server; a node with none only serves.
    pub workers: usize,
    /// What a proxy before us tells of callers.
    pub forwarded: Forwarded,
    pub payments: PaymentsConfig,
    pub vault: VaultKeys,
}

/// The installation's account at Stripe.
#[derive(Clone, Default)]
pub struct PaymentsConfig {
    /// `sk_live_..` moves real money, `sk_test_..` does not.
    pub secret_key: String,
    /// Where the API is, when it is not Stripe's own.
    pub api: Option<String>,
    /// ISO 3166-1 code of the account's country.
    pub country: String,
    /// Signing secrets of `/hooks/stripe`, all that are in force.
    pub hook_secrets: Vec<String>,
    /// Signing secrets of `/hooks/stripe-connect`.
    pub connect_hook_secrets: Vec<String>,
}

impl Config {
    /// Reads the environment; `get` is `std::env::var` but for tests.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let want = |name: &str| get(name).with_context(|| format!("{name} is not set"));
        let site: Url = want("ATTACHE_URL")?.parse().context("ATTACHE_URL is no address")?;
        if site.path() != "/" || site.host_str().is_none() {
            bail!("ATTACHE_URL must be scheme and host only, such as https://experts.example.org");
        }
        let upstreams = get("ATTACHE_UPSTREAMS").map(PathBuf::from);
        let upstream_values = upstream_values(upstreams.as_deref(), &get)?;
        let listen = get("ATTACHE_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        Ok(Self {
            database_url: want("DATABASE_URL")?,
            listen: listen.parse().context("ATTACHE_LISTEN must be address:port")?,
            site,
            secret_key: read_key(&want("ATTACHE_SECRET_KEY")?)?,
            smtp_url: want("SMTP_URL")?,
            mail_from: want("MAIL_FROM")?,
            files: PathBuf::from(want("ATTACHE_FILES")?),
            upstreams,
            upstream_values,
            loopback_upstreams: get("ATTACHE_DEVELOPMENT_LOOPBACK").as_deref() == Some("yes"),
            database_connections: 16,
            workers: workers(&get)?,
            forwarded: Forwarded {
                address: header(&get, "ATTACHE_CLIENT_ADDRESS_HEADER")?,
                country: header(&get, "ATTACHE_CLIENT_COUNTRY_HEADER")?,
            },
            vault: VaultKeys::read(&get)?,
            payments: PaymentsConfig {
                secret_key: want("STRIPE_SECRET_KEY")?,
                api: get("STRIPE_API"),
                country: get("STRIPE_COUNTRY").unwrap_or_else(|| "US".to_owned()),
                hook_secrets: words(&want("STRIPE_WEBHOOK_SECRETS")?),
                connect_hook_secrets: words(&want("STRIPE_CONNECT_WEBHOOK_SECRETS")?),
            },
        })
    }
}

/// How many workers are wanted.
///
/// # Errors
/// It is no number up to 64.
pub fn workers(get: impl Fn(&str) -> Option<String>) -> Result<usize> {
    let wanted = get("ATTACHE_WORKERS").map_or(Some(WORKERS), |text| text.trim().parse().ok());
    wanted.filter(|count| *count <= 64).context("ATTACHE_WORKERS must be a number from 0 to 64")
}

/// What the placeholders of these descriptions stand for, as far as it is told.
///
/// # Errors
/// The folder cannot be read.
pub fn upstream_values(
    folder: Option<&Path>,
    get: impl Fn(&str) -> Option<String>,
) -> Result<Values> {
    let names = api::upstreams::placeholders(folder)?;
    Ok(names.into_iter().filter_map(|name| Some((name.clone(), get(&name)?))).collect())
}

/// The header that a variable names.
fn header(get: impl Fn(&str) -> Option<String>, variable: &str) -> Result<Option<HeaderName>> {
    let named = get(variable).filter(|name| !name.trim().is_empty());
    let read = |name: String| {
        let header = name.trim().parse::<HeaderName>();
        header.with_context(|| format!("{variable} names no header"))
    };
    named.map(read).transpose()
}

/// Words between commas or spaces.
fn words(text: &str) -> Vec<String> {
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// The installation's secret, as it is written in the environment.
pub fn read_key(text: &str) -> Result<[u8; 32]> {
    let bytes = hex::decode(text.trim()).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
    bytes.context("ATTACHE_SECRET_KEY must be 64 hexadecimal digits (openssl rand -hex 32)")
}
