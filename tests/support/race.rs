//! Requests that run at the same time.

use super::answer::Answer;

/// Sends all of them at once and waits for every answer, in no particular order.
pub async fn race<R>(requests: impl IntoIterator<Item = R>) -> Vec<Answer>
where
    R: Future<Output = Answer> + Send + 'static,
{
    let mut running = tokio::task::JoinSet::new();
    for request in requests {
        running.spawn(request);
    }
    running.join_all().await
}
