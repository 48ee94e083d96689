//! Whether what is agreed on can be held for as long as it is planned.

use crate::engagements::EngagementError;
use crate::engagements::model::{Milestone, Terms};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use crate::program::{self, Planned};
use chrono::{DateTime, Utc};

/// Errors with `plan-held-too-long` for the first milestone whose money could not leave before the
/// limit of the program's country, with all reviews that the terms give.
pub async fn can_be_held(
    tx: &mut Tx,
    milestones: &[Milestone],
    terms: Terms,
    now: DateTime<Utc>,
) -> Result<()> {
    let limit = program::hold_limit(tx).await?;
    let today = now.with_timezone(&program::settings(tx).await?.zone.tz()).date_naive();
    for of in milestones.iter().filter(|of| of.week.is_none()) {
        let Terms { acceptance_days, change_requests, .. } = terms;
        let planned = Planned { days: of.days, acceptance_days, change_requests };
        if let Some(why) = limit.refuses(planned, today) {
            let (seq, title) = (of.seq, of.title.clone());
            return Err(EngagementError::PlanHeldTooLong { seq, title, why }.into());
        }
    }
    Ok(())
}
