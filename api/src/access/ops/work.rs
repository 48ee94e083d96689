//! What was done in the customer's account for a delivery: counted from the log, so that nobody
//! has to be believed.

use super::lines::with_calls;
use crate::access::model::{Span, WorkDone};
use crate::access::store;
use crate::app::App;
use crate::engagements::{self, Deliverable, Milestone};
use crate::kernel::id::{EngagementId, MilestoneId};
use crate::platform::caller::Caller;
use crate::platform::refusal::Result;

/// The time in which each delivery (latest first) was made: from the money, or the delivery before
/// it, to itself.
pub fn spans_of(milestone: &Milestone, deliveries: &[Deliverable]) -> Vec<Span> {
    let before = deliveries.iter().skip(1).map(|d| Some(d.submitted_at));
    let starts = before.chain([milestone.funded_at]);
    let pairs = deliveries.iter().zip(starts);
    let span = |(d, from): (&Deliverable, Option<_>)| {
        let until = d.submitted_at;
        Span { from: from.unwrap_or(until), until }
    };
    pairs.map(span).collect()
}

/// The calls of an engagement in each span, by risk. Nothing for an organization on neither side.
pub async fn work_in(
    app: &App,
    caller: &Caller,
    engagement: EngagementId,
    spans: &[Span],
) -> Result<Vec<WorkDone>> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = with_calls(app, caller).await?;
    store::work_in(&mut tx, (caller.organization, engagement), spans).await
}

/// A delivery, when it was made, and what was done meanwhile.
pub type DeliveryWork = (Deliverable, Span, Vec<WorkDone>);

/// The deliveries of a milestone, latest first, each with what was done for it.
///
/// Errors: 403 and 404 as for the deliveries themselves.
pub async fn work_of_milestone(
    app: &App,
    caller: &Caller,
    id: MilestoneId,
) -> Result<Vec<DeliveryWork>> {
    let seen = engagements::see_milestone(app, caller, id).await?;
    let deliveries = engagements::list_deliverables(app, caller, id).await?;
    let spans = spans_of(&seen.milestone, &deliveries);
    let done = work_in(app, caller, seen.engagement.id, &spans).await?;
    let pairs = deliveries.into_iter().zip(spans).enumerate();
    let of = |span: usize| done.iter().filter(|w| w.span == span).copied().collect();
    Ok(pairs.map(|(index, (delivery, span))| (delivery, span, of(index))).collect())
}
