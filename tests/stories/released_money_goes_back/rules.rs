//! What the database refuses, whoever asks.

use super::scene::Scene;
use attache::postgres::Role;

#[tokio::test(flavor = "multi_thread")]
async fn rules_stand_behind_it() {
    let scene = Scene::released(&[125_000, 50_000]).await;
    let world = &scene.world;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    world.settle().await;
    let owner = world.database.connect(Role::Owner).await;
    let vendor = format!("SET attache.vendor = '{}'", world.larkfield.vendor);
    owner.batch_execute(&vendor).await.unwrap();
    let reversal = |recovery: &str, minor: i64| {
        format!(
            "INSERT INTO reversals (vendor_id, id, recovery_id, transfer_id, currency, amount_minor)
             SELECT r.vendor_id, gen_random_uuid(), r.id, t.id, r.currency, {minor}
             FROM recoveries r, transfers t
             WHERE t.milestone_id = r.milestone_id AND {recovery}"
        )
    };
    let own = "t.party = r.party AND r.party = 'consultant'";
    let of_another = "t.party = 'vendor' AND r.party = 'consultant'";
    let again = "UPDATE recoveries SET reversed_minor = 0, netted_minor = 0";
    let netting = "INSERT INTO nettings
            (vendor_id, id, recovery_id, transfer_id, currency, amount_minor)
         SELECT r.vendor_id, gen_random_uuid(), r.id, t.id, r.currency, 1
         FROM recoveries r JOIN transfers t ON t.party = r.party LIMIT 1";
    let more = "INSERT INTO refunds
            (vendor_id, id, milestone_id, payment_id, currency, amount_minor, reason, released)
         SELECT vendor_id, gen_random_uuid(), milestone_id, id, currency, 100001, 'By hand.', true
         FROM payments WHERE paid_at IS NOT NULL";
    for (sql, constraint) in [
        (reversal(own, 1), "recoveries_within"),
        (format!("{again}; {}", reversal(of_another, 1)), "reversals_of_share"),
        (
            format!(
                "ALTER TABLE recoveries DROP CONSTRAINT recoveries_within; {}",
                reversal(own, 80_001)
            ),
            "transfers_reversed",
        ),
        (format!("{again}; {netting}"), "nettings_of_unsent"),
        (more.to_owned(), "refunds_within_payment"),
        (
            "UPDATE milestones SET given_back_minor = 125001 WHERE seq = 1".to_owned(),
            "milestones_given_back",
        ),
        (
            "UPDATE milestones SET given_back_minor = 1 WHERE seq = 2".to_owned(),
            "milestones_given_back",
        ),
    ] {
        let refused = owner.batch_execute(&format!("BEGIN; {sql}")).await.unwrap_err();
        let found = refused.as_db_error().and_then(|error| error.constraint());
        assert_eq!(found, Some(constraint), "{sql}: {refused}");
        owner.batch_execute("ROLLBACK").await.unwrap();
    }
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_the_program_writes_no_sums() {
    let scene = Scene::released(&[125_000]).await;
    let world = &scene.world;
    let app = world.database.connect(Role::App).await;
    let vendor = format!("SET attache.vendor = '{}'", world.larkfield.vendor);
    app.batch_execute(&vendor).await.unwrap();
    for sql in [
        "UPDATE recoveries SET netted_minor = 1",
        "UPDATE recoveries SET amount_minor = 1",
        "UPDATE transfers SET reversed_minor = 0",
        "UPDATE reversals SET amount_minor = 1",
        "UPDATE nettings SET amount_minor = 1",
        "DELETE FROM recoveries",
        "DELETE FROM nettings",
        "DELETE FROM reversals",
    ] {
        let refused = app.batch_execute(sql).await.unwrap_err();
        assert_eq!(refused.code().map(|code| code.code()), Some("42501"), "{sql}: {refused}");
    }
    scene.world.end().await;
}
