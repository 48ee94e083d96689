//! Access is asked for, granted with eyes open, and ends in every way it can end.

use crate::support::actor::PASSWORD;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::{Actor, World, race};
use attache::postgres::Role;
use chrono::Duration;
use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    engagement: String,
    milestones: Vec<String>,
    connection: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, milestones) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        Self { world, petra, expert, engagement, milestones, connection }
    }

    async fn previews(&self, preset: &str) -> Value {
        let body = json!({ "connection": self.connection, "preset": preset });
        self.petra.post("/v1/grants/preview", body).await.expect(200).json()
    }

    async fn order(&self, preset: &str) -> Value {
        let preview = self.previews(preset).await;
        json!({
            "connection": self.connection,
            "consultant": self.expert.person,
            "preset": preset,
            "terms_hash": preview["terms_hash"],
            "password": PASSWORD,
        })
    }

    fn path(&self) -> String {
        format!("/v1/engagements/{}/grants", self.engagement)
    }

    async fn granted(&self, preset: &str) -> String {
        self.petra.post(&self.path(), self.order(preset).await).await.expect(201).id()
    }
}

fn without(order: &Value, field: &str) -> Value {
    let mut order = order.clone();
    order.as_object_mut().unwrap().remove(field);
    order
}

fn changed(order: &Value, field: &str, value: Value) -> Value {
    let mut order = order.clone();
    order[field] = value;
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_sees_what_they_grant() {
    let scene = Scene::new().await;
    let preview = scene.previews("author-drafts").await;
    assert_eq!(preview["needs_password"], true);
    let headings: Vec<_> = preview["consent"]["can"].as_array().unwrap().iter().collect();
    assert_eq!(
        headings.iter().map(|g| g["heading"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Look", "Write"]
    );
    let cannot = preview["consent"]["cannot"].as_array().unwrap();
    assert!(cannot.iter().any(|s| s["text"] == "schedule a campaign or send it"));
    assert!(cannot.iter().any(|s| s["text"] == "lend this access to a colleague"));
    assert_eq!(scene.previews("read-only").await["needs_password"], false);
    let (petra, path) = (&scene.petra, scene.path());
    let order = scene.order("author-drafts").await;
    let no_password = without(&order, "password");
    petra.post(&path, no_password).await.refused(403, "password-wanted");
    let wrong = changed(&order, "password", json!("not it, really"));
    petra.post(&path, wrong).await.refused(422, "wrong-password");
    let other = changed(&order, "preset", json!("run-campaigns"));
    petra.post(&path, other).await.refused(409, "terms-changed");
    let stranger = changed(&order, "consultant", json!(petra.person));
    petra.post(&path, stranger).await.refused(422, "invalid");
    let past = changed(&order, "last_day", json!("2020-01-01"));
    petra.post(&path, past).await.refused(422, "invalid");
    let nonsense = changed(&order, "preset", json!("everything"));
    petra.post(&path, nonsense).await.refused(422, "invalid");
    let letter = petra.post(&path, order.clone()).await.expect(201);
    assert_eq!(letter.at("/standing"), "in-force");
    assert_eq!(letter.at("/terms_hash"), preview["terms_hash"].as_str().unwrap());
    assert_eq!(letter.json()["consent"], preview["consent"], "the letter says what was shown");
    petra.post(&path, order).await.refused(409, "already-granted");
    let lines = scene
        .world
        .sql("SELECT facts->>'line' FROM engagement_entries WHERE topic = 'access'")
        .await;
    let lines: Vec<String> = lines.iter().map(|row| row.get(0)).collect();
    assert_eq!(lines, ["Brandt may work in Fjordhaus Outdoor EU"]);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn less_than_the_preset_is_granted_too() {
    let scene = Scene::new().await;
    let narrowed = json!({
        "connection": scene.connection, "preset": "run-campaigns",
        "without": ["send-campaigns", "see-contacts", "see-list-members", "change-contacts"],
    });
    let preview = scene.petra.post("/v1/grants/preview", narrowed.clone()).await.expect(200);
    let text = preview.json()["consent"]["cannot"].to_string();
    assert!(text.contains("schedule a campaign or send it"));
    let mut order = narrowed;
    order["consultant"] = json!(scene.expert.person);
    order["terms_hash"] = json!(preview.at("/terms_hash"));
    order["password"] = json!(PASSWORD);
    let grant = scene.petra.post(&scene.path(), order).await.expect(201).id();
    let tool = Tool::with_key(&scene.expert, &grant).await;
    tool.get("/campaigns").await.expect(200);
    tool.get("/contacts").await.refused(403, "operation-denied");
    tool.post("/campaigns/cmp_000001/send", json!({})).await.refused(403, "operation-denied");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consultant_asks_and_the_customer_answers() {
    let scene = Scene::new().await;
    let (petra, expert) = (&scene.petra, &scene.expert);
    let path = format!("/v1/engagements/{}/access-requests", scene.engagement);
    let ask =
        json!({ "upstream": "larkfield", "preset": "author-drafts", "reason": "I read first." });
    petra.post(&path, ask.clone()).await.refused(403, "not-permitted");
    expert.post(&path, changed(&ask, "reason", json!(" "))).await.refused(422, "invalid");
    let first = expert.post(&path, ask.clone()).await.expect(201);
    assert_eq!(first.at("/standing"), "requested");
    expert.post(&path, ask.clone()).await.refused(409, "already-requested");
    let key = json!({ "name": "too early" });
    let keys = format!("/v1/grants/{}/keys", first.id());
    expert.post(&keys, key).await.refused(409, "not-in-force");
    let decline = format!("/v1/grants/{}/decline", first.id());
    expert.post(&decline, json!({})).await.refused(403, "not-permitted");
    petra.post(&decline, json!({})).await.expect(204);
    petra.post(&decline, json!({})).await.refused(409, "grant-state");
    let second = expert.post(&path, ask.clone()).await.expect(201);
    let asked = second.at("/requested/terms_hash");
    let second = second.id();
    let allow = format!("/v1/grants/{second}/allow");
    let order = without(&scene.order("author-drafts").await, "consultant");
    petra.post(&allow, order.clone()).await.refused(400, "unreadable-body");
    let order = changed(&order, "requested_hash", json!(asked));
    expert.post(&allow, order.clone()).await.refused(403, "not-permitted");
    let letter = petra.post(&allow, order.clone()).await.expect(200);
    assert_eq!((letter.at("/id"), letter.at("/standing")), (second, "in-force".into()));
    assert_eq!(letter.at("/reason"), "I read first.");
    petra.post(&allow, order).await.refused(409, "grant-state");
    let third = expert.post(&path, ask).await.expect(201).id();
    expert.post(&format!("/v1/grants/{third}/end"), json!({})).await.expect(200);
    let taken_back = petra.get(&format!("/v1/grants/{third}")).await.expect(200);
    assert_eq!(taken_back.at("/state"), "withdrawn");
    scene.world.settle().await;
    let mails = scene.world.mails_to(&expert.email).await;
    let subjects: Vec<&str> = mails.iter().map(|m| m["subject"].as_str().unwrap()).collect();
    assert!(subjects.iter().any(|s| s.contains("was declined")), "{subjects:?}");
    assert!(subjects.iter().any(|s| s.contains("You may work in")), "{subjects:?}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_nobody_elses() {
    let scene = Scene::new().await;
    let (petra, expert) = (&scene.petra, &scene.expert);
    let grant = scene.granted("read-only").await;
    let rival = scene.world.customer("Rival").await;
    let other = scene.world.consultant("Other House").await;
    let colleague = scene.world.colleague(expert, "partner", "consultant", "Brandt").await;
    let member = scene.world.colleague(petra, "customer", "member", "Fjordhaus").await;
    let path = format!("/v1/grants/{grant}");
    for stranger in [&rival, &other, &colleague] {
        stranger.get(&path).await.refused(404, "not-found");
        stranger.post(&format!("{path}/end"), json!({})).await.refused(404, "not-found");
        stranger.get(&format!("{path}/keys")).await.refused(404, "not-found");
        let list = stranger.get("/v1/grants").await.expect(200).json();
        assert!(list["items"].as_array().unwrap().is_empty());
        let log = stranger.get(&format!("/v1/access-log?grant={grant}")).await.expect(200).json();
        assert!(log["items"].as_array().unwrap().is_empty());
    }
    let key = json!({ "name": "x" });
    petra.post(&format!("{path}/keys"), key.clone()).await.refused(403, "not-permitted");
    member.post(&scene.path(), scene.order("read-only").await).await.refused(403, "not-permitted");
    let theirs = json!({ "connection": scene.connection, "preset": "read-only" });
    rival.post("/v1/grants/preview", theirs).await.refused(404, "not-found");
    rival.post(&scene.path(), scene.order("read-only").await).await.refused(404, "not-found");
    let mine = expert.get("/v1/grants").await.expect(200).json();
    assert_eq!(mine["items"].as_array().unwrap().len(), 1);
    let tool = Tool::with_key(expert, &grant).await;
    let unknown = world_id();
    let elsewhere = Tool { grant: unknown, ..tool.clone() };
    elsewhere.get("/account").await.refused(404, "not-found");
    // In an emergency anyone of the customer ends it.
    member.post(&format!("{path}/end"), json!({ "reason": "a stolen laptop" })).await.expect(200);
    tool.get("/account").await.refused(403, "grant-ended");
    scene.world.end().await;
}

fn world_id() -> String {
    uuid::Uuid::from_bytes(rand::random()).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_is_granted_and_one_end_counts() {
    let scene = Scene::new().await;
    let order = scene.order("read-only").await;
    let answers = race((0..8).map(|_| {
        let (petra, path, order) = (scene.petra.clone(), scene.path(), order.clone());
        async move { petra.post(&path, order).await }
    }))
    .await;
    let mut statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    let grant = answers.iter().find(|a| a.status == 201).unwrap().id();
    let answers = race((0..8).map(|_| {
        let (petra, path) = (scene.petra.clone(), format!("/v1/grants/{grant}/end"));
        async move { petra.post(&path, json!({})).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 1);
    assert!(answers.iter().all(|a| a.status == 200 || a.status == 409));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_its_day_and_with_its_engagement() {
    let scene = Scene::new().await;
    let order = scene.order("read-only").await;
    let tomorrow = (scene.world.clock.now() + Duration::days(1)).date_naive();
    let short = changed(&order, "last_day", json!(tomorrow));
    let grant = scene.petra.post(&scene.path(), short).await.expect(201).id();
    let tool = Tool::with_key(&scene.expert, &grant).await;
    tool.get("/account").await.expect(200);
    scene.world.advance(Duration::days(3)).await;
    tool.get("/account").await.refused(403, "expired");
    scene.world.settle().await;
    let path = format!("/v1/grants/{grant}");
    assert_eq!(scene.petra.get(&path).await.expect(200).at("/state"), "expired");
    let grant = scene.granted("read-only").await;
    let tool = Tool::with_key(&scene.expert, &grant).await;
    tool.get("/account").await.expect(200);
    let milestone = &scene.milestones[0];
    scene.expert.delivers(milestone, "The map.", None).await.expect(201);
    scene.petra.accepts(milestone).await.expect(200);
    tool.get("/account").await.refused(403, "grant-ended");
    scene.world.settle().await;
    let letter = scene.petra.get(&format!("/v1/grants/{grant}")).await.expect(200);
    assert_eq!(letter.at("/state"), "completed");
    let late = scene.order("read-only").await;
    scene.petra.post(&scene.path(), late).await.refused(409, "engagement-not-open");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_rests_with_the_engagement_and_goes_with_the_person() {
    let scene = Scene::new().await;
    let grant = scene.granted("read-only").await;
    let tool = Tool::with_key(&scene.expert, &grant).await;
    let owner = scene.world.database.connect(Role::Owner).await;
    let vendor = scene.world.larkfield.vendor;
    let set = |state: &str| {
        format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             UPDATE engagements SET state = '{state}'; COMMIT;"
        )
    };
    for state in ["paused", "disputed"] {
        owner.batch_execute(&set(state)).await.unwrap();
        tool.get("/account").await.refused(403, "suspended");
        owner.batch_execute(&set("active")).await.unwrap();
        tool.get("/account").await.expect(200);
    }
    let person = &scene.expert.person;
    let leave = format!("UPDATE memberships SET ended_at = app_now() WHERE person_id = '{person}'");
    owner.batch_execute(&leave).await.unwrap();
    tool.get("/account").await.refused(403, "grant-ended");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn granted_terms_never_change_but_by_losing_something() {
    let scene = Scene::new().await;
    let grant = scene.granted("read-only").await;
    let app = scene.world.database.connect(Role::App).await;
    let vendor = scene.world.larkfield.vendor;
    for change in [
        "terms = '{}', terms_hash = sha256('{}')",
        "terms = '{}'",
        "valid_until = valid_until + interval '1 day'",
        "valid_until = valid_until - interval '1 day'",
        "consultant_id = granted_by",
    ] {
        let sql = format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             UPDATE grants SET {change} WHERE id = '{grant}'; COMMIT;"
        );
        let error = app.batch_execute(&sql).await.expect_err(change);
        let constraint = error.as_db_error().and_then(|e| e.constraint().map(str::to_owned));
        let refused = ["grants_terms_frozen", "grants_terms_pinned", "grants_narrowing_signed"];
        assert!(refused.contains(&constraint.as_deref().unwrap_or_default()), "{change}: {error}");
        app.batch_execute("ROLLBACK").await.unwrap();
    }
    for sql in ["DELETE FROM grants", "DELETE FROM access_log", "UPDATE access_log SET code = 'x'"]
    {
        let error = app.batch_execute(sql).await.expect_err(sql);
        assert_eq!(error.code().map(|code| code.code()), Some("42501"), "{sql}: {error:?}");
    }
    scene.world.end().await;
}
