//! The two sides disagree about a milestone: its money rests until they agree, one takes it back or
//! the program decides; the split is carried out at once, and once.

mod frozen;
mod letters;
mod pages;

use crate::released_money_goes_back::scene::Scene;
use crate::support::payments::key;
use crate::support::race::race;
use crate::support::{Actor, Answer};
use serde_json::{Value, json};

fn usd(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "USD" })
}

/// Files about a milestone and asks for so much back of what is at stake.
async fn files(who: &Actor, milestone: &str, (back, stake): (i64, i64)) -> Answer {
    let (back, released) = (usd(back), usd(stake - back));
    let body = json!({ "back": back, "released": released, "reason": "Half of it is missing." });
    who.post(&format!("/v1/milestones/{milestone}/disagreements"), body).await
}

async fn moves(who: &Actor, id: &str, deed: &str, body: Value) -> Answer {
    who.post_once(&format!("/v1/disagreements/{id}/{deed}"), &key(), body).await
}

fn split(back: i64, released: i64) -> Value {
    json!({ "back": usd(back), "released": usd(released), "note": "That is fair." })
}

async fn state(scene: &Scene) -> String {
    let path = format!("/v1/engagements/{}", scene.engagement);
    scene.customer.get(&path).await.expect(200).at("/state")
}

async fn told(who: &Actor) -> String {
    who.get("/v1/notices?limit=100").await.expect(200).text()
}

#[tokio::test(flavor = "multi_thread")]
async fn and_agree_on_a_split() {
    let scene = Scene::paid(&[125_000, 50_000]).await;
    let Scene { world, customer, expert, parts, .. } = &scene;
    let part = json!({ "amount": usd(25_000), "reason": "The map is done." });
    let release = format!("/v1/milestones/{}/releases", parts[0]);
    customer.post_once(&release, &key(), part).await.expect(201);
    expert.delivers(&parts[0], "Done.", None).await.expect(201);
    let of = &parts[0];
    files(customer, of, (10_000, 125_000)).await.refused(409, "not-at-stake");
    files(customer, of, (-1, 100_000)).await.refused(422, "invalid");
    files(customer, &parts[1], (0, 50_000)).await.refused(409, "nothing-to-disagree-about");
    let filed = files(customer, of, (100_000, 100_000)).await.expect(201);
    let id = filed.id();
    assert_eq!((filed.at("/side"), filed.at("/asked/minor")), ("customer".into(), "100000".into()));
    files(expert, of, (0, 100_000)).await.refused(409, "disagreement-open");
    assert_eq!(state(&scene).await, "disputed");
    others_see_nothing(&scene, &id).await;

    moves(customer, &id, "answer", json!({ "text": "I agree." })).await.refused(409, "other-side");
    let answer = json!({ "text": "It is all there." });
    moves(expert, &id, "answer", answer.clone()).await.expect(200);
    moves(expert, &id, "answer", answer).await.refused(409, "already-answered");
    moves(expert, &id, "proposals", split(1, 100_000)).await.refused(409, "not-at-stake");
    let first = moves(expert, &id, "proposals", split(20_000, 80_000)).await.expect(201).id();
    let second = moves(expert, &id, "proposals", split(40_000, 60_000)).await.expect(201).id();
    let yes = |of: &str| json!({ "proposal": of });
    moves(customer, &id, "accept", yes(&first)).await.refused(409, "proposal-gone");
    moves(expert, &id, "accept", yes(&second)).await.refused(409, "other-side");
    moves(expert, &id, "withdrawal", json!({})).await.refused(409, "other-side");
    let seen = expert.get(&format!("/v1/disagreements/{id}")).await.expect(200).json();
    assert_eq!((&seen["at_stake"]["minor"], &seen["decidable"]), (&json!(100_000), &json!(false)));
    let states: Vec<_> = seen["proposals"].as_array().unwrap().iter().collect();
    let states: Vec<_> = states.iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["open", "replaced", "open"], "what was asked for, then the other side's");

    let id = accepted_or_withdrawn(&scene, &id, &second).await;
    let ended = customer.get(&format!("/v1/disagreements/{id}")).await.expect(200);
    assert_eq!(ended.at("/disagreement/state"), "agreed");
    assert_eq!(ended.at("/disagreement/released/minor"), "60000");
    let money = scene.money(0).await;
    let of_money = |name: &str| money[name]["minor"].as_i64().unwrap();
    assert_eq!(money["state"], "settled");
    let sums = (of_money("held"), of_money("released"), of_money("sent_back"));
    assert_eq!(sums, (0, 85_000, 40_000));
    assert_eq!(scene.split(0, "amount").await, [68_000, 12_750, 4_250]);
    let refunds = world.till("books", None).await["refunds"].clone();
    let refunds = refunds.as_array().unwrap().iter().map(|one| one["amount"].as_i64().unwrap());
    assert_eq!(refunds.sum::<i64>(), 40_000, "once");
    assert_eq!(state(&scene).await, "active", "the second milestone goes on");
    files(customer, of, (0, 85_000)).await.refused(409, "split-already");
    let timeline = format!("/v1/engagements/{}/timeline", scene.engagement);
    let timeline = customer.get(&timeline).await.expect(200).text();
    for line in ["The customer disagrees about", "proposed a split of", "Both sides agreed about"] {
        assert!(timeline.contains(line), "{line}: {timeline}");
    }
    scene.balances().await;
    scene.world.end().await;
}

