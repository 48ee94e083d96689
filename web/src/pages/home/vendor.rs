//! The day of those who run the program.

use api::access::{self, Alarm, AlarmsWanted};
use api::billing::{self, DisagreementLine, Holding, MoneyApproval};
use api::engagements::{self, EngagementState, Totals};
use api::identity::roles::Deed;
use api::kernel::money::Money;
use api::platform::caller::Caller;
use api::platform::refusal::Error;
use api::program::{self, Application, ApplicationState, PartnerKind, ProgramFigures};

use super::may;
use super::today::{Agenda, Cell, Empty, List, Number, Row, columns};
use super::waiting::Waits;
use super::work::{amounts, disagreement, going_on, holding, state};
use crate::format;
use crate::site::{PageError, Visit};
use crate::view::Link;

/// How many applications the page names; the rest is behind one line.
const NAMED: usize = 5;
/// How many alarms.
const NAMED_ALARMS: i64 = 5;
/// How many things that wait for a second person.
const NAMED_APPROVALS: i64 = 5;
/// How many milestones whose money has to leave.
const NAMED_HOLDINGS: i64 = 5;
/// How many disagreements.
const NAMED_DISAGREEMENTS: i64 = 5;

pub async fn agenda(visit: &Visit, caller: &Caller) -> Result<Agenda, PageError> {
    let app = visit.app();
    let open = AlarmsWanted { open: true, ..AlarmsWanted::default() };
    let (figures, waiting, work, totals, alarms, (split, seconds, ends)) = futures::try_join!(
        program::see_figures(app, caller),
        program::list_applications(app, caller, ApplicationState::Submitted, Some(20), None),
        engagements::current_engagements(app, caller),
        engagements::program_totals(app, caller),
        access::list_alarms(app, caller, open, (Some(NAMED_ALARMS), None)),
        money(visit, caller),
    )?;
    let applications = waiting.items;
    let alarms = alarms.0.iter().filter(|_| may(caller, Deed::CloseAlarms));
    let decides = may(caller, Deed::DecideApplications);
    let named = applications.iter().filter(|_| decides).take(NAMED);
    let unusual = alarms.map(|alarm| look_into(alarm, visit));
    let split = split.iter().map(|line| disagreement(line, "Decide", visit));
    let seconds = seconds.iter().map(|of| second(of, visit));
    let ends = ends.iter().map(|of| holding(of, visit));
    let mut waits: Vec<Waits> = unusual
        .chain(ends)
        .chain(seconds)
        .chain(split)
        .chain(named.map(|one| decide(one, visit)))
        .collect();
    let left = usize::try_from(figures.open_applications).unwrap_or_default().saturating_sub(NAMED);
    if decides && left > 0 {
        let count = u64::try_from(left).unwrap_or_default();
        let left = format::count(count, "more application", "more applications");
        let all = Link::new("See all", &visit.link("/program/applications"));
        waits.push(Waits::new(&format!("Decide {left}"), all).standing_for(count));
    }
    Ok(Agenda {
        waits,
        steps: Vec::new(),
        lists: vec![by_state(&figures, visit), going_on(None, &work, visit, None)],
        numbers: numbers(&figures, &totals, visit),
    })
}

/// What waits for a decision about money, read side by side.
type MoneyWaits = (Vec<DisagreementLine>, Vec<MoneyApproval>, Vec<Holding>);

async fn money(visit: &Visit, caller: &Caller) -> Result<MoneyWaits, Error> {
    let app = visit.app();
    futures::try_join!(
        billing::waiting_disagreements(app, caller, NAMED_DISAGREEMENTS),
        billing::waiting_money_approvals(app, caller, NAMED_APPROVALS),
        billing::holdings_ending(app, caller, NAMED_HOLDINGS),
    )
}

fn look_into(alarm: &Alarm, visit: &Visit) -> Waits {
    let title = format!("Look into {}’s letter of access", alarm.consultant_name);
    let act = Link::new("See what is unusual", &visit.link(&format!("/alarms/{}", alarm.id)));
    let text = format!("{} Account of {}", alarm.what.sentence(), alarm.customer_name);
    Waits::new(&title, act).saying(&text)
}

fn second(of: &MoneyApproval, visit: &Visit) -> Waits {
    let title = format!("Say yes or no as the second person: {}", of.terms.line());
    let act = Link::new("Look at it", &visit.link(&format!("/money-approvals/{}", of.id)));
    let about = if of.about.is_empty() { String::new() } else { format!(", {}", of.about) };
    let text = format!("{} asks for it{about}", of.asked_by_name);
    Waits::new(&title, act).saying(&text).until(of.answer_by, visit)
}

fn decide(one: &Application, visit: &Visit) -> Waits {
    let kind = match one.kind {
        PartnerKind::Consultant => "consultants",
        PartnerKind::Reseller => "a reseller",
    };
    let title = format!("Decide the application of {}", one.organization_name);
    let path = format!("/program/applications/{}", one.id);
    let since = format::ago(one.submitted_at, visit.app().clock.now());
    let place = format::place(&one.city, &one.country);
    let text = format!("As {kind}, from {place}. Sent {since}");
    Waits::new(&title, Link::new("Read it", &visit.link(&path))).saying(&text)
}

/// Engagements by state, in the order in which they go through them.
fn by_state(figures: &ProgramFigures, visit: &Visit) -> List {
    let count = |of: EngagementState| {
        let found = figures.engagements.iter().find(|(word, _)| word == of.as_str());
        found.map(|(_, n)| *n)
    };
    let row = |of: &EngagementState| {
        let n = count(*of)?;
        let path = format!("/engagements?state={of}");
        Some(Row {
            text: state(*of).word.into_owned(),
            sub: String::new(),
            href: visit.link(&path),
            cells: vec![Cell::words(format::number(n), "")],
        })
    };
    List {
        id: "states".into(),
        title: "Engagements by state".into(),
        link: None,
        columns: columns(&["State", "*Engagements"]),
        rows: EngagementState::ALL.iter().filter_map(row).collect(),
        empty: Empty {
            title: "No engagement yet".into(),
            text: "Once customers and consultants sign, each state is counted here.".into(),
            icon: "flag",
            act: None,
        },
    }
}

fn numbers(figures: &ProgramFigures, totals: &[Totals], visit: &Visit) -> Vec<Number> {
    let sum = |part: fn(&Totals) -> Money| {
        let sums: Vec<Money> = totals.iter().map(part).collect();
        amounts(&sums, sums.first().map(|money| money.currency()))
    };
    let (engagements, partners) = (visit.link("/engagements"), visit.link("/partners"));
    vec![
        Number::new("Held", sum(|totals| totals.held), engagements.clone()),
        Number::new("Released", sum(|totals| totals.released), engagements),
        Number::new("Consultants", format::number(figures.consultants), partners.clone()),
        Number::new("Resellers", format::number(figures.resellers), partners.clone()),
        Number::new("Suspended", format::number(figures.suspended), partners),
        Number::new(
            "Applications waiting",
            format::number(figures.open_applications),
            visit.link("/program/applications"),
        ),
        Number::new("Open briefs", format::number(figures.open_briefs), visit.link("/program")),
    ]
}
