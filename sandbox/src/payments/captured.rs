//! The traffic of the API, as a check of its shape or a test wants to read it. Kept in memory
//! only, the newest last, without the secret key.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use poem::Request;
use serde::Serialize;
use serde_json::value::RawValue;

use super::api::{Headers, Outcome};

/// How many exchanges are kept.
const KEPT: usize = 5_000;

/// The last exchanges.
#[derive(Default)]
pub(super) struct Captured(Mutex<VecDeque<Exchange>>);

/// One call and its answer.
#[derive(Clone, Serialize)]
pub(super) struct Exchange {
    method: String,
    path: String,
    query: String,
    /// Names and values as they came, decoded: those of the body, or of the query of a GET.
    pub form: Vec<(String, String)>,
    idempotency_key: Option<String>,
    stripe_account: Option<String>,
    stripe_version: Option<String>,
    status: u16,
    response: Box<RawValue>,
    /// The caller never saw the answer.
    dropped: bool,
}

impl Exchange {
    pub(super) fn new(request: &Request, headers: &Headers) -> Self {
        Self {
            method: request.method().as_str().to_owned(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            form: Vec::new(),
            idempotency_key: headers.key.clone(),
            stripe_account: headers.account.clone(),
            stripe_version: headers.version.clone(),
            status: 0,
            response: RawValue::NULL.to_owned(),
            dropped: false,
        }
    }

    pub(super) fn finish(&mut self, outcome: &Outcome) {
        self.status = outcome.status;
        self.response = outcome.body.clone();
        self.dropped = outcome.trouble.drop_answer;
    }
}

impl Captured {
    pub(super) fn add(&self, exchange: Exchange) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back(exchange);
        while all.len() > KEPT {
            all.pop_front();
        }
    }

    pub(super) fn all(&self) -> Vec<Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
