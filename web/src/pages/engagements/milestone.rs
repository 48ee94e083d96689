//! One milestone: what was agreed, what was delivered, what its money does, what is to do now.

mod filled;

use api::access::{self, DeliveryWork};
use api::billing::{self, MilestoneMoney, PaymentState, TransferState};
use api::engagements::{
    self, Deliverable, EngagementView, Milestone, MilestoneState, MilestoneView, Side,
};
use api::identity::Deed;
use api::kernel::id::MilestoneId;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::standpoint::{Standpoint, TurnPanel};
use super::talk::{FileLine, file_kind};
use super::{evidence, pulse, words, work};
use crate::format;
use crate::pages::billing::disagreement;
use crate::site::{Answer, PageError, Visit};
use crate::view::{Errors, Figure, Link, Notice, State, Sum};

/// One version of what was delivered, with what was asked to be changed in it.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    pub id: String,
    pub title: String,
    pub by: String,
    pub state: State,
    pub text: Vec<String>,
    /// What was done in the customer's account for it; empty for nothing.
    pub evidence: String,
    pub file: Option<FileLine>,
    /// "Petra asked for changes on ..".
    pub changes_by: String,
    pub changes: Vec<String>,
}

/// What may be typed here, as it was typed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Typed {
    pub text: String,
    pub changes: String,
}

/// A milestone for whoever may see it.
#[derive(Debug, Serialize)]
pub struct MilestonePage {
    pub engagement: Link,
    pub place: String,
    pub title: String,
    pub state: State,
    pub turn: Option<TurnPanel>,
    pub standing: Option<Notice>,
    pub pulse: Option<String>,
    /// Money is on its way: without script the page loads itself anew.
    pub refresh: bool,
    pub delivers: Vec<String>,
    /// The time sheet, when it is a week of work by the hour.
    pub sheet: Option<Link>,
    pub deliveries: Vec<Delivery>,
    /// Whether the visitor may read deliveries.
    pub reads: bool,
    /// Where a delivery is posted; empty for who may not deliver now.
    pub deliver: String,
    /// Where changes are asked for; empty for who may not.
    pub changes: String,
    /// The delivery that a decision made here is about.
    pub version: i32,
    /// How often it may still be returned.
    pub left: String,
    pub accept: String,
    pub keep: String,
    pub money: State,
    pub price: String,
    pub sum: Option<Sum>,
    pub facts: Vec<Figure>,
    pub payees: Vec<Figure>,
    pub refund: String,
    /// Where a part is released; empty for everybody but the customer's leads.
    pub part: String,
    /// Where the two sides disagree about its money, or may.
    pub disagree: Option<Link>,
    /// Whether they do now.
    pub disagreed: bool,
    /// What was released already, and what is held.
    pub moved: Vec<Figure>,
    pub typed: Typed,
    pub errors: Errors,
}

/// Everything a milestone's page is made from.
pub struct Seen {
    pub of: MilestoneView,
    pub around: EngagementView,
    pub deliveries: Option<Vec<DeliveryWork>>,
    pub money: Option<MilestoneMoney>,
}

#[handler]
pub async fn see_milestone(visit: Visit, Path(id): Path<String>) -> Answer {
    let seen = look(&visit, parse(&id)?).await?;
    visit.page(&MilestonePage::of(&visit, &seen))
}

/// A form that came back and is loaded anew: to its page.
#[handler]
pub async fn back(visit: Visit, Path(id): Path<String>) -> Answer {
    Ok(visit.go(&words::milestone_path(parse(&id)?)))
}

pub fn parse(id: &str) -> Result<MilestoneId, PageError> {
    Ok(MilestoneId::parse(id).ok_or(Common::NotFound("milestone"))?)
}

