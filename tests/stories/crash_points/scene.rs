//! Money of one engagement, a process that dies over it, and what must hold afterwards.

use crate::support::apart::Served;
use crate::support::deal::milestones;
use crate::support::payments::key;
use crate::support::{Actor, Answer, World};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// Workers of each process.
pub const WORKERS: usize = 2;

pub struct Scene {
    pub world: World,
    pub customer: Actor,
    pub expert: Actor,
    pub finance: Actor,
    pub engagement: String,
    pub parts: Vec<String>,
}

/// A request that a client repeats word for word.
pub struct Wish {
    pub who: Actor,
    pub path: String,
    pub key: String,
    pub body: Value,
}

impl Wish {
    pub fn of(who: &Actor, path: String, body: Value) -> Self {
        Self { who: who.clone(), path, key: key(), body }
    }

    /// Sent to somebody who may die over it.
    pub async fn tried(&self) -> Option<Answer> {
        self.who.tries(Method::POST, &self.path, (&self.key, &self.body)).await
    }

    pub async fn sent(&self) -> Answer {
        self.who.post_once(&self.path, &self.key, self.body.clone()).await
    }
}

impl Scene {
    /// Signed by both sides; the consultant can be paid, and `others` as well.
    pub async fn signed(prices: &[i64], others: &[Payee]) -> Self {
        let world = World::new().await;
        let customer = world.customer("Fjordhaus Outdoor").await;
        let expert = world.consultant("Brandt Studio").await;
        let finance = world.vendor("finance").await;
        world.onboards(&expert).await;
        if others.contains(&Payee::Vendor) {
            world.onboards(&finance).await;
        }
        if others.contains(&Payee::Reseller) {
            let reseller = world.join("reseller", "owner", "Nordlys").await;
            let manager = world.vendor("program_manager").await;
            let (sold_to, by) = (&customer.organization, &reseller.organization);
            let named = json!({ "customer": sold_to, "reseller": by, "reason": "sold it" });
            manager.post("/v1/attributions", named).await.expect(201);
            world.onboards(&reseller).await;
        }
        let engagement = world.signed(&customer, &expert, prices).await;
        let parts = milestones(&customer, &engagement).await;
        Self { world, customer, expert, finance, engagement, parts }
    }

    /// The first milestone is paid and delivered.
    pub async fn delivered(prices: &[i64], others: &[Payee]) -> Self {
        let scene = Self::signed(prices, others).await;
        scene.world.pays(&scene.customer, &scene.parts[0]).await;
        scene.expert.delivers(&scene.parts[0], "Done.", None).await.expect(201);
        scene
    }

    /// Accepted and sent to its payees as well.
    pub async fn released(prices: &[i64], others: &[Payee]) -> Self {
        let scene = Self::delivered(prices, others).await;
        scene.accepts(0).sent().await.expect(200);
        scene.world.settle().await;
        scene.world.news_told().await;
        scene
    }

    pub fn accepts(&self, at: usize) -> Wish {
        let path = format!("/v1/milestones/{}/accept", self.parts[at]);
        Wish::of(&self.customer, path, json!({ "version": 1 }))
    }

    pub fn pays(&self, at: usize) -> Wish {
        let path = format!("/v1/milestones/{}/payments", self.parts[at]);
        Wish::of(&self.customer, path, json!({}))
    }

    pub fn sends_back(&self, at: usize, minor: i64) -> Wish {
        let amount = json!({ "minor": minor, "currency": "USD" });
        let path = format!("/v1/milestones/{}/refunds", self.parts[at]);
        Wish::of(&self.finance, path, json!({ "amount": amount, "reason": "It was less." }))
    }

    /// From now on a process of its own serves, and dies at this place.
    pub async fn dies_at(self, place: &str) -> (Self, Served) {
        let world = self.world.apart().await;
        let served = world.serves(Some(place), WORKERS).await;
        (Self { world, ..self }, served)
    }

    /// It died; a minute later another one serves.
    pub async fn again(&self, died: Served) -> Served {
        self.world.serves_again(died, WORKERS).await
    }

