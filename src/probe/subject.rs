//! The server that is asked, as one client of it.

use anyhow::{Context, Result, ensure};
use api::outside::upstream::{AccountApi, Answer, Client, ClientAuth, Parts, Question, Upstream};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::time::Duration;
use url::{Url, form_urlencoded};

const WITHIN: Duration = Duration::from_secs(20);
const MOST: usize = 256 * 1024;

/// A described application, with the client that asks it.
pub struct Subject {
    pub upstream: Upstream,
    pub server: Server,
    api: AccountApi,
    pub client: Client,
    /// Where the server sends people back to; compared exactly there.
    pub callback: Url,
}

/// The authorization server, and what it knows us as.
pub struct Server {
    pub issuer: String,
    pub authorize: Url,
    pub token: Url,
    pub revoke: Option<Url>,
    pub client_id: String,
    pub client_secret: SecretString,
    pub client_auth: ClientAuth,
}

/// What a token endpoint gave.
#[derive(Debug, Clone)]
pub struct Granted {
    pub access: SecretString,
    pub refresh: Option<SecretString>,
    /// As it told them; absent when it told none.
    pub scopes: Option<Vec<String>>,
}

/// Why a token endpoint gave nothing: its error code, or a word of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

pub type Outcome = Result<Granted, Refused>;

impl Subject {
    /// # Errors
    /// The application's addresses differ per account: then there is no one server to ask.
    pub fn new(upstream: Upstream, client: Client, callback: Url) -> Result<Self> {
        let nowhere = "the addresses differ per account: describe one account's to probe it";
        let parts = Parts::default();
        let no_page = "nobody agrees on a page of this application, so there is nothing to probe";
        let authority = upstream.authority(&parts).ok().context(nowhere)?;
        let server = Server {
            issuer: authority.issuer,
            authorize: authority.authorize.context(no_page)?,
            token: authority.token,
            revoke: authority.revoke,
            client_id: authority.client_id,
            client_secret: authority.client_secret,
            client_auth: authority.oauth.client_auth,
        };
        let api = upstream.api(&parts).ok().context(nowhere)?;
        Ok(Self { upstream, server, api, client, callback })
    }

    /// An address of the API.
    pub fn url(&self, path: &str) -> Url {
        self.api.url(path)
    }

