//! Cards are kept for later: while paying, without paying, and charged when nobody is there.

use crate::house::{Answer, House};

async fn customer(house: &House) -> String {
    let form = [("name", "Fjordhaus"), ("email", "a@fjordhaus.example"), ("metadata[m]", "1")];
    let made = house.post("/v1/customers", &form, Some("cus:fjordhaus")).await;
    assert_eq!(made.status, 200, "{:#}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

/// Keeps a card without paying: the page, and what became of it.
async fn keeps(house: &House, customer: &str, card: &[(&str, &str)], yes: &str) -> (u16, String) {
    let form = [
        ("mode", "setup"),
        ("customer", customer),
        ("payment_method_types[0]", "card"),
        ("success_url", "https://app.example/kept"),
        ("setup_intent_data[metadata][m]", "1"),
    ];
    let session = house.post("/v1/checkout/sessions", &form, None).await;
    assert_eq!(session.status, 200, "{:#}", session.body);
    let (id, page) = (&session.body["id"], session.body["url"].as_str().unwrap().to_owned());
    let (status, _) = house.submit(&page, card).await;
    let mut status = status.as_u16();
    let (_, asked) = house.page(&page).await;
    if asked.contains("Your bank asks you") {
        let (said, _) = house.submit(&format!("{page}/bank"), &[("answer", yes)]).await;
        status = said.as_u16();
    }
    let path = format!("/v1/checkout/sessions/{}", id.as_str().unwrap());
    let session = house.get(&format!("{path}?expand[]=setup_intent.payment_method")).await;
    let kept = session["setup_intent"]["payment_method"]["id"].as_str().unwrap_or_default();
    (status, kept.to_owned())
}

async fn charged(house: &House, customer: &str, method: &str) -> Answer {
    let form = [
        ("amount", "125000"),
        ("currency", "usd"),
        ("customer", customer),
        ("payment_method", method),
        ("payment_method_types[0]", "card"),
        ("confirm", "true"),
        ("off_session", "true"),
        ("expand[0]", "latest_charge"),
    ];
    house.post("/v1/payment_intents", &form, None).await
}

#[tokio::test]
async fn a_kept_card_is_charged_when_nobody_is_there() {
    let house = House::open("keep").await;
    let owner = customer(&house).await;
    let (status, method) = keeps(&house, &owner, &[("card_number", "4242424242424242")], "").await;
    assert_eq!(status, 303);
    let list = house.get(&format!("/v1/payment_methods?customer={owner}")).await;
    assert_eq!(list["data"][0]["card"]["last4"], "4242");
    let paid = charged(&house, &owner, &method).await;
    assert_eq!(paid.status, 200, "{:#}", paid.body);
    assert_eq!(paid.body["status"], "succeeded");
    assert_eq!(paid.body["latest_charge"]["customer"], owner.as_str());
    let other = customer_two(&house).await;
    assert_eq!(charged(&house, &other, &method).await.status, 400, "it is another's");
    let gone = house.post(&format!("/v1/payment_methods/{method}/detach"), &[], None).await;
    assert_eq!(gone.status, 200);
    assert_eq!(charged(&house, &owner, &method).await.status, 400, "it was taken away");
    let twice = house.post(&format!("/v1/payment_methods/{method}/detach"), &[], None).await;
    assert_eq!(twice.status, 400);
    house.close().await;
}

async fn customer_two(house: &House) -> String {
    let made = house.post("/v1/customers", &[("name", "Moor")], None).await;
    made.body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn banks_ask_once_or_each_time() {
    let house = House::open("keep-asked").await;
    let owner = customer(&house).await;
    let once = [("card_number", "4000002500003155")];
    assert_eq!(keeps(&house, &owner, &once, "no").await, (422, String::new()));
    let (_, method) = keeps(&house, &owner, &once, "yes").await;
    assert_eq!(charged(&house, &owner, &method).await.status, 200);
    let (_, method) = keeps(&house, &owner, &[("card_number", "4000002760003184")], "yes").await;
    let asked = charged(&house, &owner, &method).await;
    assert_eq!(
        (asked.status, asked.body["error"]["code"].as_str()),
        (402, Some("authentication_required"),)
    );
    let intent = asked.body["error"]["payment_intent"]["id"].as_str().unwrap();
    let found = house.get(&format!("/v1/payment_intents?customer={owner}")).await;
    assert_eq!(found["data"][0]["id"], intent);
    assert_eq!(found["data"][0]["last_payment_error"]["code"], "authentication_required");
    let path = format!("/v1/payment_intents/{intent}/cancel");
    assert_eq!(house.post(&path, &[], None).await.body["status"], "canceled");
    assert_eq!(house.post(&path, &[], None).await.status, 400);
    let codes =
        [("4000000000000341", "generic_decline"), ("4000008260003178", "insufficient_funds")];
    for (number, code) in codes {
        let (_, method) = keeps(&house, &owner, &[("card_number", number)], "yes").await;
        let declined = charged(&house, &owner, &method).await;
        assert_eq!(declined.body["error"]["decline_code"], code, "{:#}", declined.body);
    }
    let old = [("card_number", "4242424242424242"), ("expiry", "01/20")];
    let (_, method) = keeps(&house, &owner, &old, "").await;
    let declined = charged(&house, &owner, &method).await;
    assert_eq!(declined.body["error"]["code"], "expired_card");
    house.close().await;
}

#[tokio::test]
async fn a_card_is_kept_while_it_pays() {
    let house = House::open("keep-paying").await;
    let owner = customer(&house).await;
    let form = [
        ("mode", "payment"),
        ("customer", owner.as_str()),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "5000"),
        ("line_items[0][price_data][product_data][name]", "A milestone"),
        ("line_items[0][quantity]", "1"),
        ("payment_intent_data[setup_future_usage]", "off_session"),
        ("success_url", "https://app.example/paid"),
    ];
    let session = house.post("/v1/checkout/sessions", &form, None).await;
    let page = session.body["url"].as_str().unwrap();
    let card = [("card_number", "4000002760003184")];
    assert_eq!(house.submit(page, &card).await.0, 303);
    assert!(house.page(page).await.1.contains("payment of $50.00"));
    let bank = format!("{page}/bank");
    assert_eq!(house.submit(&bank, &[("answer", "no")]).await.0, 422);
    assert_eq!(house.submit(page, &card).await.0, 303);
    assert_eq!(house.submit(&bank, &[("answer", "yes")]).await.0, 303);
    let list = house.get(&format!("/v1/payment_methods?customer={owner}")).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0]["card"]["last4"], "3184");
    house.close().await;
}
