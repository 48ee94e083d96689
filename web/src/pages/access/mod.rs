//! Pages of access: connected accounts, letters of access, the log of every call.
//! Each page tells in sentences what a person may and may not do, and ends access in one act.

use poem::Route;

use crate::samples::Sample;

pub fn samples() -> Vec<Sample> {
    Vec::new()
}

pub fn routes(routes: Route) -> Route {
    routes
}
