//! The end of an engagement: resting and ending it early, with what each means for money and
//! access told before; and, once it has ended, what came of it.

use api::access;
use api::engagements::{self, EngagementState, EngagementView, Milestone, MilestoneState};
use api::identity::Deed;
use api::kernel::id::EngagementId;
use api::platform::http::paging::PageWanted;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::accounts::{self, Gone};
use super::letters::{self, Paper};
use super::standpoint::{Confirm, Standpoint};
use super::workspace::parse;
use super::{samples, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Link, Notice, State, Sum, SumLine};

const LETTERS: i64 = 20;

/// A milestone as the end left it.
#[derive(Debug, Clone, Serialize)]
pub struct Left {
    pub title: String,
    pub href: String,
    pub line: String,
    pub state: State,
    pub price: String,
}

/// How it may rest or end, or how it ended.
#[derive(Debug, Serialize)]
pub struct Ending {
    pub engagement: Link,
    pub heading: String,
    pub lede: String,
    pub state: State,
    pub over: bool,
    /// Why nothing of this can be done by whoever looks at it.
    pub closed: Option<Notice>,
    /// Milestones whose money is held; nothing ends before they are decided.
    pub held: Vec<Link>,
    pub means: Vec<String>,
    pub pause: String,
    pub resume: String,
    pub end: String,
    pub pause_reason: String,
    pub end_reason: String,
    pub milestones: Vec<Left>,
    pub paid: Option<Sum>,
    pub papers: Vec<Paper>,
    pub disconnect: Vec<Confirm>,
    /// Accounts of it that were disconnected.
    pub gone: Vec<Gone>,
    pub review: Option<Link>,
    pub errors: Errors,
}

#[handler]
pub async fn see_end(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.page(&page(&visit, parse(&id)?).await?)
}

async fn page(visit: &Visit, id: EngagementId) -> Result<Ending, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let (seen, grants, connections) = futures::try_join!(
        engagements::see_engagement(app, caller, id),
        access::list_grants(app, caller, Some(id), PageWanted::first(LETTERS)),
        access::list_connections(app, caller),
    )?;
    let stand = Standpoint::new(visit, &seen.overview, seen.sight);
    let mut page = Ending::of(&stand, &seen);
    page.papers = letters::access_of(&stand, &grants).papers;
    if page.over && stand.may(Deed::ConnectAccounts) {
        (page.disconnect, page.gone) = accounts::of_engagement(visit, id, (&grants, &connections));
    }
    Ok(page)
}

impl Ending {
    fn of(stand: &Standpoint<'_>, seen: &EngagementView) -> Self {
        let of = &stand.of.engagement;
        let over = of.state.is_over();
        let at = |rest: &str| stand.link(&format!("/end{rest}"));
        let may = stand.side().is_some() && stand.may(Deed::PauseWork);
        let on = |states: &[EngagementState], path: String| {
            if may && states.contains(&of.state) { path } else { String::new() }
        };
        let held: Vec<Link> = if over { Vec::new() } else { held(stand) };
        let works = [EngagementState::Active, EngagementState::Paused, EngagementState::Disputed];
        let heading = match (of.state, over) {
            (EngagementState::Completed, _) => format!("{} is completed", of.label()),
            (_, true) => format!("{} has ended", of.label()),
            (_, false) => "Pause it, or end it early".to_owned(),
        };
        let reviews = of.state == EngagementState::Completed;
        Self {
            engagement: Link::new(&format!("{} {}", of.label(), of.title), &stand.link("")),
            heading,
            lede: of.end_reason.clone().unwrap_or_default(),
            state: words::state(of.state),
            over,
            closed: if over { None } else { closed(stand, may) },
            means: if over { Vec::new() } else { means(stand, seen) },
            pause: on(&[EngagementState::Active], at("/pause")),
            resume: on(&[EngagementState::Paused], at("/resume")),
            end: if held.is_empty() || by_hour(of) { on(&works, at("")) } else { String::new() },
            held: if by_hour(of) { Vec::new() } else { held },
            pause_reason: String::new(),
            end_reason: String::new(),
            milestones: stand.of.milestones.iter().map(|m| left(stand, m)).collect(),
            paid: over.then(|| paid(stand)),
            papers: Vec::new(),
            disconnect: Vec::new(),
            gone: Vec::new(),
            review: reviews.then(|| Link::new(review_words(stand), &stand.link("/reviews"))),
            errors: Errors::default(),
        }
    }
}

