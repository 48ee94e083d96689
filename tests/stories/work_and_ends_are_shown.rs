//! What was done with a letter is evidence: beside the delivery it was done for, and signed at the
//! letter's end.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use api::access::verify_receipt;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    milestone: String,
    /// The one after it, not paid yet.
    next: String,
    grant: String,
    tool: Tool,
}

impl Scene {
    async fn new(asks: &[&str]) -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, parts) = world.active(&petra, &expert, &[10_000, 20_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let choice = json!({ "connection": connection, "preset": "run-campaigns", "asks": asks });
        let grant = world.grants_choice((&petra, &expert), &engagement, choice).await;
        let tool = Tool::with_key(&expert, &grant).await;
        Self {
            world,
            petra,
            expert,
            milestone: parts[0].clone(),
            next: parts[1].clone(),
            grant,
            tool,
        }
    }

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

    async fn sends(&self, campaign: &str) {
        let send = format!("/campaigns/{campaign}/send");
        let id = self.tool.post(&send, json!({})).await.expect(202).at("/approval");
        let open = self.petra.get(&format!("/v1/approvals/{id}")).await.expect(200);
        let yes = json!({ "request_hash": open.at("/call/request_hash") });
        self.petra.post(&format!("/v1/approvals/{id}/approve"), yes).await.expect(200);
        self.tool.post(&send, json!({})).await.expect(200);
    }

    async fn work(&self, who: &Actor) -> Value {
        self.work_of(&self.milestone, who).await
    }

    async fn work_of(&self, milestone: &str, who: &Actor) -> Value {
        let path = format!("/v1/milestones/{milestone}/work");
        who.get(&path).await.expect(200).json()
    }
}

