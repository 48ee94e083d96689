//! A funded milestone is delivered, returned, delivered again and accepted, by the customer or by
//! silence; files are what their bytes are.

use crate::support::deal::{Part, at_once};
use crate::support::{Actor, World};
use api::kernel::id::{EngagementId, MilestoneId, VendorId};
use chrono::Duration;
use serde_json::json;

async fn milestone_state(actor: &Actor, milestone: &str) -> String {
    actor.get(&format!("/v1/milestones/{milestone}")).await.expect(200).at("/state")
}

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_back_and_forth_as_often_as_agreed() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, parts) = world.active(&customer, &expert, &[10_000, 20_000]).await;
    let [first, second] = [&parts[0], &parts[1]];
    expert.delivers(second, "Too early.", None).await.refused(409, "milestone-state");
    customer.delivers(first, "Not mine.", None).await.refused(403, "not-permitted");
    expert.delivers(first, " ", None).await.refused(422, "invalid");
    customer.accepts(first).await.refused(409, "milestone-state");
    let back = format!("/v1/milestones/{first}/change-requests");
    for version in [1, 2] {
        let note = |text: &str| json!({ "text": text, "version": version });
        expert.delivers(first, "The map.", None).await.expect(201);
        expert.post(&back, note("No.")).await.refused(403, "not-permitted");
        customer.post(&back, note("Malmö called twice.")).await.expect(201);
        let again = customer.post(&back, note("Again.")).await.refused(409, "milestone-state");
        assert!(again.text().contains("is changes requested"), "{}", again.text());
    }
    expert.delivers(first, "The map, again.", None).await.expect(201);
    expert.delivers(first, "And again.", None).await.refused(409, "milestone-state");
    let earlier = json!({ "text": "Still.", "version": 2 });
    customer.post(&back, earlier).await.refused(409, "delivered-anew");
    customer
        .post(&back, json!({ "text": "Still.", "version": 3 }))
        .await
        .refused(409, "no-changes-left");
    let path = format!("/v1/milestones/{first}/accept");
    let third = json!({ "version": 3 });
    customer.post(&path, third.clone()).await.refused(400, "idempotency-key-wanted");
    customer.post_once(&path, "k0", json!({ "version": 2 })).await.refused(409, "delivered-anew");
    expert.accepts(first).await.refused(403, "not-permitted");
    customer.post_once(&path, "k1", third.clone()).await.expect(200);
    customer.post_once(&path, "k1", third.clone()).await.expect(200);
    customer.post_once(&path, "k2", third).await.refused(409, "already-accepted");
    let list = customer.get(&format!("/v1/milestones/{first}/deliverables")).await.expect(200);
    let versions: Vec<_> =
        list.json().as_array().unwrap().iter().map(|d| d["version"].clone()).collect();
    assert_eq!(versions, [json!(3), json!(2), json!(1)]);
    assert_eq!(list.at("/1/changes/text"), "Malmö called twice.");
    let seen = customer.get(&format!("/v1/engagements/{engagement}")).await.expect(200);
    assert_eq!(seen.at("/state"), "active");
    assert_eq!(seen.at("/turns/0/task"), "fund a milestone");
    assert_eq!(seen.at("/money/released/minor"), "10000");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_acceptances_at_once_exactly_one_counts() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, parts) = world.active(&customer, &expert, &[10_000]).await;
    expert.delivers(&parts[0], "Done.", None).await.expect(201);
    let answers = at_once(|| {
        let (customer, milestone) = (customer.clone(), parts[0].clone());
        async move { customer.accepts(&milestone).await }
    });
    let answers = answers.await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 200);
    assert_eq!(won.len(), 1);
    for answer in lost {
        answer.refused(409, "already-accepted");
    }
    let facts =
        "SELECT count(*) FROM events WHERE kind = ANY('{milestone-accepted,engagement-completed}')";
    assert_eq!(world.sql(facts).await[0].get::<_, i64>(0), 2);
    let seen = expert.get(&format!("/v1/engagements/{engagement}")).await.expect(200);
    assert_eq!(seen.at("/state"), "completed");
    world.settle().await;
    let mails = world.mails_to(&expert.email).await;
    let told = |words: &str| mails.iter().any(|m| m["subject"].as_str().unwrap().contains(words));
    assert!(told("Milestone 1 is accepted"), "{mails:?}");
    assert!(told("write your review"), "{mails:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_accepts_after_reminders_and_not_while_work_rests() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, parts) = world.active(&customer, &expert, &[10_000]).await;
    expert.delivers(&parts[0], "Done.", None).await.expect(201);
    let at = |word: &str| format!("/v1/engagements/{engagement}/{word}");
    world.advance(Duration::days(10)).await;
    world.settle().await;
    expert.post(&at("pause"), json!({ "reason": "Holidays." })).await.expect(200);
    customer.accepts(&parts[0]).await.refused(409, "engagement-at-rest");
    world.advance(Duration::days(10)).await;
    world.settle().await;
    assert_eq!(milestone_state(&customer, &parts[0]).await, "submitted");
    customer.post(&at("resume"), json!({})).await.expect(200);
    customer.post(&at("resume"), json!({})).await.refused(409, "engagement-state");
    for days in [8, 4, 1] {
        world.advance(Duration::days(days)).await;
        world.settle().await;
        assert_eq!(milestone_state(&customer, &parts[0]).await, "submitted");
    }
    world.advance(Duration::days(1)).await;
    world.settle().await;
    let seen = customer.get(&format!("/v1/milestones/{}", parts[0])).await.expect(200).json();
    assert_eq!(seen["state"], "accepted");
    assert_eq!(seen["accepted_by"], json!(null));
    let mails = world.mails_to(&customer.email).await;
    let subjects: Vec<&str> = mails.iter().map(|m| m["subject"].as_str().unwrap()).collect();
    let reminders = |days: &str| {
        let words = format!("accepts itself in {days}:");
        subjects.iter().filter(|subject| subject.contains(&words)).count()
    };
    // Seven days before the first end, which the pause took away, and before the second.
    assert_eq!(["7 days", "2 days", "1 day"].map(reminders), [2, 1, 1], "{subjects:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_what_their_bytes_are() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let stranger = world.customer("Casa Verde").await;
    let (engagement, parts) = world.active(&customer, &expert, &[10_000]).await;
    let first = parts[0].as_str();
    let program = Part { name: "map.pdf", bytes: b"MZ\x90\x00 a program" };
    expert.delivers(first, "Map.", Some(program)).await.refused(415, "file-kind");
    let broken = Part { name: "a.png", bytes: b"\x89PNG\r\n\x1a\n...." };
    expert.delivers(first, "Map.", Some(broken)).await.refused(422, "file-broken");
    let empty = Part { name: "a.txt", bytes: b"" };
    expert.delivers(first, "Map.", Some(empty)).await.refused(422, "file-empty");
    let long = vec![b'a'; 25 * 1024 * 1024 + 1];
    let long = Part { name: "a.txt", bytes: &long };
    expert.delivers(first, "Map.", Some(long)).await.refused(413, "file-too-large");
    let longer = vec![b'a'; 27 * 1024 * 1024];
    let longer = Part { name: "a.txt", bytes: &longer };
    expert.delivers(first, "Map.", Some(longer)).await.refused(413, "too-large");
    assert_eq!(milestone_state(&customer, first).await, "funded");
    let page = Part { name: "../../Karte Malmö.html", bytes: b"<script>alert(1)</script>" };
    let made = expert.delivers(first, "Map.", Some(page)).await.expect(201);
    assert_eq!(made.at("/file/name"), "Karte Malmö.html");
    let path = format!("/v1/files/{}", made.at("/file/id"));
    let file = customer.get(&path).await.expect(200);
    assert_eq!(file.bytes, b"<script>alert(1)</script>");
    for (name, value) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox"),
    ] {
        assert_eq!(file.header(name), Some(value), "{name}");
    }
    let disposition = file.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; filename=\"Karte Malm_.html\""), "{disposition}");
    stranger.get(&path).await.refused(404, "not-found");
    world.anyone().get(&path).await.refused(401, "unauthenticated");
    let share = format!("/v1/engagements/{engagement}/files");
    let list = Part { name: "dealers.csv", bytes: b"a,b\n1,2\n" };
    let shared = customer.post_form(&share, &[], Some(list)).await.expect(201);
    assert_eq!(shared.at("/content_type"), "text/csv; charset=utf-8");
    let list = Part { name: "dealers.csv", bytes: b"a,b\n" };
    stranger.post_form(&share, &[], Some(list)).await.refused(404, "not-found");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_and_early_ends_leave_no_money_held() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, parts) = world.active(&customer, &expert, &[10_000, 20_000]).await;
    let end = format!("/v1/engagements/{engagement}/end");
    let reason = json!({ "reason": "Plans changed." });
    customer.post(&end, reason.clone()).await.refused(409, "money-held");
    let app = &world.program.app;
    let milestone = MilestoneId::parse(&parts[0]).unwrap();
    let mut tx = app.db.write(VendorId(world.larkfield.vendor)).await.unwrap();
    let (left, _) =
        api::engagements::refund_milestone(app, &mut tx, milestone, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(left.state, api::engagements::EngagementState::Active);
    customer.post(&end, reason.clone()).await.expect(200);
    customer.post(&end, reason).await.refused(409, "engagement-state");
    let mut tx = app.db.write(VendorId(world.larkfield.vendor)).await.unwrap();
    let second = MilestoneId::parse(&parts[1]).unwrap();
    let now = world.clock.now();
    let late = api::engagements::fund_milestone(app, &mut tx, second, (now, now)).await;
    assert_eq!(late.unwrap_err().code(), Some("engagement-state"));
    let id = EngagementId::parse(&engagement).unwrap();
    let seen = api::engagements::engagement(&mut tx, id).await.unwrap();
    assert_eq!(seen.state, api::engagements::EngagementState::Cancelled);
    drop(tx);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_and_refunded_at_the_same_instant_is_one_of_both() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    for _ in 0..4 {
        let (engagement, parts) = world.active(&customer, &expert, &[10_000]).await;
        expert.delivers(&parts[0], "Done.", None).await.expect(201);
        let (accepted, refunded) =
            tokio::join!(customer.accepts(&parts[0]), refund(&world, &parts[0]));
        assert_ne!(accepted.status == 200, refunded, "{}", accepted.text());
        let state = milestone_state(&customer, &parts[0]).await;
        assert_eq!(state, if refunded { "refunded" } else { "accepted" });
        let seen = customer.get(&format!("/v1/engagements/{engagement}")).await.expect(200);
        assert_eq!(seen.at("/state"), if refunded { "cancelled" } else { "completed" });
    }
    world.end().await;
}

/// Whether the milestone could be refunded.
async fn refund(world: &World, milestone: &str) -> bool {
    let app = &world.program.app;
    let id = MilestoneId::parse(milestone).unwrap();
    let mut tx = app.db.write(VendorId(world.larkfield.vendor)).await.unwrap();
    match api::engagements::refund_milestone(app, &mut tx, id, None).await {
        Ok(_) => tx.commit().await.is_ok(),
        Err(error) => {
            assert_eq!(error.code(), Some("milestone-state"));
            false
        }
    }
}
