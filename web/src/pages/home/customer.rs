//! A customer's day.

use api::access::{self, Alarm, AlarmsWanted, Approval, ApprovalState, Connection};
use api::access::{ConnectionState, Grant, Proposal, Standing};
use api::billing;
use api::engagements::{self, Side};
use api::identity::roles::Deed;
use api::matching::{self, Brief, BriefState, ProposalsWaiting};
use api::platform::caller::Caller;
use api::platform::http::paging::PageWanted;
use api::platform::refusal::Error;

use super::may;
use super::today::{Agenda, FirstStep, Number};
use super::waiting::Waits;
use super::work::{amounts, disagreement, going_on, holding, sums, turns_of};
use crate::pages::access::proposal as access_proposal;
use crate::site::{PageError, Visit};
use crate::view::Link;

/// Answers about money that are wanted, and money that has to leave.
pub(super) async fn money(visit: &Visit, caller: &Caller) -> Result<Vec<Waits>, Error> {
    let app = visit.app();
    let (split, ends) = futures::try_join!(
        billing::waiting_disagreements(app, caller, 5),
        billing::holdings_ending(app, caller, 5),
    )?;
    let split = split.iter().map(|line| disagreement(line, "Answer", visit));
    Ok(split.chain(ends.iter().map(|of| holding(of, visit))).collect())
}

pub async fn agenda(visit: &Visit, caller: &Caller) -> Result<Agenda, PageError> {
    let app = visit.app();
    let unusual = AlarmsWanted { open: true, ..AlarmsWanted::default() };
    let (work, proposals, briefs, grants, connections, calls, alarms, money) = futures::try_join!(
        engagements::current_engagements(app, caller),
        matching::waiting_proposals(app, caller),
        matching::list_briefs(app, caller, None, Some(100), None),
        access::list_grants(app, caller, None, PageWanted::first(100)),
        access::list_connections(app, caller),
        access::list_open_approvals(app, caller, None),
        access::list_alarms(app, caller, unusual, (Some(5), None)),
        money(visit, caller),
    )?;
    let decides = may(caller, Deed::GrantAccess);
    let proposed = if decides { access::list_waiting(app, caller).await? } else { Vec::new() };
    let briefs = briefs.items;
    let mut waits = money;
    if may(caller, Deed::DecideProposals) {
        waits.extend(proposals.iter().map(|of| compare(of, visit)));
    }
    if may(caller, Deed::CloseAlarms) {
        waits.extend(alarms.0.iter().map(|alarm| look_at(alarm, visit)));
    }
    if decides {
        let yours = proposed.iter().filter(|it| !it.agreed_by(caller.person));
        waits.extend(yours.map(|it| agree(it, visit)));
        let asked = grants.iter().filter(|grant| grant.standing == Standing::Requested);
        waits.extend(asked.map(|grant| answer(grant, visit)));
        let calls = calls.iter().filter(|call| call.state == ApprovalState::Waiting);
        waits.extend(calls.map(|call| approve(call, visit)));
        let more = grants.iter().filter(|grant| grant.more_until.is_some());
        waits.extend(more.map(|grant| answer_more(grant, visit)));
        let unused = grants.iter().filter(|grant| grant.standing == Standing::Unused);
        waits.extend(unused.map(|grant| restore(grant, visit)));
        let broken = connections.iter().filter(|c| c.state == ConnectionState::NeedsReconnect);
        waits.extend(broken.map(|connection| reconnect(connection, visit)));
    }
    if may(caller, Deed::FundMilestones) {
        waits.extend(turns_of(Side::Customer, &work, visit, |_| true));
    }
    let write = Link::new("Write a brief", &visit.link("/briefs/new"));
    let steps =
        if work.is_empty() { first_steps(visit, &briefs, &connections) } else { Vec::new() };
    let held = sums(&work, |totals| totals.held);
    let currency = held.first().map(|money| money.currency());
    let in_force = grants.iter().filter(|grant| grant.standing == Standing::InForce).count();
    let open = briefs.iter().filter(|brief| brief.state == BriefState::Open).count();
    let accounts = connections.iter().filter(|c| c.state == ConnectionState::Active).count();
    Ok(Agenda {
        waits,
        steps,
        lists: vec![going_on(Some(Side::Customer), &work, visit, Some(write))],
        numbers: vec![
            Number::new("Held", amounts(&held, currency), visit.link("/statements")),
            Number::new("Open briefs", open.to_string(), visit.link("/briefs")),
            Number::new("Letters of access", in_force.to_string(), visit.link("/access")),
            Number::new("Accounts connected", accounts.to_string(), visit.link("/connections")),
        ],
    })
}

