//! The statement of work: read it, accept the very text that was read, or void it.

use api::engagements::{self, EngagementState, Side, StatementView};
use api::identity::Deed;
use api::kernel::id::EngagementId;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::confirm::Confirming;
use super::paper::{self, Part};
use super::standpoint::{Confirm, Standpoint};
use super::workspace::parse;
use super::{mandate, pulse, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Figure, Link, Notice};

/// The statement of work as it stands.
#[derive(Debug, Serialize)]
pub struct SowPage {
    pub label: String,
    pub home: Link,
    pub version: String,
    pub parts: Vec<Part>,
    /// The deed of accepting, for who may accept now.
    pub accept: Option<Confirm>,
    pub standing: Option<Notice>,
    /// Where to go on, once it is signed.
    pub next: Option<Link>,
    pub pulse: Option<String>,
    pub accepted: Vec<Figure>,
    pub terms: Vec<Figure>,
    pub hash: String,
    /// Where a reason for voiding is posted; empty for who may not.
    pub void: String,
    pub reason: String,
    pub errors: Errors,
}

#[handler]
pub async fn see_statement(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.page(&page(&visit, parse(&id)?).await?)
}

async fn page(visit: &Visit, id: EngagementId) -> Result<SowPage, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let (seen, statement) = futures::try_join!(
        engagements::see_engagement(app, caller, id),
        engagements::see_statement_of_work(app, caller, id),
    )?;
    let stand = Standpoint::new(visit, &seen.overview, seen.sight);
    let mut page = SowPage::of(&stand, &statement);
    if let Some(accept) = &mut page.accept {
        let (choices, words) = mandate::choices(&stand).await?;
        accept.choices = choices;
        accept.fields.extend(words);
    }
    Ok(page)
}

impl SowPage {
    fn of(stand: &Standpoint<'_>, of: &StatementView) -> Self {
        let engagement = &stand.of.engagement;
        let open = engagement.state == EngagementState::Contracting;
        let signs = open && stand.side().is_some() && stand.may(Deed::AcceptWork);
        let accepted = stand.side().is_some_and(|side| stand.of.accepted.contains(&side));
        let hash = hex::encode(&of.statement.hash);
        let fund = stand
            .own_turns()
            .first()
            .filter(|_| engagement.state == EngagementState::Signed)
            .map(|turn| Link::new(&stand.task(turn), &stand.visit.link(&stand.path(turn))));
        Self {
            label: engagement.label(),
            home: Link::new(&engagement.title, &stand.link("")),
            version: of.statement.version.to_string(),
            parts: paper::parts(&of.statement.body),
            accept: (signs && !accepted).then(|| accepting(stand, &hash)),
            standing: standing(stand, of),
            next: fund,
            pulse: open.then(|| pulse::address(stand)).flatten(),
            accepted: who_accepted(stand, of),
            terms: terms(stand, of),
            hash,
            void: if signs { stand.link("/sow/void") } else { String::new() },
            reason: String::new(),
            errors: Errors::default(),
        }
    }
}

fn accepting(stand: &Standpoint<'_>, hash: &str) -> Confirm {
    let of = &stand.of.engagement;
    let other = stand.side().map(Side::other);
    let signs = other.is_some_and(|other| stand.of.accepted.contains(&other));
    let then = match (signs, stand.side()) {
        (true, _) if of.hourly.is_some() => "It is signed with your yes, and time may be written.",
        (true, Some(Side::Customer)) => {
            "It is signed with your yes. Then the first milestone can be funded."
        }
        (true, _) => "It is signed with your yes. Work starts when the first milestone is funded.",
        (false, _) => {
            "It is signed once the other side has accepted the same text. Until then either of \
             you may void it."
        }
    };
    Confirm {
        id: "accept".into(),
        title: format!("Accept {}, {} in all?", of.label(), words::amount(of.total)),
        action: stand.link("/sow/accept"),
        deed: "Accept this text".into(),
        deed_words: "sign it".into(),
        sum: None,
        note: format!("{then} Its terms hold to the end, whatever the program's rules become."),
        choices: Vec::new(),
        fields: vec![Link::new("hash", hash)],
    }
}

/// Where the text stands.
fn standing(stand: &Standpoint<'_>, of: &StatementView) -> Option<Notice> {
    let until = words::when(stand.visit, of.statement.accept_by);
    let own = stand.side().is_some_and(|side| stand.of.accepted.contains(&side));
    match stand.of.engagement.state {
        EngagementState::Contracting if own => {
            let other = stand.other();
            let text = format!("It is signed once {other} has accepted too. It lapses on {until}.");
            Some(Notice::info(&format!("Your side has accepted; it waits for {other}"), &text))
        }
        EngagementState::Contracting => {
            let text = format!("It lapses on {until} unless both sides accept it.");
            Some(Notice::held("It is not signed yet", &text))
        }
        EngagementState::Cancelled => {
            let reason = stand.of.engagement.end_reason.clone().unwrap_or_default();
            Some(Notice::info("The engagement has ended", &reason))
        }
        EngagementState::Signed => {
            let text = match stand.side() {
                Some(Side::Customer) => "Fund the first milestone, and work starts.",
                Some(Side::Partner) => {
                    "Work starts when the customer has funded the first milestone. You are told."
                }
                None => "It waits for the first milestone to be funded.",
            };
            Some(Notice::good("Both sides have signed", text))
        }
        _ => Some(Notice::good("Both sides have signed", "Its terms hold to the end.")),
    }
}

