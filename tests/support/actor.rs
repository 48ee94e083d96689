//! Someone who uses the program over HTTP: with a token of one membership, or a session's cookie.

use super::answer::Answer;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// What every fixture person signs in with.
pub const PASSWORD: &str = "larkfield-demo";
/// Its hash at the least cost, which is told in the hash: what a story signs in with is no secret,
/// and real costs would be a tenth of all that stories compute.
pub const PASSWORD_HASH: &str = concat!(
    "$argon2id$v=19$m=8,t=1,p=1$c3Rvcmllc2FyZWNoZWFwIQ$",
    "AgcvMpezzHuHuj5WoXLYKl9auqMzm1MhzA51ccypX40"
);

#[derive(Clone)]
pub struct Actor {
    pub client: Client,
    pub base: String,
    pub token: Option<String>,
    /// Used where there is no token.
    pub cookie: Option<String>,
    pub email: String,
    pub person: String,
    pub organization: String,
}

impl Actor {
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// POST with an idempotency key.
    pub async fn post_once(&self, path: &str, key: &str, body: Value) -> Answer {
        let request = self.request(Method::POST, path).header("idempotency-key", key).json(&body);
        self.answer(Method::POST, path, request).await
    }

    /// An edit of the version whose ETag was read.
    pub async fn put_version(&self, path: &str, etag: &str, body: Value) -> Answer {
        let request = self.request(Method::PUT, path).header("if-match", etag).json(&body);
        self.answer(Method::PUT, path, request).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method.clone(), path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.answer(method, path, request).await
    }

    /// A request with this actor's token, or with its cookie as from our own page.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match (&self.token, &self.cookie) {
            (Some(token), _) => request.bearer_auth(token),
            (None, Some(cookie)) => request.header("cookie", cookie).header("origin", &self.base),
            (None, None) => request,
        }
    }

    pub async fn answer(&self, method: Method, path: &str, request: RequestBuilder) -> Answer {
        let asked = format!("{} {method} {path}", self.email);
        let response = request.send().await.unwrap_or_else(|e| panic!("{asked}: {e:?}"));
        Answer::read(asked, response).await
    }
}