    /// What was to be tried again a little later is tried, as often as it takes.
    pub async fn retries(&self) {
        for _ in 0..3 {
            self.world.settle().await;
            self.world.advance(chrono::Duration::seconds(20)).await;
        }
        self.world.settle().await;
    }

    pub async fn count(&self, sql: &str) -> i64 {
        self.world.sql(&format!("SELECT count(*) FROM {sql}")).await[0].get(0)
    }

    /// Waits until rows are so many.
    pub async fn until(&self, sql: &str, count: i64) {
        for _ in 0..600 {
            if self.count(sql).await == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{sql} never were {count}, but {}", self.count(sql).await);
    }

    pub async fn transfers(&self) -> Vec<Value> {
        let books = self.world.till("books", None).await;
        let group = &books["transfer_groups"][format!("engagement-{}", self.engagement)];
        group.as_array().cloned().unwrap_or_default()
    }

    /// What Stripe sent and took back, largest first.
    pub async fn sent(&self) -> Vec<(i64, i64)> {
        let minor = |one: &Value, name: &str| one[name].as_i64().unwrap();
        let all = self.transfers().await;
        let mut sent: Vec<(i64, i64)> =
            all.iter().map(|one| (minor(one, "amount"), minor(one, "reversed"))).collect();
        sent.sort_unstable_by(|a, b| b.cmp(a));
        sent
    }

    /// What went back to the card.
    pub async fn refunds(&self) -> Vec<i64> {
        let books = self.world.till("books", None).await;
        let all = books["refunds"].as_array().unwrap();
        all.iter().map(|one| one["amount"].as_i64().unwrap()).collect()
    }

    /// How often Stripe was asked to make something there.
    pub async fn asked(&self, path: &str) -> usize {
        let requests = self.world.till("requests", None).await;
        let all = requests["exchanges"].as_array().unwrap();
        all.iter().filter(|one| one["method"] == "POST" && one["path"] == path).count()
    }

    /// The ledger is sound and says what Stripe says, to the cent; each share was sent once, and
    /// nobody waits for one.
    pub async fn holds(&self) {
        holds(&self.world).await;
    }

    pub async fn end(self, served: Served) {
        self.holds().await;
        self.ends(served).await;
    }

    pub async fn ends(self, mut served: Served) {
        self.world.settle().await;
        served.kill();
        self.world.end().await;
    }
}

/// Who can be paid beside the consultant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Payee {
    Vendor,
    Reseller,
}

pub async fn holds(world: &World) {
    world.balances().await;
    assert_eq!(world.till("truth", None).await["adds_up"], true);
    let books = world.till("books", None).await;
    let mut shares: Vec<String> = Vec::new();
    for group in books["transfer_groups"].as_object().unwrap().values() {
        for one in group.as_array().unwrap() {
            let marks = &one["metadata"];
            shares.push(format!("{} {}", marks["attache_milestone"], marks["attache_party"]));
        }
    }
    let sent = shares.len();
    shares.sort_unstable();
    shares.dedup();
    assert_eq!(shares.len(), sent, "a share was sent twice: {books:#}");
    let open = "SELECT (SELECT count(*) FROM transfers WHERE state NOT IN ('paid', 'netted')
                          AND organization_id IN (SELECT organization_id FROM payout_accounts)),
                       (SELECT count(*) FROM stripe_calls WHERE state NOT IN ('done', 'refused')),
                       (SELECT count(*) FROM transfers WHERE state = 'paid')";
    let row = &world.sql(open).await[0];
    let (unpaid, calls, paid): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    let odd = "SELECT concat_ws(' ', t.id, t.state, t.amount_minor, c.state, c.attempts, c.trouble)
        FROM transfers t LEFT JOIN stripe_calls c ON c.subject_id = t.id
        WHERE t.state NOT IN ('paid', 'netted')";
    let odd = world.sql(odd).await;
    let odd: Vec<&str> = odd.iter().map(|row| row.get(0)).collect();
    assert_eq!((unpaid, calls), (0, 0), "nobody is unpaid, and no call is open: {odd:#?}");
    assert_eq!(usize::try_from(paid).unwrap(), sent, "the books know every transfer");
}