fn who_accepted(stand: &Standpoint<'_>, of: &StatementView) -> Vec<Figure> {
    let side = |side: Side| {
        let house = match side {
            Side::Customer => &stand.of.names.customer,
            Side::Partner => &stand.of.names.partner,
        };
        let yes = of.acceptances.iter().find(|(a, _)| a.side == side);
        match yes {
            Some((a, name)) => {
                Figure::new(&format!("{name}, {house}"), words::day_of(stand.visit, a.at))
            }
            None => Figure::new(house, "not yet"),
        }
    };
    vec![side(Side::Customer), side(Side::Partner)]
}

fn terms(stand: &Standpoint<'_>, of: &StatementView) -> Vec<Figure> {
    let t = &of.statement.terms;
    vec![
        Figure::new("Price, fees included", words::amount(stand.of.engagement.total)),
        Figure::new("Sign within", words::days(t.contracting_days)),
        Figure::new("Fund within", words::days(t.funding_days)),
        Figure::new("Accepts itself after", words::days(t.acceptance_days)),
        Figure::new("Returns allowed", t.change_requests.to_string()),
        Figure::new("Reviews within", words::days(t.review_days)),
    ]
}

/// The address of a form that came back, loaded anew: to its page.
#[handler]
pub async fn reload(visit: Visit, Path(id): Path<String>) -> Answer {
    Ok(visit.go(&format!("{}/sow", words::engagement_path(parse(&id)?))))
}

#[handler]
pub async fn confirm_statement(visit: Visit, Path(id): Path<String>) -> Answer {
    let page = page(&visit, parse(&id)?).await?;
    let Some(of) = page.accept else {
        return Ok(visit.go(&format!("/engagements/{id}/sow")));
    };
    let back = Link::new("Read it again", &visit.link(&format!("/engagements/{id}/sow")));
    let eyebrow = vec![Link::new(&page.label, &page.home.href)];
    visit.page(&Confirming { eyebrow, of, back, closed: None })
}

#[handler]
pub async fn accept_statement(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = parse(&id)?;
    let path = format!("{}/sow", words::engagement_path(id));
    let (app, caller) = (visit.app(), visit.caller()?);
    let accepted = engagements::accept_statement_of_work(app, caller, id, form.get("hash")).await;
    if let Ok(engagement) = &accepted
        && let Some(flash) = mandate::chosen(&visit, engagement, &form).await?
    {
        return Ok(visit.go_telling(&path, &flash));
    }
    match accepted {
        Ok(engagement) if engagement.state == EngagementState::Signed => {
            let flash = Flash::done("Signed").saying("Both sides have accepted the same text.");
            Ok(visit.go_telling(&path, &flash))
        }
        Ok(_) => {
            let flash = Flash::done("Accepted").saying("The other side has been told.");
            Ok(visit.go_telling(&path, &flash))
        }
        Err(error) if error.code() == Some("already-signed") => {
            let text = "Nothing was accepted now: your side had accepted this text before.";
            Ok(visit.go_telling(&path, &Flash::note("Accepted already", text)))
        }
        Err(error) => words::told(&visit, &path, "Not accepted", error),
    }
}

#[handler]
pub async fn void_statement(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = parse(&id)?;
    let reason = form.get("reason");
    let (app, caller) = (visit.app(), visit.caller()?);
    let voided = match form.given("reason") {
        Some(_) => engagements::void_statement_of_work(app, caller, id, reason).await,
        None => Err(api::kernel::check::Invalid::field("reason", "Say why, in a sentence").into()),
    };
    match voided {
        Ok(_) => {
            let flash = Flash::done("The statement of work is void").saying("Nothing is owed.");
            Ok(visit.go_telling(&words::engagement_path(id), &flash))
        }
        Err(error) if error.code() == Some("invalid") => {
            let errors = words::faults(error, str::to_owned)?;
            let mut page = page(&visit, id).await?;
            page.reason = reason.to_owned();
            page.errors = errors;
            visit.again(&page)
        }
        Err(error) => {
            words::told(&visit, &words::engagement_path(id), "It cannot be voided any more", error)
        }
    }
}

impl Page for SowPage {
    const TEMPLATE: &'static str = "engagements/sow.html";

    fn samples() -> Vec<(&'static str, Self)> {
        use super::samples;
        let body = "# Statement of work A-2041, version 1\n\nWork: Dealer nurture\n\n## Parties\n\n\
                    - Customer: Fjordhaus\n\n### Milestone 1: Map\n\n> First the map.\n\n\
                    1. Signing. Both sides accept this text.\n";
        let page = || Self {
            label: "A-2041".into(),
            home: samples::link("Dealer nurture redesign", ""),
            version: "1".into(),
            parts: paper::parts(body),
            accept: Some(samples::confirm()),
            standing: Some(Notice::held("It is not signed yet", "It lapses on Tuesday 12 May.")),
            next: None,
            pulse: Some(format!("{}/pulse?mark=1", samples::HOME)),
            accepted: vec![Figure::new("Fjordhaus Outdoor", "not yet")],
            terms: vec![Figure::new("Fund within", "14 days")],
            hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            void: format!("{}/sow/void", samples::HOME),
            reason: String::new(),
            errors: Errors::default(),
        };
        let next = Link::new("Fund milestone 1", "/p/larkfield/milestones/1/fund");
        let signed = Self {
            accept: None,
            standing: Some(Notice::good("Both sides have signed", "Fund the first milestone.")),
            next: Some(next),
            void: String::new(),
            ..page()
        };
        let errors = [("reason", "Say why, in a sentence")].into_iter().collect();
        vec![("usual", page()), ("signed", signed), ("wrong", Self { errors, ..page() })]
    }
}
