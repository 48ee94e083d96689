//! Writing a proposal: from a service or an empty page, looked at before it is sent.

use api::directory::Offer;
use api::matching::{self, BriefState, InvitationFile, InvitationState, ProposalState};
use api::platform::refusal::Error;
use api::program::{self, Settings, Work};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::invitation::find;
use super::parts::{self, OfferSheet, Plan, Told, WhoGets};
use super::proposal_form::ProposalForm;
use super::typed_proposal::{Carried, Typed};
use super::words as told;
use crate::format;
use crate::pages::directory::hour_boxes::HourBoxes;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Link, Notice};

/// A proposal as the customer would see it, and what it brings.
#[derive(Debug, Serialize)]
pub struct Preview {
    pub customer: String,
    pub invitation: Option<Link>,
    pub action: String,
    pub title: String,
    pub offer: OfferSheet,
    pub gets: WhoGets,
    /// "14 days".
    pub valid: String,
    /// What was typed, carried along.
    pub carried: Vec<Carried>,
}

/// What a proposal is written for and by which rules.
struct Desk {
    file: InvitationFile,
    services: Vec<Offer>,
    settings: Settings,
    here: String,
}

impl Desk {
    async fn of(visit: &Visit, id: &str) -> Result<Self, PageError> {
        let caller = told::partner(visit)?;
        let file = find(visit, id).await?;
        let app = visit.app();
        let draft = matching::draft_proposal(app, caller, file.invitation.id, None).await?;
        let mut tx = app.db.read(visit.vendor()).await?;
        let settings = program::settings(&mut tx).await?;
        let here = visit.link(&format!("/invitations/{}/proposal", file.invitation.id));
        Ok(Self { file, services: draft.services, settings, here })
    }

    fn form(&self, visit: &Visit, typed: &Typed) -> ProposalForm {
        let mut page = ProposalForm::of(typed, self.settings.currency);
        page.starting_from(&self.services, &self.here);
        page.customer = self.file.brief.customer_name.clone();
        page.action.clone_from(&self.here);
        page.invitation = Some(self.invitation(visit));
        page.budget = told::budget(self.file.brief.budget_min, self.file.brief.budget_max);
        page
    }

    fn invitation(&self, visit: &Visit) -> Link {
        let path = format!("/invitations/{}", self.file.invitation.id);
        Link::new(&self.file.brief.title, &visit.link(&path))
    }

    /// Why nothing can be proposed now.
    fn closed(&self) -> Option<&'static str> {
        let open = self.file.proposals.iter().any(|p| p.state == ProposalState::Open);
        match (self.file.brief.state, self.file.invitation.state) {
            (BriefState::Booked, _) => Some("The brief is booked."),
            (BriefState::Draft | BriefState::Closed, _) => Some("The brief is closed."),
            (_, InvitationState::Declined) => Some("You declined the invitation."),
            (_, InvitationState::Withdrawn) => Some("The invitation was withdrawn."),
            _ if open => Some("You have an open proposal. Withdraw it before you send another."),
            _ => None,
        }
    }
}

#[handler]
pub async fn write_proposal(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let desk = Desk::of(&visit, &id).await?;
    if let Some(why) = desk.closed() {
        let path = format!("/invitations/{}", desk.file.invitation.id);
        return Ok(visit.go_telling(&path, &Flash::note("Nothing to propose now", why)));
    }
    let (app, caller) = (visit.app(), visit.caller()?);
    let asked = api::kernel::id::ServiceId::parse(form.get("service"));
    let mut draft =
        matching::draft_proposal(app, caller, desk.file.invitation.id, asked).await?.proposal;
    if form.get("service") == "none" {
        draft.service = None;
        draft.title.clone_from(&desk.file.brief.title);
        draft.milestones.clear();
        draft.hourly = None;
        draft.access_preset = api::directory::AccessPreset::None;
    }
    let mut typed = Typed::of(&draft);
    if form.get("by") == "hour" && typed.hours.is_none() {
        typed.hours = Some(HourBoxes::default());
    }
    visit.desk(&desk.form(&visit, &typed))
}

