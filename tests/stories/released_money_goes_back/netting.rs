//! What a payee's account does not have is paid by its shares that were not sent, and by what it
//! earns next.

use super::scene::Scene;
use crate::support::World;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn and_an_empty_account_pays_by_what_it_earns_next() {
    let scene = Scene::released(&[125_000, 50_000]).await;
    let Scene { world, customer, expert, finance, parts, .. } = &scene;
    scene.pays_out().await;
    scene.gives_back(finance, 62_500).await.expect(201);
    world.settle().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 0), (18_750, 0)], "their accounts are empty");
    assert_eq!(scene.split(0, "owed").await, [50_000, 9_375, 0]);
    assert_eq!(scene.earned(expert, "owed").await, 50_000);
    assert_eq!(scene.sum("recoverable").await, 59_375);
    let report = world.balances().await;
    assert!(report.open.iter().any(|found| found.check == "owed-by-payee"), "{:?}", report.open);
    let lines = expert.get("/v1/statements").await.expect(200);
    assert_eq!(
        (lines.at("/lines/1/state"), lines.at("/lines/1/amount/minor")),
        ("owed".into(), "-50000".into())
    );

    world.pays(customer, &parts[1]).await;
    scene.accepts(1).await;
    // The consultant's 40,000 pay what is owed, all of it; the vendor's 7,500 as well.
    assert_eq!(scene.at_stripe().await, [(100_000, 0), (18_750, 0)], "nothing was sent");
    assert_eq!(scene.split(0, "owed").await, [10_000, 1_875, 0]);
    let money = scene.money(1).await;
    assert_eq!(money["split"][0]["transfer"], "netted");
    let earned = ["available", "on_the_way", "paid", "owed"];
    let mut seen = Vec::new();
    for name in earned {
        seen.push(scene.earned(expert, name).await);
    }
    assert_eq!(seen, [0, 0, 100_000, 10_000]);
    let lines = expert.get("/v1/statements").await.expect(200);
    assert_eq!(lines.at("/closing/minor"), "90000");
    let of = lines.json()["lines"].as_array().unwrap().clone();
    let back = of.iter().find(|line| line["state"] == "owed").unwrap();
    assert_eq!(
        (&back["taken"][0]["how"], &back["taken"][0]["amount"]["minor"]),
        (&json!("netting"), &json!(40_000))
    );
    let share = of.iter().find(|line| line["netted"]["minor"] == 40_000).unwrap();
    assert_eq!(share["state"], "paid");
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_only_the_rest_of_the_next_share_is_sent() {
    let scene = Scene::released(&[50_000, 125_000]).await;
    let Scene { world, customer, finance, parts, .. } = &scene;
    scene.pays_out().await;
    scene.gives_back(finance, 50_000).await.expect(201);
    world.settle().await;
    assert_eq!(scene.split(0, "owed").await, [40_000, 7_500, 0]);
    world.pays(customer, &parts[1]).await;
    scene.accepts(1).await;
    assert_eq!(
        scene.at_stripe().await,
        [(60_000, 0), (40_000, 0), (11_250, 0), (7_500, 0)],
        "100,000 less 40,000, and 18,750 less 7,500"
    );
    assert_eq!(scene.split(0, "owed").await, [0, 0, 0]);
    assert_eq!((scene.sum("recoverable").await, scene.sum("payable").await), (0, 0));
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_shares_that_were_not_sent() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    let (engagement, parts) = world.active(&customer, &expert, &[125_000]).await;
    let scene = Scene { world, customer, expert, finance, engagement, parts };
    scene.accepts(0).await;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    scene.world.settle().await;
    assert_eq!(scene.split(0, "owed").await, [0, 0, 0]);
    assert_eq!(scene.earned(&scene.expert, "available").await, 80_000);
    scene.balances().await;
    scene.world.onboards(&scene.expert).await;
    assert_eq!(scene.at_stripe().await, [(80_000, 0)]);
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_a_lost_dispute_is_paid_by_the_next_share() {
    let scene = Scene::released(&[50_000, 125_000]).await;
    let Scene { world, customer, expert, parts, .. } = &scene;
    scene.pays_out().await;
    let charge: String = world.sql("SELECT charge FROM payments").await[0].get(0);
    let body = json!({ "charge": charge, "cause": "product_not_received" });
    world.till("disputes", Some(body)).await;
    world.days_pass().await;
    let disputes = scene.finance.get("/v1/disputes").await.expect(200).json();
    let body = json!({ "dispute": disputes["items"][0]["stripe"], "outcome": "lost" });
    world.till("disputes/close", Some(body)).await;
    world.days_pass().await;
    assert_eq!(scene.split(0, "owed").await, [40_000, 7_500, 0], "their accounts are empty");
    assert_eq!((scene.earned(expert, "owed").await, scene.sum("revenue").await), (40_000, 0));
    let wish = json!({ "reason": "Once more." });
    scene.wants_back(&scene.finance, wish).await.refused(409, "nothing-held");
    scene.balances().await;
    world.pays(customer, &parts[1]).await;
    scene.accepts(1).await;
    let sent = scene.at_stripe().await;
    assert_eq!(sent, [(60_000, 0), (40_000, 0), (11_250, 0), (7_500, 0)]);
    assert_eq!((scene.sum("recoverable").await, scene.sum("loss").await), (0, 0));
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_a_lost_dispute_is_taken_from_accounts_that_have_it() {
    let scene = Scene::released(&[125_000]).await;
    let world = &scene.world;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    world.days_pass().await;
    let charge: String = world.sql("SELECT charge FROM payments").await[0].get(0);
    let body = json!({ "charge": charge, "cause": "fraudulent", "amount": 50_000 });
    world.till("disputes", Some(body)).await;
    world.days_pass().await;
    let disputes = scene.finance.get("/v1/disputes").await.expect(200).json();
    let body = json!({ "dispute": disputes["items"][0]["stripe"], "outcome": "lost" });
    world.till("disputes/close", Some(body)).await;
    world.days_pass().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 60_000), (18_750, 11_250)]);
    assert_eq!(scene.split(0, "amount").await, [40_000, 7_500, 2_500]);
    scene.balances().await;
    scene.world.end().await;
}
