//! A person's work ends in one act: looked at before, proven afterwards, and for good.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::neighbours;
use crate::support::reader::{Reader, says};
use crate::support::together::send_at_once;
use crate::support::{Actor, Session, World};
use api::access::verify_receipt;
use attache::postgres::Role;
use reqwest::Method;
use serde_json::{Value, json};

/// Jonas Berg of Brandt works for two customers; Brandt's other owner ends that.
struct Scene {
    world: World,
    petra: Actor,
    karin: Actor,
    jonas: Actor,
    owner: Actor,
    hers: Tool,
    karins: Tool,
    /// Jonas's departure.
    path: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let karin = world.customer("Moorhald").await;
        let jonas = world.consultant("Jonas Berg").await;
        let owner = world.colleague(&jonas, "partner", "owner", "Mia Brandt").await;
        let hers = letter(&world, (&petra, &jonas), PETRA).await;
        let karins = letter(&world, (&karin, &jonas), "karin@moorhald.example").await;
        let path = departure(&world, &jonas).await;
        Self { world, petra, karin, jonas, owner, hers, karins, path }
    }
}

async fn letter(world: &World, parties: (&Actor, &Actor), member: &str) -> Tool {
    let (engagement, _) = world.active(parties.0, parties.1, &[10_000, 20_000]).await;
    let connection = world.connects(parties.0, member).await;
    let grant = world.grants(parties, &engagement, &connection, "author-drafts").await;
    Tool::with_key(parties.1, &grant).await
}

async fn seat(world: &World, of: &Actor) -> String {
    let (person, organization) = (&of.person, &of.organization);
    let sql = format!(
        "SELECT id::text FROM memberships WHERE person_id = '{person}'
         AND organization_id = '{organization}'"
    );
    world.sql(&sql).await[0].get(0)
}

async fn departure(world: &World, of: &Actor) -> String {
    format!("/v1/members/{}/departure", seat(world, of).await)
}

