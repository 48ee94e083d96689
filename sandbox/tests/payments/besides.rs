//! Money that moves without a call, and the lists that tell of it.

use serde_json::{Value, json};

use crate::house::House;

fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn money_that_nobody_asked_for_is_counted_and_listed() {
    let house = House::open("besides").await;
    let (payee, charge) = (house.payee().await, house.charge(10_000, "eng_1").await);
    let form = [
        ("amount", "4000"),
        ("currency", "usd"),
        ("destination", payee.as_str()),
        ("source_transaction", charge.as_str()),
    ];
    house.post("/v1/transfers", &form, Some("t1")).await;
    house.tell("settle", json!({})).await;
    let moved =
        |cause: &str, amount: i64| json!({ "cause": cause, "amount": amount, "currency": "usd" });
    let added = house.tell("movements", moved("topup", 2_500)).await;
    let taken = house.tell("movements", moved("adjustment", -700)).await;
    let own = json!({ "account": payee, "cause": "adjustment", "amount": 30, "currency": "usd" });
    house.tell("movements", own).await;
    let payout = json!({ "account": payee, "currency": "usd", "amount": 1_000 });
    let payout = house.tell("payouts", payout).await;

    let all = house.get("/v1/balance_transactions?limit=100").await;
    assert_eq!(ids(&all).len(), 4, "charge, transfer, top-up, correction: {all:#}");
    let first = house.get("/v1/balance_transactions?limit=2").await;
    assert_eq!((first["has_more"].clone(), ids(&first)), (json!(true), ids(&all)[..2].to_vec()));
    let path = format!("/v1/balance_transactions?limit=2&starting_after={}", ids(&first)[1]);
    let second = house.get(&path).await;
    assert_eq!((second["has_more"].clone(), ids(&second)), (json!(false), ids(&all)[2..].to_vec()));
    let path = format!("/v1/balance_transactions?ending_before={}", ids(&second)[0]);
    assert_eq!(ids(&house.get(&path).await), ids(&first));
    let since = all["data"][0]["created"].as_i64().unwrap() + 1;
    let none = house.get(&format!("/v1/balance_transactions?created[gte]={since}")).await;
    assert!(ids(&none).is_empty());
    let topups = house.get("/v1/balance_transactions?type=topup").await;
    assert_eq!(topups["data"][0]["id"], added["balance_transaction"]);
    assert_eq!(topups["data"][0]["source"], added["id"]);
    let corrections = house.get("/v1/balance_transactions?type=adjustment").await;
    assert_eq!(ids(&corrections), [taken["balance_transaction"].as_str().unwrap()]);
    assert_eq!(corrections["data"][0]["source"], Value::Null);
    let path = format!("/v1/balance_transactions?payout={}", payout["id"].as_str().unwrap());
    let paid = house.get_as(&payee, &path).await;
    assert_eq!((paid["data"][0]["type"].clone(), ids(&paid).len()), (json!("payout"), 1));

    let sum = |list: &Value| -> i64 {
        list["data"].as_array().unwrap().iter().map(|one| one["net"].as_i64().unwrap()).sum()
    };
    let has = |balance: &Value| {
        ["available", "pending"].map(|name| balance[name][0]["amount"].as_i64().unwrap())
    };
    assert_eq!(has(&house.get("/v1/balance").await), [sum(&all), 0]);
    let theirs = house.get_as(&payee, "/v1/balance_transactions?limit=100").await;
    assert_eq!(has(&house.get_as(&payee, "/v1/balance").await), [sum(&theirs), 0]);
    assert_eq!(sum(&theirs), 4_000 + 30 - 1_000);
    let truth = house.ask("truth").await;
    assert_eq!(truth["adds_up"], true, "{truth:#}");
    house.close().await;
}
