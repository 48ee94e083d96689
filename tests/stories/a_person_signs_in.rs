//! A person signs in, sees their sessions, makes a token, and ends both.

use crate::support::actor::PASSWORD;
use crate::support::{Session, World};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn with_a_token_and_without() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let me = petra.get("/v1/me").await.expect(200);
    assert_eq!(me.at("/email"), "owner@fjordhaus-outdoor.example");
    assert_eq!(me.at("/seats/0/organization_name"), "Fjordhaus Outdoor");
    assert_eq!(me.at("/seats/0/program"), "larkfield");
    world.anyone().get("/v1/me").await.refused(401, "unauthenticated");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_a_wrong_address_look_the_same() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let anyone = world.anyone();
    let wrong = json!({ "email": petra.email, "password": "something else" });
    let first = anyone.post("/v1/sessions", wrong).await.refused(422, "wrong-sign-in");
    let nobody = json!({ "email": "nobody@nowhere.example", "password": PASSWORD });
    let second = anyone.post("/v1/sessions", nobody).await.refused(422, "wrong-sign-in");
    assert_eq!(first.json(), second.json());
    let empty = anyone.post("/v1/sessions", json!({})).await.refused(400, "unreadable-body").json();
    let fields = empty["errors"].as_array().unwrap().iter().map(|error| &error["field"]);
    assert_eq!(fields.collect::<Vec<_>>(), ["email", "password"], "{empty}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let anyone = world.anyone();
    let guess = |n: i32| json!({ "email": petra.email, "password": format!("guess {n}") });
    // The actor's own sign-in was the first try of this window.
    for n in 0..9 {
        anyone.post("/v1/sessions", guess(n)).await.refused(422, "wrong-sign-in");
    }
    let slowed = anyone.post("/v1/sessions", guess(10)).await.refused(429, "too-many-tries");
    assert!(slowed.header("retry-after").is_some());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_ended_by_its_owner_only_and_only_from_our_pages() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let karin = world.customer("Moor Lodges").await;
    let sign_in = json!({ "email": petra.email, "password": PASSWORD });
    let session = world.anyone().post("/v1/sessions", sign_in).await.expect(201);
    let path = format!("/v1/sessions/{}", session.id());
    let karin = Session::of(&world, &karin.email).await;
    karin.delete(&path).await.refused(404, "not-found");
    let cookie = session.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let from = |origin: &str| {
        let request = petra.client.delete(format!("{}{path}", world.base));
        request.header("cookie", &cookie).header("origin", origin)
    };
    let method = reqwest::Method::DELETE;
    let elsewhere = petra.answer(method.clone(), &path, from("http://evil.example")).await;
    elsewhere.refused(403, "cross-site");
    petra.answer(method.clone(), &path, from(&world.base)).await.expect(204);
    petra.answer(method, &path, from(&world.base)).await.refused(401, "unauthenticated");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_is_a_problem() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let petra = Session::of(&world, &petra.email).await;
    petra.get("/v1/nothing-here").await.refused(404, "not-found");
    petra.get("/v1/sessions/not-an-id").await.expect(405);
    petra.delete("/v1/sessions/not-an-id").await.refused(404, "not-found");
    let allowed = petra.patch("/v1/tokens", json!({})).await.refused(405, "method-not-allowed");
    assert_eq!(allowed.header("allow"), Some("GET, HEAD, POST"));
    petra.get("/v1").await.refused(404, "not-found");
    let hook = petra.get("/hooks/stripe").await.refused(405, "method-not-allowed");
    assert_eq!(hook.header("allow"), Some("POST"));
    let page = petra.send(reqwest::Method::PUT, "/p/larkfield/inbox", None).await.expect(405);
    assert_eq!(page.header("allow"), Some("GET, HEAD, POST"));
    petra.send(reqwest::Method::OPTIONS, "/p/larkfield/inbox", None).await.expect(204);
    petra.get("/v1/tokens?nonsense=1").await.refused(400, "bad-query");
    let unknown = json!({ "name": "x", "scope": "read", "days": 1, "extra": true });
    let unknown = petra.post("/v1/tokens", unknown).await.refused(400, "unreadable-body");
    assert_eq!(unknown.at("/errors/0/field"), "extra");
    let missing = json!({ "name": 7, "scope": "all" });
    let missing = petra.post("/v1/tokens", missing).await.refused(400, "unreadable-body").json();
    let fields: Vec<_> =
        missing["errors"].as_array().unwrap().iter().map(|e| &e["field"]).collect();
    assert_eq!(fields, ["days", "name", "scope"]);
    let days = json!({ "name": "", "scope": "read", "days": 0 });
    let both = petra.post("/v1/tokens", days).await.refused(422, "invalid");
    assert_eq!(both.json()["errors"].as_array().unwrap().len(), 2);
    let huge = json!({ "name": "x".repeat(2_000_000), "scope": "read", "days": 1 });
    petra.post("/v1/tokens", huge).await.refused(413, "too-large");
    let request = petra.request(reqwest::Method::POST, "/v1/tokens").body("name=x");
    petra
        .answer(reqwest::Method::POST, "/v1/tokens", request)
        .await
        .refused(415, "unsupported-media-type");
    world.end().await;
}

