//! Looking into the mail catcher as the owner of an address.

use super::Scene;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// A mail that arrived.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Mail {
    pub id: u64,
    pub subject: String,
    pub links: Vec<String>,
}

impl Mail {
    /// What a link of the mail carries under this name in its query.
    ///
    /// # Errors
    /// No link carries it.
    pub fn carried(&self, name: &str) -> Result<String> {
        let links = self.links.iter().filter_map(|link| link.parse::<Url>().ok());
        let mut values = links.filter_map(|link| {
            let found = link.query_pairs().find(|(known, _)| known == name);
            found.map(|(_, value)| value.into_owned())
        });
        values.next().with_context(|| format!("no link of \"{}\" carries {name}", self.subject))
    }
}

impl Scene<'_> {
    /// The newest mail to this address that came after the mail `since`; waits half a minute.
    ///
    /// # Errors
    /// None came.
    pub(super) async fn mail_to(&self, address: &str, since: u64) -> Result<Mail> {
        for _ in 0..150 {
            let mails = self.mails(address, since).await?;
            if let Some(mail) = mails.into_iter().next() {
                return Ok(mail);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        bail!("no mail came to {address} within half a minute")
    }

    async fn mails(&self, address: &str, since: u64) -> Result<Vec<Mail>> {
        let mut url = self.places.mail.join("/mails.json")?;
        url.query_pairs_mut().append_pair("to", address).append_pair("since", &since.to_string());
        let answer = self.stage.client.get(url).send().await.context("the mail catcher is away")?;
        let answer = answer.error_for_status().context("the mail catcher refused")?;
        answer.json().await.context("the mail catcher answered something else")
    }
}
