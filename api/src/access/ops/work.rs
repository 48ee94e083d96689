//! What was done in the customer's account for a delivery: counted from the log, so that nobody
//! has to be believed.

use super::lines::with_calls;
use crate::access::model::WorkDone;
use crate::access::store;
use crate::app::App;
use crate::engagements::{self, Deliverable};
use crate::kernel::id::MilestoneId;
use crate::platform::caller::Caller;
use crate::platform::refusal::Result;

/// A delivery, and what was done for it.
#[derive(Debug, Clone)]
pub struct DeliveryWork {
    pub delivery: Deliverable,
    /// Mildest risk first.
    pub done: Vec<WorkDone>,
}

/// The deliveries of a milestone, latest first, each with the calls of the time that counts for
/// it. No call counts for two deliveries.
///
/// Errors: 403 and 404 as for the deliveries themselves.
pub async fn work_of_milestone(
    app: &App,
    caller: &Caller,
    id: MilestoneId,
) -> Result<Vec<DeliveryWork>> {
    let (engagement, made) = engagements::deliverables_in_time(app, caller, id).await?;
    let times: Vec<_> = made.iter().flat_map(|(_, times)| times.iter().copied()).collect();
    let mut done = Vec::new();
    if !times.is_empty() {
        let mut tx = with_calls(app, caller).await?;
        done = store::work_in(&mut tx, (caller.organization, engagement), &times).await?;
    }
    let of = |version: i32| done.iter().filter(|d| d.0 == version).map(|d| d.1).collect();
    let with =
        |(delivery, _): (Deliverable, _)| DeliveryWork { done: of(delivery.version), delivery };
    Ok(made.into_iter().map(with).collect())
}
