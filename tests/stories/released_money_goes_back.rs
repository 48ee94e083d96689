//! Money that was released goes back to the customer: first the refund, then each payee's part, by
//! its share. What a payee's account does not have is paid by what it earns next.

use crate::support::deal::{at_once, milestones};
use crate::support::payments::key;
use crate::support::{Actor, Answer, World};
use chrono::Duration;
use serde_json::{Value, json};

struct Scene {
    world: World,
    customer: Actor,
    expert: Actor,
    finance: Actor,
    engagement: String,
    parts: Vec<String>,
}

impl Scene {
    /// Both payees can be paid; the first milestone is released to them.
    async fn released(prices: &[i64]) -> Self {
        let scene = Self::paid(prices).await;
        scene.accepts(0).await;
        scene
    }

    async fn paid(prices: &[i64]) -> Self {
        let world = World::new().await;
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

    async fn accepts(&self, at: usize) {
        self.expert.delivers(&self.parts[at], "Done.", None).await.expect(201);
        self.customer.accepts(&self.parts[at]).await.expect(200);
        self.world.settle().await;
    }

    async fn gives_back(&self, who: &Actor, minor: i64) -> Answer {
        let amount = json!({ "minor": minor, "currency": "USD" });
        self.wants_back(who, json!({ "amount": amount, "reason": "It was less." })).await
    }

    async fn wants_back(&self, who: &Actor, wish: Value) -> Answer {
        let path = format!("/v1/milestones/{}/refunds", self.parts[0]);
        who.post_once(&path, &key(), wish).await
    }

    async fn money(&self, at: usize) -> Value {
        let path = format!("/v1/milestones/{}/money", self.parts[at]);
        self.finance.get(&path).await.expect(200).json()
    }

    /// A field of every party's line, in minor units.
    async fn split(&self, at: usize, name: &str) -> Vec<i64> {
        let money = self.money(at).await;
        let lines = money["split"].as_array().unwrap();
        lines.iter().map(|line| line[name]["minor"].as_i64().unwrap()).collect()
    }

    /// What Stripe sent of this engagement and took back, largest first.
    async fn at_stripe(&self) -> Vec<(i64, i64)> {
        let books = self.world.till("books", None).await;
        let group = &books["transfer_groups"][format!("engagement-{}", self.engagement)];
        let minor = |one: &Value, name: &str| one[name].as_i64().unwrap();
        let all = group.as_array().cloned().unwrap_or_default();
        let mut all: Vec<(i64, i64)> =
            all.iter().map(|one| (minor(one, "amount"), minor(one, "reversed"))).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all
    }

    async fn earned(&self, who: &Actor, name: &str) -> i64 {
        let earned = who.get("/v1/earnings").await.expect(200).json();
        earned[name]["minor"].as_i64().unwrap()
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

    /// Everything that can be used is paid out from the payees' accounts to their banks.
    async fn pays_out(&self) {
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

    async fn retries(&self) {
        for _ in 0..6 {
            self.world.advance(Duration::seconds(70)).await;
            self.world.settle().await;
        }
    }

    /// The ledger says what Stripe says, and every cent of Stripe's is explained.
    async fn balances(&self) {
        self.world.balances().await;
        let truth = self.world.till("truth", None).await;
        assert_eq!(truth["adds_up"], true, "{truth:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn and_each_payee_gives_its_part() {
    let scene = Scene::released(&[125_000]).await;
    let Scene { world, customer, expert, finance, .. } = &scene;
    assert_eq!(scene.split(0, "amount").await, [100_000, 18_750, 6_250]);
    assert_eq!(scene.money(0).await["released"]["minor"], 125_000);
    let (other, support) = (world.consultant("Samba Labs").await, world.vendor("support").await);
    for who in [customer, &support] {
        scene.gives_back(who, 1).await.refused(403, "not-permitted");
    }
    scene.gives_back(&other, 1).await.refused(404, "not-found");
    scene.gives_back(finance, 125_001).await.refused(409, "more-than-released");
    scene.gives_back(finance, 0).await.refused(422, "invalid");

    let refund = scene.gives_back(finance, 25_000).await.expect(201);
    assert_eq!(refund.json()["released"], true);
    world.settle().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 20_000), (18_750, 3_750)]);
    assert_eq!(scene.split(0, "amount").await, [80_000, 15_000, 5_000]);
    assert_eq!(scene.split(0, "given_back").await, [20_000, 3_750, 1_250]);
    assert_eq!(scene.split(0, "owed").await, [0, 0, 0]);
    let money = scene.money(0).await;
    assert_eq!(
        (&money["state"], &money["sent_back"]["minor"], &money["released"]["minor"]),
        (&json!("accepted"), &json!(25_000), &json!(100_000))
    );
    assert_eq!(scene.earned(expert, "paid").await, 80_000);
    assert_eq!((scene.sum("recoverable").await, scene.sum("revenue").await), (0, -5_000));
    assert_eq!(scene.sum("memo_connected").await, 95_000);
    let told = expert.get("/v1/notices").await.expect(200).text();
    assert!(told.contains("You give $200.00 back"), "{told}");
    let told = customer.get("/v1/notices").await.expect(200).text();
    assert!(told.contains("$250.00 goes back to your card"), "{told}");
    scene.balances().await;

    let rest = scene.wants_back(expert, json!({ "reason": "All of it." })).await.expect(201);
    assert_eq!(rest.at("/amount/minor"), "100000");
    world.settle().await;
    scene.gives_back(finance, 1).await.refused(409, "nothing-held");
    assert_eq!(scene.at_stripe().await, [(100_000, 100_000), (18_750, 18_750)]);
    assert_eq!(scene.split(0, "amount").await, [0, 0, 0]);
    let (earned, revenue) = (scene.earned(expert, "paid").await, scene.sum("revenue").await);
    assert_eq!((earned, revenue), (0, 0));
    let of = customer.get(&format!("/v1/engagements/{}", scene.engagement)).await.expect(200);
    assert_eq!(
        (of.at("/money/released/minor"), of.at("/money/refunded/minor")),
        ("0".into(), "125000".into())
    );
    let paid = customer.get("/v1/statements").await.expect(200);
    assert_eq!(paid.at("/closing/minor"), "0");
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_parts_before_and_after_release() {
    let scene = Scene::paid(&[99_999]).await;
    let Scene { world, finance, .. } = &scene;
    scene.gives_back(finance, 33_333).await.expect(201);
    scene.accepts(0).await;
    let released = scene.split(0, "amount").await;
    assert_eq!(released.iter().sum::<i64>(), 66_666);
    let mut before = released;
    let mut kept = 66_666;
    for part in [1, 1, 7, 12_345, 2, 30_001] {
        scene.gives_back(finance, part).await.expect(201);
        world.settle().await;
        kept -= part;
        let now = scene.split(0, "amount").await;
        assert_eq!(now.iter().sum::<i64>(), kept);
        let payees = now.iter().zip(&before).take(2);
        assert!(payees.clone().all(|(now, before)| now <= before), "{before:?} {now:?}");
        let share = |whole: i64| whole * kept / 99_999;
        let whole = [79_999, 15_000];
        assert_eq!(now[..2].to_vec(), whole.map(share).to_vec(), "by the whole price");
        let sent: i64 = scene.at_stripe().await.iter().map(|(sent, back)| sent - back).sum();
        assert_eq!(sent, now[0] + now[1], "what is with the payees");
        before = now;
    }
    scene.wants_back(finance, json!({ "reason": "The rest." })).await.expect(201);
    world.settle().await;
    assert!(scene.at_stripe().await.iter().all(|(sent, back)| sent == back));
    assert_eq!(scene.split(0, "amount").await, [0, 0, 0]);
    assert_eq!((scene.sum("recoverable").await, scene.sum("revenue").await), (0, 0));
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_an_empty_account_pays_by_what_it_earns_next() {
    let scene = Scene::released(&[125_000, 50_000]).await;
    let Scene { world, customer, expert, finance, parts, .. } = &scene;
    scene.pays_out().await;
    scene.gives_back(finance, 62_500).await.expect(201);
    world.settle().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 0), (18_750, 0)], "their accounts are empty");
    assert_eq!(scene.split(0, "owed").await, [50_000, 9_375, 0]);
    assert_eq!(scene.earned(expert, "owed").await, 50_000);
    assert_eq!(scene.sum("recoverable").await, 59_375);
    let report = world.balances().await;
    assert!(report.open.iter().any(|found| found.check == "owed-by-payee"), "{:?}", report.open);
    let lines = expert.get("/v1/statements").await.expect(200);
    assert_eq!(
        (lines.at("/lines/1/state"), lines.at("/lines/1/amount/minor")),
        ("owed".into(), "-50000".into())
    );

    world.pays(customer, &parts[1]).await;
    scene.accepts(1).await;
    // The consultant's 40,000 pay what is owed, all of it; the vendor's 7,500 as well.
    assert_eq!(scene.at_stripe().await, [(100_000, 0), (18_750, 0)], "nothing was sent");
    assert_eq!(scene.split(0, "owed").await, [10_000, 1_875, 0]);
    let money = scene.money(1).await;
    assert_eq!(money["split"][0]["transfer"], "netted");
    let earned = ["available", "on_the_way", "paid", "owed"];
    let mut seen = Vec::new();
    for name in earned {
        seen.push(scene.earned(expert, name).await);
    }
    assert_eq!(seen, [0, 0, 100_000, 10_000]);
    let lines = expert.get("/v1/statements").await.expect(200);
    assert_eq!(lines.at("/closing/minor"), "90000");
    let of = lines.json()["lines"].as_array().unwrap().clone();
    let back = of.iter().find(|line| line["state"] == "owed").unwrap();
    assert_eq!(
        (&back["taken"][0]["how"], &back["taken"][0]["amount"]["minor"]),
        (&json!("netting"), &json!(40_000))
    );
    let share = of.iter().find(|line| line["netted"]["minor"] == 40_000).unwrap();
    assert_eq!(share["state"], "paid");
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_only_the_rest_of_the_next_share_is_sent() {
    let scene = Scene::released(&[50_000, 125_000]).await;
    let Scene { world, customer, finance, parts, .. } = &scene;
    scene.pays_out().await;
    scene.gives_back(finance, 50_000).await.expect(201);
    world.settle().await;
    assert_eq!(scene.split(0, "owed").await, [40_000, 7_500, 0]);
    world.pays(customer, &parts[1]).await;
    scene.accepts(1).await;
    assert_eq!(
        scene.at_stripe().await,
        [(60_000, 0), (40_000, 0), (11_250, 0), (7_500, 0)],
        "100,000 less 40,000, and 18,750 less 7,500"
    );
    assert_eq!(scene.split(0, "owed").await, [0, 0, 0]);
    assert_eq!((scene.sum("recoverable").await, scene.sum("payable").await), (0, 0));
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_shares_that_were_not_sent() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    let (engagement, parts) = world.active(&customer, &expert, &[125_000]).await;
    let scene = Scene { world, customer, expert, finance, engagement, parts };
    scene.accepts(0).await;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    scene.world.settle().await;
    assert_eq!(scene.split(0, "owed").await, [0, 0, 0]);
    assert_eq!(scene.earned(&scene.expert, "available").await, 80_000);
    scene.balances().await;
    scene.world.onboards(&scene.expert).await;
    assert_eq!(scene.at_stripe().await, [(80_000, 0)]);
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn never_more_than_was_released() {
    let scene = Scene::released(&[125_000]).await;
    let answers = at_once(|| {
        let (finance, path) =
            (scene.finance.clone(), format!("/v1/milestones/{}/refunds", scene.parts[0]));
        let amount = json!({ "minor": 40_000, "currency": "USD" });
        let wish = json!({ "amount": amount, "reason": "It was less." });
        async move { finance.post_once(&path, &key(), wish).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 3, "{answers:?}");
    assert_eq!(answers.iter().filter(|a| a.status == 409).count(), 5, "{answers:?}");
    scene.world.settle().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 96_000), (18_750, 18_000)]);
    assert_eq!(scene.split(0, "amount").await, [4_000, 750, 250]);
    scene.balances().await;
    scene.world.end().await;
}

async fn once_despite(fault: Value) {
    let scene = Scene::released(&[125_000]).await;
    scene.world.till("faults", Some(fault.clone())).await;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    scene.world.settle().await;
    scene.retries().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 20_000), (18_750, 3_750)], "{fault}");
    let paid = scene.world.sql("SELECT count(*) FROM reversals WHERE state = 'paid'").await;
    assert_eq!(paid[0].get::<_, i64>(0), 2, "{fault}");
    scene.world.till("faults", Some(json!({}))).await;
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_although_answers_are_lost() {
    once_despite(json!({ "drop_answer": 2, "path_prefix": "/v1/transfers/tr_" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_although_even_looking_fails() {
    let fault = json!({ "drop_answer": 5, "method": "any", "path_prefix": "/v1/transfers/tr_" });
    once_despite(fault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn once_although_stripe_breaks_after_doing_it() {
    once_despite(json!({ "after_effect_500": 2, "path_prefix": "/v1/transfers/tr_" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_payees_wait_until_the_refund_is_known() {
    let scene = Scene::released(&[125_000]).await;
    let world = &scene.world;
    let busy = json!({ "status_429": 100_000, "path_prefix": "/v1/refunds" });
    world.till("faults", Some(busy)).await;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    scene.retries().await;
    let asked = world.sql("SELECT count(*) FROM reversals").await;
    assert_eq!(asked[0].get::<_, i64>(0), 0, "first the refund, then what the payees give");
    assert_eq!(scene.sum("recoverable").await, 23_750);
    world.till("faults", Some(json!({}))).await;
    world.advance(Duration::hours(1)).await;
    world.settle().await;
    assert_eq!(scene.at_stripe().await, [(100_000, 20_000), (18_750, 3_750)]);
    scene.balances().await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_nothing_moves_when_stripe_refuses() {
    let scene = Scene::released(&[125_000]).await;
    let world = &scene.world;
    // Somebody sends all of it back at Stripe itself, behind the program's back.
    let charge = world.sql("SELECT charge FROM payments").await[0].get::<_, String>(0);
    let refund = world
        .client
        .post(format!("{}v1/refunds", world.sandbox.payments))
        .bearer_auth(&world.sandbox.payments_secret_key)
        .header("idempotency-key", "by-hand")
        .form(&[("charge", charge.as_str())]);
    assert_eq!(refund.send().await.unwrap().status(), 200);
    world.news_told().await;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    world.settle().await;
    let money = scene.money(0).await;
    assert_eq!(money["refunds"][0]["state"], "refused");
    assert_eq!(money["released"]["minor"], 125_000);
    assert_eq!(scene.split(0, "given_back").await, [0, 0, 0]);
    assert_eq!(scene.at_stripe().await, [(100_000, 0), (18_750, 0)]);
    for (kind, sum) in [("recoverable", 0), ("credit", 0), ("revenue", -6_250)] {
        assert_eq!(scene.sum(kind).await, sum, "{kind}");
    }
    for who in [&scene.customer, &scene.finance] {
        let told = who.get("/v1/notices").await.expect(200).text();
        assert!(told.contains("$250.00 did not reach the card"), "{told}");
    }
    let report = api::billing::check_ledger(&world.program.app.db).await.unwrap();
    assert!(report.is_sound(), "{:#?}", report.broken);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_is_a_credit_when_the_card_does_not_take_it() {
    let scene = Scene::released(&[125_000]).await;
    let world = &scene.world;
    scene.gives_back(&scene.finance, 25_000).await.expect(201);
    world.days_pass().await;
    let refund = world.till("books", None).await["refunds"][0]["id"].clone();
    world.till("refunds/fail", Some(json!({ "refund": refund }))).await;
    world.days_pass().await;
    let money = scene.money(0).await;
    assert_eq!(money["refunds"][0]["state"], "failed");
    assert_eq!(money["refunds"][0]["refusal"], "lost_or_stolen_card");
    assert_eq!(scene.sum("credit").await, -25_000);
    assert_eq!(scene.at_stripe().await, [(100_000, 20_000), (18_750, 3_750)]);
    for who in [&scene.customer, &scene.finance] {
        let told = who.get("/v1/notices").await.expect(200).text();
        assert!(told.contains("$250.00 did not reach the card"), "{told}");
    }
    let report = world.balances().await;
    assert!(report.open.iter().any(|found| found.check == "refund-refused"), "{:?}", report.open);
    scene.balances().await;
    scene.world.end().await;
}