fn letters(of: &Value) -> Vec<&Value> {
    let programs = of["programs"].as_array().unwrap();
    programs.iter().flat_map(|program| program["letters"].as_array().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_end_is_told_before_and_proven_after() {
    let scene = Scene::new().await;
    let Scene { world, petra, owner, hers, karins, path, .. } = &scene;
    hers.get("/account").await.expect(200);
    let before = owner.get(path).await.expect(200).json();
    assert_eq!((&before["ended_at"], &before["hindered_by"]), (&Value::Null, &Value::Null));
    assert_eq!((letters(&before).len(), &before["customers"]), (2, &json!(2)), "{before}");
    let work = &before["programs"][0]["engagements"];
    assert_eq!(work.as_array().unwrap().len(), 2, "{work}");
    assert_eq!((&work[0]["open_milestones"], &work[0]["held_milestones"]), (&json!(2), &json!(1)));
    owner.get(&format!("{path}/receipt")).await.refused(409, "not-ended");
    for tool in [hers, karins] {
        tool.get("/account").await.expect(200);
    }
    world.forgets().await;
    let after = owner.post(path, json!({})).await.expect(200).json();
    for tool in [hers, karins] {
        tool.get("/account").await.refused(403, "grant-ended");
    }
    assert!(world.hits().await.is_empty(), "not one call went out after it");
    assert!(after["ended_at"].is_string(), "{after}");
    world.settle().await;
    let proof = owner.get(path).await.expect(200).json();
    assert_eq!(proof["ended_by"], "Mia Brandt");
    assert_eq!(proof["proven"], true);
    for letter in letters(&proof) {
        assert!(letter["ended_at"].is_string() && letter["last_call_at"].is_string(), "{letter}");
        assert_eq!(letter["last_call"], "Looked at the account");
        let counted = (&letter["begun_after"], &letter["refused_since"]);
        assert_eq!(counted, (&json!(0), &json!(1)));
        assert!(letter["can"].as_array().unwrap().len() > 2, "{letter}");
    }
    let signed = owner.get(&format!("{path}/receipt")).await.expect(200).text();
    let key = petra.get("/v1/audit-trail/key").await.expect(200).at("/public");
    let said: Value = serde_json::from_str(&verify_receipt(&signed, Some(&key)).unwrap()).unwrap();
    assert_eq!((&said["kind"], &said["person"]), (&json!("work-ended"), &json!("Jonas Berg")));
    let ends = said["programs"][0]["letters"].as_array().unwrap();
    assert_eq!(ends.len(), 2, "{said}");
    assert!(ends.iter().all(|end| end["ended_at"] == said["ended_at"]), "{said}");
    assert!(ends.iter().all(|end| end["log"]["silent"] == json!([])), "it was waited for: {said}");
    assert_eq!(
        (&ends[0]["customer"], &ends[1]["customer"]),
        (&json!("Fjordhaus"), &json!("Moorhald"))
    );
    assert_eq!(ends[0]["reason"], "Jonas Berg no longer works for Jonas Berg");
    let csv = owner.get(&format!("{path}.csv")).await.expect(200).text();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    let own = petra.get(&format!("/v1/grants/{}/receipt", hers.grant)).await.expect(200).text();
    let own: Value = serde_json::from_str(&verify_receipt(&own, Some(&key)).unwrap()).unwrap();
    assert_eq!(own["seat_ended_at"], said["ended_at"], "the customer's receipt says the same");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_customers_and_the_person_hear_of_it() {
    let scene = Scene::new().await;
    let Scene { world, petra, karin, jonas, owner, path, .. } = &scene;
    owner.post(path, json!({})).await.expect(200);
    world.settle().await;
    for customer in [petra, karin] {
        let mails = world.mails_to(&customer.email).await;
        let told = mails.iter().find(|m| m["subject"].as_str().unwrap().contains("has ended"));
        let told = told.unwrap_or_else(|| panic!("{mails:#?}"))["text"].as_str().unwrap();
        assert!(told.contains("Jonas Berg no longer works for Jonas Berg"), "{told}");
    }
    let theirs = world.mails_to(&jonas.email).await;
    let subjects: Vec<&str> = theirs.iter().filter_map(|m| m["subject"].as_str()).collect();
    assert!(subjects.contains(&"Your seat at Jonas Berg has ended"), "{subjects:?}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_done_once_however_often_it_is_pressed() {
    let scene = Scene::new().await;
    let Scene { world, owner, path, .. } = &scene;
    let answers = send_at_once(owner, 6, Method::POST, path, &json!({})).await;
    let first = answers[0].json()["ended_at"].clone();
    for answer in answers {
        assert_eq!(answer.expect(200).json()["ended_at"], first);
    }
    world.settle().await;
    let facts = "SELECT count(*) FROM events WHERE kind = 'membership-ended'";
    assert_eq!(world.sql(facts).await[0].get::<_, i64>(0), 1);
    let ends = "SELECT count(*) FROM events WHERE kind = 'access-ended'";
    assert_eq!(world.sql(ends).await[0].get::<_, i64>(0), 2);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_ends_their_own_work_an_owners_or_the_last_owners() {
    let scene = Scene::new().await;
    let Scene { world, petra, jonas, owner, hers, path, .. } = &scene;
    jonas.post(path, json!({})).await.refused(409, "own-work");
    petra.get(path).await.refused(403, "not-permitted");
    world.consultant("Another House").await.post(path, json!({})).await.refused(404, "not-found");
    let admin = world.colleague(owner, "partner", "admin", "Ada").await;
    assert_eq!(admin.get(path).await.expect(200).json()["hindered_by"], "owners-only");
    admin.post(path, json!({})).await.refused(403, "owners-only");
    let expert = world.colleague(owner, "partner", "consultant", "Cleo").await;
    expert.post(path, json!({})).await.refused(403, "not-permitted");
    let samir = world.vendor("program_manager").await;
    world.vendor("support").await.post(path, json!({})).await.refused(403, "not-permitted");
    let customers = departure(world, petra).await;
    samir.post(&customers, json!({})).await.refused(404, "not-found");
    hers.get("/account").await.expect(200);
    owner.post(&departure(world, &admin).await, json!({})).await.expect(200);
    samir.post(path, json!({})).await.expect(200);
    hers.get("/account").await.refused(403, "grant-ended");
    let last = departure(world, owner).await;
    assert_eq!(samir.get(&last).await.expect(200).json()["hindered_by"], "last-owner");
    samir.post(&last, json!({})).await.refused(409, "last-owner");
    let people = format!("/v1/partners/{}/people", owner.organization);
    let people = samir.get(&people).await.expect(200).json();
    assert_eq!(people["departed"].as_array().unwrap().len(), 2, "{people}");
    assert_eq!(people["people"].as_array().unwrap().len(), 2, "{people}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_commit_ends_it_in_every_program() {
    let Scene { mut world, jonas, owner, hers, karins, path, .. } = Scene::new().await;
    let moorgate = neighbours::other_program(&world, "moorgate").await;
    let larkfield = std::mem::replace(&mut world.larkfield, moorgate);
    let customer = world.customer("Haldane").await;
    let there = world.consultant("Jonas Berg").await;
    let boss = world.colleague(&there, "partner", "owner", "Mia Brandt").await;
    assert_eq!((&there.person, &boss.person), (&jonas.person, &owner.person));
    let theirs = letter(&world, (&customer, &there), PETRA).await;
    world.larkfield = larkfield;
    for tool in [&hers, &karins, &theirs] {
        tool.get("/account").await.expect(200);
    }
    let by_token = owner.get(&path).await.expect(200).json();
    assert_eq!(by_token["programs"].as_array().unwrap().len(), 1, "a token stays in its program");
    let session = Session::acting(&world, &owner.email, &owner.organization).await;
    let before = session.get(&path).await.expect(200).json();
    assert_eq!(before["programs"].as_array().unwrap().len(), 2, "{before}");
    assert_eq!((letters(&before).len(), &before["customers"]), (3, &json!(3)));
    session.post(&path, json!({})).await.expect(200);
    for tool in [&hers, &karins, &theirs] {
        tool.get("/account").await.refused(403, "grant-ended");
    }
    world.settle().await;
    let proof = session.get(&path).await.expect(200).json();
    assert_eq!(proof["proven"], true);
    assert_eq!(letters(&proof).len(), 3);
    let ends = "SELECT count(DISTINCT ended_at) FROM memberships WHERE ended_at IS NOT NULL";
    assert_eq!(world.sql(ends).await[0].get::<_, i64>(0), 1, "one commit, one moment");
    let mails = world.mails_to(&customer.email).await;
    assert!(mails.iter().any(|m| m["text"].as_str().unwrap().contains("no longer works for")));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_joins_again_holds_nothing_of_before() {
    let scene = Scene::new().await;
    let Scene { world, jonas, owner, hers, path, .. } = &scene;
    owner.post(path, json!({})).await.expect(200);
    let database = world.database.connect(Role::Owner).await;
    let (vendor, person, organization) =
        (world.larkfield.vendor, &jonas.person, &jonas.organization);
    let back = format!(
        "INSERT INTO memberships
             (id, person_id, vendor_id, organization_id, organization_kind, role)
         VALUES (gen_random_uuid(), '{person}', '{vendor}', '{organization}', 'partner',
             'consultant')"
    );
    database.batch_execute(&back).await.unwrap();
    hers.get("/account").await.refused(403, "grant-ended");
    world.settle().await;
    hers.get("/account").await.refused(403, "grant-ended");
    let app = world.database.connect(Role::App).await;
    let reopen =
        "UPDATE memberships SET ended_at = NULL, ended_by = NULL WHERE ended_at IS NOT NULL";
    let refused = app.batch_execute(reopen).await.unwrap_err();
    let named = refused.as_db_error().and_then(|e| e.constraint()).map(str::to_owned);
    assert_eq!(named.as_deref(), Some("memberships_end_is_final"));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_and_the_end_of_its_seat_wait_for_each_other() {
    let scene = Scene::new().await;
    let Scene { world, petra, owner, .. } = &scene;
    let cleo = world.colleague(owner, "partner", "consultant", "Cleo").await;
    let path = departure(world, &cleo).await;
    let list = petra.get("/v1/connections").await.expect(200).json();
    let (connection, engagement) = (
        list[0]["id"].as_str().unwrap().to_owned(),
        petra.get("/v1/engagements").await.expect(200).at("/items/0/id"),
    );
    let choice = json!({ "connection": connection, "preset": "read-only", "asks": [] });
    let preview = petra.post("/v1/grants/preview", choice.clone()).await.expect(200);
    let mut order = choice;
    order["consultant"] = json!(cleo.person);
    order["terms_hash"] = json!(preview.at("/terms_hash"));
    let grants = format!("/v1/engagements/{engagement}/grants");
    let (granted, ended) = tokio::join!(petra.post(&grants, order), owner.post(&path, json!({})));
    ended.expect(200);
    assert!([201, 409, 422].contains(&granted.status), "{}", granted.text());
    world.settle().await;
    let open = format!(
        "SELECT count(*) FROM grants WHERE consultant_id = '{}' AND ended_at IS NULL",
        cleo.person
    );
    assert_eq!(world.sql(&open).await[0].get::<_, i64>(0), 0);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_show_what_ends_and_the_proof() {
    let scene = Scene::new().await;
    let Scene { world, jonas, owner, hers, .. } = &scene;
    hers.get("/account").await.expect(200);
    let mut mia = Reader::of(world, &owner.email).await;
    let seat = seat(world, jonas).await;
    let members = mia.open("/members").await;
    says(&members, &format!("/members/{seat}/departure"));
    let place = format!("/members/{seat}/departure");
    let page = mia.open(&place).await;
    for words in ["2 letters of access at 2 customers", "There is no undo", "Dealer nurture"] {
        says(&page, words);
    }
    let form = page.form(&format!("/p/larkfield{place}")).unwrap();
    let proof = mia.send(&form).await;
    says(&proof, "The work of Jonas Berg has ended");
    let again = mia.send(&form).await;
    says(&again, "The work of Jonas Berg has ended");
    world.settle().await;
    let proof = mia.open(&place).await;
    says(&proof, "No call was let through after it");
    let file = mia.open(&format!("{place}/receipt.json")).await;
    assert!(verify_receipt(&file.text, None).is_ok(), "{}", file.text);
    says(&mia.open("/members").await, "No longer here");
    let samir = world.vendor("program_manager").await;
    let mut samir = Reader::of(world, &samir.email).await;
    let people = format!("/partners/{}/people", owner.organization);
    says(&samir.open(&people).await, "Mia Brandt");
    says(&samir.open(&place).await, "Signed proof");
    scene.world.end().await;
}
