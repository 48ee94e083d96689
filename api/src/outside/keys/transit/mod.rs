//! Keys held by a server that speaks the transit API of HashiCorp Vault (OpenBao speaks it too):
//! they never leave it. Ciphertexts name the version of the key, and so do our rows.
//!
//! What binds a data key to its place depends on the kind of key: the `context` of a derived key,
//! which the server can move to a newer version by itself, or `associated_data` of an AEAD key,
//! with which it cannot (`rewrap` takes none), so that the data key travels through us.

mod server;

pub use server::{TransitSetup, TransitToken};

use super::{DataKey, KeyWrapper, Wrapped, data_key};
use crate::platform::refusal::{Error, Result};
use crate::platform::seal::does_not_open;
use anyhow::ensure;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures::future::BoxFuture;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use server::{Server, unreadable};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

/// One key of the server.
pub struct Transit {
    server: Server,
    key: String,
    /// What the ids of the key's versions begin with.
    prefix: String,
    /// Asked once: neither kind nor derivation of a key ever change.
    binding: OnceCell<Binding>,
}

/// How a ciphertext is bound to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Binding {
    Context,
    AssociatedData,
}

/// Holds any request of ours without growing: what grows leaves a copy behind.
const ROOM: usize = 4096;

/// What a ciphertext begins with, before the number of the version.
const MARK: &str = "vault:v";

#[derive(Serialize)]
struct Ask<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    plaintext: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ciphertext: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    associated_data: Option<&'a str>,
}

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Deserialize)]
struct Ciphertext {
    ciphertext: String,
}

#[derive(Deserialize)]
struct Plaintext<'a> {
    /// Borrowed, so that the only copy is the answer itself.
    plaintext: &'a str,
}

#[derive(Deserialize)]
struct About {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    derived: bool,
    latest_version: u64,
}

impl Transit {
    /// Asks nothing yet: a server that is away keeps nobody from starting.
    ///
    /// Errors when the address or a name cannot be right, or certificates cannot be read.
    pub fn new(setup: TransitSetup) -> anyhow::Result<Self> {
        let (mount, key) = (setup.mount.trim_matches('/').to_owned(), setup.key.clone());
        ensure!(mount.split('/').all(is_name), "{mount:?} is no mount of the key server");
        ensure!(is_name(&key), "{key:?} is no key of the key server");
        let prefix = format!("transit:{mount}/{key}:v");
        let server = Server::new(setup, &mount)?;
        Ok(Self { server, key, prefix, binding: OnceCell::new() })
    }

    /// What the server says of the key; also whether it is of a kind that can be used.
    async fn about(&self) -> Result<(About, Binding)> {
        let said = self.server.read_key(&self.key).await?;
        let about: Answer<About> = serde_json::from_slice(&said).map_err(|_| unreadable())?;
        let aead = ["aes256-gcm96", "aes128-gcm96", "chacha20-poly1305", "xchacha20-poly1305"];
        let binding = match about.data.derived {
            _ if !aead.contains(&about.data.kind.as_str()) => {
                let kind = &about.data.kind;
                return Err(Error::fault(format!(
                    "the key server's key {} is of type {kind}: make one of type aes256-gcm96",
                    self.key
                )));
            }
            true => Binding::Context,
            false => Binding::AssociatedData,
        };
        Ok((about.data, binding))
    }

    async fn binding(&self) -> Result<Binding> {
        let asked = || async { Ok::<_, Error>(self.about().await?.1) };
        self.binding.get_or_try_init(asked).await.copied()
    }

    async fn encrypt(&self, data_key: &DataKey, place: &[u8]) -> Result<Wrapped> {
        let plain = Zeroizing::new(BASE64_STANDARD.encode(data_key.expose_secret()));
        let said = self.bound("encrypt", (Some(&plain), None), place).await?;
        self.wrapped(&said)
    }

