//! Every call that programs made, as it arrived.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use poem::{
    handler,
    http::{HeaderMap, StatusCode},
    web::{Data, Json},
};
use serde::Serialize;

use crate::marketing::app::App;

/// One call. Secrets are not in it: the bearer token shows as a short hash.
#[derive(Clone, Serialize)]
pub(crate) struct Hit {
    pub(crate) at: DateTime<Utc>,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) grant: Option<String>,
    /// The first twelve digits of the SHA-256 of the bearer token.
    pub(crate) token: Option<String>,
    /// Headers whose name begins with `x-` or `attache`, and `if-match`.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body_bytes: usize,
    /// The SHA-256 of the body in hexadecimal digits; of token calls it is left out.
    pub(crate) body_sha256: Option<String>,
}

/// The last calls, oldest first. Kept in memory: a restart forgets them.
#[derive(Default)]
pub(crate) struct Hits(Mutex<VecDeque<Hit>>);

impl Hits {
    pub(crate) fn note(&self, hit: Hit) {
        let mut hits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hits.len() >= MOST {
            hits.pop_front();
        }
        hits.push_back(hit);
    }

    /// When a grant was last used for a call.
    pub(crate) fn last_of(&self, grant_id: &str) -> Option<DateTime<Utc>> {
        let hits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hits.iter().rev().find(|hit| hit.grant.as_deref() == Some(grant_id)).map(|hit| hit.at)
    }
}

/// The headers worth keeping. A value that is no text shows as such.
pub(crate) fn telling(headers: &HeaderMap) -> BTreeMap<String, String> {
    let own =
        |name: &str| name.starts_with("x-") || name.starts_with("attache") || name == "if-match";
    headers
        .iter()
        .filter(|(name, _)| own(name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("(not text)").to_owned()))
        .collect()
}

/// `GET /sandbox/hits`
#[handler]
pub(crate) fn all(Data(app): Data<&Arc<App>>) -> Json<Vec<Hit>> {
    let hits = app.hits.0.lock().unwrap_or_else(PoisonError::into_inner);
    Json(hits.iter().cloned().collect())
}

/// `POST /sandbox/hits/reset`
#[handler]
pub(crate) fn reset(Data(app): Data<&Arc<App>>) -> StatusCode {
    app.hits.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    StatusCode::NO_CONTENT
}

const MOST: usize = 10_000;
