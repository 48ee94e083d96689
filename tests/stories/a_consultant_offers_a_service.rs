//! A consultant writes a profile, offers a service, and is found by everyone.

use crate::support::{Actor, World, fixture};
use attache::postgres::Role;
use serde_json::{Value, json};

const FOUND: &str = "/v1/programs/larkfield/experts";

fn profile() -> Value {
    json!({
        "headline": "Rebuilds nurture programmes until sales trusts the leads again",
        "about": "I start with the last ninety days of hand-overs.",
        "skills": ["nurture-design", "lead-scoring"], "industries": ["outdoor"],
        "languages": ["en", "pt-br"], "zone": "Europe/Lisbon",
        "works_from": "09:00", "works_until": "17:30", "accepting_clients": true,
    })
}

fn service() -> Value {
    json!({
        "title": "Nurture audit", "category": "nurturing-campaign-design",
        "outcome": "You get a map of the leaks and what each costs a month.",
        "includes": ["Ninety days of leads followed"], "excludes": ["Changes in the account"],
        "prerequisites": ["Someone of sales for an hour"], "access": "read-only",
        "milestones": [
            { "title": "Map", "delivers": "The map", "price_minor": 120_000, "days": 4 },
            { "title": "Costs", "delivers": "The table", "price_minor": 60_000, "days": 2 },
        ],
    })
}

/// The body with one value changed.
fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

async fn published(consultant: &Actor) {
    consultant.put("/v1/profile", profile()).await.expect(200);
    consultant.post("/v1/profile/publish", json!({})).await.expect(200);
}

