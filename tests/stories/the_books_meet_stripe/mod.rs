//! What Stripe says is held against the books: where both agree nobody hears of it, and where they
//! differ somebody does.

mod cut_off;
mod pages;
mod scene;

use attache::postgres::Role;
use chrono::Duration;
use scene::{Scene, ledger};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn and_everything_agrees() {
    let scene = Scene::worked().await;
    let Scene { world, customer, expert, finance, .. } = &scene;
    let seen = scene.compared().await;
    assert_eq!(seen["open"], 0, "{seen} {:#?}", scene.differences("open").await);
    let last = &seen["last"];
    let movements = last["movements"].as_i64().unwrap();
    assert!(movements >= 4, "two charges, a share, a refund: {last}");
    assert_eq!(last["matched"], movements, "{last}");
    scene.later().await;
    let again = scene.compared().await;
    assert_eq!((&again["open"], &again["last"]["matched"]), (&json!(0), &json!(movements)));
    assert!(scene.differences("open").await.is_empty());
    // What a payee's bank takes is not the program's; its account still agrees.
    let account: String = world.sql("SELECT stripe_account FROM payout_accounts").await[0].get(0);
    world.till("payouts", Some(json!({ "account": account, "currency": "usd" }))).await;
    world.advance(Duration::days(1)).await;
    scene.compared().await;
    scene.later().await;
    assert_eq!(scene.compared().await["open"], 0, "{:#?}", scene.differences("open").await);
    for other in [customer, expert, &world.vendor("program_manager").await] {
        other.get("/v1/reconciliation").await.refused(403, "not-permitted");
        other.get("/v1/reconciliation/breaks").await.refused(403, "not-permitted");
        other.post("/v1/reconciliation/runs", json!({})).await.refused(403, "not-permitted");
    }
    let told = finance.get("/v1/notices").await.expect(200).text();
    assert!(!told.contains("Stripe differ"), "{told}");
    let report = world.balances().await;
    assert!(!report.open.iter().any(|found| found.check == "break-open"), "{:#?}", report.open);
    let (code, said) = ledger(world, &["reconcile"]).await;
    assert!(code == 0 && said.contains("\neverything agrees\n"), "{said}");
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_a_charge_is_a_strangers() {
    let scene = Scene::worked().await;
    let Scene { world, finance, .. } = &scene;
    let form = [
        ("amount", "7700"),
        ("currency", "usd"),
        ("payment_method", "pm_card_visa"),
        ("payment_method_types[]", "card"),
        ("confirm", "true"),
    ];
    scene.by_hand("v1/payment_intents", &form).await;
    let topup = json!({ "cause": "topup", "amount": 5_000, "currency": "usd" });
    world.till("movements", Some(topup)).await;
    world.till("settle", Some(json!({}))).await;
    assert_eq!(scene.compared().await["open"], 0, "it may be on its way still");
    scene.later().await;
    assert_eq!(scene.compared().await["open"], 2);
    let open = scene.differences("open").await;
    let of = |what: &str| open.iter().find(|one| one["says"].as_str().unwrap().contains(what));
    let charge = of("(charge ch_").unwrap();
    let figures = world.anyone().get("/metrics").await.expect(200).text();
    let counted = "reconciliation_breaks_open{program=\"larkfield\"} 2";
    assert!(figures.contains(counted) && figures.contains("webhooks_parked 0"), "{figures}");
    assert_eq!((&charge["kind"], &charge["expected"]), (&json!("not_in_books"), &Value::Null));
    assert_eq!(charge["seen"]["minor"], 7_700 - 253, "{charge}");
    assert!(of("$50.00 (topup tu_").is_some(), "{open:#?}");
    let told = finance.get("/v1/notices").await.expect(200).text();
    assert!(told.contains("The books and Stripe differ in 2 things"), "{told}");
    let report = api::billing::check_ledger(&world.program.app.db).await.unwrap();
    assert_eq!(report.open.iter().filter(|found| found.check == "break-open").count(), 2);
    assert_eq!(report.reconciled[0].2, 2);
    let (code, said) = ledger(world, &["reconcile"]).await;
    assert!(code == 1 && said.contains("\n2 differences are open\n"), "{said}");

    let path = format!("/v1/reconciliation/breaks/{}/explanation", charge["id"].as_str().unwrap());
    finance.post(&path, json!({ "reason": " " })).await.refused(422, "invalid");
    let unknown = json!({ "reason": "A test of ours.", "correction": "adjust:1" });
    finance.post(&path, unknown).await.refused(422, "invalid");
    let why = json!({ "reason": "A test of ours, refunded by hand." });
    scene.expert.post(&path, why.clone()).await.refused(403, "not-permitted");
    let explained = finance.post(&path, why.clone()).await.expect(200);
    assert_eq!(explained.at("/state"), "explained");
    assert_eq!(explained.at("/explained_by"), "larkfield-finance");
    finance.post(&path, why).await.refused(409, "difference-ended");
    scene.later().await;
    assert_eq!(scene.compared().await["open"], 1, "explained once is explained");
    assert_eq!(scene.kinds("explained").await, ["not_in_books"]);
    let owner = world.database.connect(Role::Owner).await;
    let change = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{}', true);
         UPDATE reconciliation_breaks SET reason = 'Another.' WHERE state = 'explained'",
        world.larkfield.vendor
    );
    let refused = owner.batch_execute(&change).await.unwrap_err();
    let constraint = refused.as_db_error().and_then(|error| error.constraint());
    assert_eq!(constraint, Some("reconciliation_breaks_ended_stay"));
    let id = open.iter().find(|one| one["id"] != charge["id"]).unwrap()["id"].as_str().unwrap();
    let words = ["explain", id, "--reason", "From our bank.", "--by", "Ada"];
    let (code, said) = ledger(world, &words).await;
    assert!(code == 0 && said.starts_with("explained: Stripe moved $50.00"), "{said}");
    let (code, said) = ledger(world, &words).await;
    assert!(code == 1 && said.contains("ended already"), "{said}");
    let by: Vec<Value> = scene.differences("explained").await;
    assert!(by.iter().any(|one| one["explained_by"] == "Ada"), "{by:#?}");
    assert_eq!(scene.compared().await["open"], 0);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_the_books_say_what_stripe_does_not_know() {
    let scene = Scene::worked().await;
    let world = &scene.world;
    let transfer: String =
        world.sql("SELECT stripe_transfer FROM transfers WHERE state = 'paid'").await[0].get(0);
    scene.posts("bt:txn_nobody", &json!({ "balance_transaction": "txn_nobody" }), 900).await;
    scene.posts("twice:1", &json!({ "transfer": transfer }), 11).await;
    scene.compared().await;
    assert!(scene.kinds("open").await.is_empty(), "young");
    scene.later().await;
    scene.compared().await;
    assert_eq!(scene.kinds("open").await, ["amount_differs"]);
    let open = scene.differences("open").await.remove(0);
    let minor = |name: &str| open[name]["minor"].as_i64().unwrap();
    assert_eq!(minor("expected"), minor("seen") - 11, "{open}");
    world.advance(Duration::hours(2)).await;
    scene.compared().await;
    assert_eq!(scene.kinds("open").await, ["amount_differs", "not_at_stripe"]);
    let open = scene.differences("open").await;
    let loose = open.iter().find(|one| one["kind"] == "not_at_stripe").unwrap();
    assert_eq!((&loose["expected"]["minor"], &loose["seen"]), (&json!(-900), &Value::Null));
    assert!(loose["says"].as_str().unwrap().contains("journal bt:txn_nobody"), "{loose}");
    // A journal that takes it back names the movement, and the next look sees it.
    let differing = open.iter().find(|one| one["kind"] == "amount_differs").unwrap();
    let named = json!({ "balance_transaction": differing["stripe"] });
    scene.posts("twice:1:back", &named, -11).await;
    scene.later().await;
    scene.compared().await;
    assert_eq!(scene.kinds("open").await, ["not_at_stripe"]);
    assert_eq!(scene.kinds("closed").await, ["amount_differs"]);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_a_payee_got_what_nobody_sent() {
    let scene = Scene::worked().await;
    let world = &scene.world;
    let account: String = world.sql("SELECT stripe_account FROM payout_accounts").await[0].get(0);
    assert_eq!(scene.compared().await["open"], 0);
    world
        .till("movements", Some(json!({ "cause": "topup", "amount": 9_000, "currency": "usd" })))
        .await;
    let form = [("amount", "4000"), ("currency", "usd"), ("destination", account.as_str())];
    scene.by_hand("v1/transfers", &form).await;
    scene.later().await;
    scene.compared().await;
    scene.later().await;
    scene.compared().await;
    let found = scene.kinds("open").await;
    // The account was read before; it is read again within a day.
    assert_eq!(found, ["not_in_books", "not_in_books"]);
    world.advance(Duration::hours(24)).await;
    scene.compared().await;
    scene.later().await;
    scene.compared().await;
    let found = scene.kinds("open").await;
    assert_eq!(found, ["account_differs", "not_in_books", "not_in_books"]);
    let open = scene.differences("open").await;
    let of = open.iter().find(|one| one["kind"] == "account_differs").unwrap();
    let minor = |name: &str| of[name]["minor"].as_i64().unwrap();
    assert_eq!(minor("seen") - minor("expected"), 4_000, "{of}");
    scene.world.end().await;
}
