//! A letter that rests for want of use, or will soon: said plainly, and one click keeps it.

use api::access::{self, Grant, Standing};
use chrono::TimeDelta;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::grant::find;
use super::words;
use crate::site::{Answer, Flash, Visit};
use crate::view::Notice;

/// So long before people are warned.
const AHEAD: TimeDelta = TimeDelta::days(7);

/// The notice with the one click, for whoever may.
#[derive(Debug, Clone, Serialize)]
pub struct Rest {
    pub notice: Notice,
    pub label: String,
    /// Where the click goes; empty for whoever may not.
    pub action: String,
}

/// Nothing while it is used, and nothing where it ends before it would rest.
pub fn rest_of(visit: &Visit, grant: &Grant, may: bool) -> Option<Rest> {
    let at = grant.rests_at?;
    let soon = at - AHEAD <= visit.app().clock.now();
    let before_end = grant.valid_until.is_some_and(|end| at < end);
    let action = visit.link(&format!("/grants/{}/restore", grant.id));
    let action = if may { action } else { String::new() };
    let customer = &grant.customer_name;
    match grant.standing {
        Standing::Unused if grant.rests_by_deed() => {
            let text = match may {
                true => "Calls are refused. Let it work again, or end it.".to_owned(),
                false => format!(
                    "Calls are refused until an owner or admin of {customer} lets it work again. \
                     The keys are as they were."
                ),
            };
            let notice = match &grant.program_reason {
                Some(reason) => {
                    let text = format!("They say: “{reason}” {text}");
                    Notice::held("It rests, stopped by the program for now", &text)
                }
                None => Notice::held("It rests, stopped by the customer for now", &text),
            };
            Some(Rest { notice, label: "Let it work again".to_owned(), action })
        }
        Standing::Unused => {
            let text = match may {
                true => "Nobody used it for 30 days, so calls are refused. Nothing has to be \
                         granted anew: let it work again, or end it."
                    .to_owned(),
                false => format!(
                    "Nobody used it for 30 days, so calls are refused until an owner or admin of \
                     {customer} lets it work again. They were told; the keys are as they were."
                ),
            };
            let notice = Notice::held("It rests, because it was not used", &text);
            Some(Rest { notice, label: "Let it work again".to_owned(), action })
        }
        Standing::InForce if soon && before_end => {
            let on = words::moment(visit, at);
            let title = "It rests soon, because it is not used";
            let text = format!("On {on} calls are refused, unless one is made before.");
            Some(Rest { notice: Notice::held(title, &text), label: "Keep it".to_owned(), action })
        }
        _ => None,
    }
}

#[handler]
pub async fn restore(visit: Visit, Path(id): Path<String>) -> Answer {
    let grant = find(&visit, &id).await?;
    let flash = match access::restore_grant(visit.app(), visit.caller()?, grant.id).await {
        Ok(()) => Flash::done("It works").saying("Its thirty days without a call begin anew."),
        Err(error) if matches!(error.code(), Some("grant-state" | "engagement-not-open")) => {
            Flash::note("The letter has ended", "It cannot work again.")
        }
        Err(error) => return Err(error.into()),
    };
    Ok(visit.go_telling(&format!("/grants/{}", grant.id), &flash))
}

#[handler]
pub async fn rest(visit: Visit, Path(id): Path<String>) -> Answer {
    let grant = find(&visit, &id).await?;
    let flash = match access::rest_grant(visit.app(), visit.caller()?, grant.id).await {
        Ok(()) => Flash::done("The letter rests")
            .saying("The very next call is refused. Both sides were told."),
        Err(error) if matches!(error.code(), Some("grant-state" | "not-in-force")) => {
            Flash::note("It was stopped already", "Nothing had to be done.")
        }
        Err(error) => return Err(error.into()),
    };
    Ok(visit.go_telling(&format!("/grants/{}", grant.id), &flash))
}

impl Rest {
    pub fn sample(may: bool) -> Self {
        let action = if may { "/p/larkfield/grants/g-1/restore" } else { "" };
        Self {
            notice: Notice::held("It rests, because it was not used", "Calls are refused."),
            label: "Let it work again".into(),
            action: action.into(),
        }
    }
}
