//! What a line of the access log says of a call.

use super::answer::Reply;
use super::refusal::Refusal;
use crate::access::model::{AskedOperation, Ended, Outcome};
use crate::upstreams::Operation;
use sha2::{Digest, Sha256};

/// How it ended; how long it took is not told yet.
pub fn ended(result: &Result<Reply, Refusal>) -> Ended {
    let (outcome, code, status, bytes) = match result {
        Ok(reply) => (Outcome::Done, None, reply.status.as_u16(), reply.body.whole().len()),
        Err(refusal) => (refusal.outcome(), Some(refusal.code().to_owned()), refusal.status(), 0),
    };
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let passed = result.as_ref().ok().map(|reply| reply.body.whole());
    let answer_hash = passed.map(|body| Sha256::digest(body).into());
    Ended { outcome, code, status: Some(status), bytes, answer_hash, duration_ms: 0 }
}

pub fn asked_operation(operation: &Operation) -> AskedOperation {
    AskedOperation {
        id: operation.id.clone(),
        title: operation.title.clone(),
        risk: operation.risk,
        path_template: operation.path.as_str().to_owned(),
    }
}

/// A target for the log: on one line, of bounded length.
pub fn readable(path: &str) -> String {
    path.chars().take(300).map(|c| if c.is_control() { '?' } else { c }).collect()
}
