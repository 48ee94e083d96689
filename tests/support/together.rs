//! Several requests in the same moment.

use super::answer::Answer;
use reqwest::Method;
use serde_json::Value;

use super::actor::Actor;

/// Sends the same POST `count` times at once; the statuses in ascending order.
pub async fn post_at_once(actor: &Actor, count: usize, path: &str, body: &Value) -> Vec<u16> {
    let answers = send_at_once(actor, count, Method::POST, path, body).await;
    let mut statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
    statuses.sort_unstable();
    statuses
}

/// Sends the same request `count` times at once.
pub async fn send_at_once(
    actor: &Actor,
    count: usize,
    method: Method,
    path: &str,
    body: &Value,
) -> Vec<Answer> {
    let send = |_| {
        let (actor, method, path, body) =
            (actor.clone(), method.clone(), path.to_owned(), body.clone());
        tokio::spawn(async move { actor.send(method, &path, Some(body)).await })
    };
    let running: Vec<_> = (0..count).map(send).collect();
    let mut answers = Vec::new();
    for task in running {
        answers.push(task.await.unwrap());
    }
    answers
}
