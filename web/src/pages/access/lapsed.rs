//! A letter in force of which a part, or all, can no longer be used.

use std::collections::BTreeSet;

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
    let found = access::lapsed(visit.app(), grant);
    let application = words::application(visit.app(), &grant.upstream);
    let changed = part(&found.changed, |gone| {
        format!(
            "How {application} is called changed since it was granted. Calls for these are \
             refused: {gone}. {act}"
        )
    });
    let connect = if customer {
        "Connect the account again and allow it there, or let it be."
    } else {
        "They work again once the customer connects the account anew and allows it there."
    };
    let ungiven = part(&found.ungiven, |gone| {
        format!("{application} does not allow us these for the account: {gone}. {connect}")
    });
    let text: Vec<String> = changed.into_iter().chain(ungiven).collect();
    let title = "Part of this letter does not work";
    (!text.is_empty()).then(|| Notice::held(title, &text.join(" ")))
}

/// That a request names what the application no longer offers as it was asked for: a yes is to what
/// is left.
pub fn lapsed_since(visit: &Visit, request: &Grant) -> Option<Notice> {
    let gone = access::lapsed(visit.app(), request).changed;
    let application = words::application(visit.app(), &request.upstream);
    let text = part(&gone, |gone| {
        format!(
            "How {application} is called changed since. These are not granted by a yes: {gone}. \
             What is left is below."
        )
    })?;
    Some(Notice::held("Part of what was asked for is gone", &text))
}

fn part(gone: &BTreeSet<String>, say: impl Fn(String) -> String) -> Option<String> {
    let listed = gone.iter().cloned().collect::<Vec<_>>().join("; ");
    (!gone.is_empty()).then(|| say(listed))
}
