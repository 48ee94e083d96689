//! A body is as long as its operation permits and not a byte longer, whatever its framing; what is
//! over the limit is never held and never sent.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::{Actor, Answer, World};
use reqwest::{Body, Method};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const KIB: usize = 1024;

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
        let parties = (&petra, &expert);
        let grant = world.grants(parties, &engagement, &connection, "run-campaigns").await;
        let tool = Tool::with_key(&expert, &grant).await;
        world.forgets().await;
        Self { world, petra, tool }
    }

    /// Each call that reached the application, as its path and the bytes of its body.
    async fn arrived(&self) -> Vec<(String, u64)> {
        let hits = self.world.hits().await;
        let of = |hit: &Value| {
            (hit["path"].as_str().unwrap().to_owned(), hit["body_bytes"].as_u64().unwrap())
        };
        let arrived = hits.iter().map(of).collect();
        self.world.forgets().await;
        arrived
    }
}

/// The body of a new list, of exactly so many bytes.
fn list(bytes: usize) -> String {
    let bare = json!({ "name": "Spring", "description": "" }).to_string().len();
    json!({ "name": "Spring", "description": "x".repeat(bytes - bare) }).to_string()
}

async fn send(tool: &Tool, path: &str, (body, chunked): (String, bool)) -> Answer {
    let path = format!("/gw/{}{path}", tool.grant);
    let request = tool.actor.request(Method::POST, &path);
    let request = request.header("content-type", "application/json");
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
        body.as_bytes().chunks(5000).map(|piece| Ok(piece.to_vec())).collect();
    let request = match chunked {
        true => request.body(Body::wrap_stream(futures::stream::iter(pieces))),
        false => request.body(body),
    };
    tool.actor.answer(Method::POST, &path, request).await
}

fn says(answer: &Answer, limit: &str) {
    let detail = answer.at("/detail");
    assert!(detail.contains(&format!("limit of {limit};")), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_has_its_own() {
    let scene = Scene::new().await;
    for chunked in [false, true] {
        let fits = send(&scene.tool, "/lists", (list(16 * KIB), chunked)).await;
        // The application finds the description too long, so it was asked.
        fits.expect(422);
        assert_eq!(scene.arrived().await, [("/api/v1/lists".to_owned(), 16 * 1024)]);
        let over = send(&scene.tool, "/lists", (list(16 * KIB + 1), chunked)).await;
        says(&over.refused(413, "too-large"), "16 KiB");
        let far = send(&scene.tool, "/lists", (list(3000 * KIB), chunked)).await;
        says(&far.refused(413, "too-large"), "16 KiB");
        assert_eq!(scene.arrived().await, [], "nothing reached the application");
        // What is no operation of the letter gets no more than is usual.
        let unknown = send(&scene.tool, "/elsewhere", (list(1025 * KIB), chunked)).await;
        unknown.refused(404, "no-such-operation");
    }
    let log = scene.petra.get("/v1/access-log").await.expect(200).json();
    let codes = log["items"].as_array().unwrap().iter().map(|line| line["code"].as_str());
    let refused = codes.filter(|code| *code == Some("too-large")).count();
    assert_eq!(refused, 4, "{log}");
    scene.world.end().await;
}

/// Nobody is told to go on with a body that is announced as too long.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_announced_as_longer_is_not_waited_for() {
    let scene = Scene::new().await;
    let host = scene.world.base.strip_prefix("http://").unwrap();
    let key = scene.tool.actor.token.as_deref().unwrap();
    let mut socket = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!(
        "POST /gw/{}/lists HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\n\
         content-length: 900000000\r\n\r\n",
        scene.tool.grant
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = tokio::time::timeout(std::time::Duration::from_secs(5), socket.read(&mut answer));
    let size = read.await.expect("it is answered at once").unwrap();
    let answer = String::from_utf8_lossy(&answer[..size]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(scene.arrived().await, []);
    scene.world.end().await;
}

/// A letter of before stays with its limit; one that is less by now counts at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_that_allows_more_widens_no_letter() {
    let scene = Scene::new().await;
    let old = "most_body = \"16 KiB\"";
    let wider = scene.world.node_described((old, "most_body = \"2 MiB\"")).await;
    let tighter = scene.world.node_described((old, "most_body = 300")).await;
    let over = send(&scene.tool.at(&wider), "/lists", (list(16 * KIB + 1), false)).await;
    says(&over.refused(413, "too-large"), "16 KiB");
    let there = scene.tool.at(&tighter);
    send(&there, "/lists", (list(300), false)).await.expect(201);
    says(&send(&there, "/lists", (list(301), true)).await.refused(413, "too-large"), "300 bytes");
    assert_eq!(scene.arrived().await, [("/api/v1/lists".to_owned(), 300)]);
    for node in [wider, tighter] {
        node.stop().await.unwrap();
    }
    scene.world.end().await;
}