    /// Sends a text bound to its place.
    async fn bound(
        &self,
        operation: &str,
        (plaintext, ciphertext): (Option<&str>, Option<&str>),
        place: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let place = BASE64_STANDARD.encode(place);
        let (context, associated_data) = match self.binding().await? {
            Binding::Context => (Some(place.as_str()), None),
            Binding::AssociatedData => (None, Some(place.as_str())),
        };
        let ask = Ask { plaintext, ciphertext, context, associated_data };
        let mut body = Zeroizing::new(Vec::with_capacity(ROOM));
        serde_json::to_writer(&mut *body, &ask)?;
        self.server.ask(operation, &self.key, body).await
    }

    fn wrapped(&self, said: &[u8]) -> Result<Wrapped> {
        let answer: Answer<Ciphertext> = serde_json::from_slice(said).map_err(|_| unreadable())?;
        let text = answer.data.ciphertext;
        let version = text.strip_prefix(MARK).and_then(|rest| rest.split_once(':'));
        let version: u64 = version.and_then(|(v, _)| v.parse().ok()).ok_or_else(unreadable)?;
        Ok(Wrapped { key: text.into_bytes(), kek_id: format!("{}{version}", self.prefix) })
    }

    /// The ciphertext of a row, when row and ciphertext name the same version of our key.
    fn ciphertext<'a>(&self, wrapped: &'a Wrapped) -> Result<&'a str> {
        let text = std::str::from_utf8(&wrapped.key).map_err(|_| does_not_open())?;
        let named = wrapped.kek_id.strip_prefix(&self.prefix).ok_or_else(does_not_open)?;
        let own = text.strip_prefix(MARK).and_then(|rest| rest.split_once(':'));
        own.filter(|(version, _)| *version == named).map(|_| text).ok_or_else(does_not_open)
    }
}

impl KeyWrapper for Transit {
    fn wrap<'a>(
        &'a self,
        data_key: &'a DataKey,
        place: &'a [u8],
    ) -> BoxFuture<'a, Result<Wrapped>> {
        Box::pin(self.encrypt(data_key, place))
    }

    fn unwrap<'a>(
        &'a self,
        wrapped: &'a Wrapped,
        place: &'a [u8],
    ) -> BoxFuture<'a, Result<DataKey>> {
        Box::pin(async move {
            let text = self.ciphertext(wrapped)?;
            let said = self.bound("decrypt", (None, Some(text)), place).await?;
            let answer: Answer<Plaintext<'_>> =
                serde_json::from_slice(&said).map_err(|_| unreadable())?;
            let mut plain = Zeroizing::new([0; 48]);
            let length = BASE64_STANDARD.decode_slice(answer.data.plaintext, &mut *plain);
            let bytes = plain.first_chunk::<32>().filter(|_| length == Ok(32));
            Ok(data_key(bytes.ok_or_else(does_not_open)?))
        })
    }

    fn rewrap<'a>(
        &'a self,
        wrapped: &'a Wrapped,
        place: &'a [u8],
    ) -> BoxFuture<'a, Result<Wrapped>> {
        Box::pin(async move {
            if self.binding().await? == Binding::AssociatedData {
                let data_key = self.unwrap(wrapped, place).await?;
                return self.encrypt(&data_key, place).await;
            }
            let text = self.ciphertext(wrapped)?;
            let said = self.bound("rewrap", (None, Some(text)), place).await?;
            self.wrapped(&said)
        })
    }

    fn active_kek(&self) -> BoxFuture<'_, Result<String>> {
        Box::pin(async move {
            let (about, _) = self.about().await?;
            Ok(format!("{}{}", self.prefix, about.latest_version))
        })
    }

    fn knows(&self, kek_id: &str) -> bool {
        kek_id.starts_with(&self.prefix)
    }
}

/// Letters, digits, `_`, `-` and `.`; nothing that leads elsewhere in a path.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    !text.is_empty() && text.bytes().all(plain) && text != "." && text != ".."
}
