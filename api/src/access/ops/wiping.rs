//! What is kept of writes and of calls that were asked for ends: looked after once a day.
//!
//! The database starts the job of each program and says what its time is over for; each look
//! writes the next one in the transaction that ends it.

use crate::access::store;
use crate::app::App;
use crate::platform::db::Tx;
use crate::platform::jobs::{NewJob, enqueue};
use crate::platform::refusal::Result;
use chrono::TimeDelta;
use serde_json::json;

/// The kind of job that wipes.
pub const WIPE_JOB: &str = "wipe-what-was-kept";

/// Most rows of a kind that one transaction wipes.
const BATCH: i64 = 500;
const PAUSE: TimeDelta = TimeDelta::days(1);

/// Wipes what is due; goes on at once while there may be more.
pub async fn wipe_what_was_kept(app: &App, tx: &mut Tx) -> Result<()> {
    let changes = store::wipe_changes(tx, BATCH).await?;
    let calls = store::wipe_calls(tx, BATCH).await?;
    // Those of a program whose last letter has ended: no look a minute goes on there.
    store::forget_proofs(tx).await?;
    if changes + calls > 0 {
        tracing::info!(changes, calls, "what was kept was wiped");
    }
    let full = usize::try_from(BATCH).is_ok_and(|most| changes.max(calls) >= most);
    let next = app.clock.now() + if full { TimeDelta::zero() } else { PAUSE };
    let job = NewJob::new(WIPE_JOB, &json!({}))?.for_vendor(tx.vendor()?).at(next);
    enqueue(tx, &app.ids, job).await
}
