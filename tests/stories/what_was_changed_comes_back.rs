//! What a consultant changed in the account is kept as it was before, and the customer has it back.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use attache::postgres::Role;
use reqwest::Method;
use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    grant: String,
    tool: Tool,
}

impl Scene {
    async fn new(preset: &str) -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let grant = world.grants((&petra, &expert), &engagement, &connection, preset).await;
        let tool = Tool::with_key(&expert, &grant).await;
        Self { world, petra, expert, grant, tool }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/grants/{}/changes{rest}", self.grant)
    }

    /// A draft with a subject; answers its place.
    async fn draft(&self) -> String {
        let list = self.tool.get("/lists").await.expect(200).at("/items/0/id");
        let draft = json!({
            "name": "Spring", "subject": "Hi", "from_email": "hi@fjordhaus.example",
            "list_id": list, "body": "Dear",
        });
        format!("/campaigns/{}", self.tool.post("/campaigns", draft).await.expect(201).id())
    }

    async fn renames(&self, draft: &str, subject: &str) {
        let body = Some(json!({ "subject": subject }));
        self.tool.send(Method::PATCH, draft, body).await.expect(200);
    }

    async fn subject(&self, draft: &str) -> String {
        self.tool.get(draft).await.expect(200).at("/subject")
    }

    async fn changes(&self) -> Vec<Value> {
        self.petra.get(&self.path("")).await.expect(200).json().as_array().unwrap().clone()
    }

    /// Takes those back, and waits until it is done.
    async fn takes_back(&self, ids: &[&Value], overwrite: bool) {
        let order = json!({ "changes": ids, "overwrite": overwrite });
        self.petra.post(&self.path("/take-back"), order).await.expect(200);
        self.world.settle().await;
    }
}

