//! Every call once, so that the check of their shape sees every answer.

use serde_json::{Value, json};

use crate::house::House;

async fn done(house: &House, path: &str, form: &[(&str, &str)]) -> Value {
    let answer = house.post(path, form, None).await;
    assert_eq!(answer.status, 200, "{path}: {:#}", answer.body);
    answer.body
}

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

#[tokio::test]
async fn payment_intents_are_changed_confirmed_and_cancelled() {
    let house = House::open("calls_intents").await;
    let form = [
        ("amount", "5000"),
        ("currency", "eur"),
        ("automatic_payment_methods[enabled]", "true"),
        ("description", "Retainer, June"),
        ("metadata[a]", "1"),
    ];
    let made = done(&house, "/v1/payment_intents", &form).await;
    assert_eq!(made["status"], "requires_payment_method");
    let path = format!("/v1/payment_intents/{}", id(&made));
    let form = [("amount", "6000"), ("metadata[a]", ""), ("metadata[b]", "2")];
    let changed = done(&house, &path, &form).await;
    assert_eq!((&changed["amount"], &changed["metadata"]), (&json!(6000), &json!({ "b": "2" })));
    let confirm = format!("{path}/confirm");
    let form = [("payment_method", "pm_card_chargeDeclined")];
    let declined = house.post(&confirm, &form, Some("c1")).await;
    assert_eq!(declined.status, 402);
    assert_eq!(declined.body["error"]["decline_code"], "generic_decline");
    assert!(house.post(&confirm, &form, Some("c1")).await.replayed);
    let form = [("payment_method", "pm_card_visa"), ("expand[]", "latest_charge")];
    let paid = done(&house, &confirm, &form).await;
    assert_eq!(paid["status"], "succeeded");
    assert_eq!(paid["latest_charge"]["paid"], true);
    assert_eq!(house.post(&confirm, &form, None).await.status, 400);

    let form = [("amount", "5000"), ("currency", "jpy"), ("payment_method_types[]", "card")];
    let other = done(&house, "/v1/payment_intents", &form).await;
    let cancel = format!("/v1/payment_intents/{}/cancel", id(&other));
    let gone = done(&house, &cancel, &[("cancellation_reason", "abandoned")]).await;
    assert_eq!(gone["status"], "canceled");
    let form = [("amount", "1"), ("currency", "usd")];
    let small = house.post("/v1/payment_intents", &form, None).await;
    assert_eq!(small.body["error"]["code"], "amount_too_small");
    house.get("/v1/payment_intents").await;
    house.get("/v1/charges?expand[]=data.payment_intent&expand[]=data.refunds").await;
    let missing = house.request(reqwest::Method::GET, "/v1/payment_intents/pi_none");
    assert_eq!(missing.send().await.unwrap().status(), 404);
    house.close().await;
}

#[tokio::test]
async fn checkout_sessions_are_listed_with_their_items() {
    let house = House::open("calls_sessions").await;
    let item = |place: u8, name: &str, minor: &str| {
        [
            (format!("line_items[{place}][price_data][currency]"), "usd".to_owned()),
            (format!("line_items[{place}][price_data][unit_amount]"), minor.to_owned()),
            (format!("line_items[{place}][price_data][product_data][name]"), name.to_owned()),
            (format!("line_items[{place}][quantity]"), "1".to_owned()),
        ]
    };
    let items: Vec<_> = [item(0, "Work", "10000"), item(1, "Fee", "500")].concat();
    let mut form: Vec<(&str, &str)> =
        items.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.extend([
        ("mode", "payment"),
        ("success_url", "https://app.example/ok"),
        ("cancel_url", "https://app.example/no"),
        ("customer_email", "kim@example.com"),
        ("submit_type", "pay"),
        ("locale", "en"),
        ("payment_intent_data[description]", "Milestone 1"),
    ]);
    let made = done(&house, "/v1/checkout/sessions", &form).await;
    assert_eq!(made["amount_total"], 10_500);
    let path = format!("/v1/checkout/sessions/{}", id(&made));
    let first = house.get(&format!("{path}/line_items?limit=1")).await;
    assert_eq!(
        (&first["has_more"], &first["data"][0]["description"]),
        (&json!(true), &json!("Work"))
    );
    let next = format!("{path}/line_items?starting_after={}", id(&first["data"][0]));
    assert_eq!(house.get(&next).await["data"][0]["amount_total"], 500);
    house.submit(made["url"].as_str().unwrap(), &[("card_number", "5555555555554444")]).await;
    let listed = house.get("/v1/checkout/sessions?status=complete&expand[]=data.line_items").await;
    assert_eq!(listed["data"][0]["customer_details"]["email"], "kim@example.com");
    form.push(("automatic_tax[enabled]", "true"));
    let refused = house.post("/v1/checkout/sessions", &form, None).await;
    assert_eq!(refused.body["error"]["param"], "automatic_tax[enabled]");
    house.close().await;
}

