//! People of the program in an engagement: who was invited, inviting somebody, who reads what.

use api::engagements::{self, EngagementError, EngagementView, Guest, VendorPerson};
use api::identity::Deed;
use api::kernel::check::Invalid;
use api::kernel::id::{EngagementId, PersonId};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::standpoint::Standpoint;
use super::workspace::parse;
use super::{samples, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit, role_words};
use crate::view::{Avatar, Choice, Errors, Link, State, Tone};

/// A person who was ever invited.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub name: String,
    pub avatar: Avatar,
    pub reason: String,
    pub since: String,
    pub state: State,
    /// Where the seat is taken back; empty for who may not, and where there is none.
    pub remove: String,
    pub person: String,
}

/// The people of the program in one engagement.
#[derive(Debug, Serialize)]
pub struct Guests {
    pub engagement: Link,
    pub vendor: String,
    pub rows: Vec<Row>,
    /// Who may be invited; empty for who may not invite.
    pub people: Vec<Choice>,
    pub invite: String,
    /// Why nobody can be invited; empty when somebody can.
    pub closed: String,
    pub reason: String,
    pub errors: Errors,
}

#[handler]
pub async fn see_guests(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.page(&page(&visit, parse(&id)?, &Form::default()).await?)
}

async fn page(visit: &Visit, id: EngagementId, form: &Form) -> Result<Guests, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let seen = engagements::see_engagement(app, caller, id).await?;
    let stand = Standpoint::new(visit, &seen.overview, seen.sight);
    let over = seen.overview.engagement.state.is_over();
    let may = stand.side().is_some() && stand.may(Deed::InviteVendorStaff) && !over;
    let people = if may { engagements::list_invitable(app, caller, id).await? } else { Vec::new() };
    let mut page = Guests::of(&stand, &seen, may);
    page.people = choices(&people, form.get("person"));
    page.reason = form.get("reason").to_owned();
    page.closed = match (over, may, people.is_empty()) {
        (true, ..) => "The engagement has ended: nobody new is invited.".to_owned(),
        (_, false, _) if stand.side().is_some() => {
            "The owner or an admin of your organization invites people.".to_owned()
        }
        (_, false, _) => "The customer and the consultant invite people, by name.".to_owned(),
        (_, true, true) => format!("Everybody of {} is a guest already.", page.vendor),
        (_, true, false) => String::new(),
    };
    Ok(page)
}

fn choices(people: &[VendorPerson], chosen: &str) -> Vec<Choice> {
    let choice = |p: &VendorPerson| {
        let role = role_words(api::platform::caller::OrganizationKind::Vendor, p.role);
        let person = p.person.to_string();
        Choice::new(&person, &format!("{}, {role}", p.name), chosen == person)
    };
    let mut choices: Vec<Choice> = people.iter().map(choice).collect();
    if !choices.is_empty() {
        choices.insert(0, Choice::new("", "Choose", chosen.is_empty()));
    }
    choices
}

impl Guests {
    fn of(stand: &Standpoint<'_>, seen: &EngagementView, may: bool) -> Self {
        let of = &stand.of.engagement;
        let row = |g: &Guest| Row {
            name: g.name.clone(),
            avatar: Avatar::of(&g.name),
            reason: g.reason.clone(),
            since: words::day_of(stand.visit, g.since),
            state: match g.ended_at {
                None => State::new(Tone::Good, "eye", "Reads along"),
                Some(_) => State::new(Tone::Plain, "ban", "Left"),
            },
            remove: match g.ended_at {
                None if may => stand.link("/guests/remove"),
                _ => String::new(),
            },
            person: g.person.to_string(),
        };
        Self {
            engagement: Link::new(&of.label(), &stand.link("")),
            vendor: stand.visit.shell().program.vendor.clone(),
            rows: seen.guests.iter().map(row).collect(),
            people: Vec::new(),
            invite: stand.link("/guests"),
            closed: String::new(),
            reason: String::new(),
            errors: Errors::default(),
        }
    }
}

#[handler]
pub async fn invite_guest(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = parse(&id)?;
    let (app, caller) = (visit.app(), visit.caller()?);
    let invited = match (PersonId::parse(form.get("person")), form.given("reason")) {
        (None, _) => Err(Invalid::field("person", "Choose somebody").into()),
        (_, None) => Err(Invalid::field("reason", "Say what you invite them for").into()),
        (Some(person), Some(reason)) => {
            engagements::invite_guest(app, caller, id, (person, reason)).await
        }
    };
    let path = format!("{}/guests", words::engagement_path(id));
    match invited {
        Ok(guest) => {
            let flash = Flash::done(&format!("{} reads along now", guest.name));
            Ok(visit.go_telling(&path, &flash.saying("Until the engagement ends, or you end it.")))
        }
        Err(error) if error.code() == Some("invalid") => {
            let errors = words::faults(error, str::to_owned)?;
            let mut page = page(&visit, id, &form).await?;
            page.errors = errors;
            visit.again(&page)
        }
        Err(error) => words::told(&visit, &path, "Nobody was invited", error),
    }
}

#[handler]
pub async fn remove_guest(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = parse(&id)?;
    let path = format!("{}/guests", words::engagement_path(id));
    let (app, caller) = (visit.app(), visit.caller()?);
    let Some(person) = PersonId::parse(form.get("person")) else {
        return Err(EngagementError::NoGuestSeat.into());
    };
    engagements::remove_guest(app, caller, id, person).await?;
    let flash = Flash::done("The seat is taken back").saying("They read nothing here any more.");
    Ok(visit.go_telling(&path, &flash))
}

impl Page for Guests {
    const TEMPLATE: &'static str = "engagements/guests.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, state, remove: &str| Row {
            name: name.into(),
            avatar: Avatar::of(name),
            reason: "Deliverability of the first send".into(),
            since: "4 May".into(),
            state,
            remove: remove.into(),
            person: "0198".into(),
        };
        let page = |rows| Self {
            engagement: samples::link("A-2041", ""),
            vendor: "Larkfield".into(),
            rows,
            people: vec![Choice::new("0198", "Samir Haddad, Program · support", false)],
            invite: format!("{}/guests", samples::HOME),
            closed: String::new(),
            reason: String::new(),
            errors: Errors::default(),
        };
        let rows = vec![
            row("Samir Haddad", State::new(Tone::Good, "eye", "Reads along"), samples::HOME),
            row("Wei Lin", State::new(Tone::Plain, "ban", "Left"), ""),
        ];
        let errors = [("person", "Choose somebody")].into_iter().collect();
        let closed = Self {
            people: Vec::new(),
            closed: "The engagement has ended.".into(),
            ..page(Vec::new())
        };
        vec![
            ("usual", page(rows)),
            ("wrong", Self { errors, ..page(Vec::new()) }),
            ("closed", closed),
        ]
    }
}
