//! Both sides hear in time that a letter ends, and one that nobody uses rests until the customer
//! wakes it.

use crate::support::actor::PASSWORD;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer, World};
use attache::postgres::Role;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::json;

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    engagement: String,
    connection: String,
    grant: String,
    tool: Tool,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let grant = world.grants((&petra, &expert), &engagement, &connection, "read-only").await;
        let tool = Tool::with_key(&expert, &grant).await;
        Self { world, petra, expert, engagement, connection, grant, tool }
    }

    fn day(&self, ahead: i64) -> NaiveDate {
        (self.world.clock.now() + Duration::days(ahead)).date_naive()
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/grants/{}{rest}", self.grant)
    }

    async fn letter(&self) -> Answer {
        self.petra.get(&self.path("")).await.expect(200)
    }

    async fn time(&self, field: &str) -> DateTime<Utc> {
        self.letter().await.at(field).parse().unwrap()
    }

    async fn narrows_to(&self, day: NaiveDate) {
        let hash = self.letter().await.at("/terms_hash");
        let body = json!({ "last_day": day, "terms_hash": hash });
        self.petra.post(&self.path("/narrow"), body).await.expect(200);
    }

    /// Moves the clock to a minute after this instant, and lets happen what is due.
    async fn passes(&self, at: DateTime<Utc>) {
        self.world.advance(at - self.world.clock.now() + Duration::minutes(1)).await;
        self.world.settle().await;
    }

    /// What somebody was told whose title holds the words, in order.
    async fn told(&self, who: &Actor, words: &str) -> Vec<String> {
        let sql = format!(
            "SELECT title FROM notices WHERE person_id = '{}' AND title LIKE '%{words}%'
             ORDER BY created_at, id",
            who.person
        );
        self.world.sql(&sql).await.iter().map(|row| row.get(0)).collect()
    }

    async fn both_told(&self, words: &str, times: usize) {
        for who in [&self.petra, &self.expert] {
            let told = self.told(who, words).await;
            assert_eq!(told.len(), times, "{words}: {} was told {told:?}", who.email);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_hear_of_the_end_once_for_each_end_that_holds() {
    let scene = Scene::new().await;
    scene.narrows_to(scene.day(10)).await;
    let until = scene.time("/valid_until").await;
    scene.passes(until - Duration::days(7)).await;
    scene.both_told("ends in 7 days", 1).await;
    scene.both_told("ends in a day", 0).await;
    let link = "SELECT link FROM notices WHERE title LIKE 'Your access to % ends in 7 days'";
    let link: String = scene.world.sql(link).await[0].get(0);
    assert_eq!(link, format!("/grants/{}/more", scene.grant), "where longer is asked for");
    let more = json!({ "last_day": scene.day(30), "reason": "The launch moved." });
    scene.expert.post(&scene.path("/amendment"), more).await.expect(201);
    let offer = scene.petra.get(&scene.path("/amendment")).await.expect(200);
    let yes = json!({ "hash": offer.at("/hash"), "password": PASSWORD });
    scene.petra.post(&scene.path("/amendment/agree"), yes).await.expect(200);
    scene.passes(until - Duration::hours(1)).await;
    scene.both_told("ends in a day", 0).await;
    scene.both_told("ends in an hour", 0).await;
    scene.passes(scene.time("/valid_until").await - Duration::days(7)).await;
    scene.both_told("ends in 7 days", 2).await;
    scene.narrows_to(scene.day(2)).await;
    let until = scene.time("/valid_until").await;
    scene.passes(until - Duration::days(1)).await;
    scene.both_told("ends in a day", 1).await;
    scene.passes(until - Duration::hours(1)).await;
    scene.both_told("ends in an hour", 1).await;
    scene.passes(until).await;
    scene.tool.get("/account").await.refused(403, "expired");
    scene.both_told(" ends in ", 4).await;
    short_letter(&scene).await;
    scene.world.end().await;
}

/// Only what still lies ahead is set, and an early end silences it.
async fn short_letter(scene: &Scene) {
    let looked = json!({ "connection": scene.connection, "preset": "read-only" });
    let preview = scene.petra.post("/v1/grants/preview", looked).await.expect(200);
    let order = json!({
        "connection": scene.connection, "consultant": scene.expert.person, "preset": "read-only",
        "terms_hash": preview.at("/terms_hash"), "last_day": scene.day(2),
    });
    let path = format!("/v1/engagements/{}/grants", scene.engagement);
    let letter = scene.petra.post(&path, order).await.expect(201);
    let sql = format!(
        "SELECT (facts ->> 'hours')::int FROM jobs WHERE kind = 'grant-timer'
           AND facts ->> 'grant' = '{}' AND facts ->> 'timer' = 'ends-soon' ORDER BY 1",
        letter.id()
    );
    let set: Vec<i32> = scene.world.sql(&sql).await.iter().map(|row| row.get(0)).collect();
    assert_eq!(set, [1, 24]);
    let end = format!("/v1/grants/{}/end", letter.id());
    scene.petra.post(&end, json!({})).await.expect(200);
    scene.world.advance(Duration::days(4)).await;
    scene.world.settle().await;
    scene.both_told(" ends in ", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_uses_rests_until_the_customer_wakes_it() {
    let scene = Scene::new().await;
    let first = scene.time("/rests_at").await;
    scene.passes(scene.world.clock.now() + Duration::days(2)).await;
    scene.tool.get("/account").await.expect(200);
    let used = scene.time("/rests_at").await;
    assert!(used > first + Duration::days(1), "a call begins the time anew");
    scene.tool.get("/account").await.expect(200);
    assert_eq!(scene.time("/rests_at").await, used, "noted once a day");
    scene.passes(used - Duration::days(7)).await;
    let warned = ["Your access to Fjordhaus Outdoor EU rests soon"];
    assert_eq!(scene.told(&scene.expert, "rests soon").await, warned);
    assert_eq!(scene.told(&scene.petra, "is not used").await.len(), 1);
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let here = format!("/grants/{}", scene.grant);
    says(&petra.open(&here).await, "It rests soon, because it is not used");
    scene.tool.get("/account").await.expect(200);
    scene.passes(used).await;
    assert_eq!(scene.letter().await.at("/standing"), "in-force", "a call kept it");
    let kept = scene.time("/rests_at").await;
    scene.passes(kept - Duration::days(7)).await;
    scene.passes(kept).await;
    scene.tool.get("/account").await.refused(403, "unused");
    scene.tool.get("/account").await.refused(403, "unused");
    assert_eq!(scene.letter().await.at("/standing"), "unused", "a refused call wakes nothing");
    assert_eq!(scene.told(&scene.petra, "EU rests").await.len(), 1);
    assert_eq!(scene.told(&scene.expert, "EU rests").await.len(), 3, "warned twice, then told");
    wakes(&scene).await;
    let again = scene.time("/rests_at").await;
    scene.passes(again - Duration::days(7)).await;
    scene.passes(again).await;
    scene.tool.get("/account").await.refused(403, "unused");
    assert_eq!(scene.told(&scene.petra, "EU rests").await.len(), 2);
    let trail = scene.petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert!(trail.contains("access-rested") && trail.contains("access-restored"), "{trail}");
    scene.petra.post(&scene.path("/end"), json!({})).await.expect(200);
    scene.petra.post(&scene.path("/restore"), json!({})).await.refused(409, "grant-state");
    scene.world.end().await;
}

/// Nobody but the customer's leads, by no way; they by one click.
async fn wakes(scene: &Scene) {
    let member = scene.world.colleague(&scene.petra, "customer", "member", "Fjordhaus").await;
    for who in [&scene.expert, &member] {
        who.post(&scene.path("/restore"), json!({})).await.refused(403, "not-permitted");
    }
    let rival = scene.world.customer("Rival").await;
    rival.post(&scene.path("/restore"), json!({})).await.refused(404, "not-found");
    let app = scene.world.database.connect(Role::App).await;
    let vendor = scene.world.larkfield.vendor;
    let later = "rests_at = app_now() + interval '1 day'";
    let by = |person: &str| format!("{later}, restored_at = app_now(), restored_by = '{person}'");
    for (change, constraint) in [
        (later.to_owned(), "grants_rest_until_restored"),
        (by(&scene.expert.person), "grants_restored_by_customer"),
        (by(&member.person), "grants_restored_by_customer"),
    ] {
        let sql = format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             UPDATE grants SET {change}; COMMIT;"
        );
        let error = app.batch_execute(&sql).await.expect_err(&change);
        let told = error.as_db_error().and_then(|e| e.constraint().map(str::to_owned));
        assert_eq!(told.as_deref(), Some(constraint), "{change}: {error}");
        app.batch_execute("ROLLBACK").await.unwrap();
    }
    let here = format!("/grants/{}", scene.grant);
    let mut ines = Reader::of(&scene.world, &scene.expert.email).await;
    let page = ines.open(&here).await;
    says(&page, "It rests, because it was not used");
    assert!(page.form(&format!("/p/larkfield{here}/restore")).is_err());
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    says(&petra.open("").await, "access rests, unused");
    says(&petra.open("/access").await, "At rest");
    let page = petra.open(&here).await;
    let click = page.form(&format!("/p/larkfield{here}/restore")).unwrap();
    says(&petra.send(&click).await, "It works");
    scene.tool.get("/account").await.expect(200);
    scene.world.settle().await;
    let again = "may work in Fjordhaus Outdoor EU again";
    scene.both_told(again, 1).await;
}
