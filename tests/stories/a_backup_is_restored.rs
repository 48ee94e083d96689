//! A backup is put back that is older than Stripe, a day later: what was done since is asked for
//! again, and each thing happened once.

use crate::support::payments::key;
use crate::support::{Actor, Answer, World};
use api::billing::{Reconciled, reconcile};
use attache::postgres::Role;
use chrono::Duration;
use serde_json::{Value, json};

struct Scene {
    world: World,
    customer: Actor,
    expert: Actor,
    finance: Actor,
    engagement: String,
    part: String,
}

/// A delivered milestone of USD 1,250.00, whose payees can be paid.
async fn delivered() -> Scene {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    world.onboards(&expert).await;
    world.onboards(&finance).await;
    let (engagement, mut parts) = world.active(&customer, &expert, &[125_000]).await;
    let part = parts.remove(0);
    expert.delivers(&part, "Done.", None).await.expect(201);
    Scene { world, customer, expert, finance, engagement, part }
}

impl Scene {
    /// More than a day later the backup is put back: Stripe has forgotten every key.
    async fn restored(self, backup: &[u8]) -> Self {
        self.world.news_told().await;
        self.world.advance(Duration::hours(25)).await;
        let world = self.world.restored(backup).await;
        world.settle().await;
        Self { world, ..self }
    }

    async fn accepts(&self) {
        self.customer.accepts(&self.part).await.expect(200);
        self.world.settle().await;
    }

    async fn sends_back(&self, minor: i64) -> Answer {
        let amount = json!({ "minor": minor, "currency": "USD" });
        let wish = json!({ "amount": amount, "reason": "It was less." });
        let path = format!("/v1/milestones/{}/refunds", self.part);
        let answer = self.finance.post_once(&path, &key(), wish).await.expect(201);
        self.world.settle().await;
        answer
    }

    async fn transfers(&self) -> Vec<Value> {
        let books = self.world.till("books", None).await;
        let group = &books["transfer_groups"][format!("engagement-{}", self.engagement)];
        group.as_array().cloned().unwrap_or_default()
    }

    /// What Stripe sent and took back of it, largest first; and what went to the card.
    async fn at_stripe(&self) -> (Vec<(i64, i64)>, Vec<i64>) {
        let minor = |one: &Value, name: &str| one[name].as_i64().unwrap();
        let all = self.transfers().await;
        let mut sent: Vec<(i64, i64)> =
            all.iter().map(|one| (minor(one, "amount"), minor(one, "reversed"))).collect();
        sent.sort_unstable_by(|a, b| b.cmp(a));
        let books = self.world.till("books", None).await;
        let refunds = books["refunds"].as_array().unwrap();
        (sent, refunds.iter().map(|one| minor(one, "amount")).collect())
    }

    /// Keys of the calls that wait for a person.
    async fn waiting(&self) -> Vec<String> {
        let report = api::billing::check_ledger(&self.world.program.app.db).await.unwrap();
        assert!(report.is_sound(), "{:#?}", report.broken);
        let waits = report.open.into_iter().filter(|found| found.check == "call-needs-human");
        let mut keys: Vec<String> = waits
            .map(|found| {
                assert!(found.says.contains("which this database does not know of"), "{found:?}");
                found.subject
            })
            .collect();
        keys.sort_unstable();
        keys
    }

