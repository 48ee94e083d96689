//! Bodies that cannot be read, break a type, name an unknown field or carry what no column holds:
//! each operation, each role, a problem each time and never a fault of ours.

use super::operations::{Description, Operation};
use super::stage::Stage;
use crate::support::{Actor, Answer};
use reqwest::Method;
use serde_json::{Value, json};

const JSON: &str = "application/json";
/// Over the limit of every body that carries no file.
const HUGE: usize = 10 * 1024 * 1024;

/// Fails unless the answer is one of ours: no fault, and a problem when it is an error.
#[track_caller]
pub fn is_ours(answer: &Answer, what: &str) {
    let Answer { asked, status, .. } = answer;
    assert!(*status < 500, "{asked} with {what}: {status} {}", answer.text());
    if *status >= 400 {
        let kind = answer.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("application/problem+json"), "{asked} with {what}: {kind}");
        let body = answer.json();
        assert_eq!(body["status"], *status, "{asked} with {what}: {body}");
        assert!(body["code"].is_string() && body["detail"].is_string(), "{asked}: {body}");
        let text = answer.text();
        for leak in ["api::", "diesel", "panicked", "SELECT ", "postgres"] {
            assert!(!text.contains(leak), "{asked} with {what} tells {leak:?}: {text}");
        }
    }
}

/// Fails unless the answer is a refusal.
#[track_caller]
fn is_refused(answer: &Answer, what: &str) {
    is_ours(answer, what);
    assert!(answer.status >= 400, "{} with {what}: {}", answer.asked, answer.status);
}

async fn send(actor: &Actor, op: &Operation, path: &str, body: (&str, Vec<u8>)) -> Answer {
    let (kind, bytes) = body;
    let request = actor.request(op.method.clone(), path).header("content-type", kind).body(bytes);
    let request = match op.method {
        Method::PUT => request.header("if-match", "\"1\""),
        _ => request.header("idempotency-key", hex::encode(rand::random::<[u8; 8]>())),
    };
    actor.answer(op.method.clone(), path, request).await
}

/// What is no JSON at all, or no object.
fn unreadable() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |open: &str, close: &str| [open.repeat(20_000), close.repeat(20_000)].concat();
    vec![
        ("nothing", Vec::new()),
        ("half a body", b"{\"name\": ".to_vec()),
        ("two bodies", b"{}{}".to_vec()),
        ("bad UTF-8", b"{\"name\": \"\xff\xfe\"}".to_vec()),
        ("half a surrogate", br#"{"name": "\ud800"}"#.to_vec()),
        ("a list", b"[]".to_vec()),
        ("null", b"null".to_vec()),
        ("a number", b"7".to_vec()),
        ("a text", b"\"text\"".to_vec()),
        ("no number", b"{\"name\": NaN}".to_vec()),
        ("deep lists", deep("[", "]").into_bytes()),
        ("deep objects", deep("{\"a\":", "}").into_bytes()),
    ]
}

/// The sample with one property of another type, one each.
fn wrong_types(sample: &Value) -> Vec<Value> {
    let parts = sample.as_object().into_iter().flatten();
    let spoil = |(name, value): (&String, &Value)| {
        let wrong = if value.is_object() { json!([7]) } else { json!({ "surprise": 1 }) };
        let mut body = sample.clone();
        body[name] = wrong;
        body
    };
    parts.map(spoil).collect()
}