#[tokio::test]
async fn money_that_moved_is_shown_from_every_side() {
    let house = House::open("calls_money").await;
    let payee = house.payee().await;
    let charge = house.charge(10_000, "eng_1").await;
    let form = [
        ("amount", "6000"),
        ("currency", "usd"),
        ("destination", payee.as_str()),
        ("source_transaction", charge.as_str()),
        ("expand[]", "balance_transaction"),
        ("expand[]", "destination_payment"),
    ];
    let transfer = done(&house, "/v1/transfers", &form).await;
    assert_eq!(transfer["balance_transaction"]["type"], "transfer");
    let path = format!("/v1/transfers/{}", id(&transfer));
    done(&house, &path, &[("metadata[attache_call]", "t1"), ("description", "Share")]).await;
    let form = [("amount", "1000"), ("expand[]", "balance_transaction")];
    let reversal = done(&house, &format!("{path}/reversals"), &form).await;
    assert_eq!(reversal["balance_transaction"]["net"], 1_000);
    house.get(&format!("{path}/reversals/{}", id(&reversal))).await;
    house.get(&format!("{path}?expand[]=destination&expand[]=source_transaction")).await;
    let refund = done(&house, "/v1/refunds", &[("charge", &charge), ("amount", "100")]).await;
    let path = format!("/v1/refunds/{}", id(&refund));
    done(&house, &path, &[("metadata[attache_call]", "r1")]).await;
    house.get(&format!("{path}?expand[]=charge&expand[]=balance_transaction")).await;
    house.tell("settle", json!({})).await;
    let payout = house.tell("payouts", json!({ "account": payee, "currency": "usd" })).await;
    house.get_as(&payee, &format!("/v1/payouts/{}", id(&payout))).await;
    let all = house.get("/v1/balance_transactions?expand[]=data.source&limit=100").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 4);
    house.get_as(&payee, "/v1/balance_transactions?expand[]=data.source").await;
    for kind in ["charge.updated", "refund.updated", "transfer.updated"] {
        let events = house.get(&format!("/v1/events?type={kind}")).await;
        house.get(&format!("/v1/events/{}", id(&events["data"][0]))).await;
    }
    house.get("/v1/events?limit=100").await;
    let events =
        house.get_as(&payee, "/v1/events?types[]=payout.paid&types[]=payment.created").await;
    assert_eq!(events["data"].as_array().unwrap().len(), 2);
    house.close().await;
}

#[tokio::test]
async fn accounts_of_every_kind_are_made() {
    let house = House::open("calls_accounts").await;
    let kinds: [&[(&str, &str)]; 3] = [
        &[("type", "custom"), ("settings[payouts][schedule][interval]", "weekly")],
        &[("type", "standard"), ("settings[payouts][schedule][interval]", "monthly")],
        &[
            ("controller[stripe_dashboard][type]", "express"),
            ("controller[fees][payer]", "application"),
            ("controller[losses][payments]", "application"),
            ("country", "CH"),
            ("business_type", "company"),
            ("business_profile[name]", "Vogt GmbH"),
            ("business_profile[url]", "https://vogt.example"),
            ("capabilities[transfers][requested]", "true"),
            ("capabilities[card_payments][requested]", "true"),
            ("tos_acceptance[service_agreement]", "full"),
        ],
    ];
    for form in kinds {
        let made = done(&house, "/v1/accounts", form).await;
        house.get(&format!("/v1/accounts/{}", id(&made))).await;
    }
    let listed = house.get("/v1/accounts").await;
    assert_eq!(listed["data"][0]["type"], "express");
    assert_eq!(listed["data"][0]["default_currency"], "chf");
    house.close().await;
}
