//! Whether the books are sound: every invariant asked of every vendor, and what is open too long.

use super::reconciling::standing;
use crate::billing::store::{self, InFlight, Run, TrialLine};
use crate::kernel::id::VendorId;
use crate::platform::db::{Db, Scope};
use crate::platform::refusal::Result;

/// One row that should not be, or waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The program; absent for what belongs to none.
    pub program: Option<String>,
    /// Stable word of what was asked, such as `out-of-balance`.
    pub check: &'static str,
    pub subject: String,
    pub says: String,
}

/// What a look at the whole ledger brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerReport {
    pub programs: usize,
    pub journals: i64,
    pub entries: i64,
    /// What each program's accounts have, by kind; plus is debit.
    pub trial: Vec<(String, TrialLine)>,
    /// What is under way, whatever its age.
    pub in_flight: Vec<(String, InFlight)>,
    /// When each program's books were compared with Stripe last, and how many differences are open.
    pub reconciled: Vec<(String, Option<Run>, i64)>,
    /// What may never be. Empty in a sound ledger.
    pub broken: Vec<Finding>,
    /// What is open for longer than usual, or waits for a person.
    pub open: Vec<Finding>,
}

impl LedgerReport {
    pub fn is_sound(&self) -> bool {
        self.broken.is_empty()
    }
}

/// Asks every question of every program. Reads only; needs no more than the serving role, since it
/// looks at one program after the other.
pub async fn check_ledger(db: &Db) -> Result<LedgerReport> {
    let mut tx = db.read(Scope::GLOBAL).await?;
    let vendors = store::vendors(&mut tx).await?;
    let open = store::parked_news(&mut tx).await?;
    let unguarded = store::unguarded(&mut tx).await?;
    drop(tx);
    let programs = vendors.iter().filter(|(id, _)| *id != VendorId::OPERATOR).count();
    let mut report = LedgerReport { programs, ..LedgerReport::default() };
    report.broken.extend(unguarded.into_iter().map(|found| finding(None, found)));
    report.open.extend(open.into_iter().map(|found| finding(None, found)));
    for (vendor, slug) in vendors {
        check_program(db, vendor, &slug, &mut report).await?;
    }
    Ok(report)
}

async fn check_program(
    db: &Db,
    vendor: VendorId,
    slug: &str,
    report: &mut LedgerReport,
) -> Result<()> {
    let mut tx = db.read_snapshot(vendor).await?;
    let counted = store::counted(&mut tx).await?;
    report.journals += counted.journals;
    report.entries += counted.entries;
    let own = |found| (slug.to_owned(), found);
    report.trial.extend(store::trial_balance(&mut tx).await?.into_iter().map(own));
    let own = |found| (slug.to_owned(), found);
    report.in_flight.extend(store::in_flight(&mut tx).await?.into_iter().map(own));
    let (last, differences) = standing(&mut tx).await?;
    if vendor != VendorId::OPERATOR || differences > 0 {
        report.reconciled.push((slug.to_owned(), last, differences));
    }
    let broken = store::broken(&mut tx).await?;
    report.broken.extend(broken.into_iter().map(|found| finding(Some(slug), found)));
    let open = store::waiting(&mut tx).await?;
    report.open.extend(open.into_iter().map(|found| finding(Some(slug), found)));
    Ok(())
}

fn finding(program: Option<&str>, (check, odd): (&'static str, store::Odd)) -> Finding {
    let program = program.map(str::to_owned);
    Finding { program, check, subject: odd.subject, says: odd.says }
}
