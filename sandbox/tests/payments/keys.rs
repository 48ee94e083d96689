//! Who may call, and what an idempotency key is worth on a bad day.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use stripe::{IdempotencyKey, RequestStrategy, StripeError, StripeRequest};
use stripe_connect::transfer::CreateTransfer;
use stripe_types::Currency;

use crate::house::House;

const ACCOUNT: [(&str, &str); 2] = [("type", "express"), ("email", "a@example.com")];

#[tokio::test]
async fn a_key_replays_its_first_answer() {
    let house = House::open("replay").await;
    let first = house.post("/v1/accounts", &ACCOUNT, Some("k1")).await;
    assert_eq!((first.status, first.replayed), (200, false));
    let swapped = [ACCOUNT[1], ACCOUNT[0]];
    let again = house.post("/v1/accounts", &swapped, Some("k1")).await;
    assert_eq!((again.status, again.replayed), (200, true));
    assert_eq!(again.body, first.body);
    let other = house.post("/v1/accounts", &[("type", "custom")], Some("k1")).await;
    assert_eq!(other.status, 400);
    assert_eq!(other.body["error"]["type"], "idempotency_error");
    let elsewhere = house.post("/v1/transfers", &ACCOUNT, Some("k1")).await;
    assert_eq!(elsewhere.body["error"]["type"], "idempotency_error");
    assert_eq!(house.get("/v1/accounts").await["data"].as_array().unwrap().len(), 1);
    house.close().await;
}

#[tokio::test]
async fn a_key_that_is_running_is_refused_and_then_replays() {
    let house = House::open("concurrent").await;
    house.tell("faults", json!({ "delay_ms": 400 })).await;
    let calls = (0..20).map(|_| house.post("/v1/accounts", &ACCOUNT, Some("k1")));
    let answers = futures::future::join_all(calls).await;
    let (done, busy): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 200);
    assert_eq!((done.len(), busy.len()), (1, 19));
    for answer in busy {
        assert_eq!(answer.status, 409);
        assert_eq!(answer.body["error"]["code"], "idempotency_key_in_use");
    }
    let again = house.post("/v1/accounts", &ACCOUNT, Some("k1")).await;
    assert!(again.replayed);
    assert_eq!(again.body, done[0].body);
    house.close().await;
}

#[tokio::test]
async fn a_500_after_the_effect_is_replayed_and_the_effect_can_be_looked_up() {
    let house = House::open("after_effect").await;
    let (payee, charge) = (house.payee().await, house.charge(10_000, "eng_1").await);
    house.tell("faults", json!({ "after_effect_500": 1, "path_prefix": "/v1/transfers" })).await;
    let call = |key: &str| {
        CreateTransfer::new(Currency::USD, payee.clone())
            .amount(7_500)
            .source_transaction(charge.clone())
            .customize()
            .request_strategy(RequestStrategy::Idempotent(IdempotencyKey::new(key).unwrap()))
    };
    for _ in 0..2 {
        match call("t1").send(&house.stripe).await {
            Err(StripeError::Stripe(_, 500)) => {}
            other => panic!("{other:?}"),
        }
    }
    let found = house.get("/v1/transfers?transfer_group=eng_1").await;
    assert_eq!(found["data"].as_array().unwrap().len(), 1, "{found:#}");
    let second = call("t2").send(&house.stripe).await;
    assert!(second.is_err(), "the charge has not enough left: {second:?}");
    house.close().await;
}

#[tokio::test]
async fn an_answer_that_got_lost_or_came_late_is_still_the_answer() {
    let house = House::open("dropped").await;
    house.tell("faults", json!({ "drop_answer": 1 })).await;
    let lost = house.try_post("/v1/accounts", &ACCOUNT, Some("k1")).await;
    assert!(lost.is_err(), "{lost:?}");
    let found = house.post("/v1/accounts", &ACCOUNT, Some("k1")).await;
    assert!(found.replayed);
    house.tell("faults", json!({ "delay_ms": 300 })).await;
    let late = house.try_post("/v1/accounts", &ACCOUNT, Some("k2"));
    assert!(tokio::time::timeout(Duration::from_millis(100), late).await.is_err());
    house.tell("faults", json!({})).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(house.post("/v1/accounts", &ACCOUNT, Some("k2")).await.replayed);
    assert_eq!(house.get("/v1/accounts").await["data"].as_array().unwrap().len(), 2);
    house.close().await;
}