async fn offered(consultant: &Actor, body: Value) -> String {
    let new = consultant.post("/v1/services", json!({ "service": body })).await.expect(201);
    let path = format!("/v1/services/{}", new.id());
    assert_eq!(new.header("location"), Some(path.as_str()));
    consultant.post(&format!("{path}/publish"), json!({})).await.expect(200);
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_empty_page_to_the_directory() {
    let world = World::new().await;
    let ines = world.consultant("Ines Brandt").await;
    ines.get("/v1/profile").await.refused(404, "not-found");
    let bare = with(profile(), "/about", json!(""));
    let bare = with(bare, "/industries", json!([]));
    let first = ines.put("/v1/profile", bare).await.expect(200);
    assert_eq!(first.at("/slug"), "ines-brandt");
    assert_eq!(first.json()["languages"], json!(["en", "pt-BR"]));
    let refused = ines.post("/v1/profile/publish", json!({})).await.refused(422, "incomplete");
    let missing: Vec<_> =
        refused.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!(missing, ["about", "industries"]);
    let etag = first.header("etag").unwrap().to_owned();
    ines.put_version("/v1/profile", &etag, profile()).await.expect(200);
    let draft = ines.post("/v1/services", json!({ "service": service() })).await.expect(201);
    let path = format!("/v1/services/{}", draft.id());
    let early = ines.post(&format!("{path}/publish"), json!({})).await;
    early.refused(409, "profile-not-published");
    let anyone = world.anyone();
    let page = format!("{FOUND}/ines-brandt");
    anyone.get(&page).await.refused(404, "not-found");
    ines.post("/v1/profile/publish", json!({})).await.expect(200);
    let seen = anyone.get(&page).await.expect(200);
    assert_eq!(seen.json()["services"], json!([]), "a draft is seen by nobody");
    ines.post(&format!("{path}/publish"), json!({})).await.expect(200);
    let seen = anyone.get(&page).await.expect(200);
    assert_eq!(seen.at("/services/0/price_minor"), "180000");
    assert_eq!(seen.at("/services/0/currency"), "USD");
    assert_eq!(seen.at("/expert/offers/0/access"), "read-only");
    assert_eq!(seen.at("/expert/rating/reviews"), "0");
    ines.post(&format!("{path}/archive"), json!({})).await.expect(200);
    assert_eq!(anyone.get(&page).await.expect(200).json()["services"], json!([]));
    ines.put_version(&path, "\"3\"", service()).await.refused(409, "service-state");
    ines.post("/v1/profile/unpublish", json!({})).await.expect(200);
    anyone.get(&page).await.refused(404, "not-found");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_names_the_version_it_read() {
    let world = World::new().await;
    let ines = world.consultant("Ines Brandt").await;
    published(&ines).await;
    ines.put("/v1/profile", profile()).await.refused(428, "if-match-wanted");
    ines.put_version("/v1/profile", "\"1\"", profile()).await.refused(412, "stale");
    let hollow = with(profile(), "/about", json!(""));
    ines.put_version("/v1/profile", "\"2\"", hollow).await.refused(422, "incomplete");
    let path = offered(&ines, service()).await;
    ines.put(&path, service()).await.refused(428, "if-match-wanted");
    ines.put_version(&path, "\"1\"", service()).await.refused(412, "stale");
    let dearer = |n: i64| with(service(), "/milestones/0/price_minor", json!(120_000 + n));
    let edits = (0..8).map(|n| {
        let (ines, path) = (ines.clone(), path.clone());
        tokio::spawn(async move { ines.put_version(&path, "\"2\"", dearer(n)).await.status })
    });
    let mut statuses = Vec::new();
    for edit in edits.collect::<Vec<_>>() {
        statuses.push(edit.await.unwrap());
    }
    statuses.sort();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    assert_eq!(ines.get(&path).await.expect(200).header("etag"), Some("\"3\""));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_profile_is_made_once() {
    let world = World::new().await;
    let ines = world.consultant("Ines Brandt").await;
    let namesake = world.join("partner", "admin", "Ines Brandt").await;
    let first = (0..8).map(|_| {
        let ines = ines.clone();
        tokio::spawn(async move { ines.put("/v1/profile", profile()).await.status })
    });
    let mut statuses = Vec::new();
    for one in first.collect::<Vec<_>>() {
        statuses.push(one.await.unwrap());
    }
    statuses.sort();
    assert_eq!(statuses, [200, 428, 428, 428, 428, 428, 428, 428]);
    let other = namesake.put("/v1/profile", profile()).await.expect(200);
    assert_eq!(other.at("/slug"), "ines-brandt-2");
    let early = world.consultant("Rui Brandt").await;
    early.put_version("/v1/profile", "\"1\"", profile()).await.refused(412, "stale");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_partners_write_and_only_their_own() {
    let world = World::new().await;
    let ines = world.consultant("Ines Brandt").await;
    published(&ines).await;
    let path = offered(&ines, service()).await;
    let rival = world.consultant("Tomasz Wojcik").await;
    rival.put("/v1/profile", profile()).await.expect(200);
    rival.get(&path).await.refused(404, "not-found");
    rival.put_version(&path, "\"2\"", service()).await.refused(404, "not-found");
    rival.post(&format!("{path}/archive"), json!({})).await.refused(404, "not-found");
    rival.post(&format!("{path}/publish"), json!({})).await.refused(404, "not-found");
    let profile_id = ines.get("/v1/profile").await.expect(200).id();
    let on_hers = json!({ "profile": profile_id, "service": service() });
    rival.post("/v1/services", on_hers).await.refused(404, "not-found");
    let colleague = world.colleague(&ines, "partner", "consultant", "Rui Brandt").await;
    colleague.get(&path).await.expect(200);
    colleague.put_version(&path, "\"2\"", service()).await.refused(403, "not-permitted");
    let new = json!({ "service": service() });
    colleague.post("/v1/services", new.clone()).await.refused(403, "not-permitted");
    colleague.put("/v1/profile", profile()).await.expect(200);
    let petra = world.customer("Fjordhaus Outdoor").await;
    petra.get("/v1/profile").await.refused(403, "not-permitted");
    petra.put("/v1/profile", profile()).await.refused(403, "not-permitted");
    petra.get("/v1/services").await.refused(403, "not-permitted");
    petra.post("/v1/profile/publish", json!({})).await.refused(403, "not-permitted");
    suspend(&world, &ines).await;
    ines.put_version("/v1/profile", "\"2\"", profile()).await.refused(403, "not-enrolled");
    ines.post("/v1/profile/unpublish", json!({})).await.refused(403, "not-enrolled");
    ines.post("/v1/services", new).await.refused(403, "not-enrolled");
    ines.put_version(&path, "\"2\"", service()).await.refused(403, "not-enrolled");
    ines.get(&path).await.expect(200);
    world.anyone().get(&format!("{FOUND}/ines-brandt")).await.refused(404, "not-found");
    world.end().await;
}

async fn suspend(world: &World, of: &Actor) {
    let (vendor, organization) = (world.larkfield.vendor, &of.organization);
    let sql = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         UPDATE enrollments SET state = 'suspended' WHERE organization_id = '{organization}';
         COMMIT;"
    );
    world.database.connect(Role::Owner).await.batch_execute(&sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_named_field_by_field() {
    let world = World::new().await;
    let ines = world.consultant("Ines Brandt").await;
    let wrong = with(profile(), "/works_until", json!("08:00"));
    let wrong = with(wrong, "/zone", json!("Europe/Nowhere"));
    let wrong = with(wrong, "/skills/1", json!("juggling"));
    let fields = |answer: crate::support::Answer| -> Vec<String> {
        let body = answer.refused(422, "invalid").json();
        let errors = body["errors"].as_array().unwrap().iter();
        errors.map(|e| e["field"].as_str().unwrap().to_owned()).collect()
    };
    let named = fields(ines.put("/v1/profile", wrong).await);
    assert_eq!(named, ["skills[1]", "zone", "works_until"]);
    let mut extra = profile();
    extra["rating"] = json!(5);
    ines.put("/v1/profile", extra).await.refused(400, "unreadable-body");
    published(&ines).await;
    for price in [0, -1, 100_000_000_001_i64, i64::MAX] {
        let bad = with(service(), "/milestones/1/price_minor", json!(price));
        let answer = ines.post("/v1/services", json!({ "service": bad })).await;
        assert_eq!(fields(answer), ["milestones[1].price_minor"], "{price}");
    }
    let bad = with(service(), "/milestones", json!([]));
    let bad = with(bad, "/category", json!("juggling"));
    let bad = with(bad, "/title", json!("  "));
    let named = fields(ines.post("/v1/services", json!({ "service": bad })).await);
    assert_eq!(named, ["title", "category", "milestones"]);
    for (pointer, value) in
        [("/access", json!("everything")), ("/milestones/0/price_minor", json!(12.5))]
    {
        let bad = with(service(), pointer, value);
        let answer = ines.post("/v1/services", json!({ "service": bad })).await;
        answer.refused(400, "unreadable-body");
    }
    let unlimited = with(service(), "/excludes", json!([]));
    let draft = ines.post("/v1/services", json!({ "service": unlimited })).await.expect(201);
    let publish = format!("/v1/services/{}/publish", draft.id());
    let refused = ines.post(&publish, json!({})).await.refused(422, "incomplete");
    assert_eq!(refused.at("/errors/0/field"), "excludes");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_finds_by_what_they_ask() {
    let world = World::new().await;
    let ines = world.consultant("Ines Brandt").await;
    published(&ines).await;
    offered(&ines, service()).await;
    let malmo = world.consultant("Åsa Malmö").await;
    let other = with(profile(), "/languages", json!(["sv"]));
    let other = with(other, "/skills", json!(["dashboards"]));
    let other = with(other, "/accepting_clients", json!(false));
    malmo.put("/v1/profile", with(other, "/headline", json!("Reports"))).await.expect(200);
    malmo.post("/v1/profile/publish", json!({})).await.expect(200);
    let cheap = with(service(), "/category", json!("reporting"));
    let cheap = with(cheap, "/milestones/0/price_minor", json!(10_000));
    offered(&malmo, with(cheap, "/title", json!("Dashboard day"))).await;
    let anyone = world.anyone();
    let found = async |query: &str| -> Vec<String> {
        let answer = anyone.get(&format!("{FOUND}?{query}")).await.expect(200);
        let items = answer.json()["items"].as_array().unwrap().clone();
        items.iter().map(|e| e["slug"].as_str().unwrap().to_owned()).collect()
    };
    let (first, second) = ("ines-brandt", "asa-malmo");
    assert_eq!(found("sort=price").await, [second, first]);
    assert_eq!(found("q=%C3%A5sa").await, [second]);
    assert_eq!(found("q=malmo&sort=price").await, [second, first], "both houses are there");
    assert_eq!(found("q=dash").await, [second]);
    assert_eq!(found("q=nurture%20audit").await, [first]);
    assert_eq!(found("category=reporting").await, [second]);
    assert_eq!(found("skill=lead-scoring").await, [first]);
    assert_eq!(found("language=pt").await, [first]);
    assert_eq!(found("accepting=false").await, [second]);
    assert_eq!(found("industry=outdoor&max_price_minor=70000").await, [second]);
    assert_eq!(found("max_price_minor=100").await, [""; 0]);
    assert_eq!(found("skill=juggling").await, [""; 0]);
    let page = anyone.get(&format!("{FOUND}?sort=price&limit=1")).await.expect(200);
    assert_eq!(page.at("/items/0/slug"), second);
    let cursor = page.at("/next");
    assert_eq!(found(&format!("sort=price&limit=1&cursor={cursor}")).await, [first]);
    let elsewhere = format!("{FOUND}?sort=rating&limit=1&cursor={cursor}");
    anyone.get(&elsewhere).await.refused(422, "bad-cursor");
    anyone.get(&format!("{FOUND}?max_price_minor=0")).await.refused(422, "invalid");
    anyone.get(&format!("{FOUND}?price=5")).await.refused(400, "bad-query");
    let listed = ines.get("/v1/services?state=published").await.expect(200);
    assert_eq!(listed.at("/items/0/title"), "Nurture audit");
    assert_eq!(ines.get("/v1/services?state=draft").await.expect(200).json()["items"], json!([]));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_no_use_in_another_program() {
    let world = World::new().await;
    let owner = world.database.connect(Role::Owner).await;
    fixture::program(&owner, "moorgate").await;
    let ines = world.consultant("Ines Brandt").await;
    published(&ines).await;
    ines.get(FOUND).await.expect(200);
    for path in ["/v1/programs/moorgate/experts", "/v1/programs/moorgate/experts/ines-brandt"] {
        ines.get(path).await.refused(403, "token-of-another-program");
    }
    let anyone = world.anyone();
    let empty = anyone.get("/v1/programs/moorgate/experts").await.expect(200);
    assert_eq!(empty.json()["items"], json!([]));
    anyone.get("/v1/programs/moorgate/experts/ines-brandt").await.refused(404, "not-found");
    anyone.get("/v1/programs/nowhere/experts").await.refused(404, "not-found");
    let stranger = Actor { token: Some("att_nonsense".to_owned()), ..anyone };
    stranger.get(FOUND).await.refused(401, "unauthenticated");
    world.end().await;
}