/// A token that leaked must not be able to outlive its end, nor to look at the person's sessions.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_reaches_no_token_and_no_session() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let body = json!({ "name": "longer", "scope": "write", "days": 365 });
    petra.post("/v1/tokens", body).await.refused(403, "session-wanted");
    petra.get("/v1/sessions").await.refused(403, "session-wanted");
    let session = Session::of(&world, &petra.email).await;
    let sessions = session.get("/v1/sessions").await.expect(200).json();
    let path = format!("/v1/sessions/{}", sessions[0]["id"].as_str().unwrap());
    petra.delete(&path).await.refused(403, "session-wanted");
    let tokens = session.get("/v1/tokens").await.expect(200).json();
    let path = format!("/v1/tokens/{}", tokens[0]["id"].as_str().unwrap());
    petra.delete(&path).await.refused(403, "session-wanted");
    session.delete(&path).await.expect(204);
    petra.get("/v1/me").await.refused(401, "unauthenticated");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_does_the_same_thing_once() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let petra = Session::of(&world, &petra.email).await;
    let body = json!({ "name": "once", "scope": "read", "days": 1 });
    let first = petra.post_once("/v1/tokens", "key-1", body.clone()).await.expect(201);
    let again = petra.post_once("/v1/tokens", "\"key-1\"", body).await.expect(201);
    assert_eq!(first.json(), again.json());
    let kept = "SELECT 1 FROM idempotency_keys WHERE position('once'::bytea IN body) > 0";
    assert!(world.sql(kept).await.is_empty(), "the kept answer is sealed");
    let other = json!({ "name": "other", "scope": "read", "days": 1 });
    petra.post_once("/v1/tokens", "key-1", other).await.refused(422, "idempotency-key-reused");
    let tokens = petra.get("/v1/tokens").await.expect(200).json();
    assert_eq!(tokens.as_array().unwrap().iter().filter(|t| t["name"] == "once").count(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_page_and_back_to_where_they_wanted_to_go() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let anyone = world.anyone();
    let front = anyone.get("/").await.expect(303);
    assert_eq!(front.header("location"), Some("/p/larkfield/"));
    let page = anyone.get("/p/larkfield/sign-in?next=/settings").await.expect(200);
    assert!(page.text().contains("Work mail"));
    let path = "/p/larkfield/sign-in";
    let form = [("email", petra.email.as_str()), ("password", PASSWORD), ("next", "/\\evil")];
    let send = |origin: &str| {
        anyone.client.post(format!("{}{path}", world.base)).header("origin", origin).form(&form)
    };
    let method = reqwest::Method::POST;
    anyone.answer(method.clone(), path, send("http://evil.example")).await.expect(403);
    let signed_in = anyone.answer(method, path, send(&world.base)).await.expect(303);
    assert_eq!(signed_in.header("location"), Some("/p/larkfield/"));
    assert!(signed_in.header("set-cookie").unwrap().contains("HttpOnly; SameSite=Lax"));
    anyone.get("/p/nowhere/").await.expect(404);
    world.end().await;
}
