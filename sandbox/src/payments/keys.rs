//! Idempotency keys: the first answer to a key is the answer to it, faults included.
//!
//! An answer is kept once the execution of its call began; a call refused for its parameters, or
//! while another with its key was running, leaves the key free. A key is forgotten after a day.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{call::Call, refusal::Refusal, state::State};

/// How long an answer is kept.
const KEPT_MS: i64 = 86_400_000;
/// The longest key.
const LONGEST_KEY: usize = 255;

/// The first answer to a key, and what it answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KeptAnswer {
    method_and_path: String,
    /// The parameters, sorted: their order on the wire means nothing.
    parameters: Vec<(String, String)>,
    pub status: u16,
    pub body: Box<RawValue>,
    /// The id of the request that was carried out.
    pub request: String,
    at_ms: i64,
}

/// The answer that was just given to a request.
pub(super) struct First<'a> {
    pub status: u16,
    pub body: Box<RawValue>,
    pub request: &'a str,
}

impl State {
    /// The answer that this key already has.
    ///
    /// # Errors
    /// The key was used for another call or with other parameters.
    pub(super) fn answer_to(&self, key: &str, call: &Call) -> Result<Option<&KeptAnswer>, Refusal> {
        match self.kept.get(&scoped(key, call)) {
            None => Ok(None),
            Some(kept) if kept.method_and_path != method_and_path(call) => {
                Err(Refusal::key_reused(key))
            }
            Some(kept) if kept.parameters != parameters(call) => Err(Refusal::key_reused(key)),
            Some(kept) => Ok(Some(kept)),
        }
    }

    /// Keeps the answer to a key.
    pub(super) fn keep_answer(&mut self, key: &str, call: &Call, first: First<'_>) {
        let First { status, body, request } = first;
        let kept = KeptAnswer {
            method_and_path: method_and_path(call),
            parameters: parameters(call),
            status,
            body,
            request: request.to_owned(),
            at_ms: self.now_ms,
        };
        self.kept.insert(scoped(key, call), kept);
    }

    /// Forgets answers that are older than a day.
    pub(super) fn forget_old_answers(&mut self) {
        let now_ms = self.now_ms;
        self.kept.remove_where(|kept| now_ms - kept.at_ms >= KEPT_MS);
    }
}

/// The keys whose calls are running at this moment.
#[derive(Default)]
pub(super) struct Running(Mutex<HashSet<String>>);

/// Holds a key until it is dropped.
pub(super) struct Hold<'a> {
    running: &'a Running,
    key: String,
}

impl Running {
    /// Takes the key for one call.
    ///
    /// # Errors
    /// The key is too long, or another call holds it.
    pub(super) fn hold(&self, key: &str, call: &Call) -> Result<Hold<'_>, Refusal> {
        if key.is_empty() || key.len() > LONGEST_KEY {
            let message = format!("A key has 1 to {LONGEST_KEY} characters.");
            return Err(Refusal::parameter("parameter_invalid", "Idempotency-Key", message));
        }
        let scoped = scoped(key, call);
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !running.insert(scoped.clone()) {
            return Err(Refusal::key_in_use(key));
        }
        Ok(Hold { running: self, key: scoped })
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut running = self.running.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.remove(&self.key);
    }
}

fn scoped(key: &str, call: &Call) -> String {
    format!("{}:{key}", call.account.as_deref().unwrap_or_default())
}

fn method_and_path(call: &Call) -> String {
    format!("{} /v1/{}", call.method, call.path.join("/"))
}

fn parameters(call: &Call) -> Vec<(String, String)> {
    let mut sorted = call.form.pairs().to_vec();
    sorted.sort();
    sorted
}
