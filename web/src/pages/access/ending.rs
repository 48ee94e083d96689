//! Ending one letter: with one press wherever it is shown, or with a reason on a page of its own.

use api::access::{self, Grant, GrantState};
use api::platform::caller::OrganizationKind;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::grant::find;
use super::{again, letters, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Letter, LetterStanding};

/// The question before a letter ends.
#[derive(Debug, Serialize)]
pub struct EndPage {
    pub title: String,
    pub letter: Letter,
    pub here: String,
    pub back: String,
    pub other_side: String,
    pub reason: String,
    pub errors: Errors,
}

#[handler]
pub async fn ask_to_end(visit: Visit, Path(id): Path<String>) -> Answer {
    let grant = find(&visit, &id).await?;
    visit.page(&end_page(&visit, &grant, String::new(), Errors::default())?)
}

fn end_page(
    visit: &Visit,
    grant: &Grant,
    reason: String,
    errors: Errors,
) -> Result<EndPage, PageError> {
    let mut letter = letters::short(visit, grant)?;
    letter.end_href = None;
    let customer = visit.caller()?.kind == OrganizationKind::Customer;
    let title = match (grant.state, customer) {
        (GrantState::Requested, true) => "Decline the request?".to_owned(),
        (GrantState::Requested, false) => "Take the request back?".to_owned(),
        (_, true) => format!("End {}’s access?", grant.consultant_name),
        (_, false) => format!("Hand back access to {}?", words::place(visit.app(), grant)),
    };
    let other_side = match customer {
        true => words::first_name(&grant.consultant_name).to_owned(),
        false => grant.customer_name.clone(),
    };
    Ok(EndPage {
        title,
        letter,
        here: visit.link(&format!("/grants/{}/end", grant.id)),
        back: visit.link(&format!("/grants/{}", grant.id)),
        other_side,
        reason,
        errors,
    })
}

/// Ends it at once, or takes an open request back. A second press finds it done.
#[handler]
pub async fn end_letter(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let grant = find(&visit, &id).await?;
    let reason = form.get("reason");
    match access::end_grant(visit.app(), visit.caller()?, grant.id, reason).await {
        Ok(()) => Ok(ended(&visit, &grant)),
        Err(error) if error.code() == Some("grant-state") => Ok(over(&visit, &grant)),
        Err(error) => {
            let errors = PageError::from(error).into_errors(str::to_owned)?;
            visit.again(&end_page(&visit, &grant, reason.to_owned(), errors)?)
        }
    }
}

fn ended(visit: &Visit, grant: &Grant) -> poem::Response {
    let asked = grant.state == GrantState::Requested;
    let who = words::first_name(&grant.consultant_name);
    let flash = if asked {
        Flash::done("The request is closed").saying("Nobody was let in.")
    } else {
        let place = words::place(visit.app(), grant);
        Flash::done(&format!("{who} has no access to {place} any more")).saying(again::slip(visit))
    };
    visit.go_telling(&format!("/grants/{}", grant.id), &flash)
}

pub fn over(visit: &Visit, grant: &Grant) -> poem::Response {
    let flash = Flash::note("It was over already", "Nothing had to be done.");
    visit.go_telling(&format!("/grants/{}", grant.id), &flash)
}

impl Page for EndPage {
    const TEMPLATE: &'static str = "access/end.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |errors: Errors| {
            let mut letter = super::sample_letter(LetterStanding::InForce);
            letter.end_href = None;
            Self {
                title: "End Ines Oyelaran-Brandt’s access?".into(),
                letter,
                here: "/p/larkfield/grants/g-1/end".into(),
                back: "/p/larkfield/grants/g-1".into(),
                other_side: "Ines".into(),
                reason: String::new(),
                errors,
            }
        };
        let wrong = [("reason", "At most 300 characters")].into_iter().collect();
        vec![("usual", page(Errors::default())), ("wrong", page(wrong))]
    }
}
