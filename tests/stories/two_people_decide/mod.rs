//! Above a limit money waits for a second person of the program: whoever asks never says yes, what
//! was frozen is carried out once, and what does not fit any more is not.

mod awards;
mod database;
mod limits;
mod pages;

use crate::released_money_goes_back::scene::Scene;
use crate::support::neighbours::{foreigner, other_program};
use crate::support::payments::key;
use crate::support::race::race;
use crate::support::{Actor, Answer};
use chrono::Duration;
use serde_json::{Value, json};

fn usd(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "USD" })
}

/// A scene with an owner beside finance, and up to 500 dollars for one person.
async fn limited(prices: &[i64]) -> (Scene, Actor, Actor) {
    let scene = Scene::paid(prices).await;
    let owner = scene.world.vendor("owner").await;
    let manager = scene.world.vendor("program_manager").await;
    limit(&scene.finance, Some(50_000)).await.expect(200);
    (scene, owner, manager)
}

async fn limit(who: &Actor, minor: Option<i64>) -> Answer {
    let mut body = json!({ "currency": "USD", "reason": "As the board decided." });
    if let Some(minor) = minor {
        body["minor"] = json!(minor);
    }
    who.post("/v1/money-limits", body).await
}

async fn wants(scene: &Scene, who: &Actor, minor: i64) -> Answer {
    let wish = json!({ "amount": usd(minor), "reason": "The scope was cut." });
    scene.wants_back(who, wish).await
}

/// Says yes or no to what was read.
async fn says(who: &Actor, asked: &Answer, deed: &str) -> Answer {
    let body = json!({ "hash": asked.at("/hash"), "reason": "The contract says so." });
    who.post_once(&format!("/v1/money-approvals/{}/{deed}", asked.id()), &key(), body).await
}

async fn state(who: &Actor, asked: &Answer) -> String {
    let path = format!("/v1/money-approvals/{}", asked.id());
    who.get(&path).await.expect(200).at("/state")
}

async fn mails(scene: &Scene, who: &Actor, words: &str) -> usize {
    let mails = scene.world.mails_to(&who.email).await;
    mails.iter().filter(|mail| mail["subject"].as_str().unwrap().contains(words)).count()
}

