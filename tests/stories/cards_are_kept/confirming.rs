//! A bank wants the card's holder: the payment waits, its payer is told, and one page later it is
//! paid, refused or lapsed, and never twice.

use super::scene::Scene;
use crate::support::Answer;
use crate::support::payments::{ASKED_ALWAYS, GOOD, key};
use chrono::Duration;
use serde_json::{Value, json};

impl Scene {
    /// A payment that waits for its payer.
    async fn unconfirmed(&self) -> Answer {
        self.world.keeps_card(&self.customer, ASKED_ALWAYS).await;
        let begun = self.charges(0, None).await.expect(201);
        assert_eq!(begun.at("/state"), "unconfirmed");
        self.world.settle().await;
        begun
    }

    /// The page on which it is confirmed.
    async fn opens(&self) -> Answer {
        let path = format!("/v1/milestones/{}/payments", self.parts[0]);
        self.customer.post_once(&path, &key(), json!({})).await.expect(201)
    }

    async fn intent(&self, id: &str) -> Value {
        let url = format!("{}v1/payment_intents/{id}", self.world.sandbox.payments);
        let secret = &self.world.sandbox.payments_secret_key;
        let asked = self.world.client.get(url).bearer_auth(secret);
        asked.send().await.unwrap().json().await.unwrap()
    }

    async fn intent_of(&self, payment: &str) -> String {
        let sql = format!("SELECT payment_intent FROM payments WHERE id = '{payment}'");
        self.world.sql(&sql).await[0].get(0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_page_and_paid() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    let begun = scene.unconfirmed().await;
    let mails = world.mails_to(&scene.customer.email).await;
    let told = |mail: &&Value| {
        mail["subject"].as_str().unwrap().contains("Your bank wants you to confirm $1,250.00")
    };
    let letter = mails.iter().find(told).expect("a mail to whoever pays");
    let text = letter["text"].as_str().unwrap();
    assert!(text.contains(&format!("/milestones/{}/fund", scene.parts[0])), "{text}");
    let first = scene.intent_of(&begun.id()).await;
    assert_eq!(scene.intent(&first).await["status"], "requires_payment_method");
    let page = scene.opens().await;
    assert_eq!((page.id(), page.at("/state")), (begun.id(), "open".into()), "the same payment");
    assert_eq!(scene.intent(&first).await["status"], "canceled", "before there is a page");
    let url = format!("{}v1/payment_intents/{first}/confirm", world.sandbox.payments);
    let secret = &world.sandbox.payments_secret_key;
    let form = [("payment_method", "pm_card_visa")];
    let again = world.client.post(url).bearer_auth(secret).header("idempotency-key", key());
    let again = again.form(&form).send().await.unwrap();
    assert_eq!(again.status().as_u16(), 400, "the first attempt can never be paid");
    let checkout = page.at("/checkout_url");
    assert_eq!(scene.opens().await.at("/checkout_url"), checkout);
    world.card(&checkout, ASKED_ALWAYS).await.expect(303);
    world.bank(&checkout, "yes").await.expect(303);
    let own = format!("/v1/payments/{}", begun.id());
    world.until(&scene.customer, &own, "/state", "paid").await;
    world.settle().await;
    scene.charged(1).await;
    let session = scene.asked("/v1/checkout/sessions").await;
    assert_eq!(session.len(), 2, "one to keep the card, one to confirm");
    assert_ne!(scene.intent_of(&begun.id()).await, first);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn or_refused_at_the_bank_and_paid_otherwise() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    let begun = scene.unconfirmed().await;
    let checkout = scene.opens().await.at("/checkout_url");
    world.card(&checkout, ASKED_ALWAYS).await.expect(303);
    world.bank(&checkout, "no").await.expect(422);
    let own = format!("/v1/payments/{}", begun.id());
    let declined = world.until(&scene.customer, &own, "/state", "declined").await;
    assert!(declined.at("/trouble").contains("unable to authenticate"), "{}", declined.text());
    world.card(&checkout, GOOD).await.expect(303);
    world.until(&scene.customer, &own, "/state", "paid").await;
    scene.charged(1).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn or_another_card_is_taken() {
    let scene = Scene::signed(&[125_000]).await;
    let begun = scene.unconfirmed().await;
    assert_eq!(scene.charges(0, None).await.expect(201).id(), begun.id(), "it waits still");
    let first = scene.intent_of(&begun.id()).await;
    let good = scene.world.keeps_card(&scene.customer, GOOD).await;
    let paid = scene.charges(0, Some(&good)).await.expect(201);
    assert_eq!(paid.at("/state"), "paid");
    assert_ne!(paid.id(), begun.id());
    assert_eq!(scene.payment(&begun.id()).await.at("/state"), "expired");
    assert_eq!(scene.intent(&first).await["status"], "canceled");
    scene.charged(1).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn or_it_lapses() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    let begun = scene.unconfirmed().await;
    let method = begun.at("/method");
    let path = format!("/v1/payment-methods/{method}");
    scene.customer.delete(&path).await.refused(409, "method-in-use");
    let first = scene.intent_of(&begun.id()).await;
    world.advance(Duration::hours(73)).await;
    world.settle().await;
    assert_eq!(scene.payment(&begun.id()).await.at("/state"), "expired");
    assert_eq!(scene.intent(&first).await["status"], "canceled");
    scene.customer.delete(&path).await.expect(204);
    let checkout = scene.opens().await;
    assert_ne!(checkout.id(), begun.id(), "begun anew");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn or_the_engagement_ends_meanwhile() {
    let scene = Scene::signed(&[125_000, 50_000]).await;
    let (world, customer) = (&scene.world, &scene.customer);
    world.pays(customer, &scene.parts[0]).await;
    scene.expert.delivers(&scene.parts[0], "Done.", None).await.expect(201);
    let accepts = format!("/v1/milestones/{}/accept", scene.parts[0]);
    customer.post_once(&accepts, &key(), json!({ "version": 1 })).await.expect(200);
    world.keeps_card(customer, ASKED_ALWAYS).await;
    let begun = scene.charges(1, None).await.expect(201);
    assert_eq!(begun.at("/state"), "unconfirmed");
    let first = scene.intent_of(&begun.id()).await;
    let path = format!("/v1/engagements/{}/end", scene.engagement);
    let body = json!({ "reason": "We do the rest ourselves." });
    customer.post(&path, body).await.expect(200);
    scene.world.settle().await;
    assert_eq!(scene.payment(&begun.id()).await.at("/state"), "expired");
    assert_eq!(scene.intent(&first).await["status"], "canceled");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_old_news_of_the_first_attempt_changes_nothing() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    world.keeps_card(&scene.customer, ASKED_ALWAYS).await;
    world.news_told().await;
    world.till("faults", Some(json!({ "hold_webhooks": true }))).await;
    let begun = scene.charges(0, None).await.expect(201);
    let checkout = scene.opens().await.at("/checkout_url");
    world.till("faults", Some(json!({ "duplicate_webhooks": true }))).await;
    world.till("webhooks/release", Some(json!({}))).await;
    world.news_told().await;
    assert_eq!(scene.payment(&begun.id()).await.at("/state"), "open", "the page waits");
    world.card(&checkout, GOOD).await.expect(303);
    let own = format!("/v1/payments/{}", begun.id());
    world.until(&scene.customer, &own, "/state", "paid").await;
    scene.charged(1).await;
    scene.world.end().await;
}