fn compare(of: &ProposalsWaiting, visit: &Visit) -> Waits {
    let many = u64::try_from(of.proposals).unwrap_or_default();
    let (title, act) = match many {
        1 => (format!("Decide the proposal for {}", of.title), "Read it"),
        _ => (format!("Compare {many} proposals for {}", of.title), "Compare"),
    };
    let path = format!("/briefs/{}/proposals", of.brief);
    let text = match many {
        1 => format!("It can be accepted until then. B-{}", of.number),
        _ => format!("The first of them can be accepted until then. B-{}", of.number),
    };
    Waits::new(&title, Link::new(act, &visit.link(&path)))
        .saying(&text)
        .until(of.first_lapses, visit)
}

fn answer(grant: &Grant, visit: &Visit) -> Waits {
    let title = format!("{} asks for access", grant.consultant_name);
    let act = Link::new("Read what for", &visit.link(&format!("/grants/{}", grant.id)));
    let text = format!("Grant it or say no. {} · {}", grant.upstream, grant.engagement_label());
    let waits = Waits::new(&title, act).saying(&text);
    match grant.answer_by {
        Some(at) => waits.until(at, visit),
        None => waits,
    }
}

fn agree(it: &Proposal, visit: &Visit) -> Waits {
    let path = format!("/access/proposals/{}", it.id);
    let act = Link::new("Read it and answer", &visit.link(&path));
    let text = format!(
        "{} of {} have agreed. {} · {}",
        it.yeses(),
        it.needed,
        it.account_name,
        it.engagement_label()
    );
    Waits::new(&access_proposal::title(it), act).saying(&text).until(it.answer_by, visit)
}

fn approve(call: &Approval, visit: &Visit) -> Waits {
    let title = format!("{} asks to {}", call.person_name, call.deed);
    let act = Link::new("See exactly what", &visit.link(&format!("/approvals/{}", call.id)));
    let text = format!("Nothing was sent. {} · {}", call.account_name, call.engagement_label());
    Waits::new(&title, act).saying(&text).until(call.answer_by, visit)
}

fn answer_more(grant: &Grant, visit: &Visit) -> Waits {
    let title = format!("{} asks for more access", grant.consultant_name);
    let act = Link::new("See what is new", &visit.link(&format!("/grants/{}/more", grant.id)));
    let text = format!("The letter goes on as it is. {}", grant.engagement_label());
    let waits = Waits::new(&title, act).saying(&text);
    match grant.more_until {
        Some(at) => waits.until(at, visit),
        None => waits,
    }
}

fn look_at(alarm: &Alarm, visit: &Visit) -> Waits {
    let title = format!("Something is unusual with {}’s access", alarm.consultant_name);
    let act = Link::new("Look at it", &visit.link(&format!("/alarms/{}", alarm.id)));
    let text = format!("{} {}", alarm.what.sentence(), alarm.account_name);
    Waits::new(&title, act).saying(&text)
}

fn restore(grant: &Grant, visit: &Visit) -> Waits {
    let why = match (&grant.program_reason, grant.rests_by_deed()) {
        (Some(_), _) => "stopped by the program",
        (None, true) => "stopped for now",
        (None, false) => "unused",
    };
    let title = format!("{}’s access rests, {why}", grant.consultant_name);
    let act = Link::new("Look at it", &visit.link(&format!("/grants/{}", grant.id)));
    let text = format!("Let it work again, or end it. {}", grant.engagement_label());
    Waits::new(&title, act).saying(&text)
}

fn reconnect(connection: &Connection, visit: &Visit) -> Waits {
    let title = format!("Connect {} again", connection.account_name);
    let path = format!("/connections#{}", connection.id);
    Waits::new(&title, Link::new("Connect", &visit.link(&path)))
        .saying("The application no longer takes our key. Until then no letter of access works.")
}

fn first_steps(visit: &Visit, briefs: &[Brief], connections: &[Connection]) -> Vec<FirstStep> {
    let posted = briefs.iter().any(|brief| brief.state != BriefState::Draft);
    let invited = briefs.iter().any(|brief| brief.invited > 0);
    let connected = connections.iter().any(|c| c.state == ConnectionState::Active);
    let latest = briefs.iter().find(|brief| brief.state == BriefState::Open);
    let matches = latest
        .map_or_else(|| "/experts".to_owned(), |brief| format!("/briefs/{}/matches", brief.id));
    let write = match briefs.first().filter(|_| !posted) {
        Some(draft) => {
            Link::new("Finish your brief", &visit.link(&format!("/briefs/{}", draft.id)))
        }
        None => Link::new("Write a brief", &visit.link("/briefs/new")),
    };
    let label = if latest.is_some() { "See your matches" } else { "Look around" };
    vec![
        FirstStep::new(
            "Write a brief",
            "What you need, by when and for how much. The best fits come back with their reasons.",
            posted,
            write,
        ),
        FirstStep::new(
            "Invite an expert",
            "You choose who may propose. Nobody sees your brief before.",
            invited,
            Link::new(label, &visit.link(&matches)),
        ),
        FirstStep::new(
            "Connect your account",
            "Nobody gets in by this alone: each letter of access is yours to grant and to end.",
            connected,
            Link::new("Connect it", &visit.link("/connections")),
        ),
    ]
}
