//! The bank of a card takes a payment back: nothing of it moves until the bank decides, and the
//! ledger says who bears it.

use crate::support::deal::milestones;
use crate::support::payments::key;
use crate::support::{Actor, World};
use api::billing::replay_webhooks;
use chrono::{DateTime, Duration};
use serde_json::{Value, json};

/// Stripe's test card whose payment is disputed as fraudulent.
const DISPUTED: &str = "4000000000000259";

struct Scene {
    world: World,
    customer: Actor,
    expert: Actor,
    finance: Actor,
    engagement: String,
    parts: Vec<String>,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let customer = world.customer("Fjordhaus Outdoor").await;
        let expert = world.consultant("Brandt Studio").await;
        let finance = world.vendor("finance").await;
        let engagement = world.signed(&customer, &expert, &[125_000, 50_000]).await;
        let parts = milestones(&customer, &engagement).await;
        Self { world, customer, expert, finance, engagement, parts }
    }

    /// Pays the first milestone with a card that its bank disputes.
    async fn pays_disputed(&self) {
        let payment = self.world.begins(&self.customer, &self.parts[0]).await;
        self.world.card(&payment.at("/checkout_url"), DISPUTED).await.expect(303);
        let path = format!("/v1/payments/{}", payment.id());
        self.world.until(&self.customer, &path, "/state", "paid").await;
        self.world.days_pass().await;
    }

    async fn disputes(&self) -> Value {
        self.finance.get("/v1/disputes").await.expect(200).json()["items"].clone()
    }

    async fn state(&self) -> String {
        let path = format!("/v1/engagements/{}", self.engagement);
        self.customer.get(&path).await.expect(200).at("/state")
    }

    async fn decides(&self, outcome: &str) {
        let dispute = self.disputes().await[0]["stripe"].clone();
        let body = json!({ "dispute": dispute, "outcome": outcome });
        self.world.till("disputes/close", Some(body)).await;
        self.world.days_pass().await;
    }

    async fn money(&self) -> Value {
        let path = format!("/v1/milestones/{}/money", self.parts[0]);
        self.customer.get(&path).await.expect(200).json()
    }

    /// What all accounts of a kind have together; plus is debit.
    async fn sum(&self, kind: &str) -> i64 {
        let sql = format!(
            "SELECT coalesce(sum(amount_minor), 0)::bigint FROM entries e
             JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id
             WHERE a.kind = '{kind}'"
        );
        self.world.sql(&sql).await[0].get(0)
    }

    async fn journals(&self) -> Vec<(String, String)> {
        let sql = "SELECT event_key, kind::text FROM journals ORDER BY event_key";
        self.world.sql(sql).await.iter().map(|row| (row.get(0), row.get(1))).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_release_and_gives_it_back() {
    let scene = Scene::new().await;
    let Scene { world, customer, expert, finance, parts, .. } = &scene;
    scene.pays_disputed().await;
    assert_eq!(scene.state().await, "disputed");
    let disputes = scene.disputes().await;
    let of = |name: &str| disputes[0][name].clone();
    assert_eq!((of("state"), of("reason")), (json!("open"), json!("fraudulent")));
    assert_eq!((&of("amount")["minor"], &of("fee")["minor"]), (&json!(125_000), &json!(1_500)));
    assert_eq!(scene.money().await["dispute"]["state"], "open");
    let booked = (scene.sum("dispute_hold").await, scene.sum("dispute_fee").await);
    assert_eq!(booked, (125_000, 1_500));
    assert_eq!(scene.sum("held").await, -125_000, "what was paid for is still owed");

    customer.get("/v1/disputes").await.expect(200);
    expert.get("/v1/disputes").await.refused(403, "not-permitted");
    let refund = format!("/v1/milestones/{}/refunds", parts[0]);
    let why = json!({ "reason": "They asked." });
    let refused = finance.post_once(&refund, &key(), why).await;
    refused.refused(409, "refund-locked-by-dispute");
    for who in [customer, finance] {
        let told = who.get("/v1/notices").await.expect(200).text();
        assert!(told.contains("A bank disputes a payment of $1,250.00"), "{told}");
    }
    let held = "SELECT count(*) FROM access_holds WHERE lifted_at IS NULL AND cause = 'payment'";
    assert_eq!(world.sql(held).await[0].get::<_, i64>(0), 1, "letters rest");
    world.balances().await;

    scene.decides("won").await;
    assert_eq!(scene.state().await, "active");
    assert_eq!(world.sql(held).await[0].get::<_, i64>(0), 0, "letters work again");
    let booked = (scene.sum("dispute_hold").await, scene.sum("dispute_fee").await);
    assert_eq!(booked, (0, 1_500));
    expert.delivers(&parts[0], "The map.", None).await.expect(201);
    customer.accepts(&parts[0]).await.expect(200);
    world.balances().await;
    assert_eq!(scene.sum("held").await, 0);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_release_and_keeps_it() {
    let scene = Scene::new().await;
    scene.pays_disputed().await;
    scene.decides("lost").await;
    let money = scene.money().await;
    assert_eq!((&money["state"], &money["dispute"]["state"]), (&json!("refunded"), &json!("lost")));
    assert_eq!(scene.state().await, "active", "the other milestone goes on");
    let statement = scene.customer.get("/v1/statements").await.expect(200);
    assert_eq!(
        (statement.at("/lines/0/state"), statement.at("/closing/minor")),
        ("refunded".into(), "0".into())
    );
    for kind in ["held", "dispute_hold", "loss", "recoverable"] {
        assert_eq!(scene.sum(kind).await, 0, "{kind}");
    }
    scene.world.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_release_and_keeps_it() {
    let scene = Scene::new().await;
    let Scene { world, customer, expert, parts, .. } = &scene;
    world.pays(customer, &parts[0]).await;
    expert.delivers(&parts[0], "The map.", None).await.expect(201);
    customer.accepts(&parts[0]).await.expect(200);
    world.days_pass().await;
    let earned = -scene.sum("revenue").await;
    let charge: String = world.sql("SELECT charge FROM payments").await[0].get(0);
    let body = json!({ "charge": charge, "cause": "product_not_received" });
    world.till("disputes", Some(body)).await;
    world.days_pass().await;
    assert_eq!(scene.disputes().await[0]["reason"], "product_not_received");
    assert_eq!(scene.state().await, "disputed");
    scene.decides("lost").await;
    assert_eq!(scene.state().await, "active");
    assert_eq!(scene.sum("revenue").await, 0, "the operator gives {earned} back");
    assert_eq!(scene.sum("recoverable").await, 0, "the payees' shares were not sent: they pay it");
    assert_eq!(scene.sum("payable").await, 0);
    let lost = scene.money().await;
    assert_eq!(lost["split"][0]["given_back"]["minor"], 100_000, "{lost}");
    assert_eq!((scene.sum("dispute_hold").await, scene.sum("loss").await), (0, 0));
    world.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_news_of_it_comes_twice_and_backwards() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let faults = json!({ "reorder_webhooks": true, "duplicate_webhooks": true });
    world.till("faults", Some(faults)).await;
    scene.pays_disputed().await;
    for _ in 0..3 {
        world.advance(Duration::seconds(120)).await;
        world.settle().await;
    }
    assert_eq!(scene.state().await, "disputed");
    scene.decides("won").await;
    let journals = scene.journals().await;
    let count = |kind: &str| journals.iter().filter(|(_, is)| is == kind).count();
    let kinds = ["dispute_opened", "dispute_won", "dispute_lost"];
    assert_eq!(kinds.map(count), [1, 1, 0]);
    let replay = replay_webhooks(&world.program.app, DateTime::UNIX_EPOCH).await.unwrap();
    assert!(replay.changed_nothing(), "{replay:?}");
    world.settle().await;
    assert_eq!(scene.journals().await, journals);
    assert_eq!(scene.state().await, "active");
    world.balances().await;
    scene.world.end().await;
}

/// The refund of a part is under way when the bank takes all of it: Stripe refuses it then, and the
/// part is the customer's credit.
async fn refund_meets_the_bank(scene: &Scene) {
    let Scene { world, customer, finance, parts, .. } = scene;
    world.pays(customer, &parts[0]).await;
    let busy = json!({ "status_429": 100_000, "path_prefix": "/v1/refunds" });
    world.till("faults", Some(busy)).await;
    let amount = json!({ "minor": 25_000, "currency": "USD" });
    let wish = json!({ "amount": amount, "reason": "It was less." });
    let path = format!("/v1/milestones/{}/refunds", parts[0]);
    finance.post_once(&path, &key(), wish).await.expect(201);
    world.settle().await;
    let charge: String = world.sql("SELECT charge FROM payments").await[0].get(0);
    let body = json!({ "charge": charge, "cause": "product_not_received" });
    world.till("disputes", Some(body)).await;
    world.news_told().await;
}

async fn goes_on(scene: &Scene) {
    scene.world.till("faults", Some(json!({}))).await;
    scene.world.advance(Duration::hours(2)).await;
    scene.world.days_pass().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_nobody_has_it_twice_who_has_a_credit() {
    let scene = Scene::new().await;
    refund_meets_the_bank(&scene).await;
    goes_on(&scene).await;
    let refund = scene.money().await["refunds"][0].clone();
    assert_eq!((&refund["state"], scene.sum("credit").await), (&json!("refused"), -25_000));
    scene.decides("lost").await;
    assert_eq!((scene.sum("credit").await, scene.sum("loss").await), (0, 0));
    assert_eq!((scene.sum("held").await, scene.sum("dispute_hold").await), (0, 0));
    scene.world.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_nobody_gets_a_credit_of_what_the_bank_gave() {
    let scene = Scene::new().await;
    refund_meets_the_bank(&scene).await;
    scene.decides("lost").await;
    assert_eq!((scene.sum("refund_inflight").await, scene.sum("loss").await), (-25_000, 25_000));
    goes_on(&scene).await;
    let refund = scene.money().await["refunds"][0].clone();
    assert_eq!((&refund["state"], scene.sum("credit").await), (&json!("refused"), 0));
    assert_eq!((scene.sum("loss").await, scene.sum("refund_inflight").await), (0, 0));
    let told = scene.customer.get("/v1/notices").await.expect(200).text();
    assert!(!told.contains("You have a credit"), "{told}");
    scene.world.balances().await;
    scene.world.end().await;
}
