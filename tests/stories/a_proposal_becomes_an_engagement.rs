//! A customer accepts a proposal, both sides sign its statement of work, or time runs out.

use crate::support::deal::{at_once, milestones};
use crate::support::{Actor, World};
use attache::postgres::Role;
use chrono::Duration;
use serde_json::{Value, json};

fn accept(proposal: &str) -> String {
    format!("/v1/proposals/{proposal}/accept")
}

fn sow(engagement: &str) -> String {
    format!("/v1/engagements/{engagement}/statement-of-work")
}

async fn state(actor: &Actor, engagement: &str) -> String {
    actor.get(&format!("/v1/engagements/{engagement}")).await.expect(200).at("/state")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_tries_at_once_exactly_one_opens_the_engagement() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let proposal = world.proposal(&customer, &expert, &[180_000, 324_000]).await;
    let answers = at_once(|| {
        let (customer, path) = (customer.clone(), accept(&proposal));
        async move { customer.post(&path, json!({})).await }
    });
    let answers = answers.await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 201);
    assert_eq!((won.len(), lost.len()), (1, 7));
    for answer in lost {
        answer.refused(409, "proposal-not-open");
    }
    let engagement = won[0].json();
    assert_eq!(engagement["number"], "A-2041");
    assert_eq!(engagement["state"], "contracting");
    assert_eq!(engagement["total"], json!({ "minor": 504_000, "currency": "USD" }));
    let list = expert.get("/v1/engagements").await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let turns = list["items"][0]["turns"].as_array().unwrap().clone();
    let waits = |side: &str| turns.iter().any(|t| t["side"] == side);
    assert!(waits("customer") && waits("partner"), "{turns:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_accept_is_told_so_or_told_nothing() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let member = world.colleague(&customer, "customer", "member", "Fjordhaus member").await;
    let stranger = world.customer("Casa Verde").await;
    let expert = world.consultant("Brandt").await;
    let proposal = world.proposal(&customer, &expert, &[10_000]).await;
    let path = accept(&proposal);
    world.anyone().post(&path, json!({})).await.refused(401, "unauthenticated");
    member.post(&path, json!({})).await.refused(403, "not-permitted");
    expert.post(&path, json!({})).await.refused(403, "not-permitted");
    stranger.post(&path, json!({})).await.refused(404, "not-found");
    let unknown = accept("0190a000-0000-7000-8000-000000000000");
    customer.post(&unknown, json!({})).await.refused(404, "not-found");
    world.advance(Duration::days(15)).await;
    customer.post(&path, json!({})).await.refused(409, "proposal-expired");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_books_their_own_work() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let proposal = world.proposal(&customer, &expert, &[10_000]).await;
    let (vendor, organization) = (world.larkfield.vendor, &customer.organization);
    let both = format!(
        "INSERT INTO memberships
             (id, person_id, vendor_id, organization_id, organization_kind, role)
         VALUES (gen_random_uuid(), '{}', '{vendor}', '{organization}', 'customer', 'member')",
        expert.person
    );
    let owner = world.database.connect(Role::Owner).await;
    owner.batch_execute(&both).await.unwrap();
    customer.post(&accept(&proposal), json!({})).await.refused(409, "self-dealing");
    owner
        .batch_execute("UPDATE memberships SET ended_at = app_now() WHERE role = 'member'")
        .await
        .unwrap();
    customer.post(&accept(&proposal), json!({})).await.expect(201);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_sign_one_text_and_the_shares_are_frozen() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let colleague = world.colleague(&expert, "partner", "consultant", "Brandt junior").await;
    let engagement = world.engagement(&customer, &expert, &[101, 324_000]).await;
    let statement = expert.get(&sow(&engagement)).await.expect(200).json();
    let body = statement["body"].as_str().unwrap();
    for words in ["A-2041", "Fjordhaus", "USD 3,241.01", "> What part 2 is.", "write drafts in it"]
    {
        assert!(body.contains(words), "{words}: {body}");
    }
    let path = format!("{}/accept", sow(&engagement));
    let hash = json!({ "hash": statement["hash"] });
    let wrong = json!({ "hash": "00".repeat(32) });
    colleague.post(&path, hash.clone()).await.refused(403, "not-permitted");
    expert.post(&path, wrong).await.refused(409, "statement-differs");
    expert.post(&path, json!({ "hash": "x", "price": 1 })).await.refused(400, "unreadable-body");
    expert.post(&path, hash.clone()).await.expect(200);
    expert.post(&path, hash.clone()).await.refused(409, "already-signed");
    let signed = customer.post(&path, hash.clone()).await.expect(200);
    assert_eq!(signed.at("/state"), "signed");
    customer.post(&path, hash).await.refused(409, "statement-closed");
    let first = &milestones(&customer, &engagement).await[0];
    let shares = customer.get(&format!("/v1/milestones/{first}")).await.expect(200).json();
    let amounts: Vec<(String, i64)> = shares["shares"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["party"].as_str().unwrap().into(), s["amount"]["minor"].as_i64().unwrap()))
        .collect();
    let expected = [("consultant", 81), ("vendor", 15), ("operator", 5)];
    assert_eq!(amounts, expected.map(|(party, minor)| (party.to_owned(), minor)));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_reseller_of_record_means_another_text() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let reseller = world.join("reseller", "owner", "Nordlys").await;
    let engagement = world.engagement(&customer, &expert, &[100_000]).await;
    let path = format!("{}/accept", sow(&engagement));
    let first = expert.get(&sow(&engagement)).await.expect(200).at("/hash");
    expert.post(&path, json!({ "hash": first })).await.expect(200);
    let (vendor, owner) = (world.larkfield.vendor, world.database.connect(Role::Owner).await);
    let attribution = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         INSERT INTO reseller_attributions (vendor_id, id, customer_organization_id,
             reseller_organization_id, kind, since, reason)
         VALUES ('{vendor}', gen_random_uuid(), '{}', '{}', 'sourced', app_now() - interval '1 day',
             'Brought');
         COMMIT;",
        customer.organization, reseller.organization
    );
    owner.batch_execute(&attribution).await.unwrap();
    customer.post(&path, json!({ "hash": first })).await.refused(409, "statement-changed");
    let second = customer.get(&sow(&engagement)).await.expect(200).json();
    assert_eq!(second["version"], 2);
    assert_eq!(second["accepted"], json!([]));
    assert!(second["body"].as_str().unwrap().contains("Nordlys"));
    customer.post(&path, json!({ "hash": first })).await.refused(409, "statement-differs");
    for side in [&customer, &expert] {
        side.post(&path, json!({ "hash": second["hash"] })).await.expect(200);
    }
    assert_eq!(state(&customer, &engagement).await, "signed");
    let milestone = &milestones(&customer, &engagement).await[0];
    let shares = expert.get(&format!("/v1/milestones/{milestone}")).await.expect(200).json();
    let of = |party: &str| -> Value {
        let all = shares["shares"].as_array().unwrap();
        all.iter().find(|s| s["party"] == party).map(|s| s["amount"]["minor"].clone()).unwrap()
    };
    assert_eq!((of("reseller"), of("vendor")), (json!(5_000), json!(10_000)));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_signs_or_funds_lapses_by_itself() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let unsigned = world.engagement(&customer, &expert, &[10_000]).await;
    let unfunded = world.signed(&customer, &expert, &[10_000]).await;
    let (active, _) = world.active(&customer, &expert, &[10_000]).await;
    let voided = world.engagement(&customer, &expert, &[10_000]).await;
    let void = format!("/v1/engagements/{voided}/void");
    expert.post(&void, json!({ "reason": "Not for us." })).await.expect(200);
    expert.post(&void, json!({ "reason": "" })).await.refused(409, "engagement-state");
    world.advance(Duration::days(8)).await;
    world.settle().await;
    assert_eq!(state(&customer, &unfunded).await, "cancelled");
    assert_eq!(state(&customer, &unsigned).await, "contracting");
    world.advance(Duration::days(8)).await;
    let hash = customer.get(&sow(&unsigned)).await.expect(200).at("/hash");
    let late = customer.post(&format!("{}/accept", sow(&unsigned)), json!({ "hash": hash })).await;
    assert_eq!(late.status, 409, "{}", late.text());
    world.settle().await;
    assert_eq!(state(&customer, &unsigned).await, "cancelled");
    assert_eq!(state(&customer, &active).await, "active");
    let seen = customer.get(&format!("/v1/engagements/{voided}")).await.expect(200);
    assert_eq!(seen.at("/end_reason"), "The partner voided the statement of work: Not for us.");
    world.end().await;
}
