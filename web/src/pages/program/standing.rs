//! Where a partner stands: its application, its place, the agreement it accepted, its fees.

use api::identity::Deed;
use api::platform::caller::Caller;
use api::program::{
    self, Application, ApplicationState, EnrollmentState, PartnerKind, Standing as Place,
};
use serde::Serialize;

use super::agreement::Head;
use super::overview::FeesNow;
use super::{overview, words};
use crate::format;
use crate::render::Page;
use crate::site::{PageError, Visit};
use crate::view::{Figure, Link, Notice, State, Tier};

/// What the organization can do next.
#[derive(Debug, Serialize)]
pub struct Turn {
    pub title: String,
    pub text: String,
    pub act: Link,
}

/// One application of the organization.
#[derive(Debug, Serialize)]
pub struct Sent {
    pub when: String,
    pub href: String,
    pub by: String,
    pub state: State,
}

/// The organization's own standing.
#[derive(Debug, Serialize)]
pub struct Standing {
    pub organization: String,
    pub kind: String,
    pub state: Option<State>,
    pub tier: Option<Tier>,
    pub turn: Option<Turn>,
    pub notice: Option<Notice>,
    pub facts: Vec<Figure>,
    /// The agreement it accepted.
    pub accepted: Option<Head>,
    /// The agreement in force, where that is another or none is accepted.
    pub in_force: Option<Head>,
    pub applications: Vec<Sent>,
    pub fees: FeesNow,
    /// What the organization does here: its profile, or the accounts it brought.
    pub ways: Vec<Link>,
}

pub async fn page_of(visit: &Visit, caller: &Caller) -> Result<Standing, PageError> {
    let app = visit.app();
    let place = program::my_standing(app, caller).await?;
    let applications = program::my_applications(app, caller).await?;
    let current = program::public_agreement(app, visit.vendor()).await?;
    let accepted = place.as_ref().map(|place| Head::of(visit, &place.agreement));
    let outdated = place.as_ref().is_none_or(|place| place.agreement.id != current.id);
    let told = Told::of(visit, caller, place.as_ref(), applications.first());
    let seat = visit.seat().map(|seat| seat.organization_name.clone());
    let kind = match caller.kind {
        api::platform::caller::OrganizationKind::Reseller => PartnerKind::Reseller,
        _ => PartnerKind::Consultant,
    };
    Ok(Standing {
        organization: seat.unwrap_or_default(),
        kind: words::kind(kind).to_owned(),
        state: place.as_ref().map(|p| words::enrollment_state(p.enrollment.state)),
        tier: place.as_ref().filter(|_| told.active).map(|p| words::tier(p.enrollment.tier)),
        facts: place.as_ref().map(|p| facts(visit, p)).unwrap_or_default(),
        turn: told.turn,
        notice: told.notice,
        accepted,
        in_force: outdated.then(|| Head::of(visit, &current)),
        applications: applications.iter().map(|it| sent(visit, it)).collect(),
        fees: overview::fees_now(visit, caller).await?,
        ways: if told.active { ways(visit, kind) } else { Vec::new() },
    })
}

/// What the page says first.
struct Told {
    active: bool,
    turn: Option<Turn>,
    notice: Option<Notice>,
}

impl Told {
    fn of(
        visit: &Visit,
        caller: &Caller,
        place: Option<&Place>,
        latest: Option<&Application>,
    ) -> Self {
        let state = place.map(|place| place.enrollment.state);
        let reason = place.and_then(|place| place.reason.clone());
        let notice = match state {
            Some(EnrollmentState::Active) => {
                return Self { active: true, turn: None, notice: None };
            }
            Some(EnrollmentState::Suspended) => {
                let text = "You are not found or invited until this ends. Work that is under way \
                            goes on.";
                let notice = Notice::bad("Your place is suspended", &because(text, reason));
                return Self { active: false, turn: None, notice: Some(notice) };
            }
            Some(EnrollmentState::Terminated) => {
                let text = "Your place in the program has ended.";
                Some(Notice::bad("You are no partner now", &because(text, reason)))
            }
            None => None,
        };
        let waits = latest.filter(|it| it.state == ApplicationState::Submitted);
        if let Some(waits) = waits {
            return Self { active: false, turn: None, notice: Some(waiting(visit, waits)) };
        }
        let rejected =
            latest.filter(|it| it.state == ApplicationState::Rejected && place.is_none());
        let notice = notice.or_else(|| rejected.map(|it| refused(visit, it)));
        let again = latest.is_some();
        if Deed::ApplyToProgram.allows(caller.kind, caller.role) {
            return Self { active: false, turn: Some(apply(visit, again)), notice };
        }
        let closed = words::only("owner", "apply");
        let notice = notice.unwrap_or_else(|| Notice::info("No partner yet", &closed));
        Self { active: false, turn: None, notice: Some(notice) }
    }
}

