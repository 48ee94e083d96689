//! More or longer on a letter in force: asked for by whom it names, shown as what would be new, and
//! gained only by the customer's yes to exactly that.

use crate::support::actor::PASSWORD;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer, World, race};
use attache::postgres::Role;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    grant: String,
    tool: Tool,
}

impl Scene {
    /// A letter for Brandt that lets them read, and ends in about ten days.
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let grant = world.grants((&petra, &expert), &engagement, &connection, "read-only").await;
        let tool = Tool::with_key(&expert, &grant).await;
        let scene = Self { world, petra, expert, grant, tool };
        let hash = scene.letter().await.at("/terms_hash");
        let sooner = json!({ "last_day": scene.day(10), "terms_hash": hash });
        scene.petra.post(&scene.path("/narrow"), sooner).await.expect(200);
        scene
    }

    fn day(&self, ahead: i64) -> NaiveDate {
        (self.world.clock.now() + Duration::days(ahead)).date_naive()
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/grants/{}{rest}", self.grant)
    }

    async fn letter(&self) -> Answer {
        self.petra.get(&self.path("")).await.expect(200)
    }

    async fn asks(&self, what: Value) -> Answer {
        let mut body = json!({ "reason": "The launch moved." });
        body.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
        self.expert.post(&self.path("/amendment"), body).await
    }

    /// What is shown to the customer.
    async fn offer(&self) -> Value {
        self.petra.get(&self.path("/amendment")).await.expect(200).json()
    }

    async fn agrees(&self, who: &Actor, hash: &Value, more: Value) -> Answer {
        let mut body = json!({ "hash": hash, "password": PASSWORD });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        who.post(&self.path("/amendment/agree"), body).await
    }

    /// What the database says to a statement of the program's own role.
    async fn refused(&self, sql: &str) -> String {
        let app = self.world.database.connect(Role::App).await;
        let vendor = self.world.larkfield.vendor;
        let whole =
            format!("BEGIN; SELECT set_config('attache.vendor', '{vendor}', true); {sql}; COMMIT;");
        let error = app.batch_execute(&whole).await.expect_err(sql);
        let constraint = error.as_db_error().and_then(|e| e.constraint().map(str::to_owned));
        constraint.unwrap_or_else(|| error.to_string())
    }
}