#[tokio::test]
async fn a_body_that_was_cut_is_whole_the_next_time() {
    let house = House::open("cut").await;
    house.tell("faults", json!({ "cut_answer": 1 })).await;
    let request =
        house.http.post(format!("{}/v1/accounts", house.url)).bearer_auth("sk_test_house");
    let answer = request.header("idempotency-key", "k1").form(&ACCOUNT).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let body = answer.text().await.unwrap();
    assert!(body.starts_with('{') && serde_json::from_str::<serde_json::Value>(&body).is_err());
    assert!(house.post("/v1/accounts", &ACCOUNT, Some("k1")).await.replayed);
    house.close().await;
}

#[tokio::test]
async fn faults_hit_so_many_in_a_hundred() {
    let house = House::open("percent").await;
    house.tell("faults", json!({ "status_429": 10_000, "percent": 30 })).await;
    let mut busy = 0;
    for n in 0..100 {
        let answer = house.post("/v1/accounts", &ACCOUNT, Some(&format!("k{n}"))).await;
        busy += u32::from(answer.status == 429);
    }
    assert!((15..=45).contains(&busy), "{busy}");
    house.close().await;
}

#[tokio::test]
async fn refusals_before_execution_leave_the_key_free() {
    let house = House::open("free_key").await;
    house.tell("faults", json!({ "status_429": 1 })).await;
    assert_eq!(house.post("/v1/accounts", &ACCOUNT, Some("k1")).await.status, 429);
    let wrong = house.post("/v1/accounts", &[("typo", "x")], Some("k1")).await;
    assert_eq!(wrong.body["error"]["code"], "parameter_unknown");
    assert_eq!(wrong.body["error"]["param"], "typo");
    let right = house.post("/v1/accounts", &ACCOUNT, Some("k1")).await;
    assert_eq!((right.status, right.replayed), (200, false));
    house.close().await;
}

#[tokio::test]
async fn a_pruned_key_makes_a_new_object() {
    let house = House::open("pruned").await;
    let first = house.post("/v1/accounts", &ACCOUNT, Some("k1")).await;
    house.tell("keys/prune", json!({})).await;
    let second = house.post("/v1/accounts", &ACCOUNT, Some("k1")).await;
    assert!(!second.replayed);
    assert_ne!(first.body["id"], second.body["id"]);
    house.tell("clock", json!({ "advance_seconds": 90_000 })).await;
    let third = house.post("/v1/accounts", &ACCOUNT, Some("k1")).await;
    assert!(!third.replayed, "a day later the key is free");
    house.close().await;
}

#[tokio::test]
async fn only_the_secret_key_opens_the_api() {
    let house = House::open("auth").await;
    let url = format!("{}/v1/balance", house.url);
    let status = |request: reqwest::RequestBuilder| async {
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status(house.http.get(&url)).await, 401);
    assert_eq!(status(house.http.get(&url).bearer_auth("sk_test_hous")).await, 401);
    assert_eq!(status(house.http.get(&url).basic_auth("sk_test_house", Some(""))).await, 200);
    let json = house.request(Method::POST, "/v1/accounts").json(&json!({ "type": "express" }));
    assert_eq!(status(json).await, 400);
    assert_eq!(status(house.request(Method::DELETE, "/v1/accounts")).await, 404);
    let foreign = house.request(Method::GET, "/v1/balance").header("Stripe-Account", "acct_x");
    assert_eq!(status(foreign).await, 403);
    house.close().await;
}