    /// Where a person goes to agree.
    pub fn authorize_url(&self, state: &str, challenge: Option<&str>) -> Url {
        let mut url = self.server.authorize.clone();
        let mut pairs = url.query_pairs_mut();
        pairs
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.server.client_id)
            .append_pair("redirect_uri", self.callback.as_str())
            .append_pair("scope", &self.upstream.oauth.scopes.join(" "))
            .append_pair("state", state);
        if let Some(challenge) = challenge {
            pairs
                .append_pair("code_challenge", challenge)
                .append_pair("code_challenge_method", "S256");
        }
        drop(pairs);
        url
    }

    pub async fn exchange(&self, code: &SecretString, verifier: Option<&str>) -> Outcome {
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose_secret()),
            ("redirect_uri", self.callback.as_str()),
        ];
        pairs.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        self.token(&pairs).await
    }

    pub async fn refresh(&self, token: &SecretString, scope: Option<&str>) -> Outcome {
        let mut pairs = vec![("grant_type", "refresh_token")];
        pairs.push(("refresh_token", token.expose_secret()));
        pairs.extend(scope.map(|scope| ("scope", scope)));
        self.token(&pairs).await
    }

    /// Whether the server took it; `None` without an endpoint.
    pub async fn revoke(&self, token: &SecretString, hint: &str) -> Option<bool> {
        let url = self.server.revoke.clone()?;
        let pairs = [("token", token.expose_secret()), ("token_type_hint", hint)];
        let answer = self.post(url, &pairs).await;
        Some(answer.is_ok_and(|answer| answer.status.is_success()))
    }

    /// Ends what is no longer needed, as far as the server lets us.
    pub async fn end(&self, granted: &Granted) {
        match &granted.refresh {
            Some(token) => self.revoke(token, "refresh_token").await,
            None => self.revoke(&granted.access, "access_token").await,
        };
    }

    /// Whether an access token is good: the account can be read with it. `None` without an answer
    /// that says so either way.
    pub async fn lives(&self, access: &SecretString) -> Option<bool> {
        let path = self.upstream.account.path.as_str();
        let (status, account) = self.read(self.url(path), access).await?;
        match status {
            200..300 => Some(account.is_some()),
            401 | 403 => Some(false),
            _ => None,
        }
    }

    /// A GET of the API: its status, and the account it tells of.
    pub async fn read(&self, mut url: Url, access: &SecretString) -> Option<(u16, Option<String>)> {
        let account = &self.upstream.account;
        if !account.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&account.query);
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &self.api.headers {
            headers.insert(name.parse::<HeaderName>().ok()?, value.parse().ok()?);
        }
        headers.insert(AUTHORIZATION, secret(format!("Bearer {}", access.expose_secret())).ok()?);
        let answer = self.ask(Method::GET, url, (headers, Vec::new())).await.ok()?;
        let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let field = account.id_field.as_ref().or(account.name_field.as_ref());
        let id = body.as_ref().zip(field).and_then(|(body, field)| body.get(field));
        Some((answer.status.as_u16(), id.map(ToString::to_string)))
    }

    /// A JSON document, or what was posted for.
    ///
    /// # Errors
    /// No answer, or none that is JSON with a good status; the status is told, the text is not.
    pub async fn document(&self, url: Url, body: Option<&Value>) -> Result<Value> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let (method, bytes) = match body {
            Some(body) => (Method::POST, body.to_string().into_bytes()),
            None => (Method::GET, Vec::new()),
        };
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let told = url.clone();
        let answer = self.ask(method, url, (headers, bytes)).await?;
        ensure!(answer.status.is_success(), "{told} answered {}", answer.status.as_u16());
        serde_json::from_slice(&answer.body).with_context(|| format!("{told} answered no JSON"))
    }

    async fn token(&self, pairs: &[(&str, &str)]) -> Outcome {
        let answer = self.post(self.server.token.clone(), pairs).await;
        let answer = answer.map_err(|error| Refused(format!("no answer: {error}")))?;
        let status = answer.status.as_u16();
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        if let (true, Some(access)) = (answer.status.is_success(), text("access_token")) {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
            return Ok(Granted {
                access: access.into(),
                refresh: text("refresh_token").map(Into::into),
                scopes: text("scope").map(words),
            });
        }
        // Only codes as RFC 6749 has them are repeated: the rest may quote what was sent.
        let plain = |code: &&str| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let code = text("error").filter(plain);
        Err(Refused(code.map_or_else(|| format!("status {status}"), str::to_owned)))
    }

    async fn post(&self, url: Url, pairs: &[(&str, &str)]) -> Result<Answer> {
        let server = &self.server;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(pairs);
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, kind);
        let own = server.client_secret.expose_secret();
        match server.client_auth {
            ClientAuth::Basic => {
                let coded = |text: &str| -> String {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect()
                };
                let pair = format!("{}:{}", coded(&server.client_id), coded(own));
                let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
                headers.insert(AUTHORIZATION, secret(value)?);
            }
            ClientAuth::Body => {
                form.append_pair("client_id", &server.client_id).append_pair("client_secret", own);
            }
        }
        self.ask(Method::POST, url, (headers, form.finish().into_bytes())).await
    }

    async fn ask(
        &self,
        method: Method,
        url: Url,
        (headers, body): (HeaderMap, Vec<u8>),
    ) -> Result<Answer> {
        let question = Question { method, url, headers, body, most: MOST, within: WITHIN };
        Ok(self.client.ask(question).await?)
    }
}

fn secret(text: String) -> Result<HeaderValue> {
    let mut value = HeaderValue::try_from(text).context("a secret is no header")?;
    value.set_sensitive(true);
    Ok(value)
}
