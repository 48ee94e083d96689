//! A process dies with a refresh token in its hand: nothing is sent twice that may not be, nothing
//! of an older generation is tried, and the customer is told when only they can mend it.

use crate::support::apart::Served;
use crate::support::larkfield::Tool;
use crate::support::{Actor, World};
use crate::tokens_are_refreshed_once::{ready, token_calls};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

const WORKERS: usize = 2;

struct Scene {
    world: World,
    petra: Actor,
    tool: Tool,
    connection: String,
}

impl Scene {
    /// The access token has run out; the call that would renew it kills its process at a place.
    async fn killed(place: &str, orders: Value) -> (Self, Served) {
        let (world, petra, tool, connection) = ready().await;
        world.orders(orders).await;
        world.advance(Duration::minutes(20)).await;
        let world = world.apart().await;
        let mut served = world.serves(Some(place), WORKERS).await;
        let path = format!("/gw/{}/campaigns", tool.grant);
        assert!(tool.actor.tries(Method::GET, &path, ("", &Value::Null)).await.is_none());
        served.dies().await;
        // What the dead one had begun is over by then, for whoever comes.
        world.advance(Duration::minutes(1)).await;
        (Self { world, petra, tool, connection }, served)
    }

    /// Which refresh token is kept, and whether it may have been used.
    async fn kept(&self) -> (i64, Option<i64>) {
        let row = &self.world.sql("SELECT generation, sent_generation FROM connections").await[0];
        (row.get(0), row.get(1))
    }

    async fn state(&self) -> String {
        let path = format!("/v1/connections/{}", self.connection);
        self.petra.get(&path).await.expect(200).at("/state")
    }

    async fn end(self, mut served: Served) {
        self.world.settle().await;
        served.kill();
        self.world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_07_killed_between_the_answer_and_our_commit() {
    let (scene, died) = Scene::killed("refresh_answered", json!({})).await;
    assert_eq!(token_calls(&scene.world).await, 1);
    let before = scene.kept().await;
    assert_eq!(before.1, Some(before.0), "it is written that this one may be consumed");
    let served = scene.world.serves_again(died, WORKERS).await;
    // This server takes a second use for a theft: tried once, and the permission is over.
    for _ in 0..3 {
        scene.tool.get("/campaigns").await.refused(409, "needs-reconnect");
    }
    assert_eq!(token_calls(&scene.world).await, 2, "once more, and no loop");
    assert_eq!(scene.kept().await.0, before.0, "no generation was made up");
    assert_eq!(scene.state().await, "needs_reconnect");
    scene.world.settle().await;
    let told = scene.world.mails_to(&scene.petra.email).await;
    let subjects = told.iter().filter_map(|mail| mail["subject"].as_str());
    assert_eq!(subjects.filter(|s| s.contains("connected again")).count(), 1, "{told:?}");
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_07_a_server_that_does_not_rotate_answers_the_same_token_again() {
    let orders = json!({ "refresh_without_rotation": true });
    let (scene, died) = Scene::killed("refresh_answered", orders).await;
    let before = scene.kept().await;
    let served = scene.world.serves_again(died, WORKERS).await;
    scene.tool.get("/campaigns").await.expect(200);
    assert_eq!(token_calls(&scene.world).await, 2);
    let after = scene.kept().await;
    assert_eq!(after.0, before.0 + 1, "one generation on");
    assert_eq!(scene.state().await, "active");
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_07_killed_before_the_token_is_sent() {
    let (scene, died) = Scene::killed("refresh_sends", json!({})).await;
    assert_eq!(token_calls(&scene.world).await, 0);
    let served = scene.world.serves_again(died, WORKERS).await;
    let limits = served.limits();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let [soft, hard] = [4, 5].map(|at| core.split_whitespace().nth(at));
    assert_eq!((soft, hard), (Some("0"), Some("0")), "no image of memory: {core}");
    scene.tool.get("/campaigns").await.expect(200);
    scene.tool.get("/campaigns").await.expect(200);
    assert_eq!(token_calls(&scene.world).await, 1);
    assert_eq!(scene.state().await, "active");
    scene.end(served).await;
}
