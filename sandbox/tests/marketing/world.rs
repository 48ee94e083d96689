//! A sandbox of its own for each test, and people who use it with a browser.

use std::{collections::BTreeMap, path::PathBuf, sync::Once};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode,
    header::{COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use sandbox::{Config, Sandbox};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use url::Url;

pub const BACK: &str = "http://127.0.0.1:9/oauth/callback?upstream=larkfield";
pub const EVERYTHING: &str = "account:read contacts:read contacts:write lists:read lists:write \
    campaigns:read campaigns:write campaigns:send reports:read admin";
pub const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-rfc-0123456789";
pub const PETRA: &str = "petra@fjordhaus.example";
pub const FJORDHAUS: &str = "acc_fjordhaus";

pub struct World {
    pub sandbox: Sandbox,
    pub http: Client,
    dir: TempDir,
}

pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

impl World {
    pub async fn start() -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            rustls::crypto::ring::default_provider().install_default().unwrap();
        });
        let dir = tempfile::tempdir().unwrap();
        let sandbox = sandbox::start(config(dir.path().into())).await.unwrap();
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { sandbox, http, dir }
    }

    pub async fn restart(self) -> Self {
        let Self { sandbox, http, dir } = self;
        sandbox.stop().await.unwrap();
        let sandbox = sandbox::start(config(dir.path().into())).await.unwrap();
        Self { sandbox, http, dir }
    }

    pub fn config(&self) -> Config {
        config(self.dir.path().into())
    }

    pub fn at(&self, path: &str) -> Url {
        self.sandbox.marketing.join(path).unwrap()
    }

    /// One call of the API.
    pub fn call(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.http.request(method, self.at(&format!("/api/v1{path}"))).bearer_auth(token)
    }

    pub async fn get(&self, path: &str, token: &str) -> Value {
        let answer = self.call(Method::GET, path, token).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }

    pub async fn status(&self, path: &str, token: &str) -> StatusCode {
        self.call(Method::GET, path, token).send().await.unwrap().status()
    }

    pub async fn faults(&self, faults: Value) {
        let answer = self.http.post(self.at("/sandbox/faults")).json(&faults).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::OK, "{faults}");
    }

    /// The address that a client sends people to, with changes.
    pub fn authorize(&self, scope: &str, changes: &[(&str, &str)]) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut query = BTreeMap::from([
            ("response_type", "code"),
            ("client_id", "attache"),
            ("redirect_uri", BACK),
            ("scope", scope),
            ("state", "the state & more"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        query.extend(changes.iter().copied());
        let mut url = self.at("/oauth/authorize");
        url.query_pairs_mut().extend_pairs(query.into_iter().filter(|(_, v)| !v.is_empty()));
        url
    }

    /// A form call to an OAuth endpoint with the client's secret.
    pub async fn oauth(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, Value) {
        let secret = &self.sandbox.marketing_client_secret;
        let call = self.http.post(self.at(path)).basic_auth("attache", Some(secret)).form(fields);
        let answer = call.send().await.unwrap();
        let status = answer.status();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
    }

    pub async fn exchange(&self, code: &str) -> (StatusCode, Value) {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        self.oauth("/oauth/token", &fields).await
    }

    pub async fn refresh(&self, token: &str) -> (StatusCode, Value) {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.oauth("/oauth/token", &fields).await
    }

    /// A code that a person gave through the pages.
    pub async fn code(&self, email: &str, account: &str, scope: &str) -> String {
        let mut browser = Browser::signed_in(self, email).await;
        let to = browser.decides(&self.authorize(scope, &[]), account, "allow").await;
        asked(&to, "code").expect("a code")
    }

    /// Tokens that a person gave through the pages.
    pub async fn connect(&self, email: &str, account: &str, scope: &str) -> Tokens {
        let (status, answer) = self.exchange(&self.code(email, account, scope).await).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        tokens(&answer)
    }
}

pub fn tokens(answer: &Value) -> Tokens {
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    Tokens { access: text("access_token"), refresh: text("refresh_token") }
}

pub fn asked(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn config(dir: PathBuf) -> Config {
    Config { dir, redirect_uris: vec![BACK.into()], webhook_urls: Vec::new(), seed: 7 }
}

/// Follows pages as a browser without script does: cookies, forms, no more.
pub struct Browser<'a> {
    world: &'a World,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub fn new(world: &'a World) -> Self {
        Self { world, cookies: BTreeMap::new() }
    }

    pub async fn signed_in(world: &'a World, email: &str) -> Self {
        let mut browser = Self::new(world);
        let answer = browser.signs_in(email, sandbox::marketing::SAMPLE_PASSWORD, "/").await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{email}");
        browser
    }

    pub async fn signs_in(&mut self, email: &str, password: &str, next: &str) -> Response {
        let page = self.page("/sign-in").await;
        let token = hidden(&page, "token");
        let fields =
            [("token", token.as_str()), ("email", email), ("password", password), ("next", next)];
        self.posts("/sign-in", &fields).await
    }

    pub async fn opens(&mut self, url: &Url) -> Response {
        self.send(self.world.http.get(url.clone())).await
    }

    pub async fn page(&mut self, path: &str) -> String {
        let answer = self.opens(&self.world.at(path)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    pub async fn posts(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send(self.world.http.post(self.world.at(path)).form(fields)).await
    }

    /// Decides on the consent page and says where that leads.
    pub async fn decides(&mut self, url: &Url, account: &str, decision: &str) -> Url {
        let answer = self.opens(url).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let page = answer.text().await.unwrap();
        let (token, request) = (hidden(&page, "token"), hidden(&page, "request"));
        let fields = [
            ("token", token.as_str()),
            ("request", &request),
            ("account", account),
            ("decision", decision),
        ];
        let answer = self.posts("/oauth/authorize", &fields).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        leads_to(&answer)
    }

    async fn send(&mut self, call: RequestBuilder) -> Response {
        let cookies: Vec<_> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let answer = call.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.into(), value.into());
        }
        answer
    }
}

pub fn leads_to(answer: &Response) -> Url {
    let place = answer.headers()[LOCATION].to_str().unwrap();
    answer.url().join(place).unwrap()
}

/// The value of a hidden field of a page.
pub fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let from = page.split_once(&start).unwrap_or_else(|| panic!("{name} in {page}")).1;
    let value = from.split_once('"').unwrap().0;
    ["&amp;", "&lt;", "&gt;", "&quot;", "&#x27;", "&#x2F;", "&#39;"]
        .into_iter()
        .zip(["&", "<", ">", "\"", "'", "/", "'"])
        .rev()
        .fold(value.to_owned(), |text, (coded, plain)| text.replace(coded, plain))
}

/// A draft that could be sent.
pub fn draft(list_id: &Value) -> Value {
    json!({
        "name": "Test letter",
        "subject": "A test",
        "from_email": "hello@fjordhaus.example",
        "list_id": list_id,
        "body": "Hello",
    })
}
