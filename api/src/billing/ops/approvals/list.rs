//! Who sees what waits for a second person: those of the program who decide about money.

use crate::app::App;
use crate::billing::model::{MoneyApproval, MoneyApprovalKind, MoneyApprovalState};
use crate::billing::policy::{SeeMoneyApprovals, may_answer};
use crate::billing::store;
use crate::identity::allow;
use crate::kernel::id::MoneyApprovalId;
use crate::kernel::page::Position;
use crate::platform::caller::Caller;
use crate::platform::http::paging::PageWanted;
use crate::platform::refusal::Result;

/// Latest first; of one state, or all. Errors: `not-permitted`.
pub async fn list_money_approvals(
    app: &App,
    caller: &Caller,
    state: Option<MoneyApprovalState>,
    page: PageWanted,
) -> Result<(Vec<MoneyApproval>, Option<Position>)> {
    allow::<SeeMoneyApprovals>(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::list_money_approvals(&mut tx, state, page).await
}

/// One of them. Errors: 404; `not-permitted`.
pub async fn see_money_approval(
    app: &App,
    caller: &Caller,
    id: MoneyApprovalId,
) -> Result<MoneyApproval> {
    allow::<SeeMoneyApprovals>(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::money_approval(&mut tx, id).await
}

/// What waits for the caller's yes or no, the first to lapse first; nothing for everybody who may
/// not answer.
pub async fn waiting_money_approvals(
    app: &App,
    caller: &Caller,
    limit: i64,
) -> Result<Vec<MoneyApproval>> {
    let kinds = MoneyApprovalKind::ALL.iter().copied();
    let kinds: Vec<_> = kinds.filter(|kind| may_answer(caller, *kind).is_ok()).collect();
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = app.db.read(caller).await?;
    store::waiting_money_approvals(&mut tx, &kinds, caller.person, limit).await
}