/// The sample with one property that can be read and should not be believed, several each.
fn odd_values(sample: &Value) -> Vec<Value> {
    let odd = |value: &Value| match value {
        Value::String(_) => vec![
            json!("\u{0}"),
            json!("a\u{0}b\u{202e}"),
            json!(""),
            json!("x".repeat(100_000)),
            json!("9999-12-31T23:59:59Z"),
            json!("+262142-12-31"),
        ],
        Value::Number(_) => {
            vec![json!(i64::MAX), json!(i64::MIN), json!(0), json!(-1), json!(1e300), json!(0.5)]
        }
        Value::Array(items) => {
            let first = items.first().cloned().unwrap_or(Value::Null);
            vec![json!([]), json!([null]), Value::Array(vec![first; 2_000])]
        }
        _ => vec![Value::Null],
    };
    let parts = sample.as_object().into_iter().flatten();
    let spoil = |(name, value): (&String, &Value)| {
        let whole = |value| {
            let mut body = sample.clone();
            body[name] = value;
            body
        };
        odd(value).into_iter().map(whole).collect::<Vec<_>>()
    };
    parts.flat_map(spoil).collect()
}

async fn break_bodies(stage: &Stage, description: &Description, op: &Operation) -> usize {
    let path = op.filled(|name| stage.id(name));
    let sample = description.sample(description.body(op).unwrap());
    let mut asked = 0;
    for actor in stage.everyone() {
        for (what, bytes) in unreadable() {
            is_refused(&send(&actor, op, &path, (JSON, bytes)).await, what);
            asked += 1;
        }
        let mut surprise = sample.clone();
        surprise["surprise"] = json!(1);
        let wrong = wrong_types(&sample).into_iter().chain([surprise]);
        for body in wrong {
            let bytes = body.to_string().into_bytes();
            let what: String = body.to_string().chars().take(300).collect();
            is_refused(&send(&actor, op, &path, (JSON, bytes)).await, &what);
            asked += 1;
        }
        let plain = send(&actor, op, &path, ("text/plain", sample.to_string().into_bytes())).await;
        is_refused(&plain, "a plain text");
    }
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused_everywhere() {
    let stage = Stage::new().await;
    let description = Description::read();
    let mut asked = 0;
    for op in description.operations() {
        if description.body(&op).is_some() {
            asked += break_bodies(&stage, &description, &op).await;
        }
    }
    assert!(asked > 4_000, "only {asked} bad bodies");
    stage.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_values_are_no_fault_anywhere() {
    let stage = Stage::new().await;
    let description = Description::read();
    let mut asked = 0;
    for op in description.operations() {
        let Some(schema) = description.body(&op) else { continue };
        let path = op.filled(|name| stage.id(name));
        for body in odd_values(&description.sample(schema)) {
            let what: String = body.to_string().chars().take(300).collect();
            for actor in [&stage.customer, &stage.consultant, &stage.manager] {
                let bytes = body.to_string().into_bytes();
                is_ours(&send(actor, &op, &path, (JSON, bytes)).await, &what);
                asked += 1;
            }
        }
    }
    assert!(asked > 2_000, "only {asked} odd values");
    stage.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_and_other_kinds_are_refused_by_their_names() {
    let stage = Stage::new().await;
    let description = Description::read();
    for op in description.operations() {
        let path = op.filled(|name| stage.id(name));
        if op.method == Method::GET {
            continue;
        }
        let actor = &stage.customer;
        send(actor, &op, &path, (JSON, vec![b' '; HUGE])).await.refused(413, "too-large");
        if op.takes_a_file() || description.body(&op).is_some() {
            let answer = send(actor, &op, &path, ("image/png", b"no picture".to_vec())).await;
            is_refused(&answer, "a picture");
            let refused_before = [401, 403, 404].contains(&answer.status);
            assert!(answer.status == 415 || refused_before, "{}: {}", answer.asked, answer.text());
        }
        if op.takes_a_file() {
            for body in ["", "--x--", "--x\r\n\r\n", "--x\r\ncontent-disposition: \r\n\r\nx\r\n"] {
                let kind = "multipart/form-data; boundary=x";
                is_refused(&send(actor, &op, &path, (kind, body.into())).await, body);
            }
            let answer = send(actor, &op, &path, ("multipart/form-data", b"x".to_vec())).await;
            is_refused(&answer, "no boundary");
        }
    }
    stage.world.end().await;
}
