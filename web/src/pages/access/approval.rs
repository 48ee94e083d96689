//! One call that waits for the customer's yes: what it changes, the exact bytes, the answer.

use api::access::{self, Answer as Said, Approval, ApprovalState, Change, OpenApproval};
use api::identity::Deed;
use api::kernel::id::WriteApprovalId;
use api::kernel::money::Money;
use api::platform::caller::Caller;
use api::platform::refusal::Common;
use api::upstreams::Unit;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::approval_words::{heading, standing, state, state_of};
use super::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{DiffRow, Errors, Figure, Link, Notice, State};

/// A call with everything to decide by.
#[derive(Debug, Default, Serialize)]
pub struct ApprovalPage {
    pub title: String,
    pub letter: Link,
    pub engagement: Link,
    pub first_name: String,
    pub state: Option<State>,
    /// What follows from its state, in a sentence.
    pub standing: String,
    pub notice: Option<Notice>,
    pub facts: Vec<Figure>,
    /// What the yes does not hold; empty where there is nothing to say.
    pub caution: String,
    /// What it changes; empty when it changes no field that is known.
    pub rows: Vec<DiffRow>,
    /// What to say over the rows, or in their place.
    pub changes: String,
    /// The thing it is about, as it is now, line by line.
    pub thing: Vec<Figure>,
    /// The version that the application gave it; empty when it gave none.
    pub version: String,
    /// "POST /campaigns/cmp_1/send".
    pub request: String,
    pub body: String,
    /// Whether bytes and thing are kept no longer.
    pub wiped: bool,
    pub hash: String,
    /// Where a yes or no goes; empty for whoever cannot answer.
    pub approve: String,
    pub decline: String,
    pub withdraw: String,
    /// Where a yes is taken back.
    pub recall: String,
    pub note: String,
    pub errors: Errors,
}

#[handler]
pub async fn see_call(visit: Visit, Path(id): Path<String>) -> Answer {
    let open = find(&visit, &id).await?;
    visit.page(&page_of(&visit, &open)?)
}

async fn find(visit: &Visit, id: &str) -> Result<OpenApproval, PageError> {
    let id = WriteApprovalId::parse(id).ok_or(Common::NotFound("call to approve"))?;
    Ok(access::get_approval(visit.app(), visit.caller()?, id).await?)
}

fn page_of(visit: &Visit, open: &OpenApproval) -> Result<ApprovalPage, PageError> {
    let (call, caller) = (&open.approval, visit.caller()?);
    let here = |tail: &str| visit.link(&format!("/approvals/{}{tail}", call.id));
    let waits = call.state == ApprovalState::Waiting;
    let answers = waits && may_answer(caller, call);
    let recalls = call.state == ApprovalState::Approved && may_answer(caller, call);
    let unsent = waits || call.state == ApprovalState::Approved;
    let takes_back = unsent && caller.person == call.person && caller.organization == call.partner;
    let link_if = |yes: bool, tail: &str| if yes { here(tail) } else { String::new() };
    let engagement = visit.link(&format!("/engagements/{}", call.engagement));
    let rows: Vec<DiffRow> = open.changes.iter().map(row).collect();
    Ok(ApprovalPage {
        title: title(call),
        letter: Link::new("Letter of access", &visit.link(&format!("/grants/{}", call.grant))),
        engagement: Link::new(&format!("Engagement {}", call.engagement_label()), &engagement),
        first_name: words::first_name(&call.person_name).to_owned(),
        state: Some(state_of(call)),
        standing: standing(visit, call),
        notice: None,
        facts: facts(visit, call),
        caution: if answers && reaches(call) { REACHES.to_owned() } else { String::new() },
        changes: if open.wiped { WIPED } else { heading(call, rows.is_empty()) }.to_owned(),
        thing: if rows.is_empty() { thing(open) } else { Vec::new() },
        rows,
        version: open.etag.clone().unwrap_or_default(),
        request: format!("{} {}", call.method, call.target),
        body: open.body.clone(),
        wiped: open.wiped,
        hash: hex::encode(&call.request_hash),
        approve: link_if(answers, "/approve"),
        decline: link_if(answers, "/decline"),
        withdraw: link_if(takes_back, "/withdraw"),
        recall: link_if(recalls, "/recall"),
        note: String::new(),
        errors: Errors::default(),
    })
}

