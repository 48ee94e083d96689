//! What was in force stays as it was: the program refuses, and so does the database, its owner too.

use super::parts;
use crate::support::neighbours::{foreigner, other_program};
use crate::support::together::post_at_once;
use crate::support::{Actor, World};
use attache::postgres::Role;
use chrono::Duration;
use serde_json::{Value, json};
use tokio_postgres::Client;

const USUAL: [u32; 4] = [8000, 1000, 500, 500];

/// The database refuses a statement of this vendor by the name of a rule.
async fn refuses(client: &Client, vendor: uuid::Uuid, sql: &str, rule: &str) {
    let all =
        format!("BEGIN; SELECT set_config('attache.vendor', '{vendor}', true); {sql}; COMMIT");
    let error = client.batch_execute(&all).await.expect_err(sql);
    client.batch_execute("ROLLBACK").await.unwrap();
    let error = error.as_db_error().unwrap_or_else(|| panic!("{sql}: {error}"));
    let said = error.constraint().unwrap_or_else(|| error.message());
    assert!(said.contains(rule), "{sql}: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_rewrites_it() {
    let world = World::new().await;
    let finance = world.vendor("finance").await;
    let (customer, expert) =
        (world.customer("Fjordhaus Outdoor").await, world.consultant("Brandt Studio").await);
    let samir = world.vendor("program_manager").await;
    let body = |more: Value| {
        let mut body = json!({ "parts": parts(USUAL) });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let past = world.clock.now() - Duration::seconds(5);
    let early = finance.post("/v1/fee-rules", body(json!({ "effective_from": past }))).await;
    early.refused(422, "invalid");
    for nobody in [&samir, &expert, &customer] {
        nobody.post("/v1/fee-rules", body(json!({}))).await.refused(403, "not-permitted");
    }
    customer.get("/v1/fee-rules").await.refused(403, "not-permitted");
    let soon = world.clock.now() + Duration::days(3);
    let rule =
        finance.post("/v1/fee-rules", body(json!({ "tier": "principal" }))).await.expect(201);
    let end = format!("/v1/fee-rules/{}/end", rule.id());
    finance.post(&end, json!({ "ends_at": past })).await.refused(422, "invalid");
    let ended = finance.post(&end, json!({ "ends_at": soon })).await.expect(200);
    assert_eq!(ended.at("/state"), "in_force");
    let later = json!({ "ends_at": soon + Duration::days(1) });
    finance.post(&end, later).await.refused(409, "fee-rule-ended");
    samir.post(&end, json!({})).await.refused(403, "not-permitted");
    let all = finance.get("/v1/fee-rules").await.expect(200).json();
    let base = all.as_array().unwrap().iter().find(|rule| rule["name"] == "All work").unwrap();
    let base = base["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/fee-rules/{base}/end");
    finance.post(&path, json!({})).await.refused(409, "fee-rule-for-all");
    let far = other_program(&world, "otherfield").await;
    let stranger = foreigner(&world, &far, "vendor", "finance").await;
    stranger.post(&end, json!({})).await.refused(404, "not-found");
    assert_eq!(stranger.get("/v1/fee-rules").await.expect(200).json().as_array().unwrap().len(), 1);

    // One takes the place of what was announced; what never began says so.
    let announced = |from| body(json!({ "category": "reporting", "effective_from": from }));
    finance.post("/v1/fee-rules", announced(soon)).await.expect(201);
    let now = body(json!({ "category": "reporting" }));
    let statuses = post_at_once(&finance, 8, "/v1/fee-rules", &now).await;
    assert_eq!(statuses, [201; 8]);
    let listed = finance.get("/v1/fee-rules").await.expect(200).json();
    let states = |state: &str| {
        let of = |rule: &&Value| rule["category"] == "reporting" && rule["state"] == state;
        listed.as_array().unwrap().iter().filter(of).count()
    };
    assert_eq!((states("in_force"), states("announced")), (1, 0), "{listed:#}");
    assert!(states("never_began") >= 1, "{listed:#}");

    the_database_refuses(&world, &base, &customer, &expert).await;
    world.end().await;
}

/// A rule for principals, written by hand.
fn insert(vendor: uuid::Uuid, from: &str, to: &str) -> String {
    format!(
        "INSERT INTO fee_policies (vendor_id, id, version, consultant_parts, vendor_parts,
             reseller_parts, operator_parts, tier, words, effective_from, ends_at)
         VALUES ('{vendor}', gen_random_uuid(), 99, 8000, 1000, 500, 500, 'principal', 'P', {from},
             {to})"
    )
}

async fn the_database_refuses(world: &World, base: &str, customer: &Actor, expert: &Actor) {
    let (vendor, owner) = (world.larkfield.vendor, world.database.connect(Role::Owner).await);
    let base = |set: &str| format!("UPDATE fee_policies SET {set} WHERE id = '{base}'");
    let other =
        |end: &str| format!("UPDATE fee_policies SET ends_at = {end} WHERE tier = 'principal'");
    let tomorrow = "app_now() + interval '1 day'";
    for (sql, rule) in [
        (base("vendor_parts = 900, operator_parts = 600"), "stay"),
        (base("effective_from = app_now()"), "stay"),
        (base("words = 'Other'"), "stay"),
        (base("ends_at = app_now() + interval '1 day'"), "no_gap"),
        ("DELETE FROM fee_policies".to_owned(), "stay"),
        ("TRUNCATE fee_policies CASCADE".to_owned(), "stay"),
        (other("NULL"), "end_comes_closer"),
        (other("app_now() - interval '1 ms'"), "past_stays"),
        (insert(vendor, "app_now() - interval '1 second'", "NULL"), "past_stays"),
        (insert(vendor, tomorrow, "NULL"), "one_at_a_time"),
        (insert(vendor, tomorrow, "app_now() + interval '1 hour'"), "order"),
    ] {
        refuses(&owner, vendor, &sql, &format!("fee_policies_{rule}")).await;
    }
    let program = world.database.connect(Role::App).await;
    for sql in ["DELETE FROM fee_policies", "UPDATE fee_policies SET words = 'Mine'"] {
        refuses(&program, vendor, sql, "permission denied").await;
    }
    too_late(world, &owner, customer, expert).await;
}

/// Work that was agreed on while a rule was on its way is the past as well.
async fn too_late(world: &World, owner: &Client, customer: &Actor, expert: &Actor) {
    let vendor = world.larkfield.vendor;
    let begin = format!("BEGIN; SELECT set_config('attache.vendor', '{vendor}', true)");
    owner.batch_execute(&begin).await.unwrap();
    let held = world.proposal(customer, expert, &[1_000]).await;
    customer.post(&format!("/v1/proposals/{held}/accept"), json!({})).await.expect(201);
    let late = insert(vendor, "app_now()", "NULL").replace("'principal'", "'accredited'");
    let error = owner.batch_execute(&late).await.unwrap_err();
    let error = error.as_db_error().unwrap().constraint().unwrap_or_default().to_owned();
    assert_eq!(error, "fee_policies_past_stays");
    owner.batch_execute("ROLLBACK").await.unwrap();
}