fn because(text: &str, reason: Option<String>) -> String {
    match reason {
        Some(reason) => format!("{text} The reason: {reason}"),
        None => text.to_owned(),
    }
}

fn waiting(visit: &Visit, it: &Application) -> Notice {
    let age = format::ago(it.submitted_at, visit.app().clock.now());
    let text = format!(
        "Sent by {} {age}, {}. You are told by mail as soon as it is decided.",
        it.applicant_name,
        words::instant(visit, it.submitted_at)
    );
    Notice::held(&format!("{} decides your application", visit.shell().program.vendor), &text)
}

fn refused(visit: &Visit, it: &Application) -> Notice {
    let decision = it.decision.as_ref();
    let when = decision.map(|d| words::date(visit, d.at)).unwrap_or_default();
    let reason = decision.and_then(|d| d.reason.clone()).unwrap_or_default();
    Notice::bad(&format!("Your application was refused on {when}"), &reason)
}

fn apply(visit: &Visit, again: bool) -> Turn {
    let label = if again { "Apply again" } else { "Apply" };
    let vendor = &visit.shell().program.vendor;
    Turn {
        title: format!("{label} to the program"),
        text: format!(
            "Say what you do best and who can speak for you, and accept the agreement. {vendor} \
             decides, and tells you why if it is a no."
        ),
        act: Link::new(label, &visit.link("/program/apply")),
    }
}

fn facts(visit: &Visit, place: &Place) -> Vec<Figure> {
    vec![
        Figure::new("Partner since", words::date(visit, place.enrollment.since)),
        Figure::new("As", words::kind(place.enrollment.kind)),
    ]
}

fn sent(visit: &Visit, it: &Application) -> Sent {
    Sent {
        when: words::date(visit, it.submitted_at),
        href: visit.link(&format!("/program/applications/{}", it.id)),
        by: it.applicant_name.clone(),
        state: words::application_state(it.state),
    }
}

fn ways(visit: &Visit, kind: PartnerKind) -> Vec<Link> {
    let ways: &[(&str, &str)] = match kind {
        PartnerKind::Consultant => &[
            ("Your profile", "/profile"),
            ("Your services", "/services"),
            ("Where you are paid", "/payouts"),
        ],
        PartnerKind::Reseller => &[
            ("Accounts you brought", "/accounts"),
            ("Your statement", "/statements"),
            ("Where you are paid", "/payouts"),
        ],
    };
    ways.iter().map(|(label, path)| Link::new(label, &visit.link(path))).collect()
}

impl Page for Standing {
    const TEMPLATE: &'static str = "program/standing.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let none = Self {
            state: None,
            tier: None,
            facts: Vec::new(),
            accepted: None,
            in_force: Some(Head::sample()),
            applications: Vec::new(),
            ways: Vec::new(),
            turn: Some(Turn {
                title: "Apply to the program".into(),
                text: "Say what you do best and who can speak for you.".into(),
                act: Link::new("Apply", "/p/larkfield/program/apply"),
            }),
            ..sample()
        };
        let mut refused = sample();
        refused.notice = Some(Notice::bad("Your application was refused", "It names no consent."));
        let mut waiting = sample();
        waiting.notice = Some(Notice::held("Larkfield decides", "Sent 5 days ago."));
        vec![("active", sample()), ("none", none), ("refused", refused), ("waiting", waiting)]
    }
}

fn sample() -> Standing {
    Standing {
        organization: "Brandt Lifecycle Studio".into(),
        kind: "Consultant".into(),
        state: Some(words::enrollment_state(EnrollmentState::Active)),
        tier: Some(Tier::ranked("Principal", 3)),
        turn: None,
        notice: None,
        facts: vec![Figure::new("Partner since", "2 May 2025"), Figure::new("As", "Consultant")],
        accepted: Some(Head::sample()),
        in_force: None,
        applications: vec![Sent {
            when: "2 May 2026".into(),
            href: "/p/larkfield/program/applications/a-1".into(),
            by: "Ines Oyelaran-Brandt".into(),
            state: State::ADMITTED,
        }],
        fees: FeesNow::sample(),
        ways: vec![Link::new("Your profile", "/p/larkfield/profile")],
    }
}
