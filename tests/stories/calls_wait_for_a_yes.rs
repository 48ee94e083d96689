//! A risky call is put before the customer byte by byte, and is let through once.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer, World, race};
use attache::postgres::Role;
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    engagement: String,
    tool: Tool,
}

impl Scene {
    async fn new(preset: &str, asks: &[&str]) -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let choice = json!({ "connection": connection, "preset": preset, "asks": asks });
        let grant = world.grants_choice((&petra, &expert), &engagement, choice).await;
        let tool = Tool::with_key(&expert, &grant).await;
        Self { world, petra, expert, engagement, tool }
    }

    /// A draft that could be sent.
    async fn draft(&self) -> String {
        let lists = self.tool.get("/lists").await.expect(200).json();
        let reachable = |list: &&Value| list["reachable"].as_u64().unwrap() > 0;
        let list = lists["items"].as_array().unwrap().iter().find(reachable).unwrap()["id"].clone();
        let draft = json!({
            "name": "Spring", "subject": "Hello", "from_email": "hi@fjordhaus.example",
            "list_id": list, "body": "Dear friend",
        });
        self.tool.post("/campaigns", draft).await.expect(201).id()
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

    async fn named(&self, (method, at): (Method, &str), id: &str, body: Value) -> Answer {
        naming(&self.tool, (method, at), id, body).await
    }
}

/// A request that says which yes it is meant to use.
async fn naming(tool: &Tool, (method, at): (Method, &str), id: &str, body: Value) -> Answer {
    let at = format!("/gw/{}{at}", tool.grant);
    let request =
        tool.actor.request(method.clone(), &at).header("attache-approval", id).json(&body);
    tool.actor.answer(method, &at, request).await
}

