//! Following a movement of money at Stripe until it can be used: its fee, then its day.

use super::calls;
use super::posting::post_each_once;
use crate::app::App;
use crate::billing::model::Journal;
use crate::billing::store;
use crate::kernel::id::{MilestoneId, VendorId};
use crate::kernel::money::Money;
use crate::outside::payments::BalanceTransaction;
use crate::platform::db::Tx;
use crate::platform::jobs::{NewJob, enqueue};
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Duration};
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
    let behind = seen.source.as_ref().map(|source| source.id());
    if behind != Some(job.source.as_str()) {
        let what = format!("{} is of {behind:?}, not of {}", seen.id, job.source);
        return Err(Error::fault(what));
    }
    let mut tx = app.db.write(vendor).await?;
    let milestone = crate::engagements::milestone(&mut tx, job.milestone).await?;
    if seen.currency != milestone.price.currency() {
        let what = format!("{} moved {}, not {}", seen.id, seen.currency, milestone.price);
        return Err(Error::fault(what));
    }
    store::keep_transaction(&mut tx, job.milestone, &job.source, &seen).await?;
    post(app, &mut tx, &job, &seen).await?;
    if !seen.is_available() {
        look_again(app, &mut tx, job, &seen).await?;
    }
    tx.commit().await
}

async fn post(app: &App, tx: &mut Tx, job: &SettleJob, seen: &BalanceTransaction) -> Result<()> {
    let fee = Money::new(seen.fee, seen.currency);
    let mut journals = Vec::new();
    if fee.minor() != 0 {
        journals.push(Journal::fee(job.milestone, &seen.id, fee));
    }
    if seen.is_available() && store::set_settled(tx, &seen.id, app.clock.now()).await? {
        let net = Money::new(seen.amount, seen.currency).checked_sub(fee).map_err(Error::fault)?;
        if net.minor() != 0 {
            journals.push(Journal::available(job.milestone, &seen.id, net));
        }
    }
    post_each_once(app, tx, &journals).await?;
    Ok(())
}

async fn look_again(
    app: &App,
    tx: &mut Tx,
    job: SettleJob,
    seen: &BalanceTransaction,
) -> Result<()> {
    let due = DateTime::from_timestamp(seen.available_on, 0).unwrap_or_else(|| app.clock.now());
    let pause = Duration::seconds(5 << job.look.min(9));
    let at = due.max(app.clock.now() + pause);
    let next = SettleJob { look: job.look + 1, ..job };
    let next = job_for(tx, &next)?.at(at);
    enqueue(tx, &app.ids, next).await
}