pub async fn look(visit: &Visit, id: MilestoneId) -> Result<Seen, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let of = engagements::see_milestone(app, caller, id).await?;
    let deliveries = async {
        match of.sight.reads() {
            Ok(()) => access::work_of_milestone(app, caller, id).await.map(Some),
            Err(_) => Ok(None),
        }
    };
    let money = async {
        match of.sight.side() {
            Ok(_) => billing::milestone_money(app, caller, id).await.map(Some),
            Err(_) => Ok(None),
        }
    };
    let around = engagements::see_engagement(app, caller, of.engagement.id);
    let (around, deliveries, money) = futures::try_join!(around, deliveries, money)?;
    Ok(Seen { of, around, deliveries, money })
}

impl MilestonePage {
    pub fn of(visit: &Visit, seen: &Seen) -> Self {
        let stand = Standpoint::new(visit, &seen.around.overview, seen.of.sight);
        let m = &seen.of.milestone;
        let sum = work::sum(&seen.of);
        let own = stand.own_turns().into_iter().find(|t| t.milestone.is_some_and(|x| x.0 == m.id));
        let mut turn = own.map(|t| stand.panel_of(t, sum.clone()));
        let path = visit.link(&words::milestone_path(m.id));
        let deciding = m.state == MilestoneState::Submitted && stand.side() == Some(Side::Customer);
        let decides = deciding && works(&stand) && stand.may(Deed::DecideDeliverables);
        let left =
            (seen.around.overview.statement.terms.change_requests - m.change_requests).max(0);
        let returns = left > 0 && m.week.is_none();
        if let Some(panel) = turn.as_mut().filter(|panel| panel.confirm.is_some()) {
            panel.second = returns.then(|| Link::new("Return with notes", "#changes"));
        }
        if let Some(panel) = turn.as_mut().filter(|_| delivers(&stand, m)) {
            panel.main = Some(Link::new("Deliver", "#deliver"));
        }
        let key = &visit.shell().form_key;
        let deliver = format!("{path}/deliver?idempotency_key={key}.deliver");
        let paying = paying(visit, seen);
        let customer = stand.side() == Some(Side::Customer);
        let locked = seen.money.as_ref().is_some_and(MilestoneMoney::is_disagreed);
        let parts = customer && m.state.is_held() && !locked && stand.may(Deed::ReleaseParts);
        let disagreed = seen.money.as_ref().and_then(|money| money.disagreement.as_ref());
        let disagreed = disagreed.and_then(|of| disagreement::notice(visit, of));
        Self {
            engagement: Link::new(&seen.of.engagement.label(), &stand.link("")),
            place: place(&stand, m),
            sheet: m.week.map(|of| {
                let path = format!("/hours?week={}", of.week.monday());
                Link::new("See the time sheet", &stand.link(&path))
            }),
            title: m.title.clone(),
            state: words::work_state(m.state),
            refresh: paying.is_some(),
            standing: paying
                .or(disagreed)
                .or_else(|| if turn.is_none() { standing(&stand, m) } else { None }),
            turn,
            pulse: pulse::address(&stand),
            delivers: words::paragraphs(&m.delivers),
            deliveries: shown(visit, seen),
            reads: seen.deliveries.is_some(),
            deliver: if delivers(&stand, m) { deliver } else { String::new() },
            version: m.version(),
            changes: if decides && returns { format!("{path}/changes") } else { String::new() },
            left: words::times(left),
            accept: if decides { format!("{path}/accept") } else { String::new() },
            keep: format!("{}-{}", seen.of.engagement.label(), m.seq),
            money: words::money_state(m),
            price: words::amount(m.shared()),
            part: if parts { format!("{path}/release") } else { String::new() },
            disagreed: locked,
            disagree: seen.money.as_ref().and_then(|money| disagreement::link(visit, money)),
            moved: moved(m),
            sum,
            facts: facts(&stand, m),
            payees: payees(seen),
            refund: if sendable(&stand, m) && !locked {
                format!("{path}/refund")
            } else {
                String::new()
            },
            typed: Typed::default(),
            errors: Errors::default(),
        }
    }
}

