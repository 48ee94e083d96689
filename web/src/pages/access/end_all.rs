//! Ending every letter of a customer with one press; which they are stands on a page of its own.

use api::access::{self, Grant};
use api::kernel::id::GrantId;
use poem::handler;
use serde::Serialize;

use super::{ended, words};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::Errors;

/// A letter that would end.
#[derive(Debug, Serialize)]
pub struct Ending {
    pub who: String,
    pub place: String,
    pub href: String,
}

/// What one press would end, with a reason where there is one to give.
#[derive(Debug, Serialize)]
pub struct EndAllPage {
    pub title: String,
    pub letters: Vec<Ending>,
    pub here: String,
    pub back: String,
    pub reason: String,
    pub errors: Errors,
}

#[handler]
pub async fn ask_to_end_all(visit: Visit) -> Answer {
    visit.page(&page_of(&visit, String::new(), Errors::default()).await?)
}

async fn page_of(visit: &Visit, reason: String, errors: Errors) -> Result<EndAllPage, PageError> {
    let open = access::list_open_grants(visit.app(), visit.caller()?).await?;
    let granted = open.iter().filter(|grant| grant.granted_at.is_some());
    let letters: Vec<Ending> = granted.map(|grant| ending(visit, grant)).collect();
    let title = match letters.len() {
        0 => "Nobody has access now".to_owned(),
        1 => "End the one letter that holds?".to_owned(),
        n => format!("End all {}?", count(n)),
    };
    let (here, back) = (visit.link("/access/end-all"), visit.link("/access"));
    Ok(EndAllPage { title, letters, here, back, reason, errors })
}

pub fn count(letters: usize) -> String {
    format::count(u64::try_from(letters).unwrap_or(0), "letter", "letters")
}

fn ending(visit: &Visit, grant: &Grant) -> Ending {
    Ending {
        who: grant.consultant_name.clone(),
        place: format!("{}, for {}", words::place(visit.app(), grant), grant.engagement_label()),
        href: visit.link(&format!("/grants/{}", grant.id)),
    }
}

/// A second press finds nothing left to end.
#[handler]
pub async fn end_all(visit: Visit, form: Form) -> Answer {
    let reason = form.get("reason");
    match access::end_every_grant(visit.app(), visit.caller()?, reason).await {
        Ok(ended) if ended.is_empty() => {
            let flash = Flash::note("Nobody had access", "Nothing had to be done.");
            Ok(visit.go_telling("/access", &flash))
        }
        Ok(all) => Ok(visit.go(&happened(&visit, &all).await?)),
        Err(error) => {
            let errors = PageError::from(error).into_errors(str::to_owned)?;
            visit.again(&page_of(&visit, reason.to_owned(), errors).await?)
        }
    }
}

/// The page that says what happened: what ended in one commit ended at one moment.
async fn happened(visit: &Visit, all: &[GrantId]) -> Result<String, PageError> {
    let Some(first) = all.first() else { return Ok("/access".to_owned()) };
    let grant = access::get_grant(visit.app(), visit.caller()?, *first).await?;
    Ok(grant.ended_at.map_or_else(|| "/access".to_owned(), ended::address))
}

impl Page for EndAllPage {
    const TEMPLATE: &'static str = "access/end_all.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let letter = || Ending {
            who: "Ines Oyelaran-Brandt".into(),
            place: "Fjordhaus Outdoor EU, for A-2041".into(),
            href: "/p/larkfield/grants/g-1".into(),
        };
        let page = |letters: Vec<Ending>, title: &str| Self {
            title: title.into(),
            letters,
            here: "/p/larkfield/access/end-all".into(),
            back: "/p/larkfield/access".into(),
            reason: String::new(),
            errors: Errors::default(),
        };
        vec![
            ("usual", page(vec![letter(), letter()], "End all 2 letters?")),
            ("nobody", page(Vec::new(), "Nobody has access now")),
        ]
    }
}
