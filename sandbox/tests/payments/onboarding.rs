//! The owner of a connected account gives its details on the hosted page.

use serde_json::{Value, json};
use stripe_connect::Account;
use stripe_connect::{
    account::{CreateAccount, CreateAccountType, RetrieveAccount},
    account_link::{CreateAccountLink, CreateAccountLinkType},
};

use crate::{house::House, receiver::Receiver};

const OWNER: [(&str, &str); 3] =
    [("legal_name", "Noor & Daan"), ("country", "NL"), ("bank_last4", "0300")];

async fn account(house: &House) -> Account {
    CreateAccount::new()
        .type_(CreateAccountType::Express)
        .email("noor@example.com")
        .send(&house.stripe)
        .await
        .unwrap()
}

async fn link(house: &House, account: &str) -> String {
    CreateAccountLink::new(account, CreateAccountLinkType::AccountOnboarding)
        .refresh_url("https://app.example/refresh?account=1")
        .return_url("https://app.example/return?account=1")
        .send(&house.stripe)
        .await
        .unwrap()
        .url
}

#[tokio::test]
async fn an_owner_is_onboarded_once_and_the_platform_hears_of_it() {
    let receiver = Receiver::open().await;
    let house = House::with("onboarding", vec![receiver.target(true)]).await;
    let form = [("type", "express"), ("capabilities[transfers][requested]", "true")];
    let before = house.post("/v1/accounts", &form, None).await.body;
    assert_eq!(before["capabilities"]["transfers"], "inactive");
    let id = before["id"].as_str().unwrap();
    let page = link(&house, id).await;
    let (status, html) = house.page(&page).await;
    assert_eq!(status, 200);
    assert!(html.contains("Get ready to be paid"), "{html}");

    assert_eq!(house.submit(&page, &OWNER).await.0, 303);
    let (_, html) = house.page(&format!("{page}/done")).await;
    assert!(html.contains("2;url=https://app.example/return?account=1"), "{html}");
    let after = RetrieveAccount::new(id).send(&house.stripe).await.unwrap();
    assert_eq!(after.details_submitted, Some(true));
    assert_eq!(after.charges_enabled, Some(true));
    assert_eq!(after.payouts_enabled, Some(true));
    assert_eq!(after.country.as_deref(), Some("NL"));
    let after = house.get(&format!("/v1/accounts/{id}")).await;
    assert_eq!(after["capabilities"]["transfers"], "active");
    assert_eq!(after["external_accounts"]["data"][0]["last4"], "0300");

    receiver.wait_for(1).await;
    let event = &receiver.events()[0];
    assert_eq!((&event["type"], &event["account"]), (&json!("account.updated"), &json!(id)));
    assert_eq!(event["data"]["object"], after);

    let used = house.http.get(&page).send().await.unwrap();
    assert_eq!(used.status(), 303);
    assert_eq!(used.headers()["location"], "https://app.example/refresh?account=1");
    assert_eq!(house.submit(&page, &OWNER).await.0, 303);
    assert_eq!(receiver.events().len(), 1);
    house.close().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_and_can_be_mended() {
    let house = House::open("onboarding_wrong").await;
    let id = account(&house).await.id;
    let page = link(&house, id.as_str()).await;
    let wrong = [
        ([OWNER[0], ("country", "JP"), OWNER[2]], "cannot reach this country"),
        ([("legal_name", " "), OWNER[1], OWNER[2]], "Enter the legal name"),
        ([OWNER[0], OWNER[1], ("bank_last4", "12x4")], "last four digits"),
    ];
    for (form, why) in wrong {
        let (status, html) = house.submit(&page, &form).await;
        assert_eq!(status, 422);
        assert!(html.contains(why), "{html}");
    }
    let raw = house.get(&format!("/v1/accounts/{id}")).await;
    assert_eq!(raw["details_submitted"], false);
    assert_eq!(house.submit(&page, &OWNER).await.0, 303);
    house.close().await;
}

#[tokio::test]
async fn a_link_expires_and_leads_back() {
    let house = House::open("onboarding_late").await;
    let id = account(&house).await.id;
    let page = link(&house, id.as_str()).await;
    house.tell("clock", json!({ "advance_seconds": 301 })).await;
    let late = house.http.get(&page).send().await.unwrap();
    assert_eq!(late.headers()["location"], "https://app.example/refresh?account=1");
    house.submit(&page, &OWNER).await;
    let raw = house.get(&format!("/v1/accounts/{id}")).await;
    assert_eq!(raw["details_submitted"], false);
    assert_eq!(house.page(&format!("{}/onboard/none", house.url)).await.0, 404);
    house.close().await;
}

#[tokio::test]
async fn countries_without_a_corridor_are_refused_and_a_chosen_one_is_fixed() {
    let house = House::open("corridors").await;
    let refused = house.post("/v1/accounts", &[("type", "express"), ("country", "BR")], None).await;
    assert_eq!(refused.body["error"]["code"], "country_unsupported");
    let form = [("type", "express"), ("country", "FR")];
    let id = house.post("/v1/accounts", &form, None).await.body["id"].clone();
    let page = link(&house, id.as_str().unwrap()).await;
    let (status, html) = house.submit(&page, &OWNER).await;
    assert_eq!(status, 422);
    assert!(html.contains("is fixed"), "{html}");
    house.close().await;
}

#[tokio::test]
async fn a_login_link_shows_the_balance_once() {
    let house = House::open("login").await;
    let raw = account(&house).await.id;
    let early = house.post(&format!("/v1/accounts/{raw}/login_links"), &[], None).await;
    assert_eq!(early.status, 400);
    let payee = house.payee().await;
    let link = house.post(&format!("/v1/accounts/{payee}/login_links"), &[], None).await.body;
    let url = link["url"].as_str().unwrap();
    let (status, html) = house.page(url).await;
    assert_eq!(status, 200);
    assert!(html.contains("Ines Vogt"), "{html}");
    assert_eq!(house.page(url).await.0, 404);
    let form = [("metadata[party]", "p1"), ("email", "new@example.com")];
    let updated = house.post(&format!("/v1/accounts/{payee}"), &form, None).await.body;
    assert_eq!(updated["metadata"], json!({ "party": "p1" }));
    let events: Value = house.get_as(&payee, "/v1/events").await;
    assert_eq!(events["data"].as_array().unwrap().len(), 2, "{events:#}");
    house.close().await;
}