const WIPED: &str = "What it was about and its bytes are kept no longer: that ends 30 days after a \
    call is over. Who said what to which request stays.";

fn may_answer(caller: &Caller, call: &Approval) -> bool {
    caller.organization == call.customer && Deed::GrantAccess.allows(caller.kind, caller.role)
}

/// "Ines asks to send a campaign".
pub fn title(call: &Approval) -> String {
    format!("{} asks to {}", words::first_name(&call.person_name), call.deed)
}

fn facts(visit: &Visit, call: &Approval) -> Vec<Figure> {
    let mut facts = vec![
        Figure::new("Account", call.account_name.clone()),
        Figure::new("Asked", words::moment(visit, call.asked_at)),
    ];
    if let Some((unit, count)) = call.uses {
        facts.push(Figure::new(counted(unit), amount(call, (unit, count))));
    }
    facts
}

/// What a yes to a sending does not hold, for whoever might think so.
const REACHES: &str = "Who is reached is settled by the application when it sends. The yes holds \
    as long as it is no more people than this; it does not hold who they are.";

fn reaches(call: &Approval) -> bool {
    call.uses.is_some_and(|(unit, _)| unit == Unit::Recipients)
}

fn counted(unit: Unit) -> &'static str {
    match unit {
        Unit::Recipients => "Reaches people",
        Unit::Contacts => "Takes out contacts",
        Unit::Deletes => "Deletes",
        Unit::Spend => "Spends at most",
    }
}

/// A number, or money where it is known of what.
fn amount(call: &Approval, (unit, count): (Unit, u64)) -> String {
    let money = call.currency.zip(i64::try_from(count).ok()).filter(|_| unit == Unit::Spend);
    match money {
        Some((currency, minor)) => Money::new(minor, currency).with_code(),
        None => access::grouped(count),
    }
}

fn row(change: &Change) -> DiffRow {
    let or = |text: &Option<String>| text.clone().unwrap_or_default();
    DiffRow::new(&change.field, &or(&change.before), &or(&change.after))
}

/// The fields of the thing that say something.
fn thing(open: &OpenApproval) -> Vec<Figure> {
    let object = open.before.as_ref().and_then(|before| before.as_object());
    let told = object.into_iter().flatten().filter(|(_, value)| !value.is_null());
    let text =
        |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    told.map(|(name, value)| Figure::new(name, text(value))).collect()
}

#[handler]
pub async fn approve(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    answered(&visit, &id, (&form, true)).await
}

#[handler]
pub async fn decline(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    answered(&visit, &id, (&form, false)).await
}

async fn answered(visit: &Visit, id: &str, (form, yes): (&Form, bool)) -> Answer {
    let open = find(visit, id).await?;
    let said =
        Said { yes: yes.then(|| form.get("hash").to_owned()), note: form.get("note").to_owned() };
    let done = access::answer_approval(visit.app(), visit.caller()?, open.approval.id, said).await;
    let here = format!("/approvals/{}", open.approval.id);
    let who = words::first_name(&open.approval.person_name);
    match done {
        Ok(()) if yes => {
            let text = format!("{who} was told, and can send exactly this, once, within 24 hours.");
            Ok(visit.go_telling(&here, &Flash::done("You said yes").saying(&text)))
        }
        Ok(()) => {
            let text = format!("{who} was told. Nothing was sent.");
            Ok(visit.go_telling(&here, &Flash::done("You said no").saying(&text)))
        }
        Err(error) if error.code() == Some("approval-state") => Ok(over(visit, &here)),
        Err(error) => {
            let mut page = page_of(visit, &open)?;
            form.get("note").clone_into(&mut page.note);
            match PageError::from(error).into_errors(str::to_owned) {
                Ok(errors) => page.errors = errors,
                Err(PageError::Api(error)) if error.code() == Some("request-changed") => {
                    let text = "Below is the request as it is. Look at it, then answer.";
                    page.notice = Some(Notice::held("This is not what you were shown", text));
                }
                Err(elsewhere) => return Err(elsewhere),
            }
            visit.again(&page)
        }
    }
}

