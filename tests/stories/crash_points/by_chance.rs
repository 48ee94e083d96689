//! Killed at any moment, again and again, while milestones are paid, accepted and sent back, and
//! Stripe fails every fifth time.
//!
//! A handful of kills usually; hundreds with `ATTACHE_PROOFS=long`. `ATTACHE_SEED` repeats a run as
//! far as chance is ours: which moment a process has reached is the machine's.

use super::scene::holds;
use crate::support::payments::{GOOD, key};
use crate::support::{Actor, Answer, World, is_long};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// So long a client repeats what it wants.
const PATIENCE: Duration = Duration::from_secs(120);

/// Two customers and one consultant, again for each round.
struct Scene {
    world: World,
    customers: [Actor; 2],
    expert: Actor,
    finance: Actor,
}

/// Repeats a request word for word until it is answered; `None` when it was done and its answer is
/// lost.
async fn insists(who: &Actor, path: &str, body: Value, wanted: u16) -> Option<Answer> {
    let (key, began) = (key(), Instant::now());
    loop {
        let answer = who.tries(Method::POST, path, (&key, &body)).await;
        let Some(answer) = answer.filter(|answer| answer.status != 503) else {
            assert!(began.elapsed() < PATIENCE, "nobody answers {path}");
            tokio::time::sleep(Duration::from_millis(40)).await;
            continue;
        };
        if answer.status == wanted {
            return Some(answer);
        }
        let answer = answer.expect(409);
        match answer.at("/code").as_str() {
            "already-done" => return None,
            "still-running" | "payment-opening" | "being-released" => {}
            other => panic!("{path}: {other}: {}", answer.text()),
        }
        assert!(began.elapsed() < PATIENCE, "{path}: {}", answer.text());
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

async fn reads(who: &Actor, path: &str) -> Value {
    let began = Instant::now();
    loop {
        let answer = who.tries(Method::GET, path, ("", &Value::Null)).await;
        if let Some(answer) = answer.filter(|answer| answer.status == 200) {
            return answer.json();
        }
        assert!(began.elapsed() < PATIENCE, "nobody answers {path}");
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

async fn until(who: &Actor, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let seen = reads(who, path).await;
        if holds(&seen) {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "{path} stays {seen}");
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let names = ["Fjordhaus Outdoor", "Moorhald Hotels"];
        let customers = [world.customer(names[0]).await, world.customer(names[1]).await];
        let expert = world.consultant("Brandt Studio").await;
        let finance = world.vendor("finance").await;
        for payee in [&expert, &finance] {
            world.onboards(payee).await;
        }
        Self { world, customers, expert, finance }
    }

    /// One engagement from its first payment to its last refund.
    async fn plays(&self, customer: &Actor, engagement: &str) {
        let parts = {
            let seen = reads(customer, &format!("/v1/engagements/{engagement}")).await;
            let list = seen["milestones"].as_array().unwrap().clone();
            list.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        for (at, part) in parts.iter().enumerate() {
            self.pays(customer, part).await;
            self.delivers(part).await;
            let accept = format!("/v1/milestones/{part}/accept");
            let list = reads(customer, &format!("/v1/milestones/{part}/deliverables")).await;
            insists(customer, &accept, json!({ "version": list[0]["version"] }), 200).await;
            let refund = format!("/v1/milestones/{part}/refunds");
            let minor = 1_000 * (i64::try_from(at).unwrap() + 1);
            let amount = json!({ "minor": minor, "currency": "USD" });
            let wish = json!({ "amount": amount, "reason": "It was less." });
            insists(&self.finance, &refund, wish, 201).await;
        }
    }

    async fn pays(&self, customer: &Actor, part: &str) {
        let path = format!("/v1/milestones/{part}/payments");
        let page = loop {
            // Asked anew, the same open page is answered.
            if let Some(page) = insists(customer, &path, json!({}), 201).await {
                break page;
            }
        };
        self.world.card(&page.at("/checkout_url"), GOOD).await.expect(303);
        let payment = format!("/v1/payments/{}", page.id());
        until(customer, &payment, |seen| seen["state"] == "paid").await;
    }

    /// A delivery whose answer is lost is looked for before it is sent again.
    async fn delivers(&self, part: &str) {
        let list = format!("/v1/milestones/{part}/deliverables");
        while reads(&self.expert, &list).await.as_array().is_none_or(Vec::is_empty) {
            let sent = self.expert.form(&list, &[("text", "Done.")], None).send().await;
            let Ok(answer) = sent else { continue };
            assert!(matches!(answer.status().as_u16(), 201 | 503), "{answer:?}");
        }
    }
}

/// Kills `kills` processes at random moments; what was begun ends all the same.
async fn killed(scene: &Scene, workers: usize, kills: u32, chance: &mut StdRng) -> u32 {
    let mut left = kills;
    let mut rounds = 0;
    while left > 0 {
        rounds += 1;
        left = round(scene, workers, left, chance).await;
    }
    rounds
}

async fn round(scene: &Scene, workers: usize, kills: u32, chance: &mut StdRng) -> u32 {
    let Scene { world, customers, expert, .. } = scene;
    let mut served = world.serves(None, workers).await;
    let mut engagements = Vec::new();
    for customer in customers {
        engagements.push(world.signed(customer, expert, &[20_000, 30_000]).await);
    }
    let faults = json!({ "status_429": 1_000_000, "after_effect_500": 1_000_000,
        "drop_answer": 1_000_000, "percent": 9, "method": "any" });
    world.till("faults", Some(faults)).await;
    let over = AtomicBool::new(false);
    let acts = async {
        let [one, two] = customers;
        tokio::join!(scene.plays(one, &engagements[0]), scene.plays(two, &engagements[1]));
        over.store(true, Ordering::SeqCst);
    };
    let killer = async {
        let mut left = kills;
        while left > 0 && !over.load(Ordering::SeqCst) {
            let pause = chance.random_range(20..900);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            served.kill();
            world.advance(chrono::Duration::seconds(61)).await;
            served = world.serves(None, workers).await;
            left -= 1;
        }
        left
    };
    let ((), left) = tokio::join!(acts, killer);
    world.till("faults", Some(json!({}))).await;
    hears_everything(world).await;
    comes_to_rest(world).await;
    served.kill();
    left
}

/// What is tried again later is tried, until nothing is left of it.
async fn comes_to_rest(world: &World) {
    for _ in 0..4 {
        world.settle().await;
        world.advance(chrono::Duration::seconds(61)).await;
    }
    world.settle().await;
}

/// News that nobody took so often is told after ever longer pauses.
async fn hears_everything(world: &World) {
    let began = Instant::now();
    while world.till("webhooks", None).await["waiting"] != json!([]) {
        assert!(began.elapsed() < PATIENCE, "news is not told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// How many of the last calls to make something there were, and how many of them failed.
async fn calls(world: &World) -> (usize, usize) {
    let requests = world.till("requests", None).await;
    let all = requests["exchanges"].as_array().unwrap().iter();
    let all: Vec<&Value> = all.filter(|one| one["method"] == "POST").collect();
    let failed =
        |one: &&&Value| one["dropped"] == true || matches!(one["status"].as_u64(), Some(429 | 500));
    (all.len(), all.iter().filter(failed).count())
}

#[tokio::test(flavor = "multi_thread")]
async fn and_at_any_moment() {
    let each = if is_long() { 120 } else { 3 };
    let seed = std::env::var("ATTACHE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    println!("ATTACHE_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let scene = Scene::new().await;
    let Scene { world, customers, expert, finance } = scene;
    let scene = Scene { world: world.apart().await, customers, expert, finance };
    let mut rounds = 0;
    for workers in [1, 2, 4] {
        rounds += killed(&scene, workers, each, &mut chance).await;
    }
    let mut served = scene.world.serves(None, super::scene::WORKERS).await;
    comes_to_rest(&scene.world).await;
    holds(&scene.world).await;
    let moved = "SELECT (SELECT count(*) FROM transfers WHERE state = 'paid'),
                        (SELECT count(*) FROM reversals WHERE state = 'paid'),
                        (SELECT count(*) FROM refunds WHERE state = 'paid')";
    let row = &scene.world.sql(moved).await[0];
    let (sent, back, refunds): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    let (calls, failed) = calls(&scene.world).await;
    println!(
        "{} kills in {rounds} rounds, {failed} of the last {calls} calls failed: {sent} transfers, \
         {refunds} refunds, {back} reversals, each once",
        each * 3
    );
    // Every fifth call is to fail. Of the few of a short run a fortieth may do so by chance, in a
    // thousand runs not once; of a long run's a sixth at least.
    assert!(failed * if is_long() { 6 } else { 40 } > calls, "Stripe hardly failed");
    assert_eq!((sent, refunds), (i64::from(rounds) * 8, i64::from(rounds) * 4));
    scene.world.settle().await;
    served.kill();
    scene.world.end().await;
}
