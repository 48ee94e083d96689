//! Parts of what is held are released before acceptance, mixed with refunds in any order; what
//! each payee has in the end follows from what is kept alone.

mod pages;
mod races;

use crate::released_money_goes_back::scene::Scene;
use crate::support::payments::key;
use crate::support::reader::{Reader, says};
use crate::support::{Actor, Answer};
use serde_json::{Value, json};

fn part(minor: i64) -> Value {
    let amount = json!({ "minor": minor, "currency": "USD" });
    json!({ "amount": amount, "reason": "The map is done and works." })
}

async fn releases(scene: &Scene, who: &Actor, body: Value) -> Answer {
    let path = format!("/v1/milestones/{}/releases", scene.parts[0]);
    who.post_once(&path, &key(), body).await
}

/// Keys of the journals behind a line of a statement.
async fn keys(scene: &Scene, line: &Value) -> Vec<String> {
    let ids = line["journals"].as_array().unwrap().iter();
    let ids: Vec<String> = ids.map(|id| format!("'{}'", id.as_str().unwrap())).collect();
    let sql = format!("SELECT event_key FROM journals WHERE id IN ({})", ids.join(", "));
    scene.world.sql(&sql).await.iter().map(|row| row.get(0)).collect()
}

/// Who may not, what is refused, and what a part would bring whom.
async fn refused_and_seen_before(scene: &Scene) {
    let Scene { world, customer, expert, finance, parts, .. } = scene;
    let other = world.customer("Moorhald").await;
    releases(scene, &other, part(1)).await.refused(404, "not-found");
    for who in [expert, finance] {
        releases(scene, who, part(1)).await.refused(403, "not-permitted");
    }
    releases(scene, customer, part(125_000)).await.refused(409, "part-wanted");
    releases(scene, customer, part(125_001)).await.refused(409, "more-than-held");
    let mut euros = part(1);
    euros["amount"]["currency"] = "EUR".into();
    for body in [part(0), part(-1), euros] {
        releases(scene, customer, body).await.refused(422, "invalid");
    }
    let path = format!("/v1/milestones/{}/release-preview", parts[0]);
    other.get(&path).await.refused(404, "not-found");
    customer.get(&format!("{path}?minor=0")).await.refused(422, "invalid");
    customer.get(&format!("{path}?minor=125001")).await.refused(409, "more-than-held");
    // The acceptance, as each party sees it before.
    for who in [customer, expert, finance] {
        let seen = who.get(&path).await.expect(200);
        assert_eq!(
            (seen.at("/amount/minor"), seen.at("/left/minor")),
            ("125000".into(), "0".into())
        );
        for (at, minor) in ["100000", "18750", "6250"].iter().enumerate() {
            let of = |name: &str| seen.at(&format!("/parts/{at}/{name}/minor"));
            assert_eq!((of("gets").as_str(), of("gives_back").as_str()), (*minor, *minor));
        }
    }
    let mut reader = Reader::of(world, &expert.email).await;
    let page = reader.open(&format!("/milestones/{}/money", parts[0])).await;
    says(&page, "Accepted now, it brings you $1,000.00");
    let seen = customer.get(&format!("{path}?minor=33333")).await.expect(200);
    for (at, minor) in ["26666", "4999", "1668"].iter().enumerate() {
        let of = |name: &str| seen.at(&format!("/parts/{at}/{name}/minor"));
        assert_eq!((of("gets").as_str(), of("gives_back").as_str()), (*minor, *minor));
        assert_eq!(
            (of("pays"), seen.at(&format!("/parts/{at}/sent"))),
            ("0".into(), "true".into())
        );
    }
    assert_eq!((seen.at("/left/minor"), seen.at("/held/minor")), ("91667".into(), "125000".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_any_order_with_refunds_and_the_acceptance() {
    let scene = Scene::paid(&[125_000]).await;
    let Scene { world, customer, expert, finance, engagement, parts, .. } = &scene;
    refused_and_seen_before(&scene).await;
    let (key, path) = (key(), format!("/v1/milestones/{}/releases", parts[0]));
    let first = customer.post_once(&path, &key, part(33_333)).await.expect(201);
    let again = customer.post_once(&path, &key, part(33_333)).await.expect(201);
    assert_eq!(first.id(), again.id(), "the same wish twice is one release");
    world.settle().await;
    assert_eq!(scene.at_stripe().await, [(26_666, 0), (4_999, 0)]);
    let told = expert.get("/v1/notices").await.expect(200).text();
    assert!(told.contains("$266.66 released to you before acceptance"), "{told}");
    let held = json!({ "amount": part(10_000)["amount"], "reason": "Less was needed." });
    scene.wants_back(finance, held.clone()).await.expect(201);
    let mut back = part(5_000);
    back["released"] = true.into();
    assert_eq!(scene.wants_back(expert, back).await.expect(201).at("/released"), "true");
    world.settle().await;
    assert_eq!(scene.split(0, "released").await, [22_666, 4_249, 1_418]);
    let money = scene.money(0).await;
    let of = |name: &str| money[name]["minor"].as_i64().unwrap();
    assert_eq!((of("held"), of("released"), of("sent_back")), (81_667, 28_333, 15_000));
    let pause = json!({ "reason": "Holidays." });
    customer.post(&format!("/v1/engagements/{engagement}/pause"), pause).await.expect(200);
    releases(&scene, customer, part(20_001)).await.expect(201);
    customer.post(&format!("/v1/engagements/{engagement}/resume"), json!({})).await.expect(200);
    world.settle().await;
    let totals = customer.get(&format!("/v1/engagements/{engagement}")).await.expect(200);
    let totals =
        ["held", "released", "refunded"].map(|at| totals.at(&format!("/money/{at}/minor")));
    assert_eq!(totals, ["61666", "48334", "15000"]);
    scene.balances().await;

    scene.accepts(0).await;
    releases(&scene, customer, part(1)).await.refused(409, "nothing-to-release");
    scene.gives_back(finance, 7_000).await.expect(201);
    world.settle().await;
    assert_eq!(scene.split(0, "amount").await, [82_400, 15_450, 5_150], "as if at once");
    let sent = [(49_333, 0), (26_666, 9_600), (16_001, 0), (9_250, 0), (4_999, 1_800), (3_001, 0)];
    assert_eq!(scene.at_stripe().await, sent, "the oldest share gives first");
    assert_eq!(scene.earned(expert, "paid").await, 82_400);
    let list = expert.get(&path).await.expect(200).json();
    let rows = list["items"].as_array().unwrap().iter();
    let rows: Vec<(i64, bool)> = rows
        .map(|row| (row["amount"]["minor"].as_i64().unwrap(), row["acceptance"] == true))
        .collect();
    assert_eq!(rows, [(33_333, false), (20_001, false), (61_666, true)]);

    on_statements(&scene, &first.id()).await;
    scene.balances().await;
    scene.world.end().await;
}

/// Each release is a line of its payees with the journals that are behind it.
async fn on_statements(scene: &Scene, id: &str) {
    let Scene { customer, expert, .. } = scene;
    let own = expert.get("/v1/statements").await.expect(200).json();
    let lines = own["lines"].as_array().unwrap();
    let amounts: Vec<i64> = lines.iter().map(|l| l["amount"]["minor"].as_i64().unwrap()).collect();
    assert_eq!(amounts, [26_666, -4_000, 16_001, 49_333, -5_600], "{own}");
    assert_eq!(own["closing"]["minor"], 82_400);
    assert_eq!(lines[0]["what"], "Part of milestone 1: Part 1");
    let behind = keys(scene, &lines[0]).await;
    assert!(behind.contains(&format!("release:{id}")), "{behind:?}");
    let own = |key: &&String| key.starts_with("tr:");
    assert!(behind.iter().filter(own).all(|key| key.contains(id)), "{behind:?}");
    assert_eq!(behind.iter().filter(own).count(), 2, "asked and paid: {behind:?}");
    assert!(!behind.iter().any(|key| key.starts_with("accept:")), "{behind:?}");
    let paid = customer.get("/v1/statements").await.expect(200);
    assert_eq!(
        (paid.at("/closing/minor"), paid.at("/lines/0/state")),
        ("103000".into(), "paid".into())
    );
}