fn path(id: &str, rest: &str) -> String {
    format!("/v1/approvals/{id}{rest}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_goes_out_once_after_the_yes_to_it() {
    let scene = Scene::new("run-campaigns", &["send-campaigns"]).await;
    let (petra, expert, tool) = (&scene.petra, &scene.expert, &scene.tool);
    let campaign = scene.draft().await;
    let send = format!("/campaigns/{campaign}/send");
    scene.world.forgets().await;
    let asked = tool.post(&send, json!({})).await.expect(202);
    assert_eq!(asked.at("/code"), "approval-wanted");
    let again = tool.post(&send, json!({})).await.expect(202);
    assert_eq!(asked.at("/approval"), again.at("/approval"), "the same call is one question");
    let place = asked.header("location").unwrap().to_owned();
    let own = place.split_once(&tool.grant).unwrap().1.to_owned();
    assert_eq!(tool.get(&own).await.expect(200).at("/state"), "waiting");
    let api = scene.world.asked_of_api().await;
    assert!(api.iter().all(|call| call.starts_with("GET ")), "nothing was sent: {api:?}");
    scene.world.settle().await;
    let mails = scene.world.mails_to(&petra.email).await;
    let told =
        mails.iter().find(|m| m["subject"].as_str().unwrap().contains("asks to send a campaign"));
    assert!(told.unwrap().to_string().contains("/approvals/"), "{mails:?}");
    let (id, hash) = scene.waits(again).await;
    let open = petra.get(&path(&id, "")).await.expect(200).json();
    let before: Value = serde_json::from_str(open["before"].as_str().unwrap()).unwrap();
    assert_eq!((&before["subject"], &open["body"]), (&json!("Hello"), &json!("")));
    assert!(open["call"]["uses"]["count"].as_u64().unwrap() > 0, "{open}");
    expert
        .post(&path(&id, "/approve"), json!({ "request_hash": hash }))
        .await
        .refused(403, "not-permitted");
    let other = json!({ "request_hash": "00".repeat(32) });
    petra.post(&path(&id, "/approve"), other).await.refused(409, "request-changed");
    scene.approves(&(id.clone(), hash.clone())).await;
    petra
        .post(&path(&id, "/approve"), json!({ "request_hash": hash }))
        .await
        .refused(409, "approval-state");
    assert_eq!(tool.post(&send, json!({})).await.expect(200).at("/state"), "sent");
    assert_eq!(expert.get(&path(&id, "")).await.expect(200).at("/call/state"), "used");
    let log = petra.get("/v1/access-log?limit=1").await.expect(200).json();
    let line = &log["items"][0];
    assert_eq!((&line["outcome"], &line["approval"]), (&json!("done"), &json!(id)));
    assert!(line["uses"]["count"].as_u64().unwrap() > 0, "{line}");
    let trail = petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert!(trail.contains("write-asked") && trail.contains("write-answered"));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_27_a_yes_is_to_these_bytes_and_counts_once() {
    let scene = Scene::new("author-drafts", &["write-drafts"]).await;
    let lists = scene.tool.get("/lists").await.expect(200).json();
    let draft = json!({
        "name": "Spring", "subject": "Hello", "from_email": "hi@fjordhaus.example",
        "list_id": lists["items"][0]["id"],
    });
    let mut other = draft.clone();
    other["subject"] = json!("Buy now");
    let yes = scene.waits(scene.tool.post("/campaigns", draft.clone()).await).await;
    let at = (Method::POST, "/campaigns");
    scene.named(at.clone(), &yes.0, other.clone()).await.refused(409, "approval-mismatch");
    scene.approves(&yes).await;
    scene.named(at.clone(), &yes.0, other.clone()).await.refused(409, "approval-mismatch");
    scene.named(at.clone(), "nonsense", draft.clone()).await.refused(409, "approval-mismatch");
    scene.tool.post("/campaigns", other).await.expect(202);
    scene.world.forgets().await;
    // A client that tries again names the yes or does not: it is no other call for that.
    let requests = (0..8).map(|turn| {
        let (tool, draft) = (scene.tool.clone(), draft.clone());
        let id = yes.0.clone();
        async move {
            match turn % 2 {
                0 => naming(&tool, (Method::POST, "/campaigns"), &id, draft).await,
                _ => tool.post("/campaigns", draft).await,
            }
        }
    });
    let answers = race(requests).await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1);
    for answer in answers.into_iter().filter(|a| a.status != 201) {
        answer.refused(409, "approval-used");
    }
    let posts = scene.world.asked_of_api().await;
    assert_eq!(posts.iter().filter(|call| call.starts_with("POST")).count(), 1, "{posts:?}");
    scene.named(at, &yes.0, draft.clone()).await.refused(409, "approval-used");
    scene.tool.post("/campaigns", draft.clone()).await.refused(409, "approval-used");
    scene.world.advance(Duration::minutes(1)).await;
    scene.tool.post("/campaigns", draft).await.expect(202);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_28_what_was_changed_since_is_asked_for_anew() {
    let scene = Scene::new("full-operator", &["delete-campaigns"]).await;
    let campaign = scene.draft().await;
    let at = format!("/campaigns/{campaign}");
    let yes = scene.waits(scene.tool.send(Method::DELETE, &at, None).await).await;
    let open = scene.petra.get(&path(&yes.0, "")).await.expect(200).json();
    let gone =
        open["changes"].as_array().unwrap().iter().find(|c| c["field"] == "subject").unwrap();
    assert_eq!((&gone["before"], &gone["after"]), (&json!("Hello"), &Value::Null));
    scene.approves(&yes).await;
    let change = json!({ "subject": "Changed meanwhile" });
    scene.tool.send(Method::PATCH, &at, Some(change)).await.expect(200);
    scene.world.forgets().await;
    scene.tool.send(Method::DELETE, &at, None).await.refused(412, "approval-stale");
    let api = scene.world.asked_of_api().await;
    assert!(api.iter().all(|call| call.starts_with("GET ")), "{api:?}");
    let anew = scene.waits(scene.tool.send(Method::DELETE, &at, None).await).await;
    assert_ne!(anew.0, yes.0);
    scene.approves(&anew).await;
    scene.tool.send(Method::DELETE, &at, None).await.expect(204);
    scene.tool.get(&at).await.expect(404);
    scene.tool.send(Method::DELETE, &at, None).await.refused(404, "nothing-there");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_to_a_few_is_none_to_many() {
    let scene = Scene::new("run-campaigns", &["send-campaigns"]).await;
    let made = json!({ "name": "A few", "description": "x" });
    let list = scene.tool.post("/lists", made).await.expect(201).id();
    let contact = |n: usize| {
        json!({ "email": format!("reader{n}@few.example"), "status": "subscribed",
                "list_ids": [list.clone()] })
    };
    scene.tool.post("/contacts", contact(1)).await.expect(201);
    let draft = json!({
        "name": "Spring", "subject": "Hello", "from_email": "hi@fjordhaus.example",
        "list_id": list, "body": "Dear friend",
    });
    let campaign = scene.tool.post("/campaigns", draft).await.expect(201).id();
    let send = format!("/campaigns/{campaign}/send");
    let yes = scene.waits(scene.tool.post(&send, json!({})).await).await;
    let open = scene.petra.get(&path(&yes.0, "")).await.expect(200);
    assert_eq!(open.json()["call"]["uses"]["count"], 1);
    scene.approves(&yes).await;
    scene.tool.post("/contacts", contact(2)).await.expect(201);
    scene.tool.post(&send, json!({})).await.refused(412, "approval-stale");
    let again = scene.waits(scene.tool.post(&send, json!({})).await).await;
    let open = scene.petra.get(&path(&again.0, "")).await.expect(200);
    assert_eq!(open.json()["call"]["uses"]["count"], 2);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_shows_no_more_than_the_letter() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let blind = json!({
        "connection": connection, "preset": "full-operator", "asks": ["delete-contacts"],
        "without": ["see-contacts", "see-list-members", "export-contacts"],
    });
    let grant = world.grants_choice((&petra, &expert), &engagement, blind).await;
    let tool = Tool::with_key(&expert, &grant).await;
    let new = json!({ "email": "reader@secret.example", "status": "subscribed" });
    let contact = tool.post("/contacts", new).await.expect(201).id();
    let asked = tool.send(Method::DELETE, &format!("/contacts/{contact}"), None).await.expect(202);
    let at = path(&asked.at("/approval"), "");
    let seen = petra.get(&at).await.expect(200).json();
    assert!(!seen["changes"].as_array().unwrap().is_empty(), "the customer sees what goes: {seen}");
    let own = expert.get(&at).await.expect(200).json();
    assert_eq!((&own["before"], &own["changes"]), (&Value::Null, &json!([])), "{own}");
    let mut ines = Reader::of(&world, &expert.email).await;
    assert!(seen["before"].as_str().unwrap().contains("reader@secret.example"), "{seen}");
    let page = ines.open(&format!("/approvals/{}", asked.at("/approval"))).await;
    assert!(!page.text.contains("reader@secret.example"), "{}", page.text);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_a_withdrawal_and_silence_let_nothing_through() {
    let scene = Scene::new("run-campaigns", &["send-campaigns"]).await;
    let (petra, expert, tool) = (&scene.petra, &scene.expert, &scene.tool);
    let campaign = scene.draft().await;
    let send = format!("/campaigns/{campaign}/send");
    let (first, hash) = scene.waits(tool.post(&send, json!({})).await).await;
    expert.post(&path(&first, "/decline"), json!({})).await.refused(403, "not-permitted");
    let no = json!({ "note": "Not before Monday." });
    petra.post(&path(&first, "/decline"), no).await.expect(200);
    tool.post(&send, json!({})).await.refused(403, "approval-declined");
    petra
        .post(&path(&first, "/approve"), json!({ "request_hash": hash }))
        .await
        .refused(409, "approval-state");
    scene.world.settle().await;
    let told = expert.get("/v1/notices").await.expect(200).json()["items"].to_string();
    assert!(told.contains("Not before Monday"), "{told}");
    scene.world.advance(Duration::hours(25)).await;
    let (second, _) = scene.waits(tool.post(&send, json!({})).await).await;
    petra.post(&path(&second, "/withdraw"), json!({})).await.refused(403, "not-permitted");
    expert.post(&path(&second, "/withdraw"), json!({})).await.expect(200);
    let third = scene.waits(tool.post(&send, json!({})).await).await;
    assert_ne!(third.0, second);
    scene.world.advance(Duration::hours(73)).await;
    let late = json!({ "request_hash": third.1 });
    petra.post(&path(&third.0, "/approve"), late).await.refused(409, "approval-state");
    let fourth = scene.waits(tool.post(&send, json!({})).await).await;
    scene.approves(&fourth).await;
    scene.world.advance(Duration::hours(25)).await;
    scene.named((Method::POST, &send), &fourth.0, json!({})).await.refused(409, "approval-over");
    assert_eq!(tool.get(&format!("/campaigns/{campaign}")).await.expect(200).at("/state"), "draft");
    let open = petra.get("/v1/approvals?open=true").await.expect(200).json();
    assert_eq!(open["items"].as_array().unwrap().len(), 0);
    let all = petra.get("/v1/approvals").await.expect(200).json();
    assert_eq!(all["items"].as_array().unwrap().len(), 4);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_between_the_two_sides_and_ends_with_the_letter() {
    let scene = Scene::new("run-campaigns", &["send-campaigns"]).await;
    let campaign = scene.draft().await;
    let send = format!("/campaigns/{campaign}/send");
    let (id, hash) = scene.waits(scene.tool.post(&send, json!({})).await).await;
    let rival = scene.world.customer("Rival").await;
    let member = scene.world.colleague(&scene.petra, "customer", "member", "Fjordhaus").await;
    let yes = json!({ "request_hash": hash });
    rival.get(&path(&id, "")).await.refused(404, "not-found");
    rival.post(&path(&id, "/approve"), yes.clone()).await.refused(404, "not-found");
    member.post(&path(&id, "/approve"), yes.clone()).await.refused(403, "not-permitted");
    let list = rival.get("/v1/approvals").await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 0);
    let app = scene.world.database.connect(Role::App).await;
    let vendor = scene.world.larkfield.vendor;
    for change in [
        "state = 'used', used_at = app_now(), used_entry_id = (SELECT id FROM access_log LIMIT 1)",
        "target = '/contacts'",
        "request_hash = sha256('x')",
        "state = 'stale'",
        "state = 'recalled', recalled_at = app_now(), recalled_by = person_id",
        "state = 'approved', answered_at = app_now(), answered_by = person_id, use_by = app_now()",
    ] {
        let sql = format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             UPDATE write_approvals SET {change} WHERE id = '{id}'; COMMIT;"
        );
        app.batch_execute(&sql).await.expect_err(change);
        app.batch_execute("ROLLBACK").await.unwrap();
    }
    let sealed = scene.world.sql("SELECT body_sealed, before_sealed FROM write_approvals").await;
    let kept: Vec<u8> = sealed[0].get(1);
    assert!(!String::from_utf8_lossy(&kept).contains("Hello"), "the object is sealed at rest");
    let end = format!("/v1/grants/{}/end", scene.tool.grant);
    scene.petra.post(&end, json!({})).await.expect(200);
    scene.petra.post(&path(&id, "/approve"), yes).await.refused(409, "approval-state");
    scene.tool.post(&send, json!({})).await.refused(403, "grant-ended");
    assert!(!scene.engagement.is_empty());
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_exactly_what_is_sent_and_takes_the_answer() {
    let scene = Scene::new("run-campaigns", &["send-campaigns", "write-drafts"]).await;
    let lists = scene.tool.get("/lists").await.expect(200).json();
    let draft = json!({
        "name": "Spring", "subject": "Hello <b>", "from_email": "hi@fjordhaus.example",
        "list_id": lists["items"][0]["id"], "body": "Dear friend",
    });
    let (id, hash) = scene.waits(scene.tool.post("/campaigns", draft.clone()).await).await;
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    says(&petra.open("/").await, "Brandt asks to write a draft");
    says(&petra.open("/approvals").await, "Brandt asks to write a draft");
    let here = format!("/approvals/{id}");
    let page = petra.open(&here).await;
    says(&page, "Hello &lt;b&gt;");
    says(&page, &hash);
    let approve = format!("/p/larkfield{here}/approve");
    let form = page.form(&approve).unwrap();
    let long = form.clone().set("note", &"x".repeat(1001));
    assert_eq!(petra.send(&long).await.status, 422);
    let forged = form.clone().set("hash", &"00".repeat(32));
    let again = petra.send(&forged).await;
    assert_eq!(again.status, 422);
    says(&again, "This is not what you were shown");
    says(&petra.send(&form.clone().set("note", "Go on.")).await, "You said yes");
    says(&petra.send(&form.set("idempotency_key", "later")).await, "Nothing had to be done");
    let mut ines = Reader::of(&scene.world, &scene.expert.email).await;
    let page = ines.open(&here).await;
    says(&page, "Go on.");
    assert!(!page.text.contains(&approve), "a consultant approves nothing");
    let take_back = page.form(&format!("/p/larkfield{here}/withdraw")).unwrap();
    says(&ines.send(&take_back).await, "Taken back");
    scene.tool.post("/campaigns", draft).await.expect(202);
    let mut rival = Reader::of(&scene.world, &scene.world.customer("Rival").await.email).await;
    assert_eq!(rival.open(&here).await.status, 404);
    scene.world.end().await;
}
