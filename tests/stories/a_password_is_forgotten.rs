//! Forgotten and changed passwords, and another address: what ends, what stays, who is told.

use crate::support::actor::PASSWORD;
use crate::support::{Answer, Session, World};
use serde_json::json;

const NEW: &str = "another long sentence";

async fn ask(world: &World, email: &str) -> Answer {
    let body = json!({ "email": email });
    world.anyone().post("/v1/programs/larkfield/password-reset", body).await
}

async fn complete(world: &World, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "password": password });
    world.anyone().post("/v1/password-reset/complete", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_ends_sessions_and_lists_tokens() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let session = Session::of(&world, &petra.email).await;
    ask(&world, &petra.email).await.expect(202);
    let token = world.mailed_token(&petra.email, "Choose a new password").await;
    complete(&world, &token, "short").await.refused(422, "invalid");
    let answer = complete(&world, &token, NEW).await.expect(200);
    assert_eq!(answer.at("/tokens/0/name"), "story");
    session.get("/v1/me").await.refused(401, "unauthenticated");
    petra.get("/v1/me").await.expect(200);
    complete(&world, &token, "yet another sentence").await.refused(404, "no-such-link");
    let old = json!({ "email": petra.email, "password": PASSWORD });
    world.anyone().post("/v1/sessions", old).await.refused(422, "wrong-sign-in");
    Session::with(&world, &petra.email, NEW).await;
    world.settle().await;
    let mails = world.mails_to(&petra.email).await;
    assert_eq!(mails[0]["subject"], "Your password was changed");
    assert!(mails[0]["text"].as_str().unwrap().contains("These API tokens still work: story."));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_who_has_an_account() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let known = ask(&world, &petra.email).await.expect(202);
    let unknown = ask(&world, "nobody@nowhere.example").await.expect(202);
    assert_eq!(known.bytes, unknown.bytes);
    world.settle().await;
    assert_eq!(world.mails_to("nobody@nowhere.example").await.len(), 0);
    ask(&world, "nobody@nowhere.example").await.expect(202);
    ask(&world, "nobody@nowhere.example").await.expect(202);
    ask(&world, "nobody@nowhere.example").await.refused(429, "too-many-tries");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_works_for_an_hour_and_ends_the_others() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    ask(&world, &petra.email).await.expect(202);
    let first = world.mailed_token(&petra.email, "Choose a new password").await;
    ask(&world, &petra.email).await.expect(202);
    let second = world.mailed_token(&petra.email, "Choose a new password").await;
    complete(&world, &first, NEW).await.expect(200);
    complete(&world, &second, NEW).await.refused(404, "no-such-link");
    ask(&world, &petra.email).await.expect(202);
    let third = world.mailed_token(&petra.email, "Choose a new password").await;
    world.advance(chrono::Duration::minutes(61)).await;
    complete(&world, &third, NEW).await.refused(404, "no-such-link");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_the_other_sessions() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let (here, there) =
        (Session::of(&world, &petra.email).await, Session::of(&world, &petra.email).await);
    let path = "/v1/me/password";
    let wrong = json!({ "password": "not it at all", "new_password": NEW });
    here.put(path, wrong).await.refused(422, "wrong-password");
    let right = json!({ "password": PASSWORD, "new_password": NEW });
    petra.put(path, right.clone()).await.refused(403, "session-wanted");
    here.put(path, right).await.expect(204);
    here.get("/v1/me").await.expect(200);
    there.get("/v1/me").await.refused(401, "unauthenticated");
    let guess = |n: i32| json!({ "password": format!("guess {n}"), "new_password": NEW });
    // The right one was no guess.
    for n in 0..9 {
        here.put(path, guess(n)).await.refused(422, "wrong-password");
    }
    here.put(path, guess(10)).await.refused(429, "too-many-tries");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_is_confirmed_by_the_new_and_told_to_the_old() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let karin = world.customer("Moor Lodges").await;
    let session = Session::of(&world, &petra.email).await;
    let to = |email: &str| json!({ "email": email, "password": PASSWORD });
    let own = session.post("/v1/me/email", to(&petra.email)).await;
    own.refused(422, "invalid");
    let free = session.post("/v1/me/email", to("petra@new.example")).await.expect(202);
    let taken = session.post("/v1/me/email", to(&karin.email)).await.expect(202);
    assert_eq!(free.bytes, taken.bytes);
    let token = world.mailed_token("petra@new.example", "Confirm your new address").await;
    let karins = world.mails_to(&karin.email).await;
    assert_eq!(karins[0]["subject"], "You have an account already");
    let asked = world.mails_to(&petra.email).await;
    assert!(asked.iter().any(|m| m["subject"] == "Another address was asked for"));
    let path = "/v1/email-change/confirm";
    world.anyone().post(path, json!({ "token": token })).await.expect(204);
    world.anyone().post(path, json!({ "token": token })).await.refused(404, "no-such-link");
    assert_eq!(session.get("/v1/me").await.expect(200).at("/email"), "petra@new.example");
    world.settle().await;
    let old = world.mails_to(&petra.email).await;
    assert_eq!(old[0]["subject"], "Your address was changed");
    Session::of(&world, "petra@new.example").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sets_name_and_zone() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let session = Session::of(&world, &petra.email).await;
    let wrong = json!({ "name": "", "zone": "Stockholm" });
    let faults = session.put("/v1/me", wrong).await.refused(422, "invalid").json();
    assert_eq!(faults["errors"].as_array().unwrap().len(), 2);
    let right = json!({ "name": "Petra L", "zone": "Asia/Tokyo" });
    session.put("/v1/me", right).await.expect(204);
    let me = session.get("/v1/me").await.expect(200);
    assert_eq!((me.at("/name"), me.at("/zone")), ("Petra L".into(), "Asia/Tokyo".into()));
    world.end().await;
}
