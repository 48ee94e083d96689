//! Nobody can write a wrong ledger: the database refuses each way, for the program and the owner.

use crate::support::World;
use crate::support::deal::milestones;
use attache::postgres::Role;
use serde_json::{Value, json};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

struct Book {
    world: World,
    app: Client,
    owner: Client,
    vendor: Uuid,
    milestone: Uuid,
    payee: Uuid,
}

/// Why the database said no.
#[derive(Debug)]
struct No {
    code: SqlState,
    constraint: Option<String>,
}

impl No {
    fn of(error: tokio_postgres::Error) -> Self {
        let said = error.as_db_error().unwrap_or_else(|| panic!("{error}"));
        Self { code: said.code().clone(), constraint: said.constraint().map(str::to_owned) }
    }

    #[track_caller]
    fn because(self, constraint: &str) {
        assert_eq!(self.constraint.as_deref(), Some(constraint), "{self:?}");
    }
}

async fn book() -> Book {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus Outdoor").await;
    let expert = world.consultant("Brandt Studio").await;
    let engagement = world.signed(&customer, &expert, &[10_000]).await;
    let milestone = milestones(&customer, &engagement).await.remove(0).parse().unwrap();
    let app = world.database.connect(Role::App).await;
    let owner = world.database.connect(Role::Owner).await;
    let (vendor, payee) = (world.larkfield.vendor, expert.organization.parse().unwrap());
    Book { world, app, owner, vendor, milestone, payee }
}

fn line(kind: &str, amount: i64) -> Value {
    json!({ "kind": kind, "currency": "USD", "amount": amount })
}

impl Book {
    fn held(&self, amount: i64) -> Value {
        json!({ "kind": "held", "milestone": self.milestone, "currency": "USD", "amount": amount })
    }

    /// Posts as the program does, in a transaction of its own.
    async fn post(&self, key: &str, lines: Value) -> Result<(), No> {
        self.begin(&self.app).await;
        let posted = self.try_post(&self.app, key, lines).await;
        let end = if posted.is_ok() { "COMMIT" } else { "ROLLBACK" };
        self.app.batch_execute(end).await.map_err(No::of)?;
        posted
    }

    async fn begin(&self, client: &Client) {
        client.batch_execute(&self.opening()).await.unwrap();
    }

    fn opening(&self) -> String {
        format!("BEGIN; SELECT set_config('attache.vendor', '{}', true)", self.vendor)
    }

    async fn try_post(&self, client: &Client, key: &str, lines: Value) -> Result<(), No> {
        let sql = "SELECT post_journal($1, $2, 'charge', $3, '{}', $4::text::jsonb)";
        let id = Uuid::from_bytes(rand::random());
        let posted = client.execute(sql, &[&id, &key, &self.milestone, &lines.to_string()]).await;
        posted.map(|_| ()).map_err(No::of)
    }

    /// One statement as the tables' owner, in a transaction for the vendor.
    async fn as_owner(&self, sql: &str) -> Result<(), No> {
        let done = self.owner.batch_execute(&format!("{}; {sql}; COMMIT", self.opening())).await;
        if done.is_err() {
            self.owner.batch_execute("ROLLBACK").await.unwrap();
        }
        done.map_err(No::of)
    }

    async fn sum(&self, kind: &str) -> i64 {
        let sql = format!(
            "SELECT coalesce(sum(amount_minor), 0)::bigint FROM entries e
             JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id WHERE a.kind = '{kind}'"
        );
        self.world.sql(&sql).await[0].get(0)
    }

