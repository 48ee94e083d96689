//! Nobody can write a wrong ledger: the database refuses each way, for the program and the owner.

use crate::support::book::{Book, No, journal, line, try_all, try_post};
use attache::postgres::Role;
use serde_json::json;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_balance() {
    let book = Book::new().await;
    let lines = json!([line("stripe_pending", 100), book.held(-99)]);
    book.post("charge:1", lines).await.unwrap_err().because("journals_balanced");
    let two = json!([
        line("stripe_pending", 100), book.held(-100),
        { "kind": "stripe_pending", "currency": "EUR", "amount": 1 }, line("stripe_fee", -1)
    ]);
    book.post("charge:2", two).await.unwrap_err().because("journals_balanced");
    assert_eq!(book.sum("held").await, 0);
    book.charged(100).await;
    let crooked = [("stripe_pending", "USD", 5), ("held", "USD", -4)];
    book.as_owner(&book.by_hand("odd", &crooked)).await.unwrap_err().because("journals_balanced");
    book.as_owner(&book.by_hand("even", &[("stripe_pending", "USD", 5), ("held", "USD", -5)]))
        .await
        .expect("by hand it is possible to be right");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_line_no_line_and_no_amount() {
    let book = Book::new().await;
    book.post("charge:1", json!([])).await.unwrap_err().because("journals_lines_range");
    let one = json!([line("stripe_pending", 1)]);
    book.post("charge:2", one).await.unwrap_err().because("journals_lines_range");
    let zero = json!([line("stripe_pending", 0), book.held(0)]);
    book.post("charge:3", zero).await.unwrap_err().because("entries_amount_nonzero");
    let unknown = json!([line("pocket", 1), book.held(-1)]);
    book.post("charge:4", unknown).await.unwrap_err().because("accounts_kind_known");
    let mut odd = journal("charge:5", &json!([line("stripe_pending", 1), book.held(-1)]));
    odd["kind"] = "gift".into();
    book.post_all(&[odd]).await.unwrap_err().because("journals_kind_known");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_fact_twice() {
    let book = Book::new().await;
    let lines = || json!([line("stripe_pending", 100), book.held(-100)]);
    book.post("charge:ch_1", lines()).await.unwrap();
    book.post("charge:ch_1", lines()).await.unwrap_err().because("journals_event_key_key");
    let twins = [journal("charge:ch_2", &lines()), journal("charge:ch_2", &lines())];
    book.post_all(&twins).await.unwrap_err().because("journals_event_key_key");
    let other = crate::support::neighbours::other_program(&book.world, "elsewhere").await;
    let opening = format!("BEGIN; SELECT set_config('attache.vendor', '{}', true)", other.vendor);
    book.app.batch_execute(&opening).await.unwrap();
    let elsewhere = json!([line("stripe_pending", 100), line("revenue", -100)]);
    let again = try_post(&book.app, "charge:ch_1", elsewhere).await.unwrap_err();
    book.app.batch_execute("ROLLBACK").await.unwrap();
    again.because("journals_event_key_key");
    assert_eq!(book.sum("held").await, -100);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_what_is_not_there() {
    let book = Book::new().await;
    book.charged(100).await;
    let overdrawn = json!([book.held(101), line("revenue", -101)]);
    book.post("accept:1", overdrawn).await.unwrap_err().because("accounts_not_overdrawn");
    let unearned = json!([book.of_payee("payable", 1), line("revenue", -1)]);
    book.post("accept:2", unearned).await.unwrap_err().because("accounts_not_overdrawn");
    // On the other side: nobody can give back what was not to be had from them.
    let undue = json!([book.of_payee("recoverable", -1), line("stripe_available", 1)]);
    book.post("reversal:1", undue).await.unwrap_err().because("accounts_not_overdrawn");
    book.post("clawback:1", json!([book.of_payee("recoverable", 5), line("revenue", -5)]))
        .await
        .unwrap();
    let more = json!([book.of_payee("recoverable", -6), line("stripe_available", 6)]);
    book.post("reversal:2", more).await.unwrap_err().because("accounts_not_overdrawn");
    book.post("accept:3", json!([book.held(100), line("revenue", -100)])).await.unwrap();
    let sql = book.by_hand("hand", &[("held", "USD", 1), ("revenue", "USD", -1)]);
    book.as_owner(&sql).await.unwrap_err().because("accounts_not_overdrawn");
    // Two journals of one call see each other.
    let (give, take) =
        (json!([book.held(-7), line("revenue", 7)]), json!([book.held(8), line("revenue", -8)]));
    let both = [journal("pair:1", &give), journal("pair:2", &take)];
    book.post_all(&both).await.unwrap_err().because("accounts_not_overdrawn");
    assert_eq!(book.sum("held").await, 0, "all or none");
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_at_once_taking_three_of_ten() {
    let book = Book::new().await;
    book.charged(10_000).await;
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..16 {
        let client = book.world.database.connect(Role::App).await;
        let (opening, held) = (book.opening(), book.held(3_000));
        tries.spawn(async move {
            client.batch_execute(&opening).await.unwrap();
            let lines = json!([held, line("revenue", -3_000)]);
            let posted = try_post(&client, &format!("race:{n}"), lines).await;
            let end = if posted.is_ok() { "COMMIT" } else { "ROLLBACK" };
            client.batch_execute(end).await.unwrap();
            posted
        });
    }
    let outcomes = tries.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        refused.because("accounts_not_overdrawn");
    }
    assert_eq!(book.sum("held").await, -1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_in_another_currency_than_their_account() {
    let book = Book::new().await;
    book.charged(100).await;
    let lines = [("stripe_pending", "EUR", 5), ("held", "EUR", -5)];
    let euros = book.by_hand("by-hand", &lines);
    book.as_owner(&euros).await.unwrap_err().because("entries_account_fkey");
    let nowhere = book.by_hand("by-hand", &[("payable", "USD", 5), ("held", "USD", -5)]);
    let no = book.as_owner(&nowhere).await.unwrap_err();
    assert_eq!(no.code, SqlState::NOT_NULL_VIOLATION, "there is no such account yet");
    let program = book.app.batch_execute(&format!("{}; {euros}", book.opening())).await;
    assert_eq!(No::of(program.unwrap_err()).code, SqlState::INSUFFICIENT_PRIVILEGE);
    book.app.batch_execute("ROLLBACK").await.unwrap();
    // Through the one way in, another currency is another account.
    let yen =
        json!({ "kind": "held", "milestone": book.milestone, "currency": "JPY", "amount": 1 });
    let mixed = json!([yen, line("revenue", -1)]);
    book.post("accept:yen", mixed).await.unwrap_err().because("journals_balanced");
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_removing_and_emptying() {
    let book = Book::new().await;
    book.charged(100).await;
    for table in ["accounts", "journals", "entries"] {
        let deny = [
            format!("UPDATE {table} SET vendor_id = vendor_id"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table} CASCADE"),
        ];
        for sql in deny {
            book.as_owner(&sql).await.unwrap_err().because("ledger_append_only");
            let program = book.app.batch_execute(&format!("{}; {sql}", book.opening())).await;
            assert_eq!(
                No::of(program.unwrap_err()).code,
                SqlState::INSUFFICIENT_PRIVILEGE,
                "{sql}"
            );
            book.app.batch_execute("ROLLBACK").await.unwrap();
        }
    }
    for above in ["vendors", "milestones", "organizations", "currencies"] {
        let sql = format!("TRUNCATE {above} CASCADE");
        book.as_owner(&sql).await.unwrap_err().because("ledger_append_only");
    }
    assert_eq!(book.sum("held").await, -100);
}

#[tokio::test(flavor = "multi_thread")]
async fn adding_to_what_is_posted() {
    let book = Book::new().await;
    book.charged(100).await;
    let more =
        "INSERT INTO entries (vendor_id, journal_id, line, account_id, currency, amount_minor)
        SELECT vendor_id, journal_id, line + 2, account_id, currency, amount_minor FROM entries";
    book.as_owner(more).await.unwrap_err().because("journals_lines_stated");
    let again = more.replace("line + 2", "line");
    book.as_owner(&again).await.unwrap_err().because("entries_pkey");
    let program = book.app.batch_execute(&format!("{}; {more}", book.opening())).await;
    assert_eq!(No::of(program.unwrap_err()).code, SqlState::INSUFFICIENT_PRIVILEGE);
    // Not even as if it had been there when the balances were summed up.
    let early = book.by_hand("early", &[("stripe_pending", "USD", 5), ("held", "USD", -5)]);
    let early = early
        .replace("amount_minor)", "amount_minor, posted_in)")
        .replace("l.amount\n", "l.amount, 3\n");
    book.as_owner(&early).await.unwrap_err().because("entries_posted_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_journal_even_when_the_vendor_is_changed_before_the_end() {
    let book = Book::new().await;
    let sql = format!(
        "INSERT INTO journals (vendor_id, id, event_key, kind, lines) VALUES ('{}', '{}', 'empty', 'charge', 2);
         SELECT set_config('attache.vendor', '', true)",
        book.vendor,
        Uuid::from_bytes(rand::random()),
    );
    book.as_owner(&sql).await.unwrap_err().because("journals_last_line");
    // A right one is right whatever is set at the end, and whenever constraints are looked at.
    book.begin(&book.app).await;
    book.app.batch_execute("SET CONSTRAINTS ALL IMMEDIATE").await.unwrap();
    let lines = json!([line("stripe_pending", 100), book.held(-100)]);
    try_post(&book.app, "charge:1", lines).await.unwrap();
    let end = "SELECT set_config('attache.vendor', '', true); COMMIT";
    book.app.batch_execute(end).await.unwrap();
    assert_eq!(book.sum("held").await, -100);
}

#[tokio::test(flavor = "multi_thread")]
async fn posting_for_nobody_or_for_somebody_else() {
    let book = Book::new().await;
    let lines = json!([line("stripe_pending", 100), book.held(-100)]);
    let nobody = try_post(&book.app, "charge:1", lines.clone()).await.unwrap_err();
    assert_eq!(nobody.code, SqlState::INSUFFICIENT_PRIVILEGE);
    let other = crate::support::neighbours::other_program(&book.world, "elsewhere").await;
    let opening = format!("BEGIN; SELECT set_config('attache.vendor', '{}', true)", other.vendor);
    book.app.batch_execute(&opening).await.unwrap();
    // The milestone is the first vendor's: it is not there for the second.
    let foreign = try_post(&book.app, "charge:2", lines).await.unwrap_err();
    book.app.batch_execute("ROLLBACK").await.unwrap();
    foreign.because("accounts_milestone_fkey");
    // The operator's bank is no vendor's.
    let bank = json!([line("bank", 1), line("stripe_available", -1)]);
    book.post("payout:1", bank).await.unwrap_err().because("accounts_operators");
    // The vendor is changed in the middle of a statement.
    book.charged(100).await;
    let flip = book.by_hand("flip", &[("stripe_pending", "USD", 5), ("held", "USD", -5)]).replace(
        "l.amount\n",
        "l.amount + length(CASE l.n WHEN 2 THEN set_config('attache.vendor', '', true) ELSE '' END)\n",
    );
    let flipped = book.as_owner(&flip).await.unwrap_err();
    assert_eq!(flipped.code, SqlState::INSUFFICIENT_PRIVILEGE, "{flipped:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_snapshot_but_no_savepoint() {
    let book = Book::new().await;
    let lines = || json!([line("stripe_pending", 100), book.held(-100)]);
    let vendor = format!("SELECT set_config('attache.vendor', '{}', true)", book.vendor);
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        book.app.batch_execute(&format!("BEGIN ISOLATION LEVEL {level}")).await.unwrap();
        book.app.batch_execute(&vendor).await.unwrap();
        let stale = try_post(&book.app, "charge:1", lines()).await.unwrap_err();
        book.app.batch_execute("ROLLBACK").await.unwrap();
        stale.because("entries_isolation");
    }
    book.begin(&book.app).await;
    book.app.batch_execute("SAVEPOINT a").await.unwrap();
    let unbalanced = json!([line("stripe_pending", 1), book.held(-2)]);
    try_post(&book.app, "charge:2", unbalanced).await.unwrap_err().because("journals_balanced");
    book.app.batch_execute("ROLLBACK TO a; SAVEPOINT b").await.unwrap();
    let two = [journal("charge:3", &lines()), journal("charge:4", &lines())];
    try_all(&book.app, &two).await.unwrap();
    book.app.batch_execute("RELEASE b").await.unwrap();
    book.app.batch_execute("COMMIT").await.unwrap();
    assert_eq!(book.sum("held").await, -200);
    let report = api::billing::check_ledger(&book.world.program.app.db).await.unwrap();
    let odd: Vec<&str> = report.broken.iter().map(|finding| finding.check).collect();
    assert_eq!(odd, ["held-differs", "stripe-differs"], "the look finds what no payment explains");
}
