//! A run that is cut off anywhere ends where one in one go ends; news that never came is found.

use super::scene::Scene;
use crate::support::payments::GOOD;
use api::billing::{Reconciled, reconcile};
use attache::postgres::Role;
use chrono::Duration;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn and_a_run_is_cut_off_between_pages() {
    let scene = Scene::worked().await;
    let world = &scene.world;
    // Three pages of a hundred, and a transfer of a stranger's.
    for n in 0..230 {
        let amount = if n % 2 == 0 { 100 } else { -100 };
        let beside = json!({ "cause": "adjustment", "amount": amount, "currency": "usd" });
        world.till("movements", Some(beside)).await;
    }
    let app = &world.program.app;
    let fault = |spared: u32| {
        json!({ "drop_answer": 1, "method": "any", "path_prefix": "/v1/balance_transactions",
            "drop_after": spared })
    };
    // The first answer is lost, then the second, then the third: each run goes on from there.
    for spared in [0, 1, 1] {
        world.till("faults", Some(fault(spared))).await;
        reconcile(app).await.err().unwrap();
    }
    let half: i64 = world.sql("SELECT count(*) FROM stripe_movements").await[0].get(0);
    assert_eq!(half, 200);
    // What moves meanwhile is the next pass's.
    let late = json!({ "cause": "topup", "amount": 1_234, "currency": "usd" });
    world.till("movements", Some(late)).await;
    world.till("faults", Some(json!({}))).await;
    assert!(matches!(reconcile(app).await.unwrap(), Reconciled::Done(_)));
    world.advance(Duration::hours(3)).await;
    assert!(matches!(reconcile(app).await.unwrap(), Reconciled::Done(_)));
    let cut = scene.kept().await;
    // The same on a database that forgot all of it, in one go.
    let operator = "00000000-0000-0000-0000-00000000a77a";
    let vendor = world.larkfield.vendor;
    let forget = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{operator}', true);
         DELETE FROM stripe_movements; DELETE FROM stripe_readings; DELETE FROM reconciliations;
         SELECT set_config('attache.vendor', '{vendor}', true);
         DELETE FROM reconciliation_breaks; DELETE FROM stripe_postings;
         DELETE FROM reconciliations; COMMIT"
    );
    world.database.connect(Role::Owner).await.batch_execute(&forget).await.unwrap();
    assert!(matches!(reconcile(app).await.unwrap(), Reconciled::Done(_)));
    assert_eq!(scene.kept().await, cut);
    assert_eq!(cut.iter().filter(|line| line.starts_with("break not_in_books open")).count(), 231);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_only_one_compares_at_a_time() {
    let scene = Scene::signed().await;
    let world = &scene.world;
    let slow = json!({ "delay_ms": 800, "method": "any", "path_prefix": "/v1/balance" });
    world.till("faults", Some(slow)).await;
    let app = world.program.app.clone();
    let first = tokio::spawn(async move { reconcile(&app).await });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(matches!(reconcile(&world.program.app).await.unwrap(), Reconciled::Busy));
    assert!(matches!(first.await.unwrap().unwrap(), Reconciled::Done(_)));
    world.till("faults", Some(json!({}))).await;
    assert!(matches!(reconcile(&world.program.app).await.unwrap(), Reconciled::Done(_)));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_news_of_a_payment_never_came() {
    let scene = Scene::signed().await;
    let Scene { world, customer, parts, .. } = &scene;
    world.till("faults", Some(json!({ "hold_webhooks": true }))).await;
    let payment = world.begins(customer, &parts[0]).await;
    world.card(&payment.at("/checkout_url"), GOOD).await.expect(303);
    world.till("settle", Some(json!({}))).await;
    // The database is older than the page: its answer is not in what was restored.
    let owner = world.database.connect(Role::Owner).await;
    let older = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{}', true);
         UPDATE payments SET state = 'opening', checkout_session = NULL, checkout_url = NULL,
           expires_at = NULL; COMMIT;
         UPDATE jobs SET run_at = 'infinity' WHERE kind = 'sync-payment'",
        world.larkfield.vendor
    );
    owner.batch_execute(&older).await.unwrap();
    world.advance(Duration::minutes(5)).await;
    let seen = scene.compared().await;
    assert_eq!((&seen["open"], &seen["last"]["booked"]), (&json!(0), &json!(1)), "{seen}");
    let path = format!("/v1/payments/{}", payment.id());
    assert_eq!(customer.get(&path).await.expect(200).at("/state"), "paid");
    let sql = "SELECT count(*) FROM journals WHERE event_key LIKE 'charge:%'";
    assert_eq!(world.sql(sql).await[0].get::<_, i64>(0), 1);
    scene.later().await;
    let seen = scene.compared().await;
    assert_eq!((&seen["open"], &seen["last"]["matched"]), (&json!(0), &json!(1)), "{seen}");
    // The news itself comes after all, and changes nothing.
    world.till("webhooks/release", Some(json!({}))).await;
    owner
        .batch_execute("UPDATE jobs SET run_at = app_now() WHERE run_at = 'infinity'")
        .await
        .unwrap();
    world.balances().await;
    assert_eq!(world.sql(sql).await[0].get::<_, i64>(0), 1);
    scene.world.end().await;
}
