//! Colleagues are invited, join with exactly the role they were given, and go.

use crate::support::{Actor, Session, World, race};
use serde_json::{Value, json};

const SECRET: &str = "a sentence nobody guesses";
const INVITATIONS: &str = "/v1/members/invitations";

fn invitation(email: &str, role: &str) -> Value {
    json!({ "email": email, "role": role })
}

fn account(token: &str) -> Value {
    json!({ "token": token, "name": "Jonas Berg", "password": SECRET })
}

async fn members(of: &Actor) -> Vec<Value> {
    of.get("/v1/members").await.expect(200).json().as_array().unwrap().clone()
}

fn membership(members: &[Value], email: &str) -> String {
    let found = members.iter().find(|m| m["email"] == email).unwrap();
    found["membership"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_colleague_joins_with_exactly_the_role() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    petra.post(INVITATIONS, invitation("jonas@fjordhaus.example", "member")).await.expect(202);
    let open = petra.get(INVITATIONS).await.expect(200);
    assert_eq!(open.at("/0/email"), "jonas@fjordhaus.example");
    let token = world.mailed_token("jonas@fjordhaus.example", "Join Fjordhaus Outdoor").await;
    let anyone = world.anyone();
    let look = anyone.post("/v1/joins/look", json!({ "token": token })).await.expect(200);
    assert_eq!(look.at("/role"), "member");
    assert_eq!(look.at("/has_account"), "false");
    let tries = (0..8).map(|_| {
        let (anyone, body) = (world.anyone(), account(&token));
        async move { anyone.post("/v1/joins", body).await }
    });
    let joined: Vec<_> = race(tries).await.into_iter().filter(|a| a.status == 201).collect();
    assert_eq!(joined.len(), 1, "a link works once, however often it is followed");
    let jonas = Session::from_answer(&world, &joined[0]);
    let me = jonas.get("/v1/me").await.expect(200);
    assert_eq!(me.at("/seats/0/role"), "member");
    assert_eq!(me.at("/seats/0/organization"), petra.organization);
    assert_eq!(me.json()["seats"].as_array().unwrap().len(), 1);
    jonas
        .post(INVITATIONS, invitation("x@y.example", "member"))
        .await
        .refused(403, "not-permitted");
    assert_eq!(petra.get(INVITATIONS).await.expect(200).json(), json!([]));
    let again = invitation("jonas@fjordhaus.example", "admin");
    petra.post(INVITATIONS, again).await.refused(409, "already-member");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn someone_with_an_account_signs_in_to_join() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let karin = world.customer("Moor Lodges").await;
    petra.post(INVITATIONS, invitation(&karin.email, "admin")).await.expect(202);
    let token = world.mailed_token(&karin.email, "Join Fjordhaus Outdoor").await;
    world.anyone().post("/v1/joins", account(&token)).await.refused(409, "sign-in-first");
    let body = json!({ "token": token });
    let other = Session::of(&world, &petra.email).await;
    other.post("/v1/me/joins", body.clone()).await.refused(403, "other-address");
    let session = Session::of(&world, &karin.email).await;
    let seat = session.post("/v1/me/joins", body.clone()).await.expect(201).at("/membership");
    let me = session.get("/v1/me").await.expect(200);
    assert_eq!(me.at("/acting"), seat);
    assert_eq!(me.json()["seats"].as_array().unwrap().len(), 2);
    session.post("/v1/me/joins", body).await.refused(404, "no-such-link");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_are_withdrawn_replaced_and_run_out() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let karin = world.customer("Moor Lodges").await;
    let address = "jonas@fjordhaus.example";
    let anyone = world.anyone();
    petra.post(INVITATIONS, invitation(address, "admin")).await.expect(202);
    let first = world.mailed_token(address, "Join").await;
    petra.post(INVITATIONS, invitation(address, "member")).await.expect(202);
    let second = world.mailed_token(address, "Join").await;
    anyone.post("/v1/joins", account(&first)).await.refused(404, "no-such-link");
    let id = petra.get(INVITATIONS).await.expect(200).at("/0/id");
    karin.delete(&format!("{INVITATIONS}/{id}")).await.refused(404, "not-found");
    petra.delete(&format!("{INVITATIONS}/{id}")).await.expect(204);
    anyone.post("/v1/joins", account(&second)).await.refused(404, "no-such-link");
    petra.post(INVITATIONS, invitation(address, "member")).await.expect(202);
    let third = world.mailed_token(address, "Join").await;
    world.advance(chrono::Duration::days(8)).await;
    anyone.post("/v1/joins", account(&third)).await.refused(404, "no-such-link");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_seat_ends_sessions_and_tokens_at_once() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let jonas = world.colleague(&petra, "customer", "admin", "jonas").await;
    let session = Session::of(&world, &jonas.email).await;
    session.get("/v1/members").await.expect(200);
    jonas.post(INVITATIONS, invitation("x@y.example", "member")).await.expect(202);
    let token = world.mailed_token("x@y.example", "Join").await;
    let path = format!("/v1/members/{}", membership(&members(&petra).await, &jonas.email));
    world.customer("Moor Lodges").await.delete(&path).await.refused(404, "not-found");
    petra.delete(&path).await.expect(204);
    session.get("/v1/members").await.refused(403, "no-membership");
    jonas.get("/v1/members").await.refused(401, "unauthenticated");
    world.anyone().post("/v1/joins", account(&token)).await.refused(404, "no-such-link");
    petra.delete(&path).await.refused(404, "not-found");
    world.settle().await;
    let told = world.mails_to(&jonas.email).await;
    let subjects: Vec<&str> = told.iter().filter_map(|mail| mail["subject"].as_str()).collect();
    assert_eq!(subjects, ["Your seat at Fjordhaus Outdoor has ended"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_stays_whoever_is_quicker() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let own = format!("/v1/members/{}", membership(&members(&petra).await, &petra.email));
    petra.delete(&own).await.refused(409, "last-owner");
    let role = json!({ "role": "member" });
    petra.put(&format!("{own}/role"), role).await.refused(409, "last-owner");
    let seats = Session::of(&world, &petra.email).await.get("/p/larkfield/members").await.text();
    assert!(seats.contains("The only owner stays") && !seats.contains("Leave"), "{seats}");
    let jonas = world.colleague(&petra, "customer", "owner", "jonas").await;
    let theirs = format!("/v1/members/{}", membership(&members(&petra).await, &jonas.email));
    let tries = (0..8).map(|n| {
        let (who, path) = if n % 2 == 0 { (&petra, &own) } else { (&jonas, &theirs) };
        let (who, path) = (who.clone(), path.clone());
        async move { who.delete(&path).await }
    });
    let answers = race(tries).await;
    assert_eq!(answers.iter().filter(|a| a.status == 204).count(), 1, "{answers:?}");
    let left = world
        .sql("SELECT count(*) FROM memberships WHERE role = 'owner' AND ended_at IS NULL")
        .await;
    assert_eq!(left[0].get::<_, i64>(0), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_neither_make_nor_touch_owners() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let jonas = world.colleague(&petra, "customer", "admin", "jonas").await;
    let mia = world.colleague(&petra, "customer", "member", "mia").await;
    let all = members(&petra).await;
    let path = |who: &Actor| format!("/v1/members/{}", membership(&all, &who.email));
    let owner = json!({ "role": "owner" });
    let role = |who: &Actor| format!("{}/role", path(who));
    jonas.post(INVITATIONS, invitation("x@y.example", "owner")).await.refused(403, "owners-only");
    jonas.put(&role(&mia), owner.clone()).await.refused(403, "owners-only");
    jonas.put(&role(&petra), json!({ "role": "member" })).await.refused(403, "owners-only");
    jonas.delete(&path(&petra)).await.refused(403, "owners-only");
    mia.delete(&path(&jonas)).await.refused(403, "not-permitted");
    mia.put(&role(&mia), json!({ "role": "admin" })).await.refused(403, "not-permitted");
    let unknown = json!({ "role": "consultant" });
    jonas.put(&role(&mia), unknown).await.refused(422, "invalid");
    jonas.put(&role(&mia), json!({ "role": "admin" })).await.expect(204);
    assert_eq!(mia.get("/v1/me").await.expect(200).at("/seats/0/role"), "admin");
    mia.delete(&path(&mia)).await.expect(204);
    world.settle().await;
    let told = world.mails_to(&mia.email).await;
    assert!(
        told.iter().any(|mail| mail["subject"] == "You have left Fjordhaus Outdoor"),
        "{told:?}"
    );
    petra.put(&role(&jonas), owner).await.expect(204);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_read_scope_writes_nothing() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let body = json!({ "name": "reader", "scope": "read", "days": 1 });
    let session = Session::of(&world, &petra.email).await;
    let secret = session.post("/v1/tokens", body.clone()).await.expect(201).at("/secret");
    let reader = Actor { token: Some(secret), ..world.anyone() };
    reader.get("/v1/members").await.expect(200);
    let invite = reader.post(INVITATIONS, invitation("x@y.example", "member")).await;
    invite.refused(403, "token-reads-only");
    reader.post("/v1/tokens", body).await.refused(403, "token-reads-only");
    world.end().await;
}
