//! Parts, refunds and the acceptance at once through two nodes, and what the database refuses.

use super::part;
use crate::released_money_goes_back::scene::Scene;
use crate::support::payments::key;
use crate::support::race::race;
use crate::support::{Actor, Answer};
use attache::postgres::Role;
use serde_json::{Value, json};

fn asked(
    (who, base): (&Actor, Option<String>),
    path: &str,
    body: Value,
) -> impl Future<Output = Answer> + Send + 'static {
    let mut who = who.clone();
    who.base = base.unwrap_or(who.base);
    let path = path.to_owned();
    async move { who.post_once(&path, &key(), body).await }
}

#[tokio::test(flavor = "multi_thread")]
async fn never_more_than_is_held() {
    let scene = Scene::paid(&[125_000, 50_000]).await;
    let Scene { world, customer, expert, finance, parts, .. } = &scene;
    let node = world.another_node().await;
    let other = |at: usize| (at % 2 == 1).then(|| format!("http://{}", node.address));
    expert.delivers(&parts[0], "Done.", None).await.expect(201);
    let path = |deed: &str| format!("/v1/milestones/{}/{deed}", parts[0]);
    let (release, refund, accept) = (path("releases"), path("refunds"), path("accept"));
    let mut back = part(30_000);
    back["released"] = false.into();
    let answers = race((0..36).map(|at| match at % 6 {
        0 | 1 => asked((finance, other(at / 2)), &refund, back.clone()),
        5 if at > 24 => asked((customer, other(at / 2)), &accept, json!({ "version": 1 })),
        _ => asked((customer, other(at / 2)), &release, part(20_000)),
    }))
    .await;
    let known = |answer: &&Answer| !matches!(answer.status, 200 | 201 | 409);
    assert_eq!(answers.iter().find(known).map(Answer::text), None);
    assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 1, "one acceptance");
    world.settle().await;
    let money = scene.money(0).await;
    let of = |name: &str| money[name]["minor"].as_i64().unwrap();
    assert_eq!((money["state"].clone(), of("held")), (json!("accepted"), 0));
    assert_eq!(of("released") + of("sent_back"), 125_000);
    let moved: i64 = money["releases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["amount"]["minor"].as_i64().unwrap())
        .sum();
    assert_eq!(moved, of("released"), "each release is one row");
    let sent: i64 = scene.at_stripe().await.iter().map(|(sent, _)| sent).sum();
    assert_eq!(sent, of("released") * 95 / 100, "both payees' parts, each once");
    node.stop().await.unwrap();

    world.pays(customer, &parts[1]).await;
    scene.balances().await;
    the_database_refuses(&scene).await;
    scene.world.end().await;
}

/// More than is held, parts of what is not, a second acceptance, sums that nobody counted.
async fn the_database_refuses(scene: &Scene) {
    let world = &scene.world;
    let owner = world.database.connect(Role::Owner).await;
    let app = world.database.connect(Role::App).await;
    for role in [&owner, &app] {
        let vendor = format!("SET attache.vendor = '{}'", world.larkfield.vendor);
        role.batch_execute(&vendor).await.unwrap();
    }
    let release = |seq: i32, minor: i64, acceptance: bool| {
        format!(
            "INSERT INTO releases
                 (vendor_id, id, milestone_id, currency, amount_minor, acceptance, reason)
             SELECT vendor_id, gen_random_uuid(), id, currency, {minor}, {acceptance}, 'By hand.'
             FROM milestones WHERE seq = {seq}"
        )
    };
    let astray = "UPDATE transfers SET milestone_id = (SELECT id FROM milestones WHERE seq = 2)";
    for (sql, constraint) in [
        (release(2, 50_001, false), "milestones_released"),
        (release(2, 50_000, true), "releases_of_held"),
        (release(1, 1, false), "releases_of_held"),
        (release(1, 1, true), "releases_one_acceptance"),
        (
            "UPDATE milestones SET state = 'settled', settled_at = app_now() WHERE seq = 2".into(),
            "milestones_released",
        ),
        (
            "UPDATE milestones SET given_back_minor = 1 WHERE seq = 2".into(),
            "milestones_given_back",
        ),
        (astray.to_owned(), "transfers_release_fkey"),
    ] {
        let refused = owner.batch_execute(&format!("BEGIN; {sql}")).await.unwrap_err();
        let found = refused.as_db_error().and_then(|error| error.constraint());
        assert_eq!(found, Some(constraint), "{sql}: {refused}");
        owner.batch_execute("ROLLBACK").await.unwrap();
    }
    for sql in [
        "UPDATE milestones SET released_minor = 0",
        "UPDATE milestones SET price_minor = 1",
        "UPDATE releases SET amount_minor = 1",
        "DELETE FROM releases",
        "UPDATE transfers SET release_id = id",
    ] {
        let refused = app.batch_execute(sql).await.unwrap_err();
        assert_eq!(refused.code().map(|code| code.code()), Some("42501"), "{sql}: {refused}");
    }
}
