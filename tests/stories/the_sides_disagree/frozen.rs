//! While the sides disagree no money of the milestone moves: not by the API, by time, by a race, or
//! by the owner of the tables. A bank that takes the money ends it.

use super::{files, moves, split, state, told, usd};
use crate::released_money_goes_back::scene::Scene;
use crate::support::Answer;
use crate::support::payments::key;
use crate::support::race::race;
use attache::postgres::Role;
use chrono::Duration;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn and_nothing_moves() {
    let scene = Scene::paid(&[125_000, 50_000]).await;
    let Scene { world, customer, expert, finance, parts, .. } = &scene;
    let part = json!({ "amount": usd(25_000), "reason": "The map is done." });
    let release = format!("/v1/milestones/{}/releases", parts[0]);
    customer.post_once(&release, &key(), part.clone()).await.expect(201);
    expert.delivers(&parts[0], "Done.", None).await.expect(201);
    world.settle().await;
    let (id, held) = one_of_two(&scene).await;

    customer.post_once(&release, &key(), part).await.refused(409, "disagreement-open");
    customer.accepts(&parts[0]).await.refused(409, "engagement-at-rest");
    for (who, released) in [(finance, true), (finance, false), (expert, true)] {
        let wish = json!({ "amount": usd(1), "released": released, "reason": "It was less." });
        scene.wants_back(who, wish).await.refused(409, "disagreement-open");
    }
    the_owner_is_refused(&scene).await;
    // A delivery accepts itself after fourteen days, but not now.
    world.advance(Duration::days(20)).await;
    world.settle().await;
    let money = scene.money(0).await;
    assert_eq!((&money["state"], &money["held"]["minor"]), (&json!("submitted"), &json!(held)));
    scene.balances().await;

    // Taken back: the delivery gets the whole time of acceptance again, then accepts itself.
    moves(expert, &id, "withdrawal", json!({})).await.expect(200);
    assert_eq!(state(&scene).await, "active");
    world.settle().await;
    assert!(told(customer).await.contains("The consultant took back the disagreement"));
    let accepts = "SELECT accepts_itself_at > app_now() + interval '13 days' FROM milestones
        WHERE seq = 1";
    assert!(world.sql(accepts).await[0].get::<_, bool>(0));
    world.advance(Duration::days(15)).await;
    world.settle().await;
    assert_eq!(scene.money(0).await["state"], "accepted");
    world.advance(Duration::days(15)).await;
    let late = files(customer, &parts[0], (1, 125_000)).await;
    late.refused(409, "nothing-to-disagree-about");
    a_bank_ends_it(&scene).await;
    scene.balances().await;
    scene.world.end().await;
}

/// Filing against refunds through two nodes: whichever comes first, the other is refused, since the
/// money rests or something else is at stake. Answers what is filed, and what is held then.
async fn one_of_two(scene: &Scene) -> (String, i64) {
    let Scene { world, expert, finance, parts, .. } = scene;
    let node = world.another_node().await;
    let (filing, refund) = (
        format!("/v1/milestones/{}/disagreements", parts[0]),
        format!("/v1/milestones/{}/refunds", parts[0]),
    );
    let file = json!({ "back": usd(0), "released": usd(100_000), "reason": "It is done." });
    let back = json!({ "amount": usd(1), "released": false, "reason": "It was less." });
    let answers = race((0..12).map(|at| {
        let files = at % 3 == 0;
        let mut who = if files { expert.clone() } else { finance.clone() };
        if at % 2 == 1 {
            who.base = format!("http://{}", node.address);
        }
        let path = if files { filing.clone() } else { refund.clone() };
        let body = if files { file.clone() } else { back.clone() };
        async move { who.post_once(&path, &key(), body).await }
    }))
    .await;
    node.stop().await.unwrap();
    assert!(answers.iter().all(|a| matches!(a.status, 201 | 409)));
    let won = |a: &&Answer| a.status == 201;
    let (filed, back): (Vec<_>, Vec<_>) =
        answers.iter().filter(won).partition(|a| a.json()["side"].is_string());
    world.settle().await;
    let held = scene.money(0).await["held"]["minor"].as_i64().unwrap();
    assert_eq!(held, 100_000 - i64::try_from(back.len()).unwrap());
    match (filed.as_slice(), back.is_empty()) {
        ([one], true) => (one.id(), held),
        ([], false) => (files(expert, &parts[0], (0, held)).await.expect(201).id(), held),
        _ => panic!("{} filed and {} sent back", filed.len(), back.len()),
    }
}

