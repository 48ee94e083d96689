//! One alarm: what was counted, what the customer can do about the letter, and what was found.

use api::access::{self, Alarm, AlarmKind, AlarmState, Standing};
use api::identity::Deed;
use api::kernel::id::AccessAlarmId;
use api::platform::caller::OrganizationKind;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::{alarms, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Figure, Link, State};

/// An alarm with whatever its reader may do about it; an empty address is no act of theirs.
#[derive(Debug, Serialize)]
pub struct AlarmPage {
    pub title: &'static str,
    pub all: Link,
    pub says: String,
    pub state: State,
    pub facts: Vec<Figure>,
    /// How people dealt with it.
    pub dealt: Vec<Figure>,
    /// What was found.
    pub found: String,
    /// Where the program's people stop the letter.
    pub stop: String,
    /// The letter's own page, for the customer.
    pub letter: String,
    pub first_name: String,
    /// It rests already.
    pub rests: bool,
    pub rest: String,
    pub end: String,
    pub see: String,
    pub close: String,
    pub note: String,
    /// For the program's people.
    pub staff: bool,
    pub errors: Errors,
}

async fn find(visit: &Visit, id: &str) -> Result<Alarm, PageError> {
    let id = AccessAlarmId::parse(id).ok_or(Common::NotFound("alarm"))?;
    Ok(access::get_alarm(visit.app(), visit.caller()?, id).await?)
}

#[handler]
pub async fn see_alarm(visit: Visit, Path(id): Path<String>) -> Answer {
    let alarm = find(&visit, &id).await?;
    visit.page(&page_of(&visit, &alarm, String::new(), Errors::default()).await?)
}

#[handler]
pub async fn take_up(visit: Visit, Path(id): Path<String>) -> Answer {
    let alarm = find(&visit, &id).await?;
    let flash = match access::see_alarm(visit.app(), visit.caller()?, alarm.id).await {
        Ok(()) => Flash::done("You look into it").saying("Others see that you do."),
        Err(error) if error.code() == Some("alarm-state") => moved(),
        Err(error) => return Err(error.into()),
    };
    Ok(visit.go_telling(&format!("/alarms/{}", alarm.id), &flash))
}

#[handler]
pub async fn close(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let alarm = find(&visit, &id).await?;
    let note = form.get("note");
    let flash = match access::close_alarm(visit.app(), visit.caller()?, alarm.id, note).await {
        Ok(()) => Flash::done("The alarm is closed").saying("What comes from now on counts anew."),
        Err(error) if error.code() == Some("alarm-state") => moved(),
        Err(error) => {
            let errors = PageError::from(error).into_errors(str::to_owned)?;
            return visit.again(&page_of(&visit, &alarm, note.to_owned(), errors).await?);
        }
    };
    Ok(visit.go_telling(&format!("/alarms/{}", alarm.id), &flash))
}

fn moved() -> Flash {
    Flash::note("Somebody was sooner", "Here is where it stands now.")
}

/// What can be done about its letter: its page, and whether it rests and can rest or end.
#[derive(Default)]
struct OfLetter {
    page: String,
    rests: bool,
    rest: String,
    end: String,
}

/// Nothing for the program's people: the letter is not theirs.
async fn letter_of(visit: &Visit, alarm: &Alarm) -> Result<OfLetter, PageError> {
    let caller = visit.caller()?;
    if caller.kind != OrganizationKind::Customer {
        return Ok(OfLetter::default());
    }
    let standing = access::get_grant(visit.app(), caller, alarm.grant).await?.standing;
    let page = visit.link(&format!("/grants/{}", alarm.grant));
    let rests = standing == Standing::Unused;
    let act = |yes: bool, tail: &str| if yes { format!("{page}/{tail}") } else { String::new() };
    let (rest, end) = (act(standing.is_open() && !rests, "rest"), act(standing.is_open(), "end"));
    Ok(OfLetter { rests, rest, end, page })
}

