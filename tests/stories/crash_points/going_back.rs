//! Released money goes back: first to the card, then from the payees.

use super::scene::{Payee, Scene, WORKERS};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_15_the_refund_is_done_and_no_payee_was_asked() {
    let scene = Scene::released(&[125_000], &[Payee::Vendor]).await;
    let (scene, mut served) = scene.dies_at("crash_point_15").await;
    scene.sends_back(0, 62_500).sent().await.expect(201);
    served.dies().await;
    assert_eq!(scene.refunds().await, [62_500]);
    assert_eq!(scene.sent().await, [(100_000, 0), (18_750, 0)]);
    let served = scene.again(served).await;
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [(100_000, 50_000), (18_750, 9_375)]);
    assert_eq!(scene.refunds().await, [62_500]);
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_16_two_of_three_payees_gave_back() {
    let scene = Scene::released(&[125_000], &[Payee::Vendor, Payee::Reseller]).await;
    // The first answer is that of the refund, and news of it must not be another.
    scene.world.till("faults", Some(json!({ "hold_webhooks": true }))).await;
    let (scene, mut served) = scene.dies_at("crash_point_16:3").await;
    scene.sends_back(0, 62_500).sent().await.expect(201);
    served.dies().await;
    scene.world.till("faults", Some(json!({}))).await;
    let back = scene.sent().await.iter().filter(|(_, reversed)| *reversed > 0).count();
    assert!(back >= 2, "two are done at Stripe");
    let served = scene.again(served).await;
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [(100_000, 50_000), (12_500, 6_250), (6_250, 3_125)]);
    assert_eq!(scene.count("journals WHERE kind = 'reversal_paid'").await, 3);
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_21_a_payout_was_made_and_is_not_stored() {
    let scene = Scene::released(&[125_000], &[]).await;
    let world = &scene.world;
    world.days_pass().await;
    let account: String = world.sql("SELECT stripe_account FROM payout_accounts").await[0].get(0);
    // Once over its beginning, and once over the bank's refusal of what had arrived.
    let (scene, mut served) = scene.dies_at("crash_point_21").await;
    let out = json!({ "account": account, "currency": "usd", "amount": 40_000 });
    let made = scene.world.till("payouts", Some(out)).await["id"].clone();
    served.dies().await;
    assert_eq!(scene.count("payouts").await, 0, "made at Stripe, and nobody here knows");
    let mut served = scene.again(served).await;
    scene.until("payouts WHERE state = 'paid'", 1).await;
    served.kill();
    let mut served = scene.world.serves(Some("crash_point_21"), WORKERS).await;
    let failed = json!({ "payout": made, "code": "account_closed" });
    scene.world.till("payouts/fail", Some(failed)).await;
    served.dies().await;
    assert_eq!(scene.count("payouts WHERE state = 'paid'").await, 1, "it came back, unheard");
    let served = scene.again(served).await;
    scene.until("payouts WHERE state = 'failed'", 1).await;
    scene.world.settle().await;
    assert_eq!(scene.count("events WHERE kind = 'payout-failed'").await, 1, "told once");
    assert_eq!(scene.count("payouts").await, 1);
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_17_a_payee_was_paid_out_and_cannot_give_back() {
    let scene = Scene::released(&[50_000, 125_000], &[]).await;
    let world = &scene.world;
    world.days_pass().await;
    let account: String = world.sql("SELECT stripe_account FROM payout_accounts").await[0].get(0);
    world.till("payouts", Some(json!({ "account": account, "currency": "usd" }))).await;
    world.news_told().await;
    world.till("faults", Some(json!({ "hold_webhooks": true }))).await;
    let (scene, mut served) = scene.dies_at("crash_point_17:2").await;
    scene.sends_back(0, 50_000).sent().await.expect(201);
    served.dies().await;
    scene.world.till("faults", Some(json!({}))).await;
    let served = scene.again(served).await;
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [(40_000, 0)], "its account is empty");
    assert_eq!(scene.count("reversals WHERE state = 'refused'").await, 1);
    // What it earns next pays it.
    scene.world.pays(&scene.customer, &scene.parts[1]).await;
    scene.expert.delivers(&scene.parts[1], "Done.", None).await.expect(201);
    scene.accepts(1).sent().await.expect(200);
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [(60_000, 0), (40_000, 0)], "100,000 less 40,000");
    scene.end(served).await;
}
