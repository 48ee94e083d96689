//! The console: the person of a letter tries the calls that it allows, without a key.
//!
//! What is sent goes through the gateway as a program's call does, and is in the access log. What
//! changes something in the account is shown first, and sent by a second press.

use api::access::{self, CatalogueCall, Grant, Standing, Told, TrialResult, Written};
use api::platform::refusal::Common;
use api::upstreams::Risk;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::console_answer::Shown;
use super::console_form::{CallForm, as_typed, curl, read};
use super::grant::find;
use super::words;
use crate::render::Page;
use crate::site::{Answer, Form, PageError, Visit};
use crate::view::{Choice, Errors, Link, Notice};

/// One letter's calls, one of them chosen.
#[derive(Debug, Default, Serialize)]
pub struct ConsolePage {
    pub eyebrow: Vec<Link>,
    pub lede: String,
    pub here: String,
    pub operations: Vec<Choice>,
    pub call: Option<CallForm>,
    /// The call put before its person once more, instead of the form.
    pub sure: Option<Sure>,
    pub answer: Option<Shown>,
    /// That the letter does not hold now.
    pub notice: Option<Notice>,
    pub curl: String,
    pub errors: Errors,
}

/// A call that changes something, before it is sent.
#[derive(Debug, Serialize)]
pub struct Sure {
    pub title: String,
    pub says: String,
    /// "PATCH /campaigns/cmp_1".
    pub address: String,
    pub body: String,
    pub hidden: Vec<Link>,
    pub send: String,
}

#[handler]
pub async fn show_console(visit: Visit, Path(id): Path<String>, query: Form) -> Answer {
    let grant = own(&visit, &id).await?;
    let calls = given(&visit, &grant);
    let chosen = calls.iter().find(|call| call.id == query.get("operation")).or(calls.first());
    let mut page = page_of(&visit, &grant, (&calls, chosen));
    if let Some(call) = chosen {
        page.call = Some(CallForm::of(call, &Form::default(), &Errors::default()));
        page.curl = curl(&gateway(&visit, &grant), call, None);
    }
    visit.page(&page)
}

/// Shows a write before it is sent; sends everything else, and a write that was pressed again.
#[handler]
pub async fn send_call(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let grant = own(&visit, &id).await?;
    let calls = given(&visit, &grant);
    let call = calls.iter().find(|call| call.id == form.get("operation"));
    let call = call.ok_or(Common::NotFound("call that this letter allows"))?;
    let mut page = page_of(&visit, &grant, (&calls, Some(call)));
    let (trial, mut errors) = read(call, &form);
    let written = access::write_call(visit.app(), &grant, &trial);
    if let Err(access::Unfit::Param(name)) = &written {
        let typed = form.given(&format!("p-{name}")).is_some();
        let say = match typed {
            true => format!("What is in {name} cannot stand in an address"),
            false => format!("Fill in {name}"),
        };
        errors.add(&format!("p-{name}"), &say);
    }
    let written = match written {
        Ok(written) if errors.is_empty() => written,
        _ => {
            page.curl = curl(&gateway(&visit, &grant), call, None);
            page.call = Some(CallForm::of(call, &form, &errors));
            page.errors = errors;
            return visit.again(&page);
        }
    };
    page.curl = curl(&gateway(&visit, &grant), call, Some(&written));
    let (looks, step) = (written.risk == Risk::Read, form.get("step"));
    if step == "change" || !looks && step != "send" {
        if step != "change" {
            page.sure = Some(sure(&grant, call, (&written, &form)));
        }
        page.call = Some(CallForm::of(call, &form, &errors));
        return visit.preview(&page);
    }
    let request = visit.shell().request_id.clone();
    let result =
        access::try_call(visit.app(), visit.caller()?, grant.id, (&written, &request)).await?;
    let went_out = !matches!(result.told, Told::Refused { outcome: access::Outcome::Refused, .. });
    page.answer = Some(shown(&visit, &grant, (&result, &request)));
    page.call = Some(CallForm::of(call, &form, &errors));
    // What changed something is not sent again by going back and forth in the browser.
    if looks || !went_out { visit.preview(&page) } else { visit.page(&page) }
}

/// The letter, for the person whom it names alone.
async fn own(visit: &Visit, id: &str) -> Result<Grant, PageError> {
    let grant = find(visit, id).await?;
    let caller = visit.caller()?;
    if caller.person == grant.consultant && caller.organization == grant.partner {
        return Ok(grant);
    }
    let who = format!("Only {} tries calls with this letter of access.", grant.consultant_name);
    Err(Common::NotPermitted(who).into())
}

fn given(visit: &Visit, grant: &Grant) -> Vec<CatalogueCall> {
    let calls = access::catalogue_of(visit.app(), grant);
    calls.into_iter().filter(|call| call.permission.is_given()).collect()
}

fn gateway(visit: &Visit, grant: &Grant) -> String {
    visit.app().site.link(&format!("/gw/{}", grant.id))
}

