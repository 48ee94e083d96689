//! What is kept of a write, and of a call that was asked for, has an end: the bytes go when their
//! time is over, and not before.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use attache::postgres::Role;
use chrono::{DateTime, Duration, Utc};
use reqwest::Method;
use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    grant: String,
    tool: Tool,
}

impl Scene {
    async fn new(asks: &[&str]) -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let choice = json!({ "connection": connection, "preset": "run-campaigns", "asks": asks });
        let grant = world.grants_choice((&petra, &expert), &engagement, choice).await;
        let tool = Tool::with_key(&expert, &grant).await;
        Self { world, petra, grant, tool }
    }

    async fn draft(&self) -> String {
        let lists = self.tool.get("/lists").await.expect(200).json();
        let reachable = |list: &&Value| list["reachable"].as_u64().unwrap() > 0;
        let list = lists["items"].as_array().unwrap().iter().find(reachable).unwrap()["id"].clone();
        let draft = json!({
            "name": "Spring", "subject": "Hi", "from_email": "hi@fjordhaus.example",
            "list_id": list, "body": "Dear",
        });
        format!("/campaigns/{}", self.tool.post("/campaigns", draft).await.expect(201).id())
    }

    /// A draft that is made and renamed; answers its place.
    async fn renamed(&self) -> String {
        let draft = self.draft().await;
        let body = Some(json!({ "subject": "Hello" }));
        self.tool.send(Method::PATCH, &draft, body).await.expect(200);
        draft
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/grants/{}/changes{rest}", self.grant)
    }

    async fn changes(&self) -> Vec<Value> {
        self.petra.get(&self.path("")).await.expect(200).json().as_array().unwrap().clone()
    }

    async fn ends(&self) {
        let end = format!("/v1/grants/{}/end", self.grant);
        self.petra.post(&end, json!({})).await.expect(200);
    }

    async fn days(&self, days: i64) {
        self.world.advance(Duration::days(days)).await;
        self.world.settle().await;
    }

    /// A number that the tables' owner counts.
    async fn count(&self, sql: &str) -> i64 {
        let owner = self.world.database.connect(Role::Owner).await;
        let vendor = self.world.larkfield.vendor;
        let set = format!("SELECT set_config('attache.vendor', '{vendor}', false)");
        owner.batch_execute(&set).await.unwrap();
        owner.query_one(sql, &[]).await.unwrap().get(0)
    }
}

fn until(change: &Value) -> DateTime<Utc> {
    change["until"].as_str().unwrap().parse().unwrap()
}

const BYTES: &str = "SELECT count(*) FROM kept_changes
    WHERE kept_sealed IS NOT NULL OR found_sealed IS NOT NULL";

