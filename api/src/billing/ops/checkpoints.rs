//! Long accounts are summed up once an hour, so that their balance does not read their history.
//!
//! The database starts the job of each program and writes the sums itself; each look writes the
//! next one in the transaction that ends it.

use crate::app::App;
use crate::billing::store;
use crate::platform::db::Tx;
use crate::platform::jobs::{NewJob, enqueue};
use crate::platform::refusal::Result;
use chrono::TimeDelta;
use serde_json::json;

/// The kind of job that sums up.
pub const CHECKPOINT_JOB: &str = "checkpoint-balances";

/// An account is worth it from so many new entries on: fewer are read in less than a millisecond.
const FEWEST: i32 = 500;
const PAUSE: TimeDelta = TimeDelta::hours(1);

/// Sums up what has grown, and looks again in an hour.
pub async fn checkpoint_balances(app: &App, tx: &mut Tx) -> Result<()> {
    let made = store::checkpoint_balances(tx, FEWEST).await?;
    if made > 0 {
        tracing::info!(made, "balances were summed up");
    }
    let next = app.clock.now() + PAUSE;
    let job = NewJob::new(CHECKPOINT_JOB, &json!({}))?.for_vendor(tx.vendor()?).at(next);
    enqueue(tx, &app.ids, job).await
}
