//! The same news, each piece several times and in any order, with forgeries between: whatever the
//! order, the books and everything that stands on them come out as they do in the right one.
//!
//! A few hundred deliveries usually; 10,000 in each of five orders with `ATTACHE_PROOFS=long`.
//! `ATTACHE_SEED` repeats the orders of a run.

use crate::support::deal::milestones;
use crate::support::news::{CONNECT, PLATFORM, forgeries, post, secret, signed};
use crate::support::payments::{DECLINED, GOOD};
use crate::support::{Answer, World, is_long};
use attache::postgres::Role;
use futures::StreamExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Stripe's test cards whose payment is disputed, and only asked about.
const DISPUTED: &str = "4000000000000259";
const INQUIRED: &str = "4000000000001976";

/// Deliveries under way at once.
const AT_ONCE: usize = 8;

/// How much is told.
struct Extent {
    engagements: usize,
    deliveries: usize,
    orders: u64,
}

impl Extent {
    fn of_this_run() -> Self {
        match is_long() {
            true => Self { engagements: 420, deliveries: 10_000, orders: 5 },
            false => Self { engagements: 7, deliveries: 240, orders: 2 },
        }
    }
}

/// A piece of news as it was kept, and the door it came by.
#[derive(Clone)]
struct Piece {
    id: String,
    door: &'static str,
    body: Vec<u8>,
}

struct Scene {
    world: World,
    /// Where a consultant gives their account, which they began to.
    onboarding: String,
    pages: Vec<String>,
}

impl Scene {
    /// Payments were begun and a payee's account as well; nothing came of them yet, and nobody
    /// looks by itself.
    async fn begun(engagements: usize) -> Self {
        let world = World::new().await;
        let customer = world.customer("Fjordhaus Outdoor").await;
        let expert = world.consultant("Brandt Studio").await;
        let mut pages = Vec::new();
        for number in 0..engagements {
            let price = 10_000 + i64::try_from(number).unwrap();
            let engagement = world.signed(&customer, &expert, &[price]).await;
            let milestone = milestones(&customer, &engagement).await.remove(0);
            pages.push(world.begins(&customer, &milestone).await.at("/checkout_url"));
        }
        // Last, since its link works for minutes.
        let page = expert.post("/v1/payouts/onboarding", json!({})).await.expect(200).at("/url");
        world.settle().await;
        world.till("faults", Some(json!({ "hold_webhooks": true }))).await;
        let late = "UPDATE jobs SET run_at = run_at + interval '30 days'
                    WHERE kind IN ('sync-payment', 'reconcile-hourly')";
        let owner = world.database.connect(Role::Owner).await;
        owner.batch_execute(late).await.unwrap();
        Self { world, onboarding: page, pages }
    }

    /// What happens at Stripe, of which the program hears nothing before all of it is over: cards
    /// are declined, pay, and are disputed; banks decide or do not; an account gets ready.
    async fn happens_outside(&self) {
        let world = &self.world;
        for (number, page) in self.pages.iter().enumerate() {
            if number % 3 == 0 {
                world.card(page, DECLINED).await.expect(422);
            }
            match number % 7 {
                0 | 1 => world.card(page, GOOD).await.expect(303),
                2..=4 => world.card(page, DISPUTED).await.expect(303),
                5 => world.card(page, INQUIRED).await.expect(303),
                _ => continue,
            };
        }
        world.till("settle", Some(json!({}))).await;
        let form = [("legal_name", "A Studio"), ("country", "SE"), ("bank_last4", "4242")];
        let done = world.client.post(&self.onboarding).form(&form).send().await.unwrap();
        assert!(done.status().as_u16() < 400, "{done:?}");
        let disputes = self.disputes().await;
        assert!(disputes.len() >= 3, "{disputes:?}");
        for (number, (dispute, status)) in disputes.iter().enumerate() {
            // Every third waits for its bank, and so does what is only asked about.
            let decided = status == "needs_response";
            if let Some(outcome) = ["won", "lost"].get(number % 3).filter(|_| decided) {
                let body = json!({ "dispute": dispute, "outcome": outcome });
                world.till("disputes/close", Some(body)).await;
            }
        }
        world.till("settle", Some(json!({}))).await;
    }

    /// Every dispute at Stripe with its status, in the order in which they came.
    async fn disputes(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = Vec::new();
        loop {
            let after = all.last().map(|(id, _)| format!("&starting_after={id}"));
            let path = format!("v1/disputes?limit=100{}", after.unwrap_or_default());
            let request = self.world.client.get(format!("{}{path}", self.world.sandbox.payments));
            let request = request.bearer_auth(&self.world.sandbox.payments_secret_key);
            let page = Answer::read(path, request.send().await.unwrap()).await.expect(200).json();
            let text = |of: &Value| of.as_str().unwrap().to_owned();
            let some = page["data"].as_array().unwrap().iter();
            all.extend(some.map(|dispute| (text(&dispute["id"]), text(&dispute["status"]))));
            if page["has_more"] == false {
                all.reverse();
                return all;
            }
        }
    }

