//! A customer with an owner and two admins, of whom several must agree.

use crate::support::actor::PASSWORD;
use crate::support::larkfield::PETRA;
use crate::support::{Actor, Answer, World};
use attache::postgres::Role;
use serde_json::{Value, json};

pub struct Scene {
    pub world: World,
    pub petra: Actor,
    pub jonas: Actor,
    pub mira: Actor,
    pub expert: Actor,
    pub engagement: String,
    pub connection: String,
}

impl Scene {
    /// Two of three must agree to everything.
    pub async fn new() -> Self {
        let scene = Self::without_rule().await;
        scene.rule(2, "everything").await.expect(200);
        scene
    }

    pub async fn without_rule() -> Self {
        let world = World::new().await;
        let petra = world.customer("Petra Fjordhaus").await;
        let jonas = world.colleague(&petra, "customer", "admin", "Jonas Berg").await;
        let mira = world.colleague(&petra, "customer", "admin", "Mira Lund").await;
        let expert = world.consultant("Ines Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000, 20_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        Self { world, petra, jonas, mira, expert, engagement, connection }
    }

    pub async fn rule(&self, needed: i16, about: &str) -> Answer {
        let body = json!({ "needed": needed, "about": about, "password": PASSWORD });
        self.petra.put("/v1/approver-rule", body).await
    }

    /// A yes to a preset for the expert, with what else is to be in it.
    pub async fn grants(&self, who: &Actor, preset: &str, more: Value) -> Answer {
        let choice = json!({ "connection": self.connection, "preset": preset, "asks": [] });
        let preview = who.post("/v1/grants/preview", choice.clone()).await.expect(200);
        let mut order = choice;
        order["consultant"] = json!(self.expert.person);
        order["terms_hash"] = json!(preview.at("/terms_hash"));
        order["password"] = json!(PASSWORD);
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        who.post(&format!("/v1/engagements/{}/grants", self.engagement), order).await
    }

    /// Petra's first yes to drafts; answers what waits.
    pub async fn proposed(&self) -> Value {
        self.grants(&self.petra, "author-drafts", json!({})).await.expect(202).json()
    }

    pub async fn see(&self, proposal: &Value) -> Value {
        self.petra.get(&path(proposal, "")).await.expect(200).json()
    }

    pub async fn agrees(&self, who: &Actor, shown: &Value) -> Answer {
        let body = json!({ "hash": shown["hash"], "password": PASSWORD });
        who.post(&path(shown, "/agree"), body).await
    }

    pub async fn letters(&self) -> usize {
        let sql = "SELECT 1 FROM grants WHERE state = 'active'";
        self.world.sql(sql).await.len()
    }

    /// Ends the seat of an admin, as the owner.
    pub async fn removes(&self, who: &Actor) {
        let seat = self.seat(who).await;
        self.petra.delete(&format!("/v1/members/{seat}")).await.expect(204);
        self.world.settle().await;
    }

    pub async fn seat(&self, who: &Actor) -> String {
        let sql = format!("SELECT id::text FROM memberships WHERE person_id = '{}'", who.person);
        self.world.sql(&sql).await[0].get(0)
    }

    /// A statement of the tables' owner, for what would take a story of its own.
    pub async fn owner(&self, sql: &str) {
        let vendor = self.world.larkfield.vendor;
        let whole =
            format!("BEGIN; SELECT set_config('attache.vendor', '{vendor}', true); {sql}; COMMIT");
        self.world.database.connect(Role::Owner).await.batch_execute(&whole).await.unwrap();
    }

    /// What the database says to statements of the program's own role.
    pub async fn refused(&self, sql: &str) -> String {
        let app = self.world.database.connect(Role::App).await;
        let vendor = self.world.larkfield.vendor;
        let whole =
            format!("BEGIN; SELECT set_config('attache.vendor', '{vendor}', true); {sql}; COMMIT;");
        let error = app.batch_execute(&whole).await.expect_err(sql);
        let known = error.as_db_error().map(|e| (e.constraint().map(str::to_owned), e.message()));
        match known {
            Some((Some(constraint), _)) => constraint,
            Some((None, message)) => message.to_owned(),
            None => error.to_string(),
        }
    }
}

pub fn path(proposal: &Value, rest: &str) -> String {
    format!("/v1/grant-proposals/{}{rest}", proposal["id"].as_str().unwrap())
}

/// The latest notices of a person say so.
pub async fn told(who: &Actor, words: &str) {
    let notices = who.get("/v1/notices").await.expect(200).json()["items"].to_string();
    assert!(notices.contains(words), "{words}: {notices}");
}
