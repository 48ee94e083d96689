//! A customer pays on the hosted page; the caller speaks through async-stripe.

use std::collections::HashMap;

use stripe::StripeRequest;
use stripe_checkout::{
    CheckoutSession, CheckoutSessionMode, CheckoutSessionPaymentStatus, CheckoutSessionStatus,
    checkout_session::{
        CreateCheckoutSession, CreateCheckoutSessionLineItems,
        CreateCheckoutSessionLineItemsPriceData, CreateCheckoutSessionPaymentIntentData,
        ExpireCheckoutSession, ProductData, RetrieveCheckoutSession,
    },
};
use stripe_core::{
    PaymentIntentStatus,
    balance_transaction::RetrieveBalanceTransaction,
    charge::RetrieveCharge,
    payment_intent::RetrievePaymentIntent,
    refund::{CreateRefund, ListRefund},
};
use stripe_types::Currency;

use crate::house::House;

const GOOD_CARD: [(&str, &str); 1] = [("card_number", "4242 4242 4242 4242")];
const BAD_CARD: [(&str, &str); 1] = [("card_number", "4000000000000002")];

async fn session(house: &House) -> CheckoutSession {
    let mut price = CreateCheckoutSessionLineItemsPriceData::new(Currency::USD);
    price.unit_amount = Some(62_500);
    price.product_data = Some(ProductData::new("Campaign set-up <milestone 1>"));
    let mut item = CreateCheckoutSessionLineItems::new();
    item.price_data = Some(price);
    item.quantity = Some(2);
    let mut intent = CreateCheckoutSessionPaymentIntentData::new();
    intent.metadata = Some(HashMap::from([("attache_call".to_owned(), "c1".to_owned())]));
    intent.transfer_group = Some("eng_1".to_owned());
    CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Payment)
        .line_items(vec![item])
        .payment_intent_data(intent)
        .client_reference_id("m1")
        .success_url("https://app.example/paid?session={CHECKOUT_SESSION_ID}")
        .cancel_url("https://app.example/cancelled?a=1&b=2")
        .send(&house.stripe)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_customer_pays_and_the_balance_transaction_follows() {
    let house = House::open("pay").await;
    house.tell("settings", serde_json::json!({ "settle_after_ms": 600 })).await;
    let open = session(&house).await;
    assert_eq!(open.amount_total, Some(125_000));
    assert!(open.payment_intent.is_none());
    let page = open.url.clone().unwrap();

    let (status, html) = house.page(&page).await;
    assert_eq!(status, 200);
    assert!(html.contains("Pay $1,250.00") && html.contains("&lt;milestone 1&gt;"), "{html}");
    assert!(html.contains("href=\"https://app.example/cancelled?a=1&amp;b=2\""), "{html}");
    let (status, _) = house.submit(&page, &GOOD_CARD).await;
    assert_eq!(status, 303);
    let (_, html) = house.page(&page).await;
    let back = format!("https://app.example/paid?session={}", open.id);
    assert!(html.contains(&format!("2;url={back}")), "{html}");
    assert!(html.contains(&format!("href=\"{back}\"")), "{html}");

    let paid = RetrieveCheckoutSession::new(open.id.clone()).send(&house.stripe).await.unwrap();
    assert_eq!(paid.status, Some(CheckoutSessionStatus::Complete));
    assert_eq!(paid.payment_status, CheckoutSessionPaymentStatus::Paid);
    let intent = paid.payment_intent.unwrap().into_id();
    let intent = RetrievePaymentIntent::new(intent).send(&house.stripe).await.unwrap();
    assert_eq!(intent.status, PaymentIntentStatus::Succeeded);
    assert_eq!(intent.metadata["attache_call"], "c1");
    assert_eq!(intent.transfer_group.as_deref(), Some("eng_1"));
    let charge_id = intent.latest_charge.unwrap().into_id();
    let charge = RetrieveCharge::new(charge_id.clone()).send(&house.stripe).await.unwrap();
    assert!(charge.paid && charge.balance_transaction.is_none());

    let path = format!("/v1/charges/{charge_id}");
    house.until(&path, |charge| charge["balance_transaction"].is_string()).await;
    let charge = RetrieveCharge::new(charge_id).send(&house.stripe).await.unwrap();
    let movement = charge.balance_transaction.unwrap().into_id();
    let movement = RetrieveBalanceTransaction::new(movement).send(&house.stripe).await.unwrap();
    assert_eq!((movement.amount, movement.fee, movement.net), (125_000, 3_655, 121_345));
    assert_eq!(movement.status, "pending");
    house.close().await;
}

