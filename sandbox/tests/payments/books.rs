//! The books balance after anything, and a restart forgets nothing.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use crate::house::House;

#[tokio::test]
async fn a_restart_keeps_everything() {
    let mut house = House::open("restart").await;
    let payee = house.payee().await;
    let charge = house.charge(10_000, "eng_1").await;
    let form = [
        ("amount", "4000"),
        ("currency", "usd"),
        ("destination", payee.as_str()),
        ("source_transaction", charge.as_str()),
    ];
    let made = house.post("/v1/transfers", &form, Some("t1")).await;
    house.tell("settle", json!({})).await;
    let (books, events) = (house.books().await, house.get("/v1/events?limit=100").await);
    house.restart().await;
    assert_eq!(house.books().await, books);
    assert_eq!(house.get("/v1/events?limit=100").await, events);
    let again = house.post("/v1/transfers", &form, Some("t1")).await;
    assert!(again.replayed);
    assert_eq!(again.body, made.body);
    assert_eq!(house.books().await, books);
    house.close().await;
}

#[tokio::test]
async fn a_random_life_leaves_balanced_books() {
    let house = House::open("random_life").await;
    let mut rng = StdRng::seed_from_u64(20_260_527);
    let payees = [house.payee().await, house.payee().await, house.payee().await];
    let mut life = Life { charges: Vec::new(), transfers: Vec::new(), done: 0, refused: 0 };
    for step in 0..150 {
        let payee = &payees[rng.random_range(0..payees.len())];
        life.step(&house, &mut rng, payee).await;
        if step % 10 == 0 {
            let books = house.books().await;
            assert_eq!(books["balanced"], true, "step {step}: {:#}", books["problems"]);
            let truth = house.ask("truth").await;
            assert_eq!(truth["adds_up"], true, "step {step}: {truth:#}");
        }
    }
    let Life { done, refused, .. } = life;
    assert!(done > 30 && refused > 10, "{done} done, {refused} refused");
    for path in ["charges", "transfers", "refunds", "balance_transactions", "payment_intents"] {
        count_by_pages(&house, path).await;
    }
    house.close().await;
}

struct Life {
    charges: Vec<String>,
    transfers: Vec<String>,
    done: u32,
    refused: u32,
}

impl Life {
    async fn step(&mut self, house: &House, rng: &mut StdRng, payee: &str) {
        let amount = rng.random_range(50..4_000_i64).to_string();
        let charge = pick(rng, &self.charges);
        let transfer = pick(rng, &self.transfers);
        match rng.random_range(0..9) {
            0 | 1 => self.charges.push(house.charge(rng.random_range(2_000..20_000), "g").await),
            2 | 3 => {
                let mut form =
                    vec![("amount", &*amount), ("currency", "usd"), ("destination", payee)];
                form.extend(charge.as_deref().map(|id| ("source_transaction", id)));
                if let Some(made) = self.call(house, "/v1/transfers", &form).await {
                    self.transfers.push(made["id"].as_str().unwrap().to_owned());
                }
            }
            4 => {
                let charge = charge.unwrap_or_default();
                self.call(house, "/v1/refunds", &[("charge", &charge), ("amount", &amount)]).await;
            }
            5 => {
                let path = format!("/v1/transfers/{}/reversals", transfer.unwrap_or_default());
                self.call(house, &path, &[("amount", &amount)]).await;
            }
            6 => {
                house.tell("settle", json!({})).await;
            }
            7 => {
                let body = json!({ "charge": charge.unwrap_or_default(), "cause": "fraudulent" });
                let url = format!("{}/sandbox/disputes", house.url);
                house.http.post(url).json(&body).send().await.unwrap();
            }
            _ => {
                let body = json!({ "account": payee, "currency": "usd" });
                let url = format!("{}/sandbox/payouts", house.url);
                house.http.post(url).json(&body).send().await.unwrap();
            }
        }
    }

    async fn call(&mut self, house: &House, path: &str, form: &[(&str, &str)]) -> Option<Value> {
        let answer = house.post(path, form, None).await;
        assert!([200, 400, 404].contains(&answer.status), "{path}: {:#}", answer.body);
        if answer.status == 200 {
            self.done += 1;
            return Some(answer.body);
        }
        self.refused += 1;
        None
    }
}

fn pick(rng: &mut StdRng, all: &[String]) -> Option<String> {
    (!all.is_empty()).then(|| all[rng.random_range(0..all.len())].clone())
}

/// Pages through a list by its cursor: no object twice, none left out.
async fn count_by_pages(house: &House, path: &str) {
    let whole = house.get(&format!("/v1/{path}?limit=100")).await;
    let whole: Vec<Value> = whole["data"].as_array().unwrap().clone();
    let mut paged: Vec<Value> = Vec::new();
    while paged.len() < whole.len() {
        let cursor = paged.last().map(|last| last["id"].as_str().unwrap().to_owned());
        let after = cursor.map(|id| format!("&starting_after={id}")).unwrap_or_default();
        let page = house.get(&format!("/v1/{path}?limit=7{after}")).await;
        paged.extend(page["data"].as_array().unwrap().iter().cloned());
    }
    assert_eq!(paged[..whole.len()], whole[..]);
}
