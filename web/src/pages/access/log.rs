//! The access log: every call through a letter, as both sides read it.

use std::collections::BTreeMap;

use api::access::{self, Entry, Grant, LogWanted, Outcome};
use api::kernel::id::{ConnectionId, GrantId, PersonId};
use api::kernel::page::Position;
use api::platform::http::paging::{PageWanted, cut};
use api::platform::refusal::Common;
use poem::http::header;
use poem::{Response, handler};
use serde::Serialize;

use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, PageError, Visit};
use crate::view::{Chip, Choice, Figure, Pager, State, Tone};

/// Lines of a page.
const SHOWN: i64 = 50;

/// One call in words.
#[derive(Debug, Clone, Serialize)]
pub struct LogLine {
    /// The line's own, to be led to.
    pub id: String,
    pub machine: String,
    pub when: String,
    pub who: String,
    /// "Fjordhaus Outdoor EU, for A-2041".
    pub place: String,
    pub href: String,
    pub what: String,
    /// "GET /campaigns".
    pub call: String,
    pub state: State,
    pub why: String,
    /// SHA-256 of the body that was sent and of the answer's, each with its name.
    pub hashes: Vec<Figure>,
}

/// The log, narrowed or not.
#[derive(Debug, Default, Serialize)]
pub struct Log {
    pub here: String,
    pub access: String,
    pub lines: Vec<LogLine>,
    pub outcomes: Vec<Choice>,
    pub people: Vec<Choice>,
    pub accounts: Vec<Choice>,
    /// The letter that the log is narrowed to; empty when it is not.
    pub grant: String,
    pub chips: Vec<Chip>,
    pub set: usize,
    pub csv: String,
    /// Where the audit trail is; empty for whoever may not have it.
    pub trail: String,
    pub pager: Option<Pager>,
}

pub fn log_line(visit: &Visit, entry: &Entry) -> LogLine {
    LogLine {
        id: entry.id.to_string(),
        machine: format::machine_time(entry.at, visit.zone()),
        when: words::short(visit, entry.at),
        who: entry.person_name.clone(),
        place: format!("{}, for A-{}", entry.account_name, entry.engagement_number),
        href: visit.link(&format!("/grants/{}", entry.grant)),
        what: words::deed(entry),
        call: match (entry.undo, entry.by_hand) {
            (true, _) => {
                format!("{} {} · by us, to take a change back", entry.method, entry.target)
            }
            (_, true) => format!("{} {} · by hand", entry.method, entry.target),
            _ => format!("{} {}", entry.method, entry.target),
        },
        state: words::outcome(entry),
        why: words::why(entry),
        hashes: hashes(entry.sent_sha256.as_deref(), entry.answer_sha256.as_deref()),
    }
}

fn hashes(sent: Option<&str>, answer: Option<&str>) -> Vec<Figure> {
    let named = [("Body sent", sent), ("Answer", answer)];
    named.into_iter().filter_map(|(name, hash)| Some(Figure::new(name, hash?))).collect()
}

/// What the address asks for. A word that is none of ours narrows nothing; a letter that there is
/// not is not found, since links lead to one letter's lines.
fn wanted(query: &Form) -> Result<LogWanted, PageError> {
    let letter = |id| GrantId::parse(id).ok_or(Common::NotFound("letter of access"));
    Ok(LogWanted {
        grant: query.given("grant").map(letter).transpose()?,
        connection: query.given("account").and_then(ConnectionId::parse),
        outcome: query.given("outcome").and_then(Outcome::parse),
        person: query.given("person").and_then(PersonId::parse),
    })
}

/// The query of what is wanted, without one part of it if that is named.
fn query_of(wanted: &LogWanted, without: &str) -> String {
    let parts = [
        ("grant", wanted.grant.map(|id| id.to_string())),
        ("account", wanted.connection.map(|id| id.to_string())),
        ("outcome", wanted.outcome.map(|outcome| outcome.to_string())),
        ("person", wanted.person.map(|id| id.to_string())),
    ];
    let kept = parts.into_iter().filter(|(name, _)| *name != without);
    let said = kept.filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    said.collect::<Vec<_>>().join("&")
}

