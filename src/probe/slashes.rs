//! Whether an API takes `%2F` in a path for a slash.

use super::subject::{Granted, Subject};
use api::outside::upstream::{Finding, SlashSeen};
use url::Url;

/// Reads the account once as described, and once with the last slash of its address encoded.
pub async fn ask(subject: &Subject, granted: &Granted) -> Finding<SlashSeen> {
    let url = subject.url(subject.upstream.account.path.as_str());
    let Some(encoded) = encoded(&url) else {
        return unclear("the account's address has no slash that could be encoded");
    };
    let plain = subject.read(url, &granted.access).await;
    let Some((200..300, Some(account))) = plain else {
        return unclear("the account could not be read with a fresh token");
    };
    let path = encoded.path().to_owned();
    let seen = match subject.read(encoded, &granted.access).await {
        Some((200..300, Some(other))) if other == account => {
            (SlashSeen::Decoded, "the same account as with a slash".to_owned())
        }
        Some((status, _)) => (SlashSeen::Apart, format!("status {status}")),
        None => return unclear("it did not answer"),
    };
    Finding { seen: Some(seen.0), evidence: format!("GET {path} answered {}", seen.1) }
}

fn unclear(why: &str) -> Finding<SlashSeen> {
    Finding { seen: None, evidence: why.to_owned() }
}

fn encoded(url: &Url) -> Option<Url> {
    let (before, last) = url.path().strip_prefix('/')?.rsplit_once('/')?;
    let mut encoded = url.clone();
    encoded.set_path(&format!("/{before}%2F{last}"));
    Some(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_slash_between_two_words() {
        let path =
            |text: &str| encoded(&Url::parse(text).unwrap()).map(|url| url.path().to_owned());
        assert_eq!(path("http://a.example/api/v1/account").as_deref(), Some("/api/v1%2Faccount"));
        assert_eq!(path("http://a.example/me"), None);
    }
}
