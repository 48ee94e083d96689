//! A letter may lack single calls of what it allows: its sentence says so, the gateway refuses
//! them, they come back by asking, and what was never called goes by one click.

use crate::support::actor::PASSWORD;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use reqwest::Method;
use serde_json::{Value, json};

const SENTENCE: &str = "write campaign drafts and change them (but not change a draft)";

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

    fn choice(&self, without: &[&str]) -> Value {
        json!({ "connection": self.connection, "preset": "author-drafts", "asks": [],
                "without_operations": without })
    }

    async fn tool(&self, grant: &str) -> Tool {
        Tool::with_key(&self.expert, grant).await
    }
}

/// Writes a draft and changes it; answers what the change was answered.
async fn change(tool: &Tool) -> crate::support::Answer {
    let list = tool.get("/lists").await.expect(200).at("/items/0/id");
    let draft = json!({
        "name": "Spring", "subject": "Hi", "from_email": "hi@fjordhaus.example",
        "list_id": list, "body": "Dear",
    });
    let made = tool.post("/campaigns", draft).await.expect(201);
    let path = format!("/campaigns/{}", made.at("/id"));
    tool.send(Method::PATCH, &path, Some(json!({ "subject": "Hello" }))).await
}

fn sentences(of: &Value) -> String {
    of["consent"]["can"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn and_come_back_by_asking() {
    let scene = Scene::new().await;
    let (world, petra, expert) = (&scene.world, &scene.petra, &scene.expert);
    for wrong in ["send-campaign", "fly"] {
        let refused = petra.post("/v1/grants/preview", scene.choice(&[wrong])).await;
        assert_eq!(refused.refused(422, "invalid").at("/errors/0/field"), "without_operations");
    }
    let choice = scene.choice(&["change-draft"]);
    let preview = petra.post("/v1/grants/preview", choice.clone()).await.expect(200).json();
    assert!(sentences(&preview).contains(SENTENCE), "{preview}");
    let cannot = preview["consent"]["cannot"].as_array().unwrap();
    assert!(cannot.iter().any(|s| s["text"] == "change a draft"), "{preview}");
    let grant = world.grants_choice((petra, expert), &scene.engagement, choice).await;
    let tool = scene.tool(&grant).await;
    change(&tool).await.refused(403, "operation-denied");
    let described = tool.get("/openapi.json").await.expect(200).json();
    let campaign = described["paths"]["/campaigns/{campaign}"].as_object().unwrap();
    assert!(campaign.contains_key("get") && !campaign.contains_key("patch"), "{campaign:?}");
    // What it lacks of an action is asked for as the action, and nothing else would be new.
    let more = format!("/v1/grants/{grant}/amendment");
    let held = json!({ "reason": "To mend.", "actions": ["see-campaigns"] });
    expert.post(&more, held).await.refused(422, "invalid");
    let lacks = json!({ "reason": "To mend them.", "actions": ["write-drafts"] });
    expert.post(&more, lacks).await.expect(201);
    let offer = petra.get(&more).await.expect(200).json();
    let gained = offer["gained"].as_array().unwrap();
    assert_eq!(gained.len(), 1, "{offer}");
    assert_eq!(gained[0]["sentences"][0]["text"], "write campaign drafts and change them");
    let yes = json!({ "hash": offer["hash"], "password": PASSWORD });
    petra.post(&format!("{more}/agree"), yes).await.expect(200);
    change(&tool).await.expect(200);
    narrowed_to_what_was_called(&scene, &grant, &tool).await;
    scene.world.end().await;
}

/// The usage names what single calls nobody made, and the letter loses exactly these.
async fn narrowed_to_what_was_called(scene: &Scene, grant: &str, tool: &Tool) {
    let petra = &scene.petra;
    let usage = petra.get(&format!("/v1/grants/{grant}/usage")).await.expect(200).json();
    assert_eq!(usage["unused_operations"], json!(["show-list"]), "{usage}");
    let hash = &usage["terms_hash"];
    let path = format!("/v1/grants/{grant}/narrow");
    let wrong = json!({ "without_operations": ["send-campaign"], "terms_hash": hash });
    let refused = petra.post(&path, wrong).await.refused(422, "invalid");
    assert_eq!(refused.at("/errors/0/field"), "without_operations");
    let list = tool.get("/lists").await.expect(200).at("/items/0/id");
    let spare = json!({ "without": usage["unused"], "without_operations": ["show-list"],
                        "terms_hash": hash });
    let letter = petra.post(&path, spare).await.expect(200).json();
    let said = "see lists and how many contacts are on them (but not look at a list)";
    assert!(sentences(&letter).contains(said), "{letter}");
    tool.get(&format!("/lists/{list}")).await.refused(403, "operation-denied");
    tool.get("/lists").await.expect(200);
    scene.world.settle().await;
    let told = scene.expert.get("/v1/notices").await.expect(200).json()["items"].to_string();
    assert!(told.contains(said), "{told}");
}

/// Of what is asked for, single calls are left out as well, and each other call waits for a yes.
#[tokio::test(flavor = "multi_thread")]
async fn and_are_left_out_of_what_is_gained() {
    let scene = Scene::new().await;
    let (world, petra, expert) = (&scene.world, &scene.petra, &scene.expert);
    let (engagement, connection) = (&scene.engagement, &scene.connection);
    let grant = world.grants((petra, expert), engagement, connection, "read-only").await;
    let tool = scene.tool(&grant).await;
    let more = format!("/v1/grants/{grant}/amendment");
    let wanted = json!({ "reason": "The launch.", "actions": ["write-drafts"] });
    expert.post(&more, wanted.clone()).await.expect(201);
    let hash = petra.get(&more).await.expect(200).json()["hash"].clone();
    for (field, wrong) in [
        ("without_operations", json!(["show-list"])),
        ("without_operations", json!(["send-campaign"])),
        ("asks", json!(["see-lists"])),
        ("asks", json!(["send-campaigns"])),
    ] {
        let yes = json!({ "hash": hash, "password": PASSWORD, field: wrong });
        let refused = petra.post(&format!("{more}/agree"), yes).await.refused(422, "invalid");
        assert_eq!(refused.at("/errors/0/field"), field);
    }
    let mut reader = Reader::of(world, &petra.email).await;
    let page = reader.open(&format!("/grants/{grant}/more")).await;
    says(&page, "Choose single calls");
    says(&page, "Ask me first");
    let mut form = page.form(&format!("/p/larkfield/grants/{grant}/more")).unwrap();
    form.fields.retain(|(name, value)| name != "call" || value != "change-draft");
    let form = form.set("first", "write-drafts");
    // A wrong password keeps both choices.
    let again = reader.send(&form.set("password", "not it at all")).await;
    assert_eq!(again.status, 422);
    let form = again.form(&format!("/p/larkfield/grants/{grant}/more")).unwrap();
    let values = |name: &str| {
        form.fields.iter().filter(|f| f.0 == name).map(|f| f.1.as_str()).collect::<Vec<_>>()
    };
    assert!(!values("call").contains(&"change-draft") && values("first") == ["write-drafts"]);
    let agreed = reader.send(&form.set("password", PASSWORD)).await;
    says(&agreed, "change them (but not change a draft; each time only after");
    let terms = "SELECT terms::jsonb #>> '{limits,asks}' FROM grants";
    let asked: String = world.sql(terms).await[0].get(0);
    assert_eq!(asked, r#"["write-drafts"]"#);
    tool.send(Method::PATCH, "/campaigns/cmp_1", Some(json!({ "subject": "Hello" })))
        .await
        .refused(403, "operation-denied");
    let draft = json!({ "name": "Spring", "subject": "Hi" });
    tool.post("/campaigns", draft).await.expect(202);
    // What is left of the action may be asked for again, and alone is nothing to agree to.
    expert.post(&more, wanted).await.expect(201);
    let hash = petra.get(&more).await.expect(200).json()["hash"].clone();
    let none = json!({ "hash": hash, "without_operations": ["change-draft"] });
    petra.post(&format!("{more}/agree"), none).await.refused(422, "invalid");
    scene.world.end().await;
}

/// By the pages alone: unticked before the yes, ticked off by use, unticked again.
#[tokio::test(flavor = "multi_thread")]
async fn by_the_pages() {
    let scene = Scene::new().await;
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let here = format!("/engagements/{}/access", scene.engagement);
    let page = petra.open(&format!("{here}?preset=author-drafts")).await;
    says(&page, "Choose single calls");
    says(&page, "write a draft");
    let mut form = page.form(&format!("/p/larkfield{here}")).unwrap();
    let calls = |form: &attache::demo::browser::Form| {
        form.fields.iter().filter(|(name, _)| name == "call").count()
    };
    assert!(calls(&form) > 4, "all are ticked to begin with");
    form.fields.retain(|(name, value)| name != "call" || value != "change-draft");
    // A wrong password keeps what was unticked.
    let wrong = petra.send(&form.clone().set("password", "not it at all")).await;
    assert_eq!(wrong.status, 422);
    let form = wrong.form(&format!("/p/larkfield{here}")).unwrap();
    assert!(!form.fields.iter().any(|(_, value)| value == "change-draft"), "{:?}", form.fields);
    let granted = petra.send(&form.set("password", PASSWORD)).await;
    says(&granted, SENTENCE);
    let grant = scene.petra.get("/v1/grants").await.expect(200).at("/items/0/id");
    let tool = scene.tool(&grant).await;
    change(&tool).await.refused(403, "operation-denied");
    let page = petra.open(&format!("/grants/{grant}")).await;
    says(&page, "2 of 8 kinds of call in the last 30 days");
    let choose = petra.open(&format!("/grants/{grant}/narrow")).await;
    says(&choose, "Choose single calls");
    says(&choose, "look through lists");
    let action = format!("/p/larkfield/grants/{grant}/narrow");
    let form = choose.form(&action).unwrap();
    let ticked = |id: &str| form.fields.iter().any(|(_, value)| value == id);
    assert!(ticked("list-lists") && !ticked("show-list"), "what was not called is not ticked");
    says(&petra.send(&form).await, "2 of 2 kinds of call in the last 30 days");
    tool.get("/lists").await.expect(200);
    tool.get("/campaigns").await.refused(403, "operation-denied");
    scene.world.end().await;
}
