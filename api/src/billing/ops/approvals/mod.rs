//! A second person: above the program's limit what its people do with money is kept as it was asked
//! for, and carried out when somebody else says yes, in the same transaction and as it is then.
//!
//! The locks of what it is about come first, as on the direct way; then that of the approval.

mod answer;
mod limits;
mod list;

pub use answer::{
    APPROVAL_JOB, approve_money, decline_money, lapse_money_approval, withdraw_money,
};
pub use limits::{LimitWish, see_money_limits, set_money_limit};
pub use list::{list_money_approvals, see_money_approval, waiting_money_approvals};

use crate::app::App;
use crate::billing::model::{
    APPROVAL_DAYS, MoneyApproval, MoneyApprovalMoved, MoneyTerms, reason_of_two,
};
use crate::billing::store::{self, NewMoneyApproval};
use crate::kernel::id::{MoneyApprovalId, PersonId};
use crate::kernel::money::Money;
use crate::platform::db::{Tx, nodes};
use crate::platform::jobs::{NewJob, enqueue, event};
use crate::platform::refusal::{Error, Result};
use answer::ApprovalTimer;
use chrono::Days;

/// What became of what somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried<T> {
    Done(T),
    /// Nothing is done before a second person says yes.
    Waits(Box<MoneyApproval>),
}

/// Who wants something done with money, and by whose yes.
#[derive(Debug, Clone, Copy)]
pub struct Author {
    pub by: PersonId,
    /// Absent where one person is enough.
    pub approval: Option<MoneyApprovalId>,
}

impl Author {
    pub const fn alone(by: PersonId) -> Self {
        Self { by, approval: None }
    }

    /// Whoever asked for what was approved.
    pub const fn of(approval: &MoneyApproval) -> Self {
        Self { by: approval.asked_by, approval: Some(approval.id) }
    }
}

/// Keeps it for a second person where the amount passes the limit; nothing where one is enough. In
/// the transaction, and under the locks, that would carry it out.
///
/// Errors: `invalid` for a reason of fewer than three words; `approval-waits`.
pub async fn ask_if_wanted(
    app: &App,
    tx: &mut Tx,
    by: PersonId,
    (terms, reason): (&MoneyTerms, &str),
) -> Result<Option<Box<MoneyApproval>>> {
    let Some(amount) = terms.amount() else { return Ok(None) };
    let over = store::limit_passed(tx, (by, terms.milestone()), amount).await?;
    match over {
        Some(over) => ask(app, tx, (by, over), (terms, reason)).await.map(Some),
        None => Ok(None),
    }
}

async fn ask(
    app: &App,
    tx: &mut Tx,
    (by, over): (PersonId, Money),
    (terms, reason): (&MoneyTerms, &str),
) -> Result<Box<MoneyApproval>> {
    let reason = reason_of_two("reason", reason)?;
    let now = nodes::now(tx).await?;
    let answer_by = now.checked_add_days(Days::new(APPROVAL_DAYS));
    let answer_by = answer_by.ok_or_else(|| Error::fault("the calendar has ended"))?;
    let id = app.ids.next();
    let new = NewMoneyApproval { id, terms, over, reason: &reason, by, answer_by };
    store::insert_money_approval(tx, &new).await?;
    let timer = ApprovalTimer { approval: id };
    let job = NewJob::new(APPROVAL_JOB, &timer)?.for_vendor(tx.vendor()?).at(answer_by);
    enqueue(tx, &app.ids, job).await?;
    let of = store::money_approval(tx, id).await?;
    tell(app, tx, &of, Some(by)).await?;
    Ok(Box::new(of))
}

/// States what happened to it.
async fn tell(app: &App, tx: &mut Tx, of: &MoneyApproval, by: Option<PersonId>) -> Result<()> {
    let fact = MoneyApprovalMoved {
        approval: of.id,
        kind: of.terms.kind(),
        state: of.state,
        line: of.terms.line(),
        about: of.about.clone(),
        reason: of.reason.clone(),
        words: of.words.clone(),
        hash: of.hash_text(),
        asked_by: of.asked_by,
        asked_by_name: of.asked_by_name.clone(),
        answer_by: of.answer_by,
        vendor: store::vendor_organization(tx).await?,
    };
    event::state(tx, &app.ids, by, &fact).await
}
