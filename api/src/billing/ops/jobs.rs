//! Billing's jobs: what a worker carries out beside the requests.

use super::approvals::{APPROVAL_JOB, lapse_money_approval};
use super::calls::{CALL_JOB, CallJob, carry_out_queued};
use super::capture::{CANCEL_JOB, CancelJob, SYNC_JOB, SyncJob, sync_payment};
use super::charge::cancel_intent;
use super::checkpoints::{CHECKPOINT_JOB, checkpoint_balances};
use super::disagreements::{DISAGREEMENT_JOB, ring_disagreement};
use super::holding::{HOLD_JOB, ring_holding};
use super::methods::{KEEP_WARN_JOB, warn_of_end};
use super::pay::{CLOSE_JOB, CloseJob, close_payment};
use super::reconciling::{HOURLY_JOB, RECONCILE_JOB, begin_hourly, carry_out_run};
use super::release::{START_JOB, StartJob, start_transfers};
use super::settle::{SETTLE_JOB, settle_transaction};
use super::webhooks::{WEBHOOK_JOB, WebhookJob, process_webhook};
use crate::app::App;
use crate::kernel::id::VendorId;
use crate::platform::jobs::{Job, Registry};
use crate::platform::refusal::{Error, Result};

/// Adds billing's jobs to those the program knows.
pub fn jobs(registry: Registry<App>) -> Registry<App> {
    registry
        .outside(CALL_JOB, |app, job| {
            Box::pin(async move {
                let CallJob { call } = job.read()?;
                carry_out_queued(app, vendor(job)?, call).await
            })
        })
        .outside(SYNC_JOB, |app, job| {
            Box::pin(async move {
                let SyncJob { payment } = job.read()?;
                sync_payment(app, vendor(job)?, payment, None).await
            })
        })
        .outside(CANCEL_JOB, |app, job| {
            Box::pin(async move {
                let CancelJob { intent } = job.read()?;
                cancel_intent(app, &intent).await
            })
        })
        .outside(CLOSE_JOB, |app, job| {
            Box::pin(async move {
                let CloseJob { payment } = job.read()?;
                close_payment(app, vendor(job)?, payment).await
            })
        })
        .outside(SETTLE_JOB, |app, job| {
            Box::pin(async move { settle_transaction(app, vendor(job)?, job.read()?).await })
        })
        .outside(WEBHOOK_JOB, |app, job| {
            Box::pin(async move {
                let WebhookJob { webhook } = job.read()?;
                process_webhook(app, &webhook).await
            })
        })
        .outside(RECONCILE_JOB, |app, _| Box::pin(carry_out_run(app)))
        .in_transaction(HOURLY_JOB, |app, tx, _| Box::pin(begin_hourly(app, tx)))
        .in_transaction(CHECKPOINT_JOB, |app, tx, _| Box::pin(checkpoint_balances(app, tx)))
        .in_transaction(DISAGREEMENT_JOB, |app, tx, job| {
            Box::pin(async move { ring_disagreement(app, tx, job.read()?).await })
        })
        .in_transaction(APPROVAL_JOB, |app, tx, job| {
            Box::pin(async move { lapse_money_approval(app, tx, job.read()?).await })
        })
        .in_transaction(HOLD_JOB, |app, tx, job| {
            Box::pin(async move { ring_holding(app, tx, job.read()?).await })
        })
        .in_transaction(KEEP_WARN_JOB, |app, tx, job| {
            Box::pin(async move { warn_of_end(app, tx, &job.read()?).await })
        })
        .in_transaction(START_JOB, |app, tx, job| {
            Box::pin(async move {
                let start: StartJob = job.read()?;
                start_transfers(app, tx, &start).await
            })
        })
}

fn vendor(job: &Job) -> Result<VendorId> {
    job.vendor.ok_or_else(|| Error::fault(format!("job {} names no vendor", job.id)))
}