#[handler]
pub async fn read_log(visit: Visit, query: Form) -> Answer {
    let caller = visit.caller()?;
    let app = visit.app();
    let wanted = wanted(&query)?;
    let list = format!("access-log:{}:{}", caller.vendor, caller.organization);
    let page = PageWanted::read(&app.cursors, &list, Some(SHOWN), query.given("cursor"))?;
    let mut rows = access::list_log(app, caller, wanted, page).await?;
    let next = cut(&mut rows, page.limit, |entry| Position { at: entry.at, id: entry.id.0 });
    let next = next.map(|position| app.cursors.seal(&list, position));
    let letters = known_letters(&visit).await?;
    let here = visit.link("/access/log");
    let narrowed = query_of(&wanted, "");
    let with = |more: &str| format!("{here}?{narrowed}{more}");
    let paged = page.after.is_some() || next.is_some();
    let pager = paged.then(|| Pager {
        shown: format!("{} shown", rows.len()),
        earlier: page.after.map(|_| with("")),
        later: next.map(|cursor| with(&format!("&cursor={cursor}"))),
    });
    let csv = format!("{}?{narrowed}", visit.link("/access/log.csv"));
    let mut shown = Log {
        access: visit.link("/access"),
        lines: rows.iter().map(|entry| log_line(&visit, entry)).collect(),
        grant: wanted.grant.map(|id| id.to_string()).unwrap_or_default(),
        csv,
        trail: super::trail::address(&visit)?,
        pager,
        here,
        ..Log::default()
    };
    shown.narrow(&letters, &wanted);
    visit.page(&shown)
}

/// Letters that may have lines: those that are open, and the latest that ended.
async fn known_letters(visit: &Visit) -> Result<Vec<Grant>, PageError> {
    let caller = visit.caller()?;
    let page = PageWanted::first(99);
    Ok(access::list_grants(visit.app(), caller, None, page).await?)
}

impl Log {
    /// Fills the filters with what can be chosen, and shows which are on.
    fn narrow(&mut self, letters: &[Grant], wanted: &LogWanted) {
        let mut people: BTreeMap<String, String> = BTreeMap::new();
        let mut accounts: BTreeMap<String, String> = BTreeMap::new();
        for letter in letters {
            people.insert(letter.consultant.to_string(), letter.consultant_name.clone());
            if let (Some(id), Some(name)) = (letter.connection, &letter.account_name) {
                accounts.insert(id.to_string(), name.clone());
            }
        }
        let person = wanted.person.map(|id| id.to_string()).unwrap_or_default();
        let account = wanted.connection.map(|id| id.to_string()).unwrap_or_default();
        let outcome = wanted.outcome.map(|o| o.to_string()).unwrap_or_default();
        let ends = [
            ("done", "Done"),
            ("refused", "Refused"),
            ("failed", "Failed"),
            ("looked", "Looked up by the gateway"),
            ("undone", "To take a change back"),
        ];
        let ends = ends.map(|(value, label)| (value.to_owned(), label.to_owned()));
        self.outcomes = choices("However it ended", ends.clone().into_iter(), &outcome);
        self.people = choices("Everybody", people.clone().into_iter(), &person);
        self.accounts = choices("Every account", accounts.clone().into_iter(), &account);
        let letter = letters.iter().find(|letter| Some(letter.id) == wanted.grant);
        let letter = letter.map(|l| format!("{}, {}", l.consultant_name, l.engagement_label()));
        let letter = wanted.grant.map(|_| letter.unwrap_or_else(|| "One letter".to_owned()));
        let named = |of: &BTreeMap<String, String>, id: &str| of.get(id).cloned();
        let on = [
            ("grant", letter),
            ("account", named(&accounts, &account)),
            ("person", named(&people, &person)),
            ("outcome", ends.iter().find(|(value, _)| *value == outcome).map(|e| e.1.clone())),
        ];
        let chip = |(name, label): (&str, Option<String>)| {
            let href = format!("{}?{}", self.here, query_of(wanted, name));
            Some(Chip::filter(&label?, &href))
        };
        self.chips = on.into_iter().filter_map(chip).collect();
        self.set = self.chips.len();
    }
}

