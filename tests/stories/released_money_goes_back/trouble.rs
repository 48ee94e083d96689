//! Answers are lost, Stripe refuses, the card does not take it: nothing is taken twice.

use super::scene::Scene;
use chrono::Duration;
use serde_json::{Value, json};

async fn once_despite(fault: Value) {
    let scene = Scene::released(&[125_000]).await;
    scene.world.till("faults", Some(fault.clone())).await;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    scene.world.settle().await;
    scene.retries().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 20_000), (18_750, 3_750)], "{fault}");
    let paid = scene.world.sql("SELECT count(*) FROM reversals WHERE state = 'paid'").await;
    assert_eq!(paid[0].get::<_, i64>(0), 2, "{fault}");
    scene.world.till("faults", Some(json!({}))).await;
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_although_answers_are_lost() {
    once_despite(json!({ "drop_answer": 2, "path_prefix": "/v1/transfers/tr_" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_although_even_looking_fails() {
    let fault = json!({ "drop_answer": 5, "method": "any", "path_prefix": "/v1/transfers/tr_" });
    once_despite(fault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_although_stripe_breaks_after_doing_it() {
    once_despite(json!({ "after_effect_500": 2, "path_prefix": "/v1/transfers/tr_" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_payees_wait_until_the_refund_is_known() {
    let scene = Scene::released(&[125_000]).await;
    let world = &scene.world;
    let busy = json!({ "status_429": 100_000, "path_prefix": "/v1/refunds" });
    world.till("faults", Some(busy)).await;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    scene.retries().await;
    let asked = world.sql("SELECT count(*) FROM reversals").await;
    assert_eq!(asked[0].get::<_, i64>(0), 0, "first the refund, then what the payees give");
    assert_eq!(scene.sum("recoverable").await, 23_750);
    world.till("faults", Some(json!({}))).await;
    world.advance(Duration::hours(1)).await;
    world.settle().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 20_000), (18_750, 3_750)]);
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_nothing_moves_when_stripe_refuses() {
    let scene = Scene::released(&[125_000]).await;
    let world = &scene.world;
    // Somebody sends all of it back at Stripe itself, behind the program's back.
    let charge = world.sql("SELECT charge FROM payments").await[0].get::<_, String>(0);
    let refund = world
        .client
        .post(format!("{}v1/refunds", world.sandbox.payments))
        .bearer_auth(&world.sandbox.payments_secret_key)
        .header("idempotency-key", "by-hand")
        .form(&[("charge", charge.as_str())]);
    assert_eq!(refund.send().await.unwrap().status(), 200);
    world.news_told().await;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    world.settle().await;
    let money = scene.money(0).await;
    assert_eq!(money["refunds"][0]["state"], "refused");
    assert_eq!(money["released"]["minor"], 125_000);
    assert_eq!(scene.split(0, "given_back").await, [0, 0, 0]);
    assert_eq!(scene.at_stripe().await, [(100_000, 0), (18_750, 0)]);
    for (kind, sum) in [("recoverable", 0), ("credit", 0), ("revenue", -6_250)] {
        assert_eq!(scene.sum(kind).await, sum, "{kind}");
    }
    for who in [&scene.customer, &scene.finance] {
        let told = who.get("/v1/notices").await.expect(200).text();
        assert!(told.contains("$250.00 did not reach the card"), "{told}");
    }
    let report = api::billing::check_ledger(&world.program.app.db).await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.broken);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_is_a_credit_when_the_card_does_not_take_it() {
    let scene = Scene::released(&[125_000]).await;
    let world = &scene.world;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    world.days_pass().await;
    let refund = world.till("books", None).await["refunds"][0]["id"].clone();
    world.till("refunds/fail", Some(json!({ "refund": refund }))).await;
    world.days_pass().await;
    let money = scene.money(0).await;
    assert_eq!(money["refunds"][0]["state"], "failed");
    assert_eq!(money["refunds"][0]["refusal"], "lost_or_stolen_card");
    assert_eq!(scene.sum("credit").await, -25_000);
    assert_eq!(scene.at_stripe().await, [(100_000, 20_000), (18_750, 3_750)]);
    for who in [&scene.customer, &scene.finance] {
        let told = who.get("/v1/notices").await.expect(200).text();
        assert!(told.contains("$250.00 did not reach the card"), "{told}");
    }
    let report = world.balances().await;
    assert!(report.open.iter().any(|found| found.check == "refund-refused"), "{:?}", report.open);
    scene.balances().await;
    scene.world.end().await;
}
