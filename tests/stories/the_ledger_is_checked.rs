//! The operator asks whether the books are sound, and hears of a fault that somebody planted.

use crate::support::World;
use attache::postgres::Role;
use serde_json::Value;
use std::process::Command;

/// The command's exit code and what it printed.
async fn check(world: &World, more: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attache"));
    command.args(["ledger", "check"]).args(more);
    command.env("DATABASE_URL", world.database.url(Role::App));
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_command() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    world.active(&customer, &expert, &[125_000]).await;
    world.balances().await;
    let (code, said) = check(&world, &[]).await;
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("1 programs, ") && said.ends_with("sound\n"), "{said}");
    assert!(said.contains("\nbalance larkfield held: USD \u{2212}1,250.00\n"), "{said}");
    assert!(said.contains("\nbalance larkfield stripe_available: USD 1,"), "{said}");
    let (code, said) = check(&world, &["--json"]).await;
    let sound: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &sound["sound"], &sound["broken"]), (0, &true.into(), &Value::Array(vec![])));
    plant(&world).await;
    let (code, said) = check(&world, &[]).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("broken  larkfield out-of-balance USD: "), "{said}");
    assert!(said.ends_with("not sound\n"), "{said}");
    let (code, said) = check(&world, &["--json"]).await;
    let found: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &found["sound"]), (1, &false.into()));
    let checks: Vec<&str> =
        found["broken"].as_array().unwrap().iter().map(|f| f["check"].as_str().unwrap()).collect();
    assert!(checks.contains(&"journal-unbalanced"), "{checks:?}");
    assert!(checks.contains(&"guard-missing"), "{checks:?}");
    world.end().await;
}

/// A cent too much in one entry. The database refuses it to everybody; only the owner of the
/// tables can take the guard away first.
async fn plant(world: &World) {
    let owner = world.database.connect(Role::Owner).await;
    let vendor = world.larkfield.vendor;
    let change = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         UPDATE entries SET amount_minor = amount_minor + 1
         WHERE (journal_id, line) = (SELECT journal_id, line FROM entries
             WHERE amount_minor > 0 ORDER BY journal_id, line LIMIT 1);"
    );
    owner.batch_execute(&change).await.unwrap_err();
    owner.batch_execute("ROLLBACK; ALTER TABLE entries DISABLE TRIGGER USER").await.unwrap();
    owner.batch_execute(&format!("{change} COMMIT;")).await.unwrap();
}

/// A sum that is not that of its entries is found, and so is what hangs on it; what is under way is
/// told with its age.
#[tokio::test(flavor = "multi_thread")]
async fn sums_and_what_is_under_way() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    world.active(&customer, &expert, &[125_000]).await;
    let vendor = world.larkfield.vendor;
    let app = world.database.connect(Role::App).await;
    let opening = format!("BEGIN; SELECT set_config('attache.vendor', '{vendor}', true)");
    app.batch_execute(&format!("{opening}, checkpoint_balances(1); COMMIT")).await.unwrap();
    assert_eq!(check(&world, &[]).await.0, 0);
    let owner = world.database.connect(Role::Owner).await;
    let send = format!(
        "{opening}; SELECT post_journals(jsonb_build_array(jsonb_build_object(
             'id', gen_random_uuid(), 'event_key', 'out:1', 'kind', 'refund_asked', 'milestone', id,
             'lines', jsonb_build_array(
             jsonb_build_object('kind', 'held', 'milestone', id, 'currency', 'USD', 'amount', 500),
             jsonb_build_object('kind', 'refund_inflight', 'milestone', id, 'currency', 'USD',
               'amount', -500)))))
         FROM milestones LIMIT 1; COMMIT"
    );
    app.batch_execute(&send).await.unwrap();
    world.advance(chrono::Duration::hours(30)).await;
    let lie = format!(
        "ALTER TABLE balance_checkpoints DISABLE TRIGGER USER; {opening};
         UPDATE balance_checkpoints SET amount_minor = amount_minor + 1; COMMIT;
         ALTER TABLE balance_checkpoints ENABLE TRIGGER USER"
    );
    owner.batch_execute(&lie).await.unwrap();
    let (code, said) = check(&world, &[]).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("flying  larkfield refund_inflight "), "{said}");
    assert!(said.contains(": USD 5.00 for 1800 minutes\n"), "{said}");
    for check in ["checkpoint-differs", "balance-differs stripe_pending", "inflight-differs"] {
        assert!(said.contains(&format!("broken  larkfield {check}")), "{check}: {said}");
    }
    assert!(!said.contains("guard-missing"), "{said}");
    world.end().await;
}
