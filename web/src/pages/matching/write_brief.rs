//! Writing a brief: new, and again while it is a draft.

use api::identity;
use api::kernel::money::Currency;
use api::matching::{self, Brief, BriefState};
use api::platform::refusal::{Common, Error};
use api::program::Taxonomy;
use poem::handler;
use poem::web::Path;

use super::brief_form::{self, BriefForm, Typed};
use super::words as told;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Notice};

/// The words and the currency that forms are read with.
pub async fn rules(visit: &Visit) -> Result<(Taxonomy, Currency), PageError> {
    let mut tx = visit.app().db.read(visit.vendor()).await?;
    let taxonomy = api::program::taxonomy(&mut tx).await?;
    let currency = api::program::settings(&mut tx).await?.currency;
    Ok((taxonomy, currency))
}

#[handler]
pub async fn new_brief(visit: Visit) -> Answer {
    let caller = told::customer(&visit)?;
    let (taxonomy, currency) = rules(&visit).await?;
    let last = matching::list_briefs(visit.app(), caller, None, Some(1), None).await?;
    let typed = match last.items.first() {
        Some(last) => Typed::after(last),
        None => {
            let industry = identity::industry_of(visit.app(), caller).await?;
            Typed::first(industry, visit.zone().name())
        }
    };
    visit.page(&blank(&visit, BriefForm::of(&typed, &taxonomy, currency)))
}

fn blank(visit: &Visit, page: BriefForm) -> BriefForm {
    BriefForm {
        heading: "Write a brief".to_owned(),
        action: visit.link("/briefs/new"),
        back: visit.link("/briefs"),
        back_label: "Briefs".to_owned(),
        ..page
    }
}

#[handler]
pub async fn create_brief(visit: Visit, form: Form) -> Answer {
    let caller = told::customer(&visit)?;
    let (taxonomy, currency) = rules(&visit).await?;
    let typed = Typed::read(&form);
    let mut page = blank(&visit, BriefForm::of(&typed, &taxonomy, currency));
    let saved = match typed.fields(&taxonomy, currency, visit.app().clock.now()) {
        Ok(fields) => matching::save_brief(visit.app(), caller, fields).await,
        Err(errors) => {
            page.errors = errors;
            return visit.again(&page);
        }
    };
    match saved {
        Ok(brief) => Ok(saved_draft(&visit, &brief)),
        Err(error) => {
            page.errors = faults(error)?;
            visit.again(&page)
        }
    }
}

fn saved_draft(visit: &Visit, brief: &Brief) -> poem::Response {
    let flash = Flash::done("Draft saved").saying("Read it once more, then post it.");
    visit.go_telling(&format!("/briefs/{}", brief.id), &flash)
}

fn faults(error: Error) -> Result<Errors, PageError> {
    PageError::from(error).into_errors(brief_form::control)
}

#[handler]
pub async fn edit_brief(visit: Visit, Path(id): Path<String>) -> Answer {
    let brief = find(&visit, &id).await?;
    if brief.state != BriefState::Draft {
        let text = "So that all who propose answer the same question. Close it and write another.";
        let flash = Flash::note("A posted brief stays as it is", text);
        return Ok(visit.go_telling(&format!("/briefs/{}", brief.id), &flash));
    }
    let (taxonomy, currency) = rules(&visit).await?;
    let page = BriefForm::of(&Typed::written(&brief), &taxonomy, currency);
    visit.page(&again(&visit, &brief, page))
}

/// A brief of the customer who asks.
pub async fn find(visit: &Visit, id: &str) -> Result<Brief, PageError> {
    Ok(matching::see_brief(visit.app(), visit.caller()?, brief_form::id(id)?).await?)
}

fn again(visit: &Visit, brief: &Brief, page: BriefForm) -> BriefForm {
    let here = visit.link(&format!("/briefs/{}", brief.id));
    let posted = brief.state != BriefState::Draft;
    BriefForm {
        heading: format!("Edit {}", brief.label()),
        action: format!("{here}/edit"),
        back: here,
        back_label: brief.label(),
        version: brief.version.to_string(),
        closed: if posted { "It is posted, and stays as it is.".to_owned() } else { String::new() },
        ..page
    }
}

#[handler]
pub async fn save_brief(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let brief = find(&visit, &id).await?;
    let (taxonomy, currency) = rules(&visit).await?;
    let typed = Typed::read(&form);
    let mut page = again(&visit, &brief, BriefForm::of(&typed, &taxonomy, currency));
    let version = form.given("version").and_then(|v| v.parse().ok());
    let version = version.ok_or(Common::VersionWanted)?;
    let fields = match typed.fields(&taxonomy, currency, visit.app().clock.now()) {
        Ok(fields) => fields,
        Err(errors) => {
            page.errors = errors;
            return visit.again(&page);
        }
    };
    let caller = visit.caller()?;
    match matching::edit_brief(visit.app(), caller, brief.id, version, fields).await {
        Ok(brief) => return Ok(saved_draft(&visit, &brief)),
        Err(error) if error.code() == Some("stale") => {
            let text = "Your words are kept below. Save again to write over the other change.";
            page.notice = Some(Notice::held("It changed since you opened it", text));
        }
        Err(error) if error.code() == Some("brief-state") => {
            let text = "Your words are kept below, but a posted brief stays as it is.";
            page.notice = Some(Notice::held("It was posted meanwhile", text));
        }
        Err(error) => page.errors = faults(error)?,
    }
    visit.again(&page)
}
