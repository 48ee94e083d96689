//! The letters of access of the engagement rest while the sides disagree, and work again when the
//! last disagreement is over, whether work was paused before or not.

use super::{files, moves, state};
use crate::released_money_goes_back::scene::Scene;
use crate::support::larkfield::{PETRA, Tool};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn and_letters_rest_meanwhile() {
    let scene = Scene::paid(&[125_000, 50_000]).await;
    let Scene { world, customer, expert, engagement, parts, .. } = &scene;
    let connection = world.connects(customer, PETRA).await;
    let grant = world.grants((customer, expert), engagement, &connection, "read-only").await;
    let tool = Tool::with_key(expert, &grant).await;
    let node = world.another_node().await;
    let there = tool.at(&node);
    tool.get("/account").await.expect(200);
    world.pays(customer, &parts[1]).await;

    // Two of them: the letters wait for both.
    let first = files(customer, &parts[0], (125_000, 125_000)).await.expect(201).id();
    let second = files(expert, &parts[1], (0, 50_000)).await.expect(201).id();
    for tool in [&tool, &there] {
        let refused = tool.get("/account").await.refused(403, "suspended");
        assert!(refused.at("/detail").contains("dispute"), "{}", refused.text());
    }
    let letter = customer.get(&format!("/v1/grants/{grant}")).await.expect(200).json();
    assert_eq!(letter["standing"], "suspended");
    assert_eq!(letter["holds"].as_array().unwrap().len(), 1, "{letter}");
    assert_eq!(letter["holds"][0]["cause"], "dispute");
    moves(customer, &first, "withdrawal", json!({})).await.expect(200);
    there.get("/account").await.refused(403, "suspended");
    assert_eq!(state(&scene).await, "disputed");
    // The customer says yes to what the consultant asks for: all of the second to the payees.
    let asked = customer.get(&format!("/v1/disagreements/{second}")).await.expect(200);
    let asked = json!({ "proposal": asked.at("/proposals/0/id") });
    moves(customer, &second, "accept", asked).await.expect(200);
    for tool in [&tool, &there] {
        tool.get("/account").await.expect(200);
    }
    world.settle().await;
    let money = scene.money(1).await;
    assert_eq!((&money["state"], &money["released"]["minor"]), (&json!("settled"), &json!(50_000)));
    let told = super::told(expert).await;
    assert!(told.contains("works again"), "{told}");

    // A pause that was there before stands when it is over.
    let path = format!("/v1/engagements/{engagement}");
    let pause = json!({ "reason": "Holidays." });
    assert!(customer.post(&format!("{path}/pause"), pause).await.status < 300);
    let third = files(customer, &parts[0], (1, 125_000)).await.expect(201).id();
    assert_eq!(state(&scene).await, "disputed");
    moves(customer, &third, "withdrawal", json!({})).await.expect(200);
    assert_eq!(state(&scene).await, "paused");
    let refused = tool.get("/account").await.refused(403, "suspended");
    assert!(refused.at("/detail").contains("paused"), "{}", refused.text());
    assert!(customer.post(&format!("{path}/resume"), json!({})).await.status < 300);
    tool.get("/account").await.expect(200);
    node.stop().await.unwrap();
    scene.balances().await;
    scene.world.end().await;
}