#[handler]
pub async fn take_proposal(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let desk = Desk::of(&visit, &id).await?;
    let typed = Typed::read(&form);
    match form.get("do") {
        "preview" => preview(&visit, &desk, &typed).await,
        "send" => send(&visit, &desk, &typed).await,
        _ => visit.preview(&desk.form(&visit, &typed)),
    }
}

async fn preview(visit: &Visit, desk: &Desk, typed: &Typed) -> Answer {
    let new = typed.proposal(desk.settings.currency);
    let title = new.title.trim().to_owned();
    let fits = new.service.is_none_or(|id| desk.services.iter().any(|s| s.service == id));
    let usual = desk.settings.offer_valid_days;
    let checked = match new.checked(desk.settings.currency, usual, fits) {
        Ok(checked) => checked,
        Err(invalid) => return refused(visit, desk, typed, invalid.into()),
    };
    let (app, brief) = (visit.app(), &desk.file.brief);
    let service = desk.services.iter().find(|offer| Some(offer.service) == checked.service);
    let work = Work {
        partner: visit.caller()?.organization,
        customer: brief.customer,
        category: service.map(|offer| offer.category.clone()),
    };
    let plan = Plan::checked(&checked);
    let prices: Vec<_> = plan.prices().into_iter().map(|(_, price)| price).collect();
    let mut tx = app.db.read(visit.vendor()).await?;
    let shares = matching::shares_of_prices(&mut tx, &work, &prices, app.clock.now()).await?;
    drop(tx);
    let own = visit.seat().map(|seat| seat.organization_name.clone()).unwrap_or_default();
    let told = Told { settings: &desk.settings, partner: &own, own: true };
    visit.preview(&Preview {
        customer: brief.customer_name.clone(),
        invitation: Some(desk.invitation(visit)),
        action: desk.here.clone(),
        title,
        offer: OfferSheet::of(&checked.note, checked.access_preset, plan),
        gets: parts::who_gets(&shares, plan, &told),
        valid: format::count(u64::try_from(checked.valid_days).unwrap_or_default(), "day", "days"),
        carried: typed.carried(),
    })
}

async fn send(visit: &Visit, desk: &Desk, typed: &Typed) -> Answer {
    let new = typed.proposal(desk.settings.currency);
    let (app, caller) = (visit.app(), visit.caller()?);
    match matching::send_proposal(app, caller, desk.file.invitation.id, new).await {
        Ok(proposal) => {
            let text =
                format!("{} was told. You get a mail when they decide.", proposal.customer_name);
            let flash = Flash::done("Proposal sent").saying(&text);
            Ok(visit.go_telling(&format!("/proposals/{}", proposal.id), &flash))
        }
        Err(error) => refused(visit, desk, typed, error),
    }
}

/// The form again with what is wrong, or with what happened meanwhile.
fn refused(visit: &Visit, desk: &Desk, typed: &Typed, error: Error) -> Answer {
    let mut page = desk.form(visit, typed);
    let meanwhile = ["proposal-already-open", "invitation-state", "brief-state", "not-enrolled"];
    if error.code().is_some_and(|code| meanwhile.contains(&code)) {
        page.notice = Some(Notice::held("Not sent", &error.to_string()));
        return visit.again(&page);
    }
    let found = PageError::from(error).into_errors(|field| typed.control(field))?;
    page.refuse(typed.reworded(found, desk.settings.currency));
    visit.again(&page)
}

impl Page for Preview {
    const TEMPLATE: &'static str = "matching/preview.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            customer: "Fjordhaus Outdoor EU".into(),
            invitation: Some(Link::new("Dealer leads go cold", "/p/larkfield/invitations/i-1")),
            action: "/p/larkfield/invitations/i-1/proposal".into(),
            title: "Dealer lead flow".into(),
            offer: parts::sample_offer(),
            gets: parts::sample_shares(true),
            valid: "14 days".into(),
            carried: vec![Carried::new("title", "Dealer lead flow")],
        };
        vec![("usual", page)]
    }
}
