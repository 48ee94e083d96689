//! The database refuses the same, to the program's own role.

use super::{limited, says, wants};
use crate::released_money_goes_back::scene::Scene;
use crate::support::Actor;
use attache::postgres::Role;
use tokio_postgres::Client;

/// Which rule refuses it; nothing of it stays.
async fn rule(app: &Client, scene: &Scene, sql: &str) -> Option<String> {
    let vendor = scene.world.larkfield.vendor;
    let begin = format!("BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);");
    let done = app.batch_execute(&format!("{begin} {sql}")).await;
    app.batch_execute("ROLLBACK").await.unwrap();
    let error = done.err()?;
    let facts = error.as_db_error().unwrap_or_else(|| panic!("{sql}: {error}"));
    Some(facts.constraint().unwrap_or(facts.message()).to_owned())
}

fn refund(by: &str, minor: i64, beside: (&str, &str)) -> String {
    let (columns, values) = beside;
    format!(
        "INSERT INTO refunds (vendor_id, id, milestone_id, payment_id, currency, amount_minor,
             reason, asked_by{columns})
         SELECT vendor_id, gen_random_uuid(), milestone_id, id, currency, {minor}, 'By hand.',
             {by}{values}
         FROM payments"
    )
}

fn closes(of: &str, state: &str, by: &str, words: &str) -> String {
    format!(
        "UPDATE money_approvals SET state = '{state}', closed_by = {by}, words = {words}
         WHERE id = '{of}'"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn and_the_database_wants_two() {
    let (scene, owner, manager) = limited(&[200_000]).await;
    let Scene { world, customer, expert, finance, .. } = &scene;
    let app = world.database.connect(Role::App).await;
    let id = |who: &Actor| format!("'{}'", who.person);
    let asked = wants(&scene, finance, 60_000).await.expect(202).id();
    let words = "'The contract says so.'";
    let yes = closes(&asked, "approved", &id(&owner), words);
    let with = (", approval_id", format!(", '{asked}'"));
    let wanted = Some("money_wants_two");
    let of = |by: &Actor, minor: i64| refund(&id(by), minor, ("", ""));
    let by_yes = |by: &Actor, minor: i64| refund(&id(by), minor, (with.0, &with.1));
    let cases = [
        (of(finance, 50_000), None),
        (of(finance, 50_001), wanted),
        (format!("{}; {}", of(finance, 30_000), of(&owner, 20_001)), wanted),
        (refund("NULL", 1, ("", "")), wanted),
        (of(customer, 1), wanted),
        (of(expert, 1), wanted),
        (refund(&id(finance), 1, (", disagreement_id", ", gen_random_uuid()")), wanted),
        (by_yes(finance, 60_000), wanted),
        (format!("{yes}; {}", by_yes(finance, 60_000)), None),
        (format!("{yes}; {}", by_yes(finance, 60_001)), wanted),
        (format!("{yes}; {}", by_yes(&owner, 60_000)), wanted),
        (format!("{yes}; {0}; {0}", by_yes(finance, 60_000)), Some("refunds_approval_key")),
        (closes(&asked, "approved", &id(finance), words), Some("money_approvals_two_persons")),
        (
            closes(&asked, "approved", &id(&manager), words),
            Some("money_approvals_answered_by_role"),
        ),
        (
            closes(&asked, "approved", &id(customer), words),
            Some("money_approvals_answered_by_role"),
        ),
        (closes(&asked, "approved", &id(&owner), "'ok'"), Some("money_approvals_answered")),
        (closes(&asked, "lapsed", "NULL", "NULL"), Some("money_approvals_in_time")),
        (closes(&asked, "withdrawn", &id(&owner), "NULL"), Some("money_approvals_withdrawn")),
        ("UPDATE money_limits SET limit_minor = 50001".to_owned(), wanted),
        ("UPDATE money_limits SET limit_minor = NULL".to_owned(), wanted),
        ("UPDATE money_limits SET limit_minor = 0".to_owned(), None),
        (
            format!("UPDATE money_limits SET limit_minor = 0, set_by = {}", id(&manager)),
            Some("money_limits_set_by_role"),
        ),
        (
            format!("UPDATE money_approvals SET amount_minor = 1 WHERE id = '{asked}'"),
            Some("permission denied for table money_approvals"),
        ),
        ("DELETE FROM money_limits".to_owned(), Some("permission denied for table money_limits")),
    ];
    for (sql, constraint) in cases {
        assert_eq!(rule(&app, &scene, &sql).await.as_deref(), constraint, "{sql}");
    }
    // A yes is for the moment in which it is given.
    let seen = owner.get(&format!("/v1/money-approvals/{asked}")).await.expect(200);
    says(&owner, &seen, "approve").await.expect(200);
    assert_eq!(rule(&app, &scene, &by_yes(finance, 60_000)).await.as_deref(), wanted);
    assert_eq!(rule(&app, &scene, &yes).await.as_deref(), Some("money_approvals_stay"));
    world.settle().await;
    scene.balances().await;
    scene.world.end().await;
}
