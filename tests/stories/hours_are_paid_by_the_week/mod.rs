//! Work by the hour: written down, locked on Monday, paid, accepted by silence, released.
//! Each week is charged once, for what was written and no more, and only paid weeks are released.

mod boundaries;
mod by_card;
mod card_rules;
mod ends;
mod going_back;
mod pages;

use crate::support::hours::{Agreed, at, later};
use crate::support::payments::key;
use crate::support::{Actor, World};
use chrono::NaiveDate;
use serde_json::{Value, json};

pub struct Scene {
    pub world: World,
    pub customer: Actor,
    pub expert: Actor,
    pub engagement: String,
    /// The Monday on which it was signed, at 09:00 UTC; it is that morning.
    pub monday: NaiveDate,
}

impl Scene {
    /// Signed by the hour on a Monday morning; the consultant can be paid.
    pub async fn signed(agreed: Agreed) -> Self {
        let world = World::new().await;
        let customer = world.customer("Fjordhaus Outdoor").await;
        let expert = world.consultant("Brandt Studio").await;
        world.onboards(&expert).await;
        let monday = world.next_monday().await;
        let engagement = world.by_the_hour((&customer, &expert), agreed).await;
        Self { world, customer, expert, engagement, monday }
    }

    /// The same with a week of so many minutes on its Monday that is locked; its milestone.
    pub async fn locked(agreed: Agreed, minutes: i32) -> (Self, String) {
        let scene = Self::signed(agreed).await;
        scene.expert.works(&scene.engagement, scene.monday, minutes).await.expect(201);
        let milestone = scene.locks().await;
        (scene, milestone)
    }

    /// Noon of the next Monday comes; the milestone that the first week became.
    pub async fn locks(&self) -> String {
        self.world.moves_to(at(later(self.monday, 7), 12, 0, 0)).await;
        self.week().await["milestone"].as_str().expect("a charge").to_owned()
    }

    /// The first week as the customer sees it.
    pub async fn week(&self) -> Value {
        self.customer.week(&self.engagement, self.monday).await
    }

    pub async fn state(&self) -> String {
        let path = format!("/v1/engagements/{}", self.engagement);
        self.customer.get(&path).await.expect(200).at("/state")
    }

    pub async fn count(&self, sql: &str) -> i64 {
        self.world.sql(&format!("SELECT count(*) FROM {sql}")).await[0].get(0)
    }

    /// What Stripe sent to payees.
    pub async fn sent(&self) -> Vec<i64> {
        let books = self.world.till("books", None).await;
        let group = &books["transfer_groups"][format!("engagement-{}", self.engagement)];
        let all = group.as_array().cloned().unwrap_or_default();
        all.iter().map(|one| one["amount"].as_i64().unwrap()).collect()
    }

