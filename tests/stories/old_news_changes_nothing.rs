//! News from Stripe is worked through again, all of it, and the ledger is the same, byte for byte.

use crate::support::deal::milestones;
use crate::support::payments::{GOOD, key};
use crate::support::{Actor, World};
use attache::postgres::Role;
use serde_json::json;
use std::process::Command;

/// The command's exit code and what it printed.
async fn replay(world: &World, from: &str) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_attache"));
    command.args(["ledger", "replay", "--from", from]);
    command.env("DATABASE_URL", world.database.url(Role::App));
    command.env("ATTACHE_URL", &world.base).env("ATTACHE_SECRET_KEY", "07".repeat(32));
    command.env("ATTACHE_FILES", folder.path()).env("MAIL_FROM", "A <a@attache.example>");
    command.env("SMTP_URL", format!("smtp://{}", world.sandbox.mail_smtp));
    command.env("STRIPE_SECRET_KEY", &world.sandbox.payments_secret_key);
    command.env("STRIPE_API", world.sandbox.payments.to_string());
    command.env("STRIPE_WEBHOOK_SECRETS", "a").env("STRIPE_CONNECT_WEBHOOK_SECRETS", "b");
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
    (done.status.code().unwrap(), said)
}

async fn ledger(world: &World) -> String {
    let sql = "SELECT md5(string_agg(concat_ws('|', j.id, j.event_key, j.posted_at, j.facts,
        e.*::text), E'\\n'
        ORDER BY j.id, e.line)) FROM journals j JOIN entries e ON e.journal_id = j.id";
    world.sql(sql).await[0].get(0)
}

async fn work(world: &World) -> (Actor, Vec<String>) {
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    world.onboards(&expert).await;
    let engagement = world.signed(&customer, &expert, &[100_000, 20_000, 30_000]).await;
    let parts = milestones(&customer, &engagement).await;
    for part in &parts[..2] {
        world.pays(&customer, part).await;
    }
    expert.delivers(&parts[0], "Done.", None).await.expect(201);
    customer.accepts(&parts[0]).await.expect(200);
    let why = json!({ "reason": "It is not needed." });
    let path = format!("/v1/milestones/{}/refunds", parts[1]);
    finance.post_once(&path, &key(), why).await.expect(201);
    world.days_pass().await;
    (customer, parts)
}

#[tokio::test(flavor = "multi_thread")]
async fn and_says_when_it_did() {
    let world = World::new().await;
    let (customer, parts) = work(&world).await;
    let before = ledger(&world).await;
    let (code, said) = replay(&world, "2020-01-01").await;
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("the ledger is as it was\n"), "{said}");
    let count: i64 = world.sql("SELECT count(*) FROM webhooks").await[0].get(0);
    assert!(count > 8 && said.contains(&format!("{count} pieces of news")), "{count}: {said}");
    world.settle().await;
    assert_eq!(ledger(&world).await, before);
    let (_, none) = replay(&world, "2999-01-01T00:00:00Z").await;
    assert!(none.starts_with("0 pieces of news"), "{none}");
    let (code, said) = replay(&world, "yesterday").await;
    assert!(code == 2 && said.contains("write a day"), "{said}");

    // News that was kept and never worked through: now something comes of it.
    let owner = world.database.connect(Role::Owner).await;
    let hold = "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN NEW.run_at := 'infinity'; RETURN NEW; END $$;
        CREATE TRIGGER hold BEFORE INSERT ON jobs FOR EACH ROW
          WHEN (NEW.kind IN ('stripe-webhook', 'sync-payment')) EXECUTE FUNCTION hold()";
    owner.batch_execute(hold).await.unwrap();
    let payment = world.begins(&customer, &parts[2]).await;
    world.card(&payment.at("/checkout_url"), GOOD).await.expect(303);
    world.news_arrives("checkout.session.completed", 3).await;
    let (code, said) = replay(&world, "2020-01-01").await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("new     charge:ch_"), "{said}");
    assert!(said.contains("the ledger gained 1 journals, 0 pieces of news failed\n"), "{said}");
    owner.batch_execute("DROP TRIGGER hold ON jobs").await.unwrap();

    // News that cannot be worked through is named.
    let spoil = "UPDATE webhooks SET raw = 'x' WHERE id = (SELECT min(id) FROM webhooks)";
    owner.batch_execute(spoil).await.unwrap();
    let (code, said) = replay(&world, "2020-01-01").await;
    assert!(code == 1 && said.contains("failed  evt_"), "{said}");
    world.end().await;
}
