//! The application's API fell into bad hands: whatever it answers, no credential leaves, nothing is
//! followed, and nothing grows without end.

use crate::support::holder::Holder;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::rogue::{Rogue, token};
use crate::support::{Actor, World};
use chrono::Duration;
use poem::{Body, Response};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

struct Scene {
    world: World,
    rogue: Rogue,
    petra: Actor,
    expert: Actor,
    connection: String,
    tool: Tool,
}

impl Scene {
    async fn new() -> Self {
        let rogue = Rogue::start().await;
        let api = format!("api = \"{}/api/v1\"", rogue.url);
        let changes = [("api = \"${SANDBOX_MARKETING_URL}/api/v1\"", api.as_str())];
        let world = World::described(&changes).await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let parties = (&petra, &expert);
        let grant = world.grants(parties, &engagement, &connection, "author-drafts").await;
        let tool = Tool::with_key(&expert, &grant).await;
        rogue.seen();
        Self { world, rogue, petra, expert, connection, tool }
    }

    /// What the application's own API says to a token that leaked.
    async fn leaked(&self, token: &str) -> StatusCode {
        let url = self.world.sandbox.marketing.join("/api/v1/account").unwrap();
        self.world.client.get(url).bearer_auth(token).send().await.unwrap().status()
    }
}

