//! A customer connects an account of the marketing application, and disconnects it.

use crate::support::larkfield::PETRA;
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Session, World};
use attache::demo::browser::Browser;
use attache::postgres::Role;
use chrono::Duration;
use sandbox::marketing::SAMPLE_PASSWORD;
use serde_json::json;
use url::Url;

/// The address with one query value replaced, or taken out.
fn with(back: &Url, name: &str, value: Option<&str>) -> Url {
    let mut changed = back.clone();
    let kept: Vec<(String, String)> = back
        .query_pairs()
        .filter(|(known, _)| known != name)
        .map(|(k, v)| (k.into_owned(), v.into_owned()))
        .collect();
    changed.query_pairs_mut().clear().extend_pairs(kept);
    if let Some(value) = value {
        changed.query_pairs_mut().append_pair(name, value);
    }
    changed
}

#[tokio::test(flavor = "multi_thread")]
async fn through_the_applications_own_pages() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let listed = petra.get("/v1/upstreams").await.expect(200);
    assert_eq!(listed.at("/0/id"), "larkfield");
    petra.get("/v1/upstreams/elsewhere").await.refused(404, "not-found");
    let connection = world.connects(&petra, PETRA).await;
    let seen = petra.get(&format!("/v1/connections/{connection}")).await.expect(200);
    assert_eq!(seen.at("/account_name"), "Fjordhaus Outdoor EU");
    assert_eq!(seen.at("/account"), "acc_fjordhaus");
    assert_eq!(seen.at("/state"), "active");
    let list = petra.get("/v1/connections").await.expect(200).json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    let text = list.to_string();
    assert!(!text.contains("lka_") && !text.contains("lkr_"), "no token is shown");
    let rows = world.sql("SELECT sealed, wrapped_key FROM connection_secrets").await;
    assert_eq!(rows.len(), 2);
    for row in rows {
        let (sealed, key): (Vec<u8>, Vec<u8>) = (row.get(0), row.get(1));
        let plain = |bytes: &[u8]| bytes.windows(4).any(|w| w == b"lka_" || w == b"lkr_");
        assert!(!plain(&sealed) && !plain(&key), "tokens are sealed at rest");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_01_only_the_session_that_began_it_comes_back() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let karin = world.customer("Moor Lodges").await;
    let mine = Session::of(&world, &petra.email).await;
    let mine_too = Session::of(&world, &petra.email).await;
    let hers = Session::of(&world, &karin.email).await;
    let consent = world.begins_to_connect(&mine).await;
    let back = world.decides(&consent, PETRA, "allow").await;
    world.forgets().await;
    world.comes_back(&hers, &back).await.refused(400, "connect-unknown");
    world.comes_back(&mine_too, &back).await.refused(400, "connect-unknown");
    let path = format!("{}?{}", back.path(), back.query().unwrap());
    world.anyone().get(&path).await.refused(400, "connect-unknown");
    petra.get(&path).await.refused(400, "connect-unknown");
    let other = with(&back, "state", Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    world.comes_back(&mine, &other).await.refused(400, "connect-unknown");
    world.comes_back(&mine, &with(&back, "state", None)).await.refused(400, "connect-unknown");
    let mut twice = back.clone();
    twice.query_pairs_mut().append_pair("code", "lkc_other");
    world.comes_back(&mine, &twice).await.refused(400, "connect-unknown");
    assert!(world.hits().await.is_empty(), "nothing was exchanged for any of these");
    assert!(world.sql("SELECT kind FROM connection_secrets").await.is_empty(), "no token is kept");
    let told = async |who: &Actor| {
        let trail = who.get("/v1/audit-trail.jsonl").await.expect(200).text();
        trail.matches("connect-return-refused").count()
    };
    // Once a state, or whoever saw one could fill the trail.
    assert_eq!(told(&petra).await, 1, "it is in the trail of whoever began it");
    assert_eq!(told(&karin).await, 1, "and in that of whoever came back with it first");
    let done = world.comes_back(&mine, &back).await.expect(303);
    assert!(done.header("location").unwrap().contains("outcome=connected"));
    assert_eq!(done.header("referrer-policy"), Some("no-referrer"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_02_a_code_of_another_flow() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let rival = world.customer("Rival").await;
    let (hers, mine) = (Session::of(&world, &petra.email), Session::of(&world, &rival.email));
    let (hers, mine) = (hers.await, mine.await);
    let stolen = world.decides(&world.begins_to_connect(&hers).await, PETRA, "allow").await;
    let code = stolen.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let consent = world.begins_to_connect(&mine).await;
    let back = world.decides(&consent, "karin@moorhald.example", "allow").await;
    world.forgets().await;
    let done = world.comes_back(&mine, &with(&back, "code", Some(&code))).await.expect(303);
    assert_eq!(done.header("location"), Some("/p/larkfield/connections?outcome=failed"));
    let asked: Vec<_> = world.hits().await.iter().map(|hit| hit["path"].clone()).collect();
    assert_eq!(asked, ["/oauth/token"], "the verifier was not that of the code");
    for who in [&petra, &rival] {
        assert_eq!(who.get("/v1/connections").await.expect(200).json(), json!([]));
    }
    world.end().await;
}

/// The server takes any verifier. What is left is the account that the code turns out to be for.
#[tokio::test(flavor = "multi_thread")]
async fn attack_02_where_the_server_does_not_look_the_account_decides() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let rival = world.customer("Rival").await;
    let connection = world.connects(&petra, PETRA).await;
    let own = world.connects(&rival, "karin@moorhald.example").await;
    world.orders(json!({ "pkce_unchecked": true })).await;
    let (hers, mine) = (Session::of(&world, &petra.email), Session::of(&world, &rival.email));
    let (hers, mine) = (hers.await, mine.await);
    let code_of = async |session: &Session, member: &str| {
        let back = world.decides(&world.begins_to_connect(session).await, member, "allow").await;
        back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
    };
    // A new connection with a code for an account that belongs to somebody.
    let stolen = code_of(&hers, PETRA).await;
    let consent = world.begins_to_connect(&mine).await;
    let back = world.decides(&consent, "karin@moorhald.example", "allow").await;
    let done = world.comes_back(&mine, &with(&back, "code", Some(&stolen))).await.expect(303);
    assert_eq!(done.header("location"), Some("/p/larkfield/connections?outcome=taken"));
    // Mending a connection with a code for another account.
    let stolen = code_of(&hers, PETRA).await;
    let mend = json!({ "upstream": "larkfield", "connection": own });
    let begun = mine.post("/v1/connections", mend).await.expect(200);
    let consent = begun.at("/authorize_url").parse().unwrap();
    let back = world.decides(&consent, "karin@moorhald.example", "allow").await;
    let done = world.comes_back(&mine, &with(&back, "code", Some(&stolen))).await.expect(303);
    assert_eq!(done.header("location"), Some("/p/larkfield/connections?outcome=taken"));
    for (who, id) in [(&petra, connection), (&rival, own)] {
        let held = who.get("/v1/connections").await.expect(200).json();
        assert_eq!(held.as_array().unwrap().len(), 1);
        assert_eq!((&held[0]["id"], &held[0]["state"]), (&json!(id), &json!("active")));
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_04_a_state_counts_once_and_for_ten_minutes() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let session = Session::of(&world, &petra.email).await;
    let consent = world.begins_to_connect(&session).await;
    let back = world.decides(&consent, PETRA, "allow").await;
    world.advance(Duration::minutes(10) + Duration::seconds(1)).await;
    world.comes_back(&session, &back).await.refused(400, "connect-unknown");
    assert!(petra.get("/v1/connections").await.expect(200).json().as_array().unwrap().is_empty());
    let consent = world.begins_to_connect(&session).await;
    let back = world.decides(&consent, PETRA, "allow").await;
    world.comes_back(&session, &back).await.expect(303);
    world.forgets().await;
    world.comes_back(&session, &back).await.refused(400, "connect-unknown");
    assert!(world.hits().await.is_empty(), "the second time nothing is exchanged");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_03_another_issuer_is_refused_before_anything_is_exchanged() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let session = Session::of(&world, &petra.email).await;
    for issuer in [Some("https://evil.example"), None] {
        let consent = world.begins_to_connect(&session).await;
        let back = world.decides(&consent, PETRA, "allow").await;
        world.forgets().await;
        let tampered = with(&back, "iss", issuer);
        world.comes_back(&session, &tampered).await.refused(400, "connect-mixed-up");
        world.comes_back(&session, &back).await.refused(400, "connect-unknown");
        assert!(world.hits().await.is_empty(), "no code went to the token endpoint");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_is_an_answer_and_a_bad_code_is_none() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let session = Session::of(&world, &petra.email).await;
    let consent = world.begins_to_connect(&session).await;
    let back = world.decides(&consent, PETRA, "deny").await;
    let done = world.comes_back(&session, &back).await.expect(303);
    assert_eq!(done.header("location"), Some("/p/larkfield/connections?outcome=denied"));
    let consent = world.begins_to_connect(&session).await;
    let back = world.decides(&consent, PETRA, "allow").await;
    let forged = with(&back, "code", Some("lkc_of_somebody_else"));
    let done = world.comes_back(&session, &forged).await.expect(303);
    assert_eq!(done.header("location"), Some("/p/larkfield/connections?outcome=failed"));
    assert!(petra.get("/v1/connections").await.expect(200).json().as_array().unwrap().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_10_a_token_endpoint_that_redirects_gets_nothing_and_gives_nothing() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let session = Session::of(&world, &petra.email).await;
    let consent = world.begins_to_connect(&session).await;
    let back = world.decides(&consent, PETRA, "allow").await;
    let trap = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", trap.local_addr().unwrap());
    world.orders(json!({ "redirect_to": address })).await;
    let done = world.comes_back(&session, &back).await.expect(303);
    assert_eq!(done.header("location"), Some("/p/larkfield/connections?outcome=failed"));
    let visited = tokio::time::timeout(std::time::Duration::from_millis(300), trap.accept()).await;
    assert!(visited.is_err(), "client secret and code went nowhere");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_05_one_account_belongs_to_one_customer() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let rival = world.customer("Rival").await;
    let connection = world.connects(&petra, PETRA).await;
    let session = Session::of(&world, &rival.email).await;
    let consent = world.begins_to_connect(&session).await;
    let back = world.decides(&consent, PETRA, "allow").await;
    let done = world.comes_back(&session, &back).await.expect(303);
    assert_eq!(done.header("location"), Some("/p/larkfield/connections?outcome=taken"));
    let path = format!("/v1/connections/{connection}");
    rival.get(&path).await.refused(404, "not-found");
    rival.post(&format!("{path}/disconnect"), json!({})).await.refused(404, "not-found");
    let mend = json!({ "upstream": "larkfield", "connection": connection });
    session.post("/v1/connections", mend).await.refused(404, "not-found");
    assert_eq!(petra.get(&path).await.expect(200).at("/state"), "active");
    assert_eq!(connected_apps(&world).await, 1, "the refused one was ended at the application");
    // The same customer may connect it again; it stays one connection.
    assert_eq!(world.connects(&petra, PETRA).await, connection);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_connect() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let admin = world.colleague(&petra, "customer", "admin", "Fjordhaus").await;
    let member = world.colleague(&petra, "customer", "member", "Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let body = json!({ "upstream": "larkfield" });
    petra.post("/v1/connections", body.clone()).await.refused(403, "session-wanted");
    world.anyone().post("/v1/connections", body.clone()).await.refused(401, "unauthenticated");
    for (who, status) in [(&admin, 200), (&member, 403), (&expert, 403)] {
        let session = Session::of(&world, &who.email).await;
        session.post("/v1/connections", body.clone()).await.expect(status);
    }
    let session = Session::of(&world, &petra.email).await;
    let unknown = json!({ "upstream": "elsewhere" });
    session.post("/v1/connections", unknown).await.refused(422, "invalid");
    let connection = world.connects(&petra, PETRA).await;
    let path = format!("/v1/connections/{connection}");
    member.get(&path).await.expect(200);
    member.post(&format!("{path}/disconnect"), json!({})).await.refused(403, "not-permitted");
    expert.get(&path).await.refused(404, "not-found");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_shreds_first_and_tells_the_application() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let parties = (&petra, &expert);
    let grant = world.grants(parties, &engagement, &connection, "read-only").await;
    let tool = crate::support::larkfield::Tool::with_key(&expert, &grant).await;
    tool.get("/account").await.expect(200);
    assert_eq!(connected_apps(&world).await, 1);
    world.orders(json!({ "down": true })).await;
    let path = format!("/v1/connections/{connection}");
    let gone = petra.post(&format!("{path}/disconnect"), json!({})).await.expect(200);
    assert_eq!(gone.at("/state"), "disconnected");
    assert_eq!(gone.at("/revocation"), "trying");
    let kinds = world.sql("SELECT kind FROM connection_secrets").await;
    let kinds: Vec<String> = kinds.iter().map(|row| row.get(0)).collect();
    assert_eq!(kinds, ["revocation"], "nothing that could be used is left");
    tool.get("/account").await.refused(403, "grant-ended");
    petra.post(&format!("{path}/disconnect"), json!({})).await.refused(409, "connection-state");
    world.settle().await;
    assert!(petra.get(&path).await.expect(200).json()["revocation_tries"].as_i64().unwrap() >= 1);
    world.orders(json!({})).await;
    world.advance(Duration::minutes(5)).await;
    world.settle().await;
    let gone = petra.get(&path).await.expect(200);
    assert_eq!(gone.at("/revocation"), "done");
    assert!(gone.json()["revoked_at"].is_string());
    assert!(world.sql("SELECT kind FROM connection_secrets").await.is_empty());
    assert_eq!(connected_apps(&world).await, 0, "the application knows no tokens of ours any more");
    let letter = petra.get(&format!("/v1/grants/{grant}")).await.expect(200);
    assert_eq!(letter.at("/state"), "revoked");
    world.end().await;
}

/// An application that never takes the end: the last token goes as well, and the page says so.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_ended_there_is_not_kept_here() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let connection = world.connects(&petra, PETRA).await;
    world.orders(json!({ "down": true })).await;
    let path = format!("/v1/connections/{connection}");
    petra.post(&format!("{path}/disconnect"), json!({})).await.expect(200);
    world.settle().await;
    let kept = "SELECT count(*) FROM connection_secrets";
    assert_eq!(world.sql(kept).await[0].get::<_, i64>(0), 1, "needed for the next try");
    let owner = world.database.connect(Role::Owner).await;
    let last = "UPDATE jobs SET attempts = 11, run_at = app_now() WHERE kind = 'revoke-connection'";
    owner.batch_execute(last).await.unwrap();
    world.until(&petra, &path, "/revocation", "failed").await;
    assert_eq!(world.sql(kept).await[0].get::<_, i64>(0), 0, "nothing is left to be used");
    let mut reader = Reader::of(&world, &petra.email).await;
    says(&reader.open("/connections").await, "did not confirm the end");
    owner.batch_execute("DELETE FROM jobs WHERE kind = 'revoke-connection'").await.unwrap();
    world.orders(json!({})).await;
    world.end().await;
}

/// How many living consents the application shows to Petra.
async fn connected_apps(world: &World) -> usize {
    let mut browser = Browser::new(world.client.clone());
    let page = browser.open(&world.sandbox.marketing.join("/sign-in").unwrap()).await.unwrap();
    let form = page.form("/sign-in").unwrap().set("email", PETRA);
    browser.send(&form.set("password", SAMPLE_PASSWORD)).await.unwrap();
    let page = browser.open(&world.sandbox.marketing.join("/connected-apps").unwrap()).await;
    page.unwrap().text.matches("/disconnect\"").count()
}
