//! A consultant's program works in the customer's account, as far as the letter goes and no
//! further; both sides read what it did.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::{Actor, World};
use reqwest::Method;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::json;
use sha2::{Digest, Sha256};

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    engagement: String,
    connection: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        Self { world, petra, expert, engagement, connection }
    }

    async fn tool(&self, preset: &str) -> Tool {
        let parties = (&self.petra, &self.expert);
        let grant = self.world.grants(parties, &self.engagement, &self.connection, preset).await;
        let tool = Tool::with_key(&self.expert, &grant).await;
        self.world.forgets().await;
        tool
    }

    /// The calls, without what the gateway looked up for them.
    async fn log(&self) -> Vec<serde_json::Value> {
        let log = self.petra.get("/v1/access-log?limit=100").await.expect(200).json();
        let mut lines = log["items"].as_array().unwrap().clone();
        lines.retain(|line| line["outcome"] != "looked");
        lines
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_and_drafting() {
    let scene = Scene::new().await;
    let tool = scene.tool("author-drafts").await;
    let page = tool.get("/campaigns?limit=2").await.expect(200);
    assert_eq!(page.json()["items"].as_array().unwrap().len(), 2);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.header("set-cookie").is_none() && page.header("link").is_none());
    let next = page.at("/next");
    let here = format!("{}/gw/{}/campaigns?", scene.world.base, tool.grant);
    assert!(next.starts_with(&here), "the next page leads through the gateway: {next}");
    let second =
        tool.get(next.strip_prefix(&format!("{}/gw/{}", scene.world.base, tool.grant)).unwrap());
    assert_ne!(second.await.expect(200).at("/items/0/id"), page.at("/items/0/id"));
    let lists = tool.get("/lists").await.expect(200);
    let draft = json!({
        "name": "Dealer nurture 1", "subject": "Spring", "from_email": "hello@fjordhaus.example",
        "list_id": lists.at("/items/0/id"), "body": "Hello",
    });
    let made = tool.post("/campaigns", draft).await.expect(201);
    let place = made.header("location").unwrap();
    assert_eq!(place, format!("{}/gw/{}/campaigns/{}", scene.world.base, tool.grant, made.id()));
    let one = format!("/campaigns/{}", made.id());
    let etag = tool.get(&one).await.expect(200).header("etag").unwrap().to_owned();
    let edit = |etag: &str| {
        let path = format!("/gw/{}{one}", tool.grant);
        let request = tool.actor.request(Method::PATCH, &path).header("if-match", etag);
        (path, request.json(&json!({ "subject": "Late spring" })))
    };
    let (path, request) = edit(&etag);
    tool.actor.answer(Method::PATCH, &path, request).await.expect(200);
    let (path, request) = edit(&etag);
    tool.actor.answer(Method::PATCH, &path, request).await.expect(412);
    let log = scene.log().await;
    let words: Vec<&str> = log.iter().map(|e| e["operation"].as_str().unwrap()).collect();
    assert_eq!(words[..3], ["Changed a draft", "Changed a draft", "Looked at a campaign"]);
    assert_eq!(log[0]["status"], 412);
    assert_eq!(log[0]["person_name"], "Brandt");
    assert_eq!(log[0]["path"], "/campaigns/{campaign}");
    assert!(log.iter().all(|e| e["outcome"] == "done"), "a write is one line");
    let mine = scene.expert.get("/v1/access-log?limit=1").await.expect(200).json();
    assert_eq!(mine["items"][0]["id"], log[0]["id"], "the consultant reads the same");
    let csv = scene.petra.get("/v1/access-log.csv").await.expect(200);
    assert_eq!(csv.header("content-type"), Some("text/csv"));
    let own = csv.text().lines().filter(|line| !line.contains("looked")).count();
    assert_eq!(own, log.len() + 1);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_permitted_never_reaches_the_application() {
    let scene = Scene::new().await;
    let tool = scene.tool("author-drafts").await;
    let refused: &[(Method, &str, u16, &str)] = &[
        (Method::POST, "/campaigns/cmp_000001/send", 403, "operation-denied"),
        (Method::POST, "/campaigns/cmp_000001/schedule", 403, "operation-denied"),
        (Method::DELETE, "/campaigns/cmp_000001", 403, "operation-denied"),
        (Method::GET, "/contacts", 403, "operation-denied"),
        (Method::POST, "/contacts/export", 403, "operation-denied"),
        (Method::GET, "/users", 403, "operation-denied"),
        (Method::GET, "/billing", 404, "no-such-operation"),
        (Method::PUT, "/campaigns/cmp_000001", 404, "no-such-operation"),
        (Method::GET, "/campaigns?all=1", 403, "operation-denied"),
        (Method::GET, "/campaigns?state=draft&state=sent", 400, "malformed"),
    ];
    for (method, path, status, code) in refused {
        tool.send(method.clone(), path, None).await.refused(*status, code);
    }
    let bodies = [
        (r#"{"name":"a","state":"sent"}"#, 403, "operation-denied"),
        (r#"[]"#, 403, "operation-denied"),
        (r#"{"name":"#, 400, "malformed"),
    ];
    let path = format!("/gw/{}/campaigns", tool.grant);
    for (body, status, code) in bodies {
        let request = tool.actor.request(Method::POST, &path);
        let request = request.header("content-type", "application/json").body(body);
        tool.actor.answer(Method::POST, &path, request).await.refused(status, code);
    }
    let text = tool.actor.request(Method::POST, &path).body("name=x");
    tool.actor.answer(Method::POST, &path, text).await.refused(415, "unsupported-media-type");
    let huge = json!({ "name": "x".repeat(1_100_000) });
    tool.post("/campaigns", huge).await.refused(413, "too-large");
    assert!(scene.world.asked_of_api().await.is_empty(), "nothing reached the application");
    let log = scene.log().await;
    assert_eq!(log.len(), refused.len() + bodies.len() + 1 + 1, "each of them is in the log");
    assert!(log.iter().all(|e| e["outcome"] == "refused" && e["code"].is_string()));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_without_the_right_key() {
    let scene = Scene::new().await;
    let tool = scene.tool("read-only").await;
    let path = format!("/gw/{}/account", tool.grant);
    let with = |token: Option<String>| Actor { token, ..scene.expert.clone() };
    with(None).get(&path).await.refused(401, "unknown-key");
    let forged = format!("agk_{}", "0".repeat(64));
    with(Some(forged)).get(&path).await.refused(401, "unknown-key");
    scene.expert.get(&path).await.refused(401, "unknown-key");
    scene.petra.get(&path).await.refused(401, "unknown-key");
    with(tool.actor.token.clone()).get("/v1/me").await.refused(401, "unauthenticated");
    let keys = format!("/v1/grants/{}/keys", tool.grant);
    let listed = scene.petra.get(&keys).await.expect(200);
    assert!(!listed.text().contains("agk_"), "the secret is shown once");
    let key = listed.at("/0/id");
    scene.petra.delete(&format!("{keys}/{key}")).await.refused(403, "not-permitted");
    tool.get("/account").await.expect(200);
    scene.expert.delete(&format!("{keys}/{key}")).await.expect(204);
    tool.get("/account").await.refused(401, "unknown-key");
    scene.expert.delete(&format!("{keys}/{key}")).await.refused(404, "not-found");
    assert_eq!(scene.world.asked_of_api().await, ["GET /api/v1/account"]);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_holds_from_the_next_call_on() {
    let scene = Scene::new().await;
    let tool = scene.tool("author-drafts").await;
    tool.get("/campaigns").await.expect(200);
    let path = format!("/v1/grants/{}/end", tool.grant);
    let ended = scene.petra.post(&path, json!({ "reason": "we are done" })).await.expect(200);
    assert_eq!(ended.at("/standing"), "ended");
    tool.get("/campaigns").await.refused(403, "grant-ended");
    let draft = json!({ "name": "x" });
    tool.post("/campaigns", draft).await.refused(403, "grant-ended");
    assert_eq!(scene.world.asked_of_api().await, ["GET /api/v1/campaigns"]);
    scene.petra.post(&path, json!({})).await.refused(409, "grant-state");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_15_the_application_learns_who_acts_and_nothing_a_caller_made_up() {
    let scene = Scene::new().await;
    let tool = scene.tool("author-drafts").await;
    let path = format!("/gw/{}/campaigns", tool.grant);
    let body = r#"{ "name": "one",   "subject":"two" }"#;
    let request = tool
        .actor
        .request(Method::POST, &path)
        .header("content-type", "application/json")
        .header("cookie", "session=1")
        .header("x-forwarded-for", "1.2.3.4")
        .header("x-forwarded-host", "evil.example")
        .header("attache-actor", "somebody else")
        .header("x-attache-grant", "1")
        .body(body);
    tool.actor.answer(Method::POST, &path, request).await.expect(422);
    let hits = scene.world.hits().await;
    let hit =
        hits.iter().find(|h| h["method"] == "POST" && h["path"] == "/api/v1/campaigns").unwrap();
    let headers = hit["headers"].as_object().unwrap();
    assert_eq!(headers.keys().collect::<Vec<_>>(), ["attache-actor"]);
    let claims = verified(&scene.world, headers["attache-actor"].as_str().unwrap()).await;
    assert_eq!(claims["iss"], scene.world.base);
    assert_eq!((&claims["aud"], &claims["sub"]), (&json!("larkfield"), &json!("acc_fjordhaus")));
    assert_eq!(claims["act"]["sub"], scene.expert.person);
    assert_eq!(claims["grant"], tool.grant);
    assert_eq!(claims["op"], "write-draft");
    let sent = serde_json::to_vec(&json!({ "name": "one", "subject": "two" })).unwrap();
    assert_eq!(hit["body_sha256"], hex::encode(Sha256::digest(sent)), "written anew");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_the_application_are_told_apart_from_ours() {
    let scene = Scene::new().await;
    let tool = scene.tool("author-drafts").await;
    tool.get("/campaigns/cmp_999999").await.expect(404);
    let order = |code: u16| json!({ "status": { "code": code, "calls": 1 } });
    scene.world.orders(order(500)).await;
    tool.get("/campaigns").await.refused(502, "upstream-failed");
    scene.world.orders(json!({ "redirect_to": "http://127.0.0.1:9/" })).await;
    let led = tool.get("/campaigns").await.refused(502, "upstream-answer");
    assert!(led.header("location").is_none());
    scene.world.orders(order(429)).await;
    tool.get("/campaigns").await.expect(429);
    scene.world.orders(json!({})).await;
    let failed = scene.log().await.iter().filter(|e| e["outcome"] == "failed").count();
    assert_eq!(failed, 2);
    scene.world.end().await;
}

/// Decodes base64url without padding.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_arrives_whole_with_its_length_in_the_log() {
    let scene = Scene::new().await;
    let tool = scene.tool("full-operator").await;
    let file = tool.post("/contacts/export", json!({})).await.expect(200);
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"contacts.csv\""));
    let text = file.text();
    assert!(text.starts_with("id,email,") && text.ends_with("\r\n"));
    let log = scene.petra.get(&format!("/v1/access-log?grant={}", tool.grant)).await.expect(200);
    let line = log.json()["items"][0].clone();
    assert_eq!((&line["outcome"], &line["bytes"]), (&json!("done"), &json!(text.len())), "{line}");
    scene.world.end().await;
}

/// What a line says, once its signature holds by the key that everybody may fetch.
async fn verified(world: &World, line: &str) -> serde_json::Value {
    let answer = world.anyone().get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/jwk-set+json"));
    let key = answer.json()["keys"][0].clone();
    let (signed, signature) = line.rsplit_once('.').unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    let head: serde_json::Value = serde_json::from_slice(&base64_url(head)).unwrap();
    assert_eq!((&head["alg"], &head["kid"]), (&json!("EdDSA"), &key["kid"]));
    let public = UnparsedPublicKey::new(&ED25519, base64_url(key["x"].as_str().unwrap()));
    public.verify(signed.as_bytes(), &base64_url(signature)).expect("our signature");
    assert!(public.verify(b"another line", &base64_url(signature)).is_err());
    serde_json::from_slice(&base64_url(claims)).unwrap()
}

fn base64_url(text: &str) -> Vec<u8> {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.bytes() {
        let value = letters.iter().position(|l| *l == letter).unwrap();
        bits = (bits << 6) | u32::try_from(value).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).unwrap());
        }
    }
    bytes
}
