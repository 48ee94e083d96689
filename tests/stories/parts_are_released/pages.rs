//! A part is released by pages that first show who gets what; the rest goes back, or a bank takes
//! it.

use super::{part, releases};
use crate::released_money_goes_back::scene::Scene;
use crate::support::Answer;
use crate::support::payments::key;
use crate::support::session::Session;
use reqwest::Method;
use serde_json::json;

fn field(html: &str, name: &str) -> String {
    let form = html.split("id=\"release\"").nth(1).unwrap_or_else(|| panic!("no form in {html}"));
    let after = form.split(&format!("name=\"{name}\"")).nth(1).unwrap();
    after.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn seen_before_and_the_rest_goes_back() {
    let scene = Scene::paid(&[100_000, 50_000]).await;
    let Scene { world, customer, expert, parts, .. } = &scene;
    let session = Session::of(world, &customer.email).await;
    let path = format!("/p/larkfield/milestones/{}", parts[0]);
    let own = session.get(&path).await.expect(200).text();
    assert!(own.contains("Release a part"), "{own}");
    let page = format!("{path}/release");
    for (amount, fault) in [("lots", "such as"), ("1,000.00", "below $1,000.00")] {
        let html = session.get(&format!("{page}?amount={amount}")).await.expect(200).text();
        assert!(html.contains(fault) && !html.contains("id=\"release\""), "{html}");
    }
    let html = session.get(&format!("{page}?amount=250.00")).await.expect(200).text();
    for text in ["$200.00", "$37.50", "$12.50", "sent at once", "$750.00 stays held", "tomorrow"] {
        assert!(html.contains(text), "{text}: {html}");
    }
    let send = async |amount: &str, reason: &str| {
        let mut form: Vec<(&str, String)> =
            ["csrf", "idempotency_key"].iter().map(|name| (*name, field(&html, name))).collect();
        form.extend([("amount", amount.to_owned()), ("reason", reason.to_owned())]);
        let request = session.request(Method::POST, &page).form(&form);
        Answer::read("release".to_owned(), request.send().await.unwrap()).await
    };
    let again = send("250.00", "").await.expect(422).text();
    assert!(again.contains("Release $250.00"), "what was looked at is kept: {again}");
    let far = send("1,000.00", "All of it.").await.expect(422).text();
    assert!(far.contains("acceptance releases the rest"), "{far}");
    send("250.00", "The map is done.").await.expect(303);
    world.settle().await;
    let theirs = Session::of(world, &expert.email).await;
    for who in [&session, &theirs] {
        let money = who.get(&format!("{path}/money")).await.expect(200).text();
        for text in ["Released so far", "$250.00", "The map is done.", "$750.00", "Still held"] {
            assert!(money.contains(text), "{text}: {money}");
        }
    }
    theirs.get(&page).await.expect(403);
    let earned = theirs.get("/p/larkfield/earnings").await.expect(200).text();
    assert!(earned.contains("Part of milestone 1"), "{earned}");

    the_rest_goes_back(&scene).await;
    let ended = session.get(&path).await.expect(200).text();
    assert!(ended.contains("Settled"), "{ended}");
    scene.balances().await;

    a_bank_takes_what_is_held_first(&scene).await;
    scene.balances().await;
    scene.world.end().await;
}

/// What was released in parts is given back only for what was not held any more.
async fn a_bank_takes_what_is_held_first(scene: &Scene) {
    let Scene { world, customer, finance, engagement, parts, .. } = scene;
    world.pays(customer, &parts[1]).await;
    let second = format!("/v1/milestones/{}/releases", parts[1]);
    customer.post_once(&second, &key(), part(20_000)).await.expect(201);
    world.days_pass().await;
    let charge = format!("SELECT charge FROM payments WHERE milestone_id = '{}'", parts[1]);
    let charge: String = world.sql(&charge).await[0].get(0);
    let body = json!({ "charge": charge, "cause": "product_not_received" });
    world.till("disputes", Some(body)).await;
    world.days_pass().await;
    let refused = customer.post_once(&second, &key(), part(1)).await;
    refused.refused(409, "release-locked-by-dispute");
    let dispute = finance.get("/v1/disputes").await.expect(200).at("/items/0/stripe");
    let body = json!({ "dispute": dispute, "outcome": "lost" });
    world.till("disputes/close", Some(body)).await;
    world.days_pass().await;
    let lost = scene.money(1).await;
    assert_eq!((&lost["state"], &lost["released"]["minor"]), (&json!("settled"), &json!(0)));
    assert_eq!(scene.split(1, "given_back").await, [16_000, 3_000, 1_000]);
    for kind in ["held", "dispute_hold", "loss", "credit"] {
        assert_eq!(scene.sum(kind).await, 0, "{kind}");
    }
    let of = customer.get(&format!("/v1/engagements/{engagement}")).await.expect(200);
    assert_eq!(of.at("/state"), "completed");
    releases(scene, customer, part(1)).await.refused(409, "nothing-to-release");
}

/// The milestone is settled: what was released is paid for, and the payees can give it back.
async fn the_rest_goes_back(scene: &Scene) {
    let Scene { world, customer, expert, finance, .. } = scene;
    let rest = json!({ "reason": "It ends here." });
    let refund = scene.wants_back(finance, rest).await.expect(201);
    assert_eq!(refund.at("/amount/minor"), "75000");
    world.settle().await;
    let money = scene.money(0).await;
    assert_eq!((&money["state"], &money["released"]["minor"]), (&json!("settled"), &json!(25_000)));
    assert_eq!(scene.split(0, "amount").await, [20_000, 3_750, 1_250]);
    scene
        .wants_back(finance, json!({ "reason": "More.", "released": false }))
        .await
        .refused(409, "nothing-held");
    scene.gives_back(expert, 5_000).await.expect(201);
    let told = customer.get("/v1/notices").await.expect(200).text();
    assert!(told.contains("Milestone 1 is settled"), "{told}");
    let paid = customer.get("/v1/statements").await.expect(200);
    assert_eq!(
        (paid.at("/closing/minor"), paid.at("/lines/0/state")),
        ("20000".into(), "paid".into())
    );
}
