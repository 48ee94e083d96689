//! The hours end in mid-week, or with the last week that was agreed on.

use super::Scene;
use crate::support::hours::{Agreed, at, later};
use crate::support::payments::key;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn in_mid_week_what_was_worked_is_still_paid() {
    let scene = Scene::signed(Agreed(9_000, 600, 4)).await;
    let Scene { world, customer, expert, engagement, monday } = &scene;
    expert.works(engagement, *monday, 60).await.expect(201);
    let end = format!("/v1/engagements/{engagement}/end");
    let why = json!({ "reason": "That is all we need." });
    let ended = customer.post(&end, why.clone()).await.expect(200).json();
    assert_eq!((&ended["state"], &ended["hours_end_on"]), (&json!("active"), &json!(monday)));
    customer.post(&end, why.clone()).await.refused(409, "hours-ended");
    world.settle().await;
    assert!(scene.told(expert).await.contains("The hours of"));
    // What was worked until that day may still be written.
    expert.works(engagement, *monday, 60).await.expect(201);
    world.moves_to(at(later(*monday, 1), 10, 0, 0)).await;
    expert.works(engagement, later(*monday, 1), 60).await.refused(409, "hours-ended");
    let milestone = scene.locks().await;
    customer.post(&end, why.clone()).await.refused(409, "week-unpaid");
    world.pays(customer, &milestone).await;
    expert.post(&end, why).await.refused(409, "money-held");
    let accept = format!("/v1/milestones/{milestone}/accept");
    customer.post_once(&accept, &key(), json!({ "version": 1 })).await.expect(200);
    world.settle().await;
    assert_eq!(scene.state().await, "completed", "the last week is over");
    assert_eq!(scene.sent().await, [14_400]);
    expert.works(engagement, *monday, 60).await.refused(409, "engagement-not-active");
    world.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_left_it_is_over_at_once_and_a_partner_may_give_up_a_week() {
    let (scene, milestone) = Scene::locked(Agreed(9_000, 600, 4), 60).await;
    let Scene { world, customer, expert, engagement, .. } = &scene;
    let end = format!("/v1/engagements/{engagement}/end");
    let why = json!({ "reason": "It does not fit." });
    expert.post(&end, why.clone()).await.expect(200);
    assert_eq!(scene.state().await, "active", "a week is owed");
    expert.post(&end, why.clone()).await.expect(200);
    assert_eq!(scene.state().await, "cancelled", "what nobody paid is given up");
    let path = format!("/v1/milestones/{milestone}/payments");
    customer.post_once(&path, &key(), json!({})).await.refused(409, "engagement-state");
    let other = world.by_the_hour((customer, expert), Agreed(9_000, 600, 4)).await;
    let ended = customer.post(&format!("/v1/engagements/{other}/end"), why).await.expect(200);
    assert_eq!(ended.at("/state"), "cancelled");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_week_that_was_agreed_on_completes_it() {
    let (scene, milestone) = Scene::locked(Agreed(9_000, 600, 1), 60).await;
    let Scene { world, customer, monday, .. } = &scene;
    world.pays(customer, &milestone).await;
    world.moves_to(at(later(*monday, 12), 0, 0, 0)).await;
    world.settle().await;
    assert_eq!(scene.state().await, "completed");
    scene.world.end().await;
}
