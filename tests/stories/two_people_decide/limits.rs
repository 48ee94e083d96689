//! The limit itself: stricter by one person, looser by two, and never without a second person.

use super::{limit, says};
use crate::support::{World, payments::key};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn and_the_limit_is_loosened_by_two() {
    let world = World::new().await;
    let finance = world.vendor("finance").await;
    limit(&finance, Some(50_000)).await.refused(409, "second-persons-wanted");
    let owner = world.vendor("owner").await;
    limit(&finance, Some(50_000)).await.refused(409, "second-persons-wanted");
    let manager = world.vendor("program_manager").await;
    limit(&manager, Some(50_000)).await.refused(403, "not-permitted");
    limit(&finance, Some(-1)).await.refused(422, "invalid");
    limit(&finance, None).await.refused(409, "limit-as-is");
    limit(&finance, Some(50_000)).await.expect(200);
    limit(&finance, Some(40_000)).await.expect(200);
    let asked = limit(&finance, None).await.expect(202);
    limit(&owner, Some(60_000)).await.refused(409, "approval-waits");
    says(&finance, &asked, "approve").await.refused(403, "own-approval");
    let limits = manager.get("/v1/money-limits").await.expect(200);
    assert_eq!(limits.at("/items/0/limit/minor"), "40000");
    says(&owner, &asked, "approve").await.expect(200);
    let limits = manager.get("/v1/money-limits").await.expect(200);
    assert_eq!(limits.json()["items"][0]["limit"], json!(null));
    assert_eq!(limits.at("/items/0/set_by"), "larkfield-finance", "who asked for it set it");
    let events = "SELECT count(*) FROM events WHERE kind = 'money-limit-set'";
    assert_eq!(world.sql(events).await[0].get::<_, i64>(0), 3);
    let unknown = format!("/v1/money-approvals/{}/approve", finance.person);
    let body = json!({ "hash": "00", "reason": "The contract says so." });
    owner.post_once(&unknown, &key(), body).await.refused(404, "not-found");
    world.end().await;
}
