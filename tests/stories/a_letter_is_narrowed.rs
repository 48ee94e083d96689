//! A letter is held against what it was used for, and loses what nobody needs; it never gains.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer, World, race};
use attache::postgres::Role;

use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    connection: String,
    grant: String,
    tool: Tool,
}

impl Scene {
    async fn new(preset: &str) -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let grant = world.grants((&petra, &expert), &engagement, &connection, preset).await;
        let tool = Tool::with_key(&expert, &grant).await;
        Self { world, petra, expert, connection, grant, tool }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/grants/{}{rest}", self.grant)
    }

    async fn usage(&self) -> Value {
        self.petra.get(&self.path("/usage")).await.expect(200).json()
    }

    async fn hash(&self) -> String {
        self.petra.get(&self.path("")).await.expect(200).at("/terms_hash")
    }

    async fn narrows(&self, who: &Actor, without: &[&str], more: Value) -> Answer {
        let mut body = json!({ "without": without, "terms_hash": self.hash().await });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        who.post(&self.path("/narrow"), body).await
    }
}

/// The letter's own description tells what is left.
async fn described(scene: &Scene) {
    let told = scene.tool.get("/openapi.json").await.expect(200).json();
    let paths: Vec<_> = told["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/campaigns", "/campaigns/{campaign}"]);
    let address = format!("{}/gw/{}", scene.world.base, scene.grant);
    assert_eq!(told["servers"][0]["url"], address.as_str());
    let stranger = Tool { grant: scene.petra.organization.to_string(), ..scene.tool.clone() };
    stranger.get("/openapi.json").await.refused(404, "not-found");
    let mut reader = Reader::of(&scene.world, &scene.expert.email).await;
    let file = reader.open(&format!("/grants/{}/openapi.json", scene.grant)).await;
    assert_eq!(serde_json::from_str::<Value>(&file.text).unwrap(), told);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_is_asked_first_and_less_may_be_used_up() {
    let mut scene = Scene::new("read-only").await;
    let choice = json!({
        "connection": scene.connection, "preset": "full-operator", "asks": [],
        "budgets": { "deletes": 5 },
    });
    let world = &scene.world;
    let (engagement, _) = world.active(&scene.petra, &scene.expert, &[10_000]).await;
    let parties = (&scene.petra, &scene.expert);
    scene.grant = world.grants_choice(parties, &engagement, choice).await;
    scene.tool = Tool::with_key(&scene.expert, &scene.grant).await;
    let petra = &scene.petra;
    let list = scene.tool.get("/lists").await.expect(200).at("/items/0/id");
    let draft = json!({
        "name": "Spring", "subject": "Hi", "from_email": "hi@fjordhaus.example",
        "list_id": list, "body": "Dear",
    });
    let writes = async || scene.tool.post("/campaigns", draft.clone()).await;
    writes().await.expect(201);
    for wrong in [
        json!({ "asks": ["see-account"] }),
        json!({ "asks": ["fly"] }),
        json!({ "budgets": { "deletes": 5 } }),
        json!({ "budgets": { "deletes": 6 } }),
        json!({ "budgets": { "contacts": 0 } }),
    ] {
        scene.narrows(petra, &[], wrong).await.refused(422, "invalid");
    }
    let tighter = json!({
        "asks": ["write-drafts"], "budgets": { "deletes": 1, "contacts": 100 },
    });
    scene.narrows(&scene.expert, &[], tighter.clone()).await.refused(403, "not-permitted");
    let letter = scene.narrows(petra, &[], tighter).await.expect(200).json().to_string();
    assert!(letter.contains("at most 1 a day") && letter.contains("at most 100 contacts a day"));
    // At once, and for good: what is asked and what may be used up has no way back here.
    writes().await.expect(202);
    scene.narrows(petra, &[], json!({ "asks": ["write-drafts"] })).await.refused(422, "invalid");
    scene.narrows(petra, &[], json!({ "budgets": { "deletes": 2 } })).await.refused(422, "invalid");
    gains_are_refused(&scene).await;
    world.settle().await;
    let told = scene.expert.get("/v1/notices").await.expect(200).json()["items"].to_string();
    assert!(told.contains("From now on it lets you"), "{told}");
    assert!(told.contains("each time only after the customer's yes"), "{told}");
    by_the_page(&scene).await;
    scene.world.end().await;
}

