//! A letter passes to a colleague by the customer's yes to exactly that colleague.

use crate::support::actor::PASSWORD;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::together::post_at_once;
use crate::support::{Actor, World};
use attache::postgres::Role;
use serde_json::{Value, json};

struct Scene {
    world: World,
    petra: Actor,
    ines: Actor,
    owner: Actor,
    cleo: Actor,
    grant: String,
    tool: Tool,
}

impl Scene {
    async fn new(preset: &str) -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let ines = world.consultant("Ines Brandt").await;
        let owner = world.colleague(&ines, "partner", "owner", "Mia Brandt").await;
        let cleo = world.colleague(&ines, "partner", "consultant", "Cleo Ash").await;
        let (engagement, _) = world.active(&petra, &ines, &[10_000, 20_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let most = if preset == "full-operator" { json!({ "deletes": 5 }) } else { json!({}) };
        let choice =
            json!({ "connection": connection, "preset": preset, "asks": [], "budgets": most });
        let grant = world.grants_choice((&petra, &ines), &engagement, choice).await;
        let tool = Tool::with_key(&ines, &grant).await;
        Self { world, petra, ines, owner, cleo, grant, tool }
    }

    fn of(&self, tail: &str) -> String {
        format!("/v1/grants/{}{tail}", self.grant)
    }

    async fn proposes(&self) -> String {
        let body = json!({ "person": self.cleo.person, "reason": "Ines is away from June on." });
        self.owner.post(&self.of("/successors"), body).await.expect(201).id()
    }

    async fn yes(&self, request: &str) -> Value {
        let shown = self.petra.get(&format!("/v1/grants/{request}/succession")).await.expect(200);
        json!({ "terms_hash": shown.at("/earlier/terms_hash"), "password": PASSWORD })
    }
}

/// The latest notices of a person say so.
async fn told(who: &Actor, words: &str) {
    let notices = who.get("/v1/notices").await.expect(200).json()["items"].to_string();
    assert!(notices.contains(words), "{notices}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_changes_before_the_yes_and_one_letter_holds_after_it() {
    let scene = Scene::new("author-drafts").await;
    let Scene { world, petra, owner, cleo, tool, .. } = &scene;
    let request = scene.proposes().await;
    tool.get("/account").await.expect(200);
    let keys = format!("/v1/grants/{request}/keys");
    cleo.post(&keys, json!({ "name": "x" })).await.refused(409, "not-in-force");
    let take_over = format!("/v1/grants/{request}/take-over");
    let yes = scene.yes(&request).await;
    let bare = json!({ "terms_hash": yes["terms_hash"] });
    petra.post(&take_over, bare).await.refused(403, "password-wanted");
    cleo.post(&take_over, yes.clone()).await.refused(403, "not-permitted");
    world.customer("Rival").await.post(&take_over, yes.clone()).await.refused(404, "not-found");
    let other = json!({ "terms_hash": "00", "password": PASSWORD });
    petra.post(&take_over, other).await.refused(409, "terms-changed");
    let statuses = post_at_once(petra, 4, &take_over, &yes).await;
    assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 1, "{statuses:?}");
    tool.get("/account").await.refused(403, "grant-ended");
    let cleos = Tool::with_key(cleo, &request).await;
    cleos.get("/account").await.expect(200);
    let both = petra.get(&format!("/v1/grants/{request}/succession")).await.expect(200).json();
    let (old, new) = (&both["earlier"], &both["successor"]);
    assert_eq!(
        (&old["terms_hash"], &old["valid_until"]),
        (&new["terms_hash"], &new["valid_until"])
    );
    assert_eq!(old["end_reason"], "Cleo Ash took over");
    assert_eq!(new["consent"], old["consent"], "the same sentences");
    world.settle().await;
    let mails = world.mails_to(&petra.email).await;
    let subjects: Vec<&str> = mails.iter().filter_map(|m| m["subject"].as_str()).collect();
    let asked = "Shall Cleo Ash take over Ines Brandt's access to";
    assert!(subjects.iter().any(|s| s.starts_with(asked)), "{subjects:?}");
    told(owner, "Cleo Ash has taken over the access to").await;
    // Who was followed is followed by nobody else, and no page offers it.
    let mut mia = Reader::of(world, &owner.email).await;
    let link = |id: &str| format!("/p/larkfield/grants/{id}/successor");
    let page = mia.open(&format!("/grants/{}", scene.grant)).await;
    assert!(page.link(&link(&scene.grant)).is_none(), "{}", page.text);
    assert!(mia.open(&format!("/grants/{request}")).await.link(&link(&request)).is_some());
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_taken_over_after_its_person_left() {
    let scene = Scene::new("read-only").await;
    let Scene { world, petra, ines, owner, cleo, grant, .. } = &scene;
    let seat = format!("SELECT id::text FROM memberships WHERE person_id = '{}'", ines.person);
    let seat: String = world.sql(&seat).await[0].get(0);
    owner.post(&format!("/v1/members/{seat}/departure"), json!({})).await.expect(200);
    world.settle().await;
    let request = scene.proposes().await;
    let yes = scene.yes(&request).await;
    let hash = json!({ "terms_hash": yes["terms_hash"] });
    petra.post(&format!("/v1/grants/{request}/take-over"), hash).await.expect(200);
    Tool::with_key(cleo, &request).await.get("/account").await.expect(200);
    let old = petra.get(&format!("/v1/grants/{grant}")).await.expect(200);
    assert_eq!(old.at("/end_reason"), "Ines Brandt no longer works for Ines Brandt");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_leads_propose_and_only_what_goes_on() {
    let scene = Scene::new("read-only").await;
    let Scene { world, petra, ines, owner, cleo, .. } = &scene;
    let path = scene.of("/successors");
    let body = |person: &str| json!({ "person": person, "reason": "She knows the account." });
    cleo.post(&path, body(&cleo.person)).await.refused(403, "not-permitted");
    petra.post(&path, body(&cleo.person)).await.refused(403, "not-permitted");
    owner.post(&path, body(&ines.person)).await.refused(422, "invalid");
    owner.post(&path, body(&petra.person)).await.refused(422, "invalid");
    let stranger = world.consultant("Another House").await;
    stranger.post(&path, body(&stranger.person)).await.refused(404, "not-found");
    let request = scene.proposes().await;
    owner.post(&path, body(&owner.person)).await.refused(409, "already-requested");
    let allow = json!({ "connection": scene.world.larkfield.vendor, "preset": "full-operator",
        "terms_hash": "00", "requested_hash": "00" });
    petra.post(&format!("/v1/grants/{request}/allow"), allow).await.refused(409, "successor-asked");
    petra.post(&format!("/v1/grants/{request}/decline"), json!({})).await.expect(204);
    world.settle().await;
    told(owner, "Cleo Ash does not take over the access to").await;
    let second = scene.proposes().await;
    owner.post(&format!("/v1/grants/{second}/end"), json!({})).await.expect(200);
    let taken = petra.get(&format!("/v1/grants/{second}")).await.expect(200);
    assert_eq!(taken.at("/end_reason"), "taken back by the consultant");
    let third = scene.proposes().await;
    let yes = scene.yes(&third).await;
    petra.post(&scene.of("/end"), json!({})).await.expect(200);
    let lapsed = petra.get(&format!("/v1/grants/{third}")).await.expect(200);
    assert_eq!(lapsed.at("/state"), "expired");
    assert_eq!(lapsed.at("/end_reason"), "the letter that it would follow was ended");
    let late = petra.post(&format!("/v1/grants/{third}/take-over"), yes).await;
    late.refused(409, "grant-state");
    petra.post(&format!("/v1/grants/{third}/decline"), json!({})).await.refused(409, "grant-state");
    world.settle().await;
    told(owner, "The letter that it would follow was ended.").await;
    owner.post(&path, body(&cleo.person)).await.refused(409, "nothing-to-take-over");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_narrowed_meanwhile_is_shown_again() {
    let scene = Scene::new("author-drafts").await;
    let Scene { petra, .. } = &scene;
    let request = scene.proposes().await;
    let yes = scene.yes(&request).await;
    let narrower = json!({ "terms_hash": yes["terms_hash"], "without": ["write-drafts"] });
    petra.post(&scene.of("/narrow"), narrower).await.expect(200);
    let take_over = format!("/v1/grants/{request}/take-over");
    petra.post(&take_over, yes).await.refused(409, "terms-changed");
    petra.post(&take_over, scene.yes(&request).await).await.expect(200);
    let cleos = Tool::with_key(&scene.cleo, &request).await;
    let denied = cleos.post("/campaigns", json!({ "name": "Spring" })).await;
    denied.refused(403, "operation-denied");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_takes_no_wider_or_longer_successor() {
    let scene = Scene::new("read-only").await;
    let request = scene.proposes().await;
    let app = scene.world.database.connect(Role::App).await;
    let vendor = scene.world.larkfield.vendor;
    let (petra, cleo, ines) = (&scene.petra.person, &scene.cleo.person, &scene.ines.person);
    let earlier = format!("SELECT valid_until FROM grants WHERE id = '{}'", scene.grant);
    let granted = format!("state = 'active', granted_by = '{petra}', granted_at = app_now()");
    let end = format!(
        "UPDATE grants SET state = 'revoked', ended_at = app_now(), end_reason = 'x' \
                       WHERE id = '{}';",
        scene.grant
    );
    let longer = format!("{granted}, valid_until = ({earlier}) + interval '1 second'");
    let same = format!("{granted}, valid_until = ({earlier})");
    for (first, change, named) in [
        ("", same.clone(), "grants_succession_within"),
        (end.as_str(), longer, "grants_succession_within"),
        (end.as_str(), same.replace(petra.as_str(), cleo), "grants_succession_within"),
        ("", format!("consultant_id = '{ines}'"), "grants_succession_frozen"),
        ("", "succeeds_id = NULL, proposed_by = NULL".to_owned(), "grants_succession_frozen"),
    ] {
        let sql = format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true); {first}
             UPDATE grants SET {change} WHERE id = '{request}'; COMMIT;"
        );
        let refused = app.batch_execute(&sql).await.unwrap_err();
        let constraint = refused.as_db_error().and_then(|e| e.constraint()).map(str::to_owned);
        assert_eq!(constraint.as_deref(), Some(named), "{change}: {refused:?}");
        app.batch_execute("ROLLBACK").await.unwrap();
    }
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_of_a_budget_stays_used() {
    let scene = Scene::new("full-operator").await;
    let Scene { world, petra, cleo, tool, .. } = &scene;
    let contacts = tool.get("/contacts").await.expect(200).json();
    let ids: Vec<&str> =
        contacts["items"].as_array().unwrap().iter().filter_map(|c| c["id"].as_str()).collect();
    for id in &ids[..2] {
        tool.send(reqwest::Method::DELETE, &format!("/contacts/{id}"), None).await.expect(204);
    }
    let request = scene.proposes().await;
    let yes = scene.yes(&request).await;
    petra.post(&format!("/v1/grants/{request}/take-over"), yes).await.expect(200);
    let used = format!("SELECT used FROM budget_uses WHERE grant_id = '{request}'");
    assert_eq!(world.sql(&used).await[0].get::<_, i64>(0), 2);
    Tool::with_key(cleo, &request).await.get("/account").await.expect(200);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_show_both_letters_side_by_side() {
    let scene = Scene::new("author-drafts").await;
    let Scene { world, petra, owner, cleo, grant, .. } = &scene;
    let mut mia = Reader::of(world, &owner.email).await;
    says(&mia.open(&format!("/grants/{grant}")).await, "Propose a colleague instead");
    let place = format!("/grants/{grant}/successor");
    let page = mia.open(&place).await;
    let form = page.form(&format!("/p/larkfield{place}")).unwrap();
    let wrong = mia.send(&form.clone().set("reason", "She is away.")).await;
    says(&wrong, "Choose a colleague");
    let form = form.set("person", &cleo.person).set("reason", "She is away.");
    let asked = mia.send(&form).await;
    says(&asked, "Nothing changes before they say yes");
    let request: String =
        world.sql("SELECT id::text FROM grants WHERE succeeds_id IS NOT NULL").await[0].get(0);
    let mut reader = Reader::of(world, &petra.email).await;
    says(&reader.open(&format!("/grants/{request}")).await, "Shall Cleo take over");
    let place = format!("/grants/{request}/take-over");
    let page = reader.open(&place).await;
    for words in ["Ines, until your yes", "Cleo, from your yes on", "She is away."] {
        says(&page, words);
    }
    let form = page.form(&format!("/p/larkfield{place}")).unwrap();
    says(&reader.send(&form).await, "password");
    let form = form.set("password", PASSWORD);
    says(&reader.send(&form).await, "Cleo Ash has taken over");
    says(&reader.send(&form).await, "Cleo Ash’s letter of access");
    says(&reader.open(&place).await, "answered already");
    scene.world.end().await;
}

/// Whoever runs the partner asks for its people as well; the letter names the person it is for.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_letter_is_asked_for_a_colleague() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let lead = world.consultant("Brandt").await;
    let mia = world.colleague(&lead, "partner", "consultant", "Mia Wren").await;
    let (engagement, _) = world.active(&petra, &lead, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let path = format!("/v1/engagements/{engagement}/access-requests");
    let wanted = |who: &str| {
        json!({ "upstream": "larkfield", "preset": "read-only", "reason": "To read along.",
                "consultant": who })
    };
    mia.post(&path, wanted(&lead.person)).await.refused(403, "not-permitted");
    let stranger = lead.post(&path, wanted(&petra.person)).await.refused(422, "invalid");
    assert_eq!(stranger.at("/errors/0/field"), "consultant");
    let request = lead.post(&path, wanted(&mia.person)).await.expect(201).json();
    assert_eq!(request["consultant"], json!(mia.person));
    assert_eq!(request["proposed_by"], json!(lead.person));
    world.settle().await;
    for (who, words) in [(&petra, "Mia Wren is to have access"), (&mia, "was asked for you")] {
        let told = who.get("/v1/notices").await.expect(200).json()["items"].to_string();
        assert!(told.contains(words), "{told}");
    }
    // The database holds it too: nobody but a lead of the partner is written down as who asked.
    let app = world.database.connect(Role::App).await;
    let forged = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{}', true);
         INSERT INTO grants (vendor_id, id, engagement_id, customer_organization_id,
             partner_organization_id, consultant_id, upstream, preset, reason, terms, terms_hash,
             state, requested_at, answer_by, proposed_by)
         SELECT vendor_id, gen_random_uuid(), engagement_id, customer_organization_id,
             partner_organization_id, '{}', upstream, preset, reason, terms, terms_hash, state,
             requested_at, answer_by, '{}' FROM grants; COMMIT;",
        world.larkfield.vendor, lead.person, mia.person
    );
    let error = app.batch_execute(&forged).await.unwrap_err();
    let rule = error.as_db_error().and_then(|e| e.constraint().map(str::to_owned));
    assert_eq!(rule.as_deref(), Some("grants_asked_by_a_lead"), "{error}");
    // By the page, which knows the colleagues; and the customer's page says for whom.
    let mut page = Reader::of(&world, &lead.email).await;
    let ask = format!("/engagements/{engagement}/access");
    let open = page.open(&ask).await;
    says(&open, "Mia Wren");
    let form = open.form(&format!("/p/larkfield{ask}/request")).unwrap();
    let form = form.set("preset", "larkfield/read-only").set("reason", "To look.");
    let sent = page.send(&form.clone().set("consultant", &mia.person)).await;
    assert_eq!(sent.status, 422, "Mia's own request waits already: {}", sent.text);
    let sent = page.send(&form).await;
    says(&sent, "Fjordhaus was asked");
    let mut customer = Reader::of(&world, &petra.email).await;
    let id = request["id"].as_str().unwrap();
    says(&customer.open(&format!("{ask}?request={id}")).await, "asked for Mia");
    let choice = json!({ "connection": connection, "preset": "read-only" });
    let preview = petra.post("/v1/grants/preview", choice.clone()).await.expect(200);
    let mut yes = choice;
    yes["terms_hash"] = json!(preview.at("/terms_hash"));
    yes["requested_hash"] = request["requested"]["terms_hash"].clone();
    let letter = petra.post(&format!("/v1/grants/{id}/allow"), yes).await.expect(200);
    assert_eq!(letter.at("/consultant"), mia.person);
    Tool::with_key(&mia, id).await.get("/lists").await.expect(200);
    world.end().await;
}
