//! A card pays the weeks as they lock: once each, held until they are accepted; and what becomes of
//! a week that it cannot pay.

use super::Scene;
use crate::support::hours::{Agreed, at, later};
use crate::support::payments::{ASKED_ALWAYS, DECLINED_LATER, GOOD};
use crate::support::{Actor, Answer};
use serde_json::{Value, json};

pub const HOURS: Agreed = Agreed(9_000, 600, 4);

impl Scene {
    pub fn mandate(&self) -> String {
        format!("/v1/engagements/{}/mandate", self.engagement)
    }

    /// What the customer reads of who pays.
    pub async fn paid_by(&self) -> Value {
        self.customer.get(&self.mandate()).await.expect(200).json()
    }

    /// Says yes to the words of a card.
    pub async fn lets_pay(&self, who: &Actor, method: &str) -> Answer {
        let offers = self.paid_by().await["offers"].clone();
        let offers = offers.as_array().unwrap();
        let offer = offers.iter().find(|one| one["method"] == method).expect("an offer");
        who.post(&self.mandate(), offer.clone()).await
    }

    /// Keeps a card, and lets it pay the weeks.
    pub async fn with_card(&self, number: &str) -> String {
        let card = self.world.keeps_card(&self.customer, number).await;
        self.lets_pay(&self.customer, &card).await.expect(201);
        card
    }

    /// A signed engagement whose weeks a card pays, with an hour of time on its Monday.
    pub async fn worked(number: &str) -> (Self, String) {
        let scene = Self::signed(HOURS).await;
        let card = scene.with_card(number).await;
        scene.expert.works(&scene.engagement, scene.monday, 60).await.expect(201);
        (scene, card)
    }

    /// So many charges succeeded at Stripe, and the books say the same to the cent.
    pub async fn charged(&self, times: usize) {
        self.world.news_told().await;
        self.world.balances().await;
        let books = self.world.till("books", None).await;
        let charges = books["charges"].as_array().unwrap();
        let paid = charges.iter().filter(|charge| charge["succeeded"] == true);
        assert_eq!(paid.count(), times, "{charges:#?}");
    }

