//! A customer pays a milestone by card; the price is held, once, whatever is clicked and lost.

use crate::support::World;
use crate::support::deal::{at_once, milestones};
use crate::support::payments::{DECLINED, GOOD, key};
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn journals(world: &World) -> Vec<String> {
    let rows = world.sql("SELECT event_key FROM journals ORDER BY posted_at, id").await;
    rows.iter().map(|row| row.get::<_, String>(0)).collect()
}

async fn captured(world: &World, path: &str) -> Vec<Value> {
    let requests = world.till("requests", None).await;
    let all = requests["exchanges"].as_array().unwrap().clone();
    all.into_iter().filter(|r| r["method"] == "POST" && r["path"] == path).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn and_it_is_held() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let engagement = world.signed(&customer, &expert, &[125_000, 50_000]).await;
    let parts = milestones(&customer, &engagement).await;
    let payment = world.begins(&customer, &parts[0]).await;
    assert_eq!(payment.at("/state"), "open");
    assert_eq!(payment.at("/amount/minor"), "125000");
    let path = format!("/v1/payments/{}", payment.id());
    let again = world.begins(&customer, &parts[0]).await;
    assert_eq!(again.id(), payment.id(), "one open payment a milestone");
    world.card(&payment.at("/checkout_url"), GOOD).await.expect(303);
    let paid = world.until(&customer, &path, "/state", "paid").await;
    assert_eq!(paid.json()["checkout_url"], Value::Null);
    world.settle().await;
    let seen = customer.get(&format!("/v1/engagements/{engagement}")).await.expect(200);
    assert_eq!(seen.at("/state"), "active");
    assert_eq!(seen.at("/milestones/0/state"), "funded");
    world.balances().await;
    let keys = journals(&world).await;
    let kinds: Vec<&str> = keys.iter().map(|key| key.split(':').next().unwrap()).collect();
    assert_eq!(kinds, ["charge", "bt", "available"], "{keys:?}");
    let money = expert.get(&format!("/v1/milestones/{}/money", parts[0])).await.expect(200);
    assert_eq!(money.at("/split/0/party"), "consultant");
    assert_eq!(money.at("/split/0/amount/minor"), "100000");
    assert_eq!(money.at("/split/0/parts"), "8000");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_clicks_twice_and_eight_times() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let engagement = world.signed(&customer, &expert, &[125_000]).await;
    let part = milestones(&customer, &engagement).await.remove(0);
    let path = format!("/v1/milestones/{part}/payments");
    let same = key();
    let answers = at_once(|| {
        let (customer, path, same) = (customer.clone(), path.clone(), same.clone());
        async move { customer.post_once(&path, &same, json!({})).await }
    })
    .await;
    let made: BTreeSet<String> =
        answers.iter().filter(|a| a.status == 201).map(|a| a.id()).collect();
    assert_eq!(made.len(), 1, "{answers:?}");
    assert!(answers.iter().all(|a| matches!(a.status, 201 | 409)), "{answers:?}");
    let answers = at_once(|| {
        let (customer, path) = (customer.clone(), path.clone());
        async move { customer.post_once(&path, &key(), json!({})).await }
    })
    .await;
    assert!(answers.iter().all(|a| a.status == 201 && made.contains(&a.id())), "{answers:?}");
    assert_eq!(captured(&world, "/v1/checkout/sessions").await.len(), 1, "one page was made");
    let page = answers[0].at("/checkout_url");
    let cards: Vec<u16> = futures(&world, &page).await;
    assert!(cards.iter().all(|status| *status == 303), "{cards:?}");
    world.until(&customer, &format!("/v1/payments/{}", answers[0].id()), "/state", "paid").await;
    let paid_twice = customer.post_once(&path, &key(), json!({})).await;
    paid_twice.refused(409, "already-funded");
    world.balances().await;
    world.end().await;
}

