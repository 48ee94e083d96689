//! Pages of money: paying a milestone, sending it back, payouts, earnings and statements.
//! Every amount opens its sum; nothing here decides that money has moved.

use poem::Route;

use crate::samples::Sample;

pub fn samples() -> Vec<Sample> {
    Vec::new()
}

pub fn routes(routes: Route) -> Route {
    routes
}
