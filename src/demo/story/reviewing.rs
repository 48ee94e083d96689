//! Both sides review each other: published together, not before.

use super::Scene;
use super::contracting::Deal;
use crate::demo::actor::Actor;
use anyhow::{Result, ensure};
use serde_json::json;

pub(super) async fn play(
    scene: &Scene<'_>,
    deal: &Deal,
    customer: &mut Actor,
    consultant: &mut Actor,
) -> Result<()> {
    let path = format!("/v1/engagements/{}/reviews", deal.id);
    let first = json!({
        "outcome": 5, "communication": 5, "value": 4,
        "text": "Dealers answer, and nobody is mailed after a call.", "root_cause": "data",
    });
    customer.post(&path, first).await?.expect(201)?;
    let unread = consultant.get(&path).await?.expect(200)?;
    ensure!(unread.json == json!([]), unread.wrong("a review is read before both are there"));
    scene.telling.step("the customer's review waits unread for the other one");
    let second = json!({
        "outcome": 5, "communication": 4, "value": 5,
        "text": "Texts came when they were promised.", "root_cause": null,
    });
    consultant.post(&path, second).await?.expect(201)?;
    let both = customer.get(&path).await?.expect(200)?;
    let reviews = both.json.as_array().map(Vec::as_slice).unwrap_or_default();
    let published = |review: &&serde_json::Value| {
        review.get("published_at").is_some_and(serde_json::Value::is_string)
    };
    let count = reviews.iter().filter(published).count();
    ensure!(count == 2, both.wrong("wanted both reviews published"));
    scene.telling.step("with the second one both are published");
    Ok(())
}
