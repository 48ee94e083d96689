//! Following a movement of money at Stripe until it can be used: its fee, then its day.

use super::calls;
use super::posting::post_each_once;
use crate::app::App;
use crate::billing::engine::settling::{self as engine, Look};
use crate::billing::store;
use crate::kernel::id::{MilestoneId, VendorId};
use crate::outside::payments::BalanceTransaction;
use crate::platform::db::Tx;
use crate::platform::jobs::{NewJob, enqueue};
use crate::platform::refusal::Result;
use serde::{Deserialize, Serialize};

/// The kind of job that looks at a movement.
pub const SETTLE_JOB: &str = "balance-transaction";

#[derive(Serialize, Deserialize)]
pub struct SettleJob {
    pub transaction: String,
    /// The charge, transfer or refund behind it.
    pub source: String,
    pub milestone: MilestoneId,
    /// How often it was looked at before.
    pub look: u32,
}

impl SettleJob {
    fn as_look(&self) -> Look<'_> {
        Look { milestone: self.milestone, source: &self.source, before: self.look }
    }
}

/// Begins to follow a movement, once.
pub async fn follow(
    app: &App,
    tx: &mut Tx,
    milestone: MilestoneId,
    movement: (&str, &str),
) -> Result<()> {
    let (transaction, source) = (movement.0.to_owned(), movement.1.to_owned());
    let job = SettleJob { transaction, source, milestone, look: 0 };
    let job = job_for(tx, &job)?;
    enqueue(tx, &app.ids, job).await
}

fn job_for(tx: &Tx, job: &SettleJob) -> Result<NewJob> {
    let key = format!("{SETTLE_JOB}:{}:{}", job.transaction, job.look);
    Ok(NewJob::new(SETTLE_JOB, job)?.for_vendor(tx.vendor()?).once(key))
}

/// Job: reads the movement; posts its fee, and that its money can be used once that is so. Looks
/// again when it is not.
pub async fn settle_transaction(app: &App, vendor: VendorId, job: SettleJob) -> Result<()> {
    let seen = app.payments.balance_transaction(&job.transaction).await;
    let seen = seen.map_err(|error| calls::not_read("a balance transaction", error))?.object;
    let mut tx = app.db.write(vendor).await?;
    let milestone = crate::engagements::milestone(&mut tx, job.milestone).await?;
    engine::is_of(job.as_look(), &seen, milestone.price)?;
    store::keep_transaction(&mut tx, job.milestone, &job.source, &seen).await?;
    post(app, &mut tx, &job, &seen).await?;
    if !seen.is_available() {
        look_again(app, &mut tx, job, &seen).await?;
    }
    tx.commit().await
}

async fn post(app: &App, tx: &mut Tx, job: &SettleJob, seen: &BalanceTransaction) -> Result<()> {
    let usable = seen.is_available() && store::set_settled(tx, &seen.id, app.clock.now()).await?;
    let journals = engine::posted(job.as_look(), seen, usable)?;
    post_each_once(app, tx, &journals).await?;
    Ok(())
}

async fn look_again(
    app: &App,
    tx: &mut Tx,
    job: SettleJob,
    seen: &BalanceTransaction,
) -> Result<()> {
    let at = engine::again_at(job.as_look(), seen, app.clock.now());
    let next = SettleJob { look: job.look + 1, ..job };
    let next = job_for(tx, &next)?.at(at);
    enqueue(tx, &app.ids, next).await
}
