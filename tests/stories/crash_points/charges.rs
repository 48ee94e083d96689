//! A kept card is being charged.

use super::scene::{Scene, WORKERS, Wish};
use crate::support::payments::GOOD;
use serde_json::{Value, json};

const INTENTS: &str = "/v1/payment_intents";

async fn with_card() -> Scene {
    let scene = Scene::signed(&[125_000], &[]).await;
    scene.world.keeps_card(&scene.customer, GOOD).await;
    scene.world.settle().await;
    scene
}

fn charges(scene: &Scene) -> Wish {
    let path = format!("/v1/milestones/{}/charges", scene.parts[0]);
    Wish::of(&scene.customer, path, json!({}))
}

/// The client asks again after the crash, and a worker may have been first: the money was taken
/// once.
async fn charged_once(scene: &Scene, wish: &Wish) {
    let answer = wish.sent().await;
    match answer.status {
        201 => assert_eq!(answer.at("/state"), "paid"),
        _ => {
            answer.refused(409, "already-funded");
        }
    }
    scene.until("payments WHERE state = 'paid'", 1).await;
    assert!(scene.asked(INTENTS).await <= 1, "found, not sent again");
    assert_eq!(intents(scene).await, 1);
    assert_eq!(scene.count("journals WHERE event_key LIKE 'charge:%'").await, 1);
}

async fn intents(scene: &Scene) -> usize {
    let url = format!("{}v1/payment_intents", scene.world.sandbox.payments);
    let asked = scene.world.client.get(url).bearer_auth(&scene.world.sandbox.payments_secret_key);
    let list: Value = asked.send().await.unwrap().json().await.unwrap();
    list["data"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_03_the_charge_is_sent_and_has_no_answer() {
    let scene = with_card().await;
    let slow = json!({ "delay_ms": 15_000, "path_prefix": INTENTS, "hold_webhooks": true });
    scene.world.till("faults", Some(slow)).await;
    let world = scene.world.apart().await;
    let mut served = world.serves(None, WORKERS).await;
    let scene = Scene { world, ..scene };
    let wish = charges(&scene);
    let (answer, ()) = tokio::join!(wish.tried(), async {
        while intents(&scene).await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        served.kill();
    });
    assert!(answer.is_none());
    scene.world.till("faults", Some(json!({}))).await;
    scene.until("stripe_calls WHERE op = 'charge_saved' AND state = 'sent'", 1).await;
    let served = scene.again(served).await;
    charged_once(&scene, &wish).await;
    scene.end(served).await;
}

/// It dies over the charge; the client asks again.
async fn dies_and_asks_again(place: &str, fault: Option<Value>) {
    let scene = with_card().await;
    if let Some(fault) = fault {
        scene.world.till("faults", Some(fault)).await;
    }
    let (scene, served) = scene.dies_at(place).await;
    let wish = charges(&scene);
    assert!(wish.tried().await.is_none());
    scene.world.till("faults", Some(json!({}))).await;
    let served = scene.again(served).await;
    charged_once(&scene, &wish).await;
    scene.end(served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_04_the_charge_is_answered_and_not_stored() {
    let held = json!({ "hold_webhooks": true });
    dies_and_asks_again("crash_point_04", Some(held)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_05_a_yes_to_the_charge_cannot_be_read() {
    let fault = json!({ "cut_answer": 1, "path_prefix": INTENTS, "hold_webhooks": true });
    dies_and_asks_again("crash_point_05", Some(fault)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_06_a_fault_after_the_charge() {
    let fault = json!({ "after_effect_500": 1, "path_prefix": INTENTS, "hold_webhooks": true });
    dies_and_asks_again("crash_point_06", Some(fault)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_point_11_the_charge_is_written_down_and_nobody_asks_again() {
    let scene = with_card().await;
    let (scene, served) = scene.dies_at("crash_point_11").await;
    assert!(charges(&scene).tried().await.is_none());
    assert_eq!(scene.asked(INTENTS).await, 0);
    let served = scene.again(served).await;
    scene.until("payments WHERE state = 'paid'", 1).await;
    assert_eq!(scene.asked(INTENTS).await, 1, "a worker did");
    scene.end(served).await;
}
