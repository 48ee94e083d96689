//! Monday noon: several weeks lock, and the program dies half way.

use super::scene::{Scene, WORKERS};
use crate::support::World;
use crate::support::hours::{Agreed, at, later};

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