fn over(visit: &Visit, here: &str) -> poem::Response {
    let text = "It was answered, taken back or lapsed meanwhile.";
    visit.go_telling(here, &Flash::note("Nothing had to be done", text))
}

#[handler]
pub async fn withdraw(visit: Visit, Path(id): Path<String>) -> Answer {
    let open = find(&visit, &id).await?;
    let here = format!("/approvals/{id}");
    match access::withdraw_approval(visit.app(), visit.caller()?, open.approval.id).await {
        Ok(()) => {
            let flash = Flash::done("Taken back").saying("It can no longer be sent.");
            Ok(visit.go_telling(&here, &flash))
        }
        Err(error) if error.code() == Some("approval-state") => Ok(over(&visit, &here)),
        Err(error) => Err(error.into()),
    }
}

#[handler]
pub async fn recall(visit: Visit, Path(id): Path<String>) -> Answer {
    let open = find(&visit, &id).await?;
    let here = format!("/approvals/{id}");
    let who = words::first_name(&open.approval.person_name);
    match access::recall_approval(visit.app(), visit.caller()?, open.approval.id).await {
        Ok(()) => {
            let text = format!("{who} was told. Nothing was sent, and nothing will be by this.");
            Ok(visit.go_telling(&here, &Flash::done("You took the yes back").saying(&text)))
        }
        Err(error) if error.code() == Some("approval-state") => {
            let flash = Flash::note("There is no yes to take back", &error.to_string());
            Ok(visit.go_telling(&here, &flash))
        }
        Err(error) => Err(error.into()),
    }
}

impl Page for ApprovalPage {
    const TEMPLATE: &'static str = "access/approval.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let sent = Self {
            thing: vec![Figure::new("subject", "Spring is here")],
            changes: "It goes out as it stands now:".into(),
            ..sample()
        };
        let gone = Self {
            title: "Ines asks to delete a contact".into(),
            rows: vec![DiffRow::new("email", "a@b.example", "")],
            version: "\"3\"".into(),
            changes: "This will be gone, for good.".into(),
            errors: [("note", "At most 1000 characters")].into_iter().collect(),
            notice: Some(Notice::held("This is not what you were shown", "Look at it.")),
            ..sample()
        };
        let own = Self {
            version: "W/\"3\"".into(),
            approve: String::new(),
            decline: String::new(),
            withdraw: "/p/larkfield/approvals/a-1/withdraw".into(),
            body: "{\"subject\":\"Hello\"}".into(),
            rows: vec![DiffRow::new("subject", "Hi", "Hello")],
            ..sample()
        };
        let over = Self {
            approve: String::new(),
            decline: String::new(),
            state: Some(state(ApprovalState::Used)),
            ..sample()
        };
        let agreed = Self {
            approve: String::new(),
            decline: String::new(),
            recall: "/p/larkfield/approvals/a-1/recall".into(),
            state: Some(state(ApprovalState::Approved)),
            standing: "Petra said yes. The same request goes out once, until Tuesday.".into(),
            ..sample()
        };
        let wiped = Self {
            approve: String::new(),
            decline: String::new(),
            state: Some(state(ApprovalState::Declined)),
            changes: WIPED.into(),
            wiped: true,
            ..sample()
        };
        vec![
            ("send", sent),
            ("delete", gone),
            ("own", own),
            ("agreed", agreed),
            ("over", over),
            ("wiped", wiped),
        ]
    }
}

fn sample() -> ApprovalPage {
    ApprovalPage {
        title: "Ines asks to send a campaign".into(),
        letter: Link::new("Letter of access", "/p/larkfield/grants/g-1"),
        engagement: Link::new("Engagement A-2041", "/p/larkfield/engagements/e-1"),
        first_name: "Ines".into(),
        state: Some(State::WAITING),
        standing: "Nothing was sent. It waits until Tuesday 12 May, 18:00 (Stockholm).".into(),
        facts: vec![Figure::new("Reaches people", "1,240")],
        caution: REACHES.to_owned(),
        request: "POST /campaigns/cmp_000001/send".into(),
        hash: "8c1ef04a99ab".repeat(5),
        approve: "/p/larkfield/approvals/a-1/approve".into(),
        decline: "/p/larkfield/approvals/a-1/decline".into(),
        ..ApprovalPage::default()
    }
}
