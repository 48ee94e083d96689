//! The people of a partner or reseller, as the vendor's staff see them; and seats that have ended.

use api::identity::{self, Departed};
use api::kernel::id::OrganizationId;
use api::platform::refusal::Common;
use poem::web::Path;
use poem::{Route, get, handler};
use serde::Serialize;

use super::choices::role_label;
use crate::format;
use crate::render::Page;
use crate::samples::Sample;
use crate::site::{Answer, Visit};
use crate::view::Avatar;

/// A seat that has ended, in words.
#[derive(Debug, Clone, Serialize)]
pub struct DepartedLine {
    pub name: String,
    pub role: String,
    pub ended: String,
    /// Its proof list.
    pub href: String,
}

impl DepartedLine {
    pub fn of(visit: &Visit, one: &Departed) -> Self {
        Self {
            name: one.name.clone(),
            role: role_label(one.role).to_owned(),
            ended: format::instant(one.ended_at, visit.zone(), visit.app().clock.now()),
            href: visit.link(&format!("/members/{}/departure", one.membership)),
        }
    }

    pub fn sample() -> Self {
        Self {
            name: "Jonas Berg".into(),
            role: "Consultant".into(),
            ended: "Tuesday 12 May, 18:00".into(),
            href: "/p/larkfield/members/m-2/departure".into(),
        }
    }
}

/// Someone with a seat.
#[derive(Debug, Serialize)]
pub struct PersonLine {
    pub name: String,
    pub email: String,
    pub avatar: Avatar,
    pub role: String,
    pub since: String,
    /// The page before their work ends.
    pub end: String,
}

/// Everyone of one partner.
#[derive(Debug, Serialize)]
pub struct People {
    pub title: String,
    pub partners: String,
    pub people: Vec<PersonLine>,
    pub departed: Vec<DepartedLine>,
}

pub fn samples() -> Vec<Sample> {
    People::sample_list()
}

pub fn routes(routes: Route) -> Route {
    routes.at("/partners/:organization/people", get(list_people))
}

#[handler]
async fn list_people(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = OrganizationId::parse(&id).ok_or(Common::NotFound("partner"))?;
    let found = identity::people_of(visit.app(), visit.caller()?, id).await?;
    let line = |one: &identity::Colleague| PersonLine {
        name: one.name.clone(),
        email: one.email.clone(),
        avatar: Avatar::of(&one.name),
        role: role_label(one.role).to_owned(),
        since: format::date(one.since.with_timezone(&visit.zone()).date_naive()),
        end: visit.link(&format!("/members/{}/departure", one.membership)),
    };
    visit.page(&People {
        title: format!("People of {}", found.organization),
        partners: visit.link("/partners"),
        people: found.open.iter().map(line).collect(),
        departed: found.departed.iter().map(|one| DepartedLine::of(&visit, one)).collect(),
    })
}

impl Page for People {
    const TEMPLATE: &'static str = "identity/people.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let person = PersonLine {
            name: "Ines Oyelaran-Brandt".into(),
            email: "ines@brandt-lifecycle.example".into(),
            avatar: Avatar::of("Ines Oyelaran-Brandt"),
            role: "Owner".into(),
            since: "12 May 2026".into(),
            end: "/p/larkfield/members/m-1/departure".into(),
        };
        let page = |people, departed| Self {
            title: "People of Brandt Lifecycle".into(),
            partners: "/p/larkfield/partners".into(),
            people,
            departed,
        };
        vec![
            ("usual", page(vec![person], vec![DepartedLine::sample()])),
            ("empty", page(Vec::new(), Vec::new())),
        ]
    }
}
