//! The server over HTTP: no redirects, no proxy of the environment, short waits, answers of limited
//! size. Whatever it does not answer well is told in the log without a word of a secret.

use crate::platform::refusal::{Error, Result};
use crate::platform::seal::does_not_open;
use anyhow::{Context, ensure};
use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::{Host, Url};
use zeroize::Zeroizing;

/// Where the server is and what it calls the key.
#[derive(Clone)]
pub struct TransitSetup {
    /// `https`; `http` only on this machine, where an agent or a proxy may listen.
    pub url: Url,
    /// Where the engine is mounted, usually `transit`.
    pub mount: String,
    pub key: String,
    pub namespace: Option<String>,
    pub token: TransitToken,
    /// Certificates (PEM) of authorities to be believed besides the system's.
    pub authorities: Option<PathBuf>,
}

/// What the server is asked with.
#[derive(Clone)]
pub enum TransitToken {
    Fixed(SecretString),
    /// Read anew for each request, so that an agent may renew it.
    File(PathBuf),
}

pub struct Server {
    http: reqwest::Client,
    /// `<url>/v1/<mount>`
    base: String,
    namespace: Option<HeaderValue>,
    token: TransitToken,
}

const CONNECT_WITHIN: Duration = Duration::from_secs(2);
const WITHIN: Duration = Duration::from_secs(4);
/// Most bytes of an answer; the description of a key with many versions is the longest.
const MOST: usize = 256 * 1024;
/// Room for a usual answer, so that it does not grow: what grows leaves a copy behind.
const ROOM: usize = 4096;

#[derive(Deserialize)]
struct Errors {
    errors: Vec<String>,
}

impl Server {
    pub fn new(setup: TransitSetup, mount: &str) -> anyhow::Result<Self> {
        let TransitSetup { url, namespace, token, authorities, .. } = setup;
        let here = match url.host() {
            Some(Host::Ipv4(v4)) => v4.is_loopback(),
            Some(Host::Ipv6(v6)) => v6.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let safe = url.scheme() == "https" || (url.scheme() == "http" && here);
        ensure!(safe, "the key server's address must begin with https://");
        let bare = url.username().is_empty() && url.password().is_none();
        ensure!(bare && url.query().is_none(), "the key server's address has parts too many");
        let namespace = namespace.map(|name| HeaderValue::from_str(&name)).transpose();
        Ok(Self {
            http: client(authorities.as_deref(), !here)?,
            base: format!("{}/v1/{mount}", url.as_str().trim_end_matches('/')),
            namespace: namespace.context("that is no namespace of the key server")?,
            token,
        })
    }

    /// What it says of a key.
    pub async fn read_key(&self, key: &str) -> Result<Zeroizing<Vec<u8>>> {
        let request = self.http.get(format!("{}/keys/{key}", self.base));
        self.send("keys", request).await
    }

    /// One operation with a key.
    pub async fn ask(
        &self,
        operation: &str,
        key: &str,
        body: Zeroizing<Vec<u8>>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let request = self.http.post(format!("{}/{operation}/{key}", self.base));
        self.send(operation, request.body(Bytes::from_owner(body))).await
    }

    async fn send(&self, operation: &str, request: RequestBuilder) -> Result<Zeroizing<Vec<u8>>> {
        let request = request.headers(self.headers().await?);
        let sent = request.send().await.map_err(unanswered)?;
        let status = sent.status();
        let said = read(sent).await?;
        let opens = ["decrypt", "rewrap"].contains(&operation);
        match status {
            StatusCode::OK => Ok(said),
            // It says 400 to what does not open under its key, in its place.
            StatusCode::BAD_REQUEST if opens => {
                tracing::warn!(operation, says = reason(&said), "the key server opens nothing");
                Err(does_not_open())
            }
            _ => Err(away(&format!("status {}: {}", status.as_u16(), reason(&said)))),
        }
    }

    async fn headers(&self) -> Result<HeaderMap> {
        let mut token = match &self.token {
            TransitToken::Fixed(token) => header(token.expose_secret().as_bytes()),
            TransitToken::File(path) => {
                let read = tokio::fs::read(path).await.map(Zeroizing::new);
                let read = read.map_err(|error| away(&format!("its token: {error}")))?;
                header(read.trim_ascii())
            }
        }?;
        token.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("x-vault-token"), token);
        headers
            .insert(HeaderName::from_static("x-vault-request"), HeaderValue::from_static("true"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(namespace) = &self.namespace {
            headers.insert(HeaderName::from_static("x-vault-namespace"), namespace.clone());
        }
        Ok(headers)
    }
}

fn client(authorities: Option<&Path>, tls_only: bool) -> anyhow::Result<reqwest::Client> {
    // Somebody may have chosen the same provider before; then it stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .https_only(tls_only)
        .connect_timeout(CONNECT_WITHIN)
        .timeout(WITHIN)
        .pool_idle_timeout(Duration::from_secs(30))
        .user_agent(concat!("Attache/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = authorities {
        let shown = path.display();
        let pem = std::fs::read(path).with_context(|| format!("{shown} cannot be read"))?;
        let found = reqwest::Certificate::from_pem_bundle(&pem);
        let found = found.with_context(|| format!("{shown} holds no certificates"))?;
        ensure!(!found.is_empty(), "{shown} holds no certificates");
        builder = builder.tls_certs_merge(found);
    }
    Ok(builder.build()?)
}

async fn read(mut sent: reqwest::Response) -> Result<Zeroizing<Vec<u8>>> {
    let mut said = Zeroizing::new(Vec::with_capacity(ROOM));
    while let Some(chunk) = sent.chunk().await.map_err(unanswered)? {
        if said.len() + chunk.len() > MOST {
            return Err(away(&"its answer is too large"));
        }
        said.extend_from_slice(&chunk);
    }
    Ok(said)
}

/// Its first word of what is wrong, which quotes no secret.
fn reason(said: &[u8]) -> String {
    let errors: Option<Errors> = serde_json::from_slice(said).ok();
    let first = errors.and_then(|said| said.errors.into_iter().next()).unwrap_or_default();
    first.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn header(token: &[u8]) -> Result<HeaderValue> {
    let owned = Bytes::from_owner(Zeroizing::new(token.to_vec()));
    HeaderValue::from_maybe_shared(owned).map_err(|_| away(&"its token is no token"))
}

fn away(why: &dyn std::fmt::Display) -> Error {
    tracing::warn!(%why, "the key server gives nothing");
    Error::Unavailable("The key server".to_owned())
}

/// With every cause, since the first line of it says little.
fn unanswered(error: reqwest::Error) -> Error {
    away(&format!("{:#}", anyhow::Error::new(error.without_url())))
}

/// What is said of an answer that is none.
pub fn unreadable() -> Error {
    away(&"its answer cannot be read")
}
