//! Money goes on to connected accounts and, as far as it is there, back again.

use serde_json::json;
use stripe::{ApiErrorsCode, StripeError};
use stripe_connect::{
    Transfer,
    transfer::{CreateTransfer, ListTransfer, RetrieveTransfer},
    transfer_reversal::CreateIdTransferReversal,
};
use stripe_types::Currency;

use crate::house::House;

async fn transfer(
    house: &House,
    to: &str,
    source: &str,
    amount: i64,
) -> Result<Transfer, StripeError> {
    CreateTransfer::new(Currency::USD, to)
        .amount(amount)
        .source_transaction(source)
        .send(&house.stripe)
        .await
}

fn code(error: &StripeError) -> Option<&ApiErrorsCode> {
    match error {
        StripeError::Stripe(error, 400) => error.code.as_ref(),
        _ => None,
    }
}

#[tokio::test]
async fn transfers_from_a_charge_go_to_its_limit_and_not_a_cent_further() {
    let house = House::open("limit").await;
    let (one, two) = (house.payee().await, house.payee().await);
    let charge = house.charge(10_000, "eng_1").await;
    let first = transfer(&house, &one, &charge, 7_500).await.unwrap();
    assert_eq!(first.transfer_group.as_deref(), Some("eng_1"));
    assert_eq!(first.source_transaction.unwrap().into_id().as_str(), charge);
    let over = transfer(&house, &two, &charge, 2_501).await.unwrap_err();
    assert_eq!(code(&over), Some(&ApiErrorsCode::AmountTooLarge));
    transfer(&house, &two, &charge, 2_500).await.unwrap();
    assert!(transfer(&house, &two, &charge, 1).await.is_err());

    let listed = ListTransfer::new().transfer_group("eng_1").send(&house.stripe).await.unwrap();
    assert_eq!(listed.data.len(), 2);
    let listed = ListTransfer::new().destination(two.clone()).send(&house.stripe).await.unwrap();
    assert_eq!(listed.data[0].amount, 2_500);
    let before = house.get_as(&one, "/v1/balance").await;
    assert_eq!(before["pending"][0]["amount"], 7_500, "pending as long as the charge");
    assert_eq!(before["available"][0]["amount"], 0);
    house.tell("settle", json!({})).await;
    let after = house.get_as(&one, "/v1/balance").await;
    assert_eq!(after["available"][0]["amount"], 7_500);
    let platform = house.get("/v1/balance").await;
    assert_eq!(platform["available"][0]["amount"], -320, "10000 less 10000 less the fee");
    house.close().await;
}

#[tokio::test]
async fn without_a_source_the_available_balance_must_cover_it() {
    let house = House::open("no_source").await;
    let payee = house.payee().await;
    house.charge(10_000, "eng_1").await;
    let wish = || CreateTransfer::new(Currency::USD, payee.clone()).amount(5_000);
    let early = wish().send(&house.stripe).await.unwrap_err();
    assert_eq!(code(&early), Some(&ApiErrorsCode::BalanceInsufficient));
    house.tell("settle", json!({})).await;
    let made = wish().send(&house.stripe).await.unwrap();
    let path = format!("/v1/balance_transactions?source={}", made.id);
    let movements = house.get(&path).await;
    assert_eq!(movements["data"][0]["net"], -5_000);
    assert_eq!(movements["data"][0]["status"], "available");
    house.close().await;
}

#[tokio::test]
async fn nobody_unknown_or_not_onboarded_is_paid() {
    let house = House::open("destinations").await;
    let charge = house.charge(10_000, "eng_1").await;
    let unknown = transfer(&house, "acct_nobody", &charge, 100).await.unwrap_err();
    assert_eq!(code(&unknown), Some(&ApiErrorsCode::ResourceMissing));
    let form = [("type", "express"), ("capabilities[transfers][requested]", "true")];
    let raw = house.post("/v1/accounts", &form, None).await.body;
    let raw = raw["id"].as_str().unwrap();
    let form = [("amount", "100"), ("currency", "usd"), ("destination", raw)];
    let refused = house.post("/v1/transfers", &form, None).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["error"]["code"], "insufficient_capabilities_for_transfer");
    let euro = house.payee().await;
    let form = [
        ("amount", "100"),
        ("currency", "eur"),
        ("destination", euro.as_str()),
        ("source_transaction", charge.as_str()),
    ];
    assert_eq!(house.post("/v1/transfers", &form, None).await.body["error"]["param"], "currency");
    house.close().await;
}

#[tokio::test]
async fn a_reversal_takes_back_what_is_there_and_is_refused_beyond() {
    let house = House::open("reversal").await;
    let payee = house.payee().await;
    let charge = house.charge(10_000, "eng_1").await;
    let made = transfer(&house, &payee, &charge, 8_000).await.unwrap();
    let reverse = |amount: i64| CreateIdTransferReversal::new(made.id.clone()).amount(amount);
    let early = reverse(1_000).send(&house.stripe).await.unwrap();
    assert_eq!(early.transfer.into_id(), made.id);
    house.tell("settle", json!({})).await;
    assert!(reverse(7_001).send(&house.stripe).await.is_err(), "more than is left");
    let body = json!({ "account": payee, "currency": "usd", "amount": 5_000 });
    house.tell("payouts", body).await;
    let refused = reverse(2_001).send(&house.stripe).await.unwrap_err();
    assert_eq!(code(&refused), Some(&ApiErrorsCode::BalanceInsufficient));
    reverse(2_000).send(&house.stripe).await.unwrap();
    let left = RetrieveTransfer::new(made.id.clone()).send(&house.stripe).await.unwrap();
    assert_eq!((left.amount_reversed, left.reversed), (3_000, false));
    assert_eq!(left.reversals.data.len(), 2);
    let path = format!("/v1/transfers/{}/reversals", made.id);
    assert_eq!(house.get(&path).await["data"].as_array().unwrap().len(), 2);
    let theirs = house.get_as(&payee, "/v1/balance_transactions?limit=100").await;
    let sum: i64 =
        theirs["data"].as_array().unwrap().iter().map(|t| t["net"].as_i64().unwrap()).sum();
    assert_eq!(sum, 0, "{theirs:#}");
    let payments = house.get_as(&payee, "/v1/charges?expand[]=data.balance_transaction").await;
    assert_eq!(payments["data"][0]["balance_transaction"]["type"], "payment");
    assert_eq!(payments["data"][0]["amount_refunded"], 3_000);
    house.get_as(&payee, "/v1/refunds").await;
    house.get_as(&payee, "/v1/payouts").await;
    house.close().await;
}

#[tokio::test]
async fn a_refund_leaves_less_to_transfer() {
    let house = House::open("refund_then_transfer").await;
    let payee = house.payee().await;
    let charge = house.charge(10_000, "eng_1").await;
    let form = [("charge", charge.as_str()), ("amount", "3000"), ("metadata[attache_call]", "r1")];
    let refund = house.post("/v1/refunds", &form, None).await.body;
    assert_eq!(refund["metadata"]["attache_call"], "r1");
    assert!(transfer(&house, &payee, &charge, 7_001).await.is_err());
    transfer(&house, &payee, &charge, 7_000).await.unwrap();
    let path = format!("/v1/charges/{charge}?expand[]=refunds&expand[]=payment_intent");
    let expanded = house.get(&path).await;
    assert_eq!(expanded["refunds"]["data"][0]["id"], refund["id"]);
    assert_eq!(expanded["payment_intent"]["object"], "payment_intent");
    house.close().await;
}
