//! What on a letter waits for the customer's answer, and where it is answered.

use api::access::Grant;
use serde::Serialize;

use super::words;
use crate::format;
use crate::site::Visit;

/// What waits for the customer's answer.
#[derive(Debug, Serialize)]
pub struct Asked {
    pub title: String,
    pub until: String,
    pub decide: String,
    pub decline: String,
    /// Whether the answer chooses what is allowed, not only yes or no.
    pub chooses: bool,
}

/// What stands above the words of whoever asked.
pub fn reason_title(grant: &Grant) -> String {
    let who = words::first_name(&grant.consultant_name);
    match (grant.succeeds, grant.proposed_by) {
        (Some(_), _) => format!("Why {who} was proposed"),
        (None, Some(_)) => format!("Why it was asked for {who}"),
        (None, None) => format!("Why {who} asked"),
    }
}

pub fn asked(visit: &Visit, grant: &Grant) -> Asked {
    let who = words::first_name(&grant.consultant_name);
    let until = grant.answer_by.map(|at| words::moment(visit, at)).unwrap_or_default();
    let place = words::place(visit.app(), grant);
    let (title, decide) = if grant.succeeds.is_some() {
        (format!("Shall {who} take over in {place}?"), format!("/grants/{}/take-over", grant.id))
    } else {
        let page = format!("/engagements/{}/access?request={}", grant.engagement, grant.id);
        let title = match grant.proposed_by {
            Some(_) => format!("{who} is to have access to {place}"),
            None => format!("{who} asks for access to {place}"),
        };
        (title, page)
    };
    Asked {
        title,
        until,
        chooses: grant.succeeds.is_none(),
        decide: visit.link(&decide),
        decline: visit.link(&format!("/grants/{}/decline", grant.id)),
    }
}

/// "asked by Ines, 17 April, 15:22"; "asked for Ines" where a colleague did.
pub fn asked_line(visit: &Visit, request: &Grant) -> String {
    let at = request.requested_at.unwrap_or(request.created_at);
    let how = if request.proposed_by.is_some() { "for" } else { "by" };
    let who = words::first_name(&request.consultant_name);
    format!("asked {how} {who}, {}", words::short(visit, at))
}

/// What waits for an answer on more or longer.
pub fn more(visit: &Visit, grant: &Grant) -> Asked {
    let who = words::first_name(&grant.consultant_name);
    let here = visit.link(&format!("/grants/{}/more", grant.id));
    Asked {
        title: format!("{who} asks for more in {}", words::place(visit.app(), grant)),
        until: grant.more_until.map(|at| words::moment(visit, at)).unwrap_or_default(),
        decline: format!("{here}/decline"),
        chooses: true,
        decide: here,
    }
}

/// For how long it was asked: "for 30 days".
pub fn wished(request: &Grant) -> String {
    let days = request.requested.as_ref().and_then(|asked| asked.days);
    let days = days.and_then(|days| u64::try_from(days).ok());
    days.map(|days| format!("for {}", format::count(days, "day", "days"))).unwrap_or_default()
}