async fn page_of(
    visit: &Visit,
    alarm: &Alarm,
    note: String,
    errors: Errors,
) -> Result<AlarmPage, PageError> {
    let caller = visit.caller()?;
    let letter = letter_of(visit, alarm).await?;
    let deals = Deed::CloseAlarms.allows(caller.kind, caller.role);
    let act = |yes: bool, tail: &str| match yes && deals {
        true => visit.link(&format!("/alarms/{}/{tail}", alarm.id)),
        false => String::new(),
    };
    Ok(AlarmPage {
        title: alarms::title(alarm.what.kind),
        all: Link::new("Alarms", &visit.link("/alarms")),
        says: alarm.what.sentence(),
        state: alarms::state(alarm.state),
        facts: facts(visit, alarm),
        dealt: dealt(visit, alarm),
        found: alarm.note.clone(),
        stop: match Deed::StopLetters.allows(caller.kind, caller.role) {
            true => visit.link(&format!("/access/letters/{}", alarm.grant)),
            false => String::new(),
        },
        letter: letter.page,
        first_name: words::first_name(&alarm.consultant_name).to_owned(),
        rests: letter.rests,
        rest: letter.rest,
        end: letter.end,
        see: act(alarm.state == AlarmState::Open, "see"),
        close: act(alarm.state != AlarmState::Closed, "close"),
        note,
        staff: caller.kind == OrganizationKind::Vendor,
        errors,
    })
}

fn facts(visit: &Visit, alarm: &Alarm) -> Vec<Figure> {
    let what = &alarm.what;
    let mut facts = vec![
        Figure::new("When", alarms::when(visit, alarm)),
        Figure::new("Calls", what.calls.to_string()),
    ];
    if what.kind == AlarmKind::NightReads {
        facts.push(Figure::new("Calls in the busiest night before", what.usual_calls.to_string()));
        facts.push(Figure::new("Contacts taken out", what.contacts.to_string()));
        let usual = what.usual_contacts.to_string();
        facts.push(Figure::new("Contacts in the busiest night before", usual));
    }
    facts.extend([
        Figure::new("Letter of", alarm.consultant_name.clone()),
        Figure::new("Works for", alarm.partner_name.clone()),
        Figure::new("Customer", alarm.customer_name.clone()),
        Figure::new("Account", alarm.account_name.clone()),
        Figure::new("Engagement", format!("A-{}", alarm.engagement_number)),
    ]);
    facts
}

fn dealt(visit: &Visit, alarm: &Alarm) -> Vec<Figure> {
    let by = |at, who: &Option<String>| {
        let who = who.as_deref().unwrap_or_default();
        format!("{}, {who}", words::short(visit, at))
    };
    let seen = alarm.seen_at.map(|at| Figure::new("Taken up", by(at, &alarm.seen_by)));
    let closed = alarm.closed_at.map(|at| Figure::new("Closed", by(at, &alarm.closed_by)));
    let raised = Figure::new("Raised", words::short(visit, alarm.raised_at));
    std::iter::once(raised).chain(seen).chain(closed).collect()
}

impl Page for AlarmPage {
    const TEMPLATE: &'static str = "access/alarm.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = sample(AlarmState::Seen);
        wrong.errors.add("note", "Enter what you found");
        let mut closed = sample(AlarmState::Closed);
        closed.found = "A nightly report that was set up twice.".into();
        (closed.see, closed.close) = (String::new(), String::new());
        let mut rests = sample(AlarmState::Open);
        (rests.rests, rests.rest) = (true, String::new());
        let mut staff = sample(AlarmState::Open);
        (staff.staff, staff.stop) = (true, "/p/larkfield/access/letters/g-1".into());
        (staff.letter, staff.rest, staff.end) = (String::new(), String::new(), String::new());
        vec![
            ("customer", sample(AlarmState::Open)),
            ("rests", rests),
            ("without a note", wrong),
            ("closed", closed),
            ("staff", staff),
        ]
    }
}

fn sample(state: AlarmState) -> AlarmPage {
    let here = |tail: &str| format!("/p/larkfield/{tail}");
    AlarmPage {
        title: alarms::title(AlarmKind::RefusedBurst),
        all: Link::new("Alarms", &here("alarms")),
        says: "24 calls were refused within 10 minutes.".into(),
        state: alarms::state(state),
        facts: vec![Figure::new("When", "12 May, 02:10 to 12 May, 02:19 (Stockholm)")],
        dealt: vec![Figure::new("Raised", "12 May, 02:20")],
        found: String::new(),
        stop: String::new(),
        letter: here("grants/g-1"),
        first_name: "Ines".into(),
        rests: false,
        rest: here("grants/g-1/rest"),
        end: here("grants/g-1/end"),
        see: here("alarms/a-1/see"),
        close: here("alarms/a-1/close"),
        note: String::new(),
        staff: false,
        errors: Errors::default(),
    }
}
