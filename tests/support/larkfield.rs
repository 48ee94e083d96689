//! The marketing application as its people and programs use it: signing in, agreeing, what it saw.

use super::actor::Actor;
use super::answer::Answer;
use super::session::Session;
use super::world::World;
use attache::demo::browser::Browser;
use attache::program::Program;
use reqwest::{Method, header};
use sandbox::marketing::SAMPLE_PASSWORD;
use serde_json::{Value, json};
use url::Url;

/// The owner of the sample account of Fjordhaus.
pub const PETRA: &str = "petra@fjordhaus.example";

impl World {
    /// Begins to connect an account of the application; answers its consent address.
    pub async fn begins_to_connect(&self, session: &Session) -> Url {
        let body = json!({ "upstream": "larkfield" });
        let begun = session.post("/v1/connections", body).await.expect(200);
        begun.at("/authorize_url").parse().unwrap()
    }

    /// Signs in at the application, decides there, and answers the address it leads back to.
    pub async fn decides(&self, consent: &Url, member: &str, decision: &str) -> Url {
        let mut browser = Browser::new(self.client.clone());
        let page = browser.open(consent).await.unwrap();
        let form = page.form("/sign-in").unwrap().set("email", member);
        let page = browser.send(&form.set("password", SAMPLE_PASSWORD)).await.unwrap();
        let form = page.form("/oauth/authorize").unwrap().set("decision", decision);
        let request = browser.request(Method::POST, &form.action).form(&form.fields);
        let answer = request.send().await.unwrap();
        let place = answer.headers().get(header::LOCATION).expect("it leads back");
        place.to_str().unwrap().parse().unwrap()
    }

    /// Comes back to us in a session, at the address the application led to.
    pub async fn comes_back(&self, session: &Session, back: &Url) -> Answer {
        session.get(&format!("{}?{}", back.path(), back.query().unwrap_or_default())).await
    }

    /// Connects the member's account; answers the connection.
    pub async fn connects(&self, customer: &Actor, member: &str) -> String {
        let session = Session::of(self, &customer.email).await;
        let consent = self.begins_to_connect(&session).await;
        let back = self.decides(&consent, member, "allow").await;
        let done = self.comes_back(&session, &back).await.expect(303);
        let place = done.header("location").unwrap().to_owned();
        let start = "/connections?outcome=connected&connection=";
        place.split_once(start).unwrap_or_else(|| panic!("{place}")).1.to_owned()
    }

    /// Grants a preset to the consultant, as the customer would after looking at the preview; no
    /// call is asked for by itself.
    pub async fn grants(
        &self,
        parties: (&Actor, &Actor),
        engagement: &str,
        connection: &str,
        preset: &str,
    ) -> String {
        let choice = json!({ "connection": connection, "preset": preset, "asks": [] });
        self.grants_choice(parties, engagement, choice).await
    }

    /// Grants what was chosen, after looking at it.
    pub async fn grants_choice(
        &self,
        (customer, expert): (&Actor, &Actor),
        engagement: &str,
        choice: Value,
    ) -> String {
        let preview = customer.post("/v1/grants/preview", choice.clone()).await.expect(200);
        let mut order = choice;
        order["consultant"] = json!(expert.person);
        order["terms_hash"] = json!(preview.at("/terms_hash"));
        order["password"] = json!(super::actor::PASSWORD);
        let path = format!("/v1/engagements/{engagement}/grants");
        customer.post(&path, order).await.expect(201).id()
    }

    /// What the application's API was asked since the last [`World::forgets`], as method and path.
    pub async fn asked_of_api(&self) -> Vec<String> {
        let hits = self.hits().await;
        let of_api = hits.iter().filter(|h| h["path"].as_str().unwrap().starts_with("/api/"));
        of_api
            .map(|hit| {
                format!("{} {}", hit["method"].as_str().unwrap(), hit["path"].as_str().unwrap())
            })
            .collect()
    }

    /// Every call that programs made at the application.
    pub async fn hits(&self) -> Vec<Value> {
        let url = self.sandbox.marketing.join("/sandbox/hits").unwrap();
        let response = self.client.get(url).send().await.unwrap();
        let answer = Answer::read("hits".into(), response).await.expect(200);
        answer.json().as_array().unwrap().clone()
    }

    pub async fn forgets(&self) {
        let url = self.sandbox.marketing.join("/sandbox/hits/reset").unwrap();
        let response = self.client.post(url).send().await.unwrap();
        Answer::read("reset".into(), response).await.expect(204);
    }

    /// Orders failures of the application; `{}` heals everything.
    pub async fn orders(&self, faults: Value) {
        let url = self.sandbox.marketing.join("/sandbox/faults").unwrap();
        let response = self.client.post(url).json(&faults).send().await.unwrap();
        Answer::read("faults".into(), response).await.expect(200);
    }
}

/// A consultant's program: it holds a gateway key and nothing else.
#[derive(Clone)]
pub struct Tool {
    pub actor: Actor,
    pub grant: String,
}

impl Tool {
    /// Makes a key for the letter of access.
    pub async fn with_key(expert: &Actor, grant: &str) -> Self {
        let path = format!("/v1/grants/{grant}/keys");
        let key = expert.post(&path, json!({ "name": "script" })).await.expect(201);
        let actor = Actor { token: Some(key.at("/secret")), ..expert.clone() };
        Self { actor, grant: grant.to_owned() }
    }

    /// The same program calling another node.
    pub fn at(&self, node: &Program) -> Self {
        let base = format!("http://{}", node.address);
        Self { actor: Actor { base, ..self.actor.clone() }, grant: self.grant.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.actor.send(method, &format!("/gw/{}{path}", self.grant), body).await
    }
}