    pub async fn mailed(&self, who: &Actor, subject: &str) -> Value {
        self.world.settle().await;
        let mails = self.world.mails_to(&who.email).await;
        let fits = |mail: &&Value| mail["subject"].as_str().unwrap().contains(subject);
        let found: Vec<&Value> = mails.iter().filter(fits).collect();
        assert_eq!(found.len(), 1, "one mail of {subject:?}: {mails:#?}");
        found[0].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn charged_once_held_and_released_by_silence() {
    let (scene, card) = Scene::worked(GOOD).await;
    let Scene { world, customer, monday, .. } = &scene;
    let given = scene.paid_by().await;
    assert_eq!((&given["standing"], &given["mandate"]["method"]), (&json!("live"), &json!(card)));
    assert_eq!(given["mandate"]["most_a_week"]["minor"], 90_000);
    let words = given["mandate"]["words"].as_str().unwrap();
    for part in ["Visa •••• 4242", "never more than $900.00", "Monday at 12:00 UTC", "one press"]
    {
        assert!(words.contains(part), "{words}");
    }
    let cards = customer.get("/v1/payment-methods").await.expect(200).json();
    assert_eq!(cards["items"][0]["pays_weeks_of"], json!([scene.engagement]));
    scene.locks().await;
    assert_eq!(scene.week().await["state"], "review", "it was charged by itself");
    scene.charged(1).await;
    let payment = "SELECT mandate_id IS NOT NULL, amount_minor, state FROM payments";
    let payment = &world.sql(payment).await[0];
    let seen: (bool, i64, String) = (payment.get(0), payment.get(1), payment.get(2));
    assert_eq!(seen, (true, 9_000, "paid".to_owned()));
    let mail = scene.mailed(customer, "$90.00 charged, and held").await;
    let text = mail["text"].as_str().unwrap();
    for part in ["Visa •••• 4242 was charged", "held until the hours are accepted", "disagree"]
    {
        assert!(text.contains(part), "{text}");
    }
    assert!(!scene.told(customer).await.contains("$90.00 owed"), "nobody is asked to pay it");
    assert_eq!(scene.sent().await, [0; 0], "held meanwhile");
    world.moves_to(at(later(*monday, 12), 0, 0, 0)).await;
    world.settle().await;
    assert_eq!(scene.week().await["state"], "accepted");
    assert_eq!(scene.sent().await, [7_200]);
    scene.charged(1).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn declined_it_is_told_and_paid_by_hand() {
    let (scene, _) = Scene::worked(DECLINED_LATER).await;
    let Scene { world, customer, expert, engagement, monday } = &scene;
    let milestone = scene.locks().await;
    assert_eq!(scene.week().await["state"], "owed");
    let mail = scene.mailed(customer, "the card was declined for $90.00").await;
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains("Nothing was charged") && text.contains("/fund"), "{text}");
    scene.charged(0).await;
    // It is not tried again, whatever else wakes it; the next week waits for this one.
    expert.works(engagement, later(*monday, 7), 120).await.expect(201);
    world.pays(customer, &milestone).await;
    assert_eq!(scene.week().await["state"], "review");
    scene.charged(1).await;
    let good = scene.with_card(GOOD).await;
    assert_eq!(scene.paid_by().await["mandate"]["method"], json!(good));
    world.moves_to(at(later(*monday, 14), 12, 0, 0)).await;
    let second = customer.week(engagement, later(*monday, 7)).await;
    assert_eq!(second["state"], "review", "the card that was chosen since pays it: {second}");
    scene.charged(2).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_waits_for_the_one_before_and_is_charged_then() {
    let (scene, _) = Scene::worked(DECLINED_LATER).await;
    let Scene { world, customer, expert, engagement, monday } = &scene;
    let first = scene.locks().await;
    expert.works(engagement, later(*monday, 7), 120).await.expect(201);
    scene.with_card(GOOD).await;
    world.moves_to(at(later(*monday, 14), 12, 0, 0)).await;
    let second = async || customer.week(engagement, later(*monday, 7)).await["state"].clone();
    assert_eq!(second().await, "owed", "an earlier one comes first");
    scene.charged(0).await;
    world.pays(customer, &first).await;
    world.news_told().await;
    assert_eq!(second().await, "review", "now it is charged by itself");
    scene.charged(2).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_bank_asks_and_the_payer_confirms() {
    let (scene, _) = Scene::worked(ASKED_ALWAYS).await;
    let Scene { world, customer, .. } = &scene;
    let milestone = scene.locks().await;
    assert_eq!(scene.week().await["state"], "owed");
    let mail = scene.mailed(customer, "Your bank wants you to confirm $90.00").await;
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains(&format!("/milestones/{milestone}/fund")), "{text}");
    assert!(text.contains("Week of"), "{text}");
    let page = world.begins(customer, &milestone).await;
    world.card(&page.at("/checkout_url"), ASKED_ALWAYS).await.expect(303);
    world.bank(&page.at("/checkout_url"), "yes").await.expect(303);
    world.until(customer, &format!("/v1/payments/{}", page.id()), "/state", "paid").await;
    world.settle().await;
    assert_eq!(scene.week().await["state"], "review");
    scene.charged(1).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_removed_pays_no_more() {
    let (scene, card) = Scene::worked(GOOD).await;
    let Scene { world, customer, .. } = &scene;
    customer.delete(&format!("/v1/payment-methods/{card}")).await.expect(204);
    let seen = scene.paid_by().await;
    assert_eq!(seen["standing"], "ended");
    assert_eq!(seen["mandate"]["ended_because"], "card-removed");
    assert_eq!(seen["offers"], json!([]));
    scene.mailed(customer, "does not pay the weeks of").await;
    scene.locks().await;
    assert_eq!(scene.week().await["state"], "owed");
    assert!(scene.told(customer).await.contains("is locked: $90.00 owed"));
    scene.charged(0).await;
    assert_eq!(scene.count("payments").await, 0);
    let trail = format!("/v1/engagements/{}/timeline", scene.engagement);
    let trail = scene.expert.get(&trail).await.expect(200).text();
    assert!(trail.contains("Weeks are paid by hand from now on"), "{trail}");
    world.settle().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_has_ended_suspends_it() {
    let scene = Scene::signed(HOURS).await;
    let Scene { world, customer, expert, engagement, monday } = &scene;
    let month = monday.format("%m/%y").to_string();
    let card = world.keeps_card_until(customer, GOOD, &month).await;
    scene.lets_pay(customer, &card).await.expect(201);
    world.moves_to(at(later(*monday, 35), 9, 0, 0)).await;
    assert_eq!(scene.paid_by().await["standing"], "suspended");
    let day = later(*monday, 35);
    expert.works(engagement, day, 60).await.expect(201);
    world.moves_to(at(later(day, 7), 12, 0, 0)).await;
    assert_eq!(customer.week(engagement, day).await["state"], "owed");
    let mail = scene.mailed(customer, "is locked: $90.00 owed").await;
    assert!(mail["text"].as_str().unwrap().contains("past its last month"), "{mail}");
    assert_eq!(scene.count("payments").await, 0);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_between_the_lock_and_the_charge_it_charges_nothing() {
    let (scene, _) = Scene::worked(GOOD).await;
    let Scene { world, customer, monday, .. } = &scene;
    // By the clock the week is locked; nobody has worked since.
    let by = at(later(*monday, 7), 12, 0, 1) - world.clock.now();
    let rest =
        "UPDATE jobs SET run_at = run_at + interval '1 hour' WHERE kind = 'engagement-timer'";
    let owner = world.database.connect(attache::postgres::Role::Owner).await;
    owner.execute(rest, &[]).await.unwrap();
    world.advance(by).await;
    customer.delete(&scene.mandate()).await.expect(204);
    customer.delete(&scene.mandate()).await.refused(404, "not-found");
    world.advance(chrono::Duration::hours(1)).await;
    world.settle().await;
    assert_eq!(scene.week().await["state"], "owed");
    scene.charged(0).await;
    assert_eq!(scene.count("payments").await, 0);
    assert!(scene.told(customer).await.contains("is locked: $90.00 owed"));
    scene.world.end().await;
}
