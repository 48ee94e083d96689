//! A customer keeps fields back of what a letter allows otherwise: they are in no answer, cannot be
//! sent, are said on both sides, and stay kept back whatever the letter gains.

use crate::support::actor::PASSWORD;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::rogue::Rogue;
use crate::support::{Actor, World};
use attache::postgres::Role;
use poem::Response;
use reqwest::Method;
use serde_json::{Value, json};

const SENTENCE: &str =
    "see contacts with their names and mail addresses (but not see mail addresses of contacts)";

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    engagement: String,
    connection: String,
}

impl Scene {
    async fn new() -> Self {
        Self::of(World::new().await).await
    }

    async fn of(world: World) -> Self {
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        Self { world, petra, expert, engagement, connection }
    }

    fn choice(&self, preset: &str, withhold: &[&str]) -> Value {
        json!({ "connection": self.connection, "preset": preset, "asks": [], "withhold": withhold })
    }

    async fn letter(&self, preset: &str, withhold: &[&str]) -> Tool {
        let parties = (&self.petra, &self.expert);
        let choice = self.choice(preset, withhold);
        let grant = self.world.grants_choice(parties, &self.engagement, choice).await;
        Tool::with_key(&self.expert, &grant).await
    }
}

fn sentences(of: &Value) -> String {
    of["consent"]["can"].to_string()
}

fn cannot(of: &Value) -> Vec<&str> {
    let all = of["consent"]["cannot"].as_array().unwrap();
    all.iter().map(|sentence| sentence["text"].as_str().unwrap()).collect()
}

