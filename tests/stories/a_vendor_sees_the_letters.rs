//! The program's staff see every letter of access: who, where, until when and how much it is used,
//! and nothing of what was done.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use attache::postgres::Role;
use serde_json::{Value, json};

const LIST: &str = "/v1/program/grants";

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
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
        let sides = (&petra, &expert);
        let grant = world.grants(sides, &engagement, &connection, "author-drafts").await;
        let tool = Tool::with_key(&expert, &grant).await;
        Self { world, petra, expert, grant, tool }
    }
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_them_with_how_they_are_used() {
    let scene = Scene::new().await;
    scene.tool.get("/campaigns").await.expect(200);
    let list = scene.tool.get("/lists").await.expect(200).json();
    let draft = json!({
        "name": "Spring", "subject": "Hello", "from_email": "hello@fjordhaus.example",
        "list_id": list["items"][0]["id"], "body": "Dear friend",
    });
    scene.tool.post("/campaigns", draft).await.expect(201);
    scene.tool.get("/users").await.refused(403, "operation-denied");
    let manager = scene.world.vendor("program_manager").await;
    let support = scene.world.vendor("support").await;
    for staff in [&manager, &support] {
        let page = staff.get(LIST).await.expect(200).json();
        let letter = &items(&page)[0];
        assert_eq!(letter["id"], json!(scene.grant));
        let told = ["customer_name", "partner_name", "consultant_name", "account_name", "standing"];
        let told = told.map(|name| letter[name].as_str().unwrap());
        assert_eq!(told, ["Fjordhaus", "Brandt", "Brandt", "Fjordhaus Outdoor EU", "in-force"]);
        assert_eq!(
            (&letter["risk"], &letter["preset"]),
            (&json!("write"), &json!("author-drafts"))
        );
        let counts = (&letter["calls_30_days"], &letter["refused_30_days"]);
        assert_eq!(counts, (&json!(4), &json!(1)), "a write and its outcome are one call");
        assert!(letter["used_at"].is_string());
        for content in ["reason", "terms", "terms_hash", "target"] {
            assert!(letter.get(content).is_none(), "{content} is for the two sides");
        }
        // Neither the letter itself nor its calls.
        let path = format!("/v1/grants/{}", scene.grant);
        staff.get(&path).await.refused(404, "not-found");
        staff.get("/v1/access-log").await.refused(403, "not-permitted");
    }
    for other in [&scene.petra, &scene.expert] {
        other.get(LIST).await.refused(403, "not-permitted");
        other.get(&format!("{LIST}.csv")).await.refused(403, "not-permitted");
    }
    let csv = manager.get(&format!("{LIST}.csv")).await.expect(200).text();
    assert!(csv.starts_with("letter,customer,account,"), "{csv}");
    assert!(csv.contains("Fjordhaus,Fjordhaus Outdoor EU,A-"), "{csv}");
    assert!(csv.trim_end().ends_with(",4,1"), "{csv}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn narrowed_paged_and_on_the_page() {
    let scene = Scene::new().await;
    let manager = scene.world.vendor("program_manager").await;
    let karin = scene.world.customer("Moorhald").await;
    let (second, _) = scene.world.active(&karin, &scene.expert, &[10_000]).await;
    let connection = scene.world.connects(&karin, "karin@moorhald.example").await;
    let sides = (&karin, &scene.expert);
    let other = scene.world.grants(sides, &second, &connection, "read-only").await;
    let end = format!("/v1/grants/{other}/end");
    karin.post(&end, json!({})).await.expect(200);
    let first = manager.get(&format!("{LIST}?limit=1")).await.expect(200).json();
    assert_eq!(items(&first)[0]["id"], json!(other), "latest first");
    let next = first["next"].as_str().unwrap();
    let rest = manager.get(&format!("{LIST}?limit=1&cursor={next}")).await.expect(200).json();
    assert_eq!((items(&rest).len(), &items(&rest)[0]["id"]), (1, &json!(scene.grant)));
    assert!(rest["next"].is_null());
    let customer = format!("customer={}", scene.petra.organization);
    let partner = format!("partner={}", scene.expert.organization);
    for (query, expected) in [
        ("standing=ended", vec![&other]),
        ("standing=in-force", vec![&scene.grant]),
        (&customer, vec![&scene.grant]),
        (&partner, vec![&other, &scene.grant]),
        ("standing=unused", vec![]),
    ] {
        let page = manager.get(&format!("{LIST}?{query}")).await.expect(200).json();
        let found: Vec<&str> = items(&page).iter().map(|l| l["id"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{query}");
    }
    let mut samir = Reader::of(&scene.world, &manager.email).await;
    let page = samir.open("/access").await;
    says(&page, "Letters of access");
    says(&page, "Moorhald");
    let narrowed = samir.open(&format!("/access?standing=in-force&{customer}")).await;
    says(&narrowed, "Fjordhaus Outdoor EU");
    says(&narrowed, "Letters that fit");
    assert!(!narrowed.text.contains("Moorhald Lodges"), "{}", narrowed.text);
    says(&samir.open("/access?standing=unused").await, "No letter fits");
    says(&samir.open("/access/letters.csv?standing=ended").await, "read-only");
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    assert_eq!(petra.open("/access/letters.csv").await.status, 403);
    says(&petra.open("/access").await, "In force");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_stops_one_and_only_the_customer_wakes_it() {
    let scene = Scene::new().await;
    let (world, petra) = (&scene.world, &scene.petra);
    let manager = world.vendor("program_manager").await;
    let support = world.vendor("support").await;
    let one = format!("{LIST}/{}", scene.grant);
    let rest = format!("{one}/rest");
    let why = json!({ "reason": "Its key was posted in a public place." });
    for who in [&support, petra, &scene.expert] {
        who.post(&rest, why.clone()).await.refused(403, "not-permitted");
    }
    let nobody = format!("{LIST}/{}/rest", scene.petra.organization);
    manager.post(&nobody, why.clone()).await.refused(404, "not-found");
    manager.post(&rest, json!({ "reason": " " })).await.refused(422, "invalid");
    scene.tool.get("/campaigns").await.expect(200);
    let stopped = manager.post(&rest, why.clone()).await.expect(200);
    assert_eq!(stopped.at("/standing"), "unused");
    assert_eq!(stopped.at("/program_reason"), "Its key was posted in a public place.");
    scene.tool.get("/campaigns").await.refused(403, "unused");
    manager.post(&rest, why).await.refused(409, "not-in-force");
    assert_eq!(manager.get(&one).await.expect(200).at("/standing"), "unused");
    let restore = format!("/v1/grants/{}/restore", scene.grant);
    for who in [&manager, &scene.expert] {
        who.post(&restore, json!({})).await.refused(403, "not-permitted");
    }
    let letter = petra.get(&format!("/v1/grants/{}", scene.grant)).await.expect(200);
    assert_eq!(letter.at("/program_reason"), "Its key was posted in a public place.");
    world.settle().await;
    for who in [petra, &scene.expert] {
        let told = who.get("/v1/notices").await.expect(200).json()["items"].to_string();
        assert!(told.contains("Its key was posted in a public place."), "{told}");
    }
    let trail = petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert!(trail.contains("access-rested"), "{trail}");
    let mut reader = Reader::of(world, &petra.email).await;
    let page = reader.open(&format!("/grants/{}", scene.grant)).await;
    says(&page, "It rests, stopped by the program for now");
    says(&page, "Its key was posted in a public place.");
    says(&page, "Audit record");
    petra.post(&restore, json!({})).await.expect(200);
    scene.tool.get("/campaigns").await.expect(200);
    // By the page, where a reason is wanted as well.
    let mut samir = Reader::of(world, &manager.email).await;
    let page = samir.open(&format!("/access/letters/{}", scene.grant)).await;
    let action = format!("/p/larkfield/access/letters/{}/stop", scene.grant);
    let bare = samir.send(&page.form(&action).unwrap()).await;
    says(&bare, "why it has to rest");
    let page = samir.send(&bare.form(&action).unwrap().set("reason", "A drill.")).await;
    says(&page, "The letter rests");
    says(&page, "The program let it rest");
    says(&page, "“A drill.”");
    scene.tool.get("/campaigns").await.refused(403, "unused");
    // Nobody else's deed rests a letter, whatever the program's code says.
    let owner = world.database.connect(Role::Owner).await;
    let vendor = world.larkfield.vendor;
    for (person, reason) in [(&scene.expert.person, "NULL"), (&support.person, "'Because'")] {
        let sql = format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             INSERT INTO grant_rests (vendor_id, grant_id, rested_by, program_reason)
             VALUES ('{vendor}', '{}', '{person}', {reason}); COMMIT;",
            scene.grant
        );
        let error = owner.batch_execute(&sql).await.expect_err("nobody's deed");
        owner.batch_execute("ROLLBACK").await.unwrap();
        let constraint = error.as_db_error().and_then(|e| e.constraint());
        assert_eq!(constraint, Some("grant_rests_by_a_side"));
    }
    scene.world.end().await;
}