fn of_risk<'a>(delivery: &'a Value, risk: &str) -> &'a Value {
    let done = delivery["done"].as_array().unwrap();
    done.iter().find(|work| work["risk"] == risk).unwrap_or(&Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_delivery_shows_what_was_done_for_it() {
    let scene = Scene::new(&["send-campaigns"]).await;
    let campaign = scene.draft().await;
    scene.sends(&campaign).await;
    scene.tool.get("/users").await.refused(403, "operation-denied");
    scene.world.advance(Duration::minutes(1)).await;
    scene.expert.delivers(&scene.milestone, "Sent.", None).await.expect(201);
    let first = scene.work(&scene.petra).await;
    assert_eq!(first, scene.work(&scene.expert).await, "both sides see the same");
    let (send, wrote) = (of_risk(&first[0], "send"), of_risk(&first[0], "write"));
    assert_eq!((&send["calls"], &send["approved"]), (&json!(1), &json!(1)));
    assert!(send["recipients"].as_i64().unwrap() > 0, "{first}");
    assert_eq!((&wrote["calls"], &wrote["approved"]), (&json!(1), &json!(0)));
    assert_eq!(of_risk(&first[0], "admin"), &Value::Null, "what was refused is no work");
    let back = json!({ "text": "Once more, please.", "version": 1 });
    let changes = format!("/v1/milestones/{}/change-requests", scene.milestone);
    scene.petra.post(&changes, back).await.expect(201);
    scene.world.advance(Duration::minutes(1)).await;
    scene.tool.get("/account").await.expect(200);
    scene.world.advance(Duration::minutes(1)).await;
    scene.expert.delivers(&scene.milestone, "Again.", None).await.expect(201);
    let both = scene.work(&scene.petra).await;
    assert_eq!(both.as_array().unwrap().len(), 2);
    let looked = json!({ "risk": "read", "calls": 1, "approved": 0, "recipients": 0 });
    assert_eq!(both[0]["done"], json!([looked]));
    assert_eq!(both[1], first[0], "what was done before stays with the first");
    let rival = scene.world.customer("Rival").await;
    let path = format!("/v1/milestones/{}/work", scene.milestone);
    rival.get(&path).await.refused(404, "not-found");
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let page = petra.open(&format!("/milestones/{}", scene.milestone)).await;
    says(&page, "1 call that wrote and 1 call that sent to");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_counts_for_one_of_two_milestones_under_way() {
    let scene = Scene::new(&[]).await;
    let (world, expert) = (&scene.world, &scene.expert);
    world.pays(&scene.petra, &scene.next).await;
    let looks = async |times: usize| {
        for _ in 0..times {
            scene.tool.get("/account").await.expect(200);
        }
        world.advance(Duration::minutes(1)).await;
    };
    let delivers = async |milestone: &str| {
        expert.delivers(milestone, "Done.", None).await.expect(201);
        world.advance(Duration::minutes(1)).await;
    };
    let counted = async |milestone: &str| -> Vec<i64> {
        let work = scene.work_of(milestone, &scene.petra).await;
        let calls = |one: &Value| of_risk(one, "read")["calls"].as_i64().unwrap_or_default();
        work.as_array().unwrap().iter().map(calls).collect()
    };
    // The second is delivered first: what was done before counts for it.
    looks(1).await;
    delivers(&scene.next).await;
    looks(2).await;
    delivers(&scene.milestone).await;
    assert_eq!((counted(&scene.next).await, counted(&scene.milestone).await), (vec![1], vec![2]));
    // Both lie with the customer, then one is returned.
    looks(4).await;
    let back = json!({ "text": "Once more, please.", "version": 1 });
    let changes = format!("/v1/milestones/{}/change-requests", scene.next);
    scene.petra.post(&changes, back).await.expect(201);
    looks(8).await;
    delivers(&scene.next).await;
    assert_eq!(counted(&scene.next).await, [12, 1]);
    assert_eq!(counted(&scene.milestone).await, [2], "nothing counts twice");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_says_what_the_application_answered() {
    let scene = Scene::new(&[]).await;
    let path = format!("/v1/grants/{}", scene.grant);
    let connection = scene.petra.get(&path).await.expect(200).at("/connection");
    let answer = async || {
        let receipt = scene.petra.get(&format!("{path}/receipt")).await.expect(200);
        let said: Value = serde_json::from_str(&receipt.at("/said")).unwrap();
        said["application_answer"].clone()
    };
    scene.world.orders(json!({ "down": true })).await;
    let disconnect = format!("/v1/connections/{connection}/disconnect");
    scene.petra.post(&disconnect, json!({})).await.expect(200);
    scene.world.settle().await;
    assert_eq!(answer().await, "trying", "nobody was reached");
    scene.world.orders(json!({})).await;
    scene.world.advance(Duration::minutes(10)).await;
    scene.world.settle().await;
    assert_eq!(answer().await, "done");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_signed_with_what_was_done_around_it() {
    let scene = Scene::new(&[]).await;
    let path = format!("/v1/grants/{}", scene.grant);
    let receipt = format!("{path}/receipt");
    scene.tool.get("/account").await.expect(200);
    scene.tool.get("/lists").await.expect(200);
    scene.petra.get(&receipt).await.refused(409, "not-ended");
    let why = json!({ "reason": "The work is done." });
    scene.petra.post(&format!("{path}/end"), why).await.expect(200);
    scene.tool.get("/account").await.refused(403, "grant-ended");
    scene.tool.get("/account").await.refused(403, "grant-ended");
    let signed = scene.petra.get(&receipt).await.expect(200).text();
    let key = scene.petra.get("/v1/audit-trail/key").await.expect(200).at("/public");
    let said: Value = serde_json::from_str(&verify_receipt(&signed, Some(&key)).unwrap()).unwrap();
    for (field, value) in [
        ("kind", json!("access-ended")),
        ("reason", json!("The work is done.")),
        ("ended_by", json!("Fjordhaus")),
        ("keys", json!(1)),
    ] {
        assert_eq!(said[field], value, "{said}");
    }
    let calls = &said["calls"];
    assert_eq!((&calls["let_through"], &calls["begun_after"]), (&json!(2), &json!(0)));
    assert_eq!(calls["refused_since"], 2);
    // The margin in which a call counts as under way is known and small.
    let at = |value: &Value| value.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let margin = at(&calls["in_force_by"]) - at(&said["ended_at"]);
    assert!(margin >= Duration::seconds(1) && margin < Duration::seconds(10), "{margin}");
    assert_eq!(calls["last"], "Looked through lists");
    assert!(verify_receipt(&signed.replace("done.", "gone."), Some(&key)).is_err());
    scene.expert.get(&receipt).await.expect(200);
    let rival = scene.world.customer("Rival").await;
    rival.get(&receipt).await.refused(404, "not-found");
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let page = petra.open(&format!("/grants/{}", scene.grant)).await;
    says(&page, "2 calls since then came back refused");
    let file = petra.open(&format!("/grants/{}/receipt.json", scene.grant)).await;
    assert!(verify_receipt(&file.text, Some(&key)).is_ok(), "{}", file.text);
    scene.world.end().await;
}