fn states(changes: &[Value]) -> Vec<&str> {
    changes.iter().map(|change| change["state"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_has_everything_back_after_the_letter_ended() {
    let scene = Scene::new("author-drafts").await;
    let draft = scene.draft().await;
    scene.renames(&draft, "Hello").await;
    scene.renames(&draft, "Servus").await;
    scene.tool.send(Method::PATCH, &draft, Some(json!({ "subject": 7 }))).await;
    let changes = scene.changes().await;
    assert_eq!(changes.len(), 3, "what was refused changed nothing: {changes:?}");
    let fields = &changes[0]["fields"];
    assert_eq!(*fields, json!([{ "field": "subject", "before": "Hello", "after": "Servus" }]));
    assert_eq!((&changes[1]["made"], &changes[2]["made"]), (&json!(false), &json!(true)));
    assert_eq!(changes[2]["operation"], "Wrote a draft");
    // The letter's end is no obstacle: it is the customer's own account.
    scene.takes_back(&[&changes[0]["id"], &changes[1]["id"]], false).await;
    assert_eq!(scene.subject(&draft).await, "Hi");
    let end = format!("/v1/grants/{}/end", scene.grant);
    scene.petra.post(&end, json!({})).await.expect(200);
    scene.takes_back(&[&changes[2]["id"]], false).await;
    assert_eq!(states(&scene.changes().await), ["restored"; 3]);
    let hits = scene.world.hits().await;
    let last = hits.last().unwrap();
    assert_eq!(
        (&last["method"], &last["path"]),
        (&json!("DELETE"), &json!(format!("/api/v1{draft}")))
    );
    let again = json!({ "changes": [changes[2]["id"]] });
    scene.petra.post(&scene.path("/take-back"), again).await.refused(409, "nothing-to-undo");
    let mails = scene.world.mails_to(&scene.expert.email).await;
    let told = |mail: &Value| mail["subject"].as_str().unwrap().contains("taken back");
    assert!(mails.iter().any(told), "{mails:?}");
    let trail = scene.petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert!(trail.contains("access-undone"));
    what_took_it_back_is_in_the_log(&scene, &draft, &trail).await;
    scene.world.end().await;
}

/// Three looks and three changes, said to be ours for the customer, and none of them the letter's.
async fn what_took_it_back_is_in_the_log(scene: &Scene, draft: &str, trail: &str) {
    let log = scene.petra.get("/v1/access-log?limit=100").await.expect(200).json();
    let lines = log["items"].as_array().unwrap();
    let ours: Vec<&Value> = lines.iter().filter(|line| line["undo"] == json!(true)).collect();
    let said =
        |line: &&Value| (line["method"].as_str().unwrap().to_owned(), line["target"].clone());
    let asked: Vec<_> = ours.iter().rev().map(said).collect();
    let call = |method: &str| (method.to_owned(), json!(draft));
    let (look, set) = (call("GET"), call("PATCH"));
    let expected = [look.clone(), set.clone(), look.clone(), set, look, call("DELETE")];
    assert_eq!(asked, expected);
    for line in &ours {
        assert_eq!((&line["outcome"], &line["by_hand"]), (&json!("undone"), &json!(false)));
        assert!(line["status"].as_u64().unwrap() < 300, "{line}");
        assert_eq!(line["person"], json!(scene.petra.person));
    }
    // Each change was announced before it was sent.
    let records = trail.matches(r#"\"from\" : \"undo\""#).count();
    assert_eq!(records, 9, "{trail}");
    let receipt = scene.petra.get(&format!("/v1/grants/{}/receipt", scene.grant)).await;
    let receipt = receipt.expect(200).text();
    assert!(!receipt.contains("Deleted"), "{receipt}");
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let page = petra.open("/access/log?outcome=undone").await;
    says(&page, "by us, to take a change back");
    let page = petra.open("/access/log?outcome=looked").await;
    says(&page, "Looked up by the gateway");
    assert!(!page.text.contains("by us, to take"), "only those");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_since_is_left_alone_until_it_is_wanted_all_the_same() {
    let scene = Scene::new("run-campaigns").await;
    let draft = scene.draft().await;
    scene.renames(&draft, "Hello").await;
    scene.renames(&draft, "Servus").await;
    let changes = scene.changes().await;
    // Only the older one: the newer one stands in for whoever worked on it since.
    scene.takes_back(&[&changes[1]["id"]], false).await;
    assert_eq!(scene.subject(&draft).await, "Servus");
    let after = scene.changes().await;
    assert_eq!(states(&after), ["kept", "differs", "kept"]);
    let found = json!([{ "field": "subject", "before": "Servus", "after": "Hi" }]);
    assert_eq!(after[1]["found"], found);
    // Nor is the draft deleted while it holds what somebody wrote later.
    scene.takes_back(&[&changes[2]["id"]], false).await;
    assert_eq!(states(&scene.changes().await), ["kept", "differs", "differs"]);
    scene.tool.get(&draft).await.expect(200);
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let place = format!("/grants/{}/changes", scene.grant);
    let page = petra.open(&place).await;
    says(&page, "Changed since");
    says(&page, "Also where somebody changed it since");
    assert!(!page.text.contains("of which nothing was kept"), "all was kept");
    scene.takes_back(&[&changes[1]["id"]], true).await;
    assert_eq!(scene.subject(&draft).await, "Hi");
    // A contact that is made and deleted meanwhile is simply gone.
    let contact = json!({ "email": "ada@fjordhaus.example" });
    scene.tool.post("/contacts", contact).await.expect(201);
    scene.tool.send(Method::DELETE, &draft, None).await.refused(403, "operation-denied");
    assert_eq!(scene.changes().await.len(), 4);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_customer_sees_and_takes_back_and_the_application_may_be_away() {
    let scene = Scene::new("author-drafts").await;
    let draft = scene.draft().await;
    scene.renames(&draft, "Hello").await;
    let changes = scene.changes().await;
    let order = json!({ "changes": [changes[0]["id"]] });
    let back = scene.path("/take-back");
    scene.expert.get(&scene.path("")).await.refused(403, "not-permitted");
    scene.expert.post(&back, order.clone()).await.refused(403, "not-permitted");
    let rival = scene.world.customer("Rival").await;
    rival.get(&scene.path("")).await.refused(404, "not-found");
    rival.post(&back, order.clone()).await.refused(404, "not-found");
    scene.petra.post(&back, json!({ "changes": [] })).await.refused(400, "unreadable-body");
    // The program's own role cannot ask for the customer.
    let app = scene.world.database.connect(Role::App).await;
    let vendor = scene.world.larkfield.vendor;
    let (grant, who) = (&scene.grant, &scene.expert.person);
    let forged = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         UPDATE kept_changes SET state = 'asked', asked_at = app_now(), asked_by = '{who}'
         WHERE grant_id = '{grant}'; COMMIT"
    );
    let error = app.batch_execute(&forged).await.unwrap_err();
    let told = error.as_db_error().unwrap().constraint();
    assert_eq!(told, Some("kept_changes_customer_asks"));
    // An outage is waited for.
    scene.world.orders(json!({ "status": { "code": 503, "calls": 1 } })).await;
    scene.petra.post(&back, order).await.expect(200);
    let mut states = Vec::new();
    for _ in 0..100 {
        let now = scene.changes().await;
        states = now.iter().map(|c| c["state"].as_str().unwrap().to_owned()).collect();
        if states[0] == "restored" {
            break;
        }
        scene.world.advance(chrono::Duration::seconds(20)).await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(states, ["restored", "kept"]);
    assert_eq!(scene.subject(&draft).await, "Hi");
    scene.world.end().await;
}

/// By the page alone: tick, take back, look again.
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_takes_back_by_the_page() {
    let scene = Scene::new("author-drafts").await;
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let place = format!("/grants/{}/changes", scene.grant);
    says(&petra.open(&place).await, "Nothing to take back");
    let draft = scene.draft().await;
    scene.renames(&draft, "Hello").await;
    let letter = petra.open(&format!("/grants/{}", scene.grant)).await;
    assert!(letter.text.contains(&place), "the letter leads there");
    let (page, action) = (petra.open(&place).await, format!("/p/larkfield{place}"));
    let form = page.form(&action).unwrap();
    let none = petra.send(&form).await;
    says(&none, "Tick what is to be taken back");
    let id = scene.changes().await[0]["id"].as_str().unwrap().to_owned();
    let form = none.form(&action).unwrap().set("change", &id);
    says(&petra.send(&form).await, "Taking back has begun");
    scene.world.settle().await;
    says(&petra.open(&place).await, "Taken back");
    assert_eq!(scene.subject(&draft).await, "Hi");
    scene.world.end().await;
}

/// What could not be taken back says why, and can be tried again.
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_reads_why_a_change_stays() {
    let scene = Scene::new("author-drafts").await;
    let draft = scene.draft().await;
    scene.renames(&draft, "Hello").await;
    let id = scene.changes().await[0]["id"].clone();
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let place = format!("/grants/{}/changes", scene.grant);
    for (status, says_what) in [(403, "may have lost the right"), (409, "said no (409)")] {
        scene.world.orders(json!({ "status": { "code": status, "calls": 1 } })).await;
        scene.takes_back(&[&id], false).await;
        let change = scene.changes().await.remove(0);
        let why = json!(format!("refused-{status}"));
        assert_eq!((&change["state"], &change["why"]), (&json!("failed"), &why));
        says(&petra.open(&place).await, says_what);
    }
    scene.takes_back(&[&id], false).await;
    let change = scene.changes().await.remove(0);
    assert_eq!((&change["state"], &change["why"]), (&json!("restored"), &Value::Null));
    assert_eq!(scene.subject(&draft).await, "Hi");
    // What was there before could not be looked up, so nothing is kept of this one.
    scene.world.orders(json!({ "status": { "code": 503, "calls": 1 } })).await;
    scene.renames(&draft, "Servus").await;
    assert_eq!(scene.changes().await.len(), 2);
    says(&petra.open(&place).await, "One other call changed something of which nothing was kept");
    let connections = scene.petra.get("/v1/connections").await.expect(200);
    let connection = connections.at("/0/id");
    let end = format!("/v1/connections/{connection}/disconnect");
    scene.petra.post(&end, json!({})).await.expect(200);
    let made = scene.changes().await[1]["id"].clone();
    scene.takes_back(&[&made], false).await;
    let change = scene.changes().await.remove(1);
    assert_eq!((&change["state"], &change["why"]), (&json!("failed"), &json!("not-connected")));
    scene.world.end().await;
}
