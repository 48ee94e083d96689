//! What a consultant's program might try at the gateway to get further than its letter, and what
//! happens around a call: none of it reaches the application.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::{Actor, World};
use attache::postgres::Role;
use chrono::{DateTime, Duration, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

struct Scene {
    world: World,
    petra: Actor,
    parts: (String, String),
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
        let grant = world.grants(parties, &engagement, &connection, "author-drafts").await;
        let tool = Tool::with_key(&expert, &grant).await;
        world.forgets().await;
        Self { world, petra, parts: (engagement, connection), tool }
    }

    /// Sends what no client would; `%GW` and `%HOST` stand for the gateway and its host.
    async fn raw(&self, request: &str) -> String {
        let host = self.world.base.strip_prefix("http://").unwrap();
        let text = request.replace("%GW", &format!("/gw/{}", self.tool.grant));
        let mut socket = tokio::net::TcpStream::connect(host).await.unwrap();
        socket.write_all(text.replace("%HOST", host).as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let read = socket.read_to_end(&mut answer);
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), read).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The same with one line and some headers, and the key.
    async fn line(&self, line: &str, headers: &str) -> String {
        let key = self.tool.actor.token.as_deref().unwrap();
        let host = if headers.contains("host:") { "" } else { "host: %HOST\r\n" };
        let rest = format!("authorization: Bearer {key}\r\nconnection: close\r\n{headers}\r\n");
        self.raw(&format!("{line} HTTP/1.1\r\n{host}{rest}")).await
    }

    async fn refusals_in_the_log(&self) -> usize {
        let log = self.petra.get("/v1/access-log?limit=100").await.expect(200).json();
        let refused = |e: &&Value| e["outcome"] == "refused" && e["code"] == "malformed";
        log["items"].as_array().unwrap().iter().filter(refused).count()
    }

    async fn end_with_nothing_asked(self) {
        assert!(self.world.hits().await.is_empty(), "nothing reached the application");
        self.world.end().await;
    }
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_11_paths_that_two_readers_read_differently() {
    let scene = Scene::new().await;
    let mut told = 0;
    for path in [
        "/campaigns/cmp_000001%2fsend",
        "/campaigns/cmp_000001%252fsend",
        "/campaigns/cmp_000001%5csend",
        "/campaigns/../users",
        "/campaigns/./users",
        "/campaigns/.%2e/users",
        "/campaigns/%2E%2E/users",
        "/campaigns\\..\\users",
        "/campaigns//cmp_000001",
        "//campaigns",
        "/campaigns;x=1",
        "/campaigns/cmp_000001;/send",
        "/campaigns/%00",
        "/campaigns/\u{0}",
        "/campaigns/\u{e9}",
    ] {
        let answer = scene.line(&format!("GET %GW{path}"), "").await;
        assert_eq!(status(&answer), "400", "{path}: {answer}");
        told += usize::from(answer.contains("\"malformed\""));
    }
    assert!(told >= 10, "most are read by the gateway itself: {told}");
    assert_eq!(scene.refusals_in_the_log().await, told, "each of these is in the log");
    scene.end_with_nothing_asked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_12_another_method_by_header_or_query() {
    let scene = Scene::new().await;
    for header in ["x-http-method-override", "x-method-override", "x-http-method"] {
        let deleting = format!("{header}: DELETE\r\n");
        let answer = scene.line("GET %GW/campaigns/cmp_000001", &deleting).await;
        assert_eq!(status(&answer), "400", "{header}");
    }
    for query in ["_method=DELETE", "%5Fmethod=DELETE"] {
        let path = format!("/campaigns/cmp_000001?{query}");
        scene.tool.get(&path).await.refused(400, "malformed");
    }
    assert_eq!(scene.refusals_in_the_log().await, 5);
    scene.end_with_nothing_asked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_13_a_name_twice_in_a_body() {
    let scene = Scene::new().await;
    let path = format!("/gw/{}/campaigns", scene.tool.grant);
    for body in [
        r#"{"status":"draft","status":"send"}"#,
        r#"{"name":"a","na\u006de":"b"}"#,
        r#"{"name":{"x":1,"x":2}}"#,
    ] {
        let request = scene.tool.actor.request(Method::POST, &path);
        let request = request.header("content-type", "application/json").body(body);
        scene.tool.actor.answer(Method::POST, &path, request).await.refused(400, "malformed");
    }
    assert_eq!(scene.refusals_in_the_log().await, 3);
    scene.end_with_nothing_asked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_14_one_request_hidden_in_another() {
    let scene = Scene::new().await;
    let key = scene.tool.actor.token.clone().unwrap();
    let hidden = format!("GET %GW/account HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {key}\r\n");
    let mut sent = 0;
    for lengths in [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding : chunked\r\n",
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: +5\r\n",
    ] {
        let head = format!("content-type: application/json\r\n{lengths}");
        let rest = format!("\r\n0\r\n\r\n{hidden}\r\n");
        let answer = scene.line("POST %GW/campaigns", &(head + &rest)).await;
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{lengths}: {answer}");
        // Closed or refused, or read as one request, of which the hidden one is no part.
        let asked = scene.world.asked_of_api().await;
        assert!(asked.len() <= sent + 1, "{lengths}: {asked:?}");
        assert!(
            answer.is_empty() || status(&answer) >= "400" || asked.len() == sent + 1,
            "{answer}"
        );
        sent = asked.len();
    }
    for headers in ["accept: text/csv\r\n x-hidden: 1\r\n", "accept: a\rx-hidden: 1\r\n"] {
        let answer = scene.line("GET %GW/account", headers).await;
        assert_eq!(status(&answer), "400", "{headers:?}: {answer}");
    }
    assert!(scene.world.asked_of_api().await.iter().all(|a| a == "POST /api/v1/campaigns"));
    scene.world.forgets().await;
    // What a caller says of its connection ends here; the key was read before.
    let answer = scene.line("GET %GW/account", "connection: authorization, accept\r\n").await;
    assert_eq!(status(&answer), "200", "{answer}");
    assert_eq!(scene.world.asked_of_api().await, ["GET /api/v1/account"]);
    scene.world.end().await;
}

/// The request line and `Host` name this installation and nothing else. An authority after two
/// slashes is no such form (RFC 9112 section 3.2): it is a path of ours that leads nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn attack_16_a_target_that_names_another_host() {
    let scene = Scene::new().await;
    for (line, headers) in [
        ("GET http://evil.example%GW/campaigns", ""),
        ("GET http://evil.example%GW/campaigns", "host: evil.example\r\n"),
        ("GET http://user@127.0.0.1%GW/campaigns", ""),
        ("GET https://%HOST%GW/campaigns", ""),
        ("GET http://%HOST%GW/campaigns", ""),
        ("GET @evil.example%GW/campaigns", ""),
        ("GET %GW/campaigns", "host: evil.example\r\n"),
        ("GET %GW/campaigns", "host: 127.0.0.1.evil.example\r\n"),
        ("GET %GW/campaigns", "host: user@%HOST\r\n"),
        ("GET %GW/campaigns", "host: %HOST/x\r\n"),
        ("GET %GW/campaigns", "host: \r\n"),
        ("GET %GW/campaigns", "host: %HOST\r\nhost: evil.example\r\n"),
        ("GET %GW/campaigns", "host: %HOST\r\nhost: %HOST\r\n"),
        ("GET %GW/openapi.json", "host: evil.example\r\n"),
    ] {
        let answer = scene.line(line, headers).await;
        assert_eq!(status(&answer), "400", "{line} {headers}: {answer}");
        assert!(!answer.contains("evil.example"), "{line} {headers}: {answer}");
    }
    let nowhere = scene.line("GET //evil.example%GW/campaigns", "").await;
    assert_eq!(status(&nowhere), "404", "{nowhere}");
    assert!(scene.refusals_in_the_log().await >= 12, "they are in the customer's log");
    assert!(scene.world.hits().await.is_empty(), "nothing reached the application");
    let answer = scene.line("GET %GW/campaigns?limit=2", "").await;
    assert!(status(&answer) == "200" && answer.contains(&scene.world.base), "{answer}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_38_other_operations_hidden_in_one() {
    let scene = Scene::new().await;
    let hidden = json!({ "requests": [{ "method": "DELETE", "path": "/campaigns/cmp_000001" }] });
    for path in ["/batch", "/graphql", "/bulk", "/campaigns/batch", "/v2/campaigns"] {
        let answer = scene.tool.post(path, hidden.clone()).await;
        answer.refused(404, "no-such-operation");
    }
    let listed = json!([{ "name": "a" }, { "name": "b" }]);
    scene.tool.post("/campaigns", listed).await.refused(403, "operation-denied");
    scene.tool.post("/campaigns", hidden).await.refused(403, "operation-denied");
    scene.end_with_nothing_asked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_24_an_end_that_no_other_node_was_told_of() {
    let scene = Scene::new().await;
    let node = scene.world.another_node().await;
    let there = scene.tool.at(&node);
    there.get("/campaigns").await.expect(200);
    scene.tool.get("/campaigns").await.expect(200);
    // Nobody listens while no file is on its way, so nothing can be lost: each call reads what
    // holds.
    let app = scene.world.database.connect(Role::App).await;
    let listening = "SELECT 1 FROM pg_stat_activity
                     WHERE usename = current_user AND query ILIKE 'listen%'";
    assert!(app.query(listening, &[]).await.unwrap().is_empty(), "cut these before the end");
    scene.world.forgets().await;
    let end = format!("/v1/grants/{}/end", scene.tool.grant);
    scene.petra.post(&end, json!({})).await.expect(200);
    there.get("/campaigns").await.refused(403, "grant-ended");
    node.stop().await.unwrap();
    scene.end_with_nothing_asked().await;
}

/// A body that says nothing waits as long as any other.
#[tokio::test(flavor = "multi_thread")]
async fn attack_23_an_empty_body_that_ends_after_the_end() {
    let scene = Scene::new().await;
    let host = scene.world.base.strip_prefix("http://").unwrap().to_owned();
    let key = scene.tool.actor.token.clone().unwrap();
    let head = format!(
        "GET /gw/{}/campaigns HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        scene.tool.grant
    );
    let mut socket = tokio::net::TcpStream::connect(&host).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.flush().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    let end = format!("/v1/grants/{}/end", scene.tool.grant);
    scene.petra.post(&end, json!({})).await.expect(200);
    socket.write_all(b"0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(status(&answer) == "403" && answer.contains("grant-ended"), "{answer}");
    scene.end_with_nothing_asked().await;
}

/// The head is judged, then the letter ends, then the body comes.
#[tokio::test(flavor = "multi_thread")]
async fn attack_23_a_body_that_comes_after_the_end() {
    let scene = Scene::new().await;
    let host = scene.world.base.strip_prefix("http://").unwrap().to_owned();
    let key = scene.tool.actor.token.clone().unwrap();
    let body = json!({ "name": "x", "subject": "y" }).to_string();
    let head = format!(
        "POST /gw/{}/campaigns HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{{",
        scene.tool.grant,
        body.len()
    );
    let mut socket = tokio::net::TcpStream::connect(&host).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.flush().await.unwrap();
    // Long enough for the key to be looked up; sooner only makes the test weaker, never red.
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    let end = format!("/v1/grants/{}/end", scene.tool.grant);
    scene.petra.post(&end, json!({})).await.expect(200);
    socket.write_all(&body.as_bytes()[1..]).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(status(&answer) == "403" && answer.contains("grant-ended"), "{answer}");
    scene.end_with_nothing_asked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_25_a_node_whose_clock_is_wrong() {
    let scene = Scene::new().await;
    let letter = format!("/v1/grants/{}", scene.tool.grant);
    let until = scene.petra.get(&letter).await.expect(200).at("/valid_until");
    let until: DateTime<Utc> = until.parse().unwrap();
    let clock = &scene.world.clock;
    while until - clock.now() > Duration::days(20) {
        scene.world.advance(Duration::days(19)).await;
        scene.world.settle().await;
        scene.tool.get("/campaigns").await.expect(200);
    }
    scene.world.advance(until - clock.now() - Duration::minutes(30)).await;
    clock.advance(Duration::hours(1));
    assert!(clock.now() > until, "the node thinks that it is over");
    scene.tool.get("/campaigns").await.expect(200);
    clock.advance(-Duration::hours(1));
    scene.world.advance(Duration::minutes(31)).await;
    clock.advance(-Duration::hours(1));
    assert!(clock.now() < until, "the node thinks that it goes on");
    scene.world.forgets().await;
    scene.tool.get("/campaigns").await.refused(403, "expired");
    clock.advance(Duration::hours(1));
    scene.end_with_nothing_asked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_37_a_letter_for_one_campaign_and_a_path_to_another() {
    let scene = Scene::new().await;
    let listed = scene.tool.get("/campaigns?state=draft").await.expect(200);
    let (mine, other) = (listed.at("/items/0/id"), listed.at("/items/1/id"));
    let end = format!("/v1/grants/{}/end", scene.tool.grant);
    scene.petra.post(&end, json!({})).await.expect(200);
    let (engagement, connection) = &scene.parts;
    let choice = json!({
        "connection": connection, "preset": "author-drafts", "asks": [],
        "only": { "campaign": [mine] },
    });
    let expert = Actor { token: None, ..scene.tool.actor.clone() };
    let token = scene.world.token(&expert.email).await;
    let expert = Actor { token: Some(token), ..expert };
    let parties = (&scene.petra, &expert);
    let grant = scene.world.grants_choice(parties, engagement, choice).await;
    let tool = Tool::with_key(&expert, &grant).await;
    let change = json!({ "subject": "Mine now" });
    let patch = async |id: &str, body| {
        tool.send(Method::PATCH, &format!("/campaigns/{id}"), Some(body)).await
    };
    tool.get(&format!("/campaigns/{mine}")).await.expect(200);
    assert_ne!(patch(&mine, change.clone()).await.status, 403);
    scene.world.forgets().await;
    tool.get(&format!("/campaigns/{other}")).await.refused(403, "operation-denied");
    patch(&other, change).await.refused(403, "operation-denied");
    tool.get("/campaigns").await.refused(403, "operation-denied");
    // The results of one campaign are not the results of all of them.
    let summary = "/reports/summary?from=2026-10-01&to=2026-11-28";
    tool.get(summary).await.refused(403, "operation-denied");
    scene.end_with_nothing_asked().await;
}

/// What a token goes out by is not decided by whoever sets the environment.
#[tokio::test(flavor = "multi_thread")]
async fn attack_17_a_proxy_that_the_environment_names_is_not_used() {
    let scene = Scene::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let served = scene.world.serves_told(("http_proxy", &proxy)).await;
    let actor = Actor { base: served.base.clone(), ..scene.tool.actor.clone() };
    Tool { actor, ..scene.tool.clone() }.get("/account").await.expect(200);
    let asked = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
    assert!(asked.is_err(), "somebody came to the proxy");
    drop(served);
    scene.world.end().await;
}
