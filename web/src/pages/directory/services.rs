//! The organization's services: the list, and writing one.

use api::directory::{self, Service};
use api::identity::Deed;
use api::kernel::id::ServiceId;
use api::platform::caller::Caller;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::service_form::{ServiceForm, Typed, price, written};
use super::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Link, Notice, Pager, State};

/// One service in the list.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub title: String,
    pub href: String,
    pub outcome: String,
    pub state: State,
    pub access: String,
    pub price: String,
}

/// All services of the organization.
#[derive(Debug, Serialize)]
pub struct Services {
    pub rows: Vec<Row>,
    pub new: Option<Link>,
    pub profile: String,
    pub pager: Option<Pager>,
}

#[handler]
pub async fn list_services(visit: Visit, form: Form) -> Answer {
    let caller = visit.caller()?;
    let cursor = form.given("cursor");
    let (services, next) =
        directory::list_services(visit.app(), caller, None, None, cursor).await?;
    let row = |s: &Service| Row {
        title: s.fields.title.clone(),
        href: visit.link(&format!("/services/{}", s.id)),
        outcome: s.fields.outcome.clone(),
        state: words::service_state(s.state),
        access: words::access(s.fields.access).to_owned(),
        price: price(s),
    };
    let paged = cursor.is_some() || next.is_some();
    let pager = paged.then(|| Pager {
        shown: format!("{} shown", services.len()),
        earlier: cursor.map(|_| visit.link("/services")),
        later: next.map(|c| format!("{}?cursor={c}", visit.link("/services"))),
    });
    let new = may_edit(caller).then(|| Link::new("New service", &visit.link("/services/new")));
    let rows = services.iter().map(row).collect();
    visit.page(&Services { rows, new, profile: visit.link("/profile"), pager })
}

fn may_edit(caller: &Caller) -> bool {
    Deed::EditServices.allows(caller.kind, caller.role)
}

#[handler]
pub async fn new_service(visit: Visit, form: Form) -> Answer {
    let page = blank(&visit, &form).await?.0;
    if page.profiles.is_empty() {
        let text = "A service is found through a profile. Save yours, then write the service.";
        return Ok(visit.go_telling("/profile", &Flash::note("First your profile", text)));
    }
    visit.page(&page)
}

/// The form for a new service with what is typed already.
async fn blank(visit: &Visit, form: &Form) -> Result<(ServiceForm, Typed), PageError> {
    let caller = visit.caller()?;
    let profiles = directory::organization_profiles(visit.app(), caller).await?;
    let (mut page, mut typed) = filled(visit, |currency| Typed::read(form, currency)).await?;
    let own = profiles.iter().find(|p| p.person == caller.person).map(|p| p.id);
    typed.profile = typed.profile.or(own).or_else(|| profiles.first().map(|p| p.id));
    page.offered_by(&profiles, typed.profile);
    if profiles.is_empty() {
        let text = "A service is found through a profile. Write yours first.";
        page.notice = Some(Notice::info("No profile yet", text));
    }
    page.heading = "New service".to_owned();
    page.action = visit.link("/services/new");
    page.priced_at(&page.action.clone());
    Ok((page, typed))
}

async fn filled(
    visit: &Visit,
    typed: impl FnOnce(api::kernel::money::Currency) -> Typed,
) -> Result<(ServiceForm, Typed), PageError> {
    let mut tx = visit.app().db.read(visit.vendor()).await?;
    let taxonomy = api::program::taxonomy(&mut tx).await?;
    let currency = api::program::settings(&mut tx).await?.currency;
    drop(tx);
    let typed = typed(currency);
    let mut page = ServiceForm::of(&typed, &taxonomy, currency);
    page.services = visit.link("/services");
    Ok((page, typed))
}

#[handler]
pub async fn create_service(visit: Visit, form: Form) -> Answer {
    let (mut page, typed) = blank(&visit, &form).await?;
    if form.ticked("more") {
        return visit.page(&page);
    }
    if page.profiles.is_empty() {
        return visit.again(&page);
    }
    let draft = typed.draft.clone();
    let app = visit.app();
    match directory::create_service(app, visit.caller()?, typed.profile, draft).await {
        Ok(service) => {
            let path = format!("/services/{}", service.id);
            let flash = Flash::done("Draft saved").saying("Offer it when you are ready.");
            Ok(visit.go_telling(&path, &flash))
        }
        Err(error) => {
            page.refuse(typed.faults(error)?);
            visit.again(&page)
        }
    }
}

