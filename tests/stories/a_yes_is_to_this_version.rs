//! What is approved is what is there: the object's version is shown with the question, goes along
//! as `If-Match`, and one that changed between our look and the sending is refused and asked anew.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer, World};
use reqwest::Method;
use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    tool: Tool,
    campaign: String,
}

impl Scene {
    /// A letter that asks before drafts are written or deleted, and a draft that stands.
    async fn new(preset: &str, asks: &[&str]) -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let sides = (&petra, &expert);
        let choice = json!({ "connection": connection, "preset": preset, "asks": asks });
        let grant = world.grants_choice(sides, &engagement, choice).await;
        let tool = Tool::with_key(&expert, &grant).await;
        let drafts = tool.get("/campaigns?state=draft").await.expect(200).json();
        let campaign = drafts["items"][0]["id"].as_str().unwrap().to_owned();
        Self { world, petra, expert, tool, campaign }
    }

    fn at(&self) -> String {
        format!("/campaigns/{}", self.campaign)
    }

    async fn etag(&self) -> String {
        self.tool.get(&self.at()).await.expect(200).header("etag").unwrap().to_owned()
    }

    /// Asks for the call and says yes to it; answers what the customer saw.
    async fn agreed(&self, method: Method, body: Option<Value>) -> Value {
        let asked = self.tool.send(method, &self.at(), body).await.expect(202);
        let here = format!("/v1/approvals/{}", asked.at("/approval"));
        let open = self.petra.get(&here).await.expect(200).json();
        let yes = json!({ "request_hash": open["call"]["request_hash"] });
        self.petra.post(&format!("{here}/approve"), yes).await.expect(200);
        open
    }

    /// What the application got with its last call of this method.
    async fn sent(&self, method: &str) -> Value {
        let hits = self.world.hits().await;
        hits.into_iter().rfind(|hit| hit["method"] == method).unwrap()["headers"].clone()
    }

    /// The same request with a precondition of the caller's own.
    async fn naming(&self, version: &str, body: &Value) -> Answer {
        let at = format!("/gw/{}{}", self.tool.grant, self.at());
        let request = self.tool.actor.request(Method::PATCH, &at);
        let request = request.header("if-match", version).json(body);
        self.tool.actor.answer(Method::PATCH, &at, request).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_shown_and_goes_along() {
    let scene = Scene::new("author-drafts", &["write-drafts"]).await;
    let etag = scene.etag().await;
    let change = json!({ "subject": "Spring is near" });
    let open = scene.agreed(Method::PATCH, Some(change.clone())).await;
    assert_eq!(open["etag"], json!(etag), "{open}");
    let page = format!("/approvals/{}", open["call"]["id"].as_str().unwrap());
    let shown = format!("The application calls this version <code>{}", etag.replace('"', "&quot;"));
    says(&Reader::of(&scene.world, &scene.petra.email).await.open(&page).await, &shown);
    let own = scene.expert.get(&format!("/v1{page}")).await.expect(200).json();
    assert_eq!(own["etag"], json!(etag), "the letter lets its person look at drafts");
    // Another version than the one that was shown cannot be meant; any version is none.
    scene.naming("\"77\"", &change).await.refused(412, "version-mismatch");
    scene.naming("*", &change).await.expect(200);
    assert_eq!(scene.sent("PATCH").await["if-match"], json!(etag));
    assert_ne!(scene.etag().await, etag, "it was written");
    let told = scene.petra.get(&format!("/v1{page}")).await.expect(200).json();
    let became = &told["call"]["became"];
    assert_eq!((&became["outcome"], &became["status"]), (&json!("done"), &json!(200)), "{told}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_28_what_changes_between_our_look_and_the_sending_is_not_overwritten() {
    let scene = Scene::new("author-drafts", &["write-drafts"]).await;
    let change = json!({ "subject": "Spring is near" });
    let first = scene.agreed(Method::PATCH, Some(change.clone())).await;
    scene.world.orders(json!({ "overtaken": 1 })).await;
    let sent = scene.tool.send(Method::PATCH, &scene.at(), Some(change.clone())).await;
    sent.refused(412, "approval-stale");
    let seen = scene.tool.get(&scene.at()).await.expect(200).json();
    assert_ne!(seen["subject"], change["subject"], "nothing was overwritten");
    let log = scene.petra.get("/v1/access-log").await.expect(200).json();
    let lines = log["items"].as_array().unwrap();
    let line = lines.iter().find(|line| line["code"] == "approval-stale").expect("a line");
    assert_eq!(line["outcome"], "refused", "{line}");
    // Nobody reads that it was sent and done.
    let page = format!("/approvals/{}", first["call"]["id"].as_str().unwrap());
    let told = scene.petra.get(&format!("/v1{page}")).await.expect(200).json()["call"].clone();
    assert_eq!((&told["state"], &told["became"]["code"]), (&json!("used"), &line["code"]));
    let shown = Reader::of(&scene.world, &scene.petra.email).await.open(&page).await;
    says(&shown, "Overtaken");
    says(&shown, "The application refused it, since what it is about was changed after the yes.");
    // The same request asks anew, about the version that is there now.
    let again = scene.agreed(Method::PATCH, Some(change.clone())).await;
    assert_ne!(again["call"]["id"], first["call"]["id"]);
    assert_eq!(again["etag"], json!(scene.etag().await));
    assert_ne!(again["etag"], first["etag"]);
    let done = scene.tool.send(Method::PATCH, &scene.at(), Some(change.clone())).await.expect(200);
    assert_eq!(done.json()["subject"], change["subject"]);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_28_a_version_that_says_the_same_is_another_one_all_the_same() {
    let scene = Scene::new("full-operator", &["delete-campaigns"]).await;
    scene.agreed(Method::DELETE, None).await;
    let subject = scene.tool.get(&scene.at()).await.expect(200).json()["subject"].clone();
    for to in [json!("For a moment"), subject] {
        let change = Some(json!({ "subject": to }));
        scene.tool.send(Method::PATCH, &scene.at(), change).await.expect(200);
    }
    scene.world.forgets().await;
    let sent = scene.tool.send(Method::DELETE, &scene.at(), None).await;
    sent.refused(412, "approval-stale");
    let api = scene.world.asked_of_api().await;
    assert!(api.iter().all(|call| call.starts_with("GET ")), "{api:?}");
    let open = scene.agreed(Method::DELETE, None).await;
    scene.tool.send(Method::DELETE, &scene.at(), None).await.expect(204);
    assert_eq!(scene.sent("DELETE").await["if-match"], open["etag"]);
    scene.world.end().await;
}
