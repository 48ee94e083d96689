//! What people see of reconciling, and do about it.

use super::RECONCILE_JOB;
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{Break, BreakState, MoneyApproval, MoneyTerms};
use crate::billing::ops::approvals::{Carried, ask_if_wanted};
use crate::billing::policy::Reconcile;
use crate::billing::store::reconciling::{self as store, By, Explanation};
use crate::billing::store::{self as rows, Run};
use crate::identity::allow;
use crate::kernel::check::Checks;
use crate::kernel::id::{BreakId, MoneyApprovalId};
use crate::kernel::page::Position;
use crate::platform::caller::Caller;
use crate::platform::db::{Scope, Tx};
use crate::platform::http::paging::PageWanted;
use crate::platform::jobs::{NewJob, enqueue};
use crate::platform::refusal::{Common, Error, Result};
use serde_json::json;

/// Where the program's books stand with Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The last look; absent before the first.
    pub last: Option<Run>,
    /// How many differences are open now.
    pub open: i64,
    /// Whether a look was asked for, or is going on.
    pub is_under_way: bool,
}

/// The last look and how it stands. Errors: `not-permitted`.
pub async fn reconciliation(app: &App, caller: &Caller) -> Result<Reconciliation> {
    allow::<Reconcile>(caller)?;
    let mut tx = app.db.read(caller).await?;
    let last = store::last_run(&mut tx).await?;
    let open = store::count_open(&mut tx).await?;
    let is_under_way = store::is_asked(&mut tx).await?;
    Ok(Reconciliation { last, open, is_under_way })
}

/// Differences that were told, latest first; of one state, or all. Errors: `not-permitted`.
pub async fn list_breaks(
    app: &App,
    caller: &Caller,
    state: Option<BreakState>,
    page: PageWanted,
) -> Result<(Vec<Break>, Option<Position>)> {
    allow::<Reconcile>(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::list_breaks(&mut tx, state, page).await
}

/// Asks for a look now; one that was asked for and is not over is not asked for twice.
///
/// Errors: `not-permitted`.
pub async fn reconcile_now(app: &App, caller: &Caller) -> Result<Reconciliation> {
    allow::<Reconcile>(caller)?;
    let mut tx = app.db.write(caller).await?;
    if !store::is_asked(&mut tx).await? {
        enqueue(&mut tx, &app.ids, NewJob::new(RECONCILE_JOB, &json!({}))?).await?;
    }
    tx.commit().await?;
    let seen = reconciliation(app, caller).await?;
    Ok(Reconciliation { is_under_way: true, ..seen })
}

/// Ends a difference with a reason, and the journal that settled it if there is one. One that
/// passes the program's limit waits for a second person.
///
/// Errors: 404; `difference-ended`; `approval-waits`; `invalid` without a reason, or for a journal
/// that is not here.
pub async fn explain_break(
    app: &App,
    caller: &Caller,
    id: BreakId,
    (reason, correction): (&str, Option<&str>),
) -> Result<Carried<Break>> {
    let person = allow::<Reconcile>(caller)?.person;
    let mut tx = app.db.write(caller).await?;
    let of = Explained::read(&mut tx, id, (reason, correction)).await?;
    if let Some(amount) = of.found.differs_by() {
        let terms =
            MoneyTerms::Explanation { difference: id, amount, correction: of.correction.clone() };
        if let Some(waits) = ask_if_wanted(app, &mut tx, person, (&terms, &of.reason)).await? {
            tx.commit().await?;
            return Ok(Carried::Waits(waits));
        }
    }
    let explained = of.close(app, &mut tx, (By::Person(person), None)).await?;
    tx.commit().await?;
    Ok(Carried::Done(explained))
}

/// Carries out what a second person agreed to. Errors as [`explain_break`] does, and when another
/// amount differs by now.
pub async fn explain_approved(app: &App, tx: &mut Tx, of: &MoneyApproval) -> Result<()> {
    let MoneyTerms::Explanation { difference, amount, correction } = &of.terms else {
        return Err(Error::fault("this approval is of no difference"));
    };
    let why = (of.reason.as_str(), correction.as_deref());
    let explained = Explained::read(tx, *difference, why).await?;
    if explained.found.differs_by() != Some(*amount) {
        return Err(BillingError::DiffersAnew.into());
    }
    explained.close(app, tx, (By::Person(of.asked_by), Some(of.id))).await.map(drop)
}

/// The same where nobody is signed in: for what belongs to the operator. `name` says who.
///
/// Errors: 404 in every program; the rest as [`explain_break`].
pub async fn explain_at_console(
    app: &App,
    id: BreakId,
    (reason, correction, name): (&str, Option<&str>, &str),
) -> Result<Break> {
    let mut tx = app.db.read(Scope::GLOBAL).await?;
    let vendors = rows::vendors(&mut tx).await?;
    drop(tx);
    for (vendor, _) in vendors {
        let mut tx = app.db.write(vendor).await?;
        match Explained::read(&mut tx, id, (reason, correction)).await {
            Err(error) if error.code() == Some("not-found") => {}
            Err(error) => return Err(error),
            Ok(of) => {
                let explained = of.close(app, &mut tx, (By::Console(name), None)).await?;
                tx.commit().await?;
                return Ok(explained);
            }
        }
    }
    Err(Common::NotFound("difference").into())
}

/// An open difference, locked, and what is said of it.
struct Explained {
    found: Break,
    reason: String,
    correction: Option<String>,
}

impl Explained {
    async fn read(
        tx: &mut Tx,
        id: BreakId,
        (reason, correction): (&str, Option<&str>),
    ) -> Result<Self> {
        let found = store::break_called(tx, id).await?;
        let correction = correction.map(str::trim).filter(|key| !key.is_empty());
        let known = match correction {
            Some(key) => !rows::posted_among(tx, &[key]).await?.is_empty(),
            None => true,
        };
        let mut checks = Checks::new();
        let reason = checks.text("reason", reason, "a reason", (3, 2000));
        checks.that(known, "correction", "Name a journal by its key, as the statement shows it");
        checks.finish()?;
        if found.state != BreakState::Open {
            return Err(BillingError::DifferenceEnded.into());
        }
        Ok(Self { found, reason, correction: correction.map(str::to_owned) })
    }

    async fn close(
        &self,
        app: &App,
        tx: &mut Tx,
        (by, approval): (By<'_>, Option<MoneyApprovalId>),
    ) -> Result<Break> {
        let (reason, correction) = (self.reason.as_str(), self.correction.as_deref());
        let why = Explanation { reason, correction, by, approval };
        store::close_explained(tx, self.found.id, &why, app.clock.now()).await?;
        store::told_break(tx, self.found.id).await
    }
}

/// What a check of the ledger says of reconciling in one program.
pub async fn standing(tx: &mut Tx) -> Result<(Option<Run>, i64)> {
    let last = store::last_run(tx).await?;
    Ok((last, store::count_open(tx).await?))
}
