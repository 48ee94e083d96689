//! Somebody who uses a running program over HTTP: signed in, with a session of their own.
//! Everything they ask is kept with its answer, so that a step that fails can show both; secrets
//! are blotted out of what is shown. Every POST carries an idempotency key of its own.

mod answer;
mod parts;

pub use answer::Answer;
pub use parts::Part;

use super::browser::Browser;
use anyhow::{Context, Result};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// Where a program answers, and how its actors' keys begin.
#[derive(Debug, Clone)]
pub struct Stage {
    pub client: Client,
    pub site: Url,
    /// Begins every idempotency key, so that two runs never share one.
    pub run: String,
}

/// A person with a session.
pub struct Actor {
    pub email: String,
    pub browser: Browser,
    stage: Stage,
    asked: u32,
}

impl Actor {
    /// Somebody who is not signed in.
    pub fn visitor(stage: &Stage, email: &str) -> Self {
        let browser = Browser::new(stage.client.clone());
        Self { email: email.to_owned(), browser, stage: stage.clone(), asked: 0 }
    }

    /// Signs in with the password.
    ///
    /// # Errors
    /// The program refuses it, or does not answer.
    pub async fn sign_in(stage: &Stage, email: &str, password: &str) -> Result<Self> {
        let mut actor = Self::visitor(stage, email);
        let body = json!({ "email": email, "password": password });
        actor.post("/v1/sessions", body).await?.expect(201)?;
        Ok(actor)
    }

    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Result<Answer> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// POST without a body.
    pub async fn act(&mut self, path: &str) -> Result<Answer> {
        self.send(Method::POST, path, None).await
    }

    pub async fn put(&mut self, path: &str, body: Value) -> Result<Answer> {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn delete(&mut self, path: &str) -> Result<Answer> {
        self.send(Method::DELETE, path, None).await
    }

    /// An edit of the version that was read.
    ///
    /// # Errors
    /// What was read has no version.
    pub async fn edit(&mut self, path: &str, read: &Answer, body: Value) -> Result<Answer> {
        let version = read.header("etag").with_context(|| format!("{}: no ETag", read.asked))?;
        let request = self.request(Method::PUT, path)?.header("if-match", version).json(&body);
        let asked = self.asked(&Method::PUT, path, Some(&body));
        self.answer(asked, request).await
    }

    /// POST of a form with files.
    pub async fn upload(&mut self, path: &str, parts: &[Part<'_>]) -> Result<Answer> {
        let (kind, body) = parts::encode(parts);
        let request = self.request(Method::POST, path)?.header("content-type", kind).body(body);
        let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
        let asked = self.asked(&Method::POST, path, Some(&json!(names)));
        self.answer(asked, request).await
    }

    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer> {
        let asked = self.asked(&method, path, body.as_ref());
        let mut request = self.request(method, path)?;
        if let Some(body) = &body {
            request = request.json(body);
        }
        self.answer(asked, request).await
    }

    /// Asks until the answer is what is waited for, for at most a minute.
    ///
    /// # Errors
    /// Says what was waited for and what was answered last.
    pub async fn wait(
        &mut self,
        path: &str,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Result<Answer> {
        let mut answer = self.get(path).await?;
        for _ in 0..300 {
            if answer.status == 200 && is_so(&answer.json) {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            answer = self.get(path).await?;
        }
        Err(answer.wrong(&format!("waited a minute for: {what}")))
    }

    pub fn address(&self, path: &str) -> Result<Url> {
        Ok(self.stage.site.join(path)?)
    }

    fn request(&mut self, method: Method, path: &str) -> Result<RequestBuilder> {
        let url = self.address(path)?;
        let posts = method == Method::POST;
        let request = self.browser.request(method, &url);
        if !posts {
            return Ok(request);
        }
        self.asked += 1;
        let key = format!("{}-{}-{}", self.stage.run, self.email, self.asked);
        Ok(request.header("idempotency-key", key))
    }

    fn asked(&self, method: &Method, path: &str, body: Option<&Value>) -> String {
        let body = body.map(|b| format!(" {}", answer::blotted(b))).unwrap_or_default();
        format!("{} asked {method} {path}{body}", self.email)
    }

    async fn answer(&mut self, asked: String, request: RequestBuilder) -> Result<Answer> {
        let response = request.send().await.with_context(|| format!("{asked}: no answer"))?;
        self.browser.keep_cookies(&response);
        Answer::read(asked, response).await
    }
}
