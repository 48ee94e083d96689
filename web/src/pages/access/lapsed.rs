//! A letter in force of which a part, or all, can no longer be used.

use api::access::{self, Grant, Terms};

use super::words;
use crate::site::Visit;
use crate::view::Notice;

/// That a letter in force names what cannot be done any more.
pub fn lapsed(visit: &Visit, grant: &Grant, customer: bool) -> Option<Notice> {
    let act = if customer { "End it and grant it anew." } else { "Ask for it again." };
    if Terms::read(&grant.terms).is_err() {
        let text = format!("Its terms cannot be read, so every call is refused. {act}");
        return Some(Notice::bad("This letter allows nothing", &text));
    }
    let gone = access::lapsed(visit.app(), grant);
    let application = words::application(visit.app(), &grant.upstream);
    let text = format!(
        "How {application} is called changed since it was granted. Calls for these are refused: \
         {}. {act}",
        gone.join("; ")
    );
    (!gone.is_empty()).then(|| Notice::held("Part of this letter no longer works", &text))
}
