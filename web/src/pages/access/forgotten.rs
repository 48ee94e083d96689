//! What seems forgotten of a customer's access, as a part of its page: who, since when, why it
//! stands there, and the one thing to do about it.

use api::access::{self, AccountUse, ForgottenAccess, ForgottenAct, LetterUse, Listed};
use api::identity::Deed;
use serde::Serialize;

use super::words;
use crate::site::{PageError, Visit};
use crate::view::{Figure, Link, State};

/// One letter or account with its acts; an empty address is an act that is not for it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Row {
    /// Names its form; no other row has it.
    pub id: String,
    pub title: String,
    pub place: String,
    pub href: String,
    pub state: Option<State>,
    pub why: Vec<String>,
    pub facts: Vec<Figure>,
    pub end: String,
    pub narrow: String,
    /// A form's address: it works again at once.
    pub wake: String,
    pub disconnect: String,
}

/// The part of the page; where nothing is open there is nothing to forget.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    pub rows: Vec<Row>,
    pub accounts: Link,
}

/// Nothing for whoever does not decide on access, and while nothing is open.
pub async fn part_of(visit: &Visit) -> Result<Option<Part>, PageError> {
    let caller = visit.caller()?;
    if !Deed::ReviewAccess.allows(caller.kind, caller.role) {
        return Ok(None);
    }
    let found = access::forgotten_access(visit.app(), caller).await?;
    if !found.anything_open {
        return Ok(None);
    }
    let ForgottenAccess { letters, accounts, .. } = found;
    let letters = letters.iter().map(|listed| letter(visit, listed));
    let rows = letters.chain(accounts.iter().map(|listed| account(visit, listed))).collect();
    let accounts = Link::new("Connected accounts", &visit.link("/connections"));
    Ok(Some(Part { rows, accounts }))
}

fn sentences<T>(listed: &Listed<T>) -> Vec<String> {
    listed.why.iter().map(|why| why.sentence.clone()).collect()
}

fn letter(visit: &Visit, listed: &Listed<LetterUse>) -> Row {
    let of = &listed.of;
    let here = visit.link(&format!("/grants/{}", of.id));
    let act = |act, tail: &str| {
        if listed.acts.contains(&act) { format!("{here}/{tail}") } else { String::new() }
    };
    Row {
        id: of.id.to_string(),
        title: of.consultant_name.clone(),
        place: format!("{}, for A-{}", of.account_name, of.engagement_number),
        state: Some(words::standing(of.standing)),
        why: sentences(listed),
        facts: vec![
            Figure::new("Since", words::short(visit, of.granted_at)),
            Figure::new("Last used", words::ago(visit, of.used_at)),
        ],
        end: act(ForgottenAct::End, "end"),
        narrow: act(ForgottenAct::Narrow, "narrow"),
        wake: act(ForgottenAct::Wake, "restore"),
        disconnect: String::new(),
        href: here,
    }
}

fn account(visit: &Visit, listed: &Listed<AccountUse>) -> Row {
    let of = &listed.of;
    Row {
        id: of.id.to_string(),
        title: of.account_name.clone(),
        place: format!("Account at {}", words::application(visit.app(), &of.upstream)),
        href: visit.link(&format!("/connections#{}", of.id)),
        why: sentences(listed),
        facts: vec![
            Figure::new("Since", words::short(visit, of.connected_at)),
            Figure::new("Last used", words::ago(visit, of.used_at)),
        ],
        disconnect: visit.link(&format!("/connections/{}/disconnect", of.id)),
        ..Row::default()
    }
}

impl Part {
    pub fn sample(filled: bool) -> Self {
        let facts = || vec![Figure::new("Since", "14 Apr"), Figure::new("Last used", "never")];
        let letter = Row {
            id: "g-1".into(),
            title: "Ines Oyelaran-Brandt".into(),
            place: "Fjordhaus Outdoor EU, for A-2041".into(),
            href: "/p/larkfield/grants/g-1".into(),
            state: Some(State::IN_FORCE),
            why: vec!["It was given 20 days ago and never used.".into()],
            facts: facts(),
            end: "/p/larkfield/grants/g-1/end".into(),
            narrow: "/p/larkfield/grants/g-1/narrow".into(),
            wake: "/p/larkfield/grants/g-1/restore".into(),
            disconnect: String::new(),
        };
        let account = Row {
            id: "c-1".into(),
            title: "Fjordhaus Outdoor UK".into(),
            place: "Account at Larkfield".into(),
            href: "/p/larkfield/connections#c-1".into(),
            why: vec!["No letter of access has opened it for 40 days.".into()],
            facts: facts(),
            disconnect: "/p/larkfield/connections/c-1/disconnect".into(),
            ..Row::default()
        };
        let rows = if filled { vec![letter, account] } else { Vec::new() };
        Self { rows, accounts: Link::new("Connected accounts", "/p/larkfield/connections") }
    }
}
