//! Work that was paid, released and sent back, and somebody who has the books compared.

use crate::support::deal::milestones;
use crate::support::payments::key;
use crate::support::{Actor, Answer, World};
use attache::postgres::Role;
use chrono::Duration;
use serde_json::{Value, json};
use std::process::Command;

pub struct Scene {
    pub world: World,
    pub customer: Actor,
    pub expert: Actor,
    pub finance: Actor,
    pub parts: Vec<String>,
}

impl Scene {
    /// Three milestones; the first was paid, accepted and sent, the second paid and sent back.
    pub async fn worked() -> Self {
        let scene = Self::signed().await;
        let Self { world, customer, expert, finance, parts } = &scene;
        world.onboards(expert).await;
        for part in &parts[..2] {
            world.pays(customer, part).await;
        }
        expert.delivers(&parts[0], "Done.", None).await.expect(201);
        customer.accepts(&parts[0]).await.expect(200);
        let path = format!("/v1/milestones/{}/refunds", parts[1]);
        let why = json!({ "reason": "It is not needed." });
        finance.post_once(&path, &key(), why).await.expect(201);
        world.days_pass().await;
        scene
    }

    pub async fn signed() -> Self {
        let world = World::new().await;
        let customer = world.customer("Fjordhaus Outdoor").await;
        let expert = world.consultant("Brandt Studio").await;
        let finance = world.vendor("finance").await;
        let engagement = world.signed(&customer, &expert, &[100_000, 20_000, 30_000]).await;
        let parts = milestones(&customer, &engagement).await;
        Self { world, customer, expert, finance, parts }
    }

    /// Has the books compared, as a person asks for it; answers how it stands.
    pub async fn compared(&self) -> Value {
        let asked = self.finance.post("/v1/reconciliation/runs", json!({})).await.expect(200);
        assert_eq!(asked.json()["under_way"], true);
        self.world.settle().await;
        let seen = self.finance.get("/v1/reconciliation").await.expect(200).json();
        assert_eq!(seen["under_way"], false);
        seen
    }

    /// What is young becomes old.
    pub async fn later(&self) {
        self.world.advance(Duration::minutes(40)).await;
        self.world.settle().await;
    }

    pub async fn differences(&self, state: &str) -> Vec<Value> {
        let path = format!("/v1/reconciliation/breaks?state={state}");
        let page = self.finance.get(&path).await.expect(200).json();
        page["items"].as_array().unwrap().clone()
    }

    pub async fn kinds(&self, state: &str) -> Vec<String> {
        let mut kinds: Vec<String> = Vec::new();
        for one in self.differences(state).await {
            kinds.push(one["kind"].as_str().unwrap().to_owned());
        }
        kinds.sort_unstable();
        kinds
    }

    /// Asks Stripe by hand, beside the program.
    pub async fn by_hand(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let sandbox = &self.world.sandbox;
        let request = self
            .world
            .client
            .post(format!("{}{path}", sandbox.payments))
            .bearer_auth(&sandbox.payments_secret_key)
            .header("idempotency-key", key())
            .form(form);
        let answer = Answer::read(path.to_owned(), request.send().await.unwrap()).await;
        answer.expect(200).json()
    }

    pub async fn as_owner(&self, sql: &str) {
        let vendor = self.world.larkfield.vendor;
        let owner = self.world.database.connect(Role::Owner).await;
        let opening = format!("BEGIN; SELECT set_config('attache.vendor', '{vendor}', true)");
        owner.batch_execute(&format!("{opening}; {sql}; COMMIT")).await.unwrap();
    }

    /// A journal by hand that says money left Stripe.
    pub async fn posts(&self, event_key: &str, facts: &Value, amount: i64) {
        let left = -amount;
        let sql = format!(
            "SELECT post_journals(jsonb_build_array(jsonb_build_object(
                'id', gen_random_uuid(), 'event_key', '{event_key}', 'kind', 'fee',
                'facts', '{facts}'::jsonb, 'lines', jsonb_build_array(
                jsonb_build_object('kind', 'loss', 'currency', 'USD', 'amount', {amount}),
                jsonb_build_object('kind', 'stripe_pending', 'currency', 'USD',
                  'amount', {left})))))"
        );
        self.as_owner(&sql).await;
    }

    /// Everything that reconciling keeps, by what it means.
    pub async fn kept(&self) -> Vec<String> {
        let sql = "SELECT concat_ws(' ', 'movement', kind, account, net_minor, program_id IS NULL,
              matched_at IS NULL) FROM stripe_movements
            UNION ALL SELECT concat_ws(' ', 'posting', moved_minor, fee_minor, movement_id IS NULL)
              FROM stripe_postings
            UNION ALL SELECT concat_ws(' ', 'break', kind, state, expected_minor, seen_minor)
              FROM reconciliation_breaks ORDER BY 1";
        self.world.sql(sql).await.iter().map(|row| row.get(0)).collect()
    }
}

/// `attache ledger` with these words; its exit code and what it printed.
pub async fn ledger(world: &World, words: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_attache"));
    command.arg("ledger").args(words);
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
