//! Accepted work is paid out: each payee once, whatever Stripe answers and whenever they are ready.

use crate::support::deal::milestones;
use crate::support::reader::{Reader, says};
use crate::support::{Actor, World};
use api::kernel::id::{StripeCallId, VendorId};
use chrono::Duration;
use serde_json::{Value, json};

struct Scene {
    world: World,
    customer: Actor,
    expert: Actor,
    engagement: String,
    part: String,
}

/// A delivered milestone of USD 1,250.00, waiting for acceptance.
async fn delivered(expert_ready: bool) -> Scene {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    if expert_ready {
        world.onboards(&expert).await;
    }
    let (engagement, mut parts) = world.active(&customer, &expert, &[125_000]).await;
    let part = parts.remove(0);
    expert.delivers(&part, "Done.", None).await.expect(201);
    Scene { world, customer, expert, engagement, part }
}

impl Scene {
    async fn accepts(&self) {
        self.customer.accepts(&self.part).await.expect(200);
        self.world.settle().await;
    }

    /// Seconds pass, so that what is to be tried again is tried again.
    async fn retries(&self) {
        for _ in 0..6 {
            self.world.advance(Duration::seconds(70)).await;
            self.world.settle().await;
        }
    }

    async fn transfer(&self, party: &str) -> Value {
        let path = format!("/v1/milestones/{}/money", self.part);
        let money = self.expert.get(&path).await.expect(200).json();
        let split = money["split"].as_array().unwrap().clone();
        split.into_iter().find(|line| line["party"] == party).unwrap()
    }

    /// What Stripe has of this engagement.
    async fn at_stripe(&self) -> Vec<Value> {
        let books = self.world.till("books", None).await;
        let group = format!("engagement-{}", self.engagement);
        books["transfer_groups"][group].as_array().cloned().unwrap_or_default()
    }

