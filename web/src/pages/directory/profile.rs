//! Writing one's own profile, publishing it, taking it back.

use api::directory::{self, Profile};
use api::program::{self, EnrollmentState};
use poem::handler;

use super::profile_form::{OwnProfile, control, typed, written};
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Link, Notice};

#[handler]
pub async fn own_profile(visit: Visit) -> Answer {
    let own = directory::own_profile(visit.app(), visit.caller()?).await?;
    visit.page(&form_of(&visit, own.as_ref()).await?)
}

/// The form as it is written now; before the first, with the person's own zone.
async fn form_of(visit: &Visit, own: Option<&Profile>) -> Result<OwnProfile, PageError> {
    let draft = own.map(written).unwrap_or_else(|| directory::ProfileDraft {
        zone: visit.zone().name().to_owned(),
        works_from: "09:00".to_owned(),
        works_until: "17:00".to_owned(),
        accepting_clients: true,
        ..Default::default()
    });
    filled(visit, &draft, own).await
}

async fn filled(
    visit: &Visit,
    draft: &directory::ProfileDraft,
    own: Option<&Profile>,
) -> Result<OwnProfile, PageError> {
    let mut tx = visit.app().db.read(visit.vendor()).await?;
    let taxonomy = api::program::taxonomy(&mut tx).await?;
    drop(tx);
    let mut page = OwnProfile::of(draft, &taxonomy);
    page.action = visit.link("/profile");
    if !is_admitted(visit).await? {
        let text = "A profile can be saved once the program has admitted your organization.";
        page.notice = Some(Notice::held("First apply to the program", text));
        page.apply = Some(Link::new("See where you stand, or apply", &visit.link("/program")));
    }
    page.services = visit.link("/services");
    Ok(match own {
        Some(own) => page.with(own, &visit.link(&format!("/experts/{}", own.slug))),
        None => page,
    })
}

/// Whether the program has admitted the house: before, nothing can be kept.
async fn is_admitted(visit: &Visit) -> Result<bool, PageError> {
    let enrolled = program::own_enrollment(visit.app(), visit.caller()?).await?;
    Ok(enrolled.is_some_and(|e| e.state == EnrollmentState::Active))
}

#[handler]
pub async fn save_profile(visit: Visit, form: Form) -> Answer {
    let caller = visit.caller()?;
    let mut errors = Errors::default();
    let draft = typed(&form, &mut errors);
    let version = form.given("version").and_then(|v| v.parse().ok());
    let error = if errors.is_empty() {
        match directory::save_profile(visit.app(), caller, version, draft.clone()).await {
            Ok(_) => return Ok(visit.go_telling("/profile", &Flash::done("Profile saved"))),
            Err(error) => Some(PageError::from(error)),
        }
    } else {
        None
    };
    let own = directory::own_profile(visit.app(), caller).await?;
    let mut page = filled(&visit, &draft, own.as_ref()).await?;
    page.free_from = form.boxes("free_from");
    page.languages = form.get("languages").to_owned();
    match error {
        Some(error) if matches!(error.code(), Some("stale" | "if-match-wanted")) => {
            let text = "Your words are kept below. Save again to write over the other change.";
            page.notice = Some(Notice::held("It changed since you opened it", text));
        }
        // What was written stays, and the notice above it tells where to apply.
        Some(error) if error.code() == Some("not-enrolled") => {}
        Some(error) => page.errors = error.into_errors(control)?,
        None => page.errors = errors,
    }
    visit.again(&page)
}

#[handler]
pub async fn publish_profile(visit: Visit) -> Answer {
    let caller = visit.caller()?;
    let error = match directory::publish_profile(visit.app(), caller).await {
        Ok(_) => {
            let flash = Flash::done("Your profile is published").saying("Everyone can find it.");
            return Ok(visit.go_telling("/profile", &flash));
        }
        Err(error) => PageError::from(error),
    };
    let errors = error.into_errors(control)?;
    let own = directory::own_profile(visit.app(), caller).await?;
    let mut page = form_of(&visit, own.as_ref()).await?;
    page.errors = errors;
    visit.again(&page)
}

#[handler]
pub async fn unpublish_profile(visit: Visit) -> Answer {
    directory::unpublish_profile(visit.app(), visit.caller()?).await?;
    let flash = Flash::done("Your profile is hidden").saying("Nobody finds it or its services.");
    Ok(visit.go_telling("/profile", &flash))
}
