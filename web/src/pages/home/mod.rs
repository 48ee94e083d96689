//! Where each role begins: what waits, for whom, until when; for a visitor, what this is.
//! Only what the caller's own role may do counts as waiting for them.

mod customer;
mod front;
mod partner;
mod reseller;
mod today;
mod vendor;
mod waiting;
mod work;

use api::identity::roles::Deed;
use api::platform::caller::{Caller, OrganizationKind};
use poem::{Route, get, handler};

use crate::format;
use crate::render::Page;
use crate::samples::Sample;
use crate::site::{Answer, Visit, role_words};

pub use front::Programs;
use today::{Agenda, Today};

pub fn samples() -> Vec<Sample> {
    let all = [Today::sample_list(), front::Front::sample_list(), Programs::sample_list()];
    all.into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    routes.at("/", get(home))
}

/// Whether this caller's role may do it: what waits for a colleague is not their turn.
fn may(caller: &Caller, deed: Deed) -> bool {
    deed.allows(caller.kind, caller.role)
}

#[handler]
async fn home(visit: Visit) -> Answer {
    if visit.signed_in().is_none() {
        return front::front(&visit).await;
    }
    let caller = visit.caller()?;
    let agenda = match caller.kind {
        OrganizationKind::Customer => customer::agenda(&visit, caller).await?,
        OrganizationKind::Partner => partner::agenda(&visit, caller).await?,
        OrganizationKind::Reseller => reseller::agenda(&visit, caller).await?,
        OrganizationKind::Vendor => vendor::agenda(&visit, caller).await?,
    };
    visit.page(&page(&visit, caller, agenda)?)
}

fn page(visit: &Visit, caller: &Caller, agenda: Agenda) -> Result<Today, crate::site::PageError> {
    let now = visit.app().clock.now();
    let organization = visit.seat().map(|seat| seat.organization_name.clone());
    let eyebrow = vec![
        format::day_in(now, visit.zone(), now),
        organization.unwrap_or_default(),
        role_words(caller.kind, caller.role),
    ];
    Ok(Today::of(eyebrow, &visit.person()?.person.name, agenda))
}