/// Ending hours that still go on: what was worked is paid and accepted after.
const fn by_hour(of: &engagements::Engagement) -> bool {
    of.hourly.is_some() && of.hours_end_on.is_none()
}

fn review_words(stand: &Standpoint<'_>) -> &'static str {
    let task = engagements::Task::WriteReview;
    let writes = stand.own_turns().iter().any(|turn| turn.task == task);
    if writes { "Write the review" } else { "See the reviews" }
}

fn held(stand: &Standpoint<'_>) -> Vec<Link> {
    let milestones = stand.of.milestones.iter().filter(|m| m.state.is_held());
    let link = |m: &Milestone| {
        let label = format!("Milestone {}, {}: {} held", m.seq, m.title, words::amount(m.held()));
        Link::new(&label, &stand.visit.link(&words::milestone_path(m.id)))
    };
    milestones.map(link).collect()
}

/// Why it can neither rest nor end now.
fn closed(stand: &Standpoint<'_>, may: bool) -> Option<Notice> {
    let until = stand.of.turns.iter().find_map(|turn| turn.until);
    let until = until.map(|until| stand.until(until)).unwrap_or_default();
    match stand.of.engagement.state {
        EngagementState::Contracting => {
            let text = "Void the statement of work instead, on its own page.";
            Some(Notice::info("It is not signed yet", text))
        }
        EngagementState::Signed => {
            let text = format!("Nothing is funded and nothing is owed. It lapses on {until}.");
            Some(Notice::info("It ends by itself unless a milestone is funded", &text))
        }
        _ if stand.side().is_none() => Some(Notice::info("Only its two sides pause or end it", "")),
        _ if !may => {
            let text = "The owner or an admin of your organization does this.";
            Some(Notice::info("Your role does not pause or end work", text))
        }
        _ => None,
    }
}

/// What ending means for money, access and people.
fn means(stand: &Standpoint<'_>, seen: &EngagementView) -> Vec<String> {
    let totals = &stand.of.totals;
    let some = |money: api::kernel::money::Money| money.minor() > 0;
    let mut means = Vec::new();
    if by_hour(&stand.of.engagement) {
        means.push("No more hours from tomorrow on, in UTC.".into());
        means.push("What was worked until then is still locked, paid and accepted.".into());
        means.push("It is over then, or at once if nothing is left.".into());
    }
    if some(totals.released) {
        means.push(format!("{} of accepted work stay paid.", words::amount(totals.released)));
    }
    if some(totals.held) {
        means.push(format!(
            "{} is held: it is released or refunded first.",
            words::amount(totals.held)
        ));
    }
    if some(totals.planned) {
        means
            .push(format!("{} was never funded and costs nothing.", words::amount(totals.planned)));
    }
    means.push("Every letter of access of this engagement ends: the next call fails.".into());
    if seen.guests.iter().any(|g| g.ended_at.is_none()) {
        means.push(format!(
            "People of {} read nothing here any more.",
            stand.visit.shell().program.vendor
        ));
    }
    means.push(if some(totals.released) {
        "It counts as completed, and both sides may review it.".into()
    } else {
        "No work was accepted, so it counts as cancelled. Nobody reviews it.".into()
    });
    means
}

fn left(stand: &Standpoint<'_>, m: &Milestone) -> Left {
    Left {
        title: format!("{} {}", m.seq, m.title),
        href: stand.visit.link(&words::milestone_path(m.id)),
        line: match m.state {
            MilestoneState::Planned => "Never funded".to_owned(),
            _ => words::milestone_line(stand.visit, m),
        },
        state: words::money_state(m),
        price: words::amount(m.price),
    }
}

fn paid(stand: &Standpoint<'_>) -> Sum {
    let accepted = stand.of.milestones.iter().filter(|m| m.state.is_paid_out());
    let line = |m: &Milestone| {
        SumLine::new(&format!("Milestone {}, {}", m.seq, m.title), words::amount(m.left()))
    };
    let total = SumLine::new("Paid, fees included", words::amount(stand.of.totals.released));
    let refunded = stand.of.totals.refunded;
    let note = format!("{} was refunded", words::amount(refunded));
    Sum {
        lines: accepted.map(line).collect(),
        total: if refunded.minor() > 0 { total.with_note(&note) } else { total },
    }
}

/// The address of a form that came back, loaded anew: to its page.
#[handler]
pub async fn back(visit: Visit, Path(id): Path<String>) -> Answer {
    Ok(visit.go(&end_path(parse(&id)?)))
}

#[handler]
pub async fn pause(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = parse(&id)?;
    let reason = form.get("pause_reason").to_owned();
    match engagements::pause_engagement(visit.app(), visit.caller()?, id, &reason).await {
        Ok(_) => {
            let flash = Flash::done("Paused").saying("Held money stays held until it goes on.");
            Ok(visit.go_telling(&words::engagement_path(id), &flash))
        }
        Err(error) if error.code() == Some("invalid") => {
            let errors = words::faults(error, |_| "pause_reason".to_owned())?;
            visit.again(&Ending { pause_reason: reason, errors, ..page(&visit, id).await? })
        }
        Err(error) => words::told(&visit, &end_path(id), "Not paused", error),
    }
}

#[handler]
pub async fn resume(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = parse(&id)?;
    match engagements::resume_engagement(visit.app(), visit.caller()?, id).await {
        Ok(_) => {
            let flash = Flash::done("It goes on");
            let flash = flash.saying("A delivery that waits gets the whole time of acceptance.");
            Ok(visit.go_telling(&words::engagement_path(id), &flash))
        }
        Err(error) => words::told(&visit, &end_path(id), "Not resumed", error),
    }
}

#[handler]
pub async fn end(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = parse(&id)?;
    let reason = form.get("end_reason").to_owned();
    match engagements::end_engagement(visit.app(), visit.caller()?, id, &reason).await {
        Ok(of) if !of.state.is_over() => {
            let flash = Flash::done("The hours have ended").saying(
                "The engagement is over once its last week is locked, paid and accepted. Its \
                 letters of access go on until then.",
            );
            Ok(visit.go_telling(&words::engagement_path(id), &flash))
        }
        Ok(_) => {
            let flash = Flash::done("The engagement has ended");
            Ok(visit.go_telling(&end_path(id), &flash.saying("Its letters of access end with it.")))
        }
        Err(error) if error.code() == Some("invalid") => {
            let errors = words::faults(error, |_| "end_reason".to_owned())?;
            visit.again(&Ending { end_reason: reason, errors, ..page(&visit, id).await? })
        }
        Err(error) => words::told(&visit, &end_path(id), "It has not ended", error),
    }
}

fn end_path(id: EngagementId) -> String {
    format!("{}/end", words::engagement_path(id))
}

impl Page for Ending {
    const TEMPLATE: &'static str = "engagements/end.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = || Self {
            engagement: samples::link("A-2041 Dealer nurture redesign", ""),
            heading: "Pause it, or end it early".into(),
            lede: String::new(),
            state: State::ACTIVE,
            over: false,
            closed: None,
            held: Vec::new(),
            means: vec!["€1,800.00 of accepted work stay paid.".into()],
            pause: format!("{}/end/pause", samples::HOME),
            resume: String::new(),
            end: format!("{}/end", samples::HOME),
            pause_reason: String::new(),
            end_reason: String::new(),
            milestones: Vec::new(),
            paid: None,
            papers: Vec::new(),
            disconnect: Vec::new(),
            gone: Vec::new(),
            review: None,
            errors: Errors::default(),
        };
        let held = vec![Link::new("Milestone 2: €3,240.00 held", "/p/larkfield/milestones/2")];
        let paused = Self {
            state: State::PAUSED,
            pause: String::new(),
            resume: format!("{}/end/resume", samples::HOME),
            end: String::new(),
            held,
            ..page()
        };
        let milestone = Left {
            title: "1 Audit".into(),
            href: "/p/larkfield/milestones/1".into(),
            line: "Accepted 27 Apr".into(),
            state: State::RELEASED,
            price: "€1,800.00".into(),
        };
        let over = Self {
            heading: "A-2041 is completed".into(),
            lede: "Every milestone is accepted or refunded.".into(),
            state: State::COMPLETED,
            over: true,
            milestones: vec![milestone],
            paid: Some(samples::sum()),
            papers: samples::access().papers,
            disconnect: vec![Confirm { sum: None, ..samples::confirm() }],
            gone: vec![Gone::sample()],
            review: Some(samples::link("Write the review", "/reviews")),
            pause: String::new(),
            end: String::new(),
            ..page()
        };
        let signed = Self {
            closed: Some(Notice::info("It ends by itself", "It lapses on Tuesday 12 May.")),
            pause: String::new(),
            end: String::new(),
            ..page()
        };
        let errors = [("end_reason", "Enter a reason")].into_iter().collect();
        vec![
            ("usual", page()),
            ("paused", paused),
            ("signed", signed),
            ("over", over),
            ("wrong", Self { errors, ..page() }),
        ]
    }
}
