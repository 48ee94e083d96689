//! Keeping connections that nobody uses: a refresh token that ends when it is idle is used in time.
//!
//! Only applications that say so have such a limit. One job a connection looks at it three times
//! within the limit, refreshes when nothing moved since, and writes its successor.

use super::tokens::{self, NoToken, Wanted};
use crate::access::model::ConnectionState;
use crate::access::store::{self, Locked};
use crate::app::App;
use crate::kernel::id::{ConnectionId, VendorId};
use crate::platform::db::Tx;
use crate::platform::jobs::{Job, NewJob, enqueue};
use crate::platform::refusal::{Error, Result};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

pub const KEEP_JOB: &str = "keep-connection";

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct KeepConnection {
    connection: ConnectionId,
    /// What it was when the job was written.
    generation: i64,
}

/// Writes the job that will look at a connection, if its application ends idle tokens.
pub(super) async fn keep_in_time(
    app: &App,
    tx: &mut Tx,
    (connection, upstream, generation): (ConnectionId, &str, i64),
) -> Result<()> {
    let known = app.upstreams.get(upstream);
    let Some(idle) = known.and_then(|u| u.oauth.tokens.refresh_idle) else { return Ok(()) };
    // Two looks may lie between the last use and the refresh: two thirds of the limit at most.
    let pause = TimeDelta::from_std(idle / 3).map_err(Error::fault)?;
    let key = format!("{KEEP_JOB}:{connection}:{generation}");
    let job = NewJob::new(KEEP_JOB, &KeepConnection { connection, generation })?;
    let job = job.for_vendor(tx.vendor()?).once(key).at(app.clock.now() + pause);
    enqueue(tx, &app.ids, job).await
}

/// One look. Repeating it is harmless: what moved on meanwhile is not refreshed again.
///
/// Errors when the application gave nothing this time: the queue tries again.
pub async fn keep_connection(app: &App, job: &Job) -> Result<()> {
    let facts: KeepConnection = job.read()?;
    let vendor = job.vendor.ok_or_else(|| Error::fault("a connection belongs to a vendor"))?;
    let Some(found) = look(app, vendor, facts.connection).await? else { return Ok(()) };
    if found.generation == facts.generation && !refreshed(app, vendor, &found).await? {
        return Ok(());
    }
    let Some(now) = look(app, vendor, facts.connection).await? else { return Ok(()) };
    let mut tx = app.db.write(vendor).await?;
    keep_in_time(app, &mut tx, (now.id, &now.upstream, now.generation)).await?;
    tx.commit().await
}

/// The connection, while it is active.
async fn look(app: &App, vendor: VendorId, id: ConnectionId) -> Result<Option<Locked>> {
    let mut tx = app.db.write(vendor).await?;
    let found = store::lock_connection(&mut tx, id).await?;
    Ok(found.filter(|c| c.state == ConnectionState::Active))
}

/// Whether there is a newer token now; not when only the customer can mend it, who was told.
async fn refreshed(app: &App, vendor: VendorId, of: &Locked) -> Result<bool> {
    let wanted =
        Wanted { vendor, connection: of.id, customer: of.organization, upstream: &of.upstream };
    match tokens::newer(app, wanted, of.generation).await {
        Ok(_) => Ok(true),
        Err(NoToken::NeedsReconnect) => Ok(false),
        Err(NoToken::Server(trouble)) => Err(Error::fault(format!("not refreshed: {trouble}"))),
        Err(NoToken::Ours(error)) => Err(error),
    }
}
