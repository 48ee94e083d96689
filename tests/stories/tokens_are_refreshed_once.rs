//! Access tokens run out; whoever asks, one refresh is made and no pair is lost.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::{Actor, Session, World, race};
use attache::config::Config;
use attache::postgres::Role;
use chrono::Duration;
use serde_json::json;

pub async fn ready() -> (World, Actor, Tool, String) {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let parties = (&petra, &expert);
    let grant = world.grants(parties, &engagement, &connection, "author-drafts").await;
    let tool = Tool::with_key(&expert, &grant).await;
    // What was told of the letter comes before what is told of its account.
    world.settle().await;
    world.forgets().await;
    (world, petra, tool, connection)
}

pub async fn token_calls(world: &World) -> usize {
    world.hits().await.iter().filter(|h| h["path"] == "/oauth/token").count()
}

/// The lease of whoever refreshes is over from now on.
pub async fn lapse(world: &World) {
    let owner = world.database.connect(Role::Owner).await;
    let vendor = world.larkfield.vendor;
    let lapsed = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         UPDATE connections SET lease_until = app_now() - interval '1 second'
         WHERE lease_until IS NOT NULL; COMMIT;"
    );
    owner.batch_execute(&lapsed).await.unwrap();
}

/// Eight calls at once, through the nodes in turn.
async fn eight(nodes: &[Tool]) -> Vec<u16> {
    let answers = race((0..8).map(|at| {
        let tool = nodes[at % nodes.len()].clone();
        async move { tool.get("/campaigns").await }
    }))
    .await;
    answers.iter().map(|a| a.status).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_06_of_eight_calls_on_two_nodes_with_an_old_token_one_refreshes() {
    let (world, _, tool, _) = ready().await;
    let node = world.another_node().await;
    let nodes = [tool.at(&node), tool];
    for round in 1..=3 {
        world.advance(Duration::minutes(20)).await;
        assert_eq!(eight(&nodes).await, [200; 8], "round {round}");
        assert_eq!(token_calls(&world).await, round, "one refresh an expiry");
    }
    node.stop().await.unwrap();
    world.end().await;
}

/// With one connection for all that a node does, whoever kept it would keep everybody waiting.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_holds_the_database_while_a_token_is_refreshed() {
    let (world, petra, tool, connection) = ready().await;
    world.advance(Duration::minutes(20)).await;
    let config = Config { database_connections: 1, ..world.config.clone() };
    let (app, base) = world.quiet_node_of(config).await;
    let at = |actor: &Actor| Actor { base: base.clone(), ..actor.clone() };
    let (petra, tool) = (at(&petra), Tool { actor: at(&tool.actor), ..tool.clone() });
    world.orders(json!({ "delay_ms": 4000 })).await;
    let slow = tokio::spawn(async move { tool.get("/campaigns").await });
    let sent = "SELECT count(*) FROM connections WHERE sent_generation = generation";
    while world.sql(sent).await[0].get::<_, i64>(0) == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    for _ in 0..3 {
        petra.get(&format!("/v1/connections/{connection}")).await.expect(200);
    }
    let under_way = world.sql(sent).await[0].get::<_, i64>(0) == 1;
    assert!(under_way, "the refresh was waited for");
    assert!(!slow.is_finished());
    slow.await.unwrap().expect(200);
    drop(app);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_application_took_back_is_renewed_once_too() {
    let (world, _, tool, _) = ready().await;
    world.orders(json!({ "expire_access_tokens": true })).await;
    assert_eq!(eight(std::slice::from_ref(&tool)).await, [200; 8]);
    assert_eq!(token_calls(&world).await, 1);
    // A write whose token was refused before anything was done is sent again, once.
    world.orders(json!({ "expire_access_tokens": true })).await;
    world.forgets().await;
    let draft = json!({ "name": "x" });
    tool.post("/campaigns", draft).await.expect(422);
    let described = tool.get("/openapi.json").await.expect(200).json();
    assert!(described["paths"]["/campaigns"]["post"].is_object());
    let posts = world.asked_of_api().await;
    assert_eq!(posts, ["POST /api/v1/campaigns", "POST /api/v1/campaigns"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_09_an_answer_without_a_refresh_token_keeps_the_old_one() {
    let (world, _, tool, _) = ready().await;
    world.orders(json!({ "refresh_without_rotation": true })).await;
    for _ in 0..3 {
        world.advance(Duration::minutes(20)).await;
        tool.get("/campaigns").await.expect(200);
    }
    world.orders(json!({})).await;
    world.advance(Duration::minutes(20)).await;
    tool.get("/campaigns").await.expect(200);
    assert_eq!(token_calls(&world).await, 4);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_09_an_answer_that_gives_less() {
    let (world, petra, tool, connection) = ready().await;
    let path = format!("/v1/connections/{connection}");
    let before = petra.get(&path).await.expect(200).json();
    assert_eq!(before["lost_scopes"], json!([]));
    let given: Vec<&str> =
        before["scopes"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    let less: Vec<&str> = given.iter().copied().filter(|s| *s != "campaigns:write").collect();
    assert_eq!(less.len() + 1, given.len());
    world.orders(json!({ "refresh_scope": less.join(" ") })).await;
    world.advance(Duration::minutes(20)).await;
    world.forgets().await;
    // The refresh of this very call brings less: it is seen before anything is sent.
    let draft = json!({ "name": "x" });
    let refused = tool.post("/campaigns", draft.clone()).await.refused(409, "scope-lost");
    assert!(refused.at("/detail").contains("campaigns:write"));
    assert!(world.asked_of_api().await.is_empty(), "nothing was sent");
    tool.get("/campaigns").await.expect(200);
    let now = petra.get(&path).await.expect(200).json();
    assert_eq!((&now["scopes"], &now["lost_scopes"]), (&json!(less), &json!(["campaigns:write"])));
    // The letter says what it cannot keep, and its description leaves it out.
    let letter = petra.get(&format!("/v1/grants/{}", tool.grant)).await.expect(200).json();
    assert!(letter["ungiven"].to_string().contains("(write-draft)"), "{letter}");
    assert_eq!(letter["lapsed"], json!([]));
    let described = tool.get("/openapi.json").await.expect(200).json();
    let campaigns = &described["paths"]["/campaigns"];
    assert!(campaigns["get"].is_object() && campaigns["post"].is_null(), "{campaigns}");
    world.advance(Duration::minutes(20)).await;
    tool.post("/campaigns", draft.clone()).await.refused(409, "scope-lost");
    tool.get("/campaigns").await.expect(200);
    world.settle().await;
    let told = |mails: Vec<serde_json::Value>, words: &str| {
        mails.iter().filter(|m| m["subject"].as_str().unwrap().contains(words)).count()
    };
    let mails = world.mails_to(&petra.email).await;
    assert_eq!(told(mails, "gives us less than it did"), 1, "told once");
    let mails = world.mails_to(&tool.actor.email).await;
    assert_eq!(told(mails, "is less than it was"), 1);
    let trail = petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert_eq!(trail.matches("connection-lessened").count(), 1);
    let session = Session::of(&world, &petra.email).await;
    let page = session.get(&format!("/p/larkfield/grants/{}", tool.grant)).await.expect(200);
    assert!(page.text().contains("does not allow us these for the account"));
    let page = session.get("/p/larkfield/connections").await.expect(200).text();
    assert!(page.contains("took back: campaigns:write") && page.contains("Connect it again"));
    world.orders(json!({})).await;
    let mend = json!({ "upstream": "larkfield", "connection": connection });
    let begun = session.post("/v1/connections", mend).await.expect(200);
    let back = world.decides(&begun.at("/authorize_url").parse().unwrap(), PETRA, "allow").await;
    world.comes_back(&session, &back).await.expect(303);
    assert_eq!(petra.get(&path).await.expect(200).json()["lost_scopes"], json!([]));
    tool.post("/campaigns", draft).await.expect(422);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_permission_needs_the_customer_who_mends_it() {
    let (world, petra, tool, connection) = ready().await;
    world.advance(Duration::minutes(20)).await;
    world.orders(json!({ "token_endpoint_error": "invalid_grant" })).await;
    tool.get("/campaigns").await.refused(409, "needs-reconnect");
    tool.get("/campaigns").await.refused(409, "needs-reconnect");
    assert_eq!(token_calls(&world).await, 1, "no loop");
    let path = format!("/v1/connections/{connection}");
    let broken = petra.get(&path).await.expect(200);
    assert_eq!(broken.at("/state"), "needs_reconnect");
    world.settle().await;
    let mails = world.mails_to(&petra.email).await;
    let told = mails.iter().any(|m| m["subject"].as_str().unwrap().contains("connected again"));
    assert!(told, "the customer hears of it: {mails:?}");
    world.orders(json!({})).await;
    let session = Session::of(&world, &petra.email).await;
    let mend = json!({ "upstream": "larkfield", "connection": connection });
    let begun = session.post("/v1/connections", mend).await.expect(200);
    let consent = begun.at("/authorize_url").parse().unwrap();
    let back = world.decides(&consent, PETRA, "allow").await;
    let done = world.comes_back(&session, &back).await.expect(303);
    assert!(
        done.header("location").unwrap().ends_with(&format!("connected&connection={connection}"))
    );
    let page = session.get(done.header("location").unwrap()).await.expect(200).text();
    assert!(page.contains("is connected again") && !page.contains("Nobody can work"), "{page}");
    world.settle().await;
    let told = "SELECT title FROM notices n JOIN persons p ON p.id = n.person_id
                WHERE p.email LIKE '%@brandt.example' ORDER BY n.id DESC LIMIT 2";
    let told = world.sql(told).await;
    let titles = told.iter().map(|row| row.get::<_, String>(0));
    let account = "Fjordhaus Outdoor EU";
    let expected =
        [format!("You may work in {account} again"), format!("Your access to {account} rests")];
    assert_eq!(titles.collect::<Vec<_>>(), expected);
    tool.get("/campaigns").await.expect(200);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_07_a_lost_answer_is_tried_once_more_and_a_theft_ends_it() {
    let (world, petra, tool, connection) = ready().await;
    world.advance(Duration::minutes(20)).await;
    world.orders(json!({ "token_answer_lost": true })).await;
    tool.get("/campaigns").await.refused(502, "upstream-unreachable");
    world.orders(json!({})).await;
    // This server takes a second use of a refresh token for a theft: the permission is over.
    tool.get("/campaigns").await.refused(409, "needs-reconnect");
    tool.get("/campaigns").await.refused(409, "needs-reconnect");
    assert_eq!(token_calls(&world).await, 2);
    let path = format!("/v1/connections/{connection}");
    assert_eq!(petra.get(&path).await.expect(200).at("/state"), "needs_reconnect");
    world.settle().await;
    let told = world.mails_to(&petra.email).await;
    let subjects = told.iter().filter_map(|mail| mail["subject"].as_str());
    assert_eq!(
        subjects.filter(|s| s.contains("connected again")).count(),
        1,
        "told once: {told:?}"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_08_a_refresh_that_outlives_its_lease_writes_nothing() {
    let (world, petra, tool, connection) = ready().await;
    world.advance(Duration::minutes(20)).await;
    world.orders(json!({ "refresh_without_rotation": true, "delay_ms": 2500 })).await;
    let slow = tokio::spawn({
        let tool = tool.clone();
        async move { tool.get("/campaigns").await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    lapse(&world).await;
    world.orders(json!({ "refresh_without_rotation": true })).await;
    tool.get("/campaigns").await.expect(200);
    let kept = "SELECT c.generation::text || ' ' || encode(s.sealed, 'hex') FROM connections c
                JOIN connection_secrets s ON s.connection_id = c.id AND s.kind = 'access'";
    let kept = async || -> String { world.sql(kept).await[0].get(0) };
    let newest = kept().await;
    assert_eq!(slow.await.unwrap().expect(200).status, 200, "with the newest token");
    assert_eq!(token_calls(&world).await, 2, "both were answered");
    assert_eq!(kept().await, newest, "the late answer changed nothing");
    let path = format!("/v1/connections/{connection}");
    assert_eq!(petra.get(&path).await.expect(200).at("/state"), "active");
    tool.get("/campaigns").await.expect(200);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_is_away_costs_no_permission() {
    let (world, petra, tool, connection) = ready().await;
    world.advance(Duration::minutes(20)).await;
    world.orders(json!({ "down": true })).await;
    tool.get("/campaigns").await.refused(502, "upstream-unreachable");
    world.orders(json!({ "token_endpoint_error": "temporarily_unavailable" })).await;
    tool.get("/campaigns").await.refused(502, "upstream-unreachable");
    world.orders(json!({})).await;
    tool.get("/campaigns").await.expect(200);
    let path = format!("/v1/connections/{connection}");
    assert_eq!(petra.get(&path).await.expect(200).at("/state"), "active");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_23_an_end_during_a_refresh_stops_the_call() {
    let (world, petra, tool, _) = ready().await;
    world.advance(Duration::minutes(20)).await;
    world.orders(json!({ "delay_ms": 1500 })).await;
    let call = tokio::spawn({
        let tool = tool.clone();
        async move { tool.get("/campaigns").await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    petra.post(&format!("/v1/grants/{}/end", tool.grant), json!({})).await.expect(200);
    call.await.unwrap().refused(403, "grant-ended");
    assert!(world.asked_of_api().await.is_empty(), "ended between decision and sending");
    world.end().await;
}
