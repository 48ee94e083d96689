//! What an installation is told from outside, by environment variables; nothing else is read from
//! the environment. Secrets never appear in `Debug`.

use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

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
    /// Most connections to the database.
    pub database_connections: u32,
}

impl Config {
    /// Reads the environment; `get` is `std::env::var` but for tests.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let want = |name: &str| get(name).with_context(|| format!("{name} is not set"));
        let site: Url = want("ATTACHE_URL")?.parse().context("ATTACHE_URL is no address")?;
        if site.path() != "/" || site.host_str().is_none() {
            bail!("ATTACHE_URL must be scheme and host only, such as https://experts.example.org");
        }
        let listen = get("ATTACHE_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        Ok(Self {
            database_url: want("DATABASE_URL")?,
            listen: listen.parse().context("ATTACHE_LISTEN must be address:port")?,
            site,
            secret_key: read_key(&want("ATTACHE_SECRET_KEY")?)?,
            smtp_url: want("SMTP_URL")?,
            mail_from: want("MAIL_FROM")?,
            files: PathBuf::from(want("ATTACHE_FILES")?),
            database_connections: 16,
        })
    }
}

fn read_key(text: &str) -> Result<[u8; 32]> {
    let bytes = hex::decode(text.trim()).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
    bytes.context("ATTACHE_SECRET_KEY must be 64 hexadecimal digits (openssl rand -hex 32)")
}
