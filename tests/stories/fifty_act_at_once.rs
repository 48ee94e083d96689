//! Fifty people act at once on one milestone, through two nodes: one effect, and nobody meets a
//! fault.

use crate::support::deal::milestones;
use crate::support::payments::{GOOD, key};
use crate::support::race::race;
use crate::support::{Actor, Answer, World};
use attache::program::Program;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The same request by this many, half of them through the other node.
async fn fifty(who: &Actor, node: &Program, (path, body): (&str, Value)) -> Vec<Answer> {
    race((0..50).map(|at| asked(who, node, at, (path, &body)))).await
}

/// One request under a key of its own.
fn asked(
    who: &Actor,
    node: &Program,
    at: usize,
    (path, body): (&str, &Value),
) -> impl Future<Output = Answer> + Send + 'static {
    let mut who = who.clone();
    if at % 2 == 1 {
        who.base = format!("http://{}", node.address);
    }
    let (path, body) = (path.to_owned(), body.clone());
    async move { who.post_once(&path, &key(), body).await }
}

/// How many were answered so; everybody else was refused, and nobody met a fault.
#[track_caller]
fn count(answers: &[Answer], status: u16) -> usize {
    let known = |answer: &&Answer| answer.status == status || answer.status == 409;
    let odd: Vec<_> = answers.iter().filter(|answer| !known(answer)).collect();
    assert!(odd.is_empty(), "{odd:?}");
    answers.iter().filter(|answer| answer.status == status).count()
}

/// What the milestone's payments and refunds come to in the database.
async fn rows(world: &World, milestone: &str) -> (i64, i64) {
    let sql = format!(
        "SELECT (SELECT count(*) FROM payments
                 WHERE milestone_id = '{milestone}' AND state = 'paid'),
                (SELECT count(*) FROM refunds WHERE milestone_id = '{milestone}')"
    );
    let row = &world.sql(&sql).await[0];
    (row.get(0), row.get(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn pay_accept_and_refund() {
    let world = World::new().await;
    let node = world.another_node().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    world.onboards(&expert).await;
    let engagement = world.signed(&customer, &expert, &[125_000, 50_000]).await;
    let parts = milestones(&customer, &engagement).await;

    let pay = format!("/v1/milestones/{}/payments", parts[0]);
    let first = fifty(&customer, &node, (&pay, json!({}))).await;
    assert!(count(&first, 201) >= 1, "somebody opened it");
    let again = fifty(&customer, &node, (&pay, json!({}))).await;
    assert_eq!(count(&again, 201), 50, "and it is there for everybody");
    let pages: BTreeSet<String> =
        first.iter().chain(&again).filter(|a| a.status == 201).map(Answer::id).collect();
    assert_eq!(pages.len(), 1, "one page to pay on");
    world.card(&again[0].at("/checkout_url"), GOOD).await.expect(303);
    world.until(&customer, &format!("/v1/payments/{}", again[0].id()), "/state", "paid").await;
    let late = fifty(&customer, &node, (&pay, json!({}))).await;
    assert_eq!(count(&late, 201), 0, "nobody pays twice");
    world.balances().await;

    expert.delivers(&parts[0], "Done.", None).await.expect(201);
    let accept = format!("/v1/milestones/{}/accept", parts[0]);
    let answers = fifty(&customer, &node, (&accept, json!({ "version": 1 }))).await;
    assert_eq!(count(&answers, 200), 1, "one acceptance");
    world.settle().await;
    world.balances().await;
    let (paid, back) = rows(&world, &parts[0]).await;
    assert_eq!((paid, back), (1, 0));
    let books = world.till("books", None).await;
    let group = &books["transfer_groups"][format!("engagement-{engagement}")];
    let amounts: Vec<i64> =
        group.as_array().unwrap().iter().map(|one| one["amount"].as_i64().unwrap()).collect();
    assert_eq!(amounts, [100_000], "one transfer to the one payee");

    world.pays(&customer, &parts[1]).await;
    let refund = format!("/v1/milestones/{}/refunds", parts[1]);
    let whole = json!({ "reason": "It ends." });
    let answers = fifty(&finance, &node, (&refund, whole)).await;
    assert_eq!(count(&answers, 201), 1, "one refund");
    world.settle().await;
    world.balances().await;
    assert_eq!(rows(&world, &parts[1]).await, (1, 1));
    node.stop().await.unwrap();
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_and_refund_against_each_other() {
    let world = World::new().await;
    let node = world.another_node().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    world.onboards(&expert).await;
    let (engagement, parts) = world.active(&customer, &expert, &[125_000]).await;
    expert.delivers(&parts[0], "Done.", None).await.expect(201);
    let accept = format!("/v1/milestones/{}/accept", parts[0]);
    let refund = format!("/v1/milestones/{}/refunds", parts[0]);
    let (yes, whole) = (json!({ "version": 1 }), json!({ "reason": "It ends." }));
    let answers = race((0..50).map(|at| {
        let (who, order) = match at % 4 {
            0 | 1 => (&customer, (accept.as_str(), &yes)),
            _ => (&finance, (refund.as_str(), &whole)),
        };
        asked(who, &node, at, order)
    }))
    .await;
    let known = |status: u16| matches!(status, 200 | 201 | 409);
    assert!(answers.iter().all(|answer| known(answer.status)), "{answers:?}");
    let of = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    let (accepted, refunded) = (of(200), of(201));
    assert!(accepted <= 1 && refunded <= 1 && accepted + refunded >= 1, "{accepted} {refunded}");
    world.settle().await;
    world.balances().await;
    let back: i64 = world.till("books", None).await["refunds"]
        .as_array()
        .map(|all| all.iter().filter_map(|one| one["amount"].as_i64()).sum())
        .unwrap_or_default();
    assert_eq!(back, if refunded == 1 { 125_000 } else { 0 }, "once, and all of it");
    let seen = customer.get(&format!("/v1/engagements/{engagement}")).await.expect(200);
    assert_eq!(seen.at("/money/refunded/minor"), back.to_string());
    node.stop().await.unwrap();
    world.end().await;
}
