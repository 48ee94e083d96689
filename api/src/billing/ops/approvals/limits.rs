//! What one person of the program decides alone, per currency. Whoever makes it stricter does so
//! alone; looser, or none, wants a second person, or one could lift it, act, and set it again.

use super::{Author, Carried, ask};
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{MoneyApproval, MoneyLimit, MoneyLimitSet, MoneyTerms, reason_of_two};
use crate::billing::policy::{SeeMoneyApprovals, SetMoneyLimit};
use crate::billing::store;
use crate::identity::allow;
use crate::kernel::check::Checks;
use crate::kernel::money::{Currency, Money};
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Error, Result};

/// The most that a limit can be, in minor units; the database says the same.
const MOST: i64 = 100_000_000_000_000;

/// What one person is to decide alone.
#[derive(Debug, Clone, Copy)]
pub struct LimitWish<'a> {
    pub currency: Currency,
    /// Minor units; any amount when absent.
    pub minor: Option<i64>,
    pub reason: &'a str,
}

/// Every limit that was ever set, by currency. Errors: `not-permitted`.
pub async fn see_money_limits(app: &App, caller: &Caller) -> Result<Vec<MoneyLimit>> {
    allow::<SeeMoneyApprovals>(caller)?;
    let mut tx = app.db.read(caller).await?;
    store::money_limits(&mut tx).await
}

/// Sets the limit of a currency, at once where it becomes stricter.
///
/// Errors: `not-permitted`; `limit-as-is`; `second-persons-wanted`; `approval-waits`; `invalid`.
pub async fn set_money_limit(
    app: &App,
    caller: &Caller,
    wish: LimitWish<'_>,
) -> Result<Carried<MoneyLimit>> {
    let by = allow::<SetMoneyLimit>(caller)?.person;
    let mut checks = Checks::new();
    let right = wish.minor.is_none_or(|minor| (0..=MOST).contains(&minor));
    checks.that(right, "limit", "Enter an amount of zero or more");
    checks.finish()?;
    let reason = reason_of_two("reason", wish.reason)?;
    let currency = wish.currency;
    let limit = wish.minor.map(|minor| Money::new(minor, currency));
    let mut tx = app.db.write(caller).await?;
    let before = store::lock_money_limit(&mut tx, currency).await?.and_then(|of| of.limit);
    if before == limit {
        return Err(BillingError::LimitAsIs.into());
    }
    let terms = MoneyTerms::Limit { currency, limit };
    let looser = before.filter(|before| limit.is_none_or(|now| now.minor() > before.minor()));
    if let Some(over) = looser {
        let waits = ask(app, &mut tx, (by, over), (&terms, &reason)).await?;
        tx.commit().await?;
        return Ok(Carried::Waits(waits));
    }
    let set = set(app, &mut tx, (currency, limit), (Author::alone(by), &reason)).await?;
    tx.commit().await?;
    Ok(Carried::Done(set))
}

/// Carries out a looser limit that a second person agreed to.
pub async fn set_approved(app: &App, tx: &mut Tx, of: &MoneyApproval) -> Result<()> {
    let MoneyTerms::Limit { currency, limit } = of.terms else {
        return Err(Error::fault("this approval is of no limit"));
    };
    set(app, tx, (currency, limit), (Author::of(of), &of.reason)).await.map(drop)
}

async fn set(
    app: &App,
    tx: &mut Tx,
    (currency, limit): (Currency, Option<Money>),
    (author, reason): (Author, &str),
) -> Result<MoneyLimit> {
    let held = store::lock_money_limit(tx, currency).await?;
    let new = (currency, limit, held.is_none());
    store::set_money_limit(tx, new, (author.by, author.approval)).await?;
    let fact = MoneyLimitSet {
        currency,
        before: held.and_then(|of| of.limit),
        limit,
        set_by: author.by,
        reason: reason.to_owned(),
        approval: author.approval,
        vendor: store::vendor_organization(tx).await?,
    };
    event::state(tx, &app.ids, Some(author.by), &fact).await?;
    let set = store::lock_money_limit(tx, currency).await?;
    set.ok_or_else(|| Error::fault("the limit was set and is not there"))
}
