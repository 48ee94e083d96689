//! A payments server of one test's own.

use std::{fs, path::PathBuf, sync::Once, time::Duration};

use reqwest::{Method, StatusCode, redirect::Policy};
use sandbox::payments::{PaymentsConfig, WebhookTarget, serve};
use serde_json::{Value, json};
use stripe::{Client, ClientBuilder};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use url::Url;

pub const KEY: &str = "sk_test_house";

/// A running server. `close` it at the end: that proves the books and keeps the traffic for the
/// check of its shape.
pub struct House {
    name: &'static str,
    pub url: String,
    pub http: reqwest::Client,
    pub stripe: Client,
    dir: TempDir,
    webhooks: Vec<WebhookTarget>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
    traffic: Vec<Value>,
}

/// An answer, as far as tests look at it.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub replayed: bool,
}

impl House {
    pub async fn open(name: &'static str) -> Self {
        Self::with(name, Vec::new()).await
    }

    pub async fn with(name: &'static str, webhooks: Vec<WebhookTarget>) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            // Another test of this process may have come first.
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let dir = tempfile::tempdir().unwrap();
        let (url, stop, task) = start(dir.path().join("payments.json"), &webhooks).await;
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        let stripe = client(&url);
        Self { name, url, http, stripe, dir, webhooks, stop, task, traffic: Vec::new() }
    }

    /// Stops the server and starts it again on its state, at another address.
    pub async fn restart(&mut self) {
        self.traffic.extend(self.exchanges().await);
        let path = self.dir.path().join("payments.json");
        let (stop, _) = oneshot::channel();
        std::mem::replace(&mut self.stop, stop).send(()).unwrap();
        (&mut self.task).await.unwrap().unwrap();
        let (url, stop, task) = start(path, &self.webhooks).await;
        self.stripe = client(&url);
        (self.url, self.stop, self.task) = (url, stop, task);
    }

    /// Proves the books, keeps the traffic, stops the server.
    pub async fn close(mut self) {
        let books = self.books().await;
        assert_eq!(books["balanced"], true, "{:#}", books["problems"]);
        self.traffic.extend(self.exchanges().await);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("stripe-traffic");
        fs::create_dir_all(&folder).unwrap();
        let kept = json!({ "exchanges": self.traffic });
        fs::write(folder.join(format!("{}.json", self.name)), kept.to_string()).unwrap();
        self.stop.send(()).unwrap();
        self.task.await.unwrap().unwrap();
    }

    /// A form to the API, with a key if there is one.
    pub async fn post(&self, path: &str, form: &[(&str, &str)], key: Option<&str>) -> Answer {
        self.try_post(path, form, key).await.unwrap()
    }

    pub async fn try_post(
        &self,
        path: &str,
        form: &[(&str, &str)],
        key: Option<&str>,
    ) -> reqwest::Result<Answer> {
        let mut request = self.request(Method::POST, path).form(form);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        answer(request).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = answer(self.request(Method::GET, path)).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {:#}", answer.body);
        answer.body
    }

    /// As a connected account.
    pub async fn get_as(&self, account: &str, path: &str) -> Value {
        let request = self.request(Method::GET, path).header("Stripe-Account", account);
        let answer = answer(request).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {:#}", answer.body);
        answer.body
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(KEY)
    }

    /// A control call.
    pub async fn tell(&self, what: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}/sandbox/{what}", self.url)).json(&body);
        let answer = answer(request).await.unwrap();
        assert_eq!(answer.status, 200, "{what}: {:#}", answer.body);
        answer.body
    }

    pub async fn ask(&self, what: &str) -> Value {
        let request = self.http.get(format!("{}/sandbox/{what}", self.url));
        answer(request).await.unwrap().body
    }

    pub async fn books(&self) -> Value {
        self.ask("books").await
    }

    /// Sends a hosted page's form as a browser would, without following redirects.
    pub async fn submit(&self, page: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let response = self.http.post(page).form(form).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    pub async fn page(&self, page: &str) -> (StatusCode, String) {
        let response = self.http.get(page).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    /// Pays an amount through an intent of its own: the charge.
    pub async fn charge(&self, amount: i64, group: &str) -> String {
        let form = [
            ("amount", amount.to_string()),
            ("currency", "usd".to_owned()),
            ("payment_method", "pm_card_visa".to_owned()),
            ("confirm", "true".to_owned()),
            ("transfer_group", group.to_owned()),
        ];
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let paid = self.post("/v1/payment_intents", &form, None).await;
        assert_eq!(paid.status, 200, "{:#}", paid.body);
        paid.body["latest_charge"].as_str().unwrap().to_owned()
    }

    /// A connected account that has been through onboarding.
    pub async fn payee(&self) -> String {
        let form = [
            ("type", "express"),
            ("country", "DE"),
            ("capabilities[transfers][requested]", "true"),
        ];
        let account = self.post("/v1/accounts", &form, None).await.body;
        let id = account["id"].as_str().unwrap().to_owned();
        let form = [
            ("account", id.as_str()),
            ("type", "account_onboarding"),
            ("refresh_url", "https://app.example/refresh"),
            ("return_url", "https://app.example/return"),
        ];
        let link = self.post("/v1/account_links", &form, None).await.body;
        let form = [("legal_name", "Ines Vogt"), ("country", "DE"), ("bank_last4", "3000")];
        let (status, _) = self.submit(link["url"].as_str().unwrap(), &form).await;
        assert_eq!(status, 303);
        id
    }

    /// Waits until `holds` of what `path` shows, for five seconds at most.
    pub async fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..100 {
            let shown = self.get(path).await;
            if holds(&shown) {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{path} never came to it: {:#}", self.get(path).await);
    }

    async fn exchanges(&self) -> Vec<Value> {
        self.ask("requests").await["exchanges"].as_array().unwrap().clone()
    }
}

async fn start(
    state: PathBuf,
    webhooks: &[WebhookTarget],
) -> (String, oneshot::Sender<()>, JoinHandle<anyhow::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let config = PaymentsConfig {
        state,
        base_url: Url::parse(&url).unwrap(),
        secret_key: KEY.to_owned(),
        webhooks: webhooks.to_vec(),
        seed: 7,
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let until = async {
        let _ = stopped.await;
    };
    (url, stop, tokio::spawn(serve(listener, config, until)))
}

fn client(url: &str) -> Client {
    ClientBuilder::new(KEY).url(format!("{url}/")).build().unwrap()
}

async fn answer(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let replayed = response.headers().contains_key("Idempotent-Replayed");
    Ok(Answer { status, body: response.json().await?, replayed })
}
