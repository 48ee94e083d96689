//! Both sides review finished work; nobody reads one review before both are in or time is over.

use crate::support::{Actor, World};
use attache::postgres::Role;
use chrono::Duration;
use serde_json::{Value, json};

fn review(outcome: i16) -> Value {
    json!({ "outcome": outcome, "communication": 4, "value": 5, "text": "As agreed." })
}

async fn finished(world: &World, customer: &Actor, expert: &Actor) -> String {
    let (engagement, parts) = world.active(customer, expert, &[10_000]).await;
    let reviews = format!("/v1/engagements/{engagement}/reviews");
    customer.post(&reviews, review(5)).await.refused(409, "reviews-closed");
    expert.delivers(&parts[0], "Done.", None).await.expect(201);
    customer.accepts(&parts[0]).await.expect(200);
    reviews
}

#[tokio::test(flavor = "multi_thread")]
async fn two_reviews_are_published_together() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let member = world.colleague(&customer, "customer", "member", "Fjordhaus member").await;
    let expert = world.consultant("Brandt").await;
    let stranger = world.customer("Casa Verde").await;
    let manager = world.vendor("program_manager").await;
    let reviews = finished(&world, &customer, &expert).await;
    member.post(&reviews, review(5)).await.refused(403, "not-permitted");
    stranger.post(&reviews, review(5)).await.refused(404, "not-found");
    customer.post(&reviews, review(6)).await.refused(422, "invalid");
    let first = customer.post(&reviews, review(5)).await.expect(201).id();
    customer.post(&reviews, review(4)).await.refused(409, "already-reviewed");
    let seen = |answer: Value| answer.as_array().unwrap().len();
    assert_eq!(seen(customer.get(&reviews).await.expect(200).json()), 1);
    assert_eq!(seen(expert.get(&reviews).await.expect(200).json()), 0);
    assert_eq!(seen(manager.get(&reviews).await.expect(200).json()), 0);
    let reply = format!("/v1/reviews/{first}/reply");
    let thanks = json!({ "text": "Thank you." });
    expert.post(&reply, thanks.clone()).await.refused(409, "review-not-published");
    let profile = "SELECT p.slug FROM profiles p";
    let slug: String = world.sql(profile).await[0].get(0);
    let public = format!("/v1/programs/larkfield/experts/{slug}/reviews");
    assert_eq!(world.anyone().get(&public).await.expect(200).json()["items"], json!([]));
    expert.post(&reviews, review(3)).await.expect(201);
    assert_eq!(seen(expert.get(&reviews).await.expect(200).json()), 2);
    let page = world.anyone().get(&public).await.expect(200).json();
    assert_eq!(seen(page["items"].clone()), 1, "the partner's review is not about the expert");
    assert_eq!(page["items"][0]["customer_name"], "Fjordhaus");
    customer.post(&reply, thanks.clone()).await.refused(403, "wrong-side");
    stranger.post(&reply, thanks.clone()).await.refused(404, "not-found");
    expert.post(&reply, thanks.clone()).await.expect(200);
    expert.post(&reply, thanks).await.refused(409, "already-replied");
    world.settle().await;
    let hide = format!("/v1/reviews/{first}/hide");
    let reason = json!({ "reason": "Names a private person." });
    expert.post(&hide, reason.clone()).await.refused(403, "not-permitted");
    manager.post(&hide, reason.clone()).await.expect(200);
    manager.post(&hide, reason).await.refused(409, "already-hidden");
    assert_eq!(world.anyone().get(&public).await.expect(200).json()["items"], json!([]));
    let nowhere = "/v1/programs/larkfield/experts/nobody/reviews";
    world.anyone().get(nowhere).await.refused(404, "not-found");
    world.anyone().get("/v1/programs/nowhere/experts/a/reviews").await.refused(404, "not-found");
    world.settle().await;
    let points: Vec<i64> = world
        .sql(
            "SELECT (facts ->> 'points')::bigint FROM events
             WHERE kind = 'review-published' ORDER BY 1",
        )
        .await
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(points, [12, 14]);
    let failed = world.sql("SELECT last_error FROM jobs WHERE last_error IS NOT NULL").await;
    assert!(failed.is_empty(), "{:?}", failed.iter().map(|r| r.get(0)).collect::<Vec<String>>());
    let rating = world.sql("SELECT reviews, points FROM profile_ratings").await;
    let rating: (i32, i32) = (rating[0].get(0), rating[0].get(1));
    assert_eq!(rating, (0, 0), "a hidden review counts no more");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_review_is_published_when_time_is_over() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let reviews = finished(&world, &customer, &expert).await;
    customer.post(&reviews, review(5)).await.expect(201);
    world.advance(Duration::days(15)).await;
    expert.post(&reviews, review(1)).await.refused(409, "reviews-closed");
    world.settle().await;
    let seen = expert.get(&reviews).await.expect(200).json();
    assert_eq!(seen.as_array().unwrap().len(), 1);
    assert!(seen[0]["published_at"].is_string());
    world.end().await;
}

/// News may overtake each other: a review hidden before its publication was counted waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_review_waits_until_it_was_counted() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let manager = world.vendor("program_manager").await;
    let reviews = finished(&world, &customer, &expert).await;
    let first = customer.post(&reviews, review(5)).await.expect(201).id();
    expert.post(&reviews, review(3)).await.expect(201);
    world.settle().await;
    let owner = world.database.connect(Role::Owner).await;
    let vendor = world.larkfield.vendor;
    let counted = |reviews: i32| {
        let points = reviews * 14;
        format!(
            "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
             UPDATE profile_ratings SET reviews = {reviews}, points = {points}; COMMIT;"
        )
    };
    owner.batch_execute(&counted(0)).await.unwrap();
    let reason = json!({ "reason": "Names a private person." });
    manager.post(&format!("/v1/reviews/{first}/hide"), reason).await.expect(200);
    world.settle().await;
    let waiting = "SELECT last_error FROM jobs WHERE state = 'queued' AND kind = 'event'";
    let error: String = world.sql(waiting).await[0].get(0);
    assert!(error.contains("is not counted yet"), "{error}");
    owner.batch_execute(&counted(1)).await.unwrap();
    world.advance(Duration::minutes(1)).await;
    world.settle().await;
    let rating = world.sql("SELECT reviews, points FROM profile_ratings").await;
    assert_eq!((rating[0].get::<_, i32>(0), rating[0].get::<_, i32>(1)), (0, 0));
    world.end().await;
}
