//! A customer pays a milestone by the pages alone, without script: on to the processor's page and
//! back, and only the processor's news makes it held.

use crate::support::deal::milestones;
use crate::support::payments::{DECLINED, GOOD};
use crate::support::session::Session;
use crate::support::{Actor, Answer, World};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

struct Scene {
    world: World,
    customer: Actor,
    expert: Actor,
    petra: Session,
    part: String,
    fund: String,
}

async fn scene() -> Scene {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let engagement = world.signed(&customer, &expert, &[125_000, 50_000]).await;
    let part = milestones(&customer, &engagement).await.remove(0);
    let petra = Session::of(&world, &customer.email).await;
    let fund = format!("/p/larkfield/milestones/{part}/fund");
    Scene { world, customer, expert, petra, part, fund }
}

/// A field of the page's form that pays; the page has others before it.
fn field(html: &str, name: &str) -> String {
    let form = html.split("/fund\">").nth(1).unwrap_or_else(|| panic!("no form in {html}"));
    let after = form.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
    after.split('"').next().unwrap().to_owned()
}

/// The processor's page that a page of ours leads on to by itself.
fn leads_to(html: &str) -> String {
    let after = html.split("http-equiv=\"refresh\" content=\"0;url=").nth(1).unwrap();
    after.split('"').next().unwrap().replace("&amp;", "&")
}

impl Scene {
    async fn presses(&self, html: &str) -> Answer {
        let fields = ["csrf", "idempotency_key"].map(|name| (name, field(html, name)));
        let request = self.petra.request(Method::POST, &self.fund).form(&fields);
        Answer::read("press".to_owned(), request.send().await.unwrap()).await
    }

    /// From the fund page to the page in between; its address, and the processor's page.
    async fn begins(&self) -> (String, String) {
        let page = self.petra.get(&self.fund).await.expect(200).text();
        let pressed = self.presses(&page).await.expect(303);
        let between = pressed.header("location").unwrap().to_owned();
        let html = self.petra.get(&between).await.expect(200).text();
        assert!(html.contains("Continue to pay"), "{html}");
        (between, leads_to(&html))
    }

    async fn state(&self) -> String {
        let path = format!("/v1/milestones/{}/money", self.part);
        self.customer.get(&path).await.expect(200).at("/state")
    }

    async fn until_held(&self) {
        let path = format!("/v1/milestones/{}/money", self.part);
        self.world.until(&self.customer, &path, "/state", "funded").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_script() {
    let scene = scene().await;
    let page = scene.petra.get(&scene.fund).await.expect(200).text();
    for said in ["Pay $1,250.00", "80 %, fixed at signing", "$1,000.00", "Fees included"] {
        assert!(page.contains(said), "{said} in {page}");
    }
    scene.world.till("faults", Some(json!({ "hold_webhooks": true }))).await;
    let (between, hosted) = scene.begins().await;
    assert!(hosted.starts_with(scene.world.sandbox.payments.as_str()), "{hosted}");
    scene.world.card(&hosted, GOOD).await.expect(303);
    let back = format!("{between}&from=paid");
    let waiting = scene.petra.get(&back).await.expect(200).text();
    assert!(waiting.contains("Waiting for your payment"), "{waiting}");
    assert!(waiting.contains("<noscript><meta http-equiv=\"refresh\""), "{waiting}");
    assert_eq!(scene.state().await, "planned", "coming back is not news");
    scene.world.till("webhooks/release", Some(json!({}))).await;
    scene.until_held().await;
    let held = scene.petra.get(&back).await.expect(200).text();
    assert!(held.contains("$1,250.00 is held") && !held.contains("http-equiv"), "{held}");
    let over = scene.petra.get(&scene.fund).await.expect(200).text();
    assert!(over.contains("Already paid"), "{over}");
    let late = scene.presses(&page).await.expect(409).text();
    assert!(late.contains("Not paid") && late.contains("Already paid"), "{late}");
    scene.world.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_another_card_after_one_was_declined() {
    let scene = scene().await;
    let (between, hosted) = scene.begins().await;
    scene.world.card(&hosted, DECLINED).await.expect(422);
    let path = between.split("payment=").nth(1).unwrap();
    scene.world.until(&scene.customer, &format!("/v1/payments/{path}"), "/state", "declined").await;
    let declined = scene.petra.get(&format!("{between}&from=cancelled")).await.expect(200).text();
    assert!(declined.contains("Your card was declined.") && declined.contains("Try again"));
    assert!(declined.contains(&hosted), "the same page waits: {declined}");
    let (again, same) = scene.begins_declined().await;
    assert_eq!((again, same), (between, hosted.clone()), "one payment");
    scene.world.card(&hosted, GOOD).await.expect(303);
    scene.until_held().await;
    scene.world.balances().await;
    scene.world.end().await;
}

impl Scene {
    /// Pressed again while a payment was declined: the same payment, with its page to try again.
    async fn begins_declined(&self) -> (String, String) {
        let page = self.petra.get(&self.fund).await.expect(200).text();
        let between = self.presses(&page).await.expect(303).header("location").unwrap().to_owned();
        let html = self.petra.get(&between).await.expect(200).text();
        assert!(html.contains("http-equiv=\"refresh\""), "it goes on to pay by itself: {html}");
        assert!(html.contains("Your card was declined."), "and says why it is here: {html}");
        let hosted = html.split("btn btn-main\" href=\"").nth(1).unwrap();
        (between, hosted.split('"').next().unwrap().replace("&amp;", "&"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn once_however_often_it_is_pressed() {
    let scene = scene().await;
    let page = scene.petra.get(&scene.fund).await.expect(200).text();
    let press = || scene.presses(&page);
    let (first, second, third) = tokio::join!(press(), press(), press());
    let pressed = [first, second, third];
    let to: BTreeSet<String> = pressed
        .into_iter()
        .map(|answer| answer.expect(303).header("location").unwrap().to_owned())
        .collect();
    assert_eq!(to.len(), 1, "{to:?}");
    let requests = scene.world.till("requests", None).await;
    let opened = requests["exchanges"].as_array().unwrap().iter();
    let opened = opened.filter(|r: &&Value| r["path"] == "/v1/checkout/sessions");
    assert_eq!(opened.count(), 1);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn later_when_the_processor_is_away() {
    let scene = scene().await;
    let page = scene.petra.get(&scene.fund).await.expect(200).text();
    let busy = json!({ "status_429": 1, "path_prefix": "/v1/checkout" });
    scene.world.till("faults", Some(busy)).await;
    let away = scene.presses(&page).await.expect(503).text();
    assert!(away.contains("The payment page cannot be opened now"), "{away}");
    assert!(away.contains("Pay $1,250.00"), "it can be tried again: {away}");
    scene.presses(&page).await.expect(303);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_from_whom_it_is_due() {
    let scene = scene().await;
    let world = &scene.world;
    let stranger = world.customer("Moor Lodges").await;
    let member = world.colleague(&scene.customer, "customer", "member", "Nils").await;
    let who = async |actor: &Actor| Session::of(world, &actor.email).await.get(&scene.fund).await;
    who(&stranger).await.expect(404);
    let seen = who(&member).await.expect(200).text();
    assert!(seen.contains("Not with your role") && !seen.contains("/fund\">"), "{seen}");
    let seen = who(&scene.expert).await.expect(200).text();
    assert!(seen.contains("The customer pays") && !seen.contains("/fund\">"), "{seen}");
    scene.world.end().await;
}