/// Where it stands among the others.
fn place(stand: &Standpoint<'_>, m: &Milestone) -> String {
    match m.week {
        Some(_) => "Work by the hour".to_owned(),
        None => format!("Milestone {} of {}", m.seq, stand.of.milestones.len()),
    }
}

/// Whether its money can be sent back by whoever looks at it.
fn sendable(stand: &Standpoint<'_>, m: &Milestone) -> bool {
    match m.state {
        state if state.is_held() => stand.side().is_none() && stand.may(Deed::RefundMilestones),
        state => state.is_paid_out() && m.kept().minor() > 0 && stand.may(Deed::GiveBackReleased),
    }
}

fn works(stand: &Standpoint<'_>) -> bool {
    stand.of.engagement.works().is_ok()
}

fn delivers(stand: &Standpoint<'_>, m: &Milestone) -> bool {
    let open = matches!(m.state, MilestoneState::Funded | MilestoneState::ChangesRequested);
    let partner = stand.side() == Some(Side::Partner);
    open && partner && works(stand) && stand.may(Deed::SubmitDeliverables)
}

/// A payment that was begun and whose money is not held yet.
fn paying(visit: &Visit, seen: &Seen) -> Option<Notice> {
    let payment = seen.money.as_ref()?.payment.as_ref()?;
    if payment.state == PaymentState::Unconfirmed
        && seen.of.milestone.state == MilestoneState::Planned
    {
        let text = "Nothing was charged. Whoever pays opens the payment of this milestone and \
                    confirms it with the bank; otherwise it lapses.";
        return Some(Notice::held("The bank wants the payer to confirm", text));
    }
    let under_way = [PaymentState::Opening, PaymentState::Open, PaymentState::Charging];
    let open = under_way.contains(&payment.state);
    if seen.of.milestone.state != MilestoneState::Planned || !open {
        return None;
    }
    let since = words::then(visit, payment.created_at);
    let text = format!("Begun {since}. This page shows it as soon as the money is held.");
    Some(Notice::held("A payment is under way", &text))
}

/// What is awaited for this milestone, or how it ended.
fn standing(stand: &Standpoint<'_>, m: &Milestone) -> Option<Notice> {
    let price = words::amount(m.price);
    let at = |at: Option<_>| at.map(|at| words::then(stand.visit, at)).unwrap_or_default();
    if let Some(turn) = stand.of.turns.iter().find(|t| t.milestone.is_some_and(|x| x.0 == m.id)) {
        return Some(stand.awaited_of(turn));
    }
    match m.state {
        MilestoneState::Accepted => {
            let how = if m.accepted_by.is_none() { "It accepted itself" } else { "Accepted" };
            let text = match m.given_back.minor() {
                0 => format!("{} went to the payees named here.", words::amount(m.left())),
                _ => format!("{} of it went back to the customer.", words::amount(m.given_back)),
            };
            Some(Notice::good(&format!("{how} {}", at(m.accepted_at)), &text))
        }
        MilestoneState::Settled => {
            let (released, rest) = (words::amount(m.with_payees()), words::amount(m.gone_back()));
            let text = format!("{released} went to the payees named here, {rest} went back.");
            Some(Notice::info(&format!("Settled {}", at(m.settled_at)), &text))
        }
        MilestoneState::Refunded => {
            let text = format!("{price} went back to the customer, all of it.");
            Some(Notice::info(&format!("Refunded {}", at(m.refunded_at)), &text))
        }
        MilestoneState::Planned if !stand.of.engagement.state.is_over() => {
            Some(Notice::info("Not funded yet", "Work on it starts once its price is held."))
        }
        _ if stand.of.engagement.works().is_err() => {
            let word = words::state(stand.of.engagement.state).word.to_lowercase();
            let title = format!("The engagement is {word}");
            Some(Notice::held(&title, "Held money stays held, and nothing accepts itself."))
        }
        _ => None,
    }
}

