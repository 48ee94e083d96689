//! An application without a page to agree on: the customer tells a client that they made there, and
//! whatever the application says in the body of an answer is understood as others say it.

use crate::support::engage::{CLIENT, Engage};
use crate::support::larkfield::Tool;
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer, Session, World, race};
use chrono::Duration;
use serde_json::{Value, json};

const SLUG: &str = "marketo-engage";
const SECRET: &str = "kept-by-nobody-else";

struct Scene {
    world: World,
    engage: Engage,
    petra: Actor,
    connection: String,
    tool: Tool,
}

async fn world() -> (World, Engage) {
    let engage = Engage::start(SECRET).await;
    let world = World::beside(&format!("{SLUG}.toml"), &Engage::description()).await;
    (world, engage)
}

fn told(engage: &Engage, secret: &str) -> Value {
    json!({ "host": engage.host, "client_id": CLIENT, "client_secret": secret })
}

impl Scene {
    async fn new() -> Self {
        let (world, engage) = world().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let session = Session::of(&world, &petra.email).await;
        let body = json!({ "upstream": SLUG, "parts": told(&engage, SECRET) });
        let connection = session.post("/v1/connections", body).await.expect(200).at("/connection");
        let parties = (&petra, &expert);
        let grant = world.grants(parties, &engagement, &connection, "run-campaigns").await;
        let tool = Tool::with_key(&expert, &grant).await;
        engage.calls();
        Self { world, engage, petra, connection, tool }
    }

    async fn lists(&self) -> Answer {
        self.tool.get("/v1/lists.json").await
    }

    async fn state(&self) -> String {
        let path = format!("/v1/connections/{}", self.connection);
        self.petra.get(&path).await.expect(200).at("/state")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn telling_it_connects_and_nobody_is_led_anywhere() {
    let (world, engage) = world().await;
    let petra = world.customer("Fjordhaus").await;
    let session = Session::of(&world, &petra.email).await;
    let wrong = json!({ "upstream": SLUG, "parts": told(&engage, "another") });
    let refused = session.post("/v1/connections", wrong).await.refused(422, "invalid").text();
    assert!(refused.contains("parts.client_secret") && refused.contains("does not know"));
    let mut reader = Reader::of(&world, &petra.email).await;
    let asked = reader.open(&format!("/connections/new?upstream={SLUG}")).await;
    says(&asked, "Nothing else has to be agreed to");
    assert!(!asked.text.contains("/oauth/callback"), "nothing comes back: {}", asked.text);
    let form = asked.form("/p/larkfield/connections").unwrap();
    let form = form.set("part_host", &engage.host).set("part_client_id", CLIENT);
    let again = reader.send(&form.clone().set("password_client_secret", "another")).await;
    assert_eq!(again.status, 422);
    says(&again, "does not know this client id with this secret");
    let form = again.form("/p/larkfield/connections").unwrap();
    let page = reader.send(&form.set("password_client_secret", SECRET)).await;
    says(&page, "is connected");
    let list = petra.get("/v1/connections").await.expect(200);
    assert_eq!((list.at("/0/state"), list.at("/0/account")), ("active".into(), engage.host));
    let kept = "SELECT parts::text FROM connections UNION ALL SELECT scopes::text FROM connections";
    for row in world.sql(kept).await {
        let text: String = row.get(0);
        assert!(!text.contains(SECRET) && !text.contains("apis@"), "{text}");
    }
    let kinds = world.sql("SELECT kind FROM connection_secrets ORDER BY kind").await;
    let kinds: Vec<String> = kinds.iter().map(|row| row.get(0)).collect();
    assert_eq!(kinds, ["access", "client"], "both sealed, and there is nothing to refresh with");
    let path = format!("/v1/connections/{}/disconnect", list.at("/0/id"));
    petra.post(&path, json!({})).await.expect(200);
    world.settle().await;
    assert!(world.sql("SELECT kind FROM connection_secrets").await.is_empty(), "all is shredded");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ran_out_is_asked_for_once_whoever_says_so() {
    let scene = Scene::new().await;
    scene.lists().await.expect(200);
    let before = scene.engage.token_calls();
    scene.engage.ends_token();
    scene.lists().await.expect(200);
    assert_eq!(scene.engage.calls(), ["GET /v1/lists.json"; 3], "602, and once more");
    assert_eq!(scene.engage.token_calls(), before + 1);
    // Nothing was done by what was refused, so a write is sent again too.
    scene.engage.ends_token();
    let body = json!({ "input": [{ "id": 7 }] });
    scene.tool.post("/v1/lists/1001/leads.json", body).await.expect(200);
    assert_eq!(scene.engage.calls(), ["POST /v1/lists/1001/leads.json"; 2]);
    let before = scene.engage.token_calls();
    scene.world.advance(Duration::minutes(61)).await;
    let answers = race((0..8).map(|_| {
        let tool = scene.tool.clone();
        async move { tool.get("/v1/lists.json").await }
    }));
    assert!(answers.await.iter().all(|answer| answer.status == 200));
    assert_eq!(scene.engage.token_calls(), before + 1, "of eight one asks");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_body_says_is_answered_as_others_say_it() {
    let scene = Scene::new().await;
    scene.engage.says(&["610"]);
    scene.lists().await.expect(404);
    scene.engage.says(&["1003"]);
    let said = scene.lists().await.expect(422);
    assert_eq!(said.at("/errors/0/message"), "It says why", "its own words are handed on");
    let log = scene.petra.get("/v1/access-log?limit=2").await.expect(200);
    let statuses = [log.at("/items/0/status"), log.at("/items/1/status")];
    assert_eq!(statuses, ["422", "404"]);
    // It says no to the newest token as well: that is an answer nobody can use.
    scene.engage.says(&["601", "601"]);
    scene.lists().await.refused(502, "upstream-answer");
    scene.engage.calls();
    scene.engage.says(&["606"]);
    let early = scene.lists().await.expect(429);
    assert_eq!(early.header("retry-after"), Some("20"));
    scene.lists().await.refused(429, "upstream-too-fast");
    assert_eq!(scene.engage.calls(), ["GET /v1/lists.json"], "it is left alone");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_was_ended_there_is_told_anew() {
    let scene = Scene::new().await;
    scene.engage.changes_secret("new-secret");
    scene.lists().await.refused(409, "needs-reconnect");
    scene.lists().await.refused(409, "needs-reconnect");
    assert_eq!(scene.state().await, "needs_reconnect");
    scene.world.settle().await;
    let mails = scene.world.mails_to(&scene.petra.email).await;
    assert!(mails.iter().any(|m| m["subject"].as_str().unwrap().contains("connected again")));
    let session = Session::of(&scene.world, &scene.petra.email).await;
    let id = &scene.connection;
    let mend = |parts: Value| json!({ "upstream": SLUG, "connection": id, "parts": parts });
    let old = session.post("/v1/connections", mend(json!({}))).await;
    old.refused(422, "invalid");
    let parts = json!({ "client_secret": "new-secret" });
    let done = session.post("/v1/connections", mend(parts)).await.expect(200);
    assert_eq!((done.at("/outcome"), done.at("/connection")), ("connected".into(), id.clone()));
    scene.lists().await.expect(200);
    scene.world.end().await;
}
