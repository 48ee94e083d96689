//! Reading Stripe's lists: page by page, each page kept in a transaction of its own with how far it
//! goes. A run that was cut off goes on from there; nothing outside is asked in a transaction.

use crate::app::App;
use crate::billing::ops::calls;
use crate::billing::store::reconciling as store;
use crate::kernel::id::VendorId;
use crate::outside::payments::{Movement, Movements};
use crate::platform::failpoint;
use crate::platform::refusal::Result;
use std::collections::BTreeMap;

/// Reads an account's list, ours or a payee's; `false` when `most` pages were not all of it.
pub async fn read_list(app: &App, account: Option<&str>, most: usize) -> Result<bool> {
    let name = account.unwrap_or_default();
    let mut tx = app.db.write(VendorId::OPERATOR).await?;
    let store::Pass { since, mut after } = store::begin_pass(&mut tx, name).await?;
    tx.commit().await?;
    for _ in 0..most {
        let page = page(app, account, since.timestamp(), after.as_deref()).await?;
        after = page.items.last().map(|last| last.id.clone()).filter(|_| page.has_more);
        let mut tx = app.db.write(VendorId::OPERATOR).await?;
        store::keep_movements(&mut tx, name, &page.items).await?;
        store::go_on(&mut tx, name, after.as_deref()).await?;
        tx.commit().await?;
        failpoint::passed(&["crash_point_23"]);
        if after.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn page(
    app: &App,
    account: Option<&str>,
    since: i64,
    after: Option<&str>,
) -> Result<Movements> {
    let read = app.payments.movements(account, since, after).await;
    Ok(read.map_err(|error| calls::not_read("the list of balance transactions", error))?.object)
}

/// What an account has, by currency in capitals.
pub async fn balance(app: &App, account: Option<&str>) -> Result<BTreeMap<String, i64>> {
    let read = app.payments.balance(account).await;
    let read = read.map_err(|error| calls::not_read("a balance", error))?.object;
    let capitals = |(code, minor): (&str, i64)| (code.to_ascii_uppercase(), minor);
    Ok(read.total().into_iter().map(capitals).collect())
}

/// Our balance beside what its movements add up to.
pub struct Weighed {
    pub currency: String,
    /// What Stripe says that there is.
    pub balance: i64,
    /// What everything that was read adds up to.
    pub movements: i64,
    /// Whether the balance is what the movements added up to at some moment of reading.
    pub agrees: bool,
}

/// Weighs our balance against the movements. Money moves while it is read: the list's head is read
/// again after the balance, so the balance has to be the sum before, after, or between any two of
/// the movements that came meanwhile. Answers nothing while more come than one page has.
pub async fn weigh(app: &App) -> Result<Vec<Weighed>> {
    let balance = balance(app, None).await?;
    let mut tx = app.db.read(VendorId::OPERATOR).await?;
    let latest = store::latest_movement(&mut tx).await?;
    drop(tx);
    let head = page(app, None, latest.map_or(0, |at| at.timestamp()), None).await?;
    let mut tx = app.db.write(VendorId::OPERATOR).await?;
    let fresh = store::keep_movements(&mut tx, "", &head.items).await?;
    let totals = store::totals_at_stripe(&mut tx, "").await?;
    tx.commit().await?;
    let is_fresh = |movement: &&Movement| fresh.contains(&movement.id);
    let fresh: Vec<&Movement> = head.items.iter().filter(is_fresh).collect();
    if head.has_more && fresh.len() == head.items.len() {
        return Ok(Vec::new());
    }
    let mut currencies: Vec<&String> = balance.keys().chain(totals.keys()).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let of = |all: &BTreeMap<String, i64>, code: &str| all.get(code).copied().unwrap_or(0);
    let weighed = |currency: &String| {
        let (balance, movements) = (of(&balance, currency), of(&totals, currency));
        let agrees = was_the_sum(balance, movements, currency, &fresh);
        Weighed { currency: currency.clone(), balance, movements, agrees }
    };
    Ok(currencies.into_iter().map(weighed).collect())
}

/// Whether the balance is the sum without none, the latest, the latest two.. of the fresh ones.
fn was_the_sum(balance: i64, sum: i64, currency: &str, fresh: &[&Movement]) -> bool {
    let mut sum = sum;
    let own = fresh.iter().filter(|movement| movement.currency.eq_ignore_ascii_case(currency));
    std::iter::once(0).chain(own.map(|movement| movement.net)).any(|net| {
        sum -= net;
        sum == balance
    })
}
