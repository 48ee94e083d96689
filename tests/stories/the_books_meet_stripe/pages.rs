//! The program's money people see it on a page; another program sees nothing of it.

use super::scene::{Scene, ledger};
use crate::support::neighbours::{foreigner, other_program};
use crate::support::reader::{Reader, says};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn and_a_page_tells() {
    let scene = Scene::worked().await;
    let world = &scene.world;
    let mut reader = Reader::of(world, &scene.finance.email).await;
    let here = "/reconciliation";
    let page = reader.open(here).await;
    says(&page, "The books were not compared yet");
    let run = page.form("/p/larkfield/reconciliation/run").unwrap();
    let page = reader.send(&run).await;
    says(&page, "The books are being compared");
    world.settle().await;
    let page = reader.open(here).await;
    says(&page, "Everything agrees");
    says(&page, "4 of 4");
    let cost = json!({ "cause": "adjustment", "amount": -4_200, "currency": "usd" });
    world.till("movements", Some(cost)).await;
    scene.later().await;
    scene.compared().await;
    let page = reader.open(here).await;
    says(&page, "1 difference open");
    says(&page, "Stripe moved \u{2212}$42.00 (adjustment), and no journal knows of it.");
    says(&page, "undo it there or explain it here");
    let id = scene.differences("open").await[0]["id"].as_str().unwrap().to_owned();
    let action = format!("/p/larkfield{here}/{id}/explain");
    let form = page.form(&action).unwrap();
    let wrong = reader.send(&form.clone().set("reason", "").set("correction", "none:1")).await;
    assert_eq!(wrong.status, 422);
    says(&wrong, "Enter a reason");
    says(&wrong, "Name a journal by its key");
    says(&wrong, "value=\"none:1\"");
    let form = wrong.form(&action).unwrap();
    let page = reader.send(&form.set("reason", "A fee of Stripe’s.").set("correction", "")).await;
    says(&page, "Everything agrees");
    let page = reader.open(&format!("{here}?state=explained")).await;
    says(&page, "A fee of Stripe’s.");
    says(&page, "larkfield-finance");
    for path in ["/statements", "/disputes"] {
        says(&reader.open(path).await, "/p/larkfield/reconciliation");
    }
    let mut stranger = Reader::of(world, &scene.customer.email).await;
    assert_eq!(stranger.open(here).await.status, 403);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_each_program_sees_its_own() {
    let scene = Scene::worked().await;
    let world = &scene.world;
    let far = other_program(world, "nordwind").await;
    let owner = foreigner(world, &far, "vendor", "owner").await;
    let vendor = far.vendor.to_string();
    let charge = |metadata: &'static str, whose: String| {
        [
            ("amount", "7700".to_owned()),
            ("currency", "usd".to_owned()),
            ("payment_method", "pm_card_visa".to_owned()),
            ("payment_method_types[]", "card".to_owned()),
            ("confirm", "true".to_owned()),
            (metadata, whose),
        ]
    };
    for (name, whose) in [("metadata[attache_vendor]", vendor), ("description", "A test".into())] {
        let form = charge(name, whose);
        let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
        scene.by_hand("v1/payment_intents", &form).await;
    }
    world.till("settle", Some(json!({}))).await;
    scene.later().await;
    assert_eq!(scene.compared().await["open"], 0, "neither is this program's");
    let theirs = owner.get("/v1/reconciliation/breaks").await.expect(200).json();
    assert_eq!(theirs["items"].as_array().unwrap().len(), 1, "{theirs}");
    let id = theirs["items"][0]["id"].as_str().unwrap();
    let path = format!("/v1/reconciliation/breaks/{id}/explanation");
    let why = json!({ "reason": "Ours." });
    scene.finance.post(&path, why.clone()).await.refused(404, "not-found");
    owner.post(&path, why).await.expect(200);
    let (code, said) = ledger(world, &["reconcile"]).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("larkfield: 4 of 4 movements agree"), "{said}");
    assert!(said.contains("\n1 difference is open\n"), "the operator's: {said}");
    let (_, said) = ledger(world, &["check"]).await;
    assert!(said.contains("stripe  operator compared at "), "{said}");
    scene.world.end().await;
}