fn until(letter: &Answer) -> DateTime<Utc> {
    letter.at("/valid_until").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gained_is_shown_agreed_to_and_kept() {
    let scene = Scene::new().await;
    let draft = json!({ "name": "x", "subject": "y" });
    scene.tool.post("/campaigns", draft.clone()).await.refused(403, "operation-denied");
    let before = scene.letter().await;
    let what = json!({ "actions": ["write-drafts"], "last_day": scene.day(60) });
    let asked = scene.asks(what).await.expect(201);
    assert_eq!(asked.at("/state"), "asked");
    scene.tool.post("/campaigns", draft.clone()).await.refused(403, "operation-denied");
    let offer = scene.offer().await;
    let gained = offer["gained"].as_array().unwrap();
    assert_eq!(gained.len(), 1, "only what is new: {offer}");
    assert_eq!(gained[0]["sentences"][0]["action"], "write-drafts");
    assert_eq!(gained[0]["sentences"].as_array().unwrap().len(), 1);
    assert_eq!(offer["needs_password"], true);
    let then: DateTime<Utc> = offer["valid_until_then"].as_str().unwrap().parse().unwrap();
    let (petra, hash) = (&scene.petra, &offer["hash"]);
    scene.agrees(petra, &json!("00"), json!({})).await.refused(409, "terms-changed");
    let bare = json!({ "password": null });
    scene.agrees(petra, hash, bare).await.refused(403, "password-wanted");
    let wrong = json!({ "password": "not it, really" });
    scene.agrees(petra, hash, wrong).await.refused(422, "wrong-password");
    let spend = json!({ "budgets": { "deletes": 5 } });
    scene.agrees(petra, hash, spend).await.refused(422, "invalid");
    let foreign = json!({ "without": ["see-users"] });
    scene.agrees(petra, hash, foreign).await.refused(422, "invalid");
    let letter = scene.agrees(petra, hash, json!({})).await.expect(200);
    assert_eq!(letter.at("/id"), scene.grant);
    assert_eq!((letter.at("/preset"), until(&letter)), ("author-drafts".into(), then));
    assert_ne!(letter.at("/terms_hash"), before.at("/terms_hash"));
    // It reaches the application, which says what the draft lacks.
    let reached = scene.tool.post("/campaigns", draft).await.expect(422);
    assert_eq!(reached.at("/error/code"), "invalid_fields");
    scene.agrees(petra, hash, json!({})).await.refused(409, "nothing-asked");
    let versions = "SELECT made_by::text, amendment_id IS NOT NULL FROM grant_versions
                    ORDER BY version";
    let versions = scene.world.sql(versions).await;
    let made: Vec<(String, bool)> = versions.iter().map(|row| (row.get(0), row.get(1))).collect();
    let by = || petra.person.clone();
    assert_eq!(made, [(by(), false), (by(), false), (by(), true)]);
    scene.world.settle().await;
    for who in [petra, &scene.expert] {
        let told = who.get("/v1/notices").await.expect(200).json()["items"].to_string();
        assert!(told.contains("was widened") && told.contains("write campaign drafts"), "{told}");
    }
    let trail = petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert!(trail.contains("access-more-asked") && trail.contains("access-amended"), "{trail}");
    // It still ends when it says, and not before.
    scene.world.advance(Duration::days(12)).await;
    scene.world.settle().await;
    scene.tool.get("/account").await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn part_of_it_is_agreed_to_and_no_is_an_answer() {
    let scene = Scene::new().await;
    let (petra, expert) = (&scene.petra, &scene.expert);
    let before = scene.letter().await;
    scene.asks(json!({ "preset": "run-campaigns", "last_day": scene.day(60) })).await.expect(201);
    let offer = scene.offer().await;
    let actions = offer["actions"].as_array().unwrap();
    assert!(actions.contains(&json!("send-campaigns")) && !actions.contains(&json!("see-lists")));
    let rest: Vec<&Value> = actions.iter().filter(|a| **a != "see-contacts").collect();
    let all = json!({ "without": actions, "keep_end": true });
    scene.agrees(petra, &offer["hash"], all).await.refused(422, "invalid");
    let little = json!({ "without": rest, "keep_end": true, "password": null });
    let letter = scene.agrees(petra, &offer["hash"], little).await.expect(200);
    assert_eq!(until(&letter), until(&before), "its end was kept");
    scene.tool.get("/contacts").await.expect(200);
    scene.tool.post("/campaigns", json!({})).await.refused(403, "operation-denied");
    // Longer alone, for a letter that only reads, asks for no password.
    scene.asks(json!({ "last_day": scene.day(30) })).await.expect(201);
    petra.post(&scene.path("/amendment/decline"), json!({})).await.expect(204);
    petra.post(&scene.path("/amendment/decline"), json!({})).await.refused(409, "nothing-asked");
    assert_eq!(scene.offer().await["state"], "declined");
    scene.asks(json!({ "last_day": scene.day(30) })).await.expect(201);
    expert.post(&scene.path("/amendment/withdraw"), json!({})).await.expect(204);
    scene.asks(json!({ "last_day": scene.day(30) })).await.expect(201);
    let offer = scene.offer().await;
    assert_eq!(offer["needs_password"], false);
    let letter = scene.agrees(petra, &offer["hash"], json!({ "password": null })).await.expect(200);
    assert!(until(&letter) > until(&before));
    // A yes may say how much at most.
    scene.asks(json!({ "actions": ["delete-contacts"] })).await.expect(201);
    let hash = scene.offer().await["hash"].clone();
    let none = json!({ "budgets": { "deletes": 0 } });
    scene.agrees(petra, &hash, none).await.refused(422, "invalid");
    let once = json!({ "budgets": { "deletes": 1 } });
    let letter = scene.agrees(petra, &hash, once).await.expect(200).json();
    assert!(letter["consent"].to_string().contains("delete contacts (at most 1 a day"), "{letter}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_26_asking_otherwise_narrowing_and_ending_make_what_was_shown_void() {
    let scene = Scene::new().await;
    let petra = &scene.petra;
    for (what, field) in [
        (json!({}), "actions"),
        (json!({ "actions": ["see-lists"] }), "actions"),
        (json!({ "actions": ["no-such-thing"] }), "actions"),
        (json!({ "preset": "everything" }), "preset"),
        (json!({ "preset": "read-only" }), "actions"),
        (json!({ "last_day": scene.day(5) }), "last_day"),
        (json!({ "last_day": scene.day(181) }), "last_day"),
        (json!({ "last_day": "2999-01-01" }), "last_day"),
        (json!({ "actions": ["write-drafts"], "reason": " " }), "reason"),
    ] {
        let refused = scene.asks(what.clone()).await;
        assert_eq!(refused.status, 422, "{what}: {}", refused.text());
        assert!(refused.text().contains(field), "{what}: {}", refused.text());
    }
    scene.asks(json!({ "actions": ["write-drafts"] })).await.expect(201);
    let first = scene.offer().await["hash"].clone();
    scene.asks(json!({ "actions": ["write-drafts", "delete-contacts"] })).await.expect(201);
    scene.agrees(petra, &first, json!({})).await.refused(409, "terms-changed");
    let second = scene.offer().await["hash"].clone();
    let narrow =
        json!({ "without": ["see-lists"], "terms_hash": scene.letter().await.at("/terms_hash") });
    petra.post(&scene.path("/narrow"), narrow).await.expect(200);
    scene.agrees(petra, &second, json!({})).await.refused(409, "terms-changed");
    let third = scene.offer().await["hash"].clone();
    // Of two people who agree at once, one counts.
    let answers = race((0..2).map(|_| {
        let (petra, path) = (petra.clone(), scene.path("/amendment/agree"));
        let body = json!({ "hash": third, "password": PASSWORD });
        async move { petra.post(&path, body).await }
    }))
    .await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let text = scene.letter().await.json()["consent"].to_string();
    assert!(!scene.tool.get("/lists").await.text().contains("items"), "what was taken stays taken");
    assert!(text.contains("delete contacts"));
    scene.asks(json!({ "last_day": scene.day(90) })).await.expect(201);
    petra.post(&scene.path("/end"), json!({})).await.expect(200);
    assert_eq!(scene.offer().await["state"], "lapsed", "it ends with the letter");
    scene.asks(json!({ "last_day": scene.day(90) })).await.refused(409, "grant-state");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_and_it_lapses() {
    let scene = Scene::new().await;
    scene.asks(json!({ "last_day": scene.day(40) })).await.expect(201);
    let offer = scene.offer().await;
    let letter = scene.agrees(&scene.petra, &offer["hash"], json!({})).await.expect(200);
    assert!(until(&letter) > scene.world.clock.now() + Duration::days(38));
    scene.asks(json!({ "actions": ["write-drafts"] })).await.expect(201);
    let hash = scene.offer().await["hash"].clone();
    scene.world.advance(Duration::days(15)).await;
    scene.agrees(&scene.petra, &hash, json!({})).await.refused(409, "nothing-asked");
    scene.world.settle().await;
    assert_eq!(scene.offer().await["state"], "lapsed");
    let told = scene.expert.get("/v1/notices").await.expect(200).json()["items"].to_string();
    assert!(told.contains("was not answered in time"), "{told}");
    scene.tool.get("/account").await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_32_a_partners_admin_widens_the_letter_of_their_staff() {
    let scene = Scene::new().await;
    let (world, expert) = (&scene.world, &scene.expert);
    let admin = world.colleague(expert, "partner", "admin", "Brandt").await;
    let staff = world.colleague(expert, "partner", "consultant", "Brandt").await;
    let more = json!({ "actions": ["write-drafts"], "reason": "All of us need it." });
    let path = scene.path("/amendment");
    admin.post(&path, more.clone()).await.refused(403, "not-permitted");
    staff.post(&path, more.clone()).await.refused(404, "not-found");
    scene.petra.post(&path, more).await.refused(403, "not-permitted");
    scene.asks(json!({ "actions": ["write-drafts"] })).await.expect(201);
    let hash = scene.offer().await["hash"].clone();
    let member = world.colleague(&scene.petra, "customer", "member", "Fjordhaus").await;
    for who in [&admin, expert, &member] {
        scene.agrees(who, &hash, json!({})).await.refused(403, "not-permitted");
        who.post(&scene.path("/amendment/decline"), json!({})).await.refused(403, "not-permitted");
    }
    // Nor does the database take it, whatever the program would try.
    let letter = format!("id = '{}'", scene.grant);
    let gain = "jsonb_set(g.terms::jsonb, '{operations,delete-contact}',
                g.terms::jsonb #> '{operations,show-list}')";
    let agreed = |by: &str, when: &str| {
        format!(
            "UPDATE grant_amendments a SET state = 'agreed', answered_at = {when},
                 answered_by = '{by}', before_hash = g.terms_hash, preset = g.preset,
                 terms = x.t, terms_hash = sha256(convert_to(x.t, 'UTF8')),
                 valid_until = g.valid_until
             FROM grants g, LATERAL (SELECT ({gain})::text AS t) x WHERE g.id = a.grant_id"
        )
    };
    let widened = |by: &str, more: &str| {
        format!(
            "UPDATE grants g SET terms = ({gain})::text,
                 terms_hash = sha256(convert_to(({gain})::text, 'UTF8')), amended_at = app_now(),
                 amended_by = '{by}',
                 amendment_id = (SELECT max(id::text)::uuid FROM grant_amendments)
                 {more} WHERE {letter}"
        )
    };
    let (boss, petra) = (&admin.person, &scene.petra.person);
    let unsigned = scene.refused(&agreed(boss, "app_now()")).await;
    assert_eq!(unsigned, "grant_amendments_customer_agrees");
    let earlier = scene.refused(&agreed(petra, "app_now() - interval '1 day'")).await;
    assert_eq!(earlier, "grant_amendments_customer_agrees");
    assert_eq!(scene.refused(&widened(petra, "")).await, "grants_amendment_signed");
    let yes = agreed(petra, "app_now()");
    for more in [", valid_until = valid_until + interval '1 second'", ", preset = 'full-operator'"]
    {
        let beyond = format!("{yes}; {}", widened(petra, more));
        assert_eq!(scene.refused(&beyond).await, "grants_amendment_signed", "{more}");
    }
    let other = format!("{yes}; {}", widened(boss, ""));
    assert_eq!(scene.refused(&other).await, "grants_amendment_signed");
    let rewritten = "UPDATE grant_amendments SET actions = '{delete-contacts}'";
    assert_eq!(scene.refused(rewritten).await, "grant_amendments_frozen");
    let forged = format!(
        "INSERT INTO grant_amendments
             (vendor_id, id, grant_id, actions, reason, asked_by, answer_by)
         SELECT vendor_id, gen_random_uuid(), id, '{{see-users}}', 'x', '{boss}', app_now()
         FROM grants"
    );
    assert_eq!(scene.refused(&forged).await, "grant_amendments_asked_by_holder");
    let draft = json!({ "name": "x", "subject": "y" });
    scene.tool.post("/campaigns", draft).await.refused(403, "operation-denied");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_asked_for_and_agreed_to_on_pages() {
    let scene = Scene::new().await;
    let mut ines = Reader::of(&scene.world, &scene.expert.email).await;
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let here = format!("/grants/{}", scene.grant);
    let more = format!("/p/larkfield{here}/more");
    says(&ines.open(&here).await, "Ask for more or longer");
    let page = ines.open(&format!("{here}/more?preset=author-drafts")).await;
    let form = page.form(&more).unwrap();
    assert!(form.fields.contains(&("more".into(), "write-drafts".into())), "{:?}", form.fields);
    let nothing = ines.send(&form.clone().set("reason", "")).await;
    assert_eq!(nothing.status, 422);
    let day = scene.day(60);
    let form = form.set("reason", "The launch moved.");
    let form = form.set("last_day", &day.format("%-d").to_string());
    let form = form.set("last_month", &day.format("%-m").to_string());
    let form = form.set("last_year", &day.format("%Y").to_string());
    says(&ines.send(&form).await, "Fjordhaus was asked");
    says(&ines.open(&here).await, "has not answered yet");
    says(&ines.open(&format!("{here}/more")).await, "Take it back");
    says(&petra.open("").await, "asks for more access");
    says(&petra.open("/access").await, "More than it has");
    says(&petra.open(&here).await, "See what is new");
    let page = petra.open(&format!("{here}/more")).await;
    says(&page, "write campaign drafts and change them");
    says(&page, "days more");
    let form = page.form(&more).unwrap();
    let again = petra.send(&form).await;
    assert_eq!(again.status, 422, "{}", again.text);
    says(&again, "There is a problem");
    let stale = petra.send(&form.clone().set("hash", "00").set("idempotency_key", "stale")).await;
    says(&stale, "It is not what you looked at");
    let mut yes = form.set("password", PASSWORD).set("idempotency_key", "another");
    yes.fields.retain(|(name, _)| name != "longer");
    says(&petra.send(&yes).await, "letter says what you agreed to");
    let letter = scene.letter().await;
    assert_eq!(letter.at("/preset"), "author-drafts");
    assert!(until(&letter) < scene.world.clock.now() + Duration::days(12), "its end was kept");
    says(&petra.open(&format!("{here}/more")).await, "Nobody asks for that any more");
    scene.world.end().await;
}