/// Other customers, other programs' people and the roles that act for nobody.
async fn others_see_nothing(scene: &Scene, id: &str) {
    let Scene { world, customer, expert, finance, parts, .. } = scene;
    let other = world.customer("Moorhald").await;
    let member = world.colleague(customer, "customer", "member", "Mia").await;
    let staff = world.colleague(expert, "partner", "consultant", "Staff Brandt").await;
    let support = world.vendor("support").await;
    let path = format!("/v1/disagreements/{id}");
    files(&other, &parts[0], (0, 100_000)).await.refused(404, "not-found");
    other.get(&path).await.refused(404, "not-found");
    for (deed, body) in [
        ("answer", json!({ "text": "No." })),
        ("proposals", split(0, 100_000)),
        ("mediation", json!({})),
        ("withdrawal", json!({})),
    ] {
        moves(&other, id, deed, body).await.refused(404, "not-found");
    }
    assert_eq!(other.get("/v1/disagreements").await.expect(200).json()["items"], json!([]));
    for who in [&member, &staff, &support] {
        who.get(&path).await.refused(403, "not-permitted");
        who.get("/v1/disagreements").await.refused(403, "not-permitted");
    }
    for who in [&member, &staff, &support, finance] {
        moves(who, id, "mediation", json!({})).await.refused(403, "not-permitted");
        let decision = json!({ "back": usd(0), "released": usd(100_000), "reason": "So." });
        moves(who, id, "decision", decision).await.refused(403, "not-permitted");
    }
    assert_eq!(finance.get(&path).await.expect(200).at("/disagreement/state"), "open");
    let own = customer.get("/v1/disagreements").await.expect(200);
    assert_eq!(own.at("/items/0/id"), id);
}

/// A yes against taking it back: one of the two, through two nodes. Files it anew and agrees if it
/// was taken back; answers the one that was agreed.
async fn accepted_or_withdrawn(scene: &Scene, id: &str, proposal: &str) -> String {
    let Scene { world, customer, expert, parts, .. } = scene;
    let node = world.another_node().await;
    let answers = race((0..16).map(|at| {
        let mut who = customer.clone();
        if at % 2 == 1 {
            who.base = format!("http://{}", node.address);
        }
        let (deed, body) = match at % 4 {
            0 | 1 => ("accept", json!({ "proposal": proposal })),
            _ => ("withdrawal", json!({})),
        };
        let path = format!("/v1/disagreements/{id}/{deed}");
        async move { who.post_once(&path, &key(), body).await }
    }))
    .await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    let lost = answers.iter().filter(|answer| answer.status == 409).count();
    assert_eq!((won, lost), (1, 15), "{:?}", answers.iter().map(Answer::text).collect::<Vec<_>>());
    node.stop().await.unwrap();
    world.settle().await;
    assert_eq!(state(scene).await, "active");
    let seen = customer.get(&format!("/v1/disagreements/{id}")).await.expect(200);
    if seen.at("/disagreement/state") == "agreed" {
        return id.to_owned();
    }
    assert_eq!(seen.at("/disagreement/state"), "withdrawn");
    let id = files(customer, &parts[0], (100_000, 100_000)).await.expect(201).id();
    let split = moves(expert, &id, "proposals", split(40_000, 60_000)).await.expect(201).id();
    moves(customer, &id, "accept", json!({ "proposal": split })).await.expect(200);
    world.settle().await;
    id
}
