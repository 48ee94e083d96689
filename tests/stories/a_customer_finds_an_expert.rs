//! A customer writes a brief, posts it, and sees who fits it and why.

use crate::support::offers::{Shelf, change, publish};
use crate::support::together::post_at_once;
use crate::support::{Actor, World};
use chrono::Duration;
use serde_json::{Value, json};

/// A need that [`Shelf::default`] meets in everything.
pub fn brief(world: &World) -> Value {
    let need_by = (world.clock.now() + Duration::days(30)).date_naive();
    json!({
        "title": "Dealer leads go cold",
        "problem": "In ninety days 412 people asked for a dealer and few were called.",
        "skills": ["nurture-design", "lead-scoring"],
        "industry": "outdoor",
        "budget_min": { "minor": 700_000, "currency": "USD" },
        "budget_max": { "minor": 950_000, "currency": "USD" },
        "need_by": need_by,
        "languages": ["en", "de"],
        "overlap_minutes": 240,
        "zone": "Europe/Stockholm",
    })
}

/// The path of a brief that was just posted.
pub async fn posted(world: &World, customer: &Actor) -> String {
    let saved = customer.post("/v1/briefs", brief(world)).await.expect(201);
    let path = saved.header("location").unwrap().to_owned();
    customer.post(&format!("{path}/post"), json!({})).await.expect(200);
    path
}