/// Nothing of an address is in the bytes.
fn shows_no_address(answer: &crate::support::Answer) {
    let text = answer.text();
    assert!(!text.contains('@') && !text.contains("email"), "{}: {text}", answer.asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_in_no_answer() {
    let scene = Scene::new().await;
    let (world, petra) = (&scene.world, &scene.petra);
    let known = petra.get("/v1/upstreams/larkfield").await.expect(200).json();
    let ids: Vec<&Value> =
        known["withholdable"].as_array().unwrap().iter().map(|of| &of["id"]).collect();
    assert_eq!(ids, ["email-addresses", "names", "plan", "sender"]);
    for wrong in ["faces", "plan"] {
        let choice = match wrong {
            "plan" => json!({ "connection": scene.connection, "preset": "author-drafts",
                              "withhold": ["names"] }),
            _ => scene.choice("full-operator", &[wrong]),
        };
        let refused = petra.post("/v1/grants/preview", choice).await.refused(422, "invalid");
        assert_eq!(refused.at("/errors/0/field"), "withhold");
    }
    let choice = scene.choice("full-operator", &["email-addresses"]);
    let preview = petra.post("/v1/grants/preview", choice).await.expect(200).json();
    assert!(sentences(&preview).contains(SENTENCE), "{preview}");
    assert!(cannot(&preview).contains(&"see mail addresses of contacts"), "{preview}");
    assert!(cannot(&preview).contains(&"export contacts out of the account"), "{preview}");
    let tool = scene.letter("full-operator", &["email-addresses"]).await;
    let page = tool.get("/contacts?limit=3").await.expect(200);
    shows_no_address(&page);
    let contact = format!("/contacts/{}", page.at("/items/0/id"));
    assert_eq!(page.json()["items"].as_array().unwrap().len(), 3);
    assert!(page.at("/next").contains(&tool.grant), "links still lead through the gateway");
    let one = tool.get(&contact).await.expect(200);
    shows_no_address(&one);
    assert!(!one.at("/first_name").is_empty(), "the rest is there");
    let head = tool.send(Method::HEAD, &contact, None).await.expect(200);
    assert_eq!(head.header("content-length"), one.header("content-length"));
    let list = tool.get("/lists").await.expect(200).at("/items/0/id");
    shows_no_address(&tool.get(&format!("/lists/{list}/contacts?limit=2")).await.expect(200));
    // What a write answers is an answer too. Who sets an address learns whether it is taken.
    let new = json!({ "email": "new@fjordhaus.example", "first_name": "Nora" });
    tool.post("/contacts", new).await.refused(403, "operation-denied");
    let changed = Some(json!({ "country": "NO" }));
    shows_no_address(&tool.send(Method::PATCH, &contact, changed).await.expect(200));
    // Nobody asks for a contact by what is withheld, nor takes it out in a file.
    world.forgets().await;
    tool.get("/contacts?email=a%40b.example").await.refused(403, "operation-denied");
    let closed = tool.post("/contacts/export", json!({ "list_id": list })).await;
    assert!(closed.refused(403, "operation-denied").at("/detail").contains("withholds"));
    assert!(world.asked_of_api().await.is_empty(), "nothing was asked of the application");
    let described = tool.get("/openapi.json").await.expect(200).json();
    let lists = &described["paths"]["/contacts"]["get"];
    assert_eq!(lists["x-withheld"], json!(["*.email"]));
    assert!(!lists["parameters"].to_string().contains("email"), "{lists}");
    assert!(described["paths"].get("/contacts/export").is_none());
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sets_them_is_refused() {
    let scene = Scene::new().await;
    let tool = scene.letter("author-drafts", &["sender", "plan"]).await;
    let account = tool.get("/account").await.expect(200).json();
    assert!(account.get("plan").is_none() && account.get("contacts").is_none(), "{account}");
    assert!(account["name"].is_string());
    let list = tool.get("/lists").await.expect(200).at("/items/0/id");
    let draft = json!({ "name": "Spring", "subject": "Hi", "list_id": list });
    let made = tool.post("/campaigns", draft.clone()).await.expect(201);
    let path = format!("/campaigns/{}", made.id());
    scene.world.forgets().await;
    let mut from = draft;
    from["from_name"] = json!("Somebody else");
    let refused = tool.post("/campaigns", from).await.refused(403, "operation-denied");
    assert!(refused.at("/detail").contains("withholds from_name"), "{}", refused.text());
    for body in [json!({ "from_email": "a@b.example" }), json!({ "from_name": null })] {
        let refused = tool.send(Method::PATCH, &path, Some(body)).await;
        refused.refused(403, "operation-denied");
    }
    assert!(scene.world.asked_of_api().await.is_empty());
    tool.send(Method::PATCH, &path, Some(json!({ "subject": "Hello" }))).await.expect(200);
    let described = tool.get("/openapi.json").await.expect(200).json();
    let body = described["paths"]["/campaigns"]["post"]["requestBody"].to_string();
    assert!(body.contains("subject") && !body.contains("from_name"), "{body}");
    scene.world.end().await;
}

/// An answer in which nobody can look for it does not go on.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_through_is_refused() {
    let rogue = Rogue::start().await;
    let api = format!("api = \"{}/api/v1\"", rogue.url);
    let changes = [("api = \"${SANDBOX_MARKETING_URL}/api/v1\"", api.as_str())];
    let scene = Scene::of(World::described(&changes).await).await;
    let tool = scene.letter("run-campaigns", &["email-addresses"]).await;
    for (kind, body) in [
        ("text/csv", "id,email\r\n1,ada@fjordhaus.example"),
        ("application/json", "{\"email\":\"ada@fjordhaus.example\""),
        ("application/json", "[1] [2]"),
        ("text/html", "{\"email\":\"ada@fjordhaus.example\"}"),
    ] {
        rogue.answers(move |_| Response::builder().content_type(kind).body(body));
        let refused = tool.get("/contacts/con_1").await.refused(502, "upstream-answer");
        assert!(!refused.text().contains("ada@"), "{}", refused.text());
        assert!(refused.at("/detail").contains("withholds"), "{}", refused.text());
    }
    // Whatever is around it, in lists and objects, twice, and in any case.
    let hidden =
        r#"{"email":1,"x":[{"y":{"EMAIL":"ada@fjordhaus.example","z":2}}],"e\u006dail":3}"#;
    rogue.answers(move |_| Response::builder().content_type("application/json").body(hidden));
    let answer = tool.get("/contacts/con_1").await.expect(200);
    assert_eq!(answer.json(), json!({ "x": [{ "y": { "z": 2 } }] }));
    // Whether somebody has an address is not found out by setting it.
    let guess = json!({ "email": "ada@fjordhaus.example" });
    tool.post("/contacts", guess).await.refused(403, "operation-denied");
    rogue.answers(|_| Response::builder().status(poem::http::StatusCode::NO_CONTENT).finish());
    tool.get("/contacts/con_1").await.expect(204);
    scene.world.end().await;
}

/// A letter in force withholds more at any moment, never less, also of what it gains.
#[tokio::test(flavor = "multi_thread")]
async fn more_is_withheld_later_and_nothing_comes_back() {
    let scene = Scene::new().await;
    let (petra, expert) = (&scene.petra, &scene.expert);
    let tool = scene.letter("read-only", &[]).await;
    let letter = format!("/v1/grants/{}", tool.grant);
    let hash = async || petra.get(&letter).await.expect(200).at("/terms_hash");
    let narrow = async |withhold: &str| {
        let order = json!({ "withhold": [withhold], "terms_hash": hash().await });
        petra.post(&format!("{letter}/narrow"), order).await
    };
    let wrong = narrow("names").await.refused(422, "invalid");
    assert_eq!(wrong.at("/errors/0/field"), "withhold");
    let less = narrow("plan").await.expect(200).json();
    assert!(cannot(&less).contains(&"see the account's plan and size"), "{less}");
    assert!(tool.get("/account").await.expect(200).json().get("plan").is_none());
    narrow("plan").await.refused(422, "invalid");
    let owner = scene.world.database.connect(Role::Owner).await;
    let widened = "UPDATE grants SET terms = (terms::jsonb #- '{limits,withheld}')::text,
        terms_hash = sha256(convert_to((terms::jsonb #- '{limits,withheld}')::text, 'UTF8')),
        narrowed_at = app_now(), narrowed_by = granted_by";
    let set =
        format!("SELECT set_config('attache.vendor', '{}', false)", scene.world.larkfield.vendor);
    owner.batch_execute(&set).await.unwrap();
    let refused = owner.batch_execute(widened).await.unwrap_err();
    assert!(format!("{refused:?}").contains("grants_terms_frozen"), "{refused:?}");
    // What is gained comes without what the customer ticks then, and keeps what was kept back.
    let more = format!("{letter}/amendment");
    let wanted = json!({ "reason": "The audience.", "actions": ["see-contacts"] });
    expert.post(&more, wanted).await.expect(201);
    let offer = petra.get(&more).await.expect(200).at("/hash");
    let yes =
        |withhold: &str| json!({ "hash": offer, "password": PASSWORD, "withhold": [withhold] });
    let agree = format!("{more}/agree");
    let wrong = petra.post(&agree, yes("sender")).await.refused(422, "invalid");
    assert_eq!(wrong.at("/errors/0/field"), "withhold");
    petra.post(&agree, yes("email-addresses")).await.expect(200);
    shows_no_address(&tool.get("/contacts?limit=1").await.expect(200));
    assert!(tool.get("/account").await.expect(200).json().get("plan").is_none());
    scene.world.settle().await;
    scene.world.end().await;
}

/// The consultant's view of an asked call lacks it as well; the customer's does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_shows_no_more_than_the_letter() {
    let scene = Scene::new().await;
    let mut choice = scene.choice("run-campaigns", &["names"]);
    choice["asks"] = json!(["change-contacts"]);
    let parties = (&scene.petra, &scene.expert);
    let grant = scene.world.grants_choice(parties, &scene.engagement, choice).await;
    let tool = Tool::with_key(&scene.expert, &grant).await;
    let contact = tool.get("/contacts?limit=1").await.expect(200).at("/items/0/id");
    let body = Some(json!({ "first_name": "Nora", "country": "NO" }));
    let asked = tool.send(Method::PATCH, &format!("/contacts/{contact}"), body).await.expect(202);
    let path = format!("/v1/approvals/{}", asked.at("/approval"));
    let mine = scene.petra.get(&path).await.expect(200).json();
    assert!(mine["before"].to_string().contains("first_name"), "{mine}");
    let theirs = scene.expert.get(&path).await.expect(200).json();
    assert!(
        theirs["before"].is_string() && !theirs["before"].to_string().contains("first_name"),
        "{theirs}"
    );
    let changes = theirs["changes"].as_array().unwrap();
    let name = changes.iter().find(|change| change["field"] == "first_name").unwrap();
    assert!(name["before"].is_null(), "{name}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_pages() {
    let scene = Scene::new().await;
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let here = format!("/engagements/{}/access", scene.engagement);
    let page = petra.open(&format!("{here}?preset=run-campaigns")).await;
    says(&page, "mail addresses of contacts");
    let form = page.form(&format!("/p/larkfield{here}")).unwrap();
    assert!(!form.fields.iter().any(|(name, _)| name == "withhold"), "nothing is ticked");
    // A wrong password keeps what was ticked.
    let form = form.set("withhold", "email-addresses");
    let wrong = petra.send(&form.clone().set("password", "not it at all")).await;
    assert_eq!(wrong.status, 422);
    let form = wrong.form(&format!("/p/larkfield{here}")).unwrap();
    assert!(form.fields.iter().any(|(_, value)| value == "email-addresses"), "{:?}", form.fields);
    says(&petra.send(&form.set("password", PASSWORD)).await, SENTENCE);
    let grant = scene.petra.get("/v1/grants").await.expect(200).at("/items/0/id");
    let tool = Tool::with_key(&scene.expert, &grant).await;
    shows_no_address(&tool.get("/contacts?limit=1").await.expect(200));
    // The console shows what a program would get.
    let mut ines = Reader::of(&scene.world, &scene.expert.email).await;
    says(&ines.open(&format!("/grants/{grant}")).await, "but not see mail addresses of contacts");
    // What was never called is unticked there, so it is called once.
    let list = tool.get("/lists").await.expect(200).at("/items/0/id");
    let draft = json!({ "name": "Spring", "subject": "Hi", "list_id": list });
    tool.post("/campaigns", draft).await.expect(201);
    let choose = petra.open(&format!("/grants/{grant}/narrow")).await;
    says(&choose, "who a campaign is from");
    assert!(!choose.text.contains("value=\"email-addresses\""), "that is withheld already");
    let action = format!("/p/larkfield/grants/{grant}/narrow");
    let form = choose.form(&action).unwrap().set("withhold", "sender");
    says(&petra.send(&form).await, "The letter is narrowed");
    let draft = json!({ "name": "Spring", "from_name": "Nobody" });
    tool.post("/campaigns", draft).await.refused(403, "operation-denied");
    scene.world.end().await;
}
