//! What stands open although nobody seems to need it is shown to whoever can close it, with why.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use chrono::Duration;
use serde_json::{Value, json};

const REPORT: &str = "/v1/forgotten-access";

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    milestone: String,
    connection: String,
    grant: String,
    tool: Tool,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, parts) = world.active(&petra, &expert, &[10_000, 20_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let sides = (&petra, &expert);
        let grant = world.grants(sides, &engagement, &connection, "author-drafts").await;
        let tool = Tool::with_key(&expert, &grant).await;
        Self { world, petra, expert, milestone: parts[0].clone(), connection, grant, tool }
    }

    async fn passes(&self, days: i64) {
        self.world.advance(Duration::days(days)).await;
        self.world.settle().await;
    }

    async fn report(&self) -> Value {
        self.petra.get(REPORT).await.expect(200).json()
    }

    /// Why the one letter is listed, and what can be done about it; nothing when it is not.
    async fn told(&self) -> (Vec<String>, Vec<String>) {
        let report = self.report().await;
        let letters = report["letters"].as_array().unwrap();
        let Some(letter) = letters.first() else { return (Vec::new(), Vec::new()) };
        assert_eq!(letter["id"], json!(self.grant));
        assert_eq!(letter["account_name"], json!("Fjordhaus Outdoor EU"));
        let words = |list: &Value, at: &str| {
            let of = |v: &Value| v.pointer(at).and_then(Value::as_str).unwrap().to_owned();
            list.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
        };
        (words(&letter["why"], "/reason"), words(&letter["acts"], ""))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_listed_with_why_until_it_is_used_narrowed_or_ended() {
    let scene = Scene::new().await;
    assert_eq!(scene.told().await.0, [""; 0], "it is new");
    scene.passes(4).await;
    let sentence = scene.report().await["letters"][0]["why"][0]["sentence"].clone();
    assert_eq!(sentence, json!("It was given 4 days ago and never used."));
    let (why, acts) = scene.told().await;
    assert_eq!((why, acts), (vec!["never-used".to_owned()], vec!["end".to_owned()]));
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let page = petra.open("/access").await;
    says(&page, "Perhaps forgotten");
    says(&page, "It was given 4 days ago and never used.");
    says(&page, &format!("/p/larkfield/grants/{}/end", scene.grant));
    scene.tool.get("/campaigns").await.expect(200);
    assert_eq!(scene.told().await.0, [""; 0], "it is used, and too young to be narrowed");
    says(&petra.open("/access").await, "Nothing seems forgotten");
    scene.passes(13).await;
    let (why, acts) = scene.told().await;
    assert_eq!(why, ["spare-actions"]);
    assert_eq!(acts, ["end", "narrow"]);
    let narrow = format!("/grants/{}/narrow", scene.grant);
    says(&petra.open("/access").await, &format!("/p/larkfield{narrow}"));
    let usage = scene.petra.get(&format!("/v1/grants/{}/usage", scene.grant)).await.expect(200);
    let order = json!({ "without": usage.json()["unused"], "terms_hash": usage.at("/terms_hash") });
    scene.petra.post(&format!("/v1{narrow}"), order).await.expect(200);
    assert_eq!(scene.told().await.0, [""; 0], "all that it still allows was used");
    scene.passes(2).await;
    assert_eq!(scene.told().await.0, ["long-unused"]);
    scene.expert.delivers(&scene.milestone, "Done.", None).await.expect(201);
    scene.petra.accepts(&scene.milestone).await.expect(200);
    let why = scene.told().await.0;
    assert_eq!(why, ["long-unused", "no-work"], "the second milestone is not paid for");
    rests_and_wakes(&scene, &mut petra).await;
    scene.petra.post(&format!("/v1/grants/{}/end", scene.grant), json!({})).await.expect(200);
    account_alone(&scene, &mut petra).await;
    scene.world.end().await;
}

/// One that came to rest is woken from the list itself.
async fn rests_and_wakes(scene: &Scene, petra: &mut Reader) {
    scene.passes(31).await;
    let (why, acts) = scene.told().await;
    assert!(why.contains(&"long-unused".to_owned()), "{why:?}");
    assert_eq!(acts, ["end", "wake"]);
    scene.tool.get("/campaigns").await.refused(403, "unused");
    // Her sign-in of a month ago is over too.
    *petra = Reader::of(&scene.world, &scene.petra.email).await;
    let wake = format!("/p/larkfield/grants/{}/restore", scene.grant);
    let form = petra.open("/access").await.form(&wake).unwrap();
    says(&petra.send(&form).await, "It works");
    scene.tool.get("/campaigns").await.expect(200);
    assert_eq!(scene.told().await.0, ["no-work"]);
}

/// Without its letter the account itself is what was left open.
async fn account_alone(scene: &Scene, petra: &mut Reader) {
    let report = scene.report().await;
    assert_eq!((&report["letters"], &report["accounts"]), (&json!([]), &json!([])), "just ended");
    scene.passes(5).await;
    let report = scene.report().await;
    let account = &report["accounts"][0];
    assert_eq!(account["id"], json!(scene.connection));
    assert_eq!(account["why"][0]["reason"], json!("no-letter"));
    let sentence = account["why"][0]["sentence"].as_str().unwrap();
    assert_eq!(sentence, "No letter of access has opened it for 5 days.");
    assert_eq!(account["acts"], json!(["disconnect"]));
    assert!(account["used_at"].is_string());
    let place = format!("/connections/{}/disconnect", scene.connection);
    says(&petra.open("/access").await, &format!("/p/larkfield{place}"));
    scene.petra.post(&format!("/v1{place}"), json!({})).await.expect(200);
    let report = scene.report().await;
    assert_eq!((&report["letters"], &report["accounts"]), (&json!([]), &json!([])));
    assert!(!petra.open("/access").await.text.contains("Perhaps forgotten"), "nothing is open");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whoever_decides_sees_their_own() {
    let scene = Scene::new().await;
    scene.passes(40).await;
    let (why, _) = scene.told().await;
    assert!(why.contains(&"never-used".to_owned()), "{why:?}");
    let rival = scene.world.customer("Rival").await;
    let nothing = rival.get(REPORT).await.expect(200).json();
    assert_eq!(nothing, json!({ "letters": [], "accounts": [] }));
    let member = scene.world.colleague(&scene.petra, "customer", "member", "Fjordhaus").await;
    let manager = scene.world.vendor("program_manager").await;
    for who in [&scene.expert, &member, &manager] {
        who.get(REPORT).await.refused(403, "not-permitted");
    }
    for who in [&scene.expert, &member, &rival] {
        let page = Reader::of(&scene.world, &who.email).await.open("/access").await;
        assert!(!page.text.contains("Perhaps forgotten"), "{}", who.email);
    }
    scene.world.end().await;
}