/// The owner's own statements, each with the rule that refuses it.
const BY_HAND: &[(&str, &str)] = &[
    (
        "UPDATE milestones SET state = 'accepted', accepted_at = app_now(),
             accepts_itself_at = NULL WHERE seq = 1",
        "money_waits_for_disagreement",
    ),
    (
        "UPDATE milestones SET state = 'refunded', sent_back_minor = price_minor,
             accepts_itself_at = NULL, refunded_at = app_now() WHERE seq = 1",
        "money_waits_for_disagreement",
    ),
    (
        "UPDATE milestones SET given_back_minor = given_back_minor + 1 WHERE seq = 1",
        "money_waits_for_disagreement",
    ),
    (
        "INSERT INTO releases
             (vendor_id, id, milestone_id, currency, amount_minor, acceptance, reason)
         SELECT vendor_id, gen_random_uuid(), id, currency, 1, false, 'By hand.'
         FROM milestones WHERE seq = 1",
        "money_waits_for_disagreement",
    ),
    (
        "INSERT INTO refunds
             (vendor_id, id, milestone_id, payment_id, currency, amount_minor, reason)
         SELECT vendor_id, gen_random_uuid(), milestone_id, id, currency, 1, 'By hand.'
         FROM payments WHERE paid_at IS NOT NULL",
        "money_waits_for_disagreement",
    ),
    (
        "INSERT INTO disagreements (vendor_id, id, milestone_id, engagement_id, side, filed_by,
             reason, answer_by, currency, asked_minor)
         SELECT m.vendor_id, gen_random_uuid(), m.id, m.engagement_id, d.side, d.filed_by,
             'By hand.', app_now() + interval '1 day', m.currency, 0
         FROM milestones m, disagreements d WHERE m.seq = 2",
        "disagreements_of_money",
    ),
    (
        "INSERT INTO disagreements (vendor_id, id, milestone_id, engagement_id, side, filed_by,
             reason, answer_by, currency, asked_minor)
         SELECT m.vendor_id, gen_random_uuid(), m.id, m.engagement_id, d.side, d.filed_by,
             'By hand.', app_now() + interval '1 day', m.currency, 0
         FROM milestones m, disagreements d WHERE m.seq = 1",
        "disagreements_one",
    ),
    (
        "UPDATE disagreements SET state = 'decided', back_minor = 0, released_minor = 1,
             outcome = 'So.', ended_by = filed_by, ended_at = app_now()",
        "disagreements_decided",
    ),
    (
        "UPDATE disagreements SET state = 'agreed', ended_by = filed_by, ended_at = app_now()",
        "disagreements_split",
    ),
    (
        "UPDATE disagreements SET state = 'withdrawn', ended_by = filed_by, ended_at = app_now();
         UPDATE disagreements SET state = 'open', ended_by = NULL, ended_at = NULL",
        "disagreements_stay_ended",
    ),
];

async fn the_owner_is_refused(scene: &Scene) {
    let owner = scene.world.database.connect(Role::Owner).await;
    let vendor = format!("SET attache.vendor = '{}'", scene.world.larkfield.vendor);
    owner.batch_execute(&vendor).await.unwrap();
    for (sql, constraint) in BY_HAND {
        let refused = owner.batch_execute(&format!("BEGIN; {sql}")).await.unwrap_err();
        let found = refused.as_db_error().and_then(|error| error.constraint());
        assert_eq!(found, Some(*constraint), "{sql}: {refused}");
        owner.batch_execute("ROLLBACK").await.unwrap();
    }
}

/// The payer's bank takes the money while the sides disagree: nothing is carried out meanwhile, and
/// when it keeps the money there is nothing left to split.
async fn a_bank_ends_it(scene: &Scene) {
    let Scene { world, customer, expert, finance, parts, .. } = scene;
    world.pays(customer, &parts[1]).await;
    world.days_pass().await;
    let id = files(customer, &parts[1], (50_000, 50_000)).await.expect(201).id();
    let some = moves(expert, &id, "proposals", split(10_000, 40_000)).await.expect(201).id();
    let charge = format!("SELECT charge FROM payments WHERE milestone_id = '{}'", parts[1]);
    let charge: String = world.sql(&charge).await[0].get(0);
    let body = json!({ "charge": charge, "cause": "product_not_received" });
    world.till("disputes", Some(body)).await;
    world.days_pass().await;
    moves(customer, &id, "accept", json!({ "proposal": some }))
        .await
        .refused(409, "release-locked-by-dispute");
    let dispute = finance.get("/v1/disputes").await.expect(200).at("/items/0/stripe");
    let body = json!({ "dispute": dispute, "outcome": "lost" });
    world.till("disputes/close", Some(body)).await;
    world.days_pass().await;
    let seen = customer.get(&format!("/v1/disagreements/{id}")).await.expect(200);
    assert_eq!(seen.at("/disagreement/state"), "closed");
    assert_eq!(scene.money(1).await["state"], "refunded");
    assert_eq!(state(scene).await, "completed");
}
