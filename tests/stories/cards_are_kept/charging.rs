//! A kept card pays in one press, or says why not.

use super::scene::Scene;
use crate::support::news::{PLATFORM, post, secret, signed};
use crate::support::payments::{ASKED_ONCE, DECLINED_LATER, EMPTY_LATER, GOOD, key};
use serde_json::{Value, json};

const INTENTS: &str = "/v1/payment_intents";

#[tokio::test(flavor = "multi_thread")]
async fn in_one_press() {
    let scene = Scene::signed(&[125_000, 50_000]).await;
    let method = scene.world.keeps_card(&scene.customer, GOOD).await;
    let paid = scene.charges(0, None).await.expect(201);
    assert_eq!(paid.at("/state"), "paid");
    assert_eq!(paid.at("/method"), method);
    assert_eq!(paid.json()["checkout_url"], Value::Null);
    scene.charges(0, None).await.refused(409, "already-funded");
    let seen = scene.customer.get(&format!("/v1/engagements/{}", scene.engagement)).await;
    assert_eq!(seen.at("/milestones/0/state"), "funded");
    let sent = scene.asked("/v1/payment_intents").await;
    assert_eq!(sent.len(), 1);
    let form = sent[0]["form"].to_string();
    for part in ["off_session", "attache_vendor", "attache_call", "transfer_group"] {
        assert!(form.contains(part), "{part} in {form}");
    }
    // A bank that asked once does not ask again.
    let other = scene.world.keeps_card(&scene.customer, ASKED_ONCE).await;
    let paid = scene.charges(1, Some(&other)).await.expect(201);
    assert_eq!(paid.at("/state"), "paid");
    scene.charged(2).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn or_the_bank_declines_in_plain_words() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    let empty = world.keeps_card(&scene.customer, EMPTY_LATER).await;
    let declined = world.keeps_card(&scene.customer, DECLINED_LATER).await;
    let good = world.keeps_card(&scene.customer, GOOD).await;
    let refused = scene.charges(0, Some(&empty)).await.expect(201);
    assert_eq!(refused.at("/state"), "refused");
    assert_eq!(refused.at("/trouble"), "The card does not have enough money for this payment.");
    let refused = scene.charges(0, Some(&declined)).await.expect(201);
    assert_eq!(refused.at("/trouble"), "The bank declined the card and gave no reason.");
    world.settle().await;
    let told = scene.customer.get("/v1/notices").await.expect(200);
    assert!(told.text().contains("Your card was declined for $1,250.00"), "{}", told.text());
    let paid = scene.charges(0, Some(&good)).await.expect(201);
    assert_eq!(paid.at("/state"), "paid");
    world.settle().await;
    world.news_told().await;
    let cancelled = scene.asked("/v1/payment_intents/").await;
    assert_eq!(cancelled.len(), 2, "the declined ones cannot be confirmed any more");
    scene.charged(1).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_a_repeat_is_answered_the_same() {
    let scene = Scene::signed(&[125_000]).await;
    scene.world.keeps_card(&scene.customer, GOOD).await;
    let (same, path) = (key(), format!("/v1/milestones/{}/charges", scene.parts[0]));
    let first = scene.customer.post_once(&path, &same, json!({})).await.expect(201);
    let again = scene.customer.post_once(&path, &same, json!({})).await.expect(201);
    assert_eq!(first.text(), again.text());
    scene.customer.post(&path, json!({})).await.refused(400, "idempotency-key-wanted");
    scene.charged(1).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_lost_answers_are_looked_for() {
    let scene = Scene::signed(&[125_000, 50_000, 25_000]).await;
    let world = &scene.world;
    world.keeps_card(&scene.customer, GOOD).await;
    let faults = [
        json!({ "drop_answer": 1, "path_prefix": "/v1/payment_intents", "hold_webhooks": true }),
        json!({ "after_effect_500": 1, "path_prefix": INTENTS, "hold_webhooks": true }),
        json!({ "cut_answer": 1, "path_prefix": "/v1/payment_intents", "hold_webhooks": true }),
    ];
    for (at, fault) in faults.into_iter().enumerate() {
        world.till("faults", Some(fault)).await;
        let begun = scene.charges(at, None).await.expect(201);
        assert_eq!(begun.at("/state"), "charging", "nobody knows");
        let page = format!("/v1/milestones/{}/payments", scene.parts[at]);
        scene.customer.post_once(&page, &key(), json!({})).await.refused(409, "charge-under-way");
        world.till("faults", Some(json!({}))).await;
        world.advance(chrono::Duration::seconds(60)).await;
        world.settle().await;
        assert_eq!(scene.payment(&begun.id()).await.at("/state"), "paid");
    }
    assert_eq!(scene.asked("/v1/payment_intents").await.len(), 3, "found, not sent again");
    scene.charged(3).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_news_of_it_comes_twice_and_backwards() {
    let scene = Scene::signed(&[125_000, 50_000]).await;
    let world = &scene.world;
    let good = world.keeps_card(&scene.customer, GOOD).await;
    let empty = world.keeps_card(&scene.customer, EMPTY_LATER).await;
    world.news_told().await;
    let lost = json!({ "drop_answer": 1, "path_prefix": "/v1/payment_intents" });
    world.till("faults", Some(lost)).await;
    let begun = scene.charges(0, Some(&good)).await.expect(201);
    // The news is all there is: the answer was lost and nobody looks yet.
    world.until(&scene.customer, &format!("/v1/payments/{}", begun.id()), "/state", "paid").await;
    scene.charges(1, Some(&empty)).await.expect(201);
    world.settle().await;
    world.news_told().await;
    let before = scene.payment(&begun.id()).await.text();
    let kept = "SELECT raw FROM webhooks WHERE endpoint = 'platform' ORDER BY received_at DESC";
    for (at, row) in world.sql(kept).await.iter().enumerate() {
        let mut event: Value = serde_json::from_slice(row.get::<_, &[u8]>(0)).unwrap();
        event["id"] = json!(format!("evt_again_{at}"));
        let body = event.to_string().into_bytes();
        let now = world.clock.now().timestamp();
        let signature = signed(&secret(PLATFORM), now, &body);
        post(world, PLATFORM, Some(&signature), &body).await.expect(200);
    }
    world.settle().await;
    assert_eq!(scene.payment(&begun.id()).await.text(), before);
    scene.charged(1).await;
    scene.world.end().await;
}
