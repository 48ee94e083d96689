//! The ledger by hand: posting as the program's role, and whatever the tables' owner may try.

use super::World;
use super::deal::milestones;
use attache::postgres::Role;
use serde_json::{Value, json};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

pub struct Book {
    pub world: World,
    pub app: Client,
    pub owner: Client,
    pub vendor: Uuid,
    pub milestone: Uuid,
    pub payee: Uuid,
}

/// Why the database said no.
#[derive(Debug)]
pub struct No {
    pub code: SqlState,
    pub constraint: Option<String>,
}

impl No {
    pub fn of(error: tokio_postgres::Error) -> Self {
        let said = error.as_db_error().unwrap_or_else(|| panic!("{error}"));
        Self { code: said.code().clone(), constraint: said.constraint().map(str::to_owned) }
    }

    #[track_caller]
    pub fn because(self, constraint: &str) {
        assert_eq!(self.constraint.as_deref(), Some(constraint), "{self:?}");
    }
}

pub fn line(kind: &str, amount: i64) -> Value {
    json!({ "kind": kind, "currency": "USD", "amount": amount })
}

/// A journal as `post_journals` takes it, of a charge.
pub fn journal(key: &str, lines: &Value) -> Value {
    let id = Uuid::from_bytes(rand::random());
    json!({ "id": id, "event_key": key, "kind": "charge", "facts": {}, "lines": lines })
}

impl Book {
    /// One signed milestone, nothing posted.
    pub async fn new() -> Self {
        let world = World::new().await;
        let customer = world.customer("Fjordhaus Outdoor").await;
        let expert = world.consultant("Brandt Studio").await;
        let engagement = world.signed(&customer, &expert, &[10_000]).await;
        let milestone = milestones(&customer, &engagement).await.remove(0).parse().unwrap();
        let app = world.database.connect(Role::App).await;
        let owner = world.database.connect(Role::Owner).await;
        let (vendor, payee) = (world.larkfield.vendor, expert.organization.parse().unwrap());
        Self { world, app, owner, vendor, milestone, payee }
    }

    pub fn held(&self, amount: i64) -> Value {
        json!({ "kind": "held", "milestone": self.milestone, "currency": "USD", "amount": amount })
    }

    /// A line of an account of the payee.
    pub fn of_payee(&self, kind: &str, amount: i64) -> Value {
        json!({ "kind": kind, "organization": self.payee, "currency": "USD", "amount": amount })
    }

    /// Posts as the program does, in a transaction of its own.
    pub async fn post(&self, key: &str, lines: Value) -> Result<(), No> {
        self.post_all(&[journal(key, &lines)]).await
    }

    /// Journals that come together, in a transaction of their own.
    pub async fn post_all(&self, journals: &[Value]) -> Result<(), No> {
        self.begin(&self.app).await;
        let posted = try_all(&self.app, journals).await;
        let end = if posted.is_ok() { "COMMIT" } else { "ROLLBACK" };
        self.app.batch_execute(end).await.map_err(No::of)?;
        posted
    }

    pub async fn begin(&self, client: &Client) {
        client.batch_execute(&self.opening()).await.unwrap();
    }

    pub fn opening(&self) -> String {
        format!("BEGIN; SELECT set_config('attache.vendor', '{}', true)", self.vendor)
    }

    /// One statement as the tables' owner, in a transaction for the vendor.
    pub async fn as_owner(&self, sql: &str) -> Result<(), No> {
        let done = self.owner.batch_execute(&format!("{}; {sql}; COMMIT", self.opening())).await;
        if done.is_err() {
            self.owner.batch_execute("ROLLBACK").await.unwrap();
        }
        done.map_err(No::of)
    }

    /// A journal by hand, in one statement: lines `(account kind, currency, amount)`, whose
    /// accounts must be there.
    pub fn by_hand(&self, key: &str, lines: &[(&str, &str, i64)]) -> String {
        let rows: Vec<String> = lines
            .iter()
            .zip(1..)
            .map(|((kind, currency, amount), n)| format!("({n}, '{kind}', '{currency}', {amount})"))
            .collect();
        format!(
            "WITH j AS (INSERT INTO journals (vendor_id, id, event_key, kind, lines)
                 VALUES ('{v}', '{j}', '{key}', 'charge', {count}))
             INSERT INTO entries (vendor_id, journal_id, line, account_id, currency, amount_minor)
             SELECT '{v}', '{j}', l.n, (SELECT id FROM accounts WHERE kind = l.kind LIMIT 1),
               l.currency, l.amount
             FROM (VALUES {rows}) AS l (n, kind, currency, amount)",
            v = self.vendor,
            j = Uuid::from_bytes(rand::random()),
            count = lines.len(),
            rows = rows.join(", "),
        )
    }

    pub async fn sum(&self, kind: &str) -> i64 {
        let sql = format!(
            "SELECT coalesce(sum(amount_minor), 0)::bigint FROM entries e
             JOIN accounts a ON a.vendor_id = e.vendor_id AND a.id = e.account_id
             WHERE a.kind = '{kind}'"
        );
        self.world.sql(&sql).await[0].get(0)
    }

    /// Waits until everything posted so far is older than whatever is under way on this server, in
    /// the databases of other stories too: before that, sums leave it out.
    pub async fn until_old(&self) {
        let sql = "SELECT coalesce(max(posted_in), 0)
            < pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM entries";
        for _ in 0..600 {
            if self.world.sql(sql).await[0].get(0) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("something on this server has been under way for half a minute");
    }

    pub async fn charged(&self, amount: i64) {
        let lines = json!([line("stripe_pending", amount), self.held(-amount)]);
        self.post(&format!("charge:{amount}"), lines).await.unwrap();
    }
}

/// Posts one journal in the transaction that is open.
pub async fn try_post(client: &Client, key: &str, lines: Value) -> Result<(), No> {
    try_all(client, &[journal(key, &lines)]).await
}

/// Posts journals in the transaction that is open.
pub async fn try_all(client: &Client, journals: &[Value]) -> Result<(), No> {
    let sql = "SELECT post_journals($1::text::jsonb)";
    let journals = Value::Array(journals.to_vec()).to_string();
    client.execute(sql, &[&journals]).await.map(|_| ()).map_err(No::of)
}
