//! Work that follows a transaction: events to react to, calls to the outside.
//!
//! A job row is written in the transaction that makes it necessary, so it exists exactly when its
//! cause does. Workers claim rows with a lease by the database's clock; a worker that is late is
//! fenced by the lease's token. A job that fails too often is dead: visible, and startable again.
//! One that has to last, since it writes the next of its kind, goes on and is an alarm.

pub mod event;
mod store;
mod worker;

pub use store::{
    Backlog, DeadJob, backlog, dead_jobs, enqueue, enqueue_all, forget, is_queued, restart_dead,
};
pub use worker::{Handler, Registry, Worker, with_reactions};

use crate::kernel::id::{JobId, VendorId};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A job to be written.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub kind: &'static str,
    pub vendor: Option<VendorId>,
    pub facts: Value,
    /// Two jobs with one key are one job.
    pub unique_key: Option<String>,
    /// Not before this instant; at once when absent.
    pub run_at: Option<DateTime<Utc>>,
}

impl NewJob {
    /// Errors when the facts are no JSON object.
    pub fn new(kind: &'static str, facts: &impl Serialize) -> serde_json::Result<Self> {
        let facts = serde_json::to_value(facts)?;
        Ok(Self { kind, vendor: None, facts, unique_key: None, run_at: None })
    }

    #[must_use]
    pub fn for_vendor(mut self, vendor: VendorId) -> Self {
        self.vendor = Some(vendor);
        self
    }

    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.unique_key = Some(key.into());
        self
    }

    #[must_use]
    pub fn at(mut self, instant: DateTime<Utc>) -> Self {
        self.run_at = Some(instant);
        self
    }
}

/// A claimed job.
#[derive(Debug, Clone)]
pub struct Job {
    pub id: JobId,
    pub kind: String,
    pub vendor: Option<VendorId>,
    pub facts: Value,
    /// How often it was tried before, this time not counted.
    pub earlier_attempts: i32,
}

impl Job {
    /// Errors when the facts are not what the handler expects.
    pub fn read<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_value(self.facts.clone())
    }
}
