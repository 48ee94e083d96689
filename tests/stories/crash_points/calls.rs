//! A call to Stripe is under way.

use super::scene::{Payee, Scene, WORKERS, Wish};
use crate::support::payments::GOOD;
use chrono::Duration;
use serde_json::{Value, json};

/// The page to pay on, asked for again by the client after a crash, exists once and is paid once.
async fn opened_once(scene: &Scene, wish: &Wish) {
    let page = wish.sent().await.expect(201);
    assert_eq!(scene.asked("/v1/checkout/sessions").await, 1, "found, not asked for again");
    scene.world.card(&page.at("/checkout_url"), GOOD).await.expect(303);
    scene.until("payments WHERE state = 'paid'", 1).await;
    assert_eq!(scene.count("journals WHERE event_key LIKE 'charge:%'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_03_the_call_is_sent_and_has_no_answer() {
    let scene = Scene::signed(&[125_000], &[]).await;
    let slow = json!({ "delay_ms": 15_000, "path_prefix": "/v1/checkout" });
    scene.world.till("faults", Some(slow)).await;
    let world = scene.world.apart().await;
    let mut served = world.serves(None, WORKERS).await;
    let scene = Scene { world, ..scene };
    let pay = scene.pays(0);
    let (answer, ()) = tokio::join!(pay.tried(), async {
        while sessions(&scene).await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        served.kill();
    });
    assert!(answer.is_none());
    scene.world.till("faults", Some(json!({}))).await;
    scene.until("stripe_calls WHERE op = 'open_checkout' AND state = 'sent'", 1).await;
    let served = scene.again(served).await;
    let page = pay.sent().await.expect(201);
    assert_eq!(sessions(&scene).await, 1, "found, not asked for again");
    scene.world.card(&page.at("/checkout_url"), GOOD).await.expect(303);
    scene.until("payments WHERE state = 'paid'", 1).await;
    scene.end(served).await;
}

/// How many pages to pay on Stripe has.
async fn sessions(scene: &Scene) -> usize {
    let url = format!("{}v1/checkout/sessions", scene.world.sandbox.payments);
    let asked = scene.world.client.get(url).bearer_auth(&scene.world.sandbox.payments_secret_key);
    let list: Value = asked.send().await.unwrap().json().await.unwrap();
    list["data"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_04_the_answer_is_read_and_not_stored() {
    let scene = Scene::signed(&[125_000], &[]).await;
    let (scene, served) = scene.dies_at("crash_point_04").await;
    let pay = scene.pays(0);
    assert!(pay.tried().await.is_none());
    let served = scene.again(served).await;
    opened_once(&scene, &pay).await;
    scene.end(served).await;
}

/// The first transfer was made, and its answer says nothing; the process dies when that is noted.
async fn made_and_not_told(place: &str, fault: Value) {
    let scene = Scene::delivered(&[125_000], &[]).await;
    scene.world.till("faults", Some(fault)).await;
    let (scene, mut served) = scene.dies_at(place).await;
    scene.accepts(0).sent().await.expect(200);
    served.dies().await;
    assert_eq!(scene.count("stripe_calls WHERE state = 'unknown'").await, 1);
    assert_eq!(scene.sent().await, [(100_000, 0)]);
    scene.world.till("faults", Some(json!({}))).await;
    let served = scene.again(served).await;
    scene.retries().await;
    assert_eq!(scene.asked("/v1/transfers").await, 1, "looked for, not sent again");
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_05_a_yes_that_cannot_be_read() {
    let fault = json!({ "cut_answer": 1, "path_prefix": "/v1/transfers", "hold_webhooks": true });
    made_and_not_told("crash_point_05", fault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_06_a_fault_of_stripes_after_the_effect() {
    let path = "/v1/transfers";
    let fault = json!({ "after_effect_500": 1, "path_prefix": path, "hold_webhooks": true });
    made_and_not_told("crash_point_06", fault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_11_accepted_and_no_call_is_taken_up() {
    let scene = Scene::delivered(&[125_000], &[Payee::Vendor]).await;
    let (scene, mut served) = scene.dies_at("crash_point_11").await;
    scene.accepts(0).sent().await.expect(200);
    served.dies().await;
    let served = scene.again(served).await;
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [(100_000, 0), (18_750, 0)]);
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_12_one_of_three_shares_is_sent() {
    let scene = Scene::delivered(&[125_000], &[Payee::Vendor, Payee::Reseller]).await;
    let (scene, mut served) = scene.dies_at("crash_point_12").await;
    scene.accepts(0).sent().await.expect(200);
    served.dies().await;
    assert!(scene.count("transfers WHERE state = 'paid'").await >= 1, "one is in the books");
    let served = scene.again(served).await;
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [(100_000, 0), (12_500, 0), (6_250, 0)]);
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_13_a_lease_ends_while_its_holder_stands_still() {
    let scene = Scene::delivered(&[125_000], &[Payee::Vendor]).await;
    let slow = json!({ "delay_ms": 3_000, "path_prefix": "/v1/transfers" });
    scene.world.till("faults", Some(slow)).await;
    let world = scene.world.apart().await;
    let first = world.serves(None, WORKERS).await;
    let scene = Scene { world, ..scene };
    scene.accepts(0).sent().await.expect(200);
    while scene.sent().await.len() < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    scene.world.stands_still(&first).await;
    scene.world.advance(Duration::seconds(61)).await;
    let mut second = scene.world.serves_beside(WORKERS).await;
    scene.until("transfers WHERE state = 'paid'", 2).await;
    second.kill();
    first.goes_on();
    // It hears the answers now, and has nothing to say to them.
    while scene.asked("/v1/transfers").await < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    scene.world.advance(Duration::seconds(61)).await;
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [(100_000, 0), (18_750, 0)]);
    assert_eq!(scene.count("journals WHERE kind = 'transfer_paid'").await, 2);
    scene.end(first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_14_stripe_has_confirmed_and_no_journal_says_so() {
    let scene = Scene::delivered(&[125_000], &[Payee::Vendor]).await;
    let (scene, mut served) = scene.dies_at("crash_point_14").await;
    scene.accepts(0).sent().await.expect(200);
    served.dies().await;
    let served = scene.again(served).await;
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [(100_000, 0), (18_750, 0)]);
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_18_a_bank_disputes_between_acceptance_and_release() {
    let scene = Scene::delivered(&[125_000, 50_000], &[Payee::Vendor]).await;
    let (scene, mut served) = scene.dies_at("crash_point_18").await;
    scene.accepts(0).sent().await.expect(200);
    served.dies().await;
    let charge: String = scene.world.sql("SELECT charge FROM payments").await[0].get(0);
    let body = json!({ "charge": charge, "cause": "product_not_received" });
    let dispute = scene.world.till("disputes", Some(body)).await;
    // The news is heard before the lease of the dead ends.
    let mut between = scene.world.serves(None, WORKERS).await;
    scene.until("disputes WHERE state = 'open'", 1).await;
    between.kill();
    scene.world.advance(Duration::seconds(61)).await;
    let served = scene.world.serves(None, WORKERS).await;
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [], "the bank has the money: nothing is sent");
    let won = json!({ "dispute": dispute["id"], "outcome": "won" });
    scene.world.till("disputes/close", Some(won)).await;
    scene.until("disputes WHERE state = 'won'", 1).await;
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [(100_000, 0), (18_750, 0)]);
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_22_a_key_grows_old_during_a_long_outage() {
    let scene = Scene::delivered(&[125_000], &[]).await;
    let (scene, mut served) = scene.dies_at("crash_point_22").await;
    scene.accepts(0).sent().await.expect(200);
    served.dies().await;
    scene.world.advance(Duration::hours(25)).await;
    let served = scene.again(served).await;
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [], "it was not sent, which nobody knows");
    let waits = "SELECT idem_key FROM stripe_calls WHERE state = 'needs_human'";
    let key: String = scene.world.sql(waits).await[0].get(0);
    let (code, said) = scene.world.runs(&["ledger", "resolve", &key]).await;
    assert!(code == 0 && said.starts_with("refused"), "{said}");
    scene.world.settle().await;
    assert_eq!(scene.sent().await, [(100_000, 0)]);
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_22_and_what_it_stood_for_was_done() {
    let scene = Scene::delivered(&[125_000], &[]).await;
    let (scene, mut served) = scene.dies_at("crash_point_14").await;
    scene.accepts(0).sent().await.expect(200);
    served.dies().await;
    scene.world.advance(Duration::hours(25)).await;
    let served = scene.again(served).await;
    scene.world.settle().await;
    assert_eq!(scene.asked("/v1/transfers").await, 1, "looked for, not sent again");
    scene.end(served).await;
}