    async fn earnings(&self, who: &Actor) -> [i64; 4] {
        let earned = who.get("/v1/earnings").await.expect(200).json();
        ["available", "on_hold", "on_the_way", "paid"]
            .map(|name| earned[name]["minor"].as_i64().unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_once_when_they_are_ready() {
    let scene = delivered(true).await;
    let world = &scene.world;
    let finance = world.vendor("finance").await;
    world.onboards(&finance).await;
    assert_eq!(scene.earnings(&scene.expert).await, [0, 100_000, 0, 0]);
    scene.accepts().await;
    assert_eq!(scene.transfer("consultant").await["transfer"], "paid");
    assert_eq!(scene.earnings(&scene.expert).await, [0, 0, 0, 100_000]);
    assert_eq!(scene.earnings(&finance).await, [0, 0, 0, 18_750]);
    let sent = scene.at_stripe().await;
    let mut amounts: Vec<i64> = sent.iter().map(|t| t["amount"].as_i64().unwrap()).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [18_750, 100_000]);
    assert!(sent.iter().all(|t| t["source_transaction"].as_str().unwrap().starts_with("ch_")));
    let notices = scene.expert.get("/v1/notices").await.expect(200).text();
    assert!(notices.contains("$1,000.00 is yours"), "{notices}");
    let revenue = world.sql("SELECT sum(e.amount_minor)::bigint FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = 'revenue'").await;
    assert_eq!(revenue[0].get::<_, i64>(0), -6_250);
    world.balances().await;
    scene.world.end().await;
}

/// The program's people see who cannot be paid, and ask them; nobody else does.
async fn is_asked(scene: &Scene) {
    let Scene { world, customer, expert, .. } = scene;
    assert_eq!(scene.transfer("consultant").await["ready"], false, "the customer sees it too");
    let path = format!("/v1/partners/{}/payouts", expert.organization);
    let ask = format!("{path}/invitation");
    let finance = world.vendor("finance").await;
    assert_eq!(finance.get(&path).await.expect(200).at("/stage"), "not_started");
    for who in [customer, expert] {
        who.post(&ask, json!({})).await.refused(403, "not-permitted");
        who.get(&path).await.refused(403, "not-permitted");
    }
    let customers = format!("/v1/partners/{}/payouts/invitation", customer.organization);
    finance.post(&customers, json!({})).await.refused(404, "not-found");
    finance.post(&ask, json!({})).await.expect(200);
    let asked = "asks you to set up your payouts";
    let mails = async || {
        let mails = world.mails_to(&expert.email).await;
        mails.iter().filter(|mail| mail["subject"].as_str().unwrap().contains(asked)).count()
    };
    world.settle().await;
    assert_eq!(mails().await, 1);
    let mut reader = Reader::of(world, &finance.email).await;
    let page = reader.open("/partners").await;
    says(&page, "No account yet");
    let form = page.form(&format!("/p/larkfield/partners/{}/payouts", expert.organization));
    says(&reader.send(&form.unwrap()).await, "They are asked to set up their payouts");
    world.settle().await;
    assert_eq!(mails().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn later_when_they_were_not() {
    let scene = delivered(false).await;
    let world = &scene.world;
    scene.accepts().await;
    assert_eq!(scene.transfer("consultant").await["transfer"], "waiting");
    assert_eq!(scene.earnings(&scene.expert).await, [100_000, 0, 0, 0]);
    assert!(scene.at_stripe().await.is_empty());
    world.balances().await;
    is_asked(&scene).await;
    world.onboards(&scene.expert).await;
    assert_eq!(scene.transfer("consultant").await["transfer"], "paid");
    assert_eq!(scene.earnings(&scene.expert).await, [0, 0, 0, 100_000]);
    assert_eq!(scene.at_stripe().await.len(), 1);
    scene.expert.post("/v1/payouts/refresh", json!({})).await.expect(200);
    world.settle().await;
    assert_eq!(scene.at_stripe().await.len(), 1, "ready twice is paid once");
    assert_eq!(scene.transfer("consultant").await["ready"], true);
    world.balances().await;
    scene.world.end().await;
}

async fn once_despite(fault: Value) {
    let scene = delivered(true).await;
    scene.world.till("faults", Some(fault.clone())).await;
    scene.accepts().await;
    scene.retries().await;
    assert_eq!(scene.transfer("consultant").await["transfer"], "paid", "{fault}");
    assert_eq!(scene.at_stripe().await.len(), 1, "{fault}");
    assert_eq!(scene.earnings(&scene.expert).await, [0, 0, 0, 100_000]);
    scene.world.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_although_stripe_breaks_after_doing_it() {
    once_despite(json!({ "after_effect_500": 3, "path_prefix": "/v1/transfers" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_although_even_looking_fails() {
    once_despite(json!({ "drop_answer": 4, "method": "any", "path_prefix": "/v1/transfers" }))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_although_stripe_is_busy() {
    once_despite(json!({ "status_429": 4, "method": "any", "path_prefix": "/v1/transfers" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_although_the_program_slept_for_a_day_and_a_half() {
    let scene = delivered(true).await;
    let world = &scene.world;
    let fault = json!({ "drop_answer": 1, "path_prefix": "/v1/transfers", "hold_webhooks": true });
    world.till("faults", Some(fault)).await;
    scene.accepts().await;
    assert_eq!(scene.transfer("consultant").await["transfer"], "asked");
    assert_eq!(scene.earnings(&scene.expert).await, [0, 0, 100_000, 0]);
    world.till("keys/prune", Some(json!({}))).await;
    world.advance(Duration::hours(36)).await;
    world.settle().await;
    assert_eq!(scene.transfer("consultant").await["transfer"], "paid");
    assert_eq!(scene.at_stripe().await.len(), 1, "looked for, not sent again");
    world.till("webhooks/release", Some(json!({}))).await;
    world.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn never_by_guessing_when_a_call_is_too_old() {
    let scene = delivered(true).await;
    let world = &scene.world;
    let busy = json!({ "status_429": 100_000, "path_prefix": "/v1/transfers" });
    world.till("faults", Some(busy)).await;
    scene.accepts().await;
    world.advance(Duration::hours(30)).await;
    world.settle().await;
    assert!(scene.at_stripe().await.is_empty());
    let report = world.balances().await;
    assert!(report.open.iter().any(|f| f.check == "call-needs-human"), "{:#?}", report.open);
    world.till("faults", Some(json!({}))).await;
    world.advance(Duration::hours(1)).await;
    world.settle().await;
    assert!(scene.at_stripe().await.is_empty(), "a person decides");
    let row = world.sql("SELECT id FROM stripe_calls WHERE state = 'needs_human'").await;
    let vendor = VendorId(world.larkfield.vendor);
    let app = &world.program.app;
    let call = StripeCallId(row[0].get(0));
    api::billing::resolve_lost(app, vendor, call).await.unwrap();
    world.settle().await;
    assert_eq!(scene.transfer("consultant").await["transfer"], "paid");
    assert_eq!(scene.at_stripe().await.len(), 1);
    let again = api::billing::resolve_lost(app, vendor, call).await.err().unwrap();
    assert_eq!(again.code(), Some("not-lost"));
    world.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_stay_owed_when_stripe_refuses() {
    let scene = delivered(true).await;
    let world = &scene.world;
    // Somebody sends the money back at Stripe itself, behind the program's back.
    let charge = world.sql("SELECT charge FROM payments").await[0].get::<_, String>(0);
    let refund = world
        .client
        .post(format!("{}v1/refunds", world.sandbox.payments))
        .bearer_auth(&world.sandbox.payments_secret_key)
        .header("idempotency-key", "by-hand")
        .form(&[("charge", charge.as_str()), ("amount", "100000")]);
    assert_eq!(refund.send().await.unwrap().status(), 200);
    world.news_told().await;
    scene.accepts().await;
    let line = scene.transfer("consultant").await;
    assert_eq!(line["transfer"], "refused");
    assert!(line["refusal"].as_str().unwrap().contains("exceeds"), "{line}");
    assert_eq!(scene.earnings(&scene.expert).await, [100_000, 0, 0, 0]);
    let told = scene.expert.get("/v1/notices").await.expect(200).text();
    assert!(told.contains("could not be sent to you"), "{told}");
    let report = api::billing::check_ledger(&world.program.app.db).await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.broken);
    assert!(report.open.iter().any(|f| f.check == "news-parked"), "{:#?}", report.open);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_people_who_may_and_where_stripe_can_pay() {
    let world = World::new().await;
    let expert = world.consultant("Brandt Studio").await;
    let colleague = world.colleague(&expert, "partner", "consultant", "Iris").await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let support = world.vendor("support").await;
    assert_eq!(expert.get("/v1/payouts").await.expect(200).at("/stage"), "not_started");
    expert.post("/v1/payouts/refresh", json!({})).await.refused(409, "not-onboarding");
    for other in [&colleague, &customer, &support] {
        other.post("/v1/payouts/onboarding", json!({})).await.refused(403, "not-permitted");
    }
    let first = expert.post("/v1/payouts/onboarding", json!({})).await.expect(200).at("/url");
    let second = expert.post("/v1/payouts/onboarding", json!({})).await.expect(200).at("/url");
    assert_ne!(first, second, "a link works once, so each is new");
    assert_eq!(expert.get("/v1/payouts").await.expect(200).at("/stage"), "incomplete");
    let accounts = world.sql("SELECT count(*) FROM stripe_calls WHERE op = 'create_account'").await;
    assert_eq!(accounts[0].get::<_, i64>(0), 1, "one account");
    let far = world.consultant("Samba Labs").await;
    let owner = world.database.connect(attache::postgres::Role::Owner).await;
    let moved = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{}', true);
         UPDATE organizations SET country = 'BR' WHERE id = '{}'; COMMIT",
        world.larkfield.vendor, far.organization
    );
    owner.batch_execute(&moved).await.unwrap();
    far.post("/v1/payouts/onboarding", json!({})).await.refused(422, "country-not-paid");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_reseller_of_record() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let reseller = world.join("reseller", "owner", "Nordlys").await;
    let manager = world.vendor("program_manager").await;
    let named = json!({ "customer": customer.organization, "reseller": reseller.organization, "reason": "sold it" });
    manager.post("/v1/attributions", named).await.expect(201);
    for payee in [&expert, &reseller] {
        world.onboards(payee).await;
    }
    let engagement = world.signed(&customer, &expert, &[99_999]).await;
    let part = milestones(&customer, &engagement).await.remove(0);
    world.pays(&customer, &part).await;
    expert.delivers(&part, "Done.", None).await.expect(201);
    customer.accepts(&part).await.expect(200);
    world.settle().await;
    let scene = Scene { world, customer, expert, engagement, part };
    let parts = ["consultant", "vendor", "reseller", "operator"];
    let mut amounts = Vec::new();
    for party in parts {
        amounts.push(scene.transfer(party).await["amount"]["minor"].as_i64().unwrap());
    }
    assert_eq!(amounts.iter().sum::<i64>(), 99_999, "{amounts:?}");
    assert_eq!(scene.earnings(&reseller).await, [0, 0, 0, 5_000]);
    assert_eq!(scene.transfer("vendor").await["transfer"], "waiting");
    scene.world.balances().await;
    scene.world.end().await;
}
