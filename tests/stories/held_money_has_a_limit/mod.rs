//! The payment processor holds money for so long only, by the country of its account: a plan that
//! could go beyond it is not signed, and what nobody decided goes back before.

mod plans;

use crate::released_money_goes_back::scene::Scene;
use crate::support::offers::change;
use crate::support::payments::key;
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

fn usd(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "USD" })
}

/// The account at the payment processor is in this country.
async fn lives_in(world: &World, country: &str) {
    let sql = format!("UPDATE payment_platform SET country = '{country}'");
    change(world, &sql).await;
}

/// The first milestone is paid where money is held for ninety days.
async fn paid(prices: &[i64]) -> Scene {
    let world = World::new().await;
    lives_in(&world, "SE").await;
    Scene::paid_in(world, prices).await
}

async fn moves_to(scene: &Scene, at: DateTime<Utc>) {
    let by = at - scene.world.clock.now();
    scene.world.advance(by).await;
    scene.world.settle().await;
}

async fn hold_until(scene: &Scene, at: usize) -> DateTime<Utc> {
    let path = format!("/v1/milestones/{}", scene.parts[at]);
    let seen = scene.customer.get(&path).await.expect(200);
    seen.at("/hold_until").parse().unwrap()
}

async fn mails(scene: &Scene, who: &Actor, words: &str) -> usize {
    let mails = scene.world.mails_to(&who.email).await;
    mails.iter().filter(|mail| mail["subject"].as_str().unwrap().contains(words)).count()
}

async fn held(scene: &Scene) -> i64 {
    scene.money(0).await["held"]["minor"].as_i64().unwrap()
}

const WARNS: &str = "may be held until";

