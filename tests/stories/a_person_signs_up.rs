//! A person signs up by the link in a mail, and nobody learns who has an account.

use crate::support::{Answer, Session, World, race};
use serde_json::{Value, json};

const SECRET: &str = "a sentence nobody guesses";

fn sign_up(email: &str) -> Value {
    json!({
        "name": "Petra Lindqvist", "email": email, "password": SECRET,
        "organization": {
            "kind": "customer", "name": "Fjordhaus Outdoor", "city": "Malmö", "country": "SE",
            "zone": "Europe/Stockholm", "industry": "outdoor"
        }
    })
}

async fn ask(world: &World, email: &str) -> Answer {
    world.anyone().post("/v1/programs/larkfield/sign-up", sign_up(email)).await
}

fn confirm(token: &str, password: &str) -> Value {
    json!({ "token": token, "password": password })
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_form_to_the_first_page() {
    let world = World::new().await;
    let anyone = world.anyone();
    ask(&world, "Petra@Fjordhaus.example").await.expect(202);
    let wrong = json!({ "email": "petra@fjordhaus.example", "password": SECRET });
    anyone.post("/v1/sessions", wrong).await.refused(422, "wrong-sign-in");
    let token = world.mailed_token("petra@fjordhaus.example", "Confirm your address").await;
    let path = "/v1/sign-up/confirm";
    anyone.post(path, confirm(&token, "another sentence")).await.refused(422, "wrong-password");
    let session = anyone.post(path, confirm(&token, SECRET)).await.expect(201);
    let petra = Session::from_answer(&world, &session);
    let me = petra.get("/v1/me").await.expect(200);
    assert_eq!(me.at("/name"), "Petra Lindqvist");
    assert_eq!(me.at("/zone"), "Europe/Stockholm");
    assert_eq!(me.at("/seats/0/organization_name"), "Fjordhaus Outdoor");
    assert_eq!(me.at("/seats/0/role"), "owner");
    assert_eq!(me.at("/seats/0/kind"), "customer");
    anyone.post(path, confirm(&token, SECRET)).await.refused(404, "no-such-link");
    Session::with(&world, "petra@fjordhaus.example", SECRET).await;
    let kept = world.sql("SELECT count(*) FROM email_links WHERE facts <> '{}'").await;
    assert_eq!(kept[0].get::<_, i64>(0), 0, "a spent link keeps no password hash");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_the_same_for_an_address_with_an_account() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let known = ask(&world, &petra.email).await.expect(202);
    let unknown = ask(&world, "nobody@nowhere.example").await.expect(202);
    assert_eq!(known.bytes, unknown.bytes);
    world.settle().await;
    let mails = world.mails_to(&petra.email).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0]["subject"], "You have an account already");
    assert!(!mails[0].to_string().contains("token="), "no secret for who asked for none");
    let links = world.sql("SELECT email FROM email_links").await;
    assert_eq!(links.len(), 1, "no link for the known address");
    assert_eq!(world.mails_to("nobody@nowhere.example").await.len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_followed_eight_times_at_once_makes_one_account() {
    let world = World::new().await;
    ask(&world, "petra@fjordhaus.example").await.expect(202);
    ask(&world, "petra@fjordhaus.example").await.expect(202);
    let token = world.mailed_token("petra@fjordhaus.example", "Confirm your address").await;
    let tries = (0..8).map(|_| {
        let (anyone, body) = (world.anyone(), confirm(&token, SECRET));
        async move { anyone.post("/v1/sign-up/confirm", body).await }
    });
    let answers = race(tries).await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1);
    let refused: Vec<_> = answers.into_iter().filter(|a| a.status != 201).collect();
    assert_eq!(refused.len(), 7);
    refused.into_iter().for_each(|a| drop(a.refused(404, "no-such-link")));
    let made = world.sql("SELECT id FROM persons").await;
    assert_eq!(made.len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_link_of_the_same_address_finds_the_account_there() {
    let world = World::new().await;
    let address = "petra@fjordhaus.example";
    ask(&world, address).await.expect(202);
    let first = world.mailed_token(address, "Confirm your address").await;
    ask(&world, address).await.expect(202);
    let second = world.mailed_token(address, "Confirm your address").await;
    assert_ne!(first, second);
    let anyone = world.anyone();
    anyone.post("/v1/sign-up/confirm", confirm(&first, SECRET)).await.expect(201);
    let again = anyone.post("/v1/sign-up/confirm", confirm(&second, SECRET)).await;
    again.refused(409, "address-taken");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_run_out_and_faults_are_named() {
    let world = World::new().await;
    let address = "petra@fjordhaus.example";
    ask(&world, address).await.expect(202);
    let token = world.mailed_token(address, "Confirm your address").await;
    world.advance(chrono::Duration::hours(25)).await;
    let anyone = world.anyone();
    let late = anyone.post("/v1/sign-up/confirm", confirm(&token, SECRET)).await;
    late.refused(404, "no-such-link");
    let mut body = sign_up("no address");
    body["password"] = json!("short");
    body["name"] = json!("see http://evil.example");
    body["organization"]["country"] = json!("XX");
    body["organization"]["kind"] = json!("vendor");
    let path = "/v1/programs/larkfield/sign-up";
    let faults = anyone.post(path, body).await.refused(422, "invalid").json();
    let fields: Vec<_> = faults["errors"].as_array().unwrap().iter().collect();
    let named: Vec<_> = fields.iter().map(|f| f["field"].as_str().unwrap()).collect();
    assert_eq!(named, ["name", "email", "password", "kind", "country"]);
    let nowhere = anyone.post("/v1/programs/nowhere/sign-up", sign_up(address)).await;
    nowhere.refused(404, "not-found");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_flooded_with_mail() {
    let world = World::new().await;
    for _ in 0..3 {
        ask(&world, "petra@fjordhaus.example").await.expect(202);
    }
    ask(&world, "petra@fjordhaus.example").await.refused(429, "too-many-tries");
    ask(&world, "karin@moor.example").await.expect(202);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_in_person_adds_an_organization_and_acts_for_it() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let session = Session::of(&world, &petra.email).await;
    let body = sign_up("x@y.example")["organization"].clone();
    let path = "/v1/programs/larkfield/organizations";
    let mut agency = body.clone();
    agency["kind"] = json!("partner");
    agency["name"] = json!("Lindqvist Works");
    agency["industry"] = json!(null);
    let seat = session.post(path, agency).await.expect(201).at("/membership");
    let me = session.get("/v1/me").await.expect(200);
    assert_eq!(me.at("/acting"), seat);
    assert_eq!(me.json()["seats"].as_array().unwrap().len(), 2);
    petra.post(path, body.clone()).await.refused(403, "session-wanted");
    world.anyone().post(path, body).await.refused(401, "unauthenticated");
    world.end().await;
}
