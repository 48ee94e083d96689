//! The log and the customer's trail say by hashes what bytes went out and what bytes came back: who
//! holds the bytes recomputes them.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer, World};
use api::access::verify_audit_trail;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

struct Scene {
    world: World,
    petra: Actor,
    grant: String,
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
        let grant = world.grants(parties, &engagement, &connection, "full-operator").await;
        let tool = Tool::with_key(&expert, &grant).await;
        world.forgets().await;
        Self { world, petra, grant, tool }
    }

    /// The latest line of the log, once its call has ended.
    async fn line(&self) -> Value {
        for _ in 0..300 {
            let log = self.petra.get("/v1/access-log?limit=1").await.expect(200).json();
            if log["items"][0]["outcome"] != "begun" {
                return log["items"][0].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the call has no end");
    }

    /// What the application says it received last.
    async fn received(&self) -> Value {
        self.world.hits().await.last().unwrap()["body_sha256"].clone()
    }

    /// What the trail says of a line, or of what announced it.
    async fn recorded(&self, line: &Value) -> (Option<Value>, Value) {
        let file = self.petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
        let key = self.petra.get("/v1/audit-trail/key").await.expect(200).at("/public");
        verify_audit_trail(file.as_bytes(), Some(&key)).unwrap();
        let records = file.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let bodies = records.filter_map(|record| {
            let body: Value = serde_json::from_str(record["body"].as_str()?).ok()?;
            Some(body["what"].clone())
        });
        let calls: Vec<Value> = bodies.filter(|what| what["kind"] == "call").collect();
        let of = |id: &Value| calls.iter().find(|call| call["entry"] == *id).cloned();
        let outcome = of(&line["id"]).unwrap();
        (of(&outcome["begun"]), outcome)
    }
}

fn sha(bytes: &[u8]) -> Value {
    json!(hex::encode(Sha256::digest(bytes)))
}

/// The hashes of a line or a record: of what went out, of what came back.
fn hashes(of: &Value) -> (Value, Value) {
    (of["sent_sha256"].clone(), of["answer_sha256"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_announced_with_what_it_sends() {
    let scene = Scene::new().await;
    // The gateway writes bodies anew, so what counts is what the application received.
    let body = "{ \"name\" : \"Spring\",\n \"description\": \"\\u00e9\" }";
    let path = format!("/gw/{}/lists", scene.grant);
    let request = scene.tool.actor.request(Method::POST, &path);
    let request = request.header("content-type", "application/json").body(body);
    let made = scene.tool.actor.answer(Method::POST, &path, request).await.expect(201);
    let line = scene.line().await;
    let (sent, answered) = (scene.received().await, sha(&made.bytes));
    assert_ne!(sent, sha(body.as_bytes()));
    assert_eq!(hashes(&line), (sent.clone(), answered.clone()), "{line}");
    let (announced, ended) = scene.recorded(&line).await;
    assert_eq!(hashes(&announced.unwrap()), (sent.clone(), Value::Null), "before it was sent");
    assert_eq!(hashes(&ended), (sent.clone(), answered));
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    says(&petra.open("/access/log").await, sent.as_str().unwrap());
    // What the application says no to was sent and answered all the same.
    let refused = scene.tool.post("/lists", json!({ "name": 7 })).await.expect(400);
    assert_eq!(hashes(&scene.line().await), (scene.received().await, sha(&refused.bytes)));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_says_what_was_passed_on() {
    let scene = Scene::new().await;
    let tool = &scene.tool;
    // Its link to the next page was led through the gateway: what was passed on is what counts.
    let page: Answer = tool.get("/contacts?limit=1").await.expect(200);
    assert!(page.at("/next").contains(&scene.grant));
    assert_eq!(hashes(&scene.line().await), (Value::Null, sha(&page.bytes)));
    let nothing = tool.get("/contacts/con_0").await.expect(404);
    assert_eq!(hashes(&scene.line().await), (Value::Null, sha(&nothing.bytes)));
    // A deletion has no body.
    let list = tool.get("/lists").await.expect(200).at("/items/0/id");
    let draft = json!({ "name": "Spring", "subject": "Hi", "list_id": list,
                        "from_email": "hi@fjordhaus.example" });
    let draft = tool.post("/campaigns", draft).await.expect(201).id();
    let gone = tool.send(Method::DELETE, &format!("/campaigns/{draft}"), None).await.expect(204);
    let line = scene.line().await;
    assert_eq!(line["operation_id"], "delete-campaign");
    assert_eq!(hashes(&line), (Value::Null, sha(&gone.bytes)));
    assert_eq!(hashes(&scene.recorded(&line).await.0.unwrap()), (Value::Null, Value::Null));
    // What was refused never went out, and what we say ourselves is no answer of the application.
    tool.post("/lists", json!({ "nam": "x" })).await.refused(403, "operation-denied");
    let line = scene.line().await;
    assert_eq!(line["outcome"], "refused");
    assert_eq!(hashes(&line), (Value::Null, Value::Null));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_hashed_as_it_passes() {
    let scene = Scene::new().await;
    let list = scene.tool.get("/lists").await.expect(200).at("/items/0/id");
    let order = json!({ "list_id": list });
    let file = scene.tool.post("/contacts/export", order).await.expect(200);
    assert!(file.header("content-type").unwrap().starts_with("text/csv"));
    let line = scene.line().await;
    let sent = scene.received().await;
    assert_eq!(hashes(&line), (sent.clone(), sha(&file.bytes)), "{line}");
    let (announced, ended) = scene.recorded(&line).await;
    assert_eq!(hashes(&announced.unwrap()), (sent.clone(), Value::Null));
    assert_eq!(hashes(&ended), (sent, sha(&file.bytes)));
    scene.world.end().await;
}
