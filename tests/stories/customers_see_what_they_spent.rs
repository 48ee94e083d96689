//! A customer sees what it spent on each engagement, where that is now, and its receipts.

use crate::support::deal::milestones;
use crate::support::payments::key;
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use serde_json::{Value, json};

async fn spend(who: &Actor) -> Value {
    who.get("/v1/spend").await.expect(200).json()
}

/// Paid, held, released, sent back.
fn sums(of: &Value) -> [i64; 4] {
    ["paid", "held", "released", "sent_back"].map(|name| of[name]["minor"].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn by_engagement_with_receipts() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    world.onboards(&expert).await;
    let none = spend(&petra).await;
    assert_eq!((&none["items"], sums(&none["all"])), (&json!([]), [0; 4]));
    let first = world.signed(&petra, &expert, &[10_000, 5_000]).await;
    let second = world.signed(&petra, &expert, &[7_000]).await;
    let (one, two) = (milestones(&petra, &first).await, milestones(&petra, &second).await);
    let open = world.begins(&petra, &two[0]).await.id();
    petra.get(&format!("/v1/payments/{open}/receipt")).await.refused(409, "no-receipt");
    let paid = world.pays(&petra, &one[0]).await;
    let now = spend(&petra).await;
    assert_eq!(now["items"][1]["sums"]["agreed"]["minor"], 15_000, "{now}");
    assert_eq!(sums(&now["items"][1]["sums"]), [10_000, 10_000, 0, 0]);
    assert_eq!(sums(&now["items"][0]["sums"]), [0; 4], "the later one comes first");
    assert_eq!(sums(&now["all"]), [10_000, 10_000, 0, 0]);
    let finance = world.vendor("finance").await;
    let back = json!({
        "amount": { "minor": 2_500, "currency": "USD" }, "reason": "It was less."
    });
    let refunds = format!("/v1/milestones/{}/refunds", one[0]);
    finance.post_once(&refunds, &key(), back).await.expect(201);
    world.settle().await;
    assert_eq!(sums(&spend(&petra).await["all"]), [10_000, 7_500, 0, 2_500]);
    expert.delivers(&one[0], "Done.", None).await.expect(201);
    let accept = format!("/v1/milestones/{}/accept", one[0]);
    petra.post_once(&accept, &key(), json!({ "version": 1 })).await.expect(200);
    world.settle().await;
    assert_eq!(sums(&spend(&petra).await["all"]), [10_000, 0, 7_500, 2_500]);
    // The processor shows the receipt, to nobody else's customer.
    let list = petra.get("/v1/payments").await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(
        (&list["items"][0]["payment"], &list["items"][0]["amount"]["minor"]),
        (&json!(paid), &json!(10_000))
    );
    let place = petra.get(&format!("/v1/payments/{paid}/receipt")).await.expect(200).at("/url");
    assert!(place.contains("/receipts/ch_"), "{place}");
    let rival = world.customer("Rival").await;
    rival.get(&format!("/v1/payments/{paid}/receipt")).await.refused(404, "not-found");
    assert_eq!(spend(&rival).await["items"], json!([]));
    let mut reader = Reader::of(&world, &petra.email).await;
    let page = reader.open("/spend").await;
    says(&page, "$100.00 of $150.00");
    says(&page, "$25.00");
    let file = reader.open("/spend.csv").await.text;
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines.len(), 3, "{file}");
    assert!(lines[0].ends_with("agreed,paid,held,released,sent_back"), "{file}");
    assert!(lines[2].ends_with(",USD,150.00,100.00,0.00,75.00,25.00"), "{file}");
    let page = reader.open("/receipts").await;
    says(&page, "Milestone 1");
    says(&page, "Receipt");
    world.end().await;
}
