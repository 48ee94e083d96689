//! Fee policies.

use crate::app::App;
use crate::identity;
use crate::kernel::check::Checks;
use crate::platform::caller::Caller;
use crate::platform::jobs::event;
use crate::platform::refusal::Result;
use crate::program::model::{FeeParts, FeePolicy, FeePolicyPublished};
use crate::program::policy::{PublishFeePolicy, may_see_fees};
use crate::program::store;
use chrono::{DateTime, Duration, Utc};

/// The longest time ahead that a policy may be announced.
const AHEAD: Duration = Duration::days(366);

/// Every version, latest first, for the vendor and its partners.
pub async fn list_fee_policies(app: &App, caller: &Caller) -> Result<Vec<FeePolicy>> {
    may_see_fees(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::fee_policies(&mut tx).await
}

/// The policy that an engagement signed now would be under.
pub async fn effective_fee_policy(app: &App, caller: &Caller) -> Result<FeePolicy> {
    may_see_fees(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::current_fee_policy(&mut tx).await
}

/// Publishes the next version, in effect now or from a later instant on. Engagements that are
/// signed keep theirs.
///
/// Errors: 422 unless the parts make up 10,000 and the instant is at most a year ahead.
pub async fn publish_fee_policy(
    app: &App,
    caller: &Caller,
    parts: FeeParts,
    effective_from: Option<DateTime<Utc>>,
) -> Result<FeePolicy> {
    identity::allow::<PublishFeePolicy>(caller)?;
    let now = app.clock.now();
    let mut checks = Checks::new();
    parts.check(&mut checks);
    let in_time = effective_from.is_none_or(|at| at >= now && at <= now + AHEAD);
    checks.that(in_time, "effective_from", "Choose an instant within the next year");
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    store::lock_rules(&mut tx).await?;
    let id = app.ids.next();
    let policy = store::insert_fee_policy(&mut tx, id, parts, effective_from).await?;
    store::count_rules_version(&mut tx).await?;
    let fact = FeePolicyPublished {
        policy: policy.id,
        version: policy.version,
        effective_from: policy.effective_from,
    };
    event::state(&mut tx, &app.ids, Some(caller.person), &fact).await?;
    tx.commit().await?;
    Ok(policy)
}
