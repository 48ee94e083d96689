//! A letter of the program that its staff let rest, after they said why.

use api::access::{self, ProgramGrant, Standing};
use api::identity::Deed;
use api::kernel::id::GrantId;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::program::{Row, row, sample};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Figure, State};

/// The letter, and the question why it has to rest.
#[derive(Debug, Serialize)]
pub struct StopPage {
    pub title: String,
    pub letter: Row,
    pub facts: Vec<Figure>,
    /// Where the answer goes; empty for whoever may not, or where nothing is left to stop.
    pub here: String,
    pub back: String,
    /// What stands instead of the question.
    pub instead: String,
    pub reason: String,
    pub errors: Errors,
}

async fn find(visit: &Visit, id: &str) -> Result<ProgramGrant, PageError> {
    let id = GrantId::parse(id).ok_or(Common::NotFound("letter of access"))?;
    Ok(access::get_program_grant(visit.app(), visit.caller()?, id).await?)
}

/// Why it cannot be stopped; nothing where it can.
fn instead(visit: &Visit, grant: &ProgramGrant) -> Result<String, PageError> {
    let caller = visit.caller()?;
    if let (Standing::Unused, Some(reason)) = (grant.standing, &grant.program_reason) {
        let text = "The program let it rest, and calls are refused until the customer lets it \
                    work again. Both sides read why:";
        return Ok(format!("{text} “{reason}”"));
    }
    let plain = match grant.standing {
        Standing::Requested => "Nobody granted it yet, so there is nothing to stop.",
        Standing::Unused => {
            "It rests already: calls are refused until the customer lets it work again."
        }
        standing if !standing.is_open() => "It has ended, so every call is refused.",
        _ if !Deed::StopLetters.allows(caller.kind, caller.role) => {
            "An owner or program manager can stop it."
        }
        _ => "",
    };
    Ok(plain.to_owned())
}

fn page_of(
    visit: &Visit,
    grant: &ProgramGrant,
    reason: &str,
    errors: Errors,
) -> Result<StopPage, PageError> {
    let instead = instead(visit, grant)?;
    let here = visit.link(&format!("/access/letters/{}/stop", grant.id));
    Ok(StopPage {
        title: format!("{}’s letter", grant.consultant_name),
        facts: row(visit, grant).facts(),
        letter: row(visit, grant),
        here: if instead.is_empty() { here } else { String::new() },
        back: visit.link("/access"),
        instead,
        reason: reason.to_owned(),
        errors,
    })
}

#[handler]
pub async fn see_letter(visit: Visit, Path(id): Path<String>) -> Answer {
    let grant = find(&visit, &id).await?;
    visit.page(&page_of(&visit, &grant, "", Errors::default())?)
}

#[handler]
pub async fn stop(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let grant = find(&visit, &id).await?;
    let (caller, reason) = (visit.caller()?, form.get("reason"));
    let flash = match access::rest_program_grant(visit.app(), caller, grant.id, reason).await {
        Ok(()) => Flash::done("The letter rests")
            .saying("The very next call is refused. Both sides read why."),
        Err(error) if matches!(error.code(), Some("grant-state" | "not-in-force")) => {
            Flash::note("It was stopped already", "Nothing had to be done.")
        }
        Err(error) => {
            let errors = PageError::from(error).into_errors(str::to_owned)?;
            return visit.again(&page_of(&visit, &grant, reason, errors)?);
        }
    };
    Ok(visit.go_telling(&format!("/access/letters/{}", grant.id), &flash))
}

impl Page for StopPage {
    const TEMPLATE: &'static str = "access/stop.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |state: State, instead: &'static str| Self {
            title: "Ines Oyelaran-Brandt’s letter".into(),
            facts: sample(state.clone(), "24").facts(),
            letter: sample(state, "24"),
            here: match instead {
                "" => "/p/larkfield/access/letters/g-1/stop".into(),
                _ => String::new(),
            },
            back: "/p/larkfield/access".into(),
            instead: instead.to_owned(),
            reason: String::new(),
            errors: Errors::default(),
        };
        let mut wrong = page(State::IN_FORCE, "");
        wrong.errors.add("reason", "Enter why it has to rest");
        vec![
            ("usual", page(State::IN_FORCE, "")),
            ("without a reason", wrong),
            ("ended", page(State::ENDED, "It has ended, so every call is refused.")),
        ]
    }
}
