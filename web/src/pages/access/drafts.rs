//! Requests that are still written: their lines on the access page, and throwing one away.

use api::access::{self, Draft};
use api::identity::Deed;
use api::kernel::id::AccessDraftId;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;

use super::list::Line;
use super::words;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{State, Tone};

/// Nothing for whoever asks for no access.
pub async fn lines(visit: &Visit) -> Result<Vec<Line>, PageError> {
    let caller = visit.caller()?;
    if !Deed::UseAccess.allows(caller.kind, caller.role) {
        return Ok(Vec::new());
    }
    let drafts = access::list_drafts(visit.app(), caller).await?;
    Ok(drafts.iter().map(|draft| line(visit, draft)).collect())
}

fn line(visit: &Visit, draft: &Draft) -> Line {
    let at = format!("/engagements/{}/access?draft={}", draft.engagement, draft.id);
    Line {
        who: draft.consultant_name.clone(),
        place: format!("{}, for {}", draft.customer_name, draft.engagement_label()),
        href: visit.link(&at),
        preset: words::preset(visit.app(), &draft.wish.upstream, &draft.wish.preset),
        state: State::new(Tone::Plain, "pencil", "Draft"),
        when: words::short(visit, draft.updated_at),
    }
}

/// The draft that an address or a form names. Errors: 404.
pub async fn named(visit: &Visit, form: &Form) -> Result<Option<Draft>, PageError> {
    let Some(id) = form.given("draft") else { return Ok(None) };
    let id = AccessDraftId::parse(id).ok_or(Common::NotFound("draft"))?;
    Ok(Some(access::get_draft(visit.app(), visit.caller()?, id).await?))
}

#[handler]
pub async fn discard(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = AccessDraftId::parse(&id).ok_or(Common::NotFound("draft"))?;
    match access::discard_draft(visit.app(), visit.caller()?, id).await {
        Ok(()) => {
            let flash = Flash::done("The draft is gone").saying("Nobody else had read it.");
            Ok(visit.go_telling("/access", &flash))
        }
        Err(error) if error.code() == Some("not-found") => {
            let text = "It was sent or discarded before.";
            Ok(visit.go_telling("/access", &Flash::note("The draft was gone already", text)))
        }
        Err(error) => Err(error.into()),
    }
}