/// The versions, the latest first.
fn shown(visit: &Visit, seen: &Seen) -> Vec<Delivery> {
    let (m, all) = (&seen.of.milestone, seen.deliveries.as_deref().unwrap_or_default());
    let one = |(index, work): (usize, &DeliveryWork)| {
        let (d, latest) = (&work.delivery, index == 0);
        let state = match (&d.changes, m.state) {
            (Some(_), _) => State::CHANGES_ASKED,
            (None, MilestoneState::Accepted) if latest => State::ACCEPTED,
            _ => State::DELIVERED,
        };
        let asked = d.changes_by_name.as_ref().zip(d.changes_at);
        Delivery {
            id: format!("v{}", d.version),
            title: format!("Version {}", d.version),
            by: format!("{}, {}", d.submitted_by_name, words::then(visit, d.submitted_at)),
            state,
            text: words::paragraphs(&d.text),
            evidence: evidence::told(&work.done),
            file: file(visit, d),
            changes_by: asked
                .map(|(name, at)| format!("{name} asked for changes {}", words::then(visit, at)))
                .unwrap_or_default(),
            changes: d.changes.as_deref().map(words::paragraphs).unwrap_or_default(),
        }
    };
    all.iter().enumerate().map(one).collect()
}

fn file(visit: &Visit, d: &Deliverable) -> Option<FileLine> {
    let size = u64::try_from(d.file_bytes.unwrap_or_default()).unwrap_or_default();
    let kind = file_kind(d.file_type.as_deref().unwrap_or_default());
    Some(FileLine {
        name: d.file_name.clone().unwrap_or_default(),
        href: visit.link(&format!("/files/{}", d.file?)),
        note: format!("{kind}, {}", format::bytes(size)),
    })
}

fn facts(stand: &Standpoint<'_>, m: &Milestone) -> Vec<Figure> {
    let visit = stand.visit;
    let terms = stand.of.statement.terms;
    let by_week = m.week.is_some();
    let itself = m.accepts_itself_at.filter(|_| m.state == MilestoneState::Submitted);
    let rows = [
        ("Time for it", (!by_week).then(|| words::days(m.days))),
        ("Funded", m.funded_at.map(|at| words::day_of(visit, at))),
        ("Due", m.due_on.map(|day| words::day(visit, day))),
        ("Delivered", m.submitted_at.map(|at| words::day_of(visit, at))),
        ("Accepts itself", itself.map(|at| words::day_of(visit, at))),
        ("Accepted", m.accepted_at.map(|at| words::day_of(visit, at))),
        (
            "Returned",
            (!by_week).then(|| format!("{} of {} times", m.change_requests, terms.change_requests)),
        ),
    ];
    rows.into_iter().filter_map(|(label, value)| Some(Figure::new(label, value?))).collect()
}

/// What was released before acceptance, and what is held still.
fn moved(m: &Milestone) -> Vec<Figure> {
    if !m.state.is_held() || m.released.minor() == 0 {
        return Vec::new();
    }
    let (released, held) = (words::amount(m.with_payees()), words::amount(m.held()));
    vec![Figure::new("Released before acceptance", &released), Figure::new("Still held", &held)]
}

/// Where each share is, once the milestone is accepted.
fn payees(seen: &Seen) -> Vec<Figure> {
    let lines = seen.money.as_ref().map(|money| money.split.as_slice()).unwrap_or_default();
    let figure = |line: &billing::SplitLine| {
        let word = match line.transfer? {
            TransferState::Paid => "sent",
            TransferState::Asked => "on its way",
            TransferState::Waiting => "waits for the payee’s account",
            TransferState::Refused => "came back, starts again",
            TransferState::Netted => "paid what was owed",
        };
        Some(Figure::new(&line.name, word))
    };
    lines.iter().filter_map(figure).collect()
}
