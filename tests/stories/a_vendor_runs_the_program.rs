//! The vendor's people set fees, suspend partners, name resellers of record and look at figures.

use crate::support::neighbours::other_program;
use crate::support::together::post_at_once;
use crate::support::{Answer, World};
use chrono::Duration;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn anyone_reads_the_words_and_a_token_stays_at_home() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let anyone = world.anyone();
    let taxonomy = anyone.get("/v1/programs/larkfield/taxonomy").await.expect(200);
    assert_eq!(taxonomy.at("/categories/0/slug"), "nurturing-campaign-design");
    assert_eq!(taxonomy.json()["skills"].as_array().unwrap().len(), 3);
    petra.get("/v1/programs/larkfield/taxonomy").await.expect(200);
    anyone.get("/v1/programs/nowhere/taxonomy").await.refused(404, "not-found");
    other_program(&world, "otherfield").await;
    anyone.get("/v1/programs/otherfield/taxonomy").await.expect(200);
    let strange = petra.get("/v1/programs/otherfield/taxonomy").await;
    strange.refused(403, "token-of-another-program");
    let mut forger = petra.clone();
    forger.token = Some("att_unknown".to_owned());
    forger.get("/v1/programs/larkfield/taxonomy").await.refused(401, "unauthenticated");
    let rules = petra.get("/v1/program").await.expect(200);
    assert_eq!(rules.at("/program"), "larkfield");
    assert_eq!(rules.at("/currency"), "USD");
    assert_eq!(rules.at("/acceptance_days"), "14");
    anyone.get("/v1/program").await.refused(401, "unauthenticated");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fees_are_versions() {
    let world = World::new().await;
    let priscila = world.vendor("finance").await;
    let samir = world.vendor("program_manager").await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let parts = |consultant: u32| json!({ "consultant": consultant, "vendor": 1000, "reseller": 500, "operator": 500 });
    let wrong = json!({ "parts": parts(8001) });
    priscila.post("/v1/fee-policies", wrong).await.refused(422, "invalid");
    let floats = json!({ "parts": parts(8000), "effective_from": "2020-01-01T00:00:00Z" });
    priscila.post("/v1/fee-policies", floats).await.refused(422, "invalid");
    let right = json!({ "parts": { "consultant": 8500, "vendor": 1000, "reseller": 300, "operator": 200 } });
    samir.post("/v1/fee-policies", right.clone()).await.refused(403, "not-permitted");
    let published = priscila.post("/v1/fee-policies", right).await.expect(201);
    assert_eq!(published.at("/version"), "2");
    assert_eq!(published.at("/parts_without_reseller/vendor"), "1300");
    let later = world.clock.now() + Duration::days(60);
    let announced = json!({ "parts": parts(8000), "effective_from": later });
    assert_eq!(priscila.post("/v1/fee-policies", announced).await.expect(201).at("/version"), "3");
    let current = |a: Answer| a.expect(200).at("/version");
    assert_eq!(current(samir.get("/v1/fee-policies/current").await), "2");
    world.advance(Duration::days(61)).await;
    let samir = world.colleague(&samir, "vendor", "program_manager", "Later Samir").await;
    assert_eq!(current(samir.get("/v1/fee-policies/current").await), "3");
    let all = samir.get("/v1/fee-policies").await.expect(200);
    assert_eq!(all.json().as_array().unwrap().len(), 3);
    let petra = world.colleague(&petra, "customer", "admin", "Later Petra").await;
    petra.get("/v1/fee-policies").await.refused(403, "not-permitted");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_is_suspended_and_reinstated() {
    let world = World::new().await;
    let samir = world.vendor("program_manager").await;
    let ada = world.consultant("Ada Works").await;
    let path = format!("/v1/partners/{}", ada.organization);
    let (suspend, reinstate) = (format!("{path}/suspend"), format!("{path}/reinstate"));
    ada.post(&suspend, json!({})).await.refused(403, "not-permitted");
    samir.post(&reinstate, json!({})).await.refused(409, "enrollment-state");
    let why = json!({ "reason": "Insurance ran out." });
    let suspended = samir.post(&suspend, why).await.expect(200);
    assert_eq!(suspended.at("/state"), "suspended");
    samir.post(&suspend, json!({})).await.refused(409, "enrollment-state");
    let listed = samir.get("/v1/partners?state=suspended").await.expect(200);
    assert_eq!(listed.at("/items/0/reason"), "Insurance ran out.");
    samir.post(&reinstate, json!({})).await.expect(200);
    let customer = world.customer("Fjordhaus Outdoor").await;
    let none = format!("/v1/partners/{}/suspend", customer.organization);
    samir.post(&none, json!({})).await.refused(404, "not-found");
    world.settle().await;
    let mails = world.mails_to(&ada.email).await;
    assert!(mails.iter().any(|m| m.to_string().contains("Insurance ran out.")), "{mails:?}");
    assert_eq!(mails.len(), 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_one_reseller_of_record_at_a_time() {
    let world = World::new().await;
    let samir = world.vendor("program_manager").await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let karin = world.customer("Moor Lodges").await;
    let nils = world.join("reseller", "owner", "Nordic Resale").await;
    let sara = world.join("reseller", "member", "Sara Sales").await;
    let ada = world.consultant("Ada Works").await;
    let set = |reseller: &str, reason: &str| json!({ "customer": petra.organization, "reseller": reseller, "reason": reason });
    ada.post("/v1/attributions", set(&nils.organization, "mine"))
        .await
        .refused(403, "not-permitted");
    let wrong = samir.post("/v1/attributions", set(&ada.organization, "no reseller")).await;
    wrong.refused(404, "not-found");
    let first = set(&nils.organization, "Sold the account in spring.");
    let id = samir.post("/v1/attributions", first.clone()).await.expect(201).id();
    samir.post("/v1/attributions", first).await.refused(422, "invalid");
    let second = set(&sara.organization, "Took over the account.");
    let statuses = post_at_once(&samir, 8, "/v1/attributions", &second).await;
    assert_eq!(statuses.iter().filter(|s| **s == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|s| [201, 409, 422].contains(s)), "{statuses:?}");
    let history = petra.get("/v1/attributions").await.expect(200);
    assert_eq!(history.at("/items/0/reseller_name"), "Sara Sales");
    assert_eq!(history.at("/items/1/id"), id);
    assert_eq!(history.at("/items/1/end_reason"), "Took over the account.");
    assert_eq!(nils.get("/v1/attributions").await.expect(200).at("/items/0/id"), id);
    assert_eq!(karin.get("/v1/attributions").await.expect(200).json()["items"], json!([]));
    let peek = format!("/v1/attributions?customer={}", petra.organization);
    karin.get(&peek).await.refused(404, "not-found");
    ada.get("/v1/attributions").await.refused(403, "not-permitted");
    let open = history.at("/items/0/id");
    let end = format!("/v1/attributions/{open}/end");
    samir.post(&end, json!({ "reason": "Left the business." })).await.expect(200);
    let twice = samir.post(&end, json!({ "reason": "Left the business." })).await;
    twice.refused(409, "attribution-ended");
    world.settle().await;
    for (who, expected) in [
        (&petra, "Nordic Resale is your reseller of record"),
        (&petra, "Sara Sales is your reseller of record"),
        (&petra, "You have no reseller of record any more"),
        (&nils, "You are the reseller of record of Fjordhaus Outdoor"),
        (&nils, "You are the reseller of record of Fjordhaus Outdoor no more"),
    ] {
        let told = who.get("/v1/notices").await.expect(200).json();
        let titles: Vec<_> =
            told["items"].as_array().unwrap().iter().map(|n| &n["title"]).collect();
        assert!(titles.iter().any(|title| *title == expected), "{expected}: {titles:?}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_and_pages_of_a_list() {
    let world = World::new().await;
    let wiremu = world.vendor("support").await;
    for name in ["Ada Works", "Bo Works", "Cy Works"] {
        world.consultant(name).await;
    }
    let nils = world.join("reseller", "owner", "Nordic Resale").await;
    let figures = wiremu.get("/v1/program/figures").await.expect(200);
    assert_eq!(figures.at("/consultants"), "3");
    assert_eq!(figures.at("/resellers"), "1");
    assert_eq!(figures.at("/open_applications"), "0");
    nils.get("/v1/program/figures").await.refused(403, "not-permitted");
    let first = wiremu.get("/v1/partners?limit=3").await.expect(200);
    let next = first.at("/next");
    let second = wiremu.get(&format!("/v1/partners?limit=3&cursor={next}")).await.expect(200);
    assert_eq!(second.json()["items"].as_array().unwrap().len(), 1);
    assert!(second.json().get("next").is_none_or(serde_json::Value::is_null));
    let stolen = wiremu.get(&format!("/v1/applications?cursor={next}")).await;
    stolen.refused(422, "bad-cursor");
    world.end().await;
}
