//! What a letter's holder can call at the gateway: the catalogue, call by call.

use api::access::{self, CatalogueCall, Grant, Permission, Standing};
use api::platform::refusal::Common;
use api::upstreams::Risk;
use poem::http::header;
use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use super::grant::find;

use crate::format;
use crate::site::{Answer, Visit};
use crate::view::{State, Tone};

/// The catalogue as a letter's page shows it.
#[derive(Debug, Serialize)]
pub struct Calls {
    /// "9 of 22 calls".
    pub note: String,
    pub given: Vec<CallLine>,
    pub others: Vec<CallLine>,
    /// "13 calls that this letter does not allow".
    pub others_note: String,
    /// The description of the calls given, for a program to be made from.
    pub description: String,
    /// Where they are tried; empty for everybody but the person of a letter in force.
    pub console: String,
}

/// One call.
#[derive(Debug, Serialize)]
pub struct CallLine {
    pub title: String,
    pub id: String,
    pub address: String,
    /// Which names its query and body take.
    pub takes: String,
    pub risk: &'static str,
    pub state: State,
}

/// Nothing when the terms cannot be read.
pub fn calls_of(visit: &Visit, grant: &Grant) -> Option<Calls> {
    let calls = access::catalogue_of(visit.app(), grant);
    let here = |tail: &str| visit.link(&format!("/grants/{}{tail}", grant.id));
    let own = visit.caller().is_ok_and(|caller| {
        caller.person == grant.consultant && caller.organization == grant.partner
    });
    let tries = own && grant.standing == Standing::InForce;
    let console = if tries { here("/console") } else { String::new() };
    (!calls.is_empty()).then(|| told(calls, (here("/openapi.json"), console)))
}

/// The letter's description in OpenAPI, as a file.
#[handler]
pub async fn describe(visit: Visit, Path(id): Path<String>) -> Answer {
    let grant = find(&visit, &id).await?;
    let described = access::description_of(visit.app(), &grant);
    let described = described.ok_or(Common::NotFound("letter of access"))?;
    let response = Response::builder()
        .content_type("application/json")
        .header(header::CONTENT_DISPOSITION, "attachment; filename=\"openapi.json\"")
        .body(described.to_string());
    Ok(response)
}

fn told(calls: Vec<CatalogueCall>, (description, console): (String, String)) -> Calls {
    let (given, others): (Vec<_>, Vec<_>) =
        calls.into_iter().partition(|call| call.permission.is_given());
    let count = |n: usize| format::count(u64::try_from(n).unwrap_or(0), "call", "calls");
    Calls {
        note: format!("{} of {}", given.len(), count(given.len() + others.len())),
        others_note: format!("{} that this letter does not allow", count(others.len())),
        description,
        console,
        given: given.into_iter().map(line).collect(),
        others: others.into_iter().map(line).collect(),
    }
}

fn line(call: CatalogueCall) -> CallLine {
    CallLine {
        takes: takes(&call),
        title: call.title,
        id: call.id,
        address: format!("{} {}", call.method, call.path),
        risk: risk(call.risk),
        state: state(call.permission),
    }
}

fn takes(call: &CatalogueCall) -> String {
    let part = |kind: &str, names: &[String]| {
        (!names.is_empty()).then(|| format!("{kind}: {}", names.join(", ")))
    };
    let fields = if call.form { "Fields of a form" } else { "Fields" };
    let parts = [part("Query", &call.query), part(fields, &call.fields)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

pub fn risk(risk: Risk) -> &'static str {
    match risk {
        Risk::Read => "Look",
        Risk::Write => "Write",
        Risk::Send => "Send",
        Risk::Delete => "Delete",
        Risk::Export => "Export",
        Risk::Admin => "Administer",
    }
}

pub fn state(permission: Permission) -> State {
    match permission {
        Permission::Given => State::new(Tone::Good, "done", "Allowed"),
        Permission::Limited => State::new(Tone::Held, "key", "Only what is named"),
        Permission::Asked => State::new(Tone::Held, "eye", "After a yes each time"),
        Permission::NotGiven => State::new(Tone::Nothing, "ban", "Not in the letter"),
        Permission::Changed => State::new(Tone::Bad, "alert", "Changed since: ask anew"),
        Permission::Ungiven => State::new(Tone::Bad, "alert", "The account does not allow it"),
    }
}

impl Calls {
    pub fn sample() -> Self {
        let call = |id: &str, method: &str, permission| CatalogueCall {
            id: id.into(),
            title: "Changed a draft".into(),
            method: method.into(),
            path: "/campaigns/{campaign}".into(),
            risk: Risk::Write,
            query: Vec::new(),
            fields: vec!["name".into(), "subject".into()],
            params: vec!["campaign".into()],
            only: Default::default(),
            takes_body: true,
            form: false,
            download: false,
            most_body: 1024 * 1024,
            withheld: Vec::new(),
            permission,
        };
        let calls = [
            call("see-campaign", "GET", Permission::Given),
            call("change-campaign", "PATCH", Permission::Limited),
            call("schedule-campaign", "POST", Permission::Asked),
            call("delete-campaign", "DELETE", Permission::NotGiven),
            call("send-campaign", "POST", Permission::Changed),
        ];
        let here = |tail: &str| format!("/p/larkfield/grants/g-1{tail}");
        told(calls.into(), (here("/openapi.json"), here("/console")))
    }
}
