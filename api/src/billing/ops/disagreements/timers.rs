//! What time does to a disagreement: a reminder of the other side, then word to the program that
//! nobody answered. A timer that finds an answer, or the end, does nothing.

use super::{Moved, Under};
use crate::app::App;
use crate::billing::model::{Disagreement, DisagreementState, DisagreementStep};
use crate::kernel::id::DisagreementId;
use crate::platform::db::Tx;
use crate::platform::jobs::{NewJob, enqueue};
use crate::platform::refusal::Result;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The kind of job that carries a timer.
pub const DISAGREEMENT_JOB: &str = "disagreement-timer";

#[derive(Serialize, Deserialize)]
pub struct DisagreementTimer {
    disagreement: DisagreementId,
    /// Whether the time to answer is over; else it soon is.
    over: bool,
}

/// Sets both, in the transaction that files it.
pub async fn set_timers(
    app: &App,
    tx: &mut Tx,
    of: &Disagreement,
    remind_at: DateTime<Utc>,
) -> Result<()> {
    let vendor = tx.vendor()?;
    for (over, at) in [(false, remind_at), (true, of.answer_by)] {
        let timer = DisagreementTimer { disagreement: of.id, over };
        let job = NewJob::new(DISAGREEMENT_JOB, &timer)?.for_vendor(vendor).at(at);
        enqueue(tx, &app.ids, job).await?;
    }
    Ok(())
}

/// Carries out a timer whose time has come.
pub async fn ring_disagreement(app: &App, tx: &mut Tx, timer: DisagreementTimer) -> Result<()> {
    let under = Under::lock(tx, timer.disagreement).await?;
    if under.of.state != DisagreementState::Open || under.of.heard_at.is_some() {
        return Ok(());
    }
    let step = match timer.over {
        true => DisagreementStep::Unanswered,
        false => DisagreementStep::AnswerSoon,
    };
    let silent = under.of.side.other();
    under.tell(app, tx, Moved { side: Some(silent), ..Moved::new(step, "") }).await
}
