//! Who reads an engagement: its two sides, named guests, and nobody else.

use crate::support::deal::Part;
use crate::support::{Actor, World};
use serde_json::{Value, json};

/// Every address of one engagement that shows something.
async fn addresses(expert: &Actor, engagement: &str, milestone: &str) -> Vec<String> {
    let file = Part { name: "map.txt", bytes: b"a map" };
    let made = expert.delivers(milestone, "The map.", Some(file)).await.expect(201);
    let at = |word: &str| format!("/v1/engagements/{engagement}/{word}");
    vec![
        at("timeline"),
        at("timeline-counts"),
        at("messages"),
        format!("/v1/milestones/{milestone}/deliverables"),
        format!("/v1/files/{}", made.at("/file/id")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_two_sides_and_named_guests_read_it() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let member = world.colleague(&customer, "customer", "member", "Fjordhaus member").await;
    let expert = world.consultant("Brandt").await;
    let strangers = [world.customer("Casa Verde").await, world.consultant("Kofler").await];
    let support = world.vendor("support").await;
    let (engagement, parts) = world.active(&customer, &expert, &[10_000]).await;
    let paths = addresses(&expert, &engagement, &parts[0]).await;
    let heads = [
        format!("/v1/engagements/{engagement}"),
        format!("/v1/engagements/{engagement}/statement-of-work"),
        format!("/v1/engagements/{engagement}/guests"),
        format!("/v1/milestones/{}", parts[0]),
    ];
    for path in paths.iter().chain(&heads) {
        world.anyone().get(path).await.refused(401, "unauthenticated");
        for stranger in &strangers {
            stranger.get(path).await.refused(404, "not-found");
        }
        for reader in [&customer, &member, &expert] {
            reader.get(path).await.expect(200);
        }
    }
    for path in &heads {
        support.get(path).await.expect(200);
    }
    for path in &paths {
        support.get(path).await.refused(403, "guests-only");
    }
    let hello = json!({ "text": "Hello" });
    let messages = format!("/v1/engagements/{engagement}/messages");
    strangers[0].post(&messages, hello.clone()).await.refused(404, "not-found");
    support.post(&messages, hello.clone()).await.refused(403, "guests-only");
    member.post(&messages, hello).await.expect(201);
    let list = strangers[0].get("/v1/engagements").await.expect(200).json();
    assert_eq!(list["items"], json!([]));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_works_along_until_the_seat_or_the_engagement_ends() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let member = world.colleague(&customer, "customer", "member", "Fjordhaus member").await;
    let expert = world.consultant("Brandt").await;
    let stranger = world.customer("Casa Verde").await;
    let support = world.vendor("support").await;
    let manager = world.vendor("program_manager").await;
    let (engagement, parts) = world.active(&customer, &expert, &[10_000]).await;
    let guests = format!("/v1/engagements/{engagement}/guests");
    let choice = customer.get(&format!("/v1/engagements/{engagement}/invitable-guests")).await;
    assert_eq!(choice.expect(200).json().as_array().unwrap().len(), 2);
    let invite = |who: &Actor| json!({ "person": who.person, "reason": "Deliverability" });
    member.post(&guests, invite(&support)).await.refused(403, "not-permitted");
    stranger.post(&guests, invite(&support)).await.refused(404, "not-found");
    support.post(&guests, invite(&support)).await.refused(403, "not-permitted");
    expert.post(&guests, invite(&stranger)).await.refused(422, "invalid");
    expert.post(&guests, invite(&support)).await.expect(201);
    customer.post(&guests, invite(&support)).await.refused(409, "already-guest");
    let paths = addresses(&expert, &engagement, &parts[0]).await;
    for path in &paths {
        support.get(path).await.expect(200);
        manager.get(path).await.refused(403, "guests-only");
    }
    let messages = format!("/v1/engagements/{engagement}/messages");
    support.post(&messages, json!({ "text": "Check the DKIM key." })).await.expect(201);
    support.delivers(&parts[0], "Mine.", None).await.refused(403, "not-permitted");
    let seat = format!("{guests}/{}", support.person);
    customer.delete(&seat).await.expect(204);
    customer.delete(&seat).await.refused(404, "not-found");
    support.get(&messages).await.refused(403, "guests-only");
    customer.post(&guests, invite(&support)).await.expect(201);
    support.get(&messages).await.expect(200);
    customer.accepts(&parts[0]).await.expect(200);
    support.get(&messages).await.refused(403, "guests-only");
    customer.post(&guests, invite(&support)).await.refused(409, "engagement-over");
    world.settle().await;
    let mails = world.mails_to(&support.email).await;
    let told = |m: &Value| m["subject"].as_str().unwrap().contains("invited to work along");
    assert_eq!(mails.iter().filter(|m| told(m)).count(), 2, "{mails:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timeline_holds_everything_in_order_a_page_at_a_time() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&customer, &expert, &[10_000]).await;
    let messages = format!("/v1/engagements/{engagement}/messages");
    for number in 0..5 {
        let text = json!({ "text": format!("<b>Message</b> {number}") });
        customer.post(&messages, text).await.expect(201);
    }
    customer.post(&messages, json!({ "text": "x".repeat(8001) })).await.refused(422, "invalid");
    let timeline = format!("/v1/engagements/{engagement}/timeline");
    let (mut cursor, mut kinds) = (String::new(), Vec::new());
    loop {
        let page = expert.get(&format!("{timeline}?limit=3{cursor}")).await.expect(200).json();
        for item in page["items"].as_array().unwrap() {
            kinds.push(item["kind"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected = [
        "message",
        "message",
        "message",
        "message",
        "message",
        "milestone-funded",
        "signed",
        "statement-accepted",
        "statement-accepted",
        "proposal-accepted",
    ];
    assert_eq!(kinds, expected);
    let money = expert.get(&format!("{timeline}?topic=money")).await.expect(200).json();
    assert_eq!(money["items"].as_array().unwrap().len(), 1);
    assert_eq!(money["items"][0]["text"], "Milestone 1, Part 1, is funded: $100.00 held.");
    let page = expert.get(&format!("{timeline}?limit=3")).await.expect(200).json();
    let foreign = format!("{messages}?cursor={}", page["next"].as_str().unwrap());
    expert.get(&foreign).await.refused(422, "bad-cursor");
    expert.get(&format!("{timeline}?limit=0")).await.refused(422, "invalid");
    expert.get(&format!("{timeline}?topic=gossip")).await.refused(400, "bad-parameter");
    expert.get(&format!("{timeline}?page=2")).await.refused(400, "bad-query");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_messages_without_an_answer_is_told_once() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&customer, &expert, &[10_000]).await;
    let messages = format!("/v1/engagements/{engagement}/messages");
    for text in ["Hello?", "Is anybody there?"] {
        customer.post(&messages, json!({ "text": text })).await.expect(201);
    }
    world.advance(chrono::Duration::hours(3)).await;
    world.settle().await;
    assert_eq!(waits(&world, &expert).await, 0);
    world.advance(chrono::Duration::hours(2)).await;
    world.settle().await;
    assert_eq!(waits(&world, &expert).await, 1);
    customer.post(&messages, json!({ "text": "A question." })).await.expect(201);
    expert.post(&messages, json!({ "text": "Yes, I am here." })).await.expect(201);
    customer.post(&messages, json!({ "text": "Thank you." })).await.expect(201);
    expert.post(&messages, json!({ "text": "Gladly." })).await.expect(201);
    world.advance(chrono::Duration::hours(5)).await;
    world.settle().await;
    assert_eq!(waits(&world, &expert).await, 1);
    world.end().await;
}

/// How often somebody was told that a message waits for their answer.
async fn waits(world: &World, actor: &Actor) -> usize {
    let mails = world.mails_to(&actor.email).await;
    let told = |m: &&Value| m["subject"].as_str().unwrap().contains("waits for your answer");
    mails.iter().filter(told).count()
}
