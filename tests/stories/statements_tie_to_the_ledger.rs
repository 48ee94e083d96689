//! Everybody sees what they earned or paid, line by line, and every line ties to the ledger.

use crate::support::deal::milestones;
use crate::support::payments::key;
use crate::support::session::Session;
use crate::support::{Actor, World};
use attache::postgres::Role;
use chrono::{Duration, NaiveDate};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;

/// One milestone paid out, one owed to a vendor who cannot be paid, one held, one sent back.
async fn year(world: &World, customer: &Actor, expert: &Actor) -> Vec<String> {
    let finance = world.vendor("finance").await;
    world.onboards(expert).await;
    let engagement = world.signed(customer, expert, &[100_000, 50_000, 20_000]).await;
    let parts = milestones(customer, &engagement).await;
    for part in &parts {
        world.pays(customer, part).await;
    }
    expert.delivers(&parts[0], "Done.", None).await.expect(201);
    customer.accepts(&parts[0]).await.expect(200);
    let path = format!("/v1/milestones/{}/refunds", parts[2]);
    let why = json!({ "reason": "It is not needed." });
    finance.post_once(&path, &key(), why).await.expect(201);
    world.settle().await;
    parts
}

async fn lines(who: &Actor) -> (Value, Vec<Value>) {
    let statement = who.get("/v1/statements").await.expect(200).json();
    let lines = statement["lines"].as_array().unwrap().clone();
    (statement, lines)
}

