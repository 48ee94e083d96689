//! Many press at once, some for the kept card and some for a page: one pays, once.

use super::scene::Scene;
use crate::support::Answer;
use crate::support::payments::{ASKED_ALWAYS, GOOD, key};
use serde_json::json;
use std::collections::BTreeSet;
use tokio::task::JoinSet;

impl Scene {
    /// Ten people, every other one for a page, whose card is typed as soon as there is one.
    async fn ten_press(&self) -> Vec<Answer> {
        let mut all = JoinSet::new();
        for number in 0..10 {
            let (customer, part) = (self.customer.clone(), self.parts[0].clone());
            let client = self.world.client.clone();
            all.spawn(async move {
                if number % 2 == 0 {
                    let path = format!("/v1/milestones/{part}/charges");
                    return customer.post_once(&path, &key(), json!({})).await;
                }
                let path = format!("/v1/milestones/{part}/payments");
                let begun = customer.post_once(&path, &key(), json!({})).await;
                if begun.status == 201 && begun.json()["checkout_url"].is_string() {
                    let form = [("card_number", GOOD)];
                    client.post(begun.at("/checkout_url")).form(&form).send().await.unwrap();
                }
                begun
            });
        }
        all.join_all().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_card_that_pays() {
    for _ in 0..3 {
        let scene = Scene::signed(&[125_000]).await;
        let world = &scene.world;
        world.keeps_card(&scene.customer, GOOD).await;
        let answers = scene.ten_press().await;
        assert!(answers.iter().all(|a| matches!(a.status, 201 | 409)), "{answers:?}");
        world.news_told().await;
        world.advance(chrono::Duration::seconds(60)).await;
        world.settle().await;
        let paid = "SELECT count(*) FROM payments WHERE state = 'paid'";
        let paid: i64 = world.sql(paid).await[0].get(0);
        assert_eq!(paid, 1, "{answers:#?}");
        scene.charged(1).await;
        let calls = "SELECT count(*) FROM stripe_calls WHERE state NOT IN ('done', 'refused')";
        assert_eq!(world.sql(calls).await[0].get::<_, i64>(0), 0);
        scene.world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_card_whose_bank_asks() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    world.keeps_card(&scene.customer, ASKED_ALWAYS).await;
    scene.ten_press().await;
    world.news_told().await;
    let live = "SELECT id::text FROM payments WHERE state NOT IN ('expired', 'refused')";
    assert_eq!(world.sql(live).await.len(), 1);
    let path = format!("/v1/milestones/{}/payments", scene.parts[0]);
    let page = scene.customer.post_once(&path, &key(), json!({})).await;
    if page.status == 201 && page.json()["checkout_url"].is_string() {
        world.card(&page.at("/checkout_url"), GOOD).await.expect(303);
        let own = format!("/v1/payments/{}", page.id());
        world.until(&scene.customer, &own, "/state", "paid").await;
    }
    world.settle().await;
    scene.charged(1).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_open_is_closed_first() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    world.keeps_card(&scene.customer, GOOD).await;
    let page = world.begins(&scene.customer, &scene.parts[0]).await;
    let paid = scene.charges(0, None).await.expect(201);
    assert_eq!(paid.at("/state"), "paid");
    assert_ne!(paid.id(), page.id());
    assert_eq!(scene.payment(&page.id()).await.at("/state"), "expired");
    // Whoever still has the page open cannot pay on it.
    let form = [("card_number", GOOD)];
    world.client.post(page.at("/checkout_url")).form(&form).send().await.unwrap();
    world.news_told().await;
    scene.charged(1).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_paid_a_moment_before_wins() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    world.keeps_card(&scene.customer, GOOD).await;
    world.news_told().await;
    world.till("faults", Some(json!({ "hold_webhooks": true }))).await;
    let page = world.begins(&scene.customer, &scene.parts[0]).await;
    world.card(&page.at("/checkout_url"), GOOD).await.expect(303);
    scene.charges(0, None).await.refused(409, "already-funded");
    assert_eq!(scene.payment(&page.id()).await.at("/state"), "paid");
    world.till("webhooks/release", Some(json!({}))).await;
    scene.charged(1).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_removed_while_it_is_charged() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    let method = world.keeps_card(&scene.customer, GOOD).await;
    let path = format!("/v1/payment-methods/{method}");
    let removes = scene.customer.delete(&path);
    let (charged, removed) = tokio::join!(scene.charges(0, Some(&method)), removes);
    match (charged.status, removed.status) {
        (201, 409 | 204) | (404, 204) => {}
        other => panic!("{other:?}: {} {}", charged.text(), removed.text()),
    }
    world.settle().await;
    let paid: BTreeSet<String> =
        [charged].into_iter().filter(|a| a.status == 201).map(|a| a.id()).collect();
    scene.charged(paid.len()).await;
    scene.world.end().await;
}
