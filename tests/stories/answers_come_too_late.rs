//! What comes back after its time: a pair of tokens when somebody else refreshes already or the
//! account is disconnected, an answer when the letter has ended, a second try when it ended before.

use crate::support::larkfield::Tool;
use crate::support::{Actor, World};
use crate::tokens_are_refreshed_once::{lapse, ready, token_calls};
use chrono::Duration;
use serde_json::json;
use std::time::Duration as Time;
use tokio::net::{TcpSocket, TcpStream};

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..1000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Time::from_millis(10)).await;
    }
    panic!("{what}");
}

fn calling(tool: &Tool) -> tokio::task::JoinHandle<crate::support::Answer> {
    let tool = tool.clone();
    tokio::spawn(async move { tool.get("/campaigns").await })
}

/// The first was slow, so a second sent the same token, which was spent: the customer would have to
/// connect again, had the first answer not been kept.
#[tokio::test(flavor = "multi_thread")]
async fn attack_08_a_late_pair_is_used_where_the_next_one_was_refused() {
    let (world, petra, tool, connection) = ready().await;
    let node = world.another_node().await;
    world.advance(Duration::minutes(20)).await;
    world.orders(json!({ "delay_ms": 3000, "replay_spares": true })).await;
    let slow = calling(&tool);
    until("the token is sent", async || token_calls(&world).await == 1).await;
    lapse(&world).await;
    let next = calling(&tool.at(&node));
    until("it is sent again", async || token_calls(&world).await == 2).await;
    slow.await.unwrap().refused(502, "upstream-unreachable");
    let kept = "SELECT s.kind, s.generation - c.generation FROM connection_secrets s
                JOIN connections c ON c.id = s.connection_id ORDER BY s.kind";
    let kept = async || -> Vec<(String, i64)> {
        world.sql(kept).await.iter().map(|row| (row.get(0), row.get(1))).collect()
    };
    next.await.unwrap().refused(502, "upstream-unreachable");
    let [access, refresh] = ["access", "refresh"].map(str::to_owned);
    assert_eq!(kept().await, [(access.clone(), 0), (refresh.clone(), 1)], "the late one is ours");
    world.orders(json!({})).await;
    tool.get("/campaigns").await.expect(200);
    assert_eq!(token_calls(&world).await, 3);
    assert_eq!(kept().await, [(access, 0), (refresh, 0)]);
    let path = format!("/v1/connections/{connection}");
    assert_eq!(petra.get(&path).await.expect(200).at("/state"), "active");
    node.stop().await.unwrap();
    world.end().await;
}

/// We wait eight seconds. The server may be at it still, so nobody sends that token again before
/// the lease is over.
#[tokio::test(flavor = "multi_thread")]
async fn attack_08_a_server_that_outlives_our_patience_has_one_token_to_look_at() {
    let (world, _, tool, _) = ready().await;
    world.advance(Duration::minutes(20)).await;
    let stays = json!({ "refresh_without_rotation": true, "delay_ms": 11_000 });
    world.orders(stays).await;
    let answer = calling(&tool).await.unwrap();
    assert!([502, 504].contains(&answer.status), "{}", answer.status);
    world.orders(json!({ "refresh_without_rotation": true })).await;
    let next = calling(&tool);
    tokio::time::sleep(Time::from_secs(1)).await;
    assert_eq!(token_calls(&world).await, 1, "the first may be under way still");
    assert!(!next.is_finished());
    lapse(&world).await;
    next.await.unwrap().expect(200);
    assert_eq!(token_calls(&world).await, 2);
    world.end().await;
}

/// Of those who wait for one refresh nobody asks again when it brought nothing.
#[tokio::test(flavor = "multi_thread")]
async fn who_waited_for_a_refresh_that_failed_does_not_repeat_it() {
    let (world, _, tool, _) = ready().await;
    world.advance(Duration::minutes(20)).await;
    let fails = json!({ "token_endpoint_error": "server_error", "delay_ms": 5000 });
    world.orders(fails).await;
    let first = calling(&tool);
    until("the token is sent", async || token_calls(&world).await == 1).await;
    let others = [calling(&tool), calling(&tool), calling(&tool)];
    for call in others.into_iter().chain([first]) {
        assert!(call.await.unwrap().status >= 500);
    }
    assert_eq!(token_calls(&world).await, 1);
    world.orders(json!({})).await;
    tool.get("/campaigns").await.expect(200);
    world.end().await;
}