#[tokio::test(flavor = "multi_thread")]
async fn a_change_can_be_taken_back_for_ninety_days() {
    let scene = Scene::new(&[]).await;
    let draft = scene.renamed().await;
    scene.ends().await;
    let changes = scene.changes().await;
    let at: DateTime<Utc> = changes[0]["at"].as_str().unwrap().parse().unwrap();
    assert_eq!(until(&changes[0]), at + Duration::days(90));
    let place = format!("/grants/{}/changes", scene.grant);
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    says(&petra.open(&place).await, "Can be taken back until");
    // Somebody works on it, so that one is found otherwise: that is kept, and ends, as well.
    let order = json!({ "changes": [changes[1]["id"]] });
    scene.petra.post(&scene.path("/take-back"), order).await.expect(200);
    scene.world.settle().await;
    assert_eq!(scene.changes().await[1]["state"], "differs");
    scene.days(89).await;
    assert_eq!(scene.count(BYTES).await, 2, "nothing early");
    // Nor can the program's role, whatever it is told.
    let app = scene.world.database.connect(Role::App).await;
    let vendor = scene.world.larkfield.vendor;
    app.batch_execute(&format!("SELECT set_config('attache.vendor', '{vendor}', false)"))
        .await
        .unwrap();
    let wipe =
        "UPDATE kept_changes SET kept_sealed = NULL, found_sealed = NULL, wiped_at = app_now()";
    for (sql, constraint) in [
        (wipe.to_owned(), "kept_changes_end_in_time"),
        (format!("{wipe}, state = 'gone'"), "kept_changes_end_in_time"),
        (
            "UPDATE kept_changes SET kept_sealed = NULL WHERE state = 'kept'".to_owned(),
            "kept_changes_wiped",
        ),
    ] {
        let error = app.batch_execute(&sql).await.unwrap_err();
        assert_eq!(error.as_db_error().unwrap().constraint(), Some(constraint), "{sql}");
    }
    scene.days(2).await;
    assert_eq!(scene.count(BYTES).await, 0, "the bytes are gone from their rows");
    assert_eq!(scene.count("SELECT count(*) FROM kept_changes WHERE wiped_at IS NULL").await, 0);
    let back = "UPDATE kept_changes SET kept_sealed = '\\x00', wiped_at = NULL";
    let error = app.batch_execute(back).await.unwrap_err();
    assert_eq!(error.as_db_error().unwrap().constraint(), Some("kept_changes_end_in_time"));
    let late = scene.changes().await;
    assert_eq!(
        (&late[0]["over"], &late[0]["fields"], &late[0]["made"]),
        (&json!(true), &json!([]), &Value::Null)
    );
    assert_eq!(late[0]["operation"], changes[0]["operation"], "what was done stays in the log");
    for change in &late {
        let order = json!({ "changes": [change["id"]], "overwrite": true });
        let refused = scene.petra.post(&scene.path("/take-back"), order).await;
        assert!(refused.refused(409, "too-late-to-undo").at("/detail").contains("too late"));
    }
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let page = petra.open(&place).await;
    says(&page, "It is too late to take it back");
    assert!(!page.text.contains("Take back what is ticked"));
    scene.world.forgets().await;
    scene.world.settle().await;
    assert!(scene.world.asked_of_api().await.is_empty(), "{draft} is left alone");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_after_the_letter_counts_where_it_is_later() {
    let scene = Scene::new(&[]).await;
    scene.renamed().await;
    scene.days(20).await;
    scene.tool.get("/lists").await.expect(200);
    let letter = scene.petra.get(&format!("/v1/grants/{}", scene.grant)).await.expect(200);
    let valid: DateTime<Utc> = letter.at("/valid_until").parse().unwrap();
    let at: DateTime<Utc> = scene.changes().await[0]["at"].as_str().unwrap().parse().unwrap();
    let expected = (at + Duration::days(90)).max(valid + Duration::days(30));
    assert_eq!(until(&scene.changes().await[0]), expected);
    // Ended late: thirty days from there.
    let late = (valid - at).num_days().min(80) - 21;
    scene.days(late).await;
    scene.ends().await;
    let ended = scene.petra.get(&format!("/v1/grants/{}", scene.grant)).await.expect(200);
    let ended: DateTime<Utc> = ended.at("/ended_at").parse().unwrap();
    let expected = (at + Duration::days(90)).max(ended + Duration::days(30));
    assert_eq!(until(&scene.changes().await[0]), expected);
    let left = expected - ended;
    scene.days(left.num_days() - 1).await;
    assert_eq!(scene.count(BYTES).await, 2);
    scene.days(3).await;
    assert_eq!(scene.count(BYTES).await, 0);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_of_a_call_go_and_the_answer_to_them_stays() {
    let scene = Scene::new(&["send-campaigns"]).await;
    let (mut calls, mut sends) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let send = format!("{}/send", scene.draft().await);
        calls.push(scene.tool.post(&send, json!({})).await.expect(202).at("/approval"));
        sends.push(send);
    }
    let path = |id: &str, rest: &str| format!("/v1/approvals/{id}{rest}");
    let no = json!({ "note": "Not today" });
    scene.petra.post(&path(&calls[0], "/decline"), no).await.expect(200);
    let before = scene.petra.get(&path(&calls[0], "")).await.expect(200).json();
    assert_eq!(before["wiped"], false);
    assert!(before["before"].is_string());
    let bytes = "SELECT count(*) FROM write_approvals WHERE body_sealed IS NOT NULL";
    scene.days(29).await;
    assert_eq!(scene.count(bytes).await, 2, "nothing early");
    scene.tool.get("/lists").await.expect(200);
    let app = scene.world.database.connect(Role::App).await;
    let vendor = scene.world.larkfield.vendor;
    app.batch_execute(&format!("SELECT set_config('attache.vendor', '{vendor}', false)"))
        .await
        .unwrap();
    let wipe = "UPDATE write_approvals
        SET body_sealed = NULL, before_sealed = NULL, wiped_at = app_now()";
    let error = app.batch_execute(wipe).await.unwrap_err();
    assert_eq!(error.as_db_error().unwrap().constraint(), Some("write_approvals_end_in_time"));
    scene.days(2).await;
    assert_eq!(
        scene.count(bytes).await,
        1,
        "nobody answered the other: it was open for 3 days more"
    );
    scene.days(3).await;
    assert_eq!(scene.count(bytes).await, 0);
    let rest = "SELECT count(*) FROM write_approvals WHERE before_sealed IS NOT NULL";
    assert_eq!(scene.count(rest).await, 0);
    let after = scene.petra.get(&path(&calls[0], "")).await.expect(200).json();
    assert_eq!(
        (&after["wiped"], &after["body"], &after["changes"]),
        (&json!(true), &json!(""), &json!([]))
    );
    assert!(after["before"].is_null());
    for stays in ["/call/request_hash", "/call/note", "/call/answered_at", "/call/deed"] {
        assert_eq!(after.pointer(stays), before.pointer(stays), "{stays}");
    }
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let page = petra.open(&format!("/approvals/{}", calls[0])).await;
    says(&page, "kept no longer");
    says(&page, "Not today");
    // What lapsed unanswered says so, and stands in nobody's way: the same call is asked anew.
    let other = scene.petra.get(&path(&calls[1], "")).await.expect(200);
    assert_eq!(other.at("/call/state"), "expired");
    let anew = scene.tool.post(&sends[1], json!({})).await.expect(202).at("/approval");
    assert_ne!(anew, calls[1]);
    let forged = "UPDATE write_approvals SET body_sealed = '\\x00', wiped_at = NULL
        WHERE wiped_at IS NOT NULL";
    let error = app.batch_execute(forged).await.unwrap_err();
    assert_eq!(error.as_db_error().unwrap().constraint(), Some("write_approvals_end_in_time"));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_job_a_program_looks_every_day() {
    let world = World::new().await;
    let waiting =
        "SELECT count(*) FROM jobs WHERE kind = 'wipe-what-was-kept' AND state = 'queued'";
    for _ in 0..3 {
        assert_eq!(world.sql(waiting).await[0].get::<_, i64>(0), 1);
        world.advance(Duration::hours(25)).await;
        world.settle().await;
    }
    let done = "SELECT count(*) FROM jobs WHERE kind = 'wipe-what-was-kept' AND state = 'done'";
    assert_eq!(world.sql(done).await[0].get::<_, i64>(0), 3);
    world.end().await;
}
