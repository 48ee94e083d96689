//! What payees' accounts have, held against what was sent to them.

use super::reading;
use crate::app::App;
use crate::billing::model::{BreakKind, Difference};
use crate::billing::store::reconciling::{self as store, OnAccount, Reading};
use crate::kernel::id::VendorId;
use crate::platform::refusal::Result;
use chrono::TimeDelta;
use std::collections::HashMap;

/// The most accounts that one run reads; the rest is the next one's.
const MOST: usize = 200;

/// An account to which nothing was sent is read again after so long.
const AGAIN: TimeDelta = TimeDelta::hours(23);

/// Pages of one account that one run reads.
const PAGES: usize = 20;

type Sent = (VendorId, store::Account);

/// Reads the accounts that are due, and answers those that have another amount than they were sent,
/// less what they paid out or did themselves.
pub async fn differences(app: &App, vendors: &[VendorId]) -> Result<Vec<(VendorId, Difference)>> {
    let mut sent: Vec<Sent> = Vec::new();
    for vendor in vendors {
        let mut tx = app.db.read(*vendor).await?;
        let accounts = store::accounts_of(&mut tx).await?;
        sent.extend(accounts.into_iter().map(|account| (*vendor, account)));
    }
    let seen = Seen::read(app, &sent).await?;
    let due = seen.due(app, &sent);
    for account in due.iter().take(MOST) {
        if reading::read_list(app, Some(account), PAGES).await? {
            let balance = reading::balance(app, Some(account)).await?;
            let mut tx = app.db.write(VendorId::OPERATOR).await?;
            store::set_balance(&mut tx, account, &balance).await?;
            tx.commit().await?;
        }
    }
    let seen = if due.is_empty() { seen } else { Seen::read(app, &sent).await? };
    let differs = |(vendor, of): &Sent| Some((*vendor, seen.difference(of)?));
    Ok(sent.iter().filter_map(differs).collect())
}

/// What is known of accounts at Stripe.
struct Seen {
    readings: HashMap<String, Reading>,
    moved: HashMap<(String, String), OnAccount>,
}

impl Seen {
    async fn read(app: &App, sent: &[Sent]) -> Result<Self> {
        let mut names: Vec<&str> = sent.iter().map(|(_, of)| of.account.as_str()).collect();
        names.dedup();
        let mut tx = app.db.read(VendorId::OPERATOR).await?;
        let readings = store::readings_of(&mut tx, &names).await?;
        let moved = store::on_accounts(&mut tx, &names).await?;
        Ok(Self {
            readings: readings.into_iter().map(|one| (one.account.clone(), one)).collect(),
            moved: moved
                .into_iter()
                .map(|one| ((one.account.clone(), one.currency.clone()), one))
                .collect(),
        })
    }

    /// Those to which something was sent since, that were not read for long, or that differ.
    fn due<'a>(&self, app: &App, sent: &'a [Sent]) -> Vec<&'a str> {
        let now = app.clock.now();
        let is_due = |of: &store::Account| match self.readings.get(&of.account) {
            None => true,
            Some(read) => {
                read.balance.is_none()
                    || of.sent_at >= read.began_at
                    || read.began_at + AGAIN <= now
                    || self.difference(of).is_some()
            }
        };
        let due = sent.iter().map(|(_, of)| of).filter(|of| is_due(of));
        let mut due: Vec<&str> = due.map(|of| of.account.as_str()).collect();
        due.sort_unstable();
        due.dedup();
        due
    }

    /// Nothing as well where the account was not read, or was paid in another currency.
    fn difference(&self, of: &store::Account) -> Option<Difference> {
        let balance = self.readings.get(&of.account)?.balance.as_ref()?;
        let moved = self.moved.get(&(of.account.clone(), of.currency.clone()));
        let exchanged =
            self.moved.iter().any(|((name, _), one)| *name == of.account && one.exchanged);
        let seen = balance.get(&of.currency).copied().unwrap_or(0);
        let others = moved.map_or(0, |moved| moved.others);
        let expected = of.minor.saturating_add(others);
        let detail = if others == 0 {
            "what was sent to it, less what was taken back".to_owned()
        } else {
            "what was sent to it, less what was taken back and what it paid out".to_owned()
        };
        (!exchanged && seen != expected).then(|| Difference {
            kind: BreakKind::AccountDiffers,
            subject: format!("{}:{}", of.account, of.currency),
            stripe: Some(of.account.clone()),
            journal: None,
            currency: of.currency.clone(),
            expected: Some(expected),
            seen: Some(seen),
            detail,
            since: None,
        })
    }
}
