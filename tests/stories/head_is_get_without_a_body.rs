//! HEAD is GET without a body: allowed where GET is, judged and written down as that operation,
//! refused where GET is refused.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::{Actor, World};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

struct Scene {
    world: World,
    petra: Actor,
    tool: Tool,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let choice = json!({ "connection": connection, "preset": "read-only", "asks": [],
                             "without_operations": ["show-list"] });
        let grant = world.grants_choice((&petra, &expert), &engagement, choice).await;
        let tool = Tool::with_key(&expert, &grant).await;
        world.forgets().await;
        Self { world, petra, tool }
    }

    /// The two latest lines: of a GET, and of the HEAD after it.
    async fn lines(&self) -> [Value; 2] {
        let log = self.petra.get("/v1/access-log?limit=2").await.expect(200).json();
        [log["items"][1].clone(), log["items"][0].clone()]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_get_is() {
    let scene = Scene::new().await;
    let tool = &scene.tool;
    let campaign = tool.get("/campaigns").await.expect(200).at("/items/0/id");
    let list = tool.get("/lists").await.expect(200).at("/items/0/id");
    let (one, single) = (format!("/campaigns/{campaign}"), format!("/lists/{list}"));
    for (path, status) in [
        ("/account", 200),
        ("/campaigns?limit=1", 200),
        (one.as_str(), 200),
        ("/campaigns/cmp_0", 404),
        (single.as_str(), 403),
        ("/contacts", 403),
        ("/campaigns?folder=1", 403),
        ("/campaigns/cmp_1/send", 404),
        ("/nowhere", 404),
        ("/campaigns//x", 400),
    ] {
        scene.world.forgets().await;
        let got = tool.get(path).await.expect(status);
        let head = tool.send(Method::HEAD, path, None).await.expect(status);
        assert!(head.bytes.is_empty(), "{path}");
        for name in ["content-type", "etag", "cache-control", "content-length"] {
            assert_eq!(head.header(name), got.header(name), "{path} {name}");
        }
        let [of_get, of_head] = scene.lines().await;
        for field in ["operation_id", "outcome", "code", "status", "path", "target", "risk"] {
            assert_eq!(of_get[field], of_head[field], "{path} {field}");
        }
        assert_eq!((&of_get["method"], &of_head["method"]), (&json!("GET"), &json!("HEAD")));
        assert_eq!(of_head["bytes"], 0, "{path}");
        let hits = scene.world.asked_of_api().await;
        let sent = if of_get["outcome"] == "refused" { 0 } else { 2 };
        assert_eq!(hits.len(), sent, "{path} {hits:?}");
        assert!(hits.iter().all(|hit| hit.starts_with("GET ")), "{hits:?}");
        if sent > 0 {
            let nothing = hex::encode(Sha256::digest(b""));
            assert_eq!(of_head["answer_sha256"], nothing, "{path}");
        }
    }
    scene.world.end().await;
}

/// What the gateway tells of itself, too; and no more is to be had by HEAD than by GET.
#[tokio::test(flavor = "multi_thread")]
async fn of_the_gateway_itself() {
    let scene = Scene::new().await;
    let tool = &scene.tool;
    let told = tool.get("/openapi.json").await.expect(200);
    let head = tool.send(Method::HEAD, "/openapi.json", None).await.expect(200);
    assert!(head.bytes.is_empty());
    assert_eq!(head.header("content-length"), told.header("content-length"));
    let stranger = Actor { token: Some("agk_nobody".into()), ..tool.actor.clone() };
    let stranger = Tool { actor: stranger, ..tool.clone() };
    stranger.send(Method::HEAD, "/account", None).await.expect(401);
    let body = Some(json!({ "name": "x" }));
    tool.send(Method::HEAD, "/account", body).await.expect(403);
    scene.world.end().await;
}