    /// Waits until all news is told and worked through, thousands of pieces as well.
    async fn patiently(&self) {
        let due = "SELECT count(*) FROM jobs WHERE state = 'running'
                   OR (state = 'queued' AND run_at <= app_now())";
        let began = std::time::Instant::now();
        loop {
            let waiting = self.world.till("webhooks", None).await;
            let untold = waiting["waiting"].as_array().unwrap().len();
            let due: i64 = self.world.sql(due).await[0].get(0);
            if (untold, due) == (0, 0) {
                return self.world.settle().await;
            }
            let patience = std::time::Duration::from_secs(900);
            assert!(began.elapsed() < patience, "{untold} untold, {due} jobs");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }

    /// What was kept of the news, in the order in which it came.
    async fn kept(&self) -> Vec<Piece> {
        let sql = "SELECT id, endpoint, raw FROM webhooks ORDER BY received_at, id";
        let of = |row: &tokio_postgres::Row| Piece {
            id: row.get(0),
            door: if row.get::<_, &str>(1) == "connect" { CONNECT } else { PLATFORM },
            body: row.get(2),
        };
        self.world.sql(sql).await.iter().map(of).collect()
    }

    /// Everything that stands on news: journals line by line and each thing's state.
    async fn outcome(&self) -> Vec<String> {
        let report = api::billing::check_ledger(&self.world.program.app.db).await.unwrap();
        assert!(report.is_sound(), "{:#?}", report.broken);
        let sql = "
            SELECT concat_ws(' ', 'journal', j.event_key, j.kind, a.kind, a.milestone_id,
                             a.organization_id, e.currency, e.amount_minor) AS line
            FROM journals j JOIN entries e ON e.vendor_id = j.vendor_id AND e.journal_id = j.id
            JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id
            UNION ALL SELECT concat_ws(' ', 'payment', id, state) FROM payments
            UNION ALL SELECT concat_ws(' ', 'milestone', id, state) FROM milestones
            UNION ALL SELECT concat_ws(' ', 'engagement', id, state) FROM engagements
            UNION ALL SELECT concat_ws(' ', 'dispute', stripe_dispute, state, frozen) FROM disputes
            UNION ALL SELECT concat_ws(' ', 'account', stripe_account, details_submitted,
                             transfers_active, disabled_reason)
                      FROM payout_accounts
            UNION ALL SELECT concat_ws(' ', 'call', op, state, count(*)) FROM stripe_calls
                      GROUP BY op, state
            UNION ALL SELECT concat_ws(' ', 'hold', engagement_id, cause) FROM access_holds
                      WHERE lifted_at IS NULL
            ORDER BY line";
        self.world.sql(sql).await.iter().map(|row| row.get(0)).collect()
    }

    /// Delivers the pieces as they come, `AT_ONCE` at a time, each with a forgery after it now and
    /// then; answers how many forgeries there were.
    async fn deliver(&self, order: &[Piece], chance: &mut StdRng) -> usize {
        let now = self.world.clock.now().timestamp();
        let mut letters = Vec::new();
        for (number, piece) in order.iter().enumerate() {
            let right = signed(&secret(piece.door), now, &piece.body);
            letters.push((piece.door, Some(right), piece.body.clone(), 200));
            if chance.random_range(0..10) == 0 {
                let kinds = forgeries(piece.door, now, &piece.body);
                let forged = kinds.into_iter().nth(number % 11).unwrap();
                letters.push((piece.door, forged.signature, forged.body, 400));
            }
        }
        let world = &self.world;
        let sent =
            futures::stream::iter(&letters).map(|(door, signature, body, status)| async move {
                post(world, door, signature.as_deref(), body).await.expect(*status);
            });
        sent.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
        letters.len() - order.len()
    }
}

/// Each piece at least once, others again: word for word, or in an event of another id, as Stripe
/// tells the same of an object twice.
fn any_order(pieces: &[Piece], deliveries: usize, chance: &mut StdRng) -> Vec<Piece> {
    let mut all = pieces.to_vec();
    while all.len() < deliveries {
        let mut again = pieces[chance.random_range(0..pieces.len())].clone();
        if chance.random_range(0..3) == 0 {
            let mut event: Value = serde_json::from_slice(&again.body).unwrap();
            again.id = format!("evt_again_{}", all.len());
            event["id"] = json!(again.id);
            again.body = event.to_string().into_bytes();
        }
        all.push(again);
    }
    all.shuffle(chance);
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn and_comes_to_the_same() {
    let seed = std::env::var("ATTACHE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    println!("ATTACHE_SEED={seed}");
    let extent = Extent::of_this_run();
    let mut scene = Scene::begun(extent.engagements).await;
    let backup = scene.world.database.backup().await;
    scene.happens_outside().await;
    scene.world.till("webhooks/release", Some(json!({}))).await;
    scene.patiently().await;
    let (pieces, wanted) = (scene.kept().await, scene.outcome().await);
    for some in ["dispute dp_", "charge:ch_", "account acct_", "won", "lost", "open"] {
        assert!(wanted.iter().any(|line| line.contains(some)), "{some}: {wanted:#?}");
    }
    let kinds: BTreeSet<_> = pieces.iter().map(|piece| piece.door).collect();
    assert!(kinds.len() == 2 && pieces.len() > extent.engagements * 2, "{}", pieces.len());
    for order in 0..extent.orders {
        let mut chance = StdRng::seed_from_u64(seed.wrapping_add(order));
        let told = any_order(&pieces, extent.deliveries, &mut chance);
        scene.world = scene.world.restored(&backup).await;
        assert_ne!(scene.outcome().await, wanted, "nothing is known yet");
        let forged = scene.deliver(&told, &mut chance).await;
        scene.patiently().await;
        let ids: BTreeSet<&str> = told.iter().map(|piece| piece.id.as_str()).collect();
        let kept: BTreeSet<String> = scene.kept().await.into_iter().map(|p| p.id).collect();
        assert_eq!(kept, ids.iter().map(|id| (*id).to_owned()).collect(), "forged: {forged}");
        assert_eq!(scene.outcome().await, wanted, "order {order}");
        scene.world.till("requests/forget", Some(json!({}))).await;
        println!("order {order}: {} deliveries, {forged} forgeries refused", told.len());
    }
    scene.world.end().await;
}
