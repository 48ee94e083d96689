//! The same by pages alone, without script.

use super::scene::Scene;
use crate::support::payments::{ASKED_ALWAYS, EMPTY_LATER, GOOD};
use crate::support::reader::{Reader, says};
use serde_json::json;

/// The processor's page that a page of ours leads on to by itself.
fn leads_to(html: &str) -> String {
    let after = html.split("http-equiv=\"refresh\" content=\"0;url=").nth(1).unwrap();
    after.split('"').next().unwrap().replace("&amp;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_is_ticked_and_the_next_payment_is_one_press() {
    let scene = Scene::signed(&[125_000, 50_000]).await;
    let world = &scene.world;
    let mut petra = Reader::of(world, &scene.customer.email).await;
    let fund = |at: usize| format!("/milestones/{}/fund", scene.parts[at]);
    let page = petra.open(&fund(0)).await;
    says(&page, "Keep this card for later payments");
    assert!(!page.text.contains("checked"), "unticked unless somebody ticks it");
    let action = format!("/p/larkfield{}", fund(0));
    let form = page.form(&action).unwrap().set("keep", "1");
    let between = petra.send(&form).await;
    world.card(&leads_to(&between.text), GOOD).await.expect(303);
    let own = format!("/v1/milestones/{}/money", scene.parts[0]);
    world.until(&scene.customer, &own, "/state", "funded").await;
    world.settle().await;
    let method = scene.kept().await[0]["id"].as_str().unwrap().to_owned();
    let page = petra.open(&fund(1)).await;
    says(&page, "Pay $500.00 with Visa •••• 4242");
    says(&page, "Your default, through 12/34");
    let action = format!("/p/larkfield{}", fund(1));
    let form = page.form(&action).unwrap().set("method", &method);
    let held = petra.send(&form).await;
    says(&held, "$500.00 is held");
    scene.charged(2).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_are_kept_chosen_and_removed() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    let mut petra = Reader::of(world, &scene.customer.email).await;
    let page = petra.open("/methods").await;
    says(&page, "No card is kept");
    let between = petra.send(&page.form("/p/larkfield/methods").unwrap()).await;
    says(&between, "nothing is charged");
    world.card(&leads_to(&between.text), GOOD).await.expect(303);
    world.news_told().await;
    let second = world.keeps_card(&scene.customer, EMPTY_LATER).await;
    let page = petra.open("/methods?from=kept").await;
    for words in ["Your card is kept", "Visa •••• 4242", "Visa •••• 3178", "12/34", "Kept by"]
    {
        says(&page, words);
    }
    let choose = format!("/p/larkfield/methods/{second}/default");
    let page = petra.send(&page.form(&choose).unwrap()).await;
    says(&page, "Visa •••• 3178 is your default");
    let remove = format!("/p/larkfield/methods/{second}/remove");
    let page = petra.send(&page.form(&remove).unwrap()).await;
    says(&page, "The card is removed");
    assert!(!page.text.contains("3178"), "{}", page.text);
    let member = world.colleague(&scene.customer, "customer", "member", "Nils").await;
    let mut nils = Reader::of(world, &member.email).await;
    assert_eq!(nils.open("/methods").await.status, 403);
    let seen = nils.open(&format!("/milestones/{}/fund", scene.parts[0])).await;
    says(&seen, "Not with your role");
    assert!(!seen.text.contains("4242"), "{}", seen.text);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_is_answered_and_a_decline_says_why() {
    let scene = Scene::signed(&[125_000, 50_000]).await;
    let world = &scene.world;
    let empty = world.keeps_card(&scene.customer, EMPTY_LATER).await;
    let asked = world.keeps_card(&scene.customer, ASKED_ALWAYS).await;
    let mut petra = Reader::of(world, &scene.customer.email).await;
    let fund = format!("/milestones/{}/fund", scene.parts[0]);
    let action = format!("/p/larkfield{fund}");
    let page = petra.open(&fund).await;
    let form = page.form(&action).unwrap();
    let refused = petra.send(&form.set("method", &empty)).await;
    says(&refused, "The card does not have enough money for this payment.");
    says(&refused, "Choose another way to pay");
    let page = petra.open(&fund).await;
    let waits = petra.send(&page.form(&action).unwrap().set("method", &asked)).await;
    says(&waits, "Your bank wants to hear from you");
    let page = petra.open(&fund).await;
    says(&page, "Confirm with your bank");
    let own = petra.open(&format!("/milestones/{}", scene.parts[0])).await;
    says(&own, "The bank wants the payer to confirm");
    let between = petra.send(&page.form(&action).unwrap()).await;
    let hosted = leads_to(&between.text);
    world.card(&hosted, ASKED_ALWAYS).await.expect(303);
    let bank = world.client.get(&hosted).send().await.unwrap().text().await.unwrap();
    assert!(bank.contains("Your bank asks you") && bank.contains("$1,250.00"), "{bank}");
    world.bank(&hosted, "yes").await.expect(303);
    let money = format!("/v1/milestones/{}/money", scene.parts[0]);
    world.until(&scene.customer, &money, "/state", "funded").await;
    // While a card is charged and nobody knows, the page says so and offers nothing.
    let good = world.keeps_card(&scene.customer, GOOD).await;
    let lost = json!({ "drop_answer": 1, "path_prefix": "/v1/payment_intents",
        "hold_webhooks": true });
    world.till("faults", Some(lost)).await;
    scene.charges(1, Some(&good)).await.expect(201);
    let page = petra.open(&format!("/milestones/{}/fund", scene.parts[1])).await;
    says(&page, "A card is being charged");
    assert!(!page.text.contains("Keep this card"), "{}", page.text);
    world.till("faults", Some(json!({}))).await;
    world.advance(chrono::Duration::seconds(60)).await;
    world.settle().await;
    scene.charged(2).await;
    scene.world.end().await;
}
