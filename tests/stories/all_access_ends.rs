//! A customer ends every letter in one act.

use crate::support::World;
use crate::support::actor::PASSWORD;
use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use chrono::Duration;
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
    let happened = page.send(&form).await;
    says(&happened, "1 letter ended");
    says(&happened, "Grant the same again");
    let over = petra.get(&format!("/v1/grants/{anew}")).await.expect(200);
    assert_eq!(over.at("/standing"), "ended");
    says(&page.open("/access/end-all").await, "Nobody has access now");
    world.end().await;
}

/// Petra lets Ines run campaigns in part, for 30 days; one press ends it, and what follows.
#[tokio::test(flavor = "multi_thread")]
async fn with_one_press_and_the_same_is_granted_again() {
    let world = World::new().await;
    let petra = world.customer("Petra Fjordhaus").await;
    let mia = world.colleague(&petra, "customer", "member", "Mia Fjordhaus").await;
    let expert = world.consultant("Ines Brandt").await;
    let connection = world.connects(&petra, PETRA).await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let choice = json!({
        "connection": connection, "preset": "run-campaigns", "without": ["create-lists"],
        "without_operations": ["schedule-campaign"], "asks": ["write-drafts"],
        "budgets": { "recipients": 500 },
    });
    let preview = petra.post("/v1/grants/preview", choice.clone()).await.expect(200);
    let last_day = (world.clock.now() + Duration::days(30)).date_naive();
    let mut order = choice;
    order["consultant"] = json!(expert.person);
    order["terms_hash"] = json!(preview.at("/terms_hash"));
    order["password"] = json!(PASSWORD);
    order["last_day"] = json!(last_day);
    let grants = format!("/v1/engagements/{engagement}/grants");
    let first = petra.post(&grants, order).await.expect(201).id();
    let tool = Tool::with_key(&expert, &first).await;
    tool.get("/account").await.expect(200);
    // One press of the access page, and nothing is asked.
    let mut owner = Reader::of(&world, &petra.email).await;
    let shown = owner.open("/access").await;
    let form = shown.form(&format!("/p/larkfield/grants/{first}/end")).unwrap();
    let ended = owner.send(&form).await;
    tool.get("/account").await.refused(403, "grant-ended");
    says(&ended, "How it ended");
    says(&ended, "grant the same again below");
    // A second press of the same form finds it done.
    says(&owner.send(&form.set("idempotency_key", "another")).await, "It was over already");
    // The way back: everything as it was, and a new yes with the password.
    let path = format!("/engagements/{engagement}/access?again={first}");
    assert!(ended.text.contains(&path.replace('&', "&amp;")), "{}", ended.text);
    let again = owner.open(&path).await;
    says(&again, "The same letter again");
    let action = format!("/p/larkfield/engagements/{engagement}/access");
    let form = again.form(&action).unwrap();
    let refused = owner.send(&form).await;
    assert_eq!(refused.status, 422, "the password is asked again");
    let form = refused.form(&action).unwrap().set("password", PASSWORD);
    let given = owner.send(&form).await;
    says(&given, "Ines may work in Fjordhaus Outdoor EU");
    let old = petra.get(&format!("/v1/grants/{first}")).await.expect(200).json();
    let all = petra.get("/v1/grants").await.expect(200).json();
    let new = all["items"].as_array().unwrap().iter().find(|g| g["standing"] == "in-force");
    let new = new.expect("a letter in force");
    for same in ["terms_hash", "valid_until", "consultant", "connection", "preset"] {
        assert_eq!(new[same], old[same], "{same}");
    }
    tool.get("/account").await.refused(403, "grant-ended");
    // Somebody without a say in access ends all with one press, and is told who lets back in.
    let mut member = Reader::of(&world, &mia.email).await;
    let shown = member.open("/access").await;
    let all = shown.form("/p/larkfield/access/end-all").unwrap();
    let happened = member.send(&all.set("reason", "A call that I did not expect.")).await;
    says(&happened, "1 letter ended");
    says(&happened, "An owner or admin grants the same again");
    assert!(!happened.text.contains("?again="));
    let over = petra.get(&format!("/v1/grants/{}", new["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(over.at("/end_reason"), "A call that I did not expect.");
    let there = happened.url.query().unwrap().to_owned();
    let rival = world.customer("Rival").await;
    let mut rival = Reader::of(&world, &rival.email).await;
    assert_eq!(rival.open(&format!("/access/ended?{there}")).await.status, 404);
    assert_eq!(rival.open(&path).await.status, 404);
    world.end().await;
}
