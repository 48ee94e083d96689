//! Applying to the program.

use api::identity::Deed;
use api::platform::caller::{Caller, OrganizationKind};
use api::platform::refusal::Common;
use api::program::{self, ApplicationState, EnrollmentState, PartnerKind};
use poem::handler;

use super::apply_form::{ApplyForm, Typed};
use super::words;
use crate::site::{Answer, Flash, Form, PageError, Visit};

#[handler]
pub async fn apply_form(visit: Visit, form: Form) -> Answer {
    let caller = visit.caller()?;
    if let Some(flash) = settled(&visit, caller).await? {
        return Ok(visit.go_telling("/program", &flash));
    }
    let (page, _) = filled(&visit, &form).await?;
    visit.page(&page)
}

/// What to say instead of a form: the organization is in, or its application waits.
async fn settled(visit: &Visit, caller: &Caller) -> Result<Option<Flash>, PageError> {
    let place = program::my_standing(visit.app(), caller).await?;
    let state = place.map(|place| place.enrollment.state);
    if state.is_some_and(|state| state != EnrollmentState::Terminated) {
        return Ok(Some(Flash::note("Your organization is in the program already", "")));
    }
    let sent = program::my_applications(visit.app(), caller).await?;
    let waits = sent.iter().any(|it| it.state == ApplicationState::Submitted);
    let text = "Take it back first if you want to send another.";
    Ok(waits.then(|| Flash::note("Your application waits for an answer", text)))
}

/// The form with what is typed, for an organization that can apply.
async fn filled(visit: &Visit, form: &Form) -> Result<(ApplyForm, Typed), PageError> {
    let caller = visit.caller()?;
    let kind = match caller.kind {
        OrganizationKind::Partner => PartnerKind::Consultant,
        OrganizationKind::Reseller => PartnerKind::Reseller,
        OrganizationKind::Customer | OrganizationKind::Vendor => {
            let detail = "Organizations of consultants and resellers apply. Add one of yours in \
                          the settings, then act as it.";
            return Err(Common::NotPermitted(detail.to_owned()).into());
        }
    };
    let typed = Typed::read(form, kind);
    let taxonomy = program::public_taxonomy(visit.app(), visit.vendor()).await?;
    let agreement = program::public_agreement(visit.app(), visit.vendor()).await?;
    let mut page = ApplyForm::of(&typed, &taxonomy, &agreement);
    page.organization = visit.seat().map(|s| s.organization_name.clone()).unwrap_or_default();
    page.action = visit.link("/program/apply");
    page.standing = visit.link("/program");
    page.agreement = visit.link("/program/agreement");
    if !Deed::ApplyToProgram.allows(caller.kind, caller.role) {
        page.closed = words::only("owner", "apply");
    }
    Ok((page, typed))
}

#[handler]
pub async fn send_application(visit: Visit, form: Form) -> Answer {
    let (mut page, typed) = filled(&visit, &form).await?;
    if form.ticked("more") {
        return visit.preview(&page);
    }
    // Whoever did not tick has not accepted: no version and no hash go along.
    let mut new = typed.new.clone();
    if !typed.agreed {
        new.agreement_version.clear();
    }
    match program::apply(visit.app(), visit.caller()?, new).await {
        Ok(it) => {
            let vendor = &visit.shell().program.vendor;
            let flash = Flash::done("Your application is sent");
            let flash = flash.saying(&format!("{vendor} decides. You are told by mail."));
            Ok(visit.go_telling(&format!("/program/applications/{}", it.id), &flash))
        }
        Err(error) if error.code() == Some("agreement-changed") && typed.agreed => {
            let message =
                "The agreement changed while you wrote. Read the new text, then accept it";
            page.errors.add("agreed", message);
            visit.again(&page.refused())
        }
        Err(error) if error.code() == Some("agreement-changed") => {
            page.errors.add("agreed", "Read the agreement, then tick the box");
            visit.again(&page.refused())
        }
        Err(error) if is_settled(error.code()) => {
            Ok(visit.go_telling("/program", &Flash::note("Not sent", &error.to_string())))
        }
        Err(error) => {
            page.errors = PageError::from(error).into_errors(|field| typed.control(field))?;
            if !typed.agreed {
                page.errors.add("agreed", "Read the agreement, then tick the box");
            }
            visit.again(&page.refused())
        }
    }
}

fn is_settled(code: Option<&str>) -> bool {
    matches!(code, Some("application-open" | "already-enrolled"))
}
