//! What time does to letters before it ends them: both sides hear that one ends soon, that one
//! rests soon because nobody uses it, and that it rests.
//!
//! Each timer carries the instant that it was set for. Where the row says another one by then, the
//! letter was prolonged, narrowed or used meanwhile, and others were set or are set now.

use super::completion::{of_grant, place};
use crate::access::model::{AccessEndsSoon, AccessRested, AccessRestsSoon, Grant, Standing};
use crate::access::store;
use crate::app::App;
use crate::engagements::{self, Note, Topic};
use crate::kernel::id::{GrantId, VendorId};
use crate::platform::db::Tx;
use crate::platform::jobs::{Job, NewJob, enqueue, enqueue_all, event};
use crate::platform::refusal::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The kind of job that carries a timer of a letter.
pub const TIMER_JOB: &str = "grant-timer";

/// So many hours before its end people hear of it.
const AHEAD: [i64; 3] = [7 * 24, 24, 1];
/// So long before it rests people hear of it.
const REST_AHEAD: TimeDelta = TimeDelta::days(7);

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(tag = "timer", rename_all = "kebab-case")]
enum Timer {
    EndsSoon { grant: GrantId, valid_until: DateTime<Utc>, hours: i64 },
    RestsSoon { grant: GrantId, rests_at: DateTime<Utc> },
    Rests { grant: GrantId, rests_at: DateTime<Utc> },
}

impl Timer {
    fn grant(self) -> GrantId {
        let (Self::EndsSoon { grant, .. }
        | Self::RestsSoon { grant, .. }
        | Self::Rests { grant, .. }) = self;
        grant
    }

    /// The job that carries it: one for each letter and instant, however often it is set.
    fn job(self, vendor: VendorId) -> Result<NewJob> {
        let (word, of, at) = match self {
            Self::EndsSoon { valid_until, hours, .. } => {
                (format!("ends-soon:{hours}"), valid_until, valid_until - TimeDelta::hours(hours))
            }
            Self::RestsSoon { rests_at, .. } => {
                ("rests-soon".to_owned(), rests_at, rests_at - REST_AHEAD)
            }
            Self::Rests { rests_at, .. } => ("rests".to_owned(), rests_at, rests_at),
        };
        let key = format!("{TIMER_JOB}:{word}:{}:{}", self.grant(), of.timestamp_micros());
        Ok(NewJob::new(TIMER_JOB, &self)?.for_vendor(vendor).once(key).at(at))
    }
}

/// Sets the reminders of a letter's end that still lie ahead.
pub(super) async fn set_end(
    app: &App,
    tx: &mut Tx,
    (grant, valid_until): (GrantId, DateTime<Utc>),
) -> Result<()> {
    let vendor = tx.vendor()?;
    let now = app.clock.now();
    let ahead = |hours: &i64| valid_until - TimeDelta::hours(*hours) > now;
    let timer = |hours: i64| Timer::EndsSoon { grant, valid_until, hours }.job(vendor);
    let jobs: Result<Vec<NewJob>> = AHEAD.into_iter().filter(ahead).map(timer).collect();
    let mut jobs = jobs?;
    jobs.push(super::completion::expiry_job(grant, valid_until, vendor)?);
    enqueue_all(tx, &app.ids, jobs).await
}

/// Sets what follows when nobody uses the letter from now on.
pub(super) async fn set_rest(app: &App, tx: &mut Tx, grant: GrantId) -> Result<()> {
    let found = store::grants_of(tx, &[grant]).await?;
    let Some(rests_at) = found.first().and_then(|found| found.rests_at) else { return Ok(()) };
    let timer = Timer::RestsSoon { grant, rests_at }.job(tx.vendor()?)?;
    enqueue(tx, &app.ids, timer).await
}

/// Rings one timer.
pub async fn ring_letter(app: &App, tx: &mut Tx, job: &Job) -> Result<()> {
    let timer: Timer = job.read()?;
    let found = store::grants_of(tx, &[timer.grant()]).await?;
    let Some(grant) = found.first().filter(|grant| grant.standing.is_open()) else {
        return Ok(());
    };
    if grant.was_stopped() && !matches!(timer, Timer::EndsSoon { .. }) {
        return Ok(());
    }
    let of = of_grant(app, grant);
    match timer {
        Timer::EndsSoon { valid_until, hours, .. } if grant.valid_until == Some(valid_until) => {
            event::state(tx, &app.ids, None, &AccessEndsSoon { of, valid_until, hours }).await
        }
        Timer::EndsSoon { .. } => Ok(()),
        // Nobody could use it yet; its time begins with the money.
        Timer::RestsSoon { .. } if grant.standing == Standing::Unfunded => Ok(()),
        Timer::RestsSoon { rests_at, .. } if grant.rests_at == Some(rests_at) => {
            // One that ends before it would rest is told of its end.
            if grant.valid_until.is_none_or(|end| end <= rests_at) {
                return Ok(());
            }
            let rest = Timer::Rests { grant: grant.id, rests_at }.job(tx.vendor()?)?;
            enqueue(tx, &app.ids, rest).await?;
            event::state(tx, &app.ids, None, &AccessRestsSoon { of, rests_at }).await
        }
        Timer::Rests { rests_at, .. } if grant.rests_at == Some(rests_at) => {
            rested(app, tx, grant, rests_at).await
        }
        Timer::RestsSoon { .. } | Timer::Rests { .. } => set_rest(app, tx, grant.id).await,
    }
}

async fn rested(app: &App, tx: &mut Tx, grant: &Grant, since: DateTime<Utc>) -> Result<()> {
    // Where something else keeps it from working, that is what people hear of.
    if grant.standing != Standing::Unused {
        return Ok(());
    }
    let place = place(app, grant);
    let line = format!("{}'s access to {place} rests: it was not used", grant.consultant_name);
    let note = Note::new(Topic::Access, "access-rested", line).facts(json!({ "grant": grant.id }));
    engagements::note(app, tx, grant.engagement, note).await?;
    event::state(
        tx,
        &app.ids,
        None,
        &AccessRested { of: of_grant(app, grant), since, by: None, program_reason: None },
    )
    .await
}
