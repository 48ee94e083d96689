//! An answer of the payment processor that is lost costs nobody anything: what was asked for exists
//! once, and asking again finds it.

use crate::support::deal::milestones;
use crate::support::payments::{GOOD, key};
use crate::support::{Actor, World};
use chrono::Duration;
use serde_json::{Value, json};

/// What the processor was asked by POST at this path.
async fn asked(world: &World, path: &str) -> Vec<Value> {
    let requests = world.till("requests", None).await;
    let all = requests["exchanges"].as_array().unwrap().clone();
    all.into_iter().filter(|r| r["method"] == "POST" && r["path"] == path).collect()
}

async fn entries_together(world: &World) -> i64 {
    world.sql("SELECT coalesce(sum(amount_minor), 0)::bigint FROM entries").await[0].get(0)
}

async fn signed(world: &World) -> (Actor, Actor, String) {
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let engagement = world.signed(&customer, &expert, &[125_000]).await;
    let part = milestones(&customer, &engagement).await.remove(0);
    (customer, expert, part)
}

/// The page is opened, the answer does not arrive, the customer clicks again.
async fn opening_despite(fault: Value) {
    let world = World::new().await;
    let (customer, _expert, part) = signed(&world).await;
    let path = format!("/v1/milestones/{part}/payments");
    world.till("faults", Some(fault.clone())).await;
    let same = key();
    let first = customer.post_once(&path, &same, json!({})).await;
    first.refused(503, "unavailable");
    let second = customer.post_once(&path, &same, json!({})).await.expect(201);
    let third = customer.post_once(&path, &same, json!({})).await.expect(201);
    assert_eq!(second.bytes, third.bytes, "a repeat is answered the same");
    assert_eq!(asked(&world, "/v1/checkout/sessions").await.len(), 1, "found, not asked again");
    world.till("faults", Some(json!({}))).await;
    world.card(&second.at("/checkout_url"), GOOD).await.expect(303);
    let seen = format!("/v1/payments/{}", second.id());
    world.until(&customer, &seen, "/state", "paid").await;
    world.news_told().await;
    let payments = world.sql("SELECT count(*) FROM payments").await[0].get::<_, i64>(0);
    assert_eq!(payments, 1, "{fault}");
    let sql = "SELECT count(*) FROM journals WHERE event_key LIKE 'charge:%'";
    assert_eq!(world.sql(sql).await[0].get::<_, i64>(0), 1, "one charge");
    world.balances().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_opening_the_payment_page() {
    opening_despite(json!({ "drop_answer": 1, "path_prefix": "/v1/checkout" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_opening_the_payment_page_that_is_answered_with_a_fault() {
    // The fault is the answer to its key from then on, so the same key would never do.
    opening_despite(json!({ "after_effect_500": 1, "path_prefix": "/v1/checkout" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_opening_an_account() {
    let world = World::new().await;
    let expert = world.consultant("Brandt Studio").await;
    let fault = json!({ "after_effect_500": 1, "path_prefix": "/v1/accounts" });
    world.till("faults", Some(fault)).await;
    let path = "/v1/payouts/onboarding";
    expert.post(path, json!({})).await.refused(503, "unavailable");
    expert.post(path, json!({})).await.expect(200);
    assert_eq!(asked(&world, "/v1/accounts").await.len(), 1, "found, not asked again");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_sending_a_share() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    world.onboards(&expert).await;
    let (engagement, parts) = world.active(&customer, &expert, &[125_000]).await;
    expert.delivers(&parts[0], "Done.", None).await.expect(201);
    let fault = json!({ "drop_answer": 1, "path_prefix": "/v1/transfers", "hold_webhooks": true });
    world.till("faults", Some(fault)).await;
    customer.accepts(&parts[0]).await.expect(200);
    world.settle().await;
    assert_eq!(entries_together(&world).await, 0, "while nobody knows");
    world.advance(Duration::seconds(70)).await;
    world.settle().await;
    world.till("webhooks/release", Some(json!({}))).await;
    world.news_told().await;
    let money = expert.get(&format!("/v1/milestones/{}/money", parts[0])).await.expect(200);
    assert_eq!(money.at("/split/0/transfer"), "paid");
    let books = world.till("books", None).await;
    let group = format!("engagement-{engagement}");
    assert_eq!(books["transfer_groups"][group].as_array().unwrap().len(), 1);
    assert_eq!(asked(&world, "/v1/transfers").await.len(), 1, "looked for, not sent again");
    assert_eq!(entries_together(&world).await, 0);
    world.balances().await;
    world.end().await;
}
