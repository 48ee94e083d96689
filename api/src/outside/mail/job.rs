//! Mail as a job: written with the rows that cause it, delivered afterwards.

use super::{Mail, Mailer};
use crate::platform::clock::Ids;
use crate::platform::db::Tx;
use crate::platform::jobs::{self, Job, NewJob};
use crate::platform::refusal::Result;

/// The kind of job that carries a mail. Its facts are emptied once it is delivered.
pub const JOB_KIND: &str = "mail";

/// Writes one job a mail, all in one statement; they leave when the transaction is committed.
pub async fn enqueue(tx: &mut Tx, ids: &Ids, mails: &[Mail]) -> Result<()> {
    let vendor = tx.vendor().ok();
    let job = |mail| {
        let job = NewJob::new(JOB_KIND, mail)?;
        Ok(NewJob { vendor, ..job })
    };
    let new: serde_json::Result<Vec<NewJob>> = mails.iter().map(job).collect();
    jobs::enqueue_all(tx, ids, new?).await
}

/// Hands the job's mail over. After a crash it may be handed over twice, never lost.
pub async fn deliver(mailer: &dyn Mailer, job: &Job) -> Result<()> {
    let mail: Mail = job.read()?;
    Ok(mailer.send(&mail).await?)
}