#[tokio::test]
async fn a_declined_card_says_so_and_another_one_pays() {
    let house = House::open("declined").await;
    let open = session(&house).await;
    let page = open.url.clone().unwrap();
    let (status, html) = house.submit(&page, &BAD_CARD).await;
    assert_eq!(status, 422);
    assert!(html.contains("Your card was declined.") && !html.contains("0002\""), "{html}");
    let (status, html) = house.submit(&page, &[("card_number", "4242424242424241")]).await;
    assert_eq!(status, 422);
    assert!(html.contains("typing error"), "{html}");

    let tried = RetrieveCheckoutSession::new(open.id.clone())
        .expand(vec!["payment_intent.latest_charge".to_owned(), "line_items".to_owned()])
        .send(&house.stripe)
        .await
        .unwrap();
    assert_eq!(tried.status, Some(CheckoutSessionStatus::Open));
    assert_eq!(tried.line_items.unwrap().data[0].amount_total, 125_000);
    let intent = tried.payment_intent.unwrap().into_object().unwrap();
    assert_eq!(intent.status, PaymentIntentStatus::RequiresPaymentMethod);
    let failed = intent.latest_charge.unwrap().into_object().unwrap();
    assert_eq!(failed.failure_code.as_deref(), Some("card_declined"));

    assert_eq!(house.submit(&page, &GOOD_CARD).await.0, 303);
    let books = house.books().await;
    assert_eq!(books["charges"].as_array().unwrap().len(), 2, "{books:#}");
    house.close().await;
}

#[tokio::test]
async fn twenty_submits_pay_once() {
    let house = House::open("submits").await;
    let page = session(&house).await.url.unwrap();
    let all = (0..20).map(|_| house.submit(&page, &GOOD_CARD));
    for (status, _) in futures::future::join_all(all).await {
        assert_eq!(status, 303);
    }
    let books = house.books().await;
    assert_eq!(books["charges"].as_array().unwrap().len(), 1, "{books:#}");
    house.close().await;
}

#[tokio::test]
async fn a_session_expires_by_call_and_by_time_and_takes_no_money_then() {
    let house = House::open("expire").await;
    let open = session(&house).await;
    let expired = ExpireCheckoutSession::new(open.id.clone()).send(&house.stripe).await.unwrap();
    assert_eq!(expired.status, Some(CheckoutSessionStatus::Expired));
    assert!(expired.url.is_none());
    let again = ExpireCheckoutSession::new(open.id).send(&house.stripe).await;
    assert!(again.is_err());

    let open = session(&house).await;
    house.tell("clock", serde_json::json!({ "advance_seconds": 86_401 })).await;
    let (status, html) = house.page(open.url.as_deref().unwrap()).await;
    assert_eq!(status, 410);
    assert!(html.contains("has expired"), "{html}");
    house.submit(open.url.as_deref().unwrap(), &GOOD_CARD).await;
    assert_eq!(house.books().await["charges"].as_array().unwrap().len(), 0);
    let events = house.get("/v1/events?type=checkout.session.expired").await;
    assert_eq!(events["data"].as_array().unwrap().len(), 2, "{events:#}");
    house.close().await;
}

#[tokio::test]
async fn refunds_never_exceed_the_charge() {
    let house = House::open("refund").await;
    let charge = house.charge(10_000, "eng_2").await;
    let refund =
        |amount: i64| CreateRefund::new().charge(charge.clone()).amount(amount).customize();
    let first = refund(4_000).send(&house.stripe).await.unwrap();
    assert_eq!((first.amount, first.status.as_deref()), (4_000, Some("succeeded")));
    assert!(refund(6_001).send(&house.stripe).await.is_err());
    let rest = CreateRefund::new().charge(charge.clone()).send(&house.stripe).await.unwrap();
    assert_eq!(rest.amount, 6_000);
    let form = [("charge", charge.as_str())];
    let more = house.post("/v1/refunds", &form, None).await;
    assert_eq!(more.body["error"]["code"], "charge_already_refunded");
    let intent = house.get(&format!("/v1/charges/{charge}")).await["payment_intent"].clone();
    let listed = ListRefund::new()
        .payment_intent(intent.as_str().unwrap())
        .send(&house.stripe)
        .await
        .unwrap();
    assert_eq!(listed.data.len(), 2);
    house.tell("settle", serde_json::json!({})).await;
    let balance = house.get("/v1/balance").await;
    assert_eq!(balance["available"][0]["amount"], -320, "the fee is not given back");
    house.close().await;
}
