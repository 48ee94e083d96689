//! A request is under way.

use super::scene::{Payee, Scene, Wish};
use chrono::Duration;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_01_before_the_commit_of_a_request() {
    let scene = Scene::delivered(&[125_000], &[Payee::Vendor]).await;
    let (scene, served) = scene.dies_at("crash_point_01").await;
    let accept = scene.accepts(0);
    assert!(accept.tried().await.is_none());
    let served = scene.again(served).await;
    assert_eq!(scene.count("milestones WHERE state = 'accepted'").await, 0);
    accept.sent().await.expect(200);
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [(100_000, 0), (18_750, 0)]);
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_02_after_the_commit_and_before_the_answer() {
    let scene = Scene::delivered(&[125_000], &[Payee::Vendor]).await;
    let (scene, served) = scene.dies_at("crash_point_02").await;
    let accept = scene.accepts(0);
    assert!(accept.tried().await.is_none());
    let served = scene.again(served).await;
    accept.sent().await.refused(409, "already-done");
    scene.world.settle().await;
    assert_eq!(scene.count("milestones WHERE state = 'accepted'").await, 1);
    assert_eq!(scene.sent().await, [(100_000, 0), (18_750, 0)]);
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_23_between_two_pages_of_a_comparison() {
    let scene = Scene::delivered(&[125_000], &[]).await;
    let asked = Wish::of(&scene.finance, "/v1/reconciliation/runs".to_owned(), json!({}));
    for n in 0..130 {
        let amount = if n % 2 == 0 { 100 } else { -100 };
        let beside = json!({ "cause": "adjustment", "amount": amount, "currency": "usd" });
        scene.world.till("movements", Some(beside)).await;
    }
    let (scene, mut served) = scene.dies_at("crash_point_23").await;
    asked.sent().await.expect(200);
    served.dies().await;
    assert_eq!(scene.count("stripe_movements").await, 100, "the first page is kept");
    // Another run may begin two minutes after one was cut off.
    scene.world.advance(Duration::seconds(61)).await;
    let served = scene.again(served).await;
    scene.world.settle().await;
    let seen = scene.finance.get("/v1/reconciliation").await.expect(200);
    assert_eq!(seen.at("/under_way"), "false");
    assert_eq!(scene.count("stripe_movements WHERE account = ''").await, 131, "each once");
    scene.holds().await;
    scene.ends(served).await;
}
