//! Long accounts are summed up now and then: the balance is the same, and nobody can say otherwise.

use crate::support::book::{Book, line, try_post};
use attache::postgres::Role;
use serde_json::{Value, json};
use tokio_postgres::Client;

const KEPT: &str = "SELECT c.amount_minor, c.entries, c.through FROM balance_checkpoints c
    JOIN accounts a ON a.vendor_id = c.vendor_id AND a.id = c.account_id
    WHERE a.kind = 'payable' ORDER BY c.through";

async fn sum_up(book: &Book, client: &Client) -> i64 {
    book.begin(client).await;
    let made = client.query_one("SELECT checkpoint_balances(1)", &[]).await.unwrap().get(0);
    client.batch_execute("COMMIT").await.unwrap();
    made
}

async fn kept(book: &Book) -> Vec<(i64, i64)> {
    let rows = book.world.sql(KEPT).await;
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

fn earning(book: &Book, amount: i64) -> Value {
    json!([book.of_payee("payable", -amount), line("revenue", amount)])
}

/// What the payee has by the function that the guards ask, and by its entries.
async fn balances(book: &Book) -> (i64, i64) {
    let sql = "SELECT ledger_balance(vendor_id, id)::bigint FROM accounts WHERE kind = 'payable'";
    let asked = book.world.sql(sql).await[0].get(0);
    (asked, book.sum("payable").await)
}

#[tokio::test(flavor = "multi_thread")]
async fn while_somebody_is_posting() {
    let book = Book::new().await;
    book.post("earn:1", earning(&book, 100)).await.unwrap();
    book.until_old().await;
    // One begins to post, another posts and is done: the first may still end either way.
    let slow = book.world.database.connect(Role::App).await;
    book.begin(&slow).await;
    try_post(&slow, "earn:slow", earning(&book, 7)).await.unwrap();
    book.post("earn:2", earning(&book, 50)).await.unwrap();
    sum_up(&book, &book.app).await;
    let first = kept(&book).await;
    assert_eq!(first, [(-100, 1)], "what came after the open one is not summed up yet");
    assert_eq!(balances(&book).await, (-150, -150));
    slow.batch_execute("COMMIT").await.unwrap();
    assert_eq!(balances(&book).await, (-157, -157));
    book.until_old().await;
    sum_up(&book, &book.app).await;
    assert_eq!(kept(&book).await.last(), Some(&(-157, 3)));
    assert_eq!(sum_up(&book, &book.app).await, 0, "nothing new, nothing to sum up");
    assert_eq!(balances(&book).await, (-157, -157));
}

#[tokio::test(flavor = "multi_thread")]
async fn and_guards_what_is_there() {
    let book = Book::new().await;
    book.post("earn:1", earning(&book, 100)).await.unwrap();
    book.until_old().await;
    sum_up(&book, &book.app).await;
    book.post("earn:2", earning(&book, 20)).await.unwrap();
    let take =
        |amount| json!([book.of_payee("payable", amount), line("stripe_available", -amount)]);
    book.post("tr:1", take(121)).await.unwrap_err().because("accounts_not_overdrawn");
    book.post("tr:2", take(120)).await.unwrap();
    sum_up(&book, &book.app).await;
    book.post("tr:3", take(1)).await.unwrap_err().because("accounts_not_overdrawn");
    assert_eq!(balances(&book).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_lie_about_a_sum() {
    let book = Book::new().await;
    book.post("earn:1", earning(&book, 100)).await.unwrap();
    book.until_old().await;
    let lie =
        "INSERT INTO balance_checkpoints (vendor_id, account_id, server, through, amount_minor,
          entries)
        SELECT vendor_id, id, 1, 9223372036854775807, -5000, 1
        FROM accounts WHERE kind = 'payable'";
    book.as_owner(lie).await.expect("it is taken, and said right");
    assert_eq!(kept(&book).await, [(-100, 1)]);
    for sql in [
        "UPDATE balance_checkpoints SET amount_minor = -5000",
        "DELETE FROM balance_checkpoints",
        "TRUNCATE balance_checkpoints",
    ] {
        book.as_owner(sql).await.unwrap_err().because("ledger_append_only");
    }
    let program = book.app.batch_execute(&format!("{}; {lie}", book.opening())).await;
    assert!(program.unwrap_err().as_db_error().is_some_and(|no| no.code().code() == "42501"));
    book.app.batch_execute("ROLLBACK").await.unwrap();
    // Sums of another server, after a restore, mean nothing: they are passed over.
    let moved = "ALTER TABLE balance_checkpoints DISABLE TRIGGER USER;
        UPDATE balance_checkpoints SET server = 1, amount_minor = -5000;
        ALTER TABLE balance_checkpoints ENABLE TRIGGER USER";
    book.as_owner(moved).await.unwrap();
    assert_eq!(balances(&book).await, (-100, -100));
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_job_of_the_program() {
    let book = Book::new().await;
    let many: Vec<Value> = (0..260)
        .map(|n| {
            crate::support::book::journal(
                &format!("earn:{n}"),
                &json!([book.of_payee("payable", -2), line("revenue", 1), line("revenue", 1)]),
            )
        })
        .collect();
    book.post_all(&many).await.unwrap();
    book.until_old().await;
    assert_eq!(kept(&book).await, [], "few entries of the payee");
    book.world.advance(chrono::Duration::minutes(61)).await;
    book.world.settle().await;
    let sums = "SELECT a.kind, c.amount_minor, c.entries FROM balance_checkpoints c
        JOIN accounts a ON a.vendor_id = c.vendor_id AND a.id = c.account_id";
    let found = book.world.sql(sums).await;
    let found: Vec<(String, i64, i64)> =
        found.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    assert_eq!(found, [("revenue".to_owned(), 520, 520)], "only the account that is long");
    let waiting =
        "SELECT count(*) FROM jobs WHERE kind = 'checkpoint-balances' AND state = 'queued'";
    let waiting: i64 = book.world.sql(waiting).await[0].get(0);
    assert_eq!(waiting, 2, "the program's and the operator's look again in an hour");
}