    /// Books, the sandbox's own and the comparison of both agree to the cent.
    async fn agrees(self) {
        let world = &self.world;
        world.balances().await;
        assert_eq!(world.till("truth", None).await["adds_up"], true);
        world.advance(Duration::minutes(40)).await;
        world.settle().await;
        let Reconciled::Done(looked) = reconcile(&world.program.app).await.unwrap() else {
            panic!("another comparison is under way");
        };
        let open: Vec<_> = looked.iter().flat_map(|one| &one.open).collect();
        assert!(open.is_empty(), "{open:#?}");
        self.world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_25_what_was_released_and_sent_back_is_so_again() {
    let scene = delivered().await;
    let backup = scene.world.database.backup().await;
    scene.accepts().await;
    scene.sends_back(62_500).await;
    let before = scene.at_stripe().await;
    assert_eq!(before, (vec![(100_000, 50_000), (18_750, 9_375)], vec![62_500]));
    let scene = scene.restored(&backup).await;
    let path = format!("/v1/milestones/{}/money", scene.part);
    let money = scene.expert.get(&path).await.expect(200);
    assert_eq!(money.json()["split"][0]["transfer"], Value::Null, "nobody remembers");
    scene.accepts().await;
    assert_eq!(scene.at_stripe().await, before);
    let money = scene.expert.get(&path).await.expect(200);
    assert_eq!(money.at("/split/0/transfer"), "paid");
    scene.sends_back(62_500).await;
    assert_eq!(scene.at_stripe().await, before);
    assert_eq!(scene.waiting().await, [""; 0]);
    scene.agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_25_a_call_that_waited_in_the_backup_was_made_since() {
    let scene = delivered().await;
    let world = &scene.world;
    let busy = json!({ "status_429": 1_000, "path_prefix": "/v1/transfers" });
    world.till("faults", Some(busy)).await;
    scene.accepts().await;
    // As it was a moment before: written down, and never sent.
    let earlier = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{}', true);
         UPDATE stripe_calls SET state = 'queued', attempts = 0, first_sent_at = NULL,
           trouble = NULL WHERE op = 'create_transfer'; COMMIT",
        world.larkfield.vendor
    );
    world.database.connect(Role::Owner).await.batch_execute(&earlier).await.unwrap();
    let backup = world.database.backup().await;
    world.till("faults", Some(json!({}))).await;
    world.advance(Duration::seconds(70)).await;
    world.settle().await;
    let before = scene.at_stripe().await;
    assert_eq!(before.0, [(100_000, 0), (18_750, 0)]);
    let scene = scene.restored(&backup).await;
    assert_eq!(scene.at_stripe().await, before);
    scene.agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_25_and_another_amount_stops_until_a_person_mends_it() {
    let scene = delivered().await;
    let backup = scene.world.database.backup().await;
    scene.sends_back(5_000).await;
    scene.accepts().await;
    let before = scene.at_stripe().await;
    assert_eq!(before, (vec![(96_000, 0), (18_000, 0)], vec![5_000]));
    let scene = scene.restored(&backup).await;
    scene.accepts().await;
    scene.world.advance(Duration::hours(1)).await;
    scene.world.settle().await;
    assert_eq!(scene.at_stripe().await, before, "nothing is sent by guessing");
    let waiting = scene.waiting().await;
    assert_eq!(waiting.len(), 2, "{waiting:?}");
    let resolve = ["ledger", "resolve", &waiting[0]];
    let (code, said) = scene.world.runs(&resolve).await;
    assert!(
        code == 1 && said.contains("of USD 960.00") && said.contains("Take all of it back"),
        "{said}"
    );
    // A person takes it back at Stripe, and says so.
    let sent = scene.transfers().await;
    let odd = sent.iter().find(|one| one["amount"] == 96_000).unwrap();
    let path = format!("v1/transfers/{}/reversals", odd["id"].as_str().unwrap());
    let by_hand = scene.world.client.post(format!("{}{path}", scene.world.sandbox.payments));
    let by_hand = by_hand.bearer_auth(&scene.world.sandbox.payments_secret_key);
    let by_hand = by_hand.header("idempotency-key", "by-hand").form(&[("amount", "96000")]);
    assert_eq!(by_hand.send().await.unwrap().status(), 200);
    let (code, said) = scene.world.runs(&resolve).await;
    assert!(code == 0 && said.starts_with("refused"), "{said}");
    scene.world.settle().await;
    let sent = [(100_000, 0), (96_000, 96_000), (18_000, 0)];
    assert_eq!(scene.at_stripe().await.0, sent, "and it begins anew");
    let (code, said) = scene.world.runs(&resolve).await;
    assert!(code == 1 && said.contains("does not wait for a person"), "{said}");
    let (code, said) = scene.world.runs(&["ledger", "resolve", "tr:nothing"]).await;
    assert_eq!(code, 1, "{said}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_25_refunds_of_one_amount_are_each_found_once() {
    let scene = delivered().await;
    let backup = scene.world.database.backup().await;
    for _ in 0..2 {
        scene.sends_back(20_000).await;
    }
    let scene = scene.restored(&backup).await;
    let bodies = [scene.sends_back(20_000).await.id(), scene.sends_back(20_000).await.id()];
    assert_eq!(scene.at_stripe().await.1, [20_000, 20_000], "{bodies:?}");
    scene.sends_back(20_000).await;
    scene.sends_back(5_000).await;
    assert_eq!(scene.at_stripe().await.1, [20_000, 20_000, 20_000, 5_000], "these are new");
    scene.world.balances().await;
    let scene = scene.restored(&backup).await;
    scene.sends_back(30_000).await;
    assert_eq!(scene.at_stripe().await.1.len(), 4, "nothing of this amount went back");
    let waiting = scene.waiting().await;
    let (code, said) = scene.world.runs(&["ledger", "resolve", &waiting[0]]).await;
    assert!(code == 0 && said.starts_with("refused: Stripe has re_"), "{said}");
    assert_eq!(scene.waiting().await, [""; 0]);
    scene.world.end().await;
}