async fn held(scene: &Scene) -> i64 {
    scene.money(0).await["held"]["minor"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn and_a_refund_is_carried_out_once() {
    let (scene, owner, manager) = limited(&[200_000]).await;
    let Scene { world, customer, expert, finance, .. } = &scene;
    wants(&scene, finance, 50_000).await.expect(201);
    world.advance(Duration::hours(25)).await;
    let short = json!({ "amount": usd(50_001), "reason": "Cut." });
    scene.wants_back(finance, short).await.refused(422, "invalid");
    let asked = wants(&scene, finance, 50_001).await.expect(202);
    assert_eq!((asked.at("/state"), asked.at("/kind")), ("waiting".into(), "refund".into()));
    let location = asked.header("location").unwrap().to_owned();
    assert_eq!(location, format!("/v1/money-approvals/{}", asked.id()));
    world.settle().await;
    assert_eq!(held(&scene).await, 150_000, "nothing moved");
    assert_eq!(mails(&scene, &owner, "asks for a second person").await, 1);
    wants(&scene, finance, 60_000).await.refused(409, "approval-waits");

    says(finance, &asked, "approve").await.refused(403, "own-approval");
    says(finance, &asked, "decline").await.refused(403, "own-approval");
    says(&manager, &asked, "approve").await.refused(403, "not-permitted");
    others_see_nothing(&scene, &asked).await;
    let other = json!({ "hash": "00", "reason": "The contract says so." });
    let approve = format!("{location}/approve");
    owner.post_once(&approve, &key(), other).await.refused(409, "other-terms");
    let silent = json!({ "hash": asked.at("/hash"), "reason": "ok" });
    owner.post_once(&approve, &key(), silent).await.refused(422, "invalid");
    let body = json!({ "hash": asked.at("/hash"), "reason": "The contract says so." });
    let press = || {
        let (owner, body, approve) = (owner.clone(), body.clone(), approve.clone());
        async move { owner.post_once(&approve, &key(), body).await }
    };
    let answers = race([press(), press(), press()]).await;
    assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 1, "{answers:?}");
    world.settle().await;
    let refunds = world.till("books", None).await["refunds"].clone();
    let refunds = refunds.as_array().unwrap().iter().map(|one| one["amount"].as_i64().unwrap());
    assert_eq!(refunds.collect::<Vec<_>>(), [50_000, 50_001], "each once");
    assert_eq!((held(&scene).await, state(&owner, &asked).await.as_str()), (99_999, "approved"));
    let by = "SELECT asked_by::text FROM refunds WHERE approval_id IS NOT NULL";
    let by: String = world.sql(by).await[0].get(0);
    assert_eq!(by, finance.person, "who asked is who asked");
    assert_eq!(mails(&scene, finance, "A second person said yes").await, 1);
    says(&owner, &asked, "decline").await.refused(409, "approval-ended");
    for who in [customer, expert] {
        who.get("/v1/money-approvals").await.refused(403, "not-permitted");
    }
    let events = "SELECT count(*) FROM events WHERE kind = 'money-approval-moved'";
    assert_eq!(world.sql(events).await[0].get::<_, i64>(0), 2, "asked and approved");
    scene.balances().await;
    scene.world.end().await;
}

/// People of another program, and of the two sides.
async fn others_see_nothing(scene: &Scene, asked: &Answer) {
    let Scene { world, customer, .. } = scene;
    let program = other_program(world, "far").await;
    let far = foreigner(world, &program, "vendor", "finance").await;
    let path = format!("/v1/money-approvals/{}", asked.id());
    far.get(&path).await.refused(404, "not-found");
    says(&far, asked, "approve").await.refused(404, "not-found");
    says(&far, asked, "withdraw").await.refused(404, "not-found");
    assert_eq!(far.get("/v1/money-approvals").await.expect(200).json()["items"], json!([]));
    assert_eq!(far.get("/v1/money-limits").await.expect(200).json()["items"], json!([]));
    customer.get(&path).await.refused(403, "not-permitted");
    says(customer, asked, "approve").await.refused(403, "not-permitted");
    let support = world.vendor("support").await;
    support.get(&path).await.refused(403, "not-permitted");
}

#[tokio::test(flavor = "multi_thread")]
async fn and_parts_within_a_day_are_the_sum() {
    let (scene, owner, _) = limited(&[200_000]).await;
    let Scene { world, finance, .. } = &scene;
    wants(&scene, finance, 30_000).await.expect(201);
    // Whoever asks for the next part: it is out of the same milestone.
    wants(&scene, &owner, 20_000).await.expect(201);
    let asked = wants(&scene, &owner, 1).await.expect(202);
    says(&owner, &asked, "approve").await.refused(403, "own-approval");
    says(finance, &asked, "approve").await.expect(200);
    wants(&scene, finance, 1).await.expect(202);
    world.advance(Duration::hours(25)).await;
    world.settle().await;
    assert_eq!(held(&scene).await, 149_999);
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_it_is_declined_withdrawn_or_lapses() {
    let (scene, owner, _) = limited(&[200_000]).await;
    let Scene { world, finance, .. } = &scene;
    let first = wants(&scene, finance, 100_000).await.expect(202);
    says(&owner, &first, "withdraw").await.refused(403, "not-author");
    says(&owner, &first, "decline").await.expect(200);
    let second = wants(&scene, finance, 100_000).await.expect(202);
    let path = format!("/v1/money-approvals/{}/withdraw", second.id());
    finance.post(&path, json!({})).await.expect(200);
    finance.post(&path, json!({})).await.refused(409, "approval-ended");
    let third = wants(&scene, finance, 100_000).await.expect(202);
    world.advance(Duration::days(7) + Duration::minutes(1)).await;
    says(&owner, &third, "approve").await.refused(409, "approval-ended");
    world.settle().await;
    let mut states = Vec::new();
    for asked in [&first, &second, &third] {
        states.push(state(&owner, asked).await);
    }
    assert_eq!(states, ["declined", "withdrawn", "lapsed"]);
    assert_eq!(mails(&scene, finance, "Nobody answered in time").await, 1);
    assert_eq!(held(&scene).await, 200_000, "nothing moved");
    wants(&scene, finance, 100_000).await.expect(202);
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_money_that_moved_overtakes_it() {
    let (scene, owner, _) = limited(&[200_000]).await;
    let Scene { world, customer, finance, parts, .. } = &scene;
    let asked = wants(&scene, finance, 160_000).await.expect(202);
    let part = json!({ "amount": usd(50_000), "reason": "The map is done." });
    let release = format!("/v1/milestones/{}/releases", parts[0]);
    customer.post_once(&release, &key(), part).await.expect(201);
    let refused = says(&owner, &asked, "approve").await.refused(409, "approval-overtaken");
    assert!(refused.at("/detail").contains("Only $1,500.00"), "{}", refused.text());
    assert_eq!(state(&owner, &asked).await, "overtaken");
    world.settle().await;
    assert_eq!(
        (held(&scene).await, world.till("books", None).await["refunds"].clone()),
        (150_000, json!([]))
    );
    assert_eq!(mails(&scene, finance, "It does not fit any more").await, 1);
    // Of released money the consultant gives back without the program's limit, the program with it.
    scene.accepts(0).await;
    let given = wants(&scene, finance, 60_000).await.expect(202);
    assert_eq!(given.at("/kind"), "give_back");
    wants(&scene, &scene.expert, 70_000).await.expect(201);
    says(&owner, &given, "approve").await.expect(200);
    world.settle().await;
    let given: i64 = scene.split(0, "given_back").await.iter().sum();
    assert!(given > 0 && given <= 130_000, "by the payees: {given}");
    scene.balances().await;
    scene.world.end().await;
}
