//! Money goes on from a payee's account to its bank, and comes back when the bank does not take it:
//! the payee sees where it is, and hears what to do.

use crate::support::deal::milestones;
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use attache::postgres::Role;
use serde_json::{Value, json};

struct Scene {
    world: World,
    expert: Actor,
    account: String,
}

impl Scene {
    /// A share of USD 1,000 is on the consultant's account at Stripe, and can be used there.
    async fn new() -> Self {
        let world = World::new().await;
        let customer = world.customer("Fjordhaus Outdoor").await;
        let expert = world.consultant("Brandt Studio").await;
        world.onboards(&expert).await;
        let engagement = world.signed(&customer, &expert, &[125_000]).await;
        let part = milestones(&customer, &engagement).await.remove(0);
        world.pays(&customer, &part).await;
        expert.delivers(&part, "Done.", None).await.expect(201);
        customer.accepts(&part).await.expect(200);
        world.days_pass().await;
        let account = world.sql("SELECT stripe_account FROM payout_accounts").await[0].get(0);
        Self { world, expert, account }
    }

    async fn till(&self, call: &str, body: Value) -> Value {
        let done = self.world.till(call, Some(body)).await;
        self.world.news_told().await;
        done
    }

    async fn pays_out(&self, minor: i64, slow: bool) -> String {
        let body = json!({ "account": self.account, "currency": "usd", "amount": minor,
                           "slow": slow });
        self.till("payouts", body).await["id"].as_str().unwrap().to_owned()
    }

    async fn history(&self) -> Vec<(i64, String)> {
        let page = self.expert.get("/v1/payouts/history").await.expect(200).json();
        let items = page["items"].as_array().unwrap().clone();
        let of = |one: Value| {
            (one["minor"].as_i64().unwrap(), one["state"].as_str().unwrap().to_owned())
        };
        items.into_iter().map(of).collect()
    }

    async fn notices(&self) -> String {
        self.world.settle().await;
        self.expert.get("/v1/notices").await.expect(200).text()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn and_come_back_when_they_do_not() {
    let scene = Scene::new().await;
    let Scene { world, expert, .. } = &scene;
    assert_eq!(scene.history().await, []);
    let mut reader = Reader::of(world, &expert.email).await;
    says(&reader.open("/payouts").await, "Nothing yet. Stripe sends on");
    let slow = scene.pays_out(40_000, true).await;
    let state = |word: &str| word.to_owned();
    assert_eq!(scene.history().await, [(40_000, state("pending"))]);
    scene.till("payouts/go-on", json!({ "payout": slow, "to": "in_transit" })).await;
    assert_eq!(scene.history().await, [(40_000, state("in_transit"))]);
    says(&reader.open("/payouts").await, "On its way");
    scene.till("payouts/go-on", json!({ "payout": slow, "to": "paid" })).await;
    world.advance(chrono::Duration::seconds(5)).await;
    let quick = scene.pays_out(25_000, false).await;
    let paid = [(25_000, state("paid")), (40_000, state("paid"))];
    assert_eq!(scene.history().await, paid);
    assert!(!scene.notices().await.contains("bank"), "what arrives needs no word");

    // It had arrived, and the bank sends it back.
    scene.till("payouts/fail", json!({ "payout": quick, "code": "account_closed" })).await;
    assert_eq!(scene.history().await[0], (25_000, state("failed")));
    let told = scene.notices().await;
    assert!(told.contains("$250.00 came back from your bank"), "{told}");
    assert!(told.contains("The bank account was closed: give another one."), "{told}");
    let page = reader.open("/payouts").await;
    says(&page, "$250.00 did not reach your bank");
    says(&page, "Came back");
    let first = expert.get("/v1/payouts/history?limit=1").await.expect(200).json();
    assert_eq!(first["items"][0]["failure"], "account_closed");
    let next = format!("/v1/payouts/history?limit=1&cursor={}", first["next"].as_str().unwrap());
    let rest = expert.get(&next).await.expect(200).json();
    assert_eq!((&rest["items"][0]["minor"], &rest["next"]), (&json!(40_000), &Value::Null));
    let other = world.consultant("Okafor Studio").await;
    assert_eq!(other.get("/v1/payouts/history").await.expect(200).json()["items"], json!([]));

    // News that comes late changes nothing, and nobody writes it back.
    let events = "SELECT count(*) FROM events WHERE kind = 'payout-failed'";
    assert_eq!(world.sql(events).await[0].get::<_, i64>(0), 1);
    let owner = world.database.connect(Role::Owner).await;
    for (change, constraint) in [
        ("state = 'paid', failure = NULL", "payouts_one_way"),
        ("amount_minor = 1", "payouts_frozen"),
    ] {
        let sql = format!(
            "BEGIN; SELECT set_config('attache.vendor', '{}', true);
             UPDATE payouts SET {change} WHERE state = 'failed'; COMMIT;",
            world.larkfield.vendor
        );
        let error = owner.batch_execute(&sql).await.unwrap_err();
        assert_eq!(error.as_db_error().unwrap().constraint(), Some(constraint));
        owner.batch_execute("ROLLBACK").await.unwrap();
    }
    world.balances().await;
    scene.world.end().await;
}