async fn disconnected_meanwhile(orders: serde_json::Value) {
    let (world, petra, tool, connection) = ready().await;
    world.advance(Duration::minutes(20)).await;
    let mut slowly = orders.clone();
    slowly["delay_ms"] = json!(3000);
    world.orders(slowly).await;
    let slow = calling(&tool);
    until("the token is sent", async || token_calls(&world).await == 1).await;
    // What we held cannot be revoked now; what is on its way will be.
    world.orders(json!({ "down": true })).await;
    let path = format!("/v1/connections/{connection}/disconnect");
    petra.post(&path, json!({})).await.expect(200);
    let revoked = async || {
        let hits = world.hits().await;
        hits.iter().filter(|hit| hit["path"] == "/oauth/revoke").count()
    };
    until("ours is to be revoked", async || revoked().await == 1).await;
    world.orders(orders).await;
    slow.await.unwrap().refused(409, "needs-reconnect");
    assert_eq!(revoked().await, 2, "the late one too");
    let left = "SELECT kind FROM connection_secrets WHERE kind <> 'revocation'";
    assert!(world.sql(left).await.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_that_comes_after_a_disconnect_is_revoked() {
    disconnected_meanwhile(json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_alone_that_comes_after_a_disconnect_is_revoked() {
    disconnected_meanwhile(json!({ "refresh_without_rotation": true })).await;
}

async fn ends(petra: &Actor, tool: &Tool) {
    petra.post(&format!("/v1/grants/{}/end", tool.grant), json!({})).await.expect(200);
}

/// How the log says that the latest call of `/campaigns` ended.
async fn logged(world: &World) -> (String, Option<String>) {
    let line = "SELECT outcome, code FROM access_log WHERE path_template = '/campaigns'
                ORDER BY at DESC LIMIT 1";
    let row = &world.sql(line).await[0];
    (row.get(0), row.get(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_23_an_answer_that_is_on_its_way_at_the_end_is_not_handed_on() {
    let (world, petra, tool, _) = ready().await;
    tool.get("/campaigns").await.expect(200);
    world.forgets().await;
    world.orders(json!({ "delay_ms": 2500 })).await;
    let slow = calling(&tool);
    until("it is sent", async || world.asked_of_api().await.len() == 1).await;
    ends(&petra, &tool).await;
    let told = slow.await.unwrap().refused(403, "grant-ended").at("/detail");
    assert!(told.contains("on its way"), "{told}");
    world.program.app.late.settled().await;
    assert_eq!(logged(&world).await, ("cut".to_owned(), Some("grant-ended".to_owned())));
    world.end().await;
}

/// An address at which nobody answers, not even to say no.
async fn silence() -> (String, Vec<TcpStream>, tokio::net::TcpListener) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    // Its queue is full once a connection is not taken any more.
    while let Ok(stream) =
        tokio::time::timeout(Time::from_millis(300), TcpStream::connect(address)).await
    {
        held.push(stream.unwrap());
    }
    (format!("http://{address}/api/v1"), held, listener)
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_23_an_end_between_two_tries_stops_the_second() {
    let (world, petra, tool, _) = ready().await;
    let (address, held, listener) = silence().await;
    let api = format!("api = \"{address}\"");
    let node = world.node_described(("api = \"${SANDBOX_MARKETING_URL}/api/v1\"", &api)).await;
    let tool = tool.at(&node);
    let slow = calling(&tool);
    tokio::time::sleep(Time::from_millis(500)).await;
    ends(&petra, &tool).await;
    slow.await.unwrap().refused(403, "grant-ended");
    drop((held, listener));
    node.stop().await.unwrap();
    world.end().await;
}
