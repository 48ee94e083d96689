//! The life of a letter before it works: a draft of one side, a request that is frozen when it is
//! sent, a yes within it, and agreed with its beginning still to come.

use crate::support::actor::PASSWORD;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer, World};
use attache::postgres::Role;
use chrono::Duration;
use serde_json::{Value, json};

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
        let petra = world.customer("Petra Fjordhaus").await;
        let expert = world.consultant("Ines Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        Self { world, petra, expert, engagement, connection }
    }

    fn at(&self, tail: &str) -> String {
        format!("/v1/engagements/{}/{tail}", self.engagement)
    }

    /// Drafts and texts of one list, without what schedules, asked first, for 30 days.
    fn wish() -> Value {
        json!({
            "upstream": "larkfield", "preset": "run-campaigns",
            "without": ["create-lists", "see-contacts", "see-list-members"],
            "without_operations": ["schedule-campaign"], "asks": ["send-campaigns"],
            "budgets": { "recipients": 500 }, "days": 30,
        })
    }

    async fn asks(&self, wish: &Value) -> Value {
        let mut wish = wish.clone();
        wish["reason"] = json!("The spring mails.");
        self.expert.post(&self.at("access-requests"), wish).await.expect(201).json()
    }

    /// The customer's answer to a request, after looking at what it would give.
    async fn answers(&self, request: &Value, choice: Value) -> Answer {
        let mut look = choice.clone();
        look["connection"] = json!(self.connection);
        look["request"] = request["id"].clone();
        look.as_object_mut().unwrap().remove("last_day");
        let preview = self.petra.post("/v1/grants/preview", look).await.expect(200);
        let mut yes = choice;
        yes["connection"] = json!(self.connection);
        yes["terms_hash"] = json!(preview.at("/terms_hash"));
        yes["requested_hash"] = request["requested"]["terms_hash"].clone();
        yes["password"] = json!(PASSWORD);
        let allow = format!("/v1/grants/{}/allow", request["id"].as_str().unwrap());
        self.petra.post(&allow, yes).await
    }

    /// The constraint by which the database refuses this to the program's own role.
    async fn forbidden(&self, sql: &str) -> String {
        let app = self.world.database.connect(Role::App).await;
        let vendor = self.world.larkfield.vendor;
        let whole =
            format!("BEGIN; SELECT set_config('attache.vendor', '{vendor}', true); {sql}; COMMIT");
        let error = app.batch_execute(&whole).await.expect_err(sql);
        let rule = error.as_db_error().and_then(|e| e.constraint().map(str::to_owned));
        rule.unwrap_or_else(|| error.to_string())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_its_own_sides_until_it_is_sent() {
    let scene = Scene::new().await;
    let Scene { world, petra, expert, .. } = &scene;
    let drafts = scene.at("access-drafts");
    petra.post(&drafts, Scene::wish()).await.refused(403, "not-permitted");
    let draft = expert.post(&drafts, Scene::wish()).await.expect(201);
    assert_eq!((draft.at("/stage"), draft.at("/reason")), ("draft".into(), String::new()));
    let here = format!("/v1/access-drafts/{}", draft.id());
    // Nobody but its side reads it, and nobody hears of it.
    let colleague = world.colleague(expert, "partner", "consultant", "Ines Brandt").await;
    let rival = world.consultant("Other House").await;
    petra.get(&here).await.refused(403, "not-permitted");
    for stranger in [&colleague, &rival] {
        stranger.get(&here).await.refused(404, "not-found");
        stranger.post(&format!("{here}/send"), json!({})).await.refused(404, "not-found");
        stranger.delete(&here).await.refused(404, "not-found");
        assert_eq!(stranger.get("/v1/access-drafts").await.expect(200).json(), json!([]));
    }
    world.settle().await;
    let heard = petra.get("/v1/notices").await.expect(200).text();
    assert!(!heard.contains("asks for access"), "{heard}");
    assert_eq!(petra.get("/v1/grants").await.expect(200).json()["items"], json!([]));
    // It comes back as it was, is changed by its version, and wants a reason only when it is sent.
    let read = expert.get(&here).await.expect(200);
    assert_eq!(read.json()["without_operations"], json!(["schedule-campaign"]));
    assert_eq!(read.json()["budgets"]["recipients"], 500);
    expert.post(&format!("{here}/send"), json!({})).await.refused(422, "invalid");
    let mut better = Scene::wish();
    better["reason"] = json!("The spring mails.");
    expert.put(&here, better.clone()).await.refused(428, "if-match-wanted");
    expert.put_version(&here, "\"1\"", better.clone()).await.expect(200);
    expert.put_version(&here, "\"1\"", better).await.refused(412, "stale");
    let nonsense = json!({ "upstream": "larkfield", "preset": "run-campaigns", "days": 181 });
    expert.post(&drafts, nonsense).await.refused(422, "invalid");
    let sent = expert.post(&format!("{here}/send"), json!({})).await.expect(201).json();
    assert_eq!((&sent["stage"], &sent["requested"]["days"]), (&json!("requested"), &json!(30)));
    expert.get(&here).await.refused(404, "not-found");
    expert.post(&format!("{here}/send"), json!({})).await.refused(404, "not-found");
    world.settle().await;
    let heard = petra.get("/v1/notices").await.expect(200).text();
    assert!(heard.contains("asks for access"), "{heard}");
    // One that is thrown away is gone; the database keeps a draft whose it is.
    let second = expert.post(&drafts, Scene::wish()).await.expect(201).id();
    let other = format!(
        "UPDATE grant_drafts SET version = version + 1, consultant_id = '{}' WHERE id = '{second}'",
        petra.person
    );
    assert_eq!(scene.forbidden(&other).await, "grant_drafts_for_ones_own");
    expert.delete(&format!("/v1/access-drafts/{second}")).await.expect(204);
    expert.delete(&format!("/v1/access-drafts/{second}")).await.refused(404, "not-found");
    scene.world.end().await;
}

/// What was asked for a week is given for a week, whether the yes says so or nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_yes_is_for_no_longer_than_was_asked() {
    let scene = Scene::new().await;
    let Scene { world, petra, expert, engagement, .. } = &scene;
    let mut wish = Scene::wish();
    wish["days"] = json!(7);
    let request = scene.asks(&wish).await;
    let choice = |day: Option<i64>| {
        let mut choice = json!({ "preset": "run-campaigns" });
        if let Some(day) = day {
            choice["last_day"] = json!((world.clock.now() + Duration::days(day)).date_naive());
        }
        choice
    };
    let longer = scene.answers(&request, choice(Some(30))).await.refused(422, "invalid");
    assert_eq!(longer.at("/errors/0/field"), "last_day");
    let mut past = choice(None);
    past["starts_on"] = json!("2020-01-01");
    past["connection"] = json!(scene.connection);
    let past = petra.post("/v1/grants/preview", past).await.refused(422, "invalid");
    assert_eq!(past.at("/errors/0/field"), "starts_on");
    let id = request["id"].as_str().unwrap();
    let page = format!("/engagements/{engagement}/access?request={id}");
    let page = Reader::of(world, &petra.email).await.open(&page).await;
    says(&page, "For 7 days");
    for not_offered in ["For 30 days", "at the latest", "Full operator"] {
        assert!(!page.text.contains(not_offered), "{not_offered}");
    }
    let given = scene.answers(&request, choice(None)).await.expect(200);
    let until: chrono::DateTime<chrono::Utc> = given.at("/valid_until").parse().unwrap();
    let days = (until - world.clock.now()).num_hours();
    assert!((7 * 24 - 14..=8 * 24 + 14).contains(&days), "{until}");
    let tool = Tool::with_key(expert, id).await;
    tool.get("/lists").await.expect(200);
    world.advance(Duration::hours(days + 1)).await;
    tool.get("/lists").await.refused(403, "expired");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_is_frozen_and_a_yes_stays_within_it() {
    let scene = Scene::new().await;
    let Scene { world, petra, expert, .. } = &scene;
    let request = scene.asks(&Scene::wish()).await;
    let id = request["id"].as_str().unwrap();
    assert_eq!(request["requested"]["terms_hash"], request["terms_hash"]);
    // Nobody changes what was asked, and no yes of the program's own role exceeds it.
    let wider = "terms = replace(terms, '\"recipients\":500', '\"recipients\":501')";
    let hash = "terms_hash = sha256(convert_to(replace(terms, '\"recipients\":500',
        '\"recipients\":501'), 'UTF8'))";
    let edit = format!("UPDATE grants SET {wider}, {hash} WHERE id = '{id}'");
    assert_eq!(scene.forbidden(&edit).await, "grants_request_frozen");
    let forced = format!(
        "UPDATE grants SET {wider}, {hash}, state = 'active', connection_id = '{}',
            granted_by = '{}', granted_at = app_now(), valid_until = app_now() + interval '1 day'
         WHERE id = '{id}'",
        scene.connection, petra.person
    );
    assert_eq!(scene.forbidden(&forced).await, "grants_within_request");
    // A yes names what was asked for.
    let plain = json!({ "preset": "run-campaigns", "asks": [] });
    let mut other = request.clone();
    other["requested"]["terms_hash"] = json!("00".repeat(32));
    scene.answers(&other, plain).await.refused(409, "request-changed");
    // Whatever is chosen, nothing goes beyond it: neither a wider start, nor a larger budget, nor
    // less that is asked first.
    let all = json!({ "preset": "full-operator", "asks": [], "budgets": { "recipients": 9000 } });
    let letter = scene.answers(&request, all).await.expect(200).json();
    assert_eq!((&letter["stage"], &letter["preset"]), (&json!("active"), &json!("run-campaigns")));
    assert_eq!(letter["terms_hash"], request["terms_hash"], "exactly what was asked for");
    assert_eq!(letter["requested"], request["requested"]);
    let tool = Tool::with_key(expert, id).await;
    tool.get("/campaigns").await.expect(200);
    for (path, body) in [("/lists", json!({ "name": "x" })), ("/contacts/export", json!({}))] {
        tool.post(path, body).await.refused(403, "operation-denied");
    }
    tool.get("/contacts").await.refused(403, "operation-denied");
    let kept = world.sql("SELECT encode(terms_hash, 'hex') FROM grant_requests").await;
    let kept: String = kept[0].get(0);
    assert_eq!(json!(kept), request["terms_hash"]);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agreed_is_not_begun_before_its_day() {
    let scene = Scene::new().await;
    let Scene { world, petra, expert, .. } = &scene;
    let day = |days: i64| (world.clock.now() + Duration::days(days)).date_naive();
    let request = scene.asks(&json!({ "upstream": "larkfield", "preset": "read-only" })).await;
    let id = request["id"].as_str().unwrap();
    let never = json!({ "preset": "read-only", "starts_on": day(20), "last_day": day(10) });
    assert_eq!(request["stage"], "requested");
    let wrong = scene.answers(&request, never).await.refused(422, "invalid");
    assert_eq!(wrong.at("/errors/0/field"), "starts_on");
    let later = json!({ "preset": "read-only", "starts_on": day(40), "last_day": day(90) });
    let letter = scene.answers(&request, later).await.expect(200);
    let (stage, standing) = (letter.at("/stage"), letter.at("/standing"));
    assert_eq!((stage.as_str(), standing.as_str()), ("approved", "not-begun"));
    let says_when = format!("Agreed, begins on {}.", day(40).format("%-d %B %Y"));
    let mut owner = Reader::of(world, &petra.email).await;
    says(&owner.open("/access").await, &says_when);
    let page = owner.open(&format!("/grants/{id}")).await;
    says(&page, &format!("do any of this before {}", day(40).format("%-d %B %Y")));
    let keys = format!("/v1/grants/{id}/keys");
    expert.post(&keys, json!({ "name": "early" })).await.refused(409, "not-in-force");
    // Waiting is no rest, however long; its day begins in the customer's own zone.
    world.advance(Duration::days(38)).await;
    world.settle().await;
    let here = petra.get(&format!("/v1/grants/{id}")).await.expect(200);
    assert_eq!(here.at("/standing"), "not-begun");
    world.advance(Duration::days(3)).await;
    let here = petra.get(&format!("/v1/grants/{id}")).await.expect(200);
    assert_eq!((here.at("/stage"), here.at("/standing")), ("active".into(), "in-force".into()));
    let tool = Tool::with_key(expert, id).await;
    tool.get("/account").await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_written_kept_and_sent_by_the_pages() {
    let scene = Scene::new().await;
    let Scene { world, petra, expert, engagement, .. } = &scene;
    let mut ines = Reader::of(world, &expert.email).await;
    let ask = format!("/engagements/{engagement}/access");
    let action = format!("/p/larkfield{ask}/request");
    let form =
        ines.open(&ask).await.form(&action).unwrap().set("preset", "larkfield/run-campaigns");
    let detail = ines.send(&form.set("do", "show")).await;
    says(&detail, "What you ask for");
    let form = detail.form(&action).unwrap();
    let mut form = form;
    let left_out = |field: &(String, String)| {
        let (name, value) = (field.0.as_str(), field.1.as_str());
        matches!((name, value), ("can", "create-lists") | ("call", "schedule-campaign"))
    };
    form.fields.retain(|field| !left_out(field));
    let form = form.set("budget_recipients", "500").set("days", "30").set("do", "draft");
    let kept = ines.send(&form).await;
    says(&kept, "Kept as a draft");
    let list = ines.open("/access").await;
    says(&list, "Yours alone until you send them");
    let mut owner = Reader::of(world, &petra.email).await;
    assert!(!owner.open("/access").await.text.contains("Drafts"), "no customer reads one");
    // It comes back as it was left; without a reason it is not sent, and stays.
    let form = kept.form(&action).unwrap().set("do", "");
    let again = ines.send(&form).await;
    assert_eq!(again.status, 422, "{}", again.text);
    let draft = expert.get("/v1/access-drafts").await.expect(200).json()[0].clone();
    assert_eq!(draft["without"], json!(["create-lists"]));
    assert_eq!(draft["without_operations"], json!(["schedule-campaign"]));
    assert_eq!((&draft["days"], &draft["budgets"]["recipients"]), (&json!(30), &json!(500)));
    let page = format!("{ask}?draft={}", draft["id"].as_str().unwrap());
    let form = ines.open(&page).await.form(&action).unwrap();
    let sent = ines.send(&form.set("reason", "The spring mails.").set("do", "")).await;
    says(&sent, "Petra Fjordhaus was asked");
    assert_eq!(expert.get("/v1/access-drafts").await.expect(200).json(), json!([]));
    // The customer's page begins from what was asked, and names it.
    let asked = petra.get("/v1/grants").await.expect(200).json()["items"][0].clone();
    let consent = owner.open(&format!("{ask}?request={}", asked["id"].as_str().unwrap())).await;
    says(&consent, asked["requested"]["terms_hash"].as_str().unwrap());
    says(&consent, "for 30 days");
    let form = consent.form(&format!("/p/larkfield{ask}")).unwrap();
    let given = owner.send(&form.set("password", PASSWORD)).await;
    says(&given, "Ines may work in Fjordhaus Outdoor EU");
    let letter = petra.get("/v1/grants").await.expect(200).json()["items"][0].clone();
    assert_eq!(letter["stage"], "active");
    assert_eq!(letter["terms_hash"], asked["terms_hash"]);
    // A second draft is thrown away.
    let second = json!({ "upstream": "larkfield", "preset": "read-only" });
    let second = expert.post(&scene.at("access-drafts"), second).await.expect(201).id();
    let open = ines.open(&format!("{ask}?draft={second}")).await;
    let discard = open.form(&format!("/p/larkfield/access-drafts/{second}/discard")).unwrap();
    says(&ines.send(&discard).await, "The draft is gone");
    says(&ines.send(&discard.set("idempotency_key", "again")).await, "The draft was gone already");
    scene.world.end().await;
}
