//! Every letter of access of the program, as its staff see them: who may work where, until when,
//! and how much of it is used. What is done in an account is not theirs to read.

use api::access::{self, LetterSide, ProgramGrant, ProgramGrantsWanted, Standing};
use api::kernel::id::OrganizationId;
use api::upstreams::Risk;
use poem::http::header;
use poem::{Response, handler};
use serde::Serialize;

use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, Visit};
use crate::view::{Avatar, Chip, Choice, Figure, Pager, State};

/// Lines of a page.
const SHOWN: i64 = 50;

/// One letter as a line.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub who: String,
    pub avatar: Avatar,
    pub partner: String,
    pub customer: String,
    /// "Fjordhaus Outdoor EU, A-2041".
    pub place: String,
    pub what: String,
    pub most: &'static str,
    pub state: State,
    pub until: String,
    pub used: String,
    pub calls: String,
    pub refused: String,
    /// The letter's own page.
    pub href: String,
}

impl Row {
    /// The letter as a list of facts.
    pub fn facts(&self) -> Vec<Figure> {
        vec![
            Figure::new("Works for", self.partner.clone()),
            Figure::new("May", format!("{}, {}", self.what, self.most)),
            Figure::new("Last used", self.used.clone()),
            Figure::new("Calls, 30 days", self.calls.clone()),
            Figure::new("Refused", self.refused.clone()),
        ]
    }
}

/// The program's letters, narrowed or not.
#[derive(Debug, Default, Serialize)]
pub struct ProgramLetters {
    pub here: String,
    pub program: String,
    pub rows: Vec<Row>,
    pub standings: Vec<Choice>,
    pub customers: Vec<Choice>,
    pub partners: Vec<Choice>,
    pub chips: Vec<Chip>,
    pub csv: String,
    pub pager: Option<Pager>,
}

/// What the address asks for; a word that is none of ours narrows nothing.
fn wanted(query: &Form) -> ProgramGrantsWanted {
    ProgramGrantsWanted {
        standing: query.given("standing").and_then(Standing::parse),
        customer: query.given("customer").and_then(OrganizationId::parse),
        partner: query.given("partner").and_then(OrganizationId::parse),
    }
}

/// The query of what is wanted, without one part of it if that is named.
fn query_of(wanted: &ProgramGrantsWanted, without: &str) -> String {
    let parts = [
        ("standing", wanted.standing.map(|standing| standing.to_string())),
        ("customer", wanted.customer.map(|id| id.to_string())),
        ("partner", wanted.partner.map(|id| id.to_string())),
    ];
    let kept = parts.into_iter().filter(|(name, _)| *name != without);
    let said = kept.filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    said.collect::<Vec<_>>().join("&")
}

/// The page of `/access` for the program's staff.
pub async fn list_program_letters(visit: &Visit, query: &Form) -> Answer {
    let (app, caller) = (visit.app(), visit.caller()?);
    let (wanted, cursor) = (wanted(query), query.given("cursor"));
    let page = (Some(SHOWN), cursor);
    let (rows, next) = access::list_program_grants(app, caller, wanted, page).await?;
    let sides = access::list_letter_sides(app, caller).await?;
    let here = visit.link("/access");
    let narrowed = query_of(&wanted, "");
    let paged = cursor.is_some() || next.is_some();
    let pager = paged.then(|| Pager {
        shown: format!("{} shown", rows.len()),
        earlier: cursor.map(|_| format!("{here}?{narrowed}")),
        later: next.map(|next| format!("{here}?{narrowed}&cursor={next}")),
    });
    let mut shown = ProgramLetters {
        csv: format!("{}?{narrowed}", visit.link("/access/letters.csv")),
        program: visit.link("/program"),
        rows: rows.iter().map(|grant| row(visit, grant)).collect(),
        pager,
        here,
        ..ProgramLetters::default()
    };
    shown.narrow(&sides, &wanted);
    visit.page(&shown)
}

/// The same lines as a table for a spreadsheet.
#[handler]
pub async fn export_letters(visit: Visit, query: Form) -> Answer {
    let (app, caller) = (visit.app(), visit.caller()?);
    let csv = access::export_program_grants(app, caller, wanted(&query)).await?;
    let response = Response::builder()
        .content_type("text/csv; charset=utf-8")
        .header(header::CONTENT_DISPOSITION, "attachment; filename=\"letters.csv\"")
        .body(csv);
    Ok(response)
}

