//! Money as people and Stripe move it: cards on the sandbox's pages, onboarding, and the books.

use super::actor::Actor;
use super::answer::Answer;
use super::world::World;
use api::billing::LedgerReport;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// A card that pays, and one that is declined.
pub const GOOD: &str = "4242424242424242";
pub const DECLINED: &str = "4000000000000002";

/// Cards that can be kept: whose bank asks once, or each time; that are declined when they are
/// charged later, for no reason or for want of money.
pub const ASKED_ONCE: &str = "4000002500003155";
pub const ASKED_ALWAYS: &str = "4000002760003184";
pub const DECLINED_LATER: &str = "4000000000000341";
pub const EMPTY_LATER: &str = "4000008260003178";

/// A key for one request.
pub fn key() -> String {
    hex::encode(rand::random::<[u8; 12]>())
}

impl World {
    /// Pays a milestone with a good card, and waits until its price is held.
    pub async fn pays(&self, customer: &Actor, milestone: &str) -> String {
        let payment = self.begins(customer, milestone).await;
        self.card(&payment.at("/checkout_url"), GOOD).await.expect(303);
        self.until(customer, &format!("/v1/payments/{}", payment.id()), "/state", "paid").await;
        self.settle().await;
        payment.id()
    }

    /// Opens the page to pay a milestone on.
    pub async fn begins(&self, customer: &Actor, milestone: &str) -> Answer {
        let path = format!("/v1/milestones/{milestone}/payments");
        customer.post_once(&path, &key(), json!({})).await.expect(201)
    }

    /// Types a card into a page to pay on.
    pub async fn card(&self, page: &str, number: &str) -> Answer {
        let request = self.client.post(page).form(&[("card_number", number)]);
        Answer::read(format!("card at {page}"), request.send().await.unwrap()).await
    }

    /// What the holder of a card says to its bank on a page to pay on.
    pub async fn bank(&self, page: &str, answer: &str) -> Answer {
        let request = self.client.post(format!("{page}/bank")).form(&[("answer", answer)]);
        Answer::read(format!("bank at {page}"), request.send().await.unwrap()).await
    }

    /// Keeps a card without paying, with its bank's yes where it asks: the payment method.
    pub async fn keeps_card(&self, customer: &Actor, number: &str) -> String {
        self.keeps_card_until(customer, number, "").await
    }

