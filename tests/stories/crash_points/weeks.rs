//! Monday noon: several weeks lock, and the program dies half way.

use super::scene::{Scene, WORKERS};
use crate::support::World;
use crate::support::hours::{Agreed, at, later};
use crate::support::payments::GOOD;
use serde_json::{Value, json};

const INTENTS: &str = "/v1/payment_intents";

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_19_the_weekly_run_is_half_way() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    world.onboards(&expert).await;
    let monday = world.next_monday().await;
    let mut engagements = Vec::new();
    for minutes in [60, 120, 180] {
        let sides = (&customer, &expert);
        let engagement = world.by_the_hour(sides, Agreed(9_000, 600, 4)).await;
        expert.works(&engagement, monday, minutes).await.expect(201);
        engagements.push(engagement);
    }
    let engagement = engagements[0].clone();
    let scene = Scene { world, customer, expert, finance, engagement, parts: Vec::new() };
    let world = scene.world.apart().await;
    world.advance(at(later(monday, 7), 12, 0, 1) - world.clock.now()).await;
    // The second week is written, and not committed.
    let mut served = world.serves(Some("crash_point_19:2"), WORKERS).await;
    let mut scene = Scene { world, ..scene };
    served.dies().await;
    assert!(scene.count("milestones").await < 3, "it is half way");
    let served = scene.again(served).await;
    scene.world.settle().await;
    scene.retries().await;
    assert_eq!(scene.count("milestones WHERE kind = 'week'").await, 3);
    assert_eq!(scene.count("events WHERE kind = 'week-locked'").await, 3, "each is told once");
    assert_eq!(scene.count("deliverables").await, 3);
    let prices = "SELECT array_agg(price_minor ORDER BY price_minor) FROM milestones";
    let prices: Vec<i64> = scene.world.sql(prices).await[0].get(0);
    assert_eq!(prices, [9_000, 18_000, 27_000]);
    for engagement in &engagements {
        let week = scene.customer.week(engagement, monday).await;
        scene.parts.push(week["milestone"].as_str().unwrap().to_owned());
    }
    for at in 0..3 {
        let page = scene.pays(at).sent().await.expect(201).at("/checkout_url");
        scene.world.card(&page, crate::support::payments::GOOD).await.expect(303);
    }
    scene.until("payments WHERE state = 'paid'", 3).await;
    scene.world.news_told().await;
    for at in 0..3 {
        scene.accepts(at).sent().await.expect(200);
    }
    scene.world.settle().await;
    scene.end(served).await;
}

/// Three engagements by the hour whose weeks one card pays, on the Monday on which they lock.
async fn three_by_card() -> Scene {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    world.onboards(&expert).await;
    world.keeps_card(&customer, GOOD).await;
    let monday = world.next_monday().await;
    let mut engagement = String::new();
    for minutes in [60, 120, 180] {
        engagement = world.by_the_hour((&customer, &expert), Agreed(9_000, 600, 4)).await;
        let path = format!("/v1/engagements/{engagement}/mandate");
        let offer = customer.get(&path).await.expect(200).json()["offers"][0].clone();
        customer.post(&path, offer).await.expect(201);
        expert.works(&engagement, monday, minutes).await.expect(201);
    }
    world.settle().await;
    let scene = Scene { world, customer, expert, finance, engagement, parts: Vec::new() };
    let world = scene.world.apart().await;
    world.advance(at(later(monday, 7), 12, 0, 1) - world.clock.now()).await;
    Scene { world, ..scene }
}

/// A program dies over the charge run; another goes on. Each week was charged once, and is held.
async fn charged_once_each(place: &str, fault: Option<Value>) {
    let scene = three_by_card().await;
    if let Some(fault) = fault {
        scene.world.till("faults", Some(fault)).await;
    }
    let mut served = scene.world.serves(Some(place), WORKERS).await;
    served.dies().await;
    scene.world.till("faults", Some(json!({}))).await;
    assert!(scene.count("payments WHERE state = 'paid'").await < 3, "it is half way");
    let served = scene.again(served).await;
    scene.retries().await;
    scene.until("payments WHERE state = 'paid' AND mandate_id IS NOT NULL", 3).await;
    scene.world.news_told().await;
    assert_eq!(scene.count("milestones WHERE kind = 'week'").await, 3);
    assert_eq!(scene.count("payments").await, 3, "one payment a week");
    assert_eq!(scene.count("journals WHERE event_key LIKE 'charge:%'").await, 3);
    assert_eq!(scene.count("events WHERE kind = 'week-charged'").await, 3, "each is told once");
    assert_eq!(scene.count("milestones WHERE state = 'submitted'").await, 3, "held, to look at");
    let url = format!("{}v1/payment_intents", scene.world.sandbox.payments);
    let asked = scene.world.client.get(url).bearer_auth(&scene.world.sandbox.payments_secret_key);
    let list: Value = asked.send().await.unwrap().json().await.unwrap();
    let mut amounts: Vec<i64> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["amount"].as_i64().unwrap())
        .collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [9_000, 18_000, 27_000], "Stripe has one charge a week");
    scene.end(served).await;
}

/// The name is passed once for each lock and once for each charge, in whatever order the workers
/// come to them: at the fifth time at least one week is charged, at least one is not.
#[tokio::test(flavor = "multi_thread")]
async fn crash_point_19_the_charge_run_is_half_way() {
    charged_once_each("crash_point_19:5", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_19_the_last_charge_is_not_committed() {
    charged_once_each("crash_point_19:6", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_04_a_weeks_charge_is_answered_and_not_stored() {
    charged_once_each("crash_point_04:2", Some(json!({ "hold_webhooks": true }))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_06_a_fault_after_a_weeks_charge() {
    let fault = json!({ "after_effect_500": 1, "path_prefix": INTENTS, "hold_webhooks": true });
    charged_once_each("crash_point_06", Some(fault)).await;
}
