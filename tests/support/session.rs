//! Someone who uses the program from a browser: a session's cookie, sent from our own pages.

use super::actor::{Actor, PASSWORD};
use super::answer::Answer;
use super::world::World;
use serde_json::json;
use std::ops::Deref;

pub struct Session(Actor);

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

    /// Acts for the seat in this organization.
    pub async fn acting(world: &World, email: &str, organization: &str) -> Self {
        let session = Self::of(world, email).await;
        let me = session.get("/v1/me").await.expect(200).json();
        let seats = me["seats"].as_array().unwrap();
        let seat = seats.iter().find(|seat| seat["organization"] == organization).unwrap();
        let body = json!({ "membership": seat["membership"] });
        session.put("/v1/me/acting", body).await.expect(204);
        session
    }

    /// The session that an answer opened.
    pub fn from_answer(world: &World, answer: &Answer) -> Self {
        let cookie = answer.header("set-cookie").expect("a session's cookie");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self(Actor { cookie: Some(cookie), ..world.anyone() })
    }
}

impl Deref for Session {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.0
    }
}
