//! Held money goes back to the customer: once, and never together with its release.

use crate::support::deal::at_once;
use crate::support::payments::key;
use crate::support::{Actor, World};
use chrono::Duration;
use serde_json::{Value, json};

fn why() -> Value {
    json!({ "reason": "The work did not begin." })
}

async fn refunds(world: &World) -> Vec<Value> {
    world.till("books", None).await["refunds"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_vendors_finance_says_so() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    let support = world.vendor("support").await;
    let (engagement, parts) = world.active(&customer, &expert, &[125_000, 50_000]).await;
    let path = format!("/v1/milestones/{}/refunds", parts[0]);
    for other in [&customer, &expert, &support] {
        other.post_once(&path, &key(), why()).await.refused(403, "not-permitted");
    }
    finance.post(&path, why()).await.refused(400, "idempotency-key-wanted");
    finance.post_once(&path, &key(), json!({ "reason": " " })).await.refused(422, "invalid");
    finance.post_once(&path, &key(), json!({ "reason": "ok so", "amount": 1 })).await.expect(400);
    let unpaid = format!("/v1/milestones/{}/refunds", parts[1]);
    finance.post_once(&unpaid, &key(), why()).await.refused(409, "nothing-held");
    let same = key();
    let refund = finance.post_once(&path, &same, why()).await.expect(201);
    assert_eq!(refund.at("/amount/minor"), "125000");
    let again = finance.post_once(&path, &same, why()).await.expect(201);
    assert_eq!(refund.id(), again.id());
    finance
        .post_once(&path, &same, json!({ "reason": "Another." }))
        .await
        .refused(422, "idempotency-key-reused");
    finance.post_once(&path, &key(), why()).await.refused(409, "nothing-held");
    world.settle().await;
    let money = format!("/v1/milestones/{}/money", parts[0]);
    let seen = customer.get(&money).await.expect(200);
    assert_eq!(
        (seen.at("/state"), seen.at("/refunds/0/state")),
        ("refunded".into(), "paid".into())
    );
    let told = customer.get("/v1/notices").await.expect(200).text();
    assert!(told.contains("$1,250.00 goes back to your card"), "{told}");
    assert_eq!(refunds(&world).await.len(), 1);
    let of = customer.get(&format!("/v1/engagements/{engagement}")).await.expect(200);
    assert_eq!(of.at("/milestones/0/state"), "refunded");
    world.balances().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_of_eight_at_once() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    let (_, parts) = world.active(&customer, &expert, &[125_000]).await;
    let path = format!("/v1/milestones/{}/refunds", parts[0]);
    let answers = at_once(|| {
        let (finance, path) = (finance.clone(), path.clone());
        async move { finance.post_once(&path, &key(), why()).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|a| a.status == 409).count(), 7, "{answers:?}");
    world.settle().await;
    assert_eq!(refunds(&world).await.len(), 1);
    world.balances().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn or_is_released_but_never_both() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    world.onboards(&expert).await;
    for _ in 0..4 {
        let (_, parts) = world.active(&customer, &expert, &[125_000]).await;
        expert.delivers(&parts[0], "Done.", None).await.expect(201);
        let path = format!("/v1/milestones/{}/refunds", parts[0]);
        let (left, right) = (finance.clone(), customer.clone());
        let (refund_path, part) = (path.clone(), parts[0].clone());
        let refund = tokio::spawn(async move { left.post_once(&refund_path, &key(), why()).await });
        let accept = tokio::spawn(async move { right.accepts(&part).await });
        let (refund, accept) = (refund.await.unwrap(), accept.await.unwrap());
        let won = [refund.status < 300, accept.status < 300];
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{refund:?} {accept:?}");
        assert!([refund.status, accept.status].contains(&409), "{refund:?} {accept:?}");
    }
    world.settle().await;
    world.balances().await;
    world.end().await;
}

async fn once_despite(fault: Value) {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    let (_, parts) = world.active(&customer, &expert, &[125_000]).await;
    world.till("faults", Some(fault.clone())).await;
    let path = format!("/v1/milestones/{}/refunds", parts[0]);
    finance.post_once(&path, &key(), why()).await.expect(201);
    for _ in 0..6 {
        world.settle().await;
        world.advance(Duration::seconds(70)).await;
    }
    world.settle().await;
    assert_eq!(state(&customer, &parts[0]).await, "paid", "{fault}");
    assert_eq!(refunds(&world).await.len(), 1, "{fault}");
    world.balances().await;
    world.end().await;
}

async fn state(customer: &Actor, milestone: &str) -> String {
    customer
        .get(&format!("/v1/milestones/{milestone}/money"))
        .await
        .expect(200)
        .at("/refunds/0/state")
}

#[tokio::test(flavor = "multi_thread")]
async fn once_although_stripe_breaks_after_doing_it() {
    once_despite(json!({ "after_effect_500": 2, "path_prefix": "/v1/refunds" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_although_answers_and_news_are_lost() {
    once_despite(json!({ "drop_answer": 3, "path_prefix": "/v1/refunds", "method": "any" })).await;
}
