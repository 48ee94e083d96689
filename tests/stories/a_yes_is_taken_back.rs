//! The customer takes a yes back while nothing was sent by it; a letter asks for so many calls a
//! day; what the gateway looks up for a question is in the log.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer, World};
use attache::postgres::Role;
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    tool: Tool,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let asks = ["send-campaigns"];
        let choice = json!({ "connection": connection, "preset": "run-campaigns", "asks": asks });
        let grant = world.grants_choice((&petra, &expert), &engagement, choice).await;
        let tool = Tool::with_key(&expert, &grant).await;
        Self { world, petra, expert, tool }
    }

    /// The address that sends a draft made just now.
    async fn send(&self) -> String {
        let lists = self.tool.get("/lists").await.expect(200).json();
        let reachable = |list: &&Value| list["reachable"].as_u64().unwrap() > 0;
        let list = lists["items"].as_array().unwrap().iter().find(reachable).unwrap()["id"].clone();
        let draft = json!({
            "name": "Spring", "subject": "Hello", "from_email": "hi@fjordhaus.example",
            "list_id": list, "body": "Dear friend",
        });
        format!("/campaigns/{}/send", self.tool.post("/campaigns", draft).await.expect(201).id())
    }

    async fn waits(&self, answer: Answer) -> (String, String) {
        let id = answer.expect(202).at("/approval");
        let open = self.petra.get(&path(&id, "")).await.expect(200);
        (id, open.at("/call/request_hash"))
    }

    async fn approves(&self, (id, hash): &(String, String)) {
        let yes = json!({ "request_hash": hash });
        self.petra.post(&path(id, "/approve"), yes).await.expect(200);
    }
}

fn path(id: &str, tail: &str) -> String {
    format!("/v1/approvals/{id}{tail}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_is_taken_back_while_nothing_was_sent_by_it() {
    let scene = Scene::new().await;
    let (petra, expert, tool) = (&scene.petra, &scene.expert, &scene.tool);
    let send = scene.send().await;
    let yes = scene.waits(tool.post(&send, json!({})).await).await;
    let recall = path(&yes.0, "/recall");
    petra.post(&recall, json!({})).await.refused(409, "approval-state");
    scene.approves(&yes).await;
    expert.post(&recall, json!({})).await.refused(403, "not-permitted");
    scene.world.customer("Rival").await.post(&recall, json!({})).await.refused(404, "not-found");
    let mut reader = Reader::of(&scene.world, &petra.email).await;
    let here = format!("/approvals/{}", yes.0);
    let form = reader.open(&here).await.form(&format!("/p/larkfield{here}/recall")).unwrap();
    says(&reader.send(&form).await, "You took the yes back");
    let again = reader.send(&form.set("idempotency_key", "later")).await;
    says(&again, "There is no yes to take back");
    let open = petra.get(&path(&yes.0, "")).await.expect(200);
    assert_eq!(open.at("/call/state"), "recalled");
    assert!(!open.json()["call"]["recalled_at"].is_null());
    tool.post(&send, json!({})).await.refused(403, "approval-recalled");
    let at = format!("/gw/{}{send}", tool.grant);
    let named = tool.actor.request(Method::POST, &at).header("attache-approval", &yes.0);
    let named = tool.actor.answer(Method::POST, &at, named.json(&json!({}))).await;
    named.refused(403, "approval-recalled");
    scene.world.settle().await;
    let told = expert.get("/v1/notices").await.expect(200).json()["items"].to_string();
    assert!(told.contains("The customer took the yes back"), "{told}");
    let trail = petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert!(trail.contains("write-recalled"));
    // A day later it may be asked anew; of using the yes and taking it back one comes first.
    scene.world.advance(Duration::hours(25)).await;
    let anew = scene.waits(tool.post(&send, json!({})).await).await;
    scene.approves(&anew).await;
    let back = path(&anew.0, "/recall");
    let (sent, taken) = tokio::join!(tool.post(&send, json!({})), petra.post(&back, json!({})));
    assert!((sent.status == 200) != (taken.status == 200), "{} {}", sent.text(), taken.text());
    let late = petra.post(&back, json!({})).await;
    let said = late.text();
    late.refused(409, "approval-state");
    let word = if sent.status == 200 { "was sent already" } else { "no yes to take back" };
    assert!(said.contains(word), "{said}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_asks_for_so_many_calls_a_day_and_what_is_looked_up_is_logged() {
    let scene = Scene::new().await;
    let (petra, tool) = (&scene.petra, &scene.tool);
    let send = scene.send().await;
    let (id, _) = scene.waits(tool.post(&send, json!({})).await).await;
    let log = petra.get("/v1/access-log?limit=4").await.expect(200).json();
    let lines = log["items"].as_array().unwrap();
    let ends: Vec<&str> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(ends, ["refused", "looked", "looked", "done"], "{log}");
    let look = &lines[2];
    assert_eq!((&look["risk"], &look["status"]), (&json!("read"), &json!(200)), "{look}");
    assert_eq!(look["request_id"], lines[0]["request_id"], "it says for which call");
    let usage = petra.get(&format!("/v1/grants/{}/usage", tool.grant)).await.expect(200).text();
    assert!(!usage.contains("Looked at a campaign"), "the consultant did not call it: {usage}");
    // Ninety-nine more, as if they had been asked and taken back one after another.
    let owner = scene.world.database.connect(Role::Owner).await;
    let many = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{}', true);
         CREATE TEMPORARY TABLE more ON COMMIT DROP AS SELECT a.*, n FROM write_approvals a,
             generate_series(1, 99) n WHERE a.id = '{id}';
         UPDATE more SET id = gen_random_uuid(), request_hash = sha256(n::text::bytea);
         ALTER TABLE more DROP COLUMN n;
         INSERT INTO write_approvals SELECT * FROM more;
         UPDATE write_approvals SET state = 'withdrawn' WHERE id IN (SELECT id FROM more);
         COMMIT;",
        scene.world.larkfield.vendor
    );
    owner.batch_execute(&many).await.unwrap();
    let other = scene.send().await;
    let late = tool.post(&other, json!({})).await;
    let wait: i64 = late.header("retry-after").unwrap().parse().unwrap();
    assert!((80_000..=86_400).contains(&wait), "{wait}");
    late.refused(429, "too-many-approvals-today");
    tool.post(&send, json!({})).await.expect(202);
    scene.world.advance(Duration::seconds(wait)).await;
    tool.post(&other, json!({})).await.expect(202);
    scene.world.end().await;
}
