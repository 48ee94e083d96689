//! Asking an application, right after consent, whose account a token reaches and where that is.

use crate::app::App;
use crate::kernel::money::Currency;
use crate::outside::oauth;
use crate::outside::upstream::{Answer, Client, Question};
use crate::upstreams::{Parts, Upstream};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

/// An account as the application names it, and where it is.
pub struct Account {
    /// What it is known by here.
    pub key: String,
    pub name: String,
    /// What it is billed in, where the application tells.
    pub currency: Option<Currency>,
    pub parts: Parts,
}

/// `None` when the application does not tell what its description promises; the log says why.
pub async fn read_account(
    app: &App,
    upstream: &Upstream,
    (parts, token): (&Parts, &SecretString),
) -> Option<Account> {
    let asked = Asked { client: app.upstreams.client(), upstream, token };
    let parts = asked.discover(parts.clone()).await?;
    let api = upstream.api(&parts).ok()?;
    let mut url = api.url(upstream.account.path.as_str());
    if !upstream.account.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&upstream.account.query);
    }
    let body = asked.get(url, "Bearer", &api.headers).await?;
    let field = |name: &Option<String>| name.as_ref().and_then(|name| text(&body, name));
    let id = field(&upstream.account.id_field);
    if id.is_none() && upstream.account.id_field.is_some() {
        tracing::warn!(upstream = upstream.slug, "its answer does not tell the account");
        return None;
    }
    let key = upstream.account_key(&parts, id.as_deref())?;
    let name = field(&upstream.account.name_field).unwrap_or_else(|| key.clone());
    let currency = field(&upstream.account.currency_field);
    let currency = currency.and_then(|code| Currency::parse(&code));
    Some(Account { key, name, currency, parts })
}

struct Asked<'a> {
    client: &'a Client,
    upstream: &'a Upstream,
    token: &'a SecretString,
}

impl Asked<'_> {
    /// The parts with those that the application itself tells, read as strictly as a person's.
    async fn discover(&self, mut parts: Parts) -> Option<Parts> {
        let Some(discovery) = &self.upstream.discovery else { return Some(parts) };
        let body = self.get(discovery.address.clone(), &discovery.scheme, &[]).await?;
        for part in self.upstream.parts.iter().filter(|part| !part.asked) {
            let told = discovery.fields.get(&part.name).and_then(|field| text(&body, field));
            let read = told.and_then(|text| part.read(&text, self.upstream.reach).ok());
            let Some(value) = read else {
                let (upstream, part) = (&self.upstream.slug, &part.name);
                tracing::warn!(upstream, part, "it does not tell where the account is");
                return None;
            };
            parts.plain.insert(part.name.clone(), value);
        }
        Some(parts)
    }

    async fn get(&self, url: Url, scheme: &str, send: &[(String, String)]) -> Option<Value> {
        let mut headers = HeaderMap::new();
        for (name, value) in send {
            let pair = (HeaderName::try_from(name), HeaderValue::try_from(value));
            if let (Ok(name), Ok(value)) = pair {
                headers.insert(name, value);
            }
        }
        let mut value =
            HeaderValue::try_from(format!("{scheme} {}", self.token.expose_secret())).ok()?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
        let question = Question {
            method: Method::GET,
            url,
            headers,
            body: Vec::new(),
            most: 64 * 1024,
            within: oauth::WITHIN,
        };
        let upstream = &self.upstream.slug;
        let faulty = |answer: &Answer| {
            let faults = self.upstream.faults.as_ref();
            faults.is_some_and(|faults| faults.read(answer.status, &answer.body).is_some())
        };
        match self.client.ask(question).await {
            Ok(answer) if answer.status.is_success() && !faulty(&answer) => {
                serde_json::from_slice(&answer.body).ok()
            }
            Ok(answer) => {
                let status = answer.status.as_u16();
                tracing::warn!(upstream, status, "the account cannot be read");
                None
            }
            Err(trouble) => {
                tracing::warn!(upstream, %trouble, "the account cannot be read");
                None
            }
        }
    }
}

/// A field as a text that can stand in a row and on a page.
fn text(body: &Value, field: &str) -> Option<String> {
    let text = match body.get(field)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let plain =
        !text.is_empty() && text.chars().count() <= 200 && !text.chars().any(char::is_control);
    plain.then_some(text)
}