    async fn charged(&self, amount: i64) {
        let lines = json!([line("stripe_pending", amount), self.held(-amount)]);
        self.post(&format!("charge:{amount}"), lines).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_balance() {
    let book = book().await;
    let lines = json!([line("stripe_pending", 100), book.held(-99)]);
    book.post("charge:1", lines).await.unwrap_err().because("journals_balanced");
    let two = json!([
        line("stripe_pending", 100), book.held(-100),
        { "kind": "stripe_pending", "currency": "EUR", "amount": 1 }, line("stripe_fee", -1)
    ]);
    book.post("charge:2", two).await.unwrap_err().because("journals_balanced");
    assert_eq!(book.sum("held").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_line_no_line_and_no_amount() {
    let book = book().await;
    book.post("charge:1", json!([])).await.unwrap_err().because("journals_lines_range");
    let one = json!([line("stripe_pending", 1)]);
    book.post("charge:2", one).await.unwrap_err().because("journals_lines_range");
    let zero = json!([line("stripe_pending", 0), book.held(0)]);
    book.post("charge:3", zero).await.unwrap_err().because("entries_amount_nonzero");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_fact_twice() {
    let book = book().await;
    let lines = || json!([line("stripe_pending", 100), book.held(-100)]);
    book.post("charge:ch_1", lines()).await.unwrap();
    book.post("charge:ch_1", lines()).await.unwrap_err().because("journals_event_key_key");
    assert_eq!(book.sum("held").await, -100);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_what_is_not_there() {
    let book = book().await;
    book.charged(100).await;
    let payable =
        json!({ "kind": "payable", "organization": book.payee, "currency": "USD", "amount": 1 });
    let overdrawn = json!([book.held(101), line("revenue", -101)]);
    book.post("accept:1", overdrawn).await.unwrap_err().because("accounts_not_overdrawn");
    let unearned = json!([payable, line("revenue", -1)]);
    book.post("accept:2", unearned).await.unwrap_err().because("accounts_not_overdrawn");
    book.post("accept:3", json!([book.held(100), line("revenue", -100)])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_at_once_taking_three_of_ten() {
    let book = book().await;
    book.charged(10_000).await;
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..16 {
        let client = book.world.database.connect(Role::App).await;
        let (opening, milestone, held) = (book.opening(), book.milestone, book.held(3_000));
        tries.spawn(async move {
            client.batch_execute(&opening).await.unwrap();
            let sql = "SELECT post_journal($1, $2, 'accept', $3, '{}', $4::text::jsonb)";
            let (id, key) = (Uuid::from_bytes(rand::random()), format!("race:{n}"));
            let lines = json!([held, line("revenue", -3_000)]).to_string();
            let posted = client.execute(sql, &[&id, &key, &milestone, &lines]).await;
            let end = if posted.is_ok() { "COMMIT" } else { "ROLLBACK" };
            client.batch_execute(end).await.unwrap();
            posted.map_err(No::of)
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
    let book = book().await;
    book.charged(100).await;
    let sql = format!(
        "INSERT INTO journals (vendor_id, id, event_key, kind, lines) VALUES ('{v}', '{j}', 'by-hand', 'charge', 2);
         INSERT INTO entries (vendor_id, journal_id, line, account_id, currency, amount_minor)
         SELECT '{v}', '{j}', n, id, 'EUR', CASE n WHEN 1 THEN 5 ELSE -5 END
         FROM (SELECT id, row_number() OVER () AS n FROM accounts LIMIT 2) a",
        v = book.vendor,
        j = Uuid::from_bytes(rand::random()),
    );
    book.as_owner(&sql).await.unwrap_err().because("entries_account_fkey");
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_removing_and_emptying() {
    let book = book().await;
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
    assert_eq!(book.sum("held").await, -100);
}

#[tokio::test(flavor = "multi_thread")]
async fn adding_to_what_is_posted() {
    let book = book().await;
    book.charged(100).await;
    let more = "INSERT INTO entries SELECT vendor_id, journal_id, line + 2, account_id, currency, amount_minor FROM entries";
    book.as_owner(more).await.unwrap_err().because("journals_lines_stated");
    let program = book.app.batch_execute(&format!("{}; {more}", book.opening())).await;
    assert_eq!(No::of(program.unwrap_err()).code, SqlState::INSUFFICIENT_PRIVILEGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_journal_even_when_the_vendor_is_changed_before_the_end() {
    let book = book().await;
    let sql = format!(
        "INSERT INTO journals (vendor_id, id, event_key, kind, lines) VALUES ('{}', '{}', 'empty', 'charge', 2);
         SELECT set_config('attache.vendor', '', true)",
        book.vendor,
        Uuid::from_bytes(rand::random()),
    );
    book.as_owner(&sql).await.unwrap_err().because("journals_last_line");
}

#[tokio::test(flavor = "multi_thread")]
async fn posting_for_nobody_or_for_somebody_else() {
    let book = book().await;
    let lines = json!([line("stripe_pending", 100), book.held(-100)]);
    let nobody = book.try_post(&book.app, "charge:1", lines.clone()).await.unwrap_err();
    assert_eq!(nobody.code, SqlState::INSUFFICIENT_PRIVILEGE);
    let other = crate::support::neighbours::other_program(&book.world, "elsewhere").await;
    let opening = format!("BEGIN; SELECT set_config('attache.vendor', '{}', true)", other.vendor);
    book.app.batch_execute(&opening).await.unwrap();
    // The milestone is the first vendor's: it is not there for the second.
    let foreign = book.try_post(&book.app, "charge:2", lines).await.unwrap_err();
    book.app.batch_execute("ROLLBACK").await.unwrap();
    foreign.because("accounts_milestone_fkey");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_snapshot_but_no_savepoint() {
    let book = book().await;
    let lines = || json!([line("stripe_pending", 100), book.held(-100)]);
    book.app.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.unwrap();
    let vendor = format!("SELECT set_config('attache.vendor', '{}', true)", book.vendor);
    book.app.batch_execute(&vendor).await.unwrap();
    let stale = book.try_post(&book.app, "charge:1", lines()).await.unwrap_err();
    book.app.batch_execute("ROLLBACK").await.unwrap();
    stale.because("entries_isolation");
    book.begin(&book.app).await;
    book.app.batch_execute("SAVEPOINT a").await.unwrap();
    let unbalanced = json!([line("stripe_pending", 1), book.held(-2)]);
    book.try_post(&book.app, "charge:2", unbalanced)
        .await
        .unwrap_err()
        .because("journals_balanced");
    book.app.batch_execute("ROLLBACK TO a; SAVEPOINT b").await.unwrap();
    book.try_post(&book.app, "charge:3", lines()).await.unwrap();
    book.app.batch_execute("RELEASE b").await.unwrap();
    book.try_post(&book.app, "charge:4", lines()).await.unwrap();
    book.app.batch_execute("COMMIT").await.unwrap();
    assert_eq!(book.sum("held").await, -200);
    let report = api::billing::check_ledger(&book.world.program.app.db).await.unwrap();
    let odd: Vec<&str> = report.broken.iter().map(|finding| finding.check).collect();
    assert_eq!(odd, ["held-differs", "stripe-differs"], "the look finds what no payment explains");
}
