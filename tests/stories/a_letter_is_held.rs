//! Letters rest while the work is paused or money is disputed or owed, and work again when the last
//! cause is gone; one may open only with the money of a milestone.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::neighbours::other_program;
use crate::support::payments::key;
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
    milestones: Vec<String>,
    connection: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, milestones) = world.active(&petra, &expert, &[10_000, 20_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        Self { world, petra, expert, engagement, milestones, connection }
    }

    async fn tool(&self) -> Tool {
        let parties = (&self.petra, &self.expert);
        let grant =
            self.world.grants(parties, &self.engagement, &self.connection, "read-only").await;
        Tool::with_key(&self.expert, &grant).await
    }

    async fn letter(&self, tool: &Tool) -> Value {
        self.petra.get(&format!("/v1/grants/{}", tool.grant)).await.expect(200).json()
    }

    /// Raises or lifts a cause as whoever causes it does.
    async fn moves(&self, cause: &str, reference: &str, raise: bool) {
        let kind = match (cause, raise) {
            ("payment", true) => "money-disputed",
            ("payment", false) => "money-dispute-settled",
            ("unpaid", true) => "invoice-unpaid",
            ("unpaid", false) => "invoice-settled",
            (_, raise) => {
                let deed = if raise { "pause" } else { "resume" };
                let path = format!("/v1/engagements/{}/{deed}", self.engagement);
                let body = if raise { json!({ "reason": "Holidays." }) } else { json!({}) };
                assert!(self.petra.post(&path, body).await.status < 300, "{deed}");
                return;
            }
        };
        self.world.states(kind, &self.engagement, reference).await;
    }

    async fn told(&self, who: &Actor, words: &str) -> usize {
        let sql = format!(
            "SELECT title FROM notices WHERE person_id = '{}' AND title LIKE '%{words}%'",
            who.person
        );
        self.world.sql(&sql).await.len()
    }
}

fn detail(answer: &Answer) -> String {
    answer.at("/detail")
}

const CAUSES: [(&str, &str); 3] = [
    ("pause", "the work is paused"),
    ("payment", "a payment is disputed"),
    ("unpaid", "a week is unpaid"),
];