fn json_answer(body: String) -> Response {
    Response::builder().content_type("application/json").body(body)
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_15_what_a_caller_says_of_itself() {
    let scene = Scene::new().await;
    let path = format!("/gw/{}/campaigns", scene.tool.grant);
    let mut request = scene.tool.actor.request(Method::GET, &path);
    for name in [
        "cookie",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-real-ip",
        "proxy-authorization",
        "attache-actor",
        "x-attache-grant",
        "x-api-key",
        "origin",
        "referer",
    ] {
        request = request.header(name, "made up");
    }
    scene.tool.actor.answer(Method::GET, &path, request).await.expect(200);
    let seen = scene.rogue.seen();
    assert_eq!(seen.len(), 1);
    let names: BTreeSet<&str> = seen[0].keys().map(poem::http::HeaderName::as_str).collect();
    let ours =
        ["accept", "accept-encoding", "attache-actor", "authorization", "host", "user-agent"];
    assert_eq!(names, BTreeSet::from(ours));
    assert!(seen[0].values().all(|value| value != "made up"));
    assert_ne!(Some(token(&seen[0])), scene.tool.actor.token, "the key itself stays here");
    assert_eq!(seen[0]["host"], scene.rogue.url.strip_prefix("http://").unwrap());
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_18_an_answer_that_leads_to_another_host() {
    let scene = Scene::new().await;
    let trap = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = format!("http://{}/", trap.local_addr().unwrap());
    for code in [301, 302, 303, 307, 308] {
        let place = elsewhere.clone();
        scene.rogue.answers(move |_| {
            let status = StatusCode::from_u16(code).unwrap();
            Response::builder().status(status).header("location", &place).finish()
        });
        let answer = scene.tool.get("/campaigns").await.refused(502, "upstream-answer");
        assert!(answer.header("location").is_none() && !answer.text().contains(&elsewhere));
    }
    let place = elsewhere.clone();
    scene.rogue.answers(move |_| {
        Response::builder().status(StatusCode::CREATED).header("location", &place).finish()
    });
    let made = scene.tool.post("/campaigns", json!({ "name": "x" })).await.expect(201);
    assert!(made.header("location").is_none(), "a place elsewhere is not handed on");
    let visited = tokio::time::timeout(std::time::Duration::from_millis(300), trap.accept()).await;
    assert!(visited.is_err(), "nobody went there");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_19_an_answer_that_shows_the_token() {
    let scene = Scene::new().await;
    scene.rogue.answers(|headers| json_answer(json!({ "echo": token(headers) }).to_string()));
    let stopped = scene.tool.get("/campaigns").await.refused(502, "token-shown");
    let stolen = token(&scene.rogue.seen()[0]);
    assert!(stolen.starts_with("lka_") && !stopped.text().contains(&stolen));
    scene.rogue.answers(|headers| {
        let etag = format!("\"{}\"", token(headers));
        Response::builder().header("etag", etag).content_type("text/plain").body("x")
    });
    let stopped = scene.tool.get("/campaigns").await.refused(502, "token-shown");
    assert!(stopped.header("etag").is_none());
    let log = scene.petra.get("/v1/access-log").await.expect(200);
    assert_eq!(
        (log.at("/items/0/outcome"), log.at("/items/0/status")),
        ("failed".into(), "502".into())
    );
    scene.world.settle().await;
    scene.world.advance(chrono::Duration::minutes(2)).await;
    scene.world.settle().await;
    let alarms = scene.petra.get("/v1/alarms").await.expect(200);
    assert_eq!(alarms.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (alarms.at("/items/0/kind"), alarms.at("/items/0/calls")),
        ("token-shown".into(), "2".into())
    );
    let told = scene.petra.get("/v1/notices").await.expect(200).text();
    assert!(told.contains("2 answers of the application showed the key"), "{told}");
    assert!(!told.contains(&stolen) && !alarms.text().contains(&stolen));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_20_a_cookie_of_the_application() {
    let scene = Scene::new().await;
    scene.rogue.answers(|_| {
        let answer = Response::builder().content_type("application/json");
        let answer = answer.header("set-cookie", "session=theirs").header("server", "Rogue/1");
        let answer = answer.header("www-authenticate", "Basic realm=\"type it here\"");
        answer.header("access-control-allow-origin", "*").body("{}")
    });
    let answer = scene.tool.get("/campaigns").await.expect(200);
    for name in ["set-cookie", "server", "www-authenticate", "access-control-allow-origin"] {
        assert!(answer.header(name).is_none(), "{name}: {:?}", answer.headers);
    }
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_21_an_answer_without_end_and_one_that_swells() {
    const CHUNK: &[u8] = &[b'x'; 64 * 1024];
    let scene = Scene::new().await;
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    scene.rogue.answers(move |_| {
        let count = Arc::clone(&count);
        let endless = std::iter::repeat_with(move || {
            count.fetch_add(CHUNK.len(), Ordering::SeqCst);
            Ok::<_, std::io::Error>(bytes::Bytes::from_static(CHUNK))
        });
        let body = Body::from_bytes_stream(futures::stream::iter(endless));
        Response::builder().content_type("application/json").body(body)
    });
    scene.tool.get("/campaigns").await.refused(502, "upstream-answer");
    let most = 32 * 1024 * 1024;
    assert!(taken.load(Ordering::SeqCst) < most, "it was cut off, not read on");
    scene.rogue.answers(|headers| {
        assert_eq!(headers["accept-encoding"], "identity");
        let answer = Response::builder().content_type("application/json");
        answer.header("content-encoding", "gzip").body(vec![0x1f, 0x8b, 8, 0])
    });
    scene.tool.get("/campaigns").await.refused(502, "upstream-answer");
    scene.rogue.answers(|_| json_answer("{}".to_owned()));
    scene.tool.get("/campaigns").await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_39_a_next_page_that_is_elsewhere() {
    let scene = Scene::new().await;
    let base = scene.rogue.url.clone();
    for next in [
        "https://evil.example/api/v1/campaigns?cursor=2".to_owned(),
        "//evil.example/api/v1/campaigns".to_owned(),
        base.replace("http://", "http://user@") + "/api/v1/campaigns",
        format!("{base}/api/v1/../../admin"),
        format!("{base}/other-account/v1/campaigns"),
        "javascript:alert(1)".to_owned(),
    ] {
        let page = json!({ "items": [], "next": next }).to_string();
        scene.rogue.answers(move |_| {
            let answer = Response::builder().content_type("application/json");
            answer.header("link", "<https://evil.example/>; rel=\"next\"").body(page.clone())
        });
        let page = scene.tool.get("/campaigns").await.expect(200);
        assert_eq!(page.json(), json!({ "items": [], "next": null }), "{next}");
        assert!(page.header("link").is_none());
    }
    let page = json!({ "items": [], "next": format!("{base}/api/v1/campaigns?cursor=2") });
    scene.rogue.answers(move |_| json_answer(page.to_string()));
    let home = format!("{}/gw/{}/campaigns?cursor=2", scene.world.base, scene.tool.grant);
    assert_eq!(scene.tool.get("/campaigns").await.expect(200).at("/next"), home);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_42_a_token_that_leaked_ends_with_the_connection() {
    let scene = Scene::new().await;
    scene.tool.get("/campaigns").await.expect(200);
    let stolen = token(&scene.rogue.seen()[0]);
    assert_eq!(scene.leaked(&stolen).await, StatusCode::OK, "it is a real one");
    let path = format!("/v1/connections/{}/disconnect", scene.connection);
    scene.petra.post(&path, json!({})).await.expect(200);
    scene.world.settle().await;
    assert_eq!(scene.leaked(&stolen).await, StatusCode::UNAUTHORIZED);
    scene.world.end().await;
}

/// Where everything that is logged goes.
#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Vec<u8>>>);

impl Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Makes a bound key and sends a proof that does not hold; answers both.
async fn sends_a_proof(tool: &Tool, expert: &Actor) -> (String, String) {
    let holder = Holder::es256();
    let path = format!("/v1/grants/{}/keys", tool.grant);
    let bind = json!({ "name": "bound", "jwk": holder.jwk() });
    let bound = expert.post(&path, bind).await.expect(201).at("/secret");
    let proof = holder.proof(&json!({ "jti": "canary", "htm": "GET", "htu": "x", "iat": 0 }));
    let url = format!("{}/gw/{}/account", expert.base, tool.grant);
    let request = expert.client.get(url).header("authorization", format!("DPoP {bound}"));
    let request = request.header("dpop", &proof);
    expert.answer(Method::GET, "/account", request).await.refused(401, "invalid-proof");
    (bound, proof)
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_40_nothing_that_is_written_down_holds_a_token() {
    let pages = Pages::default();
    let sink = pages.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || sink.clone())
        .init();
    let scene = Scene::new().await;
    let (world, tool) = (&scene.world, &scene.tool);
    scene.rogue.answers(|headers| json_answer(json!({ "echo": token(headers) }).to_string()));
    tool.get("/campaigns").await.refused(502, "token-shown");
    world.advance(Duration::minutes(20)).await;
    tool.get("/campaigns").await.refused(502, "token-shown");
    let forged = format!("agk_{}", "5ca1ab1e".repeat(8));
    let stranger = Actor { token: Some(forged.clone()), ..tool.actor.clone() };
    stranger.get(&format!("/gw/{}/account", tool.grant)).await.refused(401, "unknown-key");
    let (bound, proof) = sends_a_proof(tool, &scene.expert).await;
    world.advance(Duration::minutes(20)).await;
    world.orders(json!({ "token_answer_lost": true })).await;
    tool.get("/campaigns").await.refused(502, "upstream-unreachable");
    world.orders(json!({ "down": true })).await;
    let path = format!("/v1/connections/{}/disconnect", scene.connection);
    scene.petra.post(&path, json!({})).await.expect(200);
    world.settle().await;
    world.orders(json!({})).await;
    world.advance(Duration::minutes(5)).await;
    world.settle().await;
    let mut canaries: BTreeSet<String> = scene.rogue.seen().iter().map(token).collect();
    assert_eq!(canaries.len(), 2, "a token before the refresh and one after it");
    let prefixes = ["lka_", "lkr_", "lkc_"].map(str::to_owned);
    canaries.extend(prefixes);
    canaries.extend([
        forged,
        bound,
        proof,
        tool.actor.token.clone().unwrap(),
        scene.petra.token.clone().unwrap(),
    ]);
    canaries.insert(world.sandbox.marketing_client_secret.clone());
    let mut written = vec![("log", String::from_utf8_lossy(&pages.0.lock().unwrap()).into_owned())];
    assert!(written[0].1.contains("ALARM") && written[0].1.contains("refreshed"), "it is the log");
    for (what, path) in [("description", "/openapi.json"), ("figures", "/metrics")] {
        written.push((what, world.anyone().get(path).await.expect(200).text()));
    }
    for who in [&scene.petra, &scene.expert] {
        let mails = world.mails_to(&who.email).await;
        assert!(!mails.is_empty(), "{} was told", who.email);
        written.push(("mails", json!(mails).to_string()));
    }
    written.push(("database's log", world.database.log()));
    written.push(("trail", scene.petra.get("/v1/audit-trail.jsonl").await.expect(200).text()));
    for (what, text) in &written {
        for line in text.lines() {
            let shown = canaries.iter().find(|canary| line.contains(canary.as_str()));
            assert!(shown.is_none(), "{what} shows {shown:?}: {line}");
        }
    }
    scene.world.end().await;
}
