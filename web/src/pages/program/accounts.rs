//! Customers' accounts and their resellers of record: all for the vendor, its own for a reseller.

use api::platform::caller::{Caller, OrganizationKind};
use api::platform::refusal::Common;
use api::program::{self, Account, Attribution};
use chrono::{DateTime, Utc};
use poem::handler;
use serde::Serialize;

use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, Visit};
use crate::view::{Avatar, Pager, State, Tone};

/// One account of the list.
#[derive(Debug, Serialize)]
pub struct Row {
    pub name: String,
    pub href: String,
    pub avatar: Avatar,
    pub place: String,
    /// Empty where it has none.
    pub reseller: String,
    /// What the reseller does for it.
    pub does: String,
    pub since: String,
    pub share: Option<State>,
}

/// Every customer's account, for the vendor's people.
#[derive(Debug, Serialize)]
pub struct Accounts {
    pub rows: Vec<Row>,
    pub months: String,
    pub pager: Option<Pager>,
}

/// One account of a reseller.
#[derive(Debug, Serialize)]
pub struct OwnRow {
    pub name: String,
    /// What the reseller does for it.
    pub does: String,
    pub avatar: Avatar,
    pub since: String,
    pub until: String,
    pub share: State,
    pub reason: String,
}

/// A reseller's accounts.
#[derive(Debug, Serialize)]
pub struct OwnAccounts {
    pub organization: String,
    pub rows: Vec<OwnRow>,
    pub months: String,
    pub pager: Option<Pager>,
}

#[handler]
pub async fn list_accounts(visit: Visit, form: Form) -> Answer {
    let caller = visit.caller()?;
    match caller.kind {
        OrganizationKind::Vendor => all(&visit, caller, form.given("cursor")).await,
        OrganizationKind::Reseller => own(&visit, caller, form.given("cursor")).await,
        OrganizationKind::Partner | OrganizationKind::Customer => {
            let detail = "Who brought which account is shown to the program’s people and to \
                          resellers.";
            Err(Common::NotPermitted(detail.to_owned()).into())
        }
    }
}

async fn all(visit: &Visit, caller: &Caller, cursor: Option<&str>) -> Answer {
    let list = program::list_accounts(visit.app(), caller, None, cursor).await?;
    let rows = list.items.iter().map(|it| row(visit, it)).collect();
    let pager = pager(visit, list.items.len(), cursor, list.next.as_deref());
    visit.page(&Accounts { rows, months: months(visit).await?, pager })
}

async fn own(visit: &Visit, caller: &Caller, cursor: Option<&str>) -> Answer {
    let list = program::list_attributions(visit.app(), caller, None, None, cursor).await?;
    let now = visit.app().clock.now();
    let row = |it: &Attribution| OwnRow {
        name: it.customer_name.clone(),
        avatar: Avatar::of(&it.customer_name),
        since: words::date(visit, it.since),
        until: until(visit, it),
        does: words::attribution(it.kind).to_owned(),
        share: share(it, now),
        reason: it.end_reason.clone().unwrap_or_else(|| it.reason.clone()),
    };
    visit.page(&OwnAccounts {
        organization: visit.seat().map(|s| s.organization_name.clone()).unwrap_or_default(),
        rows: list.items.iter().map(row).collect(),
        months: months(visit).await?,
        pager: pager(visit, list.items.len(), cursor, list.next.as_deref()),
    })
}

pub async fn months(visit: &Visit) -> Result<String, crate::site::PageError> {
    let settings = program::public_settings(visit.app(), visit.vendor()).await?;
    let months = u64::try_from(settings.reseller_months).unwrap_or_default();
    Ok(crate::format::count(months, "month", "months"))
}

fn row(visit: &Visit, it: &Account) -> Row {
    let now = visit.app().clock.now();
    let brought = it.attribution.as_ref();
    Row {
        name: it.name.clone(),
        href: visit.link(&format!("/accounts/{}", it.customer)),
        avatar: Avatar::of(&it.name),
        place: format::place(&it.city, &it.country),
        reseller: brought.map(|a| a.reseller_name.clone()).unwrap_or_default(),
        does: brought.map(|a| words::attribution(a.kind).to_owned()).unwrap_or_default(),
        since: brought.map(|a| words::date(visit, a.since)).unwrap_or_default(),
        share: brought.map(|a| share(a, now)),
    }
}

/// The day on which its share ends: none is known while it manages the account.
pub fn until(visit: &Visit, it: &Attribution) -> String {
    it.shares_until
        .map_or_else(|| "it no longer manages it".to_owned(), |at| words::date(visit, at))
}

/// Whether an engagement signed now owes the reseller its share.
pub fn share(it: &Attribution, now: DateTime<Utc>) -> State {
    if it.ended_at.is_some() {
        State::new(Tone::Plain, "clock", "Ended")
    } else if it.shares_until.is_none_or(|until| until > now) {
        State::new(Tone::Good, "done", "Shares")
    } else {
        State::new(Tone::Plain, "clock", "On record")
    }
}

fn pager(visit: &Visit, shown: usize, cursor: Option<&str>, next: Option<&str>) -> Option<Pager> {
    let here = visit.link("/accounts");
    (cursor.is_some() || next.is_some()).then(|| Pager {
        shown: format!("{shown} shown"),
        later: next.map(|next| format!("{here}?cursor={next}")),
        earlier: cursor.map(|_| here),
    })
}

impl Page for Accounts {
    const TEMPLATE: &'static str = "program/accounts.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, reseller: &str| Row {
            name: name.into(),
            href: "/p/larkfield/accounts/o-1".into(),
            avatar: Avatar::of(name),
            place: "Bergen, Norway".into(),
            reseller: reseller.into(),
            does: "Sourced the account".into(),
            since: "2 May 2026".into(),
            share: Some(State::new(Tone::Good, "done", "Shares")),
        };
        let mut direct = row("Pinecrest Dental", "");
        direct.share = None;
        let page = |rows| Self { rows, months: "24 months".into(), pager: None };
        let usual = page(vec![row("Fjordhaus Outdoor", "Nordlys Systems"), direct]);
        vec![("usual", usual), ("empty", page(Vec::new()))]
    }
}

impl Page for OwnAccounts {
    const TEMPLATE: &'static str = "program/own_accounts.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = OwnRow {
            name: "Fjordhaus Outdoor".into(),
            does: "Sourced the account".into(),
            avatar: Avatar::of("Fjordhaus Outdoor"),
            since: "2 May 2026".into(),
            until: "2 May 2028".into(),
            share: State::new(Tone::Good, "done", "Shares"),
            reason: "Sold with the dealer portal.".into(),
        };
        let page = |rows| Self {
            organization: "Nordlys Systems".into(),
            rows,
            months: "24 months".into(),
            pager: None,
        };
        vec![("usual", page(vec![row])), ("empty", page(Vec::new()))]
    }
}
