//! Events reach their receivers: signed, at least once, whatever happens in between.

use serde_json::json;

use crate::{house::House, receiver::Receiver};

const PAID: [&str; 3] = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"];

#[tokio::test]
async fn a_payment_is_told_in_order_and_the_fee_later() {
    let (receiver, connect) = (Receiver::open().await, Receiver::open().await);
    let targets = vec![receiver.target(false), connect.target(true)];
    let house = House::with("webhooks", targets).await;
    house.tell("settings", json!({ "settle_after_ms": 300 })).await;
    let charge = house.charge(10_000, "eng_1").await;
    let kinds = receiver.wait_for(4).await;
    assert_eq!(kinds[..3], PAID);
    assert_eq!(kinds[3], "charge.updated");
    let events = receiver.events();
    assert!(events[1]["data"]["object"]["balance_transaction"].is_null());
    assert!(events[3]["data"]["object"]["balance_transaction"].is_string());
    assert!(events[0]["request"]["id"].as_str().unwrap().starts_with("req_"));
    assert!(events[3]["request"]["id"].is_null(), "time did that, no call");
    assert_eq!(events[1]["livemode"], false);

    let payee = house.payee().await;
    let form = [
        ("amount", "100"),
        ("currency", "usd"),
        ("destination", payee.as_str()),
        ("source_transaction", charge.as_str()),
    ];
    let transfer = house.post("/v1/transfers", &form, Some("t1")).await.body;
    let path = format!("/v1/transfers/{}/reversals", transfer["id"].as_str().unwrap());
    house.post(&path, &[], None).await;
    house.post("/v1/refunds", &[("charge", charge.as_str())], None).await;
    let kinds = receiver.wait_for(8).await;
    let later = ["transfer.created", "transfer.reversed", "refund.created", "charge.refunded"];
    assert_eq!(kinds[4..], later);
    assert_eq!(receiver.events()[4]["request"]["idempotency_key"], "t1");
    let theirs = connect.wait_for(3).await;
    assert_eq!(theirs, ["account.updated", "payment.created", "charge.refunded"]);
    assert!(connect.events().iter().all(|event| event["account"] == json!(payee)));
    house.close().await;
}

#[tokio::test]
async fn a_receiver_that_fails_is_tried_again_and_across_a_restart() {
    let receiver = Receiver::open().await;
    let mut house = House::with("retried", vec![receiver.target(false)]).await;
    receiver.refuse(3);
    house.charge(10_000, "eng_1").await;
    let kinds = receiver.wait_for(3).await;
    assert!(PAID.iter().all(|kind| kinds.iter().any(|seen| seen == kind)), "{kinds:?}");

    house.tell("faults", json!({ "hold_webhooks": true })).await;
    house.tell("settle", json!({})).await;
    let seen = receiver.events().len();
    house.restart().await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(receiver.events().len(), seen, "held");
    assert!(!house.ask("webhooks").await["waiting"].as_array().unwrap().is_empty());
    house.tell("webhooks/release", json!({})).await;
    assert_eq!(receiver.wait_for(seen + 1).await[seen], "charge.updated");
    house.close().await;
}

#[tokio::test]
async fn duplicates_and_another_order_on_demand() {
    let receiver = Receiver::open().await;
    let house = House::with("disorder", vec![receiver.target(false)]).await;
    house.tell("settings", json!({ "settle_after_ms": 60_000 })).await;
    house.tell("faults", json!({ "reorder_webhooks": true, "duplicate_webhooks": true })).await;
    house.charge(10_000, "eng_1").await;
    let kinds = receiver.wait_for(6).await;
    let mut backwards: Vec<&str> = PAID.iter().flat_map(|kind| [*kind, *kind]).collect();
    backwards.reverse();
    assert_eq!(kinds, backwards);
    let events = receiver.events();
    assert_eq!(events[0]["id"], events[1]["id"]);

    house.tell("faults", json!({})).await;
    house.tell("webhooks/redeliver", json!({ "event": events[0]["id"] })).await;
    receiver.wait_for(7).await;
    let again = &receiver.events()[6];
    assert_eq!((&again["id"], &again["data"]), (&events[0]["id"], &events[0]["data"]));
    house.close().await;
}
