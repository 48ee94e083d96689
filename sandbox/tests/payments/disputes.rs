//! A payer's bank takes money back: the books follow, and every cent is counted two ways.

use serde_json::{Value, json};

use crate::{house::House, receiver::Receiver};

async fn pays_with(house: &House, card: &str) -> String {
    let form =
        [("amount", "10000"), ("currency", "usd"), ("payment_method", card), ("confirm", "true")];
    let paid = house.post("/v1/payment_intents", &form, None).await;
    assert_eq!(paid.status, 200, "{:#}", paid.body);
    house.tell("settle", json!({})).await;
    paid.body["latest_charge"].as_str().unwrap().to_owned()
}

async fn dispute_of(house: &House, charge: &str) -> Value {
    let all = house.get(&format!("/v1/disputes?charge={charge}")).await;
    let id = all["data"][0]["id"].as_str().unwrap();
    house.get(&format!("/v1/disputes/{id}")).await
}

async fn truth(house: &House) -> Value {
    let answer = house.http.get(format!("{}/_truth", house.url)).send().await.unwrap();
    let truth: Value = answer.json().await.unwrap();
    assert_eq!(truth["adds_up"], true, "{truth:#}");
    truth["currencies"]["usd"]["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|account| account["platform"] == true)
        .unwrap()
        .clone()
}

#[tokio::test]
async fn a_disputed_card_takes_the_money_and_a_fee_and_may_give_the_money_back() {
    let receiver = Receiver::open().await;
    let house = House::with("disputes", vec![receiver.target(false)]).await;
    let charge = pays_with(&house, "pm_card_createDispute").await;
    let dispute = dispute_of(&house, &charge).await;
    assert_eq!(
        (&dispute["status"], &dispute["reason"]),
        (&json!("needs_response"), &json!("fraudulent"))
    );
    let taken = &dispute["balance_transactions"][0];
    assert_eq!(
        (&taken["amount"], &taken["fee"], &taken["net"], &taken["type"]),
        (&json!(-10_000), &json!(1_500), &json!(-11_500), &json!("adjustment"))
    );
    assert_eq!(taken["reporting_category"], "dispute");
    assert_eq!(truth(&house).await["should_have"], 10_000 - 320 - 10_000 - 1_500);
    assert_eq!(house.get(&format!("/v1/charges/{charge}")).await["disputed"], true);
    let refused = house.post("/v1/refunds", &[("charge", charge.as_str())], None).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!("charge_disputed")));

    let decision = json!({ "dispute": dispute["id"], "outcome": "won" });
    house.tell("disputes/close", decision).await;
    assert_eq!(dispute_of(&house, &charge).await["status"], "won");
    assert_eq!(truth(&house).await["should_have"], 10_000 - 320 - 1_500);
    let kinds = receiver.wait_for(8).await;
    let told: Vec<&str> =
        kinds.iter().map(String::as_str).filter(|kind| kind.contains("dispute")).collect();
    let parts = ["created", "funds_withdrawn", "funds_reinstated", "closed"];
    assert_eq!(told, parts.map(|part| format!("charge.dispute.{part}")));
    let list = house.get("/v1/balance_transactions?type=adjustment").await;
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    house.close().await;
}

#[tokio::test]
async fn a_lost_one_keeps_the_money_and_an_inquiry_takes_none() {
    let mut house = House::open("disputes_lost").await;
    let lost = pays_with(&house, "pm_card_createDisputeProductNotReceived").await;
    let id = dispute_of(&house, &lost).await["id"].as_str().unwrap().to_owned();
    let closed = house.post(&format!("/v1/disputes/{id}/close"), &[], None).await;
    assert_eq!((closed.status, &closed.body["status"]), (200, &json!("lost")));
    let again = house.post(&format!("/v1/disputes/{id}/close"), &[], None).await;
    assert_eq!(again.status, 400);
    let asked = pays_with(&house, "pm_card_createDisputeInquiry").await;
    let inquiry = dispute_of(&house, &asked).await;
    assert_eq!(inquiry["status"], "warning_needs_response");
    assert_eq!(inquiry["balance_transactions"], json!([]));
    let good = house.charge(5_000, "eng_1").await;
    let part = json!({ "charge": good, "amount": 2_000, "cause": "fraudulent" });
    house.tell("disputes", part).await;
    let before = truth(&house).await;
    assert_eq!(before["moved"]["dispute_withdrawn"], 12_000);
    assert_eq!(before["moved"]["dispute_fees"], 3_000);
    house.restart().await;
    assert_eq!(truth(&house).await, before, "a restart forgets nothing");
    assert_eq!(house.books().await["balanced"], true);
    house.close().await;
}

#[tokio::test]
async fn a_card_that_does_not_take_a_refund_gives_it_back() {
    let house = House::with("refunds", Vec::new()).await;
    let charge = pays_with(&house, "pm_card_visa").await;
    let form = [("charge", charge.as_str()), ("amount", "4000")];
    let refund = house.post("/v1/refunds", &form, None).await;
    let id = refund.body["id"].as_str().unwrap().to_owned();
    assert_eq!(truth(&house).await["moved"]["refunded"], 4_000);
    house.tell("refunds/fail", json!({ "refund": id })).await;
    let failed = house.get(&format!("/v1/refunds/{id}")).await;
    assert_eq!(
        (&failed["status"], &failed["failure_reason"]),
        (&json!("failed"), &json!("lost_or_stolen_card"))
    );
    let movement = failed["failure_balance_transaction"].as_str().unwrap();
    let movement = house.get(&format!("/v1/balance_transactions/{movement}")).await;
    assert_eq!(
        (&movement["amount"], &movement["type"], &movement["source"]),
        (&json!(4_000), &json!("refund_failure"), &json!(id))
    );
    let moved = truth(&house).await["moved"].clone();
    assert_eq!((&moved["refunded"], &moved["refunds_failed"]), (&json!(4_000), &json!(4_000)));
    let whole = house.post("/v1/refunds", &[("charge", charge.as_str())], None).await;
    assert_eq!(whole.body["amount"], 10_000, "all of it can go back again");
}