    /// Titles of what a person was told.
    pub async fn told(&self, who: &Actor) -> String {
        who.get("/v1/notices?limit=100").await.expect(200).text()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_offer_to_the_statements() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    world.onboards(&expert).await;
    let monday = world.next_monday().await;
    let sides = (&customer, &expert);
    let proposal = world.offers_hours(sides, Agreed(9_000, 600, 4)).await;
    let seen = customer.get(&format!("/v1/proposals/{proposal}")).await.expect(200).json();
    assert_eq!(seen["hourly"]["most_a_week"]["minor"], 90_000);
    assert_eq!((&seen["total"]["minor"], &seen["milestones"]), (&json!(360_000), &json!([])));
    let shares = customer.get(&format!("/v1/proposals/{proposal}/shares")).await.expect(200);
    assert!(shares.text().contains("72000"), "80 % of a whole week: {}", shares.text());
    let accept = format!("/v1/proposals/{proposal}/accept");
    let engagement = customer.post(&accept, json!({})).await.expect(201).id();
    let path = format!("/v1/engagements/{engagement}/statement-of-work");
    let text = customer.get(&path).await.expect(200).json();
    assert!(text["body"].as_str().unwrap().contains("USD 900.00 a week"), "{text}");
    expert.works(&engagement, monday, 60).await.refused(409, "engagement-not-active");
    for side in [&expert, &customer] {
        let yes = json!({ "hash": text["hash"] });
        side.post(&format!("{path}/accept"), yes).await.expect(200);
    }
    let scene = Scene { world, customer, expert, engagement, monday };
    assert_eq!(scene.state().await, "active", "nothing is funded before");

    // Twelve hours, of which ten are charged; the customer sees them as they grow.
    let Scene { world, customer, expert, engagement, .. } = &scene;
    expert.works(engagement, monday, 300).await.expect(201);
    assert_eq!(scene.week().await["amount"]["minor"], 45_000);
    world.moves_to(at(later(monday, 1), 10, 0, 0)).await;
    expert.works(engagement, later(monday, 1), 420).await.expect(201);
    let week = scene.week().await;
    assert_eq!(week["state"], "open");
    let minutes = ["minutes", "charged_minutes", "over_minutes"].map(|name| &week[name]);
    assert_eq!(minutes, [&json!(720), &json!(600), &json!(120)]);

    let milestone = scene.locks().await;
    let week = scene.week().await;
    assert_eq!((&week["state"], &week["amount"]["minor"]), (&json!("owed"), &json!(90_000)));
    assert_eq!(week["charge"]["week"]["over_minutes"], 120, "{week}");
    assert!(scene.told(customer).await.contains("is locked: $900.00 owed"));
    let accept = format!("/v1/milestones/{milestone}/accept");
    let yes = json!({ "version": 1 });
    customer.post_once(&accept, &key(), yes.clone()).await.refused(409, "milestone-state");
    world.pays(customer, &milestone).await;
    assert_eq!(scene.week().await["state"], "review");
    assert!(scene.told(expert).await.contains("is paid"));
    assert_eq!(scene.sent().await, [0; 0], "held until it is accepted");
    let notes = json!({ "version": 1, "text": "Less, please." });
    let back = format!("/v1/milestones/{milestone}/change-requests");
    customer.post(&back, notes).await.refused(409, "week-not-returned");

    // Silence accepts it at the end of Friday, and says so the day before.
    world.moves_to(at(later(monday, 11), 0, 0, 1)).await;
    assert!(scene.told(customer).await.contains("accepts itself in 1 day"));
    world.moves_to(at(later(monday, 11), 23, 59, 30)).await;
    assert_eq!(scene.week().await["state"], "review");
    world.moves_to(at(later(monday, 12), 0, 0, 0)).await;
    world.settle().await;
    assert_eq!(scene.week().await["state"], "accepted");
    assert_eq!(scene.state().await, "active", "the hours go on");
    assert_eq!(scene.sent().await, [72_000]);
    let statement = expert.get("/v1/statements").await.expect(200).text();
    assert!(statement.contains("72000"), "{statement}");
    let spent = customer.get("/v1/spend").await.expect(200).json();
    assert_eq!(spent["all"]["released"]["minor"], 90_000, "{spent}");
    world.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disagreement_over_a_week() {
    let (scene, milestone) = Scene::locked(Agreed(10_000, 600, 4), 300).await;
    let Scene { world, customer, expert, engagement, monday } = &scene;
    let usd = |minor: i64| json!({ "minor": minor, "currency": "USD" });
    let path = format!("/v1/milestones/{milestone}/disagreements");
    let body = json!({ "back": usd(20_000), "released": usd(30_000), "reason": "It was three." });
    let refused = customer.post(&path, body.clone()).await;
    assert_eq!(refused.status, 409, "nothing is held: {}", refused.text());
    world.pays(customer, &milestone).await;
    let filed = customer.post(&path, body).await.expect(201);
    expert.works(engagement, later(*monday, 7), 60).await.refused(409, "engagement-at-rest");
    world.moves_to(at(later(*monday, 12), 0, 0, 0)).await;
    assert_eq!(scene.week().await["state"], "review", "silence accepts nothing meanwhile");
    let asked = expert.get(&format!("/v1/disagreements/{}", filed.id())).await.expect(200);
    let yes = json!({ "proposal": asked.at("/proposals/0/id") });
    let path = format!("/v1/disagreements/{}/accept", filed.id());
    expert.post_once(&path, &key(), yes).await.expect(200);
    world.settle().await;
    assert_eq!(scene.week().await["state"], "settled");
    assert_eq!(scene.sent().await, [24_000], "80 % of three hours");
    assert_eq!(scene.state().await, "active");
    expert.works(engagement, later(*monday, 7), 60).await.expect(201);
    world.balances().await;
    scene.world.end().await;
}
