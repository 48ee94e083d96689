//! A service is offered by the hour: found, read, proposed from, and agreed to.

use crate::support::World;
use crate::support::reader::{Reader, says};
use serde_json::{Value, json};

fn profile() -> Value {
    json!({
        "headline": "Keeps leads warm", "about": "I start with the last ninety days.",
        "skills": ["nurture-design"], "industries": ["outdoor"], "languages": ["en"],
        "zone": "Europe/Lisbon", "works_from": "09:00", "works_until": "17:30",
        "accepting_clients": true,
    })
}

fn by_the_hour(rate: i64, cap: i32, weeks: i32) -> Value {
    json!({
        "title": "A hand on the tiller", "category": "nurturing-campaign-design",
        "outcome": "Your programmes keep running.", "includes": ["Small changes"],
        "excludes": ["Whole redesigns"], "prerequisites": [], "access": "author-drafts",
        "milestones": [],
        "hourly": {
            "rate": { "minor": rate, "currency": "USD" }, "cap_minutes": cap, "weeks": weeks,
        },
    })
}

const FOUND: &str = "/v1/programs/larkfield/experts";

#[tokio::test(flavor = "multi_thread")]
async fn it_is_offered_found_and_proposed_from() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let ines = world.consultant("Ines Brandt").await;
    ines.put("/v1/profile", profile()).await.expect(200);
    ines.post("/v1/profile/publish", json!({})).await.expect(200);
    let send =
        async |service: Value| ines.post("/v1/services", json!({ "service": service })).await;
    let wrong = send(by_the_hour(0, 30, 60)).await.refused(422, "invalid").json();
    let named: Vec<_> =
        wrong["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!(named, ["hourly.rate", "hourly.cap_minutes", "hourly.weeks"]);
    let mut both = by_the_hour(9_000, 600, 4);
    both["milestones"] =
        json!([{ "title": "Map", "delivers": "The map", "price_minor": 1, "days": 4 }]);
    assert_eq!(send(both).await.refused(422, "invalid").at("/errors/0/field"), "milestones");
    let made = send(by_the_hour(9_000, 600, 4)).await.expect(201);
    let path = format!("/v1/services/{}", made.id());
    assert_eq!(made.json()["hourly"]["most_a_week"]["minor"], 90_000);
    assert_eq!(made.json()["price_minor"], 360_000, "the most that all weeks cost");
    ines.post(&format!("{path}/publish"), json!({})).await.expect(200);

    let anyone = world.anyone();
    let found = async |query: &str| {
        let list = anyone.get(&format!("{FOUND}?{query}")).await.expect(200);
        list.json()["items"].as_array().unwrap().len()
    };
    assert_eq!(found("max_price_minor=359999").await, 0);
    assert_eq!(found("max_price_minor=360000&category=nurturing-campaign-design").await, 1);
    let seen = anyone.get(&format!("{FOUND}/ines-brandt")).await.expect(200).json();
    assert_eq!(seen["expert"]["offers"][0]["hourly"]["rate"]["minor"], 9_000, "{seen}");

    // A proposal begins with what is offered, over the API and on its page.
    let invitation = world.invited(&customer, &ines).await;
    let draft = format!("/v1/invitations/{invitation}/draft?service={}", made.id());
    let draft = ines.get(&draft).await.expect(200).json();
    assert_eq!(draft["proposal"]["hourly"]["cap_minutes"], 600, "{draft}");
    let mut reader = Reader::of(&world, &ines.email).await;
    let here = format!("/invitations/{invitation}/proposal");
    let page = reader.open(&format!("{here}?service={}", made.id())).await;
    says(&page, "A hand on the tiller, $90.00 an hour");
    says(&page, "name=\"rate\"");
    let form = page.form(&format!("/p/larkfield{here}")).unwrap();
    let form = form.set("note", "A few hours a week.");
    let seen = reader.send(&form.set("do", "preview")).await;
    says(&seen, "10 h, $900.00");
    says(&seen, "at most 4 weeks");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_written_and_read_on_pages() {
    let world = World::new().await;
    let ines = world.consultant("Ines Brandt").await;
    ines.put("/v1/profile", profile()).await.expect(200);
    ines.post("/v1/profile/publish", json!({})).await.expect(200);
    let mut reader = Reader::of(&world, &ines.email).await;
    says(&reader.open("/services/new").await, "By the hour");
    let page = reader.open("/services/new?by=hour").await;
    let form = page.form("/p/larkfield/services/new").unwrap();
    let form = form.set("title", "A hand on the tiller").set("outcome", "It runs.");
    let form = form.set("category", "nurturing-campaign-design").set("access", "author-drafts");
    let form = form.set("includes", "Small changes").set("excludes", "Whole redesigns");
    let form = form.set("rate", "90.00").set("weeks", "4");
    let wrong = reader.send(&form.clone().set("cap", "many")).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    says(&wrong, "Choose from 1 to 168 hours a week");
    says(&wrong, "value=\"90.00\"");
    let page = reader.send(&form.set("cap", "10")).await;
    says(&page, "Draft saved");
    says(&page, "$90.00 an hour");
    let id: String = world.sql("SELECT id::text FROM services").await[0].get(0);
    let offer = page.form(&format!("/p/larkfield/services/{id}/publish")).unwrap();
    says(&reader.send(&offer).await, "The service is offered");
    let page = reader.open("/experts/ines-brandt").await;
    says(&page, "$90.00 an hour");
    let page = reader.open("/experts/ines-brandt/services/a-hand-on-the-tiller").await;
    for words in ["By the hour", "10 h, $900.00", "at most 4 weeks", "never charged"] {
        says(&page, words);
    }
    says(&reader.open("/experts").await, "$90.00 an hour");
    // It becomes a package, and its rate is gone.
    let page = reader.open(&format!("/services/{id}?by=milestone")).await;
    let form = page.form(&format!("/p/larkfield/services/{id}")).unwrap();
    let form = form.set("category", "nurturing-campaign-design").set("outcome", "It runs.");
    let form = form.set("includes", "Small changes").set("excludes", "Whole redesigns");
    let form = form.set("m1_title", "Map").set("m1_delivers", "A map").set("m1_price", "800");
    says(&reader.send(&form.set("m1_days", "4")).await, "Service saved");
    let row = &world.sql("SELECT kind, rate_minor FROM services").await[0];
    assert_eq!((row.get::<_, String>(0), row.get::<_, Option<i64>>(1)), ("package".into(), None));
    world.end().await;
}