/// The database itself knows no terms that ask less or let more be used up.
async fn gains_are_refused(scene: &Scene) {
    let owner = scene.world.database.connect(Role::Owner).await;
    let vendor = scene.world.larkfield.vendor;
    for gain in [
        "jsonb_set(terms::jsonb, '{limits,asks}', '[]')",
        "jsonb_set(terms::jsonb, '{limits,budgets,deletes}', '2')",
        "terms::jsonb #- '{limits,budgets,contacts}'",
    ] {
        let sql = format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             UPDATE grants SET terms = ({gain})::text,
               terms_hash = sha256(convert_to(({gain})::text, 'UTF8')),
               narrowed_at = app_now(), narrowed_by = '{}' WHERE id = '{}'; COMMIT;",
            scene.petra.person, scene.grant
        );
        let error = owner.batch_execute(&sql).await.unwrap_err();
        let told = error.as_db_error().and_then(|e| e.constraint().map(str::to_owned));
        assert_eq!(told.as_deref(), Some("grants_terms_frozen"), "{gain}: {error}");
        owner.batch_execute("ROLLBACK").await.unwrap();
    }
}

async fn by_the_page(scene: &Scene) {
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let here = format!("/grants/{}/narrow", scene.grant);
    let page = petra.open(&here).await;
    says(&page, "Contacts exported a day: now at most 100");
    assert_eq!(page.text.matches("value=\"write-drafts\"").count(), 1, "it is asked already");
    let form = page.form(&format!("/p/larkfield{here}")).unwrap().set("can", "export-contacts");
    let wrong = petra.send(&form.clone().set("budget_contacts", "100")).await;
    assert_eq!(wrong.status, 422);
    says(&wrong, "choose less");
    let form = form.set("budget_contacts", "50").set("first", "export-contacts");
    says(&petra.send(&form).await, "The letter is narrowed");
    says(&petra.open(&format!("/grants/{}", scene.grant)).await, "at most 50 contacts a day");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_used_goes_at_once_and_nothing_past_would_have_failed() {
    let scene = Scene::new("author-drafts").await;
    let idle = scene.usage().await;
    assert_eq!(idle["used"], 0);
    assert_eq!(idle["days"], 30);
    scene.tool.get("/campaigns").await.expect(200);
    scene.tool.get("/campaigns").await.expect(200);
    scene.tool.get("/contacts").await.refused(403, "operation-denied");
    let usage = scene.usage().await;
    assert_eq!((&usage["used"], &usage["refused_without_unused"]), (&json!(1), &json!(0)));
    let unused = ["see-account", "see-lists", "see-reports", "write-drafts"];
    assert_eq!(usage["unused"], json!(unused));
    let seen = usage["actions"].as_array().unwrap().iter();
    let seen = seen.clone().find(|a| a["action"] == "see-campaigns").unwrap();
    assert_eq!(seen["calls"], 2, "what was refused is no use");
    scene.tool.get("/account").await.expect(200);
    let letter = scene.narrows(&scene.petra, &unused, json!({})).await.expect(200);
    assert_eq!(letter.at("/standing"), "in-force");
    assert_eq!(letter.at("/consent/can/0/sentences/0/action"), "see-campaigns");
    scene.tool.get("/campaigns").await.expect(200);
    scene.tool.get("/account").await.refused(403, "operation-denied");
    described(&scene).await;
    let draft = json!({ "name": "x", "subject": "y" });
    scene.tool.post("/campaigns", draft).await.refused(403, "operation-denied");
    scene.world.settle().await;
    for who in [&scene.petra, &scene.expert] {
        let told = who.get("/v1/notices").await.expect(200).json()["items"].to_string();
        assert!(told.contains("was narrowed") && told.contains("write campaign drafts"), "{told}");
    }
    let versions = "SELECT version, made_by::text FROM grant_versions ORDER BY version";
    let owner = scene.world.database.connect(Role::Owner).await;
    let vendor = format!("SELECT set_config('attache.vendor', '{}', false)", {
        scene.world.larkfield.vendor
    });
    owner.batch_execute(&vendor).await.unwrap();
    let versions = owner.query(versions, &[]).await.unwrap();
    let by: Vec<String> = versions.iter().map(|row| row.get(1)).collect();
    assert_eq!(by, [scene.petra.person.to_string(), scene.petra.person.to_string()]);
    let trail = scene.petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert!(trail.contains("access-narrowed"), "{trail}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn narrowing_is_refused_where_it_would_widen_leave_nothing_or_was_not_looked_at() {
    let scene = Scene::new("read-only").await;
    let (petra, expert) = (&scene.petra, &scene.expert);
    let none = json!({});
    scene.narrows(expert, &["see-lists"], none.clone()).await.refused(403, "not-permitted");
    let rival = scene.world.customer("Rival").await;
    let foreign = json!({ "without": ["see-lists"], "terms_hash": scene.hash().await });
    rival.post(&scene.path("/narrow"), foreign.clone()).await.refused(404, "not-found");
    rival.get(&scene.path("/usage")).await.refused(404, "not-found");
    scene.narrows(petra, &["delete-contacts"], none.clone()).await.refused(422, "invalid");
    scene.narrows(petra, &[], none.clone()).await.refused(422, "invalid");
    let all = ["see-account", "see-lists", "see-campaigns", "see-reports"];
    scene.narrows(petra, &all, none.clone()).await.refused(422, "invalid");
    for day in ["2020-01-01", "2999-01-01"] {
        scene.narrows(petra, &[], json!({ "last_day": day })).await.refused(422, "invalid");
    }
    // In the customer's zone the day after is today, late in the evening of UTC.
    let soon = (scene.world.clock.now() + chrono::Duration::days(1)).date_naive();
    let sooner = scene.narrows(petra, &[], json!({ "last_day": soon })).await.expect(200);
    let until: chrono::DateTime<chrono::Utc> = sooner.at("/valid_until").parse().unwrap();
    assert!(until <= scene.world.clock.now() + chrono::Duration::days(3), "{until}");
    // Of two people at once, one took it from the letter that both looked at.
    let requests = (0..2).map(|_| {
        let (petra, path, body) = (petra.clone(), scene.path("/narrow"), foreign.clone());
        async move { petra.post(&path, body).await }
    });
    let answers = race(requests).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    petra.post(&scene.path("/end"), json!({})).await.expect(200);
    scene.narrows(petra, &["see-campaigns"], none).await.refused(409, "grant-state");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_itself_lets_a_letter_lose_and_never_gain() {
    let scene = Scene::new("read-only").await;
    let app = scene.world.database.connect(Role::App).await;
    let (vendor, grant, by) = (scene.world.larkfield.vendor, &scene.grant, &scene.petra.person);
    let signed = format!("narrowed_at = app_now(), narrowed_by = '{by}'");
    let terms = |terms: &str| {
        format!("terms = ({terms})::text, terms_hash = sha256(convert_to(({terms})::text, 'UTF8'))")
    };
    let path =
        |keys: &str, value: &str| terms(&format!("jsonb_set(terms::jsonb, '{keys}', {value})"));
    let less = terms("(terms::jsonb #- '{operations,list-lists}')");
    let widened = [
        path("{operations,delete-contact}", "terms::jsonb #> '{operations,show-list}'"),
        path("{operations,list-lists,query}", "'[\"any\"]'"),
        path("{operations,list-lists,path}", "'\"/contacts\"'"),
        path("{preset}", "'\"full-operator\"'"),
        path("{upstream}", "'\"other\"'"),
        path("{operations}", "'{}'"),
        "valid_until = valid_until + interval '1 second'".to_owned(),
    ];
    let update = |change: &str| {
        format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             UPDATE grants SET {change} WHERE id = '{grant}'; COMMIT;"
        )
    };
    for change in widened.iter().map(|change| format!("{change}, {signed}")).chain([less.clone()]) {
        let error = app.batch_execute(&update(&change)).await.expect_err(&change);
        let constraint = error.as_db_error().and_then(|e| e.constraint().map(str::to_owned));
        let refused = ["grants_terms_frozen", "grants_narrowing_signed"];
        assert!(refused.contains(&constraint.as_deref().unwrap_or_default()), "{change}: {error}");
        app.batch_execute("ROLLBACK").await.unwrap();
    }
    for change in [
        format!("{less}, {signed}"),
        format!("{}, {signed}", path("{limits,only,list}", "'[\"a\", \"b\"]'")),
        format!("{}, {signed}", path("{limits,only,list}", "'[\"a\"]'")),
        format!("{}, {signed}", path("{limits,asks}", "'[\"see-lists\"]'")),
        format!("{}, {signed}", path("{limits,budgets}", "'{\"deletes\": 5}'")),
        format!("{}, {signed}", path("{limits,budgets,deletes}", "'4'")),
    ] {
        app.batch_execute(&update(&change)).await.expect(&change);
    }
    for looser in [
        path("{limits,only,list}", "'[\"a\", \"c\"]'"),
        path("{limits,asks}", "'[]'"),
        path("{limits,budgets}", "'{}'"),
        path("{limits,budgets,deletes}", "'5'"),
    ] {
        let looser = format!("{looser}, {signed}");
        app.batch_execute(&update(&looser)).await.expect_err("a limit is never loosened");
        app.batch_execute("ROLLBACK").await.unwrap();
    }
    let forged = "INSERT INTO grant_versions SELECT * FROM grant_versions";
    app.batch_execute(forged).await.expect_err("versions are written by the database alone");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_click_keeps_what_was_used_and_the_page_of_choosing_keeps_what_is_ticked() {
    let scene = Scene::new("author-drafts").await;
    scene.tool.get("/campaigns").await.expect(200);
    scene.tool.get("/lists").await.expect(200);
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let here = format!("/grants/{}", scene.grant);
    let narrow = format!("/p/larkfield{here}/narrow");
    let page = petra.open(&here).await;
    says(&page, "no past call would have failed");
    let click = page.form(&narrow).unwrap().set("do", "spare");
    let done = petra.send(&click).await;
    says(&done, "The letter is narrowed");
    says(&done, "2 of 2 kinds of call in the last 30 days");
    let twice = petra.send(&click).await;
    assert!(twice.status == 200 && !twice.text.contains("has changed"), "{}", twice.text);
    let late = click.set("idempotency_key", "another-click");
    says(&petra.send(&late).await, "The letter has changed");
    let choose = petra.open(&format!("{here}/narrow")).await;
    says(&choose, "1 call, last just now");
    let form = choose.form(&narrow).unwrap();
    let mut bad =
        form.clone().set("last_day", "31").set("last_month", "2").set("last_year", "2027");
    let again = petra.send(&bad).await;
    assert_eq!(again.status, 422, "{}", again.text);
    bad = form.clone();
    bad.fields.retain(|(name, _)| name != "can");
    let nothing = petra.send(&bad).await;
    assert_eq!(nothing.status, 422, "{}", nothing.text);
    says(&nothing, "Nothing would be left: end the letter instead");
    let mut less = form;
    less.fields.retain(|(name, value)| name != "can" || value == "see-campaigns");
    says(&petra.send(&less).await, "The letter is narrowed");
    scene.tool.get("/lists").await.refused(403, "operation-denied");
    scene.tool.get("/campaigns").await.expect(200);
    let mut ines = Reader::of(&scene.world, &scene.expert.email).await;
    let page = ines.open(&here).await;
    says(&page, "What it was used for");
    assert!(!page.text.contains(&narrow), "a consultant narrows nothing");
    scene.world.end().await;
}
