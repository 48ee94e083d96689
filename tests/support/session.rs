//! Someone who uses the program from a browser: a session's cookie, sent from our own pages.

use super::actor::{Actor, PASSWORD};
use super::answer::Answer;
use super::world::World;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

pub struct Session {
    actor: Actor,
    cookie: String,
}

impl Session {
    /// Signs in with the password of every fixture person.
    pub async fn of(world: &World, email: &str) -> Self {
        Self::with(world, email, PASSWORD).await
    }

    pub async fn with(world: &World, email: &str, password: &str) -> Self {
        let sign_in = json!({ "email": email, "password": password });
        let answer = world.anyone().post("/v1/sessions", sign_in).await.expect(201);
        Self::from_answer(world, &answer)
    }

    /// The session that an answer opened.
    pub fn from_answer(world: &World, answer: &Answer) -> Self {
        let cookie = answer.header("set-cookie").expect("a session's cookie");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { actor: world.anyone(), cookie }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method.clone(), path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.actor.answer(method, path, request).await
    }

    /// A request with this session's cookie, as from our own page.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let Actor { client, base, .. } = &self.actor;
        let request = client.request(method, format!("{base}{path}"));
        request.header("cookie", &self.cookie).header("origin", base)
    }
}
