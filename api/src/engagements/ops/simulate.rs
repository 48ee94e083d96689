//! Sharing signed work anew under rules that are only thought of.

use crate::app::App;
use crate::engagements::model::{Simulation, partner_changes, party_changes, simulate};
use crate::engagements::policy::SimulateFees;
use crate::engagements::store;
use crate::identity::allow;
use crate::kernel::check::{Checks, Invalid};
use crate::platform::caller::Caller;
use crate::platform::refusal::Result;
use crate::program::{self, NewFeeRule};
use chrono::Months;

/// The most milestones that are shared anew at once.
const MOST: i64 = 50_000;

/// What the work signed in the last months would have shared if the drafts were among the rules,
/// for the vendor's people. Nothing is changed.
///
/// Errors: 422 by field: one to twenty drafts, each as it could be published, no two for the same
/// work; one to twelve months.
pub async fn simulate_fees(
    app: &App,
    caller: &Caller,
    drafts: &[NewFeeRule],
    months: u32,
) -> Result<Simulation> {
    allow::<SimulateFees>(caller)?;
    let mut checks = Checks::new();
    checks.that((1..=20).contains(&drafts.len()), "drafts", "Send one to twenty rules");
    checks.that((1..=12).contains(&months), "months", "Choose one to twelve months");
    checks.finish()?;
    let now = app.clock.now();
    let since = now.checked_sub_months(Months::new(months)).unwrap_or(now);
    let mut tx = app.db.read_snapshot(caller).await?;
    let drafted = program::drafted(&mut tx, drafts, now).await?;
    let rows = store::signed_milestones(&mut tx, since, MOST + 1).await?;
    drop(tx);
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) > MOST {
        let message = format!("More than {MOST} milestones were signed: choose fewer months");
        return Err(Invalid::field("months", message).into());
    }
    let works = simulate(rows, &drafted.rules, drafted.at)?;
    let (parties, partners) = (party_changes(&works), partner_changes(&works));
    Ok(Simulation { words: drafted.words, since, at: drafted.at, works, parties, partners })
}