#[handler]
pub async fn one_service(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let service = find(&visit, &id).await?;
    let mut page = form_of(&visit, &service, None).await?.0;
    let by_hour = form.given("by").map_or(page.hours.is_some(), |by| by == "hour");
    page.priced_by_hour(by_hour);
    visit.page(&page)
}

async fn find(visit: &Visit, id: &str) -> Result<Service, PageError> {
    let id = ServiceId::parse(id).ok_or(Common::NotFound("service"))?;
    Ok(directory::see_service(visit.app(), visit.caller()?, id).await?)
}

/// The form of a service, with what was typed or with what is written.
async fn form_of(
    visit: &Visit,
    service: &Service,
    form: Option<&Form>,
) -> Result<(ServiceForm, Typed), PageError> {
    let (mut page, typed) = filled(visit, |currency| match form {
        Some(form) => Typed::read(form, currency),
        None => written(service),
    })
    .await?;
    page.with(service);
    page.heading = service.fields.title.clone();
    page.action = visit.link(&format!("/services/{}", service.id));
    page.priced_at(&page.action.clone());
    if !may_edit(visit.caller()?) {
        page.closed = "The owner or an admin of your organization edits services.".to_owned();
        page.can_publish = false;
        page.can_archive = false;
    }
    Ok((page, typed))
}

#[handler]
pub async fn save_service(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let service = find(&visit, &id).await?;
    let (mut page, typed) = form_of(&visit, &service, Some(&form)).await?;
    if form.ticked("more") {
        return visit.page(&page);
    }
    let version = form.given("version").and_then(|v| v.parse().ok());
    let version = version.ok_or(Common::VersionWanted)?;
    let (caller, draft) = (visit.caller()?, typed.draft.clone());
    let saved = directory::edit_service(visit.app(), caller, service.id, version, draft).await;
    match saved {
        Ok(_) => {
            let path = format!("/services/{}", service.id);
            return Ok(visit.go_telling(&path, &Flash::done("Service saved")));
        }
        Err(error) if error.code() == Some("stale") => {
            let text = "Your words are kept below. Save again to write over the other change.";
            page.notice = Some(Notice::held("It changed since you opened it", text));
        }
        Err(error) => {
            page.refuse(typed.faults(error)?);
        }
    }
    visit.again(&page)
}

#[handler]
pub async fn publish_service(visit: Visit, Path(id): Path<String>) -> Answer {
    let service = find(&visit, &id).await?;
    let path = format!("/services/{}", service.id);
    match directory::publish_service(visit.app(), visit.caller()?, service.id).await {
        Ok(_) => {
            let flash = Flash::done("The service is offered").saying("Everyone can find it.");
            Ok(visit.go_telling(&path, &flash))
        }
        Err(error) if error.code() == Some("profile-not-published") => {
            let flash = Flash::note("Not offered yet", &error.to_string());
            Ok(visit.go_telling(&path, &flash))
        }
        Err(error) => {
            let (mut page, typed) = form_of(&visit, &service, None).await?;
            page.refuse(typed.faults(error)?);
            visit.again(&page)
        }
    }
}

#[handler]
pub async fn archive_service(visit: Visit, Path(id): Path<String>) -> Answer {
    let service = find(&visit, &id).await?;
    directory::archive_service(visit.app(), visit.caller()?, service.id).await?;
    let flash = Flash::done("The service is archived").saying("Nobody finds it any more.");
    Ok(visit.go_telling("/services", &flash))
}

impl Page for Services {
    const TEMPLATE: &'static str = "directory/services.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |title: &str, state: State| Row {
            title: title.into(),
            href: "/p/larkfield/services/s-1".into(),
            outcome: "You get a map of the leaks and what each costs a month.".into(),
            state,
            access: "Read only".into(),
            price: "€1,800.00".into(),
        };
        let profile = "/p/larkfield/profile".to_owned();
        let usual = Self {
            rows: vec![row("Nurture audit", State::ACCEPTED), row("Redesign", State::DRAFT)],
            new: Some(Link::new("New service", "/p/larkfield/services/new")),
            profile: profile.clone(),
            pager: Some(Pager { shown: "2 shown".into(), earlier: None, later: None }),
        };
        vec![
            ("usual", usual),
            ("empty", Self { rows: Vec::new(), new: None, profile, pager: None }),
        ]
    }
}
