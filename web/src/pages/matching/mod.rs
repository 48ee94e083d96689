//! Pages of matching: briefs, explained matches, invitations, proposals.
//! Both sides see the same proposal; a match tells how its points add up.

use poem::Route;

use crate::samples::Sample;

pub fn samples() -> Vec<Sample> {
    Vec::new()
}

pub fn routes(routes: Route) -> Route {
    routes
}
