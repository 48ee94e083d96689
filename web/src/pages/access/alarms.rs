//! Alarms about letters of access: the program's people see all of them, a customer its own. Counts
//! and times; what the calls were about is in nobody's alarm.

use api::access::{self, Alarm, AlarmKind, AlarmState, AlarmsWanted};
use api::identity::Deed;
use api::platform::caller::OrganizationKind;
use poem::handler;
use serde::Serialize;

use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, PageError, Visit};
use crate::view::{Pager, State, Tab, Tone};

/// Most that a page of something else lists.
const A_FEW: i64 = 20;

/// An alarm as a line.
#[derive(Debug, Clone, Serialize)]
pub struct AlarmLine {
    pub title: &'static str,
    /// "Ines Oyelaran-Brandt, Fjordhaus Outdoor EU, for A-2041".
    pub whose: String,
    pub href: String,
    pub customer: String,
    pub says: String,
    pub raised: String,
    pub state: State,
}

/// The alarms in one state.
#[derive(Debug, Default, Serialize)]
pub struct AlarmsPage {
    /// For the program's people.
    pub staff: bool,
    pub letters: String,
    pub tabs: Vec<Tab>,
    pub rows: Vec<AlarmLine>,
    pub empty: [&'static str; 2],
    pub pager: Option<Pager>,
    /// For the program's people, where no proxy tells from which country a call comes.
    pub countryless: bool,
}

#[handler]
pub async fn list_alarms(visit: Visit, query: Form) -> Answer {
    let caller = visit.caller()?;
    let state = query.given("state").and_then(AlarmState::parse).unwrap_or(AlarmState::Open);
    let cursor = query.given("cursor");
    let wanted = AlarmsWanted { state: Some(state), ..AlarmsWanted::default() };
    let (rows, next) = access::list_alarms(visit.app(), caller, wanted, (None, cursor)).await?;
    let here = visit.link("/alarms");
    let narrowed = format!("{here}?state={state}");
    let paged = cursor.is_some() || next.is_some();
    let pager = paged.then(|| Pager {
        shown: format!("{} shown", rows.len()),
        earlier: cursor.map(|_| narrowed.clone()),
        later: next.map(|next| format!("{narrowed}&cursor={next}")),
    });
    let staff = caller.kind == OrganizationKind::Vendor;
    visit.page(&AlarmsPage {
        staff,
        countryless: staff && visit.app().forwarded.country.is_none(),
        letters: visit.link("/access"),
        tabs: tabs(&here, state),
        rows: rows.iter().map(|alarm| line(&visit, alarm)).collect(),
        empty: nothing(state),
        pager,
    })
}

fn tabs(here: &str, current: AlarmState) -> Vec<Tab> {
    let tab = |of: &AlarmState| {
        let href = format!("{here}?state={of}");
        Tab::new(&state(*of).word, &href, None, *of == current)
    };
    AlarmState::ALL.iter().map(tab).collect()
}

fn nothing(state: AlarmState) -> [&'static str; 2] {
    match state {
        AlarmState::Open => {
            ["Nothing unusual", "When a letter’s calls are unlike what they were, it stands here."]
        }
        AlarmState::Seen => {
            ["Nobody looks into anything", "Alarms that somebody took up stand here."]
        }
        AlarmState::Closed => {
            ["No alarm was closed yet", "They are kept here with what was found."]
        }
    }
}

/// What nobody has closed yet, for a page of something else; nothing for whoever sees no alarms.
pub async fn open_alarms(visit: &Visit) -> Result<Vec<Alarm>, PageError> {
    let caller = visit.caller()?;
    if !Deed::SeeAlarms.allows(caller.kind, caller.role) {
        return Ok(Vec::new());
    }
    let wanted = AlarmsWanted { open: true, ..AlarmsWanted::default() };
    let page = (Some(A_FEW), None);
    Ok(access::list_alarms(visit.app(), caller, wanted, page).await?.0)
}

pub fn line(visit: &Visit, alarm: &Alarm) -> AlarmLine {
    AlarmLine {
        title: title(alarm.what.kind),
        whose: whose(alarm),
        href: visit.link(&format!("/alarms/{}", alarm.id)),
        customer: alarm.customer_name.clone(),
        says: alarm.what.sentence(),
        raised: format::ago(alarm.raised_at, visit.app().clock.now()),
        state: state(alarm.state),
    }
}

pub fn whose(alarm: &Alarm) -> String {
    let (who, place) = (&alarm.consultant_name, &alarm.account_name);
    format!("{who}, {place}, for A-{}", alarm.engagement_number)
}

pub fn title(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::RefusedBurst => "Many calls were refused",
        AlarmKind::NightReads => "Much was read at night",
        AlarmKind::NewPlace => "Calls came from somewhere new",
        AlarmKind::TokenShown => "The application showed the account’s key",
    }
}

pub fn state(state: AlarmState) -> State {
    match state {
        AlarmState::Open => State::new(Tone::Bad, "alert", "Open"),
        AlarmState::Seen => State::new(Tone::Review, "eye", "Being looked into"),
        AlarmState::Closed => State::new(Tone::Plain, "done", "Closed"),
    }
}

/// The moments of what was counted, as one.
pub fn when(visit: &Visit, alarm: &Alarm) -> String {
    let (from, to) = (alarm.what.began_at, alarm.what.last_at);
    format!("{} to {}", words::short(visit, from), words::moment(visit, to))
}

impl AlarmLine {
    pub fn sample(of: AlarmState) -> Self {
        Self {
            title: title(AlarmKind::RefusedBurst),
            whose: "Ines Oyelaran-Brandt, Fjordhaus Outdoor EU, for A-2041".into(),
            href: "/p/larkfield/alarms/a-1".into(),
            customer: "Fjordhaus Outdoor".into(),
            says: "24 calls were refused within 10 minutes.".into(),
            raised: "20 minutes ago".into(),
            state: state(of),
        }
    }
}

impl Page for AlarmsPage {
    const TEMPLATE: &'static str = "access/alarms.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |staff, of: AlarmState, filled| Self {
            staff,
            letters: "/p/larkfield/access".into(),
            tabs: tabs("/p/larkfield/alarms", of),
            rows: if filled { vec![AlarmLine::sample(of)] } else { Vec::new() },
            empty: nothing(of),
            pager: None,
            countryless: staff && !filled,
        };
        let mut long = page(true, AlarmState::Closed, true);
        long.pager = Some(Pager { shown: "20 shown".into(), earlier: None, later: None });
        vec![
            ("staff", page(true, AlarmState::Open, true)),
            ("closed", long),
            ("customer", page(false, AlarmState::Seen, true)),
            ("empty", page(true, AlarmState::Open, false)),
        ]
    }
}