#[tokio::test(flavor = "multi_thread")]
async fn it_works_again_when_the_last_cause_is_gone_in_whatever_order() {
    let scene = Scene::new().await;
    let tool = scene.tool().await;
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (round, raised) in orders.iter().enumerate() {
        tool.get("/account").await.expect(200);
        for (n, at) in raised.iter().enumerate() {
            let (cause, clause) = CAUSES[*at];
            scene.moves(cause, &format!("r-{round}"), true).await;
            let refused = tool.get("/account").await.refused(403, "suspended");
            assert!(detail(&refused).contains(clause), "{}", detail(&refused));
            let letter = scene.letter(&tool).await;
            assert_eq!(letter["standing"], "suspended");
            let holds = letter["holds"].as_array().unwrap();
            assert_eq!(holds.len(), n + 1, "{letter}");
            assert_eq!((&holds[n]["cause"], &holds[n]["text"]), (&json!(cause), &json!(clause)));
            assert!(holds[n]["since"].is_string(), "{letter}");
        }
        // In the order of another round, so that each pair of orders is met.
        let lifted = orders[(round * 5 + 2) % orders.len()];
        for (n, at) in lifted.iter().enumerate() {
            let (cause, clause) = CAUSES[*at];
            scene.moves(cause, &format!("r-{round}"), false).await;
            if n < 2 {
                let refused = tool.get("/account").await.refused(403, "suspended");
                assert!(!detail(&refused).contains(clause), "{}", detail(&refused));
            }
        }
        assert_eq!(scene.letter(&tool).await["holds"], json!([]));
    }
    tool.get("/account").await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_source_holds_once_and_both_sides_hear_of_it_once() {
    let scene = Scene::new().await;
    let tool = scene.tool().await;
    let (world, engagement) = (&scene.world, &scene.engagement);
    for _ in 0..3 {
        world.states("money-disputed", engagement, "dp_1").await;
    }
    world.states("money-disputed", engagement, "dp_2").await;
    let refused = tool.get("/account").await.refused(403, "suspended");
    let says_why = "The work rests: a payment is disputed.";
    assert!(detail(&refused).starts_with(says_why), "{}", detail(&refused));
    for who in [&scene.petra, &scene.expert] {
        assert_eq!(scene.told(who, "rests: a payment is disputed").await, 2, "once a dispute");
    }
    let mut ines = Reader::of(world, &scene.expert.email).await;
    let here = format!("/grants/{}", tool.grant);
    says(&ines.open(&here).await, "It rests: a payment is disputed");
    world.states("money-dispute-settled", engagement, "dp_1").await;
    tool.get("/account").await.refused(403, "suspended");
    assert_eq!(scene.told(&scene.petra, "still rests").await, 1);
    for _ in 0..2 {
        world.states("money-dispute-settled", engagement, "dp_2").await;
    }
    tool.get("/account").await.expect(200);
    for who in [&scene.petra, &scene.expert] {
        assert_eq!(scene.told(who, "works again").await, 1);
    }
    // What was settled stays settled, whichever of the two is heard of first.
    world.states("money-disputed", engagement, "dp_1").await;
    world.states("invoice-settled", engagement, "in_1").await;
    world.states("invoice-unpaid", engagement, "in_1").await;
    tool.get("/account").await.expect(200);
    assert_eq!(scene.told(&scene.petra, "a week is unpaid").await, 0);
    let trail = scene.petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert!(trail.contains("access-held") && trail.contains("access-released"), "{trail}");
    // A dispute of the engagement holds from its commit on, and gives way beside what else holds.
    let owner = world.database.connect(Role::Owner).await;
    let vendor = world.larkfield.vendor;
    let stands = |state: &str| {
        format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             UPDATE engagements SET state = '{state}' WHERE id = '{engagement}'; COMMIT;"
        )
    };
    owner.batch_execute(&stands("disputed")).await.unwrap();
    let refused = tool.get("/account").await.refused(403, "suspended");
    assert!(detail(&refused).contains("the work is disputed"), "{}", detail(&refused));
    world.states("invoice-unpaid", engagement, "in_2").await;
    owner.batch_execute(&stands("active")).await.unwrap();
    let refused = tool.get("/account").await.refused(403, "suspended");
    assert!(detail(&refused).starts_with("The work rests: a week is unpaid."));
    world.states("invoice-settled", engagement, "in_2").await;
    tool.get("/account").await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_work_and_other_programs_go_on() {
    let scene = Scene::new().await;
    let (held, world) = (scene.tool().await, &scene.world);
    let (other, _) = world.active(&scene.petra, &scene.expert, &[10_000]).await;
    let parties = (&scene.petra, &scene.expert);
    let grant = world.grants(parties, &other, &scene.connection, "read-only").await;
    let free = Tool::with_key(&scene.expert, &grant).await;
    world.states("invoice-unpaid", &scene.engagement, "in_1").await;
    held.get("/account").await.refused(403, "suspended");
    free.get("/account").await.expect(200);
    let neighbour = other_program(world, "neighbour").await.vendor;
    let app = world.database.connect(Role::App).await;
    let of = |vendor: uuid::Uuid| format!("SELECT set_config('attache.vendor', '{vendor}', true)");
    let (there, here) = (of(neighbour), of(world.larkfield.vendor));
    for (vendor, deed, constraint) in [
        (
            &there,
            format!(
                "INSERT INTO access_holds (vendor_id, engagement_id, cause, reference)
                 VALUES ('{neighbour}', '{other}', 'unpaid', 'in_2')"
            ),
            Some("access_holds_engagement_fkey"),
        ),
        (&here, "DELETE FROM access_holds".to_owned(), None),
        (&here, "UPDATE access_holds SET cause = 'pause'".to_owned(), None),
        (&here, "INSERT INTO grant_openings SELECT * FROM grant_openings".to_owned(), None),
    ] {
        let error = app.batch_execute(&format!("BEGIN; {vendor}; {deed}; COMMIT;")).await;
        let error = error.expect_err(&deed);
        let told = error.as_db_error().and_then(|e| e.constraint().map(str::to_owned));
        assert_eq!(told.as_deref(), constraint, "{deed}: {error}");
        app.batch_execute("ROLLBACK").await.unwrap();
    }
    let seen = format!("BEGIN; {there}; UPDATE access_holds SET lifted_at = app_now(); COMMIT;");
    app.batch_execute(&seen).await.unwrap();
    held.get("/account").await.refused(403, "suspended");
    world.states("invoice-settled", &scene.engagement, "in_1").await;
    let again = format!("BEGIN; {here}; UPDATE access_holds SET lifted_at = NULL; COMMIT;");
    let error = app.batch_execute(&again).await.unwrap_err();
    let told = error.as_db_error().and_then(|e| e.constraint());
    assert_eq!(told, Some("access_holds_lift_is_final"), "{error}");
    held.get("/account").await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_opens_with_the_money() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let (_, theirs) = world.active(&scene.petra, &scene.expert, &[10_000]).await;
    let rival = world.customer("Rival").await;
    let (_, rivals) = world.active(&rival, &scene.expert, &[10_000]).await;
    let second = &scene.milestones[1];
    let choice = |milestone: &str| {
        let read = json!({ "connection": scene.connection, "preset": "read-only" });
        let mut wanted = read;
        wanted["opens_with"] = json!(milestone);
        wanted
    };
    let look =
        async |milestone: &str| scene.petra.post("/v1/grants/preview", choice(milestone)).await;
    look(&rivals[0]).await.refused(422, "invalid");
    let shown = look(second).await.expect(200);
    let first = "do any of this before milestone 2 (Part 2) is funded";
    assert_eq!(shown.at("/consent/cannot/0/text"), first);
    let at_once = json!({ "connection": scene.connection, "preset": "read-only" });
    let plain = scene.petra.post("/v1/grants/preview", at_once.clone()).await.expect(200);
    assert_ne!(plain.at("/terms_hash"), shown.at("/terms_hash"), "it is part of what is agreed to");
    let path = format!("/v1/engagements/{}/grants", scene.engagement);
    let order = |mut order: Value, hash: String| {
        order["consultant"] = json!(scene.expert.person);
        order["terms_hash"] = json!(hash);
        order
    };
    let other = look(&theirs[0]).await.expect(200).at("/terms_hash");
    let wrong = scene.petra.post(&path, order(choice(&theirs[0]), other)).await;
    assert_eq!(wrong.refused(422, "invalid").at("/errors/0/field"), "opens_with");
    let unlike = order(choice(second), plain.at("/terms_hash"));
    scene.petra.post(&path, unlike).await.refused(409, "terms-changed");
    let hash = shown.at("/terms_hash");
    let letter = scene.petra.post(&path, order(choice(second), hash.clone())).await.expect(201);
    assert_eq!(
        (letter.at("/standing"), letter.at("/stage")),
        ("unfunded".into(), "approved".into())
    );
    assert_eq!(letter.at("/opens_with/milestone"), *second);
    world.settle().await;
    assert_eq!(scene.told(&scene.expert, "will be able to work").await, 1);
    waits(&scene, &letter.id()).await;
    // Longer than a letter may go without a call.
    world.advance(Duration::days(33)).await;
    world.settle().await;
    let grant = letter.id();
    let here = scene.petra.get(&format!("/v1/grants/{grant}")).await.expect(200);
    assert_eq!(here.at("/standing"), "unfunded");
    world.pays(&scene.petra, second).await;
    let tool = Tool::with_key(&scene.expert, &grant).await;
    tool.get("/account").await.expect(200);
    for who in [&scene.petra, &scene.expert] {
        assert_eq!(scene.told(who, "from now on").await, 1);
        assert_eq!(scene.told(who, "rests").await, 0, "it could not be used: {}", who.email);
    }
    // The money goes back: what it opened is closed.
    let back = format!("/v1/milestones/{second}/refunds");
    let finance = world.vendor("finance").await;
    let why = json!({ "reason": "Called off." });
    finance.post_once(&back, &key(), why).await.expect(201);
    world.settle().await;
    tool.get("/account").await.refused(403, "unfunded");
    scene.world.end().await;
}

/// Before the money nothing goes through, the page says so, and no narrowing takes that off.
async fn waits(scene: &Scene, grant: &str) {
    let keys = format!("/v1/grants/{grant}/keys");
    scene.expert.post(&keys, json!({ "name": "early" })).await.refused(409, "not-in-force");
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let page = petra.open(&format!("/grants/{grant}")).await;
    says(&page, "It works once milestone 2 (Part 2) is funded");
    says(&page, "do any of this before milestone 2 (Part 2) is funded");
    let list = petra.open("/access").await;
    says(&list, "Agreed, not begun");
    says(&list, "Agreed, opens when milestone 2 is funded.");
    let app = scene.world.database.connect(Role::App).await;
    let vendor = scene.world.larkfield.vendor;
    let sql = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         UPDATE grants SET terms = (terms::jsonb - 'opens')::text,
           terms_hash = sha256(convert_to((terms::jsonb - 'opens')::text, 'UTF8')),
           narrowed_at = app_now(), narrowed_by = '{}' WHERE id = '{grant}'; COMMIT;",
        scene.petra.person
    );
    let error = app.batch_execute(&sql).await.unwrap_err();
    let told = error.as_db_error().and_then(|e| e.constraint());
    assert_eq!(told, Some("grants_terms_frozen"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_chooses_on_the_page_when_it_begins() {
    let scene = Scene::new().await;
    let here = format!("/engagements/{}/access", scene.engagement);
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let page = petra.open(&format!("{here}?preset=read-only")).await;
    says(&page, "Once milestone 2 is funded: Part 2");
    let form = page.form(&format!("/p/larkfield{here}")).unwrap();
    let page = petra.send(&form.set("opens", &scene.milestones[1])).await;
    says(&page, "It works once milestone 2 (Part 2) is funded");
    scene.world.pays(&scene.petra, &scene.milestones[1]).await;
    says(&petra.open("/access").await, "1 letter in force");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_customer_stopped_nobody_else_wakes() {
    let scene = Scene::new().await;
    let (world, second) = (&scene.world, &scene.milestones[1]);
    let choice = json!({
        "connection": scene.connection, "preset": "read-only", "asks": [], "opens_with": second,
    });
    let parties = (&scene.petra, &scene.expert);
    let grant = world.grants_choice(parties, &scene.engagement, choice).await;
    let stop = async || {
        world.advance(Duration::days(33)).await;
        world.settle().await;
        scene.petra.post(&format!("/v1/grants/{grant}/rest"), json!({})).await.expect(200);
    };
    let wake = format!("/v1/grants/{grant}/restore");
    // Not the money,
    stop().await;
    world.pays(&scene.petra, second).await;
    world.settle().await;
    let here = scene.petra.get(&format!("/v1/grants/{grant}")).await.expect(200);
    assert_eq!(here.at("/standing"), "unused");
    assert_eq!(scene.told(&scene.expert, "from now on").await, 0);
    scene.petra.post(&wake, json!({})).await.expect(200);
    let tool = Tool::with_key(&scene.expert, &grant).await;
    tool.get("/account").await.expect(200);
    // nor the end of a pause, also when it had rested long before.
    scene.moves("pause", "", true).await;
    stop().await;
    scene.moves("pause", "", false).await;
    world.settle().await;
    tool.get("/account").await.refused(403, "unused");
    assert_eq!(scene.told(&scene.expert, "works again").await, 0);
    scene.petra.post(&wake, json!({})).await.expect(200);
    tool.get("/account").await.expect(200);
    scene.world.end().await;
}
