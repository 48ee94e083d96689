//! Pages of an engagement: the contract, the work, the talk, the end and the reviews.
//! Each page says first whose turn it is, and what happens if nobody acts.

use poem::Route;

use crate::samples::Sample;

pub fn samples() -> Vec<Sample> {
    Vec::new()
}

pub fn routes(routes: Route) -> Route {
    routes
}
