//! Addresses, queries, methods and headers that do not fit the description.

use super::bad_bodies::is_ours;
use super::operations::{Description, Operation};
use super::stage::Stage;
use crate::support::{Actor, Answer, World};
use reqwest::Method;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const ODD_IDS: [&str; 8] =
    ["7", "not-an-id", "%00", "%ff%fe", "..%2f..%2fme", "'%20or%201=1--", "%F0%9F%92%A9", "-"];
const ODD_VALUES: [&str; 9] =
    ["", "0", "-1", "abc", "99999999999999999999999", "%00", "%ff", "9999-99-99", "a%00b'%22"];

async fn ask(actor: &Actor, op: &Operation, path: &str) -> Answer {
    let request = actor.request(op.method.clone(), path);
    actor.answer(op.method.clone(), path, request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_ids_and_queries_are_no_fault() {
    let stage = Stage::new().await;
    let anyone = stage.world.anyone();
    let askers = [&stage.customer, &stage.consultant, &stage.manager, &anyone];
    let mut asked = 0;
    for op in Description::read().operations() {
        let filled = op.filled(|name| stage.id(name));
        let long = "x".repeat(5_000);
        for odd in ODD_IDS.into_iter().chain([long.as_str()]).filter(|_| op.path.contains('{')) {
            let path = op.filled(|_| odd.to_owned());
            for actor in askers {
                let answer = ask(actor, &op, &path).await;
                is_ours(&answer, odd);
                assert!(answer.status >= 400, "{} found something", answer.asked);
                asked += 1;
            }
        }
        if op.method != Method::GET {
            continue;
        }
        for name in op.query_names() {
            for odd in ODD_VALUES {
                for actor in askers {
                    let path = format!("{filled}?{name}={odd}");
                    is_ours(&ask(actor, &op, &path).await, odd);
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 2_000, "only {asked} odd addresses");
    stage.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_and_repeated_parameters_are_refused() {
    let stage = Stage::new().await;
    for op in Description::read().operations() {
        let path = op.filled(|name| stage.id(name));
        let mut queries = vec!["surprise=1".to_owned(), "%ff=%fe".to_owned()];
        queries.extend(op.query_names().first().map(|name| format!("{name}=1&{name}=1")));
        for query in queries {
            for actor in stage.everyone() {
                let answer = ask(&actor, &op, &format!("{path}?{query}")).await;
                answer.refused(400, "bad-query");
            }
        }
    }
    stage.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_allows_what_is_described() {
    let world = World::new().await;
    let customer = world.customer("Fjordhaus").await;
    let mut described: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for op in Description::read().operations() {
        let path = op.filled(|_| super::stage::NOTHING.to_owned());
        described.entry(path).or_default().insert(op.method.to_string());
    }
    for (path, mut methods) in described {
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        let allow = methods.iter().cloned().collect::<Vec<_>>().join(", ");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if methods.contains(method) {
                continue;
            }
            let method: Method = method.parse().unwrap();
            let answer = customer.send(method, &path, None).await;
            let answer = answer.refused(405, "method-not-allowed");
            assert_eq!(answer.header("allow"), Some(allow.as_str()), "{}", answer.asked);
        }
    }
    world.anyone().get("/v1/no/such/place").await.refused(404, "not-found");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_wants_a_key_and_edits_want_a_version() {
    let stage = Stage::new().await;
    let description = Description::read();
    let (mut money, mut edits) = (0, 0);
    for op in description.operations() {
        let path = op.filled(|name| stage.id(name));
        let body = description.body(&op).map(|schema| description.sample(schema));
        for actor in [&stage.customer, &stage.consultant, &stage.finance] {
            if op.moves_money() {
                let answer = actor.send(op.method.clone(), &path, body.clone()).await;
                answer.refused(400, "idempotency-key-wanted");
                money += 1;
            }
            if op.method != Method::POST {
                continue;
            }
            for key in ["", "\u{e9}", &"k".repeat(300)] {
                let request = actor.request(op.method.clone(), &path);
                let request = request.header("idempotency-key", key.as_bytes());
                let request = request.json(&body.clone().unwrap_or(json!({})));
                let answer = actor.answer(op.method.clone(), &path, request).await;
                is_ours(&answer, key);
                assert!(answer.status >= 400, "{} took the key {key:?}", answer.asked);
            }
        }
        if op.edits_a_version() {
            let actor = if path.contains("brief") { &stage.customer } else { &stage.consultant };
            let answer = actor.send(op.method.clone(), &path, body.clone()).await;
            answer.refused(428, "if-match-wanted");
            for (odd, status) in [("\"no, never\"", 412), ("W/\"1\"", 412), ("*", 428)] {
                let request = actor.request(op.method.clone(), &path).header("if-match", odd);
                let request = request.json(&body.clone().unwrap_or_default());
                let answer = actor.answer(op.method.clone(), &path, request).await;
                is_ours(&answer, odd);
                assert_eq!(answer.status, status, "{} with the version {odd}", answer.asked);
            }
            edits += 1;
        }
    }
    assert!(money >= 9 && edits >= 3, "{money} deeds with money, {edits} edits");
    stage.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_credentials_are_nobody() {
    let world = World::new().await;
    let anyone = world.anyone();
    let odd = ["Bearer", "Bearer ", "Bearer att_nothing", "Basic YTpi", "bearer \u{e9}", "att_x"];
    let secured = Description::read().operations().into_iter().filter(|op| !op.is_public());
    for op in secured {
        let path = op.filled(|_| super::stage::NOTHING.to_owned());
        for credential in odd {
            let request = anyone.request(op.method.clone(), &path);
            let request = request.header("authorization", credential.as_bytes());
            let answer = anyone.answer(op.method.clone(), &path, request).await;
            answer.refused(401, "unauthenticated");
        }
        let request = anyone.request(op.method.clone(), &path);
        let request = request.header("cookie", "attache=\"odd\"; attache=odd; =;;");
        let answer = anyone.answer(op.method.clone(), &path, request).await;
        is_ours(&answer, "an odd cookie");
        assert!([401, 403].contains(&answer.status), "{}: {}", answer.asked, answer.status);
    }
    world.end().await;
}
