//! A refund leaves too little of the charge for a share that was not sent yet: it is tried again
//! until the others' parts are back, and is then advanced.

use super::scene::Scene;
use crate::support::World;
use crate::support::deal::milestones;
use chrono::Duration;
use serde_json::json;

/// The consultant was paid, the vendor cannot be paid yet.
async fn the_vendor_waits(prices: &[i64]) -> Scene {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    world.onboards(&expert).await;
    let engagement = world.signed(&customer, &expert, prices).await;
    let parts = milestones(&customer, &engagement).await;
    world.pays(&customer, &parts[0]).await;
    let scene = Scene { world, customer, expert, finance, engagement, parts };
    scene.accepts(0).await;
    scene
}

/// What became of the vendor's share, and how often it was sent.
async fn share(scene: &Scene) -> (String, i32) {
    let sql = "SELECT state::text, attempt FROM transfers WHERE party = 'vendor'";
    let row = &scene.world.sql(sql).await[0];
    (row.get(0), row.get(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn and_arrives_once_the_others_gave_their_parts() {
    let scene = the_vendor_waits(&[125_000]).await;
    let world = &scene.world;
    let busy = json!({ "status_429": 100_000, "path_prefix": "/v1/transfers/tr_" });
    world.till("faults", Some(busy)).await;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    world.settle().await;
    world.onboards(&scene.finance).await;
    assert_eq!(share(&scene).await, ("refused".into(), 1), "nothing is left of the charge");
    let told = scene.finance.get("/v1/notices").await.expect(200).text();
    assert!(!told.contains("could not be sent"), "it is tried again: {told}");
    world.till("faults", Some(json!({}))).await;
    scene.retries().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 20_000), (15_000, 0)]);
    assert_eq!(share(&scene).await.0, "paid");
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_is_advanced_when_the_others_have_nothing() {
    let scene = the_vendor_waits(&[125_000, 200_000]).await;
    let world = &scene.world;
    world.pays(&scene.customer, &scene.parts[1]).await;
    scene.pays_out().await;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    world.settle().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 0)], "the consultant's account is empty");
    world.onboards(&scene.finance).await;
    assert_eq!(share(&scene).await.0, "refused");
    for _ in 0..4 {
        world.advance(Duration::minutes(5)).await;
        world.settle().await;
    }
    assert_eq!(share(&scene).await, ("paid".into(), 5));
    let books = world.till("books", None).await;
    let group = &books["transfer_groups"][format!("engagement-{}", scene.engagement)];
    let sent = group.as_array().unwrap().iter().find(|one| one["amount"] == 15_000).unwrap();
    assert!(sent["source_transaction"].is_null(), "from the balance: {sent}");
    assert_eq!(scene.split(0, "owed").await, [20_000, 0, 0]);
    scene.balances().await;
    scene.world.end().await;
}
