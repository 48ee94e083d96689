//! Where each role begins: what waits, for whom, until when.

use poem::{Route, get, handler};
use serde::Serialize;

use crate::render::Page;
use crate::samples::Sample;
use crate::site::{Answer, Visit};
use crate::view::Link;

/// The start page of a signed-in person.
#[derive(Debug, Serialize)]
pub struct Home {
    pub name: String,
    pub organization: String,
    /// The next things to do, the most pressing first.
    pub ways: Vec<Link>,
}

impl Page for Home {
    const TEMPLATE: &'static str = "home/home.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let ways = vec![Link::new("Write a brief", "/p/larkfield/briefs/new")];
        let name = "Petra Lindqvist".into();
        vec![("usual", Self { name, organization: "Fjordhaus Outdoor".into(), ways })]
    }
}

pub fn samples() -> Vec<Sample> {
    Home::sample_list()
}

pub fn routes(routes: Route) -> Route {
    routes.at("/", get(home))
}

#[handler]
async fn home(visit: Visit) -> Answer {
    if visit.signed_in().is_none() {
        return Ok(visit.go("/sign-in"));
    }
    visit.caller()?;
    let organization = visit.seat().map(|s| s.organization_name.clone()).unwrap_or_default();
    let name = visit.person()?.person.name.clone();
    let ways = visit.shell().nav.iter().filter(|n| !n.current);
    let ways = ways.map(|n| Link::new(&n.label, &n.href)).collect();
    visit.page(&Home { name, organization, ways })
}
