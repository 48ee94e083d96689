//! Fees follow rules: the most specific one counts, is frozen at signing and named on every
//! statement; nobody rewrites the past; what a rule would mean is seen before it is published.

mod pages;
mod past;
mod simulation;
mod winner;

use crate::support::offers::{Shelf, change, publish};
use crate::support::{Actor, World};
use serde_json::{Value, json};

/// Parts of 10,000 in the order of consultant, vendor, reseller, operator.
fn parts([consultant, vendor, reseller, operator]: [u32; 4]) -> Value {
    json!({
        "consultant": consultant, "vendor": vendor, "reseller": reseller, "operator": operator,
    })
}

/// The program ranks the organization's standing.
async fn ranked(world: &World, who: &Actor, tier: &str) {
    let organization = &who.organization;
    let sql =
        format!("UPDATE enrollments SET tier = '{tier}' WHERE organization_id = '{organization}'");
    change(world, &sql).await;
}

/// A proposal that is made from a service of nurturing design.
async fn nurturing(world: &World, customer: &Actor, expert: &Actor, prices: &[i64]) -> String {
    let offered = publish(world, expert, Shelf::default()).await;
    let proposal = world.proposal(customer, expert, prices).await;
    let service = offered.service;
    change(
        world,
        &format!("UPDATE proposals SET service_id = '{service}' WHERE id = '{proposal}'"),
    )
    .await;
    proposal
}

/// Accepts a proposal and signs for both sides; the engagement and its statement of work.
async fn signed(customer: &Actor, expert: &Actor, proposal: &str) -> (String, Value) {
    let accept = format!("/v1/proposals/{proposal}/accept");
    let engagement = customer.post(&accept, json!({})).await.expect(201).id();
    let path = format!("/v1/engagements/{engagement}/statement-of-work");
    let text = customer.get(&path).await.expect(200).json();
    for side in [expert, customer] {
        let hash = json!({ "hash": text["hash"] });
        side.post(&format!("{path}/accept"), hash).await.expect(200);
    }
    (engagement, text)
}
