//! Who keeps our keys takes its time: what a call was judged by, and the right to send a refresh
//! token, may be over when the key is there.

use crate::support::World;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::transit::TransitServer;
use crate::the_vault_turns_its_keys::{read, transit, working};
use crate::tokens_are_refreshed_once::{lapse, token_calls};
use chrono::Duration;
use serde_json::json;
use std::time::Duration as Time;

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Time::from_millis(10)).await;
    }
    panic!("{what}");
}

async fn leased(world: &World) -> bool {
    let sql = "SELECT count(*) FROM connections WHERE lease_until IS NOT NULL";
    world.sql(sql).await[0].get::<_, i64>(0) == 1
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_23_an_end_while_a_key_is_fetched_stops_the_call() {
    let server = TransitServer::start().await;
    let keys = transit(&server);
    let (world, petra, tool) = working(&keys).await;
    let world = world.restarted(read(&keys)).await;
    world.forgets().await;
    server.count("decrypt");
    server.order(|state| state.delay = Time::from_millis(2500));
    let call = tokio::spawn({
        let tool = tool.clone();
        async move { tool.get("/campaigns").await }
    });
    until("the key is asked for", async || server.has_seen("decrypt")).await;
    petra.post(&format!("/v1/grants/{}/end", tool.grant), json!({})).await.expect(200);
    call.await.unwrap().refused(403, "grant-ended");
    assert!(world.asked_of_api().await.is_empty(), "nothing was sent");
    world.end().await;
}

/// Until when the lease stands, by the database's clock, in seconds from now.
async fn stands_for(world: &World) -> f64 {
    let sql = "SELECT extract(epoch FROM lease_until - app_now())::float8 FROM connections
               WHERE lease_until IS NOT NULL";
    world.sql(sql).await[0].get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_begins_anew_right_before_the_token_is_sent() {
    let server = TransitServer::start().await;
    let keys = transit(&server);
    let (world, _, tool) = working(&keys).await;
    world.advance(Duration::minutes(20)).await;
    let end = "SELECT extract(epoch FROM lease_until)::float8 FROM connections";
    let until_of = async || -> f64 { world.sql(end).await[0].get(0) };
    server.order(|state| state.delay = Time::from_millis(700));
    world.orders(json!({ "delay_ms": 2500 })).await;
    let slow = tokio::spawn({
        let tool = tool.clone();
        async move { tool.get("/campaigns").await }
    });
    until("the lease is taken", async || leased(&world).await).await;
    let first = until_of().await;
    until("the token is sent", async || until_of().await > first).await;
    // The keys for the next pair took this long, and the lease stands as long as at first.
    assert!(until_of().await - first >= 0.7);
    let stands = stands_for(&world).await;
    assert!((50.0..=60.0).contains(&stands), "{stands} s");
    slow.await.unwrap().expect(200);
    world.end().await;
}

/// Where a token that is sent twice ends everything, as the report of a probe says, nobody else
/// sends it while a node may only be standing still.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_a_replay_ends_everything_makes_the_lease_longer() {
    let report = include_str!("../../upstreams/larkfield.probe.toml");
    assert!(report.contains("ends-all"), "{report}");
    let warned = lease_of(World::beside("larkfield.probe.toml", report).await).await;
    assert!((50.0..=60.0).contains(&warned), "{warned} s");
    let unasked = lease_of(World::described(&[]).await).await;
    assert!((10.0..=15.0).contains(&unasked), "{unasked} s");
}

/// How long a lease stands in this world.
async fn lease_of(world: World) -> f64 {
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let parties = (&petra, &expert);
    let grant = world.grants(parties, &engagement, &connection, "read-only").await;
    let tool = Tool::with_key(&expert, &grant).await;
    world.advance(Duration::minutes(20)).await;
    world.orders(json!({ "delay_ms": 2500 })).await;
    let slow = tokio::spawn(async move { tool.get("/campaigns").await });
    until("the lease is taken", async || leased(&world).await).await;
    let stands = stands_for(&world).await;
    slow.await.unwrap().expect(200);
    world.end().await;
    stands
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_08_a_lease_that_ran_out_before_anything_was_sent_sends_nothing() {
    let server = TransitServer::start().await;
    let keys = transit(&server);
    let (world, _, tool) = working(&keys).await;
    world.advance(Duration::minutes(20)).await;
    world.forgets().await;
    server.order(|state| state.delay = Time::from_millis(2500));
    let slow = tokio::spawn({
        let tool = tool.clone();
        async move { tool.get("/campaigns").await }
    });
    until("the lease is taken", async || leased(&world).await).await;
    lapse(&world).await;
    slow.await.unwrap().refused(502, "upstream-unreachable");
    assert_eq!(token_calls(&world).await, 0, "the lease was over");
    server.order(|state| state.delay = Time::ZERO);
    tool.get("/campaigns").await.expect(200);
    assert_eq!(token_calls(&world).await, 1);
    world.end().await;
}
