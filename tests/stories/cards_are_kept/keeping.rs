//! Cards are kept while paying and without paying, chosen and removed; by whoever pays.

use super::scene::Scene;
use crate::support::deal::milestones;
use crate::support::payments::{ASKED_ONCE, DECLINED, GOOD, key};
use chrono::Duration;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn while_paying_and_only_if_wanted() {
    let scene = Scene::signed(&[125_000, 50_000]).await;
    let world = &scene.world;
    world.pays(&scene.customer, &scene.parts[0]).await;
    assert!(scene.kept().await.is_empty(), "nobody asked to keep it");
    let none: i64 = world.sql("SELECT count(*) FROM stripe_customers").await[0].get(0);
    assert_eq!(none, 0, "and the processor does not know the customer");
    let path = format!("/v1/milestones/{}/payments?keep=true", scene.parts[1]);
    let payment = scene.customer.post_once(&path, &key(), json!({})).await.expect(201);
    assert_eq!(payment.json()["keeps"], true);
    world.card(&payment.at("/checkout_url"), GOOD).await.expect(303);
    let own = format!("/v1/payments/{}", payment.id());
    world.until(&scene.customer, &own, "/state", "paid").await;
    world.settle().await;
    let kept = scene.kept().await;
    assert_eq!(kept.len(), 1);
    let card = &kept[0];
    assert_eq!((card["last4"].as_str(), card["brand"].as_str()), (Some("4242"), Some("visa")));
    assert_eq!(
        (card["default"].as_bool(), card["expires_year"].as_i64()),
        (Some(true), Some(2034))
    );
    assert_eq!(card["saved_by"], scene.customer.person.as_str());
    world.news_told().await;
    assert_eq!(scene.kept().await.len(), 1, "told again, it is one card");
    scene.charged(2).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_paying_and_with_the_banks_yes() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    let ask = || scene.customer.post("/v1/payment-methods", json!({}));
    let page = ask().await.expect(200).at("/url");
    assert_eq!(ask().await.expect(200).at("/url"), page, "a page that waits is given again");
    world.card(&page, DECLINED).await.expect(422);
    world.card(&page, ASKED_ONCE).await.expect(303);
    world.bank(&page, "no").await.expect(422);
    assert!(scene.kept().await.is_empty());
    let method = world.keeps_card(&scene.customer, ASKED_ONCE).await;
    let second = world.keeps_card(&scene.customer, GOOD).await;
    let defaults = |kept: Vec<Value>| -> Vec<String> {
        let chosen = kept.into_iter().filter(|card| card["default"] == true);
        chosen.map(|card| card["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        defaults(scene.kept().await),
        std::slice::from_ref(&method),
        "the first is the default"
    );
    let path = format!("/v1/payment-methods/{second}");
    let chosen = scene.customer.post(&format!("{path}/default"), json!({})).await.expect(200);
    assert_eq!(chosen.json()["default"], true);
    assert_eq!(defaults(scene.kept().await), std::slice::from_ref(&second));
    scene.customer.delete(&path).await.expect(204);
    assert_eq!(defaults(scene.kept().await), [method], "the other takes its place");
    scene.customer.delete(&path).await.refused(404, "not-found");
    world.settle().await;
    assert_eq!(scene.asked("/v1/customers").await.len(), 1, "one customer at the processor");
    let detached = scene.asked("/v1/payment_methods/").await;
    assert_eq!(detached.len(), 1);
    assert_eq!(detached[0]["status"], 200);
    assert_eq!(scene.charges(0, Some(&second)).await.status, 404, "a removed card is none");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_whoever_pays_and_nobody_else() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    let method = world.keeps_card(&scene.customer, GOOD).await;
    let member = world.colleague(&scene.customer, "customer", "member", "Nils").await;
    let admin = world.colleague(&scene.customer, "customer", "admin", "Anna").await;
    let stranger = world.customer("Moor Lodges").await;
    let finance = world.vendor("finance").await;
    for who in [&member, &scene.expert, &finance] {
        who.get("/v1/payment-methods").await.refused(403, "not-permitted");
        who.post("/v1/payment-methods", json!({})).await.refused(403, "not-permitted");
        scene.is_closed_to(who, &method, 403).await;
    }
    scene.is_closed_to(&stranger, &method, 404).await;
    let list = stranger.get("/v1/payment-methods").await.expect(200);
    assert_eq!(list.json()["items"], json!([]));
    assert_eq!(world.charges(&member, &scene.parts[0], None).await.status, 403);
    assert_eq!(world.charges(&scene.expert, &scene.parts[0], None).await.status, 403);
    assert_eq!(world.charges(&stranger, &scene.parts[0], Some(&method)).await.status, 404);
    // A stranger's own work is not paid with this card either.
    let engagement = world.signed(&stranger, &scene.expert, &[10_000]).await;
    let part = milestones(&stranger, &engagement).await.remove(0);
    world.charges(&stranger, &part, Some(&method)).await.refused(404, "not-found");
    world.charges(&stranger, &part, None).await.refused(409, "no-default-method");
    assert!(scene.asked("/v1/payment_intents").await.is_empty(), "nothing was asked of Stripe");
    let seen = admin.get("/v1/payment-methods").await.expect(200);
    assert_eq!(seen.at("/items/0/id"), method, "an admin sees and uses it");
    let paid = world.charges(&admin, &scene.parts[0], None).await.expect(201);
    assert_eq!(paid.at("/state"), "paid");
    scene.charged(1).await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_its_end_is_told_once_a_month_ahead() {
    let scene = Scene::signed(&[125_000]).await;
    let world = &scene.world;
    let ends = (world.clock.now() + Duration::days(70)).format("%m/%y").to_string();
    let method = world.keeps_card_until(&scene.customer, GOOD, &ends).await;
    world.settle().await;
    let told = || async {
        let mails = world.mails_to(&scene.customer.email).await;
        let of = |mail: &&Value| mail["subject"].as_str().unwrap().contains("ends soon");
        mails.iter().filter(of).count()
    };
    assert_eq!(told().await, 0);
    world.advance(Duration::days(75)).await;
    world.settle().await;
    assert_eq!(told().await, 1, "thirty days ahead");
    world.advance(Duration::days(40)).await;
    world.settle().await;
    assert_eq!(told().await, 1, "once");
    // Nobody paid for so long that the engagement of then is over; this card pays nothing anyway.
    let engagement = world.signed(&scene.customer, &scene.expert, &[10_000]).await;
    let part = milestones(&scene.customer, &engagement).await.remove(0);
    for wanted in [None, Some(method.as_str())] {
        world.charges(&scene.customer, &part, wanted).await.refused(409, "method-over");
    }
    scene.world.end().await;
}
