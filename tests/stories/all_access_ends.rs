//! A customer ends every letter in one act.

use crate::support::World;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn at_once_by_the_api_and_by_the_page() {
    let world = World::new().await;
    let petra = world.customer("Petra Fjordhaus").await;
    let jonas = world.colleague(&petra, "customer", "admin", "Jonas Berg").await;
    let connection = world.connects(&petra, PETRA).await;
    let mut tools = Vec::new();
    for name in ["Ines Brandt", "Cleo Ash"] {
        let expert = world.consultant(name).await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let grant =
            world.grants((&petra, &expert), &engagement, &connection, "author-drafts").await;
        tools.push((Tool::with_key(&expert, &grant).await, expert, engagement));
    }
    let rival = world.customer("Rival").await;
    let all = "/v1/grants/end-all";
    rival.post(all, json!({})).await.expect(200);
    tools[0].1.post(all, json!({})).await.refused(403, "not-permitted");
    for (tool, ..) in &tools {
        tool.get("/account").await.expect(200);
    }
    let mut page = Reader::of(&world, &jonas.email).await;
    let shown = page.open("/access").await;
    says(&shown, "Granted by");
    says(&shown, "Petra Fjordhaus");
    says(&page.open("/access/end-all").await, "End all 2 letters?");
    let ended = petra.post(all, json!({ "reason": "We stop for now." })).await.expect(200).json();
    assert_eq!(ended["ended"].as_array().unwrap().len(), 2, "{ended}");
    for (tool, ..) in &tools {
        tool.get("/account").await.refused(403, "grant-ended");
    }
    assert_eq!(petra.post(all, json!({})).await.expect(200).json(), json!({ "ended": [] }));
    world.settle().await;
    let told = tools[1].1.get("/v1/notices").await.expect(200).text();
    assert!(told.contains("We stop for now"), "{told}");
    let trail = petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert_eq!(trail.matches("access-ended").count(), 2);
    let sides = (&petra, &tools[0].1);
    let anew = world.grants(sides, &tools[0].2, &connection, "author-drafts").await;
    let asks = page.open("/access/end-all").await;
    says(&asks, "End the one letter that holds?");
    let action = "/p/larkfield/access/end-all";
    let long = "x".repeat(301);
    let again = page.send(&asks.form(action).unwrap().set("reason", &long)).await;
    says(&again, "End the one letter that holds?");
    let form = again.form(action).unwrap().set("reason", "Enough.");
    says(&page.send(&form).await, "1 letter ended");
    let over = petra.get(&format!("/v1/grants/{anew}")).await.expect(200);
    assert_eq!(over.at("/standing"), "ended");
    says(&page.open("/access/end-all").await, "Nobody has access now");
    world.end().await;
}
