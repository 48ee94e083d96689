//! Decided disagreements and explained differences wait for a second person too.

use super::{limit, limited, says, state, usd};
use crate::released_money_goes_back::scene::Scene;
use crate::support::payments::key;
use crate::support::{Actor, Answer};
use chrono::Duration;
use serde_json::json;

async fn decides(who: &Actor, id: &str, (back, released): (i64, i64)) -> Answer {
    let (back, released) = (usd(back), usd(released));
    let body = json!({ "back": back, "released": released, "reason": "Half of it is missing." });
    who.post_once(&format!("/v1/disagreements/{id}/decision"), &key(), body).await
}

/// Files and asks the program; the other side is heard.
async fn filed(scene: &Scene) -> String {
    let Scene { customer, expert, parts, .. } = scene;
    let body = json!({ "back": usd(100_000), "released": usd(0), "reason": "It is late." });
    let path = format!("/v1/milestones/{}/disagreements", parts[0]);
    let id = customer.post(&path, body).await.expect(201).id();
    let answer = json!({ "text": "It is all there." });
    expert.post(&format!("/v1/disagreements/{id}/answer"), answer).await.expect(200);
    let ask = format!("/v1/disagreements/{id}/mediation");
    customer.post(&ask, json!({})).await.expect(200);
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn and_an_award_is_decided_by_two() {
    let (scene, owner, manager) = limited(&[100_000]).await;
    let Scene { world, finance, .. } = &scene;
    let id = filed(&scene).await;
    let asked = decides(&manager, &id, (40_000, 60_000)).await.expect(202);
    assert_eq!((asked.at("/kind"), asked.at("/amount/minor")), ("award".into(), "100000".into()));
    assert_eq!((asked.at("/back/minor"), asked.at("/disagreement")), ("40000".into(), id.clone()));
    let path = format!("/v1/disagreements/{id}");
    let open = manager.get(&path).await.expect(200);
    assert_eq!(open.at("/disagreement/state"), "open", "nothing is decided");
    decides(&owner, &id, (0, 100_000)).await.refused(409, "approval-waits");
    says(&manager, &asked, "approve").await.refused(403, "own-approval");
    says(finance, &asked, "approve").await.refused(403, "not-permitted");
    says(&owner, &asked, "approve").await.expect(200);
    world.settle().await;
    let ended = manager.get(&path).await.expect(200);
    assert_eq!(ended.at("/disagreement/state"), "decided");
    assert_eq!(ended.at("/disagreement/back/minor"), "40000");
    assert_eq!(ended.at("/disagreement/outcome"), "Half of it is missing.");
    let money = scene.money(0).await;
    assert_eq!(
        (&money["state"], &money["sent_back"]["minor"]),
        (&json!("settled"), &json!(40_000))
    );
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_a_side_was_faster_than_the_award() {
    let (scene, owner, manager) = limited(&[100_000]).await;
    let Scene { world, customer, .. } = &scene;
    let id = filed(&scene).await;
    let asked = decides(&manager, &id, (40_000, 60_000)).await.expect(202);
    customer.post(&format!("/v1/disagreements/{id}/withdrawal"), json!({})).await.expect(200);
    says(&owner, &asked, "approve").await.refused(409, "approval-overtaken");
    assert_eq!(state(&manager, &asked).await, "overtaken");
    world.settle().await;
    assert_eq!(scene.money(0).await["held"]["minor"], 100_000);
    // Below the limit one person decides, as before.
    let waits = limit(&scene.finance, Some(100_000)).await.expect(202);
    says(&owner, &waits, "approve").await.expect(200);
    let id = filed(&scene).await;
    decides(&manager, &id, (100_000, 0)).await.expect(200);
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_a_difference_is_explained_by_two() {
    let (scene, owner, _) = limited(&[100_000]).await;
    let Scene { world, finance, .. } = &scene;
    let topup = |minor: i64| json!({ "cause": "topup", "amount": minor, "currency": "usd" });
    world.till("movements", Some(topup(50_001))).await;
    world.till("movements", Some(topup(50_000))).await;
    world.advance(Duration::minutes(20)).await;
    finance.post("/v1/reconciliation/runs", json!({})).await.expect(200);
    world.settle().await;
    let open = "/v1/reconciliation/breaks?state=open";
    let open = finance.get(open).await.expect(200).json()["items"].clone();
    let explained = async |minor: i64| {
        let of = open.as_array().unwrap().iter().find(|one| one["seen"]["minor"] == minor);
        let id = of.unwrap()["id"].as_str().unwrap();
        let path = format!("/v1/reconciliation/breaks/{id}/explanation");
        finance.post(&path, json!({ "reason": "From our own bank." })).await
    };
    explained(50_000).await.expect(200);
    let asked = explained(50_001).await.expect(202);
    assert_eq!(asked.at("/kind"), "explanation");
    explained(50_001).await.refused(409, "approval-waits");
    says(finance, &asked, "approve").await.refused(403, "own-approval");
    says(&owner, &asked, "approve").await.expect(200);
    let done = "/v1/reconciliation/breaks?state=explained";
    let done = finance.get(done).await.expect(200).json()["items"].clone();
    assert_eq!(done.as_array().unwrap().len(), 2, "{done}");
    assert!(done.as_array().unwrap().iter().all(|one| one["explained_by"] == "larkfield-finance"));
    scene.world.end().await;
}