pub fn row(visit: &Visit, grant: &ProgramGrant) -> Row {
    let account = grant.account_name.clone();
    let account = account.unwrap_or_else(|| words::application(visit.app(), &grant.upstream));
    let until = match grant.ended_at.or(grant.valid_until) {
        Some(at) if grant.standing.is_open() => format!("until {}", words::short(visit, at)),
        Some(at) => words::short(visit, at),
        None => String::new(),
    };
    Row {
        who: grant.consultant_name.clone(),
        avatar: Avatar::of(&grant.consultant_name),
        partner: grant.partner_name.clone(),
        customer: grant.customer_name.clone(),
        place: format!("{account}, A-{}", grant.engagement_number),
        what: words::preset(visit.app(), &grant.upstream, &grant.preset),
        most: most(grant.risk),
        state: words::standing(grant.standing),
        until,
        used: words::ago(visit, grant.used_at),
        calls: format::number(grant.calls),
        refused: format::number(grant.refused),
        href: visit.link(&format!("/access/letters/{}", grant.id)),
    }
}

/// The greatest that a letter permits, in two words.
fn most(risk: Option<Risk>) -> &'static str {
    match risk {
        Some(Risk::Read) => "only looks",
        Some(Risk::Write) => "up to writing",
        Some(Risk::Send) => "up to sending",
        Some(Risk::Delete) => "up to deleting",
        Some(Risk::Export) => "up to exporting",
        Some(Risk::Admin) => "up to administering",
        None => "nothing any more",
    }
}

impl ProgramLetters {
    /// Fills the filters with what can be chosen, and shows which are on.
    fn narrow(&mut self, sides: &[LetterSide], wanted: &ProgramGrantsWanted) {
        let standings = Standing::ALL.iter().map(|s| Choice {
            chosen: wanted.standing == Some(*s),
            ..Choice::new(s.as_str(), &words::standing(*s).word, false)
        });
        let any = Choice::new("", "However it stands", wanted.standing.is_none());
        self.standings = std::iter::once(any).chain(standings).collect();
        let choices = |customer: bool, all: &str, chosen: Option<OrganizationId>| {
            let of = sides.iter().filter(|side| side.is_customer == customer);
            let choice = of.map(|side| {
                let is = chosen == Some(side.organization);
                Choice::new(&side.organization.to_string(), &side.name, is)
            });
            let any = Choice::new("", all, chosen.is_none());
            std::iter::once(any).chain(choice).collect::<Vec<_>>()
        };
        self.customers = choices(true, "Every customer", wanted.customer);
        self.partners = choices(false, "Every partner", wanted.partner);
        let on = [
            ("standing", &self.standings),
            ("customer", &self.customers),
            ("partner", &self.partners),
        ];
        let chip = |(name, choices): (&str, &Vec<Choice>)| {
            let chosen = choices.iter().find(|c| c.chosen && !c.value.is_empty())?;
            let href = format!("{}?{}", self.here, query_of(wanted, name));
            Some(Chip::filter(&chosen.label, &href))
        };
        self.chips = on.into_iter().filter_map(chip).collect();
    }
}

impl Page for ProgramLetters {
    const TEMPLATE: &'static str = "access/program.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |rows, chips| {
            let mut page = Self {
                here: "/p/larkfield/access".into(),
                program: "/p/larkfield/program".into(),
                csv: "/p/larkfield/access/letters.csv?".into(),
                rows,
                pager: Some(Pager { shown: "2 shown".into(), earlier: None, later: None }),
                ..Self::default()
            };
            page.narrow(&[], &ProgramGrantsWanted::default());
            page.chips = chips;
            page
        };
        let chip = Chip::filter("In force", "/p/larkfield/access?");
        let rows = || vec![sample(State::IN_FORCE, "2"), sample(State::ENDED, "0")];
        vec![
            ("usual", page(rows(), Vec::new())),
            ("narrowed", page(rows(), vec![chip.clone()])),
            ("nothing fits", page(Vec::new(), vec![chip])),
            ("empty", page(Vec::new(), Vec::new())),
        ]
    }
}

pub fn sample(state: State, refused: &str) -> Row {
    Row {
        who: "Ines Oyelaran-Brandt".into(),
        avatar: Avatar::of("Ines Oyelaran-Brandt"),
        partner: "Brandt Lifecycle".into(),
        customer: "Fjordhaus Outdoor".into(),
        place: "Fjordhaus Outdoor EU, A-2041".into(),
        what: "Author drafts".into(),
        most: "up to writing",
        state,
        until: "until 14 Jun, 23:59".into(),
        used: "20 minutes ago".into(),
        calls: "1,204".into(),
        refused: refused.into(),
        href: "/p/larkfield/access/letters/g-1".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_what_is_wanted() {
        let id = "01890000-0000-7000-8000-000000000000";
        let query = format!("standing=in-force&customer={id}&partner=nobody");
        let wanted = wanted(&Form::parse(query.as_bytes()));
        assert_eq!(query_of(&wanted, ""), format!("standing=in-force&customer={id}"));
        assert_eq!(query_of(&wanted, "standing"), format!("customer={id}"));
    }
}
