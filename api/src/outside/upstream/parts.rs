//! What differs from account to account: the host an application is run at, a name in front of its
//! domain, a number that every call carries, the client that a customer made for us there.
//!
//! A part is read strictly where it comes in, so that what stands in an address is one host and
//! nothing else; what an address leads to is looked at again when it is put together.

use super::Reach;
use super::pattern::Pattern;
use crate::text_enum;
use secrecy::SecretString;
use std::collections::BTreeMap;
use url::{Host, Url};

text_enum! {
    /// What a part may be, and with it where it may stand.
    pub enum PartKind {
        /// A whole host name.
        Host = "host",
        /// One label in front of a domain that the description names.
        Label = "label",
        /// A word of the application's own, in a header or as the client's id.
        Text = "text",
        /// The client's secret; sealed, and never shown.
        Secret = "secret",
    }
}

/// A part as an application's description asks for it.
#[derive(Debug)]
pub struct AccountPart {
    pub name: String,
    pub kind: PartKind,
    /// What people are asked; empty for what the application itself tells.
    pub label: String,
    pub hint: String,
    pub example: String,
    pub pattern: Option<Pattern>,
    /// The only values there are, if they are few.
    pub choices: Vec<String>,
    /// Whether a person is asked; else the application tells it after consent.
    pub asked: bool,
}

/// What is known of one account.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// Values by the names of their parts; no secret is among them.
    pub plain: BTreeMap<String, String>,
    /// The secret of a client that the customer made.
    pub secret: Option<SecretString>,
}

/// Longest value, as long as a host name may be.
const LONGEST: usize = 253;

impl AccountPart {
    /// The value that a text stands for.
    ///
    /// Errors with what to write instead; the text itself is not repeated.
    pub fn read(&self, text: &str, reach: Reach) -> Result<String, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err(format!("Enter this: {}", self.hint_or_label()));
        }
        let read = match self.kind {
            PartKind::Host => host(text, reach),
            PartKind::Label => label(text),
            PartKind::Text | PartKind::Secret => word(text),
        };
        let value = read.ok_or_else(|| self.wanted())?;
        let fits = self.pattern.as_ref().is_none_or(|pattern| pattern.matches(&value));
        let known = self.choices.is_empty() || self.choices.contains(&value);
        if fits && known { Ok(value) } else { Err(self.wanted()) }
    }

    fn hint_or_label(&self) -> &str {
        if self.hint.is_empty() { &self.label } else { &self.hint }
    }

    fn wanted(&self) -> String {
        let example = &self.example;
        match self.kind {
            _ if !self.choices.is_empty() => format!("Choose one of {}", self.choices.join(", ")),
            PartKind::Host => format!(
                "Enter the name of a public host alone, without https:// and without what follows \
                 it, such as {example}"
            ),
            PartKind::Label => format!("Enter it without dots and slashes, such as {example}"),
            PartKind::Text => format!("Enter one word without spaces, such as {example}"),
            PartKind::Secret => "Enter it as it was shown, one word without spaces".to_owned(),
        }
    }
}

/// A name with a dot in it, or this machine with its port where that is permitted.
fn host(text: &str, reach: Reach) -> Option<String> {
    // A parser would drop line breaks and decode escapes: what is written is what is meant.
    if text.contains(|c: char| c == '%' || c.is_control() || c.is_whitespace()) {
        return None;
    }
    let url = Url::parse(&format!("https://{text}")).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || text.contains(['/', '\\', '@', '?', '#']) || text.len() > LONGEST {
        return None;
    }
    let name = url.host_str()?;
    if is_on_this_machine(&url) {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        return reach.loopback.then(|| format!("{name}{port}"));
    }
    let named = matches!(url.host(), Some(Host::Domain(_))) && name.split('.').count() > 1;
    let whole = name.split('.').all(|part| label(part).is_some());
    (named && whole && url.port().is_none() && !text.contains(':')).then(|| name.to_owned())
}

/// One label of a host name, in small letters.
fn label(text: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let fits = !text.is_empty() && text.len() <= 63 && text.bytes().all(plain);
    let inside = !text.starts_with('-') && !text.ends_with('-');
    (fits && inside).then(|| text.to_ascii_lowercase())
}

fn word(text: &str) -> Option<String> {
    let fits = text.len() <= LONGEST && text.bytes().all(|b| b.is_ascii_graphic());
    fits.then(|| text.to_owned())
}

/// Whether an address is this machine's own, as it is written.
pub fn is_on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => super::address::is_loopback(address.into()),
        Some(Host::Ipv6(address)) => super::address::is_loopback(address.into()),
        None => false,
    }
}

#[cfg(test)]
#[path = "parts_tests.rs"]
mod tests;