async fn futures(world: &World, page: &str) -> Vec<u16> {
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let request = world.client.post(page).form(&[("card_number", GOOD)]);
        tries.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    tries.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_people_at_once_open_one_page() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let engagement = world.signed(&customer, &expert, &[125_000]).await;
    let part = milestones(&customer, &engagement).await.remove(0);
    let path = format!("/v1/milestones/{part}/payments");
    let keys: Vec<String> = (0..8).map(|_| key()).collect();
    let everybody = || {
        let (mut left, customer, path) = (keys.clone(), customer.clone(), path.clone());
        at_once(move || {
            let (customer, path, key) = (customer.clone(), path.clone(), left.pop().unwrap());
            async move { customer.post_once(&path, &key, json!({})).await }
        })
    };
    let answers = everybody().await;
    let made: BTreeSet<String> =
        answers.iter().filter(|a| a.status == 201).map(|a| a.id()).collect();
    assert_eq!(made.len(), 1, "{answers:?}");
    // The page is being opened: nothing was done, and the same request may come again.
    for answer in answers.into_iter().filter(|a| a.status != 201) {
        answer.refused(409, "payment-opening");
    }
    let mut again = everybody().await;
    for _ in 0..20 {
        if again.iter().all(|a| a.status == 201) {
            break;
        }
        again = everybody().await;
    }
    assert!(again.iter().all(|a| a.status == 201 && made.contains(&a.id())), "{again:?}");
    let pages: BTreeSet<String> =
        again.iter().map(|a| (a.at("/id"), a.at("/checkout_url"))).map(|p| p.0 + &p.1).collect();
    assert_eq!(pages.len(), 1, "the same for all: {again:?}");
    assert_eq!(captured(&world, "/v1/checkout/sessions").await.len(), 1, "asked for once");
    let sessions = world.sql("SELECT count(*) FROM payments").await[0].get::<_, i64>(0);
    assert_eq!(sessions, 1);
    world.balances().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_second_card_after_the_first_was_declined() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let engagement = world.signed(&customer, &expert, &[125_000]).await;
    let part = milestones(&customer, &engagement).await.remove(0);
    let payment = world.begins(&customer, &part).await;
    let (path, page) = (format!("/v1/payments/{}", payment.id()), payment.at("/checkout_url"));
    world.card(&page, DECLINED).await.expect(422);
    let declined = world.until(&customer, &path, "/state", "declined").await;
    assert_eq!(declined.at("/trouble"), "Your card was declined.");
    assert_eq!(declined.at("/checkout_url"), page, "the page still waits");
    world.settle().await;
    let told = customer.get("/v1/notices").await.expect(200);
    assert!(told.text().contains("Your card was declined for $1,250.00"), "{}", told.text());
    assert_eq!(world.begins(&customer, &part).await.id(), payment.id());
    world.card(&page, GOOD).await.expect(303);
    world.until(&customer, &path, "/state", "paid").await;
    world.balances().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_own_and_in_order() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let stranger = world.customer("Moor Lodges").await;
    let member = world.colleague(&customer, "customer", "member", "Nils").await;
    let engagement = world.engagement(&customer, &expert, &[125_000, 50_000]).await;
    let parts = milestones(&customer, &engagement).await;
    let path = format!("/v1/milestones/{}/payments", parts[0]);
    let pay = async |who: &crate::support::Actor, path: &str| {
        who.post_once(path, &key(), json!({})).await
    };
    pay(&customer, &path).await.refused(409, "engagement-state");
    let engagement = world.signed(&customer, &expert, &[125_000, 50_000]).await;
    let parts = milestones(&customer, &engagement).await;
    let (first, second) = (
        format!("/v1/milestones/{}/payments", parts[0]),
        format!("/v1/milestones/{}/payments", parts[1]),
    );
    customer.post(&first, json!({})).await.refused(400, "idempotency-key-wanted");
    pay(&customer, &second).await.refused(409, "earlier-milestone-first");
    pay(&member, &first).await.refused(403, "not-permitted");
    pay(&expert, &first).await.refused(403, "not-permitted");
    pay(&stranger, &first).await.refused(404, "not-found");
    pay(&world.anyone(), &first).await.refused(401, "unauthenticated");
    pay(&customer, "/v1/milestones/019b0000-0000-7000-8000-000000000000/payments")
        .await
        .refused(404, "not-found");
    let payment = pay(&customer, &first).await.expect(201);
    let seen = format!("/v1/payments/{}", payment.id());
    member.get(&seen).await.expect(200);
    stranger.get(&seen).await.refused(404, "not-found");
    expert.get(&seen).await.refused(404, "not-found");
    stranger.get(&format!("/v1/milestones/{}/money", parts[0])).await.refused(404, "not-found");
    world.vendor("finance").await.get(&seen).await.expect(200);
    world.balances().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn or_lets_the_page_run_out() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let engagement = world.signed(&customer, &expert, &[125_000]).await;
    let part = milestones(&customer, &engagement).await.remove(0);
    let first = world.begins(&customer, &part).await;
    world.advance(chrono::Duration::hours(25)).await;
    let second = world.begins(&customer, &part).await;
    assert_ne!(first.id(), second.id());
    let path = format!("/v1/payments/{}", first.id());
    assert_eq!(customer.get(&path).await.expect(200).at("/state"), "expired");
    world.card(&first.at("/checkout_url"), GOOD).await.expect(303);
    world.card(&second.at("/checkout_url"), GOOD).await.expect(303);
    world.until(&customer, &format!("/v1/payments/{}", second.id()), "/state", "paid").await;
    world.balances().await;
    world.end().await;
}
