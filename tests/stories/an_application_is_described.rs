//! What the description of an application says is what happens: each story changes one key.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Session, World};
use attache::postgres::Role;
use chrono::Duration;
use serde_json::json;
use std::collections::BTreeMap;

const REVOKE: &str = "revoke = \"${SANDBOX_MARKETING_URL}/oauth/revoke\"";
const BASIC: &str = "client_auth = \"basic\"";

#[tokio::test(flavor = "multi_thread")]
async fn an_application_without_revocation_leaves_the_end_to_the_customer() {
    let there = "remove_access = \"Open Settings, then Connected apps, and remove Attaché.\"";
    let world = World::described(&[(REVOKE, there)]).await;
    let petra = world.customer("Fjordhaus").await;
    let upstream = petra.get("/v1/upstreams/larkfield").await.expect(200);
    assert!(upstream.at("/remove_access").starts_with("Open Settings"));
    let connection = world.connects(&petra, PETRA).await;
    let path = format!("/v1/connections/{connection}");
    let gone = petra.post(&format!("{path}/disconnect"), json!({})).await.expect(200);
    assert_eq!(gone.at("/state"), "disconnected");
    assert_eq!(gone.at("/revocation"), "not_offered");
    assert!(world.sql("SELECT kind FROM connection_secrets").await.is_empty(), "all is shredded");
    world.settle().await;
    let gone = petra.get(&path).await.expect(200).json();
    assert_eq!(gone["revocation"], "not_offered");
    assert_eq!(gone["revocation_tries"], 0, "nobody was asked");
    let session = Session::of(&world, &petra.email).await;
    let page = session.get("/p/larkfield/connections").await.expect(200).text();
    assert!(page.contains("Open Settings, then Connected apps"), "the page says where");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_to_agree_is_as_described() {
    let world = World::described(&[(BASIC, "client_auth = \"basic\"\npkce = \"refused\"")]).await;
    let petra = world.customer("Fjordhaus").await;
    let session = Session::of(&world, &petra.email).await;
    let consent = world.begins_to_connect(&session).await;
    let names: BTreeMap<_, _> = consent.query_pairs().collect();
    assert!(!names.contains_key("code_challenge") && !names.contains_key("optional_scope"));
    world.end().await;
    let optional = "client_auth = \"basic\"\noptional_scopes = [\"admin\"]";
    let all = "\"campaigns:write\", \"campaigns:send\", \"reports:read\", \"admin\",";
    let less = "\"campaigns:write\", \"campaigns:send\", \"reports:read\",";
    let world = World::described(&[(BASIC, optional), (all, less)]).await;
    let petra = world.customer("Fjordhaus").await;
    let session = Session::of(&world, &petra.email).await;
    let consent = world.begins_to_connect(&session).await;
    let names: BTreeMap<_, _> = consent.query_pairs().collect();
    assert_eq!(names.get("optional_scope").map(AsRef::as_ref), Some("admin"));
    assert!(!names["scope"].split(' ').any(|scope| scope == "admin"));
    assert!(names.contains_key("code_challenge"));
    // This application knows no optional scopes, so what was not given is not granted either.
    let connection = world.connects(&petra, PETRA).await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let grant = world.grants((&petra, &expert), &engagement, &connection, "full-operator").await;
    let tool = Tool::with_key(&expert, &grant).await;
    tool.get("/campaigns").await.expect(200);
    tool.get("/users").await.refused(403, "operation-denied");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_refresh_token_is_used_in_time() {
    let tokens = "\n[oauth.tokens]\nrefresh = \"rotating\"\nrefresh_idle = 1296000\n\n[account]";
    let world = World::described(&[("\n[account]", tokens)]).await;
    let petra = world.customer("Fjordhaus").await;
    world.connects(&petra, PETRA).await;
    let generation =
        async || -> i64 { world.sql("SELECT generation FROM connections").await[0].get(0) };
    assert_eq!(generation().await, 1);
    world.advance(Duration::days(4)).await;
    world.settle().await;
    assert_eq!(generation().await, 1, "not before its time");
    world.advance(Duration::days(1)).await;
    world.settle().await;
    assert_eq!(generation().await, 2, "refreshed though nobody called");
    world.advance(Duration::days(5)).await;
    world.settle().await;
    assert_eq!(generation().await, 3, "and again");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_when_a_permission_ends_by_itself() {
    let tokens = "\n[oauth.tokens]\nrefresh_life = 2592000\n\n[account]";
    let world = World::described(&[("\n[account]", tokens)]).await;
    let petra = world.customer("Fjordhaus").await;
    world.connects(&petra, PETRA).await;
    let session = Session::of(&world, &petra.email).await;
    let page = session.get("/p/larkfield/connections").await.expect(200).text();
    assert!(page.contains("Connect it again by"), "{page}");
    world.end().await;
}

const EXPORT: &str = "action = \"export-contacts\"\nmethod = \"POST\"";
const DRAFT: &str =
    "fields = [\"name\", \"subject\", \"from_name\", \"from_email\", \"list_id\", \"body\"]";

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_reads_is_a_read_and_what_is_set_is_sent() {
    let reads = "action = \"see-lists\"\nreads = true\nmethod = \"POST\"";
    let action = "[actions.export-contacts]\nrisk = \"export\"\n\
                  sentence = \"export contacts out of the account\"\n";
    let set = "fields = [\"subject\", \"from_name\", \"from_email\", \"list_id\", \"body\"]\n\
               set = { name = \"Named by the description\" }";
    let last = "\"delete-campaigns\", \"export-contacts\", \"see-users\"";
    let less = "\"delete-campaigns\", \"see-users\"";
    let cost = "cost = { unit = \"contacts\", look = \"show-list\", by = { list = \"list_id\" }, \
                at = \"contacts\" }\ndownload = true\n";
    let (kept, back) = ("\"change-contacts\", \"export-contacts\"]", "\"change-contacts\"]");
    let changes = [
        (EXPORT, reads),
        (action, ""),
        (last, less),
        (DRAFT, set),
        (cost, ""),
        (kept, back),
        (kept, back),
    ];
    let world = World::described(&changes).await;
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let parties = (&petra, &expert);
    let grant = world.grants(parties, &engagement, &connection, "author-drafts").await;
    let tool = Tool::with_key(&expert, &grant).await;
    tool.post("/contacts/export", json!({})).await.expect(200);
    let rows = world.sql("SELECT outcome FROM access_log").await;
    let outcomes: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(outcomes, ["done"], "a read is not announced");
    let lists = tool.get("/lists").await.expect(200);
    let draft = json!({
        "subject": "s", "from_email": "post@fjordhaus.example", "list_id": lists.at("/items/0/id"),
    });
    let named = json!({ "subject": "s", "name": "Mine" });
    tool.post("/campaigns", named).await.refused(403, "operation-denied");
    let made = tool.post("/campaigns", draft).await.expect(201);
    assert_eq!(made.at("/name"), "Named by the description");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_sent_as_a_form_and_nothing_else_is_taken() {
    let form = format!("{DRAFT}\nbody = \"form\"");
    let world = World::described(&[(DRAFT, &form)]).await;
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let parties = (&petra, &expert);
    let grant = world.grants(parties, &engagement, &connection, "author-drafts").await;
    let tool = Tool::with_key(&expert, &grant).await;
    let json = tool.post("/campaigns", json!({ "subject": "s" })).await;
    json.refused(415, "unsupported-media-type");
    let send = async |body: &'static str| {
        let url = format!("{}/gw/{grant}/campaigns", world.base);
        let request = world.client.post(url).bearer_auth(tool.actor.token.clone().unwrap());
        let kind = "application/x-www-form-urlencoded";
        request.header("content-type", kind).body(body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(send("subject=s&state=sent").await, 403, "a field it does not take");
    assert_eq!(send("subject=s&subject=t").await, 400, "a field that is there twice");
    world.forgets().await;
    // The sandbox takes JSON alone, so its own refusal is handed on.
    let status = send("subject=s").await;
    assert!((400..500).contains(&status) && status != 403, "{status}");
    assert_eq!(world.asked_of_api().await, ["POST /api/v1/campaigns"]);
    world.end().await;
}

/// The description changed since a letter was granted: an operation is at another address, another
/// is gone. The letter says so, and never allows more than it did.
#[tokio::test(flavor = "multi_thread")]
async fn attack_36_terms_that_the_description_left_behind() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let connection = world.connects(&petra, PETRA).await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let grant = world.grants((&petra, &expert), &engagement, &connection, "author-drafts").await;
    let tool = Tool::with_key(&expert, &grant).await;
    let path = format!("/v1/grants/{grant}");
    assert_eq!(petra.get(&path).await.expect(200).json()["lapsed"], json!([]));
    let moved = ("path = \"/reports/summary\"", "path = \"/reports/totals\"");
    let node = world.node_described(moved).await;
    let there = tool.at(&node);
    world.forgets().await;
    let gone = there.get("/reports/summary").await.refused(403, "operation-denied");
    assert!(gone.at("/detail").contains("no longer has it"), "{}", gone.text());
    let changed = there.get("/reports/totals").await.refused(403, "operation-denied");
    assert!(changed.at("/detail").contains("changed since"), "{}", changed.text());
    assert!(world.hits().await.is_empty(), "nothing reached the application");
    there.get("/campaigns").await.expect(200);
    let base = format!("http://{}", node.address);
    for who in [&petra, &expert] {
        let who = Actor { base: base.clone(), ..who.clone() };
        let lapsed = who.get(&path).await.expect(200).json()["lapsed"].to_string();
        assert!(lapsed.contains("show-summary") && !lapsed.contains("campaign"), "{lapsed}");
    }
    let mut reader = Reader::at(&world, &base, &petra.email).await;
    let page = reader.open(&format!("/grants/{grant}")).await;
    says(&page, "Part of this letter does not work");
    node.stop().await.unwrap();
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_36_terms_that_nobody_can_read() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let connection = world.connects(&petra, PETRA).await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let grant = world.grants((&petra, &expert), &engagement, &connection, "read-only").await;
    let tool = Tool::with_key(&expert, &grant).await;
    let owner = world.database.connect(Role::Owner).await;
    let vendor = world.larkfield.vendor;
    let save = async |terms: &str| {
        let sql = format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             ALTER TABLE grants DISABLE TRIGGER USER;
             UPDATE grants SET terms = $t${terms}$t$,
               terms_hash = sha256(convert_to($t${terms}$t$, 'UTF8'));
             ALTER TABLE grants ENABLE TRIGGER USER; COMMIT;"
        );
        let saved = owner.batch_execute(&sql).await;
        if saved.is_err() {
            owner.batch_execute("ROLLBACK").await.unwrap();
        }
        saved
    };
    let operation = r#"{"action":"see-campaigns","method":"GET","path":"/campaigns"}"#;
    for terms in [
        "",
        "{}",
        "nothing",
        r#"{"form":1,"upstream":"larkfield","preset":"p","operations":{}}"#,
        r#"{"form":2,"upstream":"larkfield","preset":"p","operations":{"x":{}}}"#,
        &format!(r#"{{"form":1,"upstream":"larkfield","operations":{{"x":{operation}}}}}"#),
        r#"{"form":1,"upstream":"larkfield","preset":"p","operations":[1]}"#,
    ] {
        assert!(save(terms).await.is_err(), "kept: {terms}");
    }
    tool.get("/campaigns").await.expect(200);
    // What the database cannot see from its form: a risk that is none.
    let odd = operation.replace('{', "{\"risk\":\"none\",");
    let odd = format!(
        r#"{{"form":1,"upstream":"larkfield","preset":"p",
            "operations":{{"list-campaigns":{odd}}}}}"#
    );
    save(&odd).await.unwrap();
    world.forgets().await;
    let denied = tool.get("/campaigns").await.refused(403, "operation-denied");
    assert!(denied.at("/detail").contains("cannot be read"), "{}", denied.text());
    assert!(world.hits().await.is_empty());
    let log = petra.get("/v1/access-log").await.expect(200);
    assert_eq!(log.at("/items/0/code"), "operation-denied");
    for who in [&petra, &expert] {
        let letter = who.get(&format!("/v1/grants/{grant}")).await.expect(200).json();
        assert!(letter["consent"].is_null(), "{letter}");
        let page = Reader::of(&world, &who.email).await.open(&format!("/grants/{grant}")).await;
        says(&page, "Its terms cannot be read, so every call is refused.");
    }
    world.end().await;
}
