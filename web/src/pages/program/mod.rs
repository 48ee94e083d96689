//! Pages of the program: applications, partners, fees, resellers of record, public rules.
//! Applicants see their standing here, the vendor what waits for a decision.

use poem::Route;

use crate::samples::Sample;

pub fn samples() -> Vec<Sample> {
    Vec::new()
}

pub fn routes(routes: Route) -> Route {
    routes
}