#[tokio::test(flavor = "multi_thread")]
async fn and_it_goes_back_when_nobody_decides() {
    let scene = paid(&[125_000, 50_000]).await;
    let Scene { world, customer, expert, finance, parts, .. } = &scene;
    let manager = world.vendor("program_manager").await;
    let end = hold_until(&scene, 0).await;
    let left = (end - world.clock.now()).num_hours();
    assert!((90 * 24 - 1..=90 * 24).contains(&left), "ninety days from its charge: {left}");
    assert_eq!(customer.get("/v1/holdings").await.expect(200).json()["items"], json!([]));
    let mut day = Reader::of(world, &customer.email).await;
    says(&day.open(&format!("/milestones/{}/money", parts[0])).await, "Held until");
    let page = day.open("/").await;
    assert!(!page.text.contains("Decide about the $1,250.00"), "{}", page.text);

    for (before, warned) in
        [(Duration::days(30), 1), (Duration::days(14), 2), (Duration::days(3), 3)]
    {
        moves_to(&scene, end - before - Duration::hours(1)).await;
        assert_eq!(mails(&scene, customer, WARNS).await, warned - 1);
        moves_to(&scene, end - before + Duration::minutes(1)).await;
        for who in [customer, expert, finance, &manager] {
            assert_eq!(mails(&scene, who, WARNS).await, warned, "{before} before: {}", who.email);
        }
    }
    for who in [customer, expert, finance, &manager] {
        let seen = who.get("/v1/holdings").await.expect(200);
        assert_eq!(seen.at("/items/0/held/minor"), "125000");
        assert_eq!(seen.at("/items/0/hold_until").parse::<DateTime<Utc>>().unwrap(), end);
        let mut reader = Reader::of(world, &who.email).await;
        says(&reader.open("/").await, "Decide about the $1,250.00 held for milestone 1");
    }
    // What is paid later counts from its own charge.
    world.pays(customer, &parts[1]).await;
    assert!(hold_until(&scene, 1).await > end + Duration::days(80));
    moves_to(&scene, end - Duration::days(1) - Duration::minutes(5)).await;
    assert_eq!(held(&scene).await, 125_000, "the last day has not begun");
    moves_to(&scene, end - Duration::days(1) + Duration::minutes(1)).await;
    assert_eq!(scene.money(0).await["state"], "refunded");
    assert_eq!(mails(&scene, expert, "goes back: nobody decided in time").await, 1);
    moves_to(&scene, end + Duration::days(3)).await;
    let refunds = world.till("books", None).await["refunds"].clone();
    let refunds = refunds.as_array().unwrap().iter().map(|one| one["amount"].as_i64().unwrap());
    assert_eq!(refunds.collect::<Vec<_>>(), [125_000], "once");
    assert_eq!(scene.money(1).await["held"]["minor"], 50_000, "the other one is young");
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_what_was_decided_is_left_alone() {
    let scene = paid(&[125_000]).await;
    let Scene { world, customer, .. } = &scene;
    let end = hold_until(&scene, 0).await;
    moves_to(&scene, end - Duration::days(20)).await;
    scene.accepts(0).await;
    moves_to(&scene, end + Duration::days(1)).await;
    assert_eq!(mails(&scene, customer, WARNS).await, 1, "only the first");
    assert_eq!(scene.money(0).await["state"], "accepted");
    assert_eq!(world.till("books", None).await["refunds"], json!([]));
    scene.balances().await;
    scene.world.end().await;
}

/// Nobody asked for it, so nobody has to say yes.
#[tokio::test(flavor = "multi_thread")]
async fn and_a_limit_of_one_person_does_not_keep_it() {
    let scene = paid(&[125_000]).await;
    scene.world.vendor("owner").await;
    scene.world.vendor("program_manager").await;
    let limit = json!({ "currency": "USD", "minor": 50_000, "reason": "As the board decided." });
    scene.finance.post("/v1/money-limits", limit).await.expect(200);
    let end = hold_until(&scene, 0).await;
    moves_to(&scene, end - Duration::days(1) - Duration::minutes(5)).await;
    assert_eq!(held(&scene).await, 125_000);
    moves_to(&scene, end - Duration::days(1) + Duration::minutes(1)).await;
    assert_eq!(scene.money(0).await["state"], "refunded");
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_a_disagreement_has_to_be_decided() {
    let scene = paid(&[100_000]).await;
    let Scene { world, customer, expert, parts, .. } = &scene;
    let manager = world.vendor("program_manager").await;
    let end = hold_until(&scene, 0).await;
    let body = json!({ "back": usd(100_000), "released": usd(0), "reason": "It is late." });
    let path = format!("/v1/milestones/{}/disagreements", parts[0]);
    let id = customer.post(&path, body).await.expect(201).id();
    let answer = json!({ "text": "It is all there." });
    expert.post(&format!("/v1/disagreements/{id}/answer"), answer).await.expect(200);
    moves_to(&scene, end - Duration::days(1) + Duration::minutes(1)).await;
    let at_once = "has to be decided about at once";
    assert_eq!((held(&scene).await, mails(&scene, &manager, at_once).await), (100_000, 1));
    assert_eq!(mails(&scene, customer, at_once).await, 1);
    let seen = manager.get("/v1/holdings").await.expect(200);
    assert_eq!(seen.at("/items/0/disagreed"), "true");
    moves_to(&scene, end + Duration::minutes(2)).await;
    assert_eq!(mails(&scene, &manager, at_once).await, 2, "every day");
    let mediation = format!("/v1/disagreements/{id}/mediation");
    customer.post(&mediation, json!({})).await.expect(200);
    let decision = json!({ "back": usd(50_000), "released": usd(50_000), "reason": "Half of it." });
    let decide = format!("/v1/disagreements/{id}/decision");
    manager.post_once(&decide, &key(), decision).await.expect(200);
    moves_to(&scene, end + Duration::days(2)).await;
    assert_eq!(mails(&scene, &manager, at_once).await, 2, "it is over");
    assert_eq!(scene.money(0).await["state"], "settled");
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_each_country_has_its_own() {
    let scene = paid(&[10_000, 20_000, 30_000]).await;
    let Scene { world, customer, parts, .. } = &scene;
    lives_in(world, "TH").await;
    world.pays(customer, &parts[1]).await;
    lives_in(world, "US").await;
    world.pays(customer, &parts[2]).await;
    let mut days = Vec::new();
    for at in 0..3 {
        days.push((hold_until(&scene, at).await - world.clock.now()).num_hours() / 24);
    }
    assert!((89..=90).contains(&days[0]) && (9..=10).contains(&days[1]), "{days:?}");
    assert!((729..=730).contains(&days[2]), "{days:?}");
    let state = async |at: usize| scene.money(at).await["state"].as_str().unwrap().to_owned();
    let end = hold_until(&scene, 1).await;
    moves_to(&scene, end - Duration::hours(80) + Duration::minutes(1)).await;
    assert_eq!(mails(&scene, customer, WARNS).await, 1, "after two thirds");
    moves_to(&scene, end - Duration::days(3) + Duration::minutes(1)).await;
    assert_eq!(mails(&scene, customer, WARNS).await, 2, "and with three days left");
    moves_to(&scene, end - Duration::days(1) + Duration::minutes(1)).await;
    assert_eq!((state(0).await, state(1).await), ("funded".to_owned(), "refunded".to_owned()));
    world.advance(Duration::days(100)).await;
    world.settle().await;
    assert_eq!((state(0).await, state(2).await), ("refunded".to_owned(), "funded".to_owned()));
    scene.balances().await;
    scene.world.end().await;
}