fn names(matches: &Value) -> Vec<String> {
    let items = matches["items"].as_array().unwrap();
    items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

pub fn fields(answer: &Value) -> Vec<String> {
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|e| e["field"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_edited_posted_and_closed() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let saved = petra.post("/v1/briefs", brief(&world)).await.expect(201);
    assert_eq!(saved.at("/number"), "B-301");
    assert_eq!(saved.at("/state"), "draft");
    assert_eq!(saved.at("/skills/0/category"), "nurturing-campaign-design");
    let path = format!("/v1/briefs/{}", saved.id());
    let read = petra.get(&path).await.expect(200);
    let etag = read.header("etag").unwrap().to_owned();
    let mut other = brief(&world);
    other["title"] = json!("  <b>Dealer</b> leads ");
    other["skills"] = json!(["dashboards"]);
    petra.put(&path, other.clone()).await.refused(428, "if-match-wanted");
    let edited = petra.put_version(&path, &etag, other.clone()).await.expect(200);
    assert_eq!(edited.at("/title"), "<b>Dealer</b> leads");
    assert_eq!(edited.json()["skills"].as_array().unwrap().len(), 1);
    petra.put_version(&path, &etag, other.clone()).await.refused(412, "stale");
    petra.post(&format!("{path}/matches"), json!({})).await.refused(409, "brief-state");
    let posted = petra.post(&format!("{path}/post"), json!({})).await.expect(200);
    assert_eq!(posted.at("/state"), "open");
    petra.post(&format!("{path}/post"), json!({})).await.refused(409, "brief-state");
    let etag = petra.get(&path).await.header("etag").unwrap().to_owned();
    petra.put_version(&path, &etag, other).await.refused(409, "brief-state");
    let matches = petra.get(&format!("{path}/matches")).await.expect(200);
    assert_eq!(matches.at("/places"), "0");
    let closed = petra.post(&format!("{path}/close"), json!({})).await.expect(200);
    assert_eq!(closed.at("/state"), "closed");
    petra.post(&format!("{path}/close"), json!({})).await.refused(409, "brief-state");
    let second = petra.post("/v1/briefs", brief(&world)).await.expect(201);
    assert_eq!(second.at("/number"), "B-302");
    petra.post(&format!("/v1/briefs/{}/close", second.id()), json!({})).await.expect(200);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn briefs_are_listed_by_state_and_page() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let karin = world.customer("Moor Lodges").await;
    let path = posted(&world, &petra).await;
    for _ in 0..3 {
        petra.post("/v1/briefs", brief(&world)).await.expect(201);
    }
    let first = petra.get("/v1/briefs?limit=3").await.expect(200);
    assert_eq!(first.json()["items"].as_array().unwrap().len(), 3);
    let cursor = first.at("/next");
    let rest = petra.get(&format!("/v1/briefs?limit=3&cursor={cursor}")).await.expect(200);
    assert_eq!(format!("/v1/briefs/{}", rest.at("/items/0/id")), path);
    assert_eq!(rest.json()["next"], Value::Null);
    let stolen = format!("/v1/briefs?cursor={cursor}");
    karin.get(&stolen).await.refused(422, "bad-cursor");
    petra.get(&format!("/v1/briefs?state=draft&cursor={cursor}")).await.refused(422, "bad-cursor");
    petra.get("/v1/briefs?limit=101").await.refused(422, "invalid");
    let open = petra.get("/v1/briefs?state=open").await.expect(200);
    assert_eq!(open.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(karin.get("/v1/briefs").await.expect(200).json()["items"], json!([]));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn matches_explain_themselves_and_add_up() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let ines = world.consultant("Brandt Studio").await;
    let dele = world.consultant("Okafor Field").await;
    let best = publish(&world, &ines, Shelf::default()).await;
    let newcomer = Shelf { jobs: 0, languages: &["en"], ..Shelf::default() };
    publish(&world, &dele, newcomer).await;
    let path = posted(&world, &petra).await;
    let matches = petra.get(&format!("{path}/matches")).await.expect(200).json();
    assert_eq!(names(&matches), ["Brandt Studio", "Okafor Field"]);
    for item in matches["items"].as_array().unwrap() {
        let factors = item["factors"].as_array().unwrap();
        let sum: i64 = factors.iter().map(|f| f["points_milli"].as_i64().unwrap()).sum();
        assert_eq!(json!(sum), item["score_milli"]);
        let most: i64 = factors.iter().map(|f| f["of_milli"].as_i64().unwrap()).sum();
        assert_eq!(most, 100_000);
    }
    let (first, second) = (&matches["items"][0], &matches["items"][1]);
    assert_eq!(first["score_milli"], 100_000);
    assert_eq!(first["service"]["id"], best.service.to_string());
    assert_eq!(first["service"]["price"]["minor"], 760_000);
    assert_eq!(first["newcomer"], false);
    assert_eq!(first["watch_out"], "No published review yet, so nobody tells how it was.");
    assert_eq!(second["score_milli"], 82_500);
    assert_eq!(second["newcomer"], true);
    assert_eq!(second["watch_out"], "No finished job here yet, so nothing is proven.");
    assert_eq!(
        second["what_would_change"],
        concat!(
            "One more finished job in Nurturing design would add 3.0 and ",
            "keep place 2 with 85.5.",
        )
    );
    let again = petra.post(&format!("{path}/matches"), json!({})).await.expect(200).json();
    assert_eq!(names(&again), names(&matches));
    assert_eq!(again["items"][0]["factors"], first["factors"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_be_booked_are_matched() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let ines = world.consultant("Brandt Studio").await;
    let full = world.consultant("Full Book").await;
    let hidden = world.consultant("Hidden").await;
    let out = world.consultant("Out").await;
    let cousin = world.consultant("Cousin").await;
    publish(&world, &ines, Shelf::default()).await;
    publish(&world, &full, Shelf { accepting: false, ..Shelf::default() }).await;
    let unpublished = publish(&world, &hidden, Shelf::default()).await;
    publish(&world, &out, Shelf::default()).await;
    publish(&world, &cousin, Shelf::default()).await;
    let profile = unpublished.profile;
    change(&world, &format!("UPDATE profiles SET published_at = NULL WHERE id = '{profile}'"))
        .await;
    let suspend = format!(
        "UPDATE enrollments SET state = 'suspended' WHERE organization_id = '{}'",
        out.organization
    );
    change(&world, &suspend).await;
    // The cousin's owner also works for the customer.
    let seat = format!(
        "INSERT INTO memberships (id, person_id, vendor_id, organization_id,
             organization_kind, role)
         VALUES (gen_random_uuid(), '{}', '{}', '{}', 'customer', 'member')",
        cousin.person, world.larkfield.vendor, petra.organization
    );
    change(&world, &seat).await;
    let path = posted(&world, &petra).await;
    let matches = petra.get(&format!("{path}/matches")).await.expect(200);
    assert_eq!(names(&matches.json()), ["Brandt Studio"]);
    let back = format!(
        "UPDATE enrollments SET state = 'active' WHERE organization_id = '{}'",
        out.organization
    );
    change(&world, &back).await;
    let again = petra.post(&format!("{path}/matches"), json!({})).await.expect(200).json();
    assert_eq!(names(&again), ["Brandt Studio", "Out"]);
    // Who is not found any more is not shown, and the others keep their places.
    let gone = format!(
        "UPDATE enrollments SET state = 'suspended' WHERE organization_id = '{}'",
        ines.organization
    );
    change(&world, &gone).await;
    let left = petra.get(&format!("{path}/matches")).await.expect(200);
    assert_eq!(names(&left.json()), ["Out"]);
    assert_eq!((left.at("/items/0/place"), left.at("/places")), ("2".into(), "2".into()));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_are_shown_first_and_twenty_are_kept() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let partner = world.consultant("Brandt Studio").await;
    for n in 0..23 {
        let name = format!("Person {n}");
        let person = world.colleague(&partner, "partner", "consultant", &name).await;
        publish(&world, &person, Shelf { jobs: n % 7, ..Shelf::default() }).await;
    }
    let path = posted(&world, &petra).await;
    let shown = async |limit: &str| petra.get(&format!("{path}/matches{limit}")).await;
    let first = shown("").await.expect(200).json();
    assert_eq!(names(&first).len(), 5);
    assert_eq!(first["places"], 20);
    let all = shown("?limit=20").await.expect(200).json();
    let scores: Vec<i64> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["score_milli"].as_i64().unwrap())
        .collect();
    assert_eq!(scores.len(), 20);
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    for limit in ["?limit=0", "?limit=21", "?limit=-1"] {
        assert_eq!(fields(&shown(limit).await.refused(422, "invalid").json()), ["limit"]);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_is_its_customers_alone() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let member = world.colleague(&petra, "customer", "member", "Oskar Member").await;
    let karin = world.customer("Moor Lodges").await;
    let ines = world.consultant("Brandt Studio").await;
    let samir = world.vendor("program_manager").await;
    let path = posted(&world, &petra).await;
    member.get(&path).await.expect(200);
    member.post("/v1/briefs", brief(&world)).await.expect(201);
    let random = "/v1/briefs/01890000-0000-7000-8000-000000000000";
    for stranger in [&karin, &ines, &samir] {
        for part in ["", "/matches", "/invitations", "/proposals"] {
            let theirs = stranger.get(&format!("{path}{part}")).await.refused(404, "not-found");
            let nobodys = stranger.get(&format!("{random}{part}")).await.refused(404, "not-found");
            assert_eq!(theirs.bytes, nobodys.bytes);
        }
    }
    for deed in ["post", "close", "matches"] {
        let deed = format!("{path}/{deed}");
        karin.post(&deed, json!({})).await.refused(404, "not-found");
        ines.post(&deed, json!({})).await.refused(403, "not-permitted");
        samir.post(&deed, json!({})).await.refused(403, "not-permitted");
    }
    ines.post("/v1/briefs", brief(&world)).await.refused(403, "not-permitted");
    karin.put_version(&path, "\"1\"", brief(&world)).await.refused(404, "not-found");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_of_a_brief_is_named() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let yesterday = (world.clock.now() - Duration::days(2)).date_naive();
    let euro = |minor: i64| json!({ "minor": minor, "currency": "EUR" });
    let dollar = |minor: i64| json!({ "minor": minor, "currency": "USD" });
    let wrong = [
        ("title", json!("  "), "title"),
        ("problem", json!("x".repeat(8001)), "problem"),
        ("skills", json!([]), "skills"),
        ("skills", json!(["nurture-design", "juggling"]), "skills[1]"),
        ("industry", json!("circus"), "industry"),
        ("budget_min", dollar(-1), "budget_min"),
        ("budget_max", dollar(1), "budget_max"),
        ("budget_max", euro(900_000), "budget_max"),
        ("need_by", json!(yesterday), "need_by"),
        ("languages", json!(["english"]), "languages[0]"),
        ("overlap_minutes", json!(481), "overlap_minutes"),
        ("zone", json!("Middle/Earth"), "zone"),
    ];
    for (field, value, named) in wrong {
        let mut body = brief(&world);
        body[field] = value;
        let refused = petra.post("/v1/briefs", body).await.refused(422, "invalid");
        assert_eq!(fields(&refused.json()), [named]);
    }
    let mut unknown = brief(&world);
    unknown["state"] = json!("open");
    let status = petra.post("/v1/briefs", unknown).await.status;
    assert!([400, 422].contains(&status), "an unknown field is refused, not ignored: {status}");
    let mut several = brief(&world);
    several["title"] = json!("");
    several["skills"] = json!(["juggling"]);
    let refused = petra.post("/v1/briefs", several).await.refused(422, "invalid");
    assert_eq!(fields(&refused.json()), ["title", "skills[0]"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_waited_too_long_is_not_posted() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let saved = petra.post("/v1/briefs", brief(&world)).await.expect(201);
    world.advance(Duration::days(32)).await;
    let late = world.token(&petra.email).await;
    let petra = Actor { token: Some(late), ..petra };
    let path = format!("/v1/briefs/{}/post", saved.id());
    let refused = petra.post(&path, json!({})).await.refused(422, "invalid");
    assert_eq!(fields(&refused.json()), ["need_by"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_is_posted_once_however_often_it_is_clicked() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let ines = world.consultant("Brandt Studio").await;
    publish(&world, &ines, Shelf::default()).await;
    let saved = petra.post("/v1/briefs", brief(&world)).await.expect(201);
    let path = format!("/v1/briefs/{}", saved.id());
    let statuses = post_at_once(&petra, 8, &format!("{path}/post"), &json!({})).await;
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    let statuses = post_at_once(&petra, 8, &format!("{path}/matches"), &json!({})).await;
    assert_eq!(statuses, [200; 8]);
    let posted = world.sql("SELECT count(*) FROM events WHERE kind = 'brief-posted'").await;
    assert_eq!(posted[0].get::<_, i64>(0), 1);
    world.end().await;
}