fn page_of(
    visit: &Visit,
    grant: &Grant,
    (calls, chosen): (&[CatalogueCall], Option<&CatalogueCall>),
) -> ConsolePage {
    let letter = visit.link(&format!("/grants/{}", grant.id));
    let option = |call: &CatalogueCall| {
        let asks = call.permission == access::Permission::Asked;
        let asks = if asks { " · asks the customer first" } else { "" };
        let label = format!("{} · {} {}{asks}", call.title, call.method, call.path);
        Choice::new(&call.id, &label, chosen.is_some_and(|chosen| chosen.id == call.id))
    };
    ConsolePage {
        eyebrow: vec![
            Link::new("Access", &visit.link("/access")),
            Link::new("Letter of access", &letter),
        ],
        lede: lede(&words::place(visit.app(), grant), &grant.customer_name),
        here: format!("{letter}/console"),
        operations: calls.iter().map(option).collect(),
        notice: rests(grant),
        ..ConsolePage::default()
    }
}

fn lede(place: &str, customer: &str) -> String {
    format!(
        "These are real calls in {place}, {customer}’s account. Each is held against your letter \
         and leaves a line in the access log, as a call of your program does."
    )
}

fn rests(grant: &Grant) -> Option<Notice> {
    let text = "A call is refused now, and the refusal is in the log.";
    let title = match grant.standing {
        Standing::InForce => return None,
        Standing::Requested => "This letter is not granted yet",
        Standing::Suspended => "This letter rests while the work does",
        Standing::NeedsReconnect => "The customer has to connect the account again",
        Standing::NotBegun => "This letter is agreed to, and begins on a later day",
        Standing::Unfunded => "This letter works once its milestone is funded",
        Standing::Unused if grant.rests_by_deed() => "This letter rests: it was stopped for now",
        Standing::Unused => "This letter rests: it was not used for 30 days",
        Standing::Expired | Standing::Ended => "This letter is over",
    };
    Some(Notice::held(title, text))
}

fn sure(grant: &Grant, call: &CatalogueCall, (written, form): (&Written, &Form)) -> Sure {
    let asks = call.permission == access::Permission::Asked;
    let place = grant.account_name.clone().unwrap_or_default();
    let (says, send) = if asks {
        let says = "Nothing goes out yet: the customer is asked for a yes to exactly this.";
        (says.to_owned(), "Ask the customer")
    } else {
        (format!("This is no rehearsal: it takes effect in {place} at once."), "Send it")
    };
    let query = written.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    Sure {
        title: if asks { "Ask for this?".to_owned() } else { format!("Send this to {place}?") },
        says,
        address: format!("{} {}{query}", written.method, written.path),
        body: written.body.clone().unwrap_or_default(),
        hidden: as_typed(call, form),
        send: send.to_owned(),
    }
}

fn shown(visit: &Visit, grant: &Grant, (result, request): (&TrialResult, &str)) -> Shown {
    let log = format!("{}?grant={}", visit.link("/access/log"), grant.id);
    let line = result.entry.map(|id| format!("#call-{id}")).unwrap_or_default();
    let mut shown = Shown::of(result, request);
    shown.log = format!("{log}{line}");
    if let Told::Refused { approval: Some(id), .. } = &result.told {
        shown.approval = visit.link(&format!("/approvals/{id}"));
    }
    shown
}

impl Page for ConsolePage {
    const TEMPLATE: &'static str = "access/console.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let look = |answer| Self {
            call: Some(CallForm::sample_look()),
            curl: "curl -H \"Authorization: Bearer $ATTACHE_KEY\" 'https://p.example/gw/g-1/lists'"
                .into(),
            answer,
            ..bare()
        };
        let write = || Self { call: Some(CallForm::sample_write()), ..bare() };
        let sure = Sure {
            title: "Send this to Fjordhaus Outdoor EU?".into(),
            says: "This is no rehearsal: it takes effect at once.".into(),
            address: "PATCH /campaigns/cmp_1".into(),
            body: "{\n  \"name\": \"Spring\"\n}".into(),
            hidden: vec![Link::new("operation", "change-campaign")],
            send: "Send it".into(),
        };
        let wrong = [("p-campaign", "Fill this in")].into_iter().collect();
        vec![
            ("look", look(None)),
            ("answer", look(Some(Shown::sample_answer()))),
            ("refused", look(Some(Shown::sample_refused()))),
            ("asked", Self { answer: Some(Shown::sample_asked()), ..write() }),
            ("write", write()),
            ("sure", Self { sure: Some(sure), ..write() }),
            ("wrong", Self { errors: wrong, ..write() }),
            ("empty", Self { operations: Vec::new(), notice: None, ..bare() }),
            ("rests", Self { notice: Some(Notice::held("This letter is over", "")), ..bare() }),
        ]
    }
}

fn bare() -> ConsolePage {
    ConsolePage {
        eyebrow: vec![Link::new("Letter of access", "/p/larkfield/grants/g-1")],
        lede: lede("Fjordhaus Outdoor EU", "Fjordhaus"),
        here: "/p/larkfield/grants/g-1/console".into(),
        operations: vec![Choice::new("list-lists", "Looked through lists · GET /lists", true)],
        ..ConsolePage::default()
    }
}
