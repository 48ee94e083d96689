//! Work that was paused before it was disputed is paused again when the dispute is settled.

use crate::support::World;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use api::engagements::{self, EngagementState};
use api::kernel::id::{EngagementId, VendorId};
use serde_json::json;

/// The parties dispute, or their dispute is settled; where the engagement stands then.
async fn disputes(world: &World, engagement: &str, raise: bool) -> EngagementState {
    let app = &world.program.app;
    let id = EngagementId::parse(engagement).unwrap();
    let mut tx = app.db.write(VendorId(world.larkfield.vendor)).await.unwrap();
    let moved = if raise {
        engagements::dispute_engagement(app, &mut tx, id, "They disagree.").await
    } else {
        engagements::settle_engagement(app, &mut tx, id, "They agreed.").await
    };
    let state = moved.unwrap().state;
    tx.commit().await.unwrap();
    world.settle().await;
    state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_that_is_settled_leaves_a_pause_standing() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let grant = world.grants((&petra, &expert), &engagement, &connection, "read-only").await;
    let tool = Tool::with_key(&expert, &grant).await;
    let here = format!("/v1/engagements/{engagement}");
    let holds = async || {
        let letter = petra.get(&format!("/v1/grants/{grant}")).await.expect(200).json();
        let holds = letter["holds"].as_array().unwrap().clone();
        holds.iter().map(|hold| hold["cause"].clone()).collect::<Vec<_>>()
    };
    for round in 0..2 {
        let why = json!({ "reason": "Holidays." });
        petra.post(&format!("{here}/pause"), why).await.expect(200);
        assert_eq!(disputes(&world, &engagement, true).await, EngagementState::Disputed);
        let refused = tool.get("/account").await.refused(403, "suspended").at("/detail");
        assert!(refused.contains("the work is paused, and the work is disputed"), "{refused}");
        assert_eq!(holds().await, ["pause", "dispute"]);
        let mut reader = Reader::of(&world, &petra.email).await;
        says(&reader.open(&format!("/engagements/{engagement}")).await, "stays paused then");
        petra.post(&format!("{here}/resume"), json!({})).await.refused(409, "engagement-state");
        let left = disputes(&world, &engagement, false).await;
        assert_eq!(left, EngagementState::Paused, "as the customer left it");
        let refused = tool.get("/account").await.refused(403, "suspended").at("/detail");
        assert!(!refused.contains("disputed"), "{refused}");
        assert_eq!(holds().await, ["pause"]);
        let told = world.sql("SELECT 1 FROM notices WHERE title LIKE '%goes on'").await;
        assert_eq!(told.len(), 2 * round, "nobody hears that it goes on before it does");
        petra.post(&format!("{here}/resume"), json!({})).await.expect(200);
        tool.get("/account").await.expect(200);
        assert!(holds().await.is_empty());
        world.settle().await;
    }
    // Without a pause before it, a dispute that is settled lets work go on.
    disputes(&world, &engagement, true).await;
    assert_eq!(disputes(&world, &engagement, false).await, EngagementState::Active);
    tool.get("/account").await.expect(200);
    world.end().await;
}
