//! Two payees, a milestone that is released, and what Stripe and the ledger say of it.

use crate::support::deal::milestones;
use crate::support::payments::key;
use crate::support::{Actor, Answer, World};
use chrono::Duration;
use serde_json::{Value, json};

pub struct Scene {
    pub world: World,
    pub customer: Actor,
    pub expert: Actor,
    pub finance: Actor,
    pub engagement: String,
    pub parts: Vec<String>,
}

impl Scene {
    /// Both payees can be paid; the first milestone is released to them.
    pub async fn released(prices: &[i64]) -> Self {
        let scene = Self::paid(prices).await;
        scene.accepts(0).await;
        scene
    }

    pub async fn paid(prices: &[i64]) -> Self {
        Self::paid_in(World::new().await, prices).await
    }

    pub async fn paid_in(world: World, prices: &[i64]) -> Self {
        let customer = world.customer("Fjordhaus Outdoor").await;
        let expert = world.consultant("Brandt Studio").await;
        let finance = world.vendor("finance").await;
        world.onboards(&expert).await;
        world.onboards(&finance).await;
        let engagement = world.signed(&customer, &expert, prices).await;
        let parts = milestones(&customer, &engagement).await;
        world.pays(&customer, &parts[0]).await;
        Self { world, customer, expert, finance, engagement, parts }
    }

    pub async fn accepts(&self, at: usize) {
        self.expert.delivers(&self.parts[at], "Done.", None).await.expect(201);
        self.customer.accepts(&self.parts[at]).await.expect(200);
        self.world.settle().await;
    }

    pub async fn gives_back(&self, who: &Actor, minor: i64) -> Answer {
        let amount = json!({ "minor": minor, "currency": "USD" });
        self.wants_back(who, json!({ "amount": amount, "reason": "It was less." })).await
    }

    pub async fn wants_back(&self, who: &Actor, wish: Value) -> Answer {
        let path = format!("/v1/milestones/{}/refunds", self.parts[0]);
        who.post_once(&path, &key(), wish).await
    }

    pub async fn money(&self, at: usize) -> Value {
        let path = format!("/v1/milestones/{}/money", self.parts[at]);
        self.finance.get(&path).await.expect(200).json()
    }

    /// A field of every party's line, in minor units.
    pub async fn split(&self, at: usize, name: &str) -> Vec<i64> {
        let money = self.money(at).await;
        let lines = money["split"].as_array().unwrap();
        lines.iter().map(|line| line[name]["minor"].as_i64().unwrap()).collect()
    }

    /// What Stripe sent of this engagement and took back, largest first.
    pub async fn at_stripe(&self) -> Vec<(i64, i64)> {
        let books = self.world.till("books", None).await;
        let group = &books["transfer_groups"][format!("engagement-{}", self.engagement)];
        let minor = |one: &Value, name: &str| one[name].as_i64().unwrap();
        let all = group.as_array().cloned().unwrap_or_default();
        let mut all: Vec<(i64, i64)> =
            all.iter().map(|one| (minor(one, "amount"), minor(one, "reversed"))).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all
    }

    pub async fn earned(&self, who: &Actor, name: &str) -> i64 {
        let earned = who.get("/v1/earnings").await.expect(200).json();
        earned[name]["minor"].as_i64().unwrap()
    }

    /// What all accounts of a kind have together; plus is debit.
    pub async fn sum(&self, kind: &str) -> i64 {
        let sql = format!(
            "SELECT coalesce(sum(amount_minor), 0)::bigint FROM entries e
             JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id
             WHERE a.kind = '{kind}'"
        );
        self.world.sql(&sql).await[0].get(0)
    }

    /// Everything that can be used is paid out from the payees' accounts to their banks.
    pub async fn pays_out(&self) {
        self.world.days_pass().await;
        let books = self.world.till("books", None).await;
        for account in books["accounts"].as_array().unwrap() {
            let has = &account["balances"][0]["available"];
            if account["platform"] == false && has.as_i64().unwrap_or(0) > 0 {
                let body = json!({ "account": account["account"], "currency": "usd" });
                self.world.till("payouts", Some(body)).await;
            }
        }
    }

    pub async fn retries(&self) {
        for _ in 0..6 {
            self.world.advance(Duration::seconds(70)).await;
            self.world.settle().await;
        }
    }

    /// The ledger says what Stripe says, and every cent of Stripe's is explained.
    pub async fn balances(&self) {
        self.world.balances().await;
        let truth = self.world.till("truth", None).await;
        assert_eq!(truth["adds_up"], true, "{truth:#}");
    }
}