fn choices(
    all: &str,
    options: impl Iterator<Item = (String, String)>,
    chosen: &str,
) -> Vec<Choice> {
    let first = Choice::new("", all, chosen.is_empty());
    let rest = options.map(|(value, label)| Choice::new(&value, &label, value == chosen));
    std::iter::once(first).chain(rest).collect()
}

/// The same lines as a table for a spreadsheet.
#[handler]
pub async fn export_log(visit: Visit, query: Form) -> Answer {
    let csv = access::export_log(visit.app(), visit.caller()?, wanted(&query)?).await?;
    let response = Response::builder()
        .content_type("text/csv; charset=utf-8")
        .header(header::CONTENT_DISPOSITION, "attachment; filename=\"access-log.csv\"")
        .body(csv);
    Ok(response)
}

impl LogLine {
    /// As a page shows them, for its samples.
    pub fn samples() -> Vec<Self> {
        let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let line = |what: &str, call: &str, state: State, why: &str| Self {
            id: format!("e-{}", what.len()),
            machine: "2026-05-07T09:15+02:00".into(),
            when: "7 May, 09:15".into(),
            who: "Ines Oyelaran-Brandt".into(),
            place: "Fjordhaus Outdoor EU, for A-2041".into(),
            href: "/p/larkfield/grants/g-1".into(),
            what: what.into(),
            call: call.into(),
            state,
            why: why.into(),
            hashes: hashes(None, why.is_empty().then_some(hash)),
        };
        let done = State::new(Tone::Good, "done", "Done");
        vec![
            line("Looked through campaigns", "GET /campaigns", done, ""),
            line(
                "Not done: Deleted a contact",
                "DELETE /contacts/con_1",
                State::new(Tone::Bad, "ban", "Refused"),
                "More than the letter allows",
            ),
        ]
    }
}

impl Page for Log {
    const TEMPLATE: &'static str = "access/log.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |lines, set: usize| {
            let chip = Chip::filter("Refused", "/p/larkfield/access/log?");
            Self {
                here: "/p/larkfield/access/log".into(),
                access: "/p/larkfield/access".into(),
                lines,
                outcomes: choices("However it ended", std::iter::empty(), ""),
                people: choices("Everybody", std::iter::empty(), ""),
                accounts: choices("Every account", std::iter::empty(), ""),
                grant: if set > 0 { "g-1".into() } else { String::new() },
                chips: vec![chip; set],
                set,
                csv: "/p/larkfield/access/log.csv?".into(),
                trail: "/p/larkfield/access/trail".into(),
                pager: Some(Pager { shown: "2 shown".into(), earlier: None, later: None }),
            }
        };
        vec![
            ("usual", page(LogLine::samples(), 0)),
            ("narrowed", page(LogLine::samples(), 1)),
            ("narrowed to nothing", page(Vec::new(), 1)),
            ("empty", page(Vec::new(), 0)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_survives_the_address() {
        let id = "0190f2a8-7c1e-7e53-9d34-b58f4f2a6c11";
        let query = format!("grant={id}&outcome=refused&person=nobody");
        let read = |query: &str| super::wanted(&Form::parse(query.as_bytes()));
        assert!(read("grant=zz").is_err(), "no letter has this address");
        let wanted = read(&query).unwrap_or_default();
        assert_eq!(wanted.outcome, Some(Outcome::Refused));
        assert_eq!(wanted.person, None);
        assert_eq!(query_of(&wanted, ""), format!("grant={id}&outcome=refused"));
        assert_eq!(query_of(&wanted, "outcome"), format!("grant={id}"));
    }
}
