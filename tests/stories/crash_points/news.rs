//! Money came in at Stripe, and the program hears of it late.

use super::scene::{Scene, WORKERS};
use crate::support::payments::GOOD;
use chrono::Duration;
use serde_json::json;

/// Signed, with an open page to pay on; its address.
async fn opened() -> (Scene, String) {
    let scene = Scene::signed(&[125_000], &[]).await;
    let page = scene.pays(0).sent().await.expect(201).at("/checkout_url");
    scene.world.news_told().await;
    (scene, page)
}

/// The card is typed in while a process serves that dies over the news of it.
async fn told_to_one_who_dies(place: &str) {
    let (scene, page) = opened().await;
    let (scene, mut served) = scene.dies_at(place).await;
    scene.world.card(&page, GOOD).await.expect(303);
    served.dies().await;
    assert_eq!(scene.count("payments WHERE state = 'paid'").await, 0);
    let served = scene.again(served).await;
    scene.until("payments WHERE state = 'paid'", 1).await;
    scene.world.news_told().await;
    assert_eq!(scene.count("journals WHERE event_key LIKE 'charge:%'").await, 1);
    assert_eq!(scene.count("webhooks WHERE kind = 'checkout.session.completed'").await, 1);
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_07_it_was_paid_and_the_browser_never_returns() {
    let (scene, page) = opened().await;
    let world = scene.world.apart().await;
    let mut served = world.serves(None, WORKERS).await;
    let scene = Scene { world, ..scene };
    served.kill();
    // Nobody tells: neither the payer's browser nor Stripe.
    scene.world.till("faults", Some(json!({ "hold_webhooks": true }))).await;
    scene.world.card(&page, GOOD).await.expect(303);
    scene.world.advance(Duration::hours(25)).await;
    let served = scene.again(served).await;
    scene.until("payments WHERE state = 'paid'", 1).await;
    scene.world.till("webhooks/release", Some(json!({}))).await;
    scene.world.news_told().await;
    assert_eq!(scene.count("journals WHERE event_key LIKE 'charge:%'").await, 1);
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_08_news_is_stored_and_not_acknowledged() {
    told_to_one_who_dies("crash_point_08").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_09_news_is_acknowledged_and_not_worked_through() {
    told_to_one_who_dies("crash_point_09").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_10_in_the_middle_of_a_journal() {
    told_to_one_who_dies("crash_point_10").await;
}