    /// As [`World::keeps_card`], a card whose last month is this one.
    pub async fn keeps_card_until(&self, customer: &Actor, number: &str, month: &str) -> String {
        let path = "/v1/payment-methods";
        let count = |answer: &Answer| answer.json()["items"].as_array().unwrap().len();
        let before = count(&customer.get(path).await.expect(200));
        let page = customer.post(path, json!({})).await.expect(200).at("/url");
        let form = [("card_number", number), ("expiry", month)];
        let sent = self.client.post(&page).form(&form).send().await.unwrap();
        assert!(sent.status().as_u16() == 303, "{}", sent.text().await.unwrap());
        self.bank(&page, "yes").await.expect(303);
        for _ in 0..300 {
            let kept = customer.get(path).await.expect(200);
            if count(&kept) > before {
                return kept.at("/items/0/id");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the card was not kept");
    }

    /// Presses "pay with the kept card": the payment as far as it came.
    pub async fn charges(&self, customer: &Actor, milestone: &str, method: Option<&str>) -> Answer {
        let path = format!("/v1/milestones/{milestone}/charges");
        let body = method.map_or(json!({}), |id| json!({ "method": id }));
        customer.post_once(&path, &key(), body).await
    }

    /// Goes through payout onboarding on the sandbox's page, and waits until the program knows.
    pub async fn onboards(&self, actor: &Actor) {
        let page = actor.post("/v1/payouts/onboarding", json!({})).await.expect(200).at("/url");
        let form = [("legal_name", "A Studio"), ("country", "SE"), ("bank_last4", "4242")];
        let request = self.client.post(&page).form(&form);
        let answer = Answer::read("onboarding".into(), request.send().await.unwrap()).await;
        assert!(answer.status < 400, "{}", answer.text());
        self.until(actor, "/v1/payouts", "/stage", "ready").await;
        self.settle().await;
    }

    /// Reads until the value at the pointer is this one.
    pub async fn until(&self, actor: &Actor, path: &str, pointer: &str, wanted: &str) -> Answer {
        let mut last = None;
        for _ in 0..300 {
            let answer = actor.get(path).await.expect(200);
            if answer.at(pointer) == wanted {
                return answer;
            }
            last = Some(answer);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{path} {pointer} never became {wanted}: {:?}", last.map(|a| a.text()));
    }

    /// Waits until the sandbox's payments server has told all its news, and the program has worked
    /// through it.
    pub async fn news_told(&self) {
        for _ in 0..300 {
            let waiting = self.till("webhooks", None).await;
            if waiting["waiting"].as_array().unwrap().is_empty() {
                return self.settle().await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("news is not told: {}", self.till("webhooks", None).await);
    }

    /// Waits until so many pieces of news of a kind were kept.
    pub async fn news_arrives(&self, kind: &str, count: i64) {
        let sql = format!("SELECT count(*) FROM webhooks WHERE kind = '{kind}'");
        for _ in 0..300 {
            let kept: i64 = self.sql(&sql).await[0].get(0);
            if kept >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("news of {kind} did not come");
    }

    /// A control call to the sandbox's payments server: POST with a body, else GET.
    pub async fn till(&self, call: &str, body: Option<Value>) -> Value {
        let url = format!("{}sandbox/{call}", self.sandbox.payments);
        let request = match body {
            Some(body) => self.client.post(url).json(&body),
            None => self.client.get(url),
        };
        let answer = Answer::read(format!("till {call}"), request.send().await.unwrap()).await;
        answer.expect(200).json()
    }

    /// Days pass: money that is pending can be used, here and at Stripe.
    pub async fn days_pass(&self) {
        self.news_told().await;
        self.till("settle", Some(json!({}))).await;
        self.news_told().await;
        self.advance(chrono::Duration::seconds(120)).await;
        self.settle().await;
    }

    /// Fails unless the ledger is sound and says of Stripe what Stripe says of itself.
    pub async fn balances(&self) -> LedgerReport {
        self.days_pass().await;
        let report = api::billing::check_ledger(&self.program.app.db).await.unwrap();
        assert!(report.is_sound(), "{:#?}", report.broken);
        let books = self.till("books", None).await;
        assert_eq!(books["problems"], json!([]), "the sandbox's own books");
        let ours = self.ours().await;
        let theirs = theirs(&books);
        assert_eq!(ours, theirs, "ours and Stripe's\n{books:#}");
        report
    }

    /// Pending and available money at Stripe by currency, as the ledger has it.
    async fn ours(&self) -> BTreeMap<String, (i64, i64)> {
        let sql = "SELECT lower(a.currency),
                (sum(e.amount_minor) FILTER (WHERE a.kind = 'stripe_pending'))::bigint,
                (sum(e.amount_minor) FILTER (WHERE a.kind = 'stripe_available'))::bigint
             FROM accounts a JOIN entries e ON e.vendor_id = a.vendor_id AND e.account_id = a.id
             WHERE a.kind LIKE 'stripe_%' AND a.kind <> 'stripe_fee' GROUP BY 1";
        let rows = self.sql(sql).await;
        let minor = |row: &tokio_postgres::Row, at| row.get::<_, Option<i64>>(at).unwrap_or(0);
        let rows = rows.iter().map(|row| (row.get(0), (minor(row, 1), minor(row, 2))));
        rows.filter(|(_, amounts)| *amounts != (0, 0)).collect()
    }
}

/// The platform's balance by currency, from the sandbox's books.
fn theirs(books: &Value) -> BTreeMap<String, (i64, i64)> {
    let accounts = books["accounts"].as_array().unwrap();
    let platform = accounts.iter().find(|account| account["platform"] == true).unwrap();
    let balances = platform["balances"].as_array().unwrap();
    let amount = |balance: &Value, name| balance[name].as_i64().unwrap();
    let rows = balances.iter().map(|b| {
        let code = b["currency"].as_str().unwrap().to_owned();
        (code, (amount(b, "pending"), amount(b, "available")))
    });
    rows.filter(|(_, amounts)| *amounts != (0, 0)).collect()
}