fn told(lines: &[Value]) -> Vec<(String, i64, i64)> {
    let one = |line: &Value| {
        let minor = |name: &str| line[name]["minor"].as_i64().unwrap();
        (line["state"].as_str().unwrap().to_owned(), minor("amount"), minor("running"))
    };
    let mut lines: Vec<_> = lines.iter().map(one).collect();
    lines.sort();
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn for_consultant_vendor_and_customer() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    year(&world, &customer, &expert).await;
    let (statement, own) = lines(&expert).await;
    let paid = ("paid".to_owned(), 80_000, 80_000);
    assert!(told(&own).contains(&paid), "{own:#?}");
    let states: BTreeSet<String> = told(&own).into_iter().map(|line| line.0).collect();
    assert_eq!(states, BTreeSet::from(["held".into(), "paid".into(), "refunded".into()]));
    assert_eq!(statement["closing"]["minor"], 80_000);
    let line = own.iter().find(|line| line["state"] == "paid").unwrap();
    let rule = line["rule"].as_str().unwrap();
    assert!(rule.starts_with("consultant 80.00 %, rule “All work” of "), "{rule}");
    assert_eq!(line["gross"]["minor"], 100_000);
    let ids: Vec<&str> =
        line["stripe"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert!(ids[0].starts_with("ch_") && ids[1].starts_with("tr_"), "{ids:?}");
    for journal in line["journals"].as_array().unwrap() {
        let sql =
            format!("SELECT event_key FROM journals WHERE id = '{}'", journal.as_str().unwrap());
        let key: String = world.sql(&sql).await[0].get(0);
        let kind = key.split(':').next().unwrap();
        assert!(["charge", "accept", "tr"].contains(&kind), "{key}");
        assert!(kind != "tr" || key.contains(":consultant:"), "{key}");
    }
    let finance = world.vendor("owner").await;
    let (statement, vendors) = lines(&finance).await;
    assert!(told(&vendors).contains(&("payable".into(), 15_000, 15_000)), "{vendors:#?}");
    assert_eq!(statement["closing"]["minor"], 15_000);
    let payable: i64 = world
        .sql("SELECT -sum(e.amount_minor)::bigint FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = 'payable'")
        .await[0]
        .get(0);
    assert_eq!(payable, 15_000, "the ledger says the same");
    let (statement, paid) = lines(&customer).await;
    assert_eq!(statement["closing"]["minor"], 150_000);
    let states: Vec<String> = told(&paid).into_iter().map(|line| line.0).collect();
    assert_eq!(states, ["held", "paid", "refunded", "refunded"], "what came back has its own line");
    world.balances().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_period_as_a_file_and_to_nobody_else() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("=HYPERLINK(\"http://evil.example\")").await;
    year(&world, &customer, &expert).await;
    let file = expert.get("/v1/statements.csv").await.expect(200);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(
        file.header("content-disposition")
            .unwrap()
            .starts_with("attachment; filename=\"statement-")
    );
    let text = file.text();
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(
        text.lines().any(|line| line.contains("consultant 80.00 %, rule “All work” of ")
            && line.contains("\",800.00,USD,paid,800.00")),
        "{text}"
    );
    let empty = expert.get("/v1/statements?from=2020-01-01&to=2020-12-31").await.expect(200);
    assert_eq!(empty.json()["lines"], json!([]));
    let today = world.clock.now().date_naive();
    world.advance(chrono::Duration::days(3)).await;
    let later = today + chrono::Days::new(1);
    let next = expert.get(&format!("/v1/statements?from={later}&to={later}")).await.expect(200);
    assert_eq!(
        (next.at("/opening/minor"), next.at("/closing/minor")),
        ("80000".into(), "80000".into())
    );
    expert.get("/v1/statements?from=2026-02-01&to=2026-01-01").await.refused(422, "invalid");
    expert.get("/v1/statements?from=2020-01-01&to=2026-01-01").await.refused(422, "invalid");
    expert.get("/v1/statements?from=yesterday").await.expect(400);
    let colleague = world.colleague(&expert, "partner", "consultant", "Iris").await;
    let member = world.colleague(&customer, "customer", "member", "Nils").await;
    let support = world.vendor("support").await;
    for other in [&colleague, &member, &support] {
        other.get("/v1/statements").await.refused(403, "not-permitted");
        other.get("/v1/statements.csv").await.refused(403, "not-permitted");
        other.get("/v1/earnings").await.refused(403, "not-permitted");
    }
    let stranger = world.consultant("Moor Experts").await;
    assert_eq!(stranger.get("/v1/statements").await.expect(200).json()["lines"], json!([]));
    world.end().await;
}

/// The operator's command: its exit code and what it printed.
async fn printed(world: &World, party: &str, month: &str, more: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attache"));
    command.args(["ledger", "statement", "--program", "larkfield", "--month", month]);
    command.args(["--party", party]).args(more);
    command.env("DATABASE_URL", world.database.url(Role::App));
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
    (done.status.code().unwrap(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_month_by_a_command() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("=HYPERLINK(\"http://evil.example\")").await;
    year(&world, &customer, &expert).await;
    let month = world.clock.now().format("%Y-%m").to_string();
    let (code, said) = printed(&world, &expert.organization, &month, &[]).await;
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("opening") || said.contains("closing USD 0.00"), "{said}");
    let kinds = ["accept", "transfer_asked"];
    assert!(kinds.iter().all(|kind| said.contains(kind)), "{said}");
    let (code, text) = printed(&world, "Fjordhaus Outdoor", &month, &["--csv"]).await;
    assert_eq!(code, 0, "{text}");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let of = |kind: &str| rows.iter().filter(|row| row[1] == kind).count();
    // Three charges, one acceptance, one refund that left what is held, was on its way, and arrived.
    assert_eq!((of("charge"), of("accept"), of("refund_asked"), of("refund_paid")), (3, 1, 2, 1));
    assert_eq!(rows.last().unwrap()[1..7], ["closing", "", "", "", "USD", "500.00"], "{text}");
    let held: i64 = world
        .sql("SELECT -sum(e.amount_minor)::bigint FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = 'held'")
        .await[0]
        .get(0);
    assert_eq!(held, 50_000, "the ledger says the same");
    for row in rows.iter().filter(|row| row[0].starts_with("20")) {
        let sql = format!("SELECT event_key FROM journals WHERE id = '{}'", row[row.len() - 2]);
        let key: String = world.sql(&sql).await[0].get(0);
        assert_eq!(key, row[row.len() - 3]);
    }
    // A title that would be a formula is none, and the name of the party is found as it is.
    let formula = "UPDATE milestones SET title = '=1+1'";
    crate::support::offers::change(&world, formula).await;
    let name = "=HYPERLINK(\"http://evil.example\")";
    let (_, text) = printed(&world, name, &month, &["--csv"]).await;
    assert!(text.contains(",payable,") && !text.contains(",=") && !text.contains("\n="), "{text}");
    let next = (world.clock.now() + chrono::Duration::days(40)).format("%Y-%m").to_string();
    let (_, later) = printed(&world, "Fjordhaus Outdoor", &next, &["--csv"]).await;
    assert!(later.contains(",opening,,,,USD,500.00,,,\r\n,closing,,,,USD,500.00"), "{later}");
    for (party, month, wrong) in
        [("Nobody", "2026-11", "party: No org"), ("x", "11/2026", "write the month")]
    {
        let (code, said) = printed(&world, party, month, &[]).await;
        assert!(code != 0 && said.contains(wrong), "{said}");
    }
    world.end().await;
}

/// What comes back later is a line of its own month: one that is over stays as it was.
#[tokio::test(flavor = "multi_thread")]
async fn and_a_month_that_is_over_stays() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let finance = world.vendor("finance").await;
    let engagement = world.signed(&customer, &expert, &[100_000]).await;
    let part = milestones(&customer, &engagement).await.remove(0);
    world.pays(&customer, &part).await;
    let first = world.clock.now().date_naive();
    world.advance(Duration::days(35)).await;
    world.settle().await;
    let back = json!({ "amount": { "minor": 40_000, "currency": "USD" }, "reason": "Less of it." });
    let path = format!("/v1/milestones/{part}/refunds");
    finance.post_once(&path, &key(), back).await.expect(201);
    world.settle().await;
    let second = world.clock.now().date_naive();
    let of = async |day: NaiveDate| {
        let before = day.pred_opt().unwrap();
        let path = format!("/v1/statements?from={before}&to={day}");
        let seen = customer.get(&path).await.expect(200).json();
        let minor = |of: &Value| of["minor"].as_i64().unwrap();
        let lines = seen["lines"].as_array().unwrap().iter().map(|line| minor(&line["amount"]));
        (minor(&seen["opening"]), lines.collect::<Vec<_>>(), minor(&seen["closing"]))
    };
    assert_eq!(of(first).await, (0, vec![100_000], 100_000));
    assert_eq!(of(second).await, (100_000, vec![-40_000], 60_000));
    let seen = customer.get("/v1/statements").await.expect(200);
    assert!(seen.at("/lines/1/what").starts_with("Back from milestone 1"), "{}", seen.text());
    assert!(seen.at("/lines/1/stripe/0").starts_with("re_"));
    let journal = seen.json()["lines"][1]["journals"].as_array().unwrap().len();
    assert_eq!(journal, 2, "asked and paid");
    let page = Session::of(&world, &customer.email).await.get("/p/larkfield/statements").await;
    assert!(page.expect(200).text().contains("what came back of the price"));
    world.balances().await;
    world.end().await;
}
