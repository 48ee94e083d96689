//! Plans: what could be held too long is neither proposed nor signed.

use super::{lives_in, usd};
use crate::support::offers::change;
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer, World};
use serde_json::{Value, json};

fn plan(days: i64) -> Value {
    let line = json!([{ "title": "Work", "amount": usd(10_000) }]);
    let part = |days: i64| {
        json!({
            "title": "Map", "delivers": "The map.", "price": usd(10_000), "days": days,
            "lines": line,
        })
    };
    json!({
        "title": "Dealer nurture", "note": "First the map.", "access_preset": "author-drafts",
        "milestones": [part(5), part(days)],
    })
}

async fn proposes(world: &World, sides: (&Actor, &Actor), days: i64) -> Answer {
    let invitation = world.invited(sides.0, sides.1).await;
    sides.1.post(&format!("/v1/invitations/{invitation}/proposals"), plan(days)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn and_a_plan_beyond_it_is_not_made() {
    let world = World::new().await;
    lives_in(&world, "SE").await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let sides = (&customer, &expert);
    let long = proposes(&world, sides, 48).await.refused(422, "invalid");
    let fault = &long.json()["errors"][0];
    assert_eq!(fault["field"], "milestones[1].days", "{fault}");
    let says = fault["message"].as_str().unwrap();
    assert!(says.contains("48 days to delivery and 3 reviews of 14 days"), "{says}");
    assert!(says.ends_with("Plan 47 days at most, or two milestones."), "{says}");
    proposes(&world, sides, 47).await.expect(201);
    lives_in(&world, "US").await;
    proposes(&world, sides, 365).await.expect(201);
    lives_in(&world, "TH").await;
    let short = proposes(&world, sides, 1).await.refused(422, "invalid");
    assert!(short.text().contains("The program has to shorten its reviews first."));
    change(&world, "UPDATE programs SET acceptance_days = 1, change_requests = 1").await;
    proposes(&world, sides, 8).await.refused(422, "invalid");
    proposes(&world, sides, 7).await.expect(201);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_an_older_plan_is_not_signed() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let waits = world.engagement(&customer, &expert, &[10_000]).await;
    let path = format!("/v1/engagements/{waits}/statement-of-work");
    let hash = customer.get(&path).await.expect(200).at("/hash");
    let yes = json!({ "hash": hash });
    expert.post(&format!("{path}/accept"), yes.clone()).await.expect(200);
    lives_in(&world, "TH").await;
    let refused = customer.post(&format!("{path}/accept"), yes.clone()).await;
    let refused = refused.refused(409, "plan-held-too-long");
    assert!(refused.at("/detail").starts_with("Milestone 1, Part 1, would be held too long."));
    let sow = format!("/engagements/{waits}/sow");
    let mut reader = Reader::of(&world, &customer.email).await;
    let page = reader.open(&format!("{sow}/accept")).await;
    let form = page.form(&format!("/p/larkfield{sow}/accept")).unwrap();
    says(&reader.send(&form).await, "would be held too long");
    let proposal = world.proposal(&customer, &expert, &[10_000]).await;
    let accept = format!("/v1/proposals/{proposal}/accept");
    customer.post(&accept, json!({})).await.refused(409, "plan-held-too-long");
    lives_in(&world, "SE").await;
    customer.post(&format!("{path}/accept"), yes).await.expect(200);
    customer.post(&accept, json!({})).await.expect(201);
    world.end().await;
}
