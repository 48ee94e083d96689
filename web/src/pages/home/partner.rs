//! A consultant's day.

use api::billing::{self, Earnings, PayoutStage, Payouts};
use api::directory::{self, Profile, Service, ServiceState};
use api::engagements::{self, Side, Task};
use api::identity::roles::Deed;
use api::matching::{self, Invitation, InvitationState};
use api::platform::caller::Caller;
use api::program::{self, Application, ApplicationState, Enrollment, EnrollmentState, Tier};

use super::today::{Agenda, FirstStep, Number};
use super::waiting::Waits;
use super::work::{amount, going_on, turns_of};
use super::{customer, may};
use crate::format;
use crate::site::{PageError, Visit};
use crate::view::Link;

/// How an organization stands with the program, as far as this role may see it.
struct Standing {
    applications: Vec<Application>,
    enrollment: Option<Enrollment>,
    profile: Option<Profile>,
    services: Option<Vec<Service>>,
    payouts: Option<Payouts>,
    earnings: Option<Earnings>,
}

pub async fn agenda(visit: &Visit, caller: &Caller) -> Result<Agenda, PageError> {
    let app = visit.app();
    let sent = (None, Some(InvitationState::Sent));
    let (work, invitations, standing, money) = futures::try_join!(
        async { Ok(engagements::current_engagements(app, caller).await?) },
        async { Ok(matching::list_invitations(app, caller, sent, Some(50), None).await?.items) },
        standing(visit, caller),
        async { Ok(customer::money(visit, caller).await?) },
    )?;
    let leads = may(caller, Deed::AcceptWork);
    let mut waits = money;
    waits.extend(invitations.iter().map(|one| invitation(one, visit)));
    waits.extend(turns_of(Side::Partner, &work, visit, |task| leads || delivers(task)));
    waits.extend(standing.waits(visit));
    let experts = Link::new("See your profile", &visit.link("/profile"));
    let steps = standing.steps(visit, caller);
    let unfinished = steps.iter().any(|step| !step.done);
    let act = (!unfinished).then_some(experts);
    Ok(Agenda {
        waits,
        lists: vec![going_on(Some(Side::Partner), &work, visit, act)],
        numbers: standing.numbers(visit, invitations.len()),
        steps,
    })
}

/// What a consultant does who leads nothing.
fn delivers(task: Task) -> bool {
    matches!(task, Task::Deliver | Task::DeliverAgain)
}

async fn standing(visit: &Visit, caller: &Caller) -> Result<Standing, PageError> {
    let app = visit.app();
    let (applications, enrollment, profile, services, (payouts, earnings)) = futures::try_join!(
        program::my_applications(app, caller),
        program::own_enrollment(app, caller),
        directory::own_profile(app, caller),
        services(visit, caller),
        money(visit, caller),
    )?;
    Ok(Standing { applications, enrollment, profile, services, payouts, earnings })
}

async fn services(
    visit: &Visit,
    caller: &Caller,
) -> Result<Option<Vec<Service>>, api::platform::refusal::Error> {
    if !may(caller, Deed::EditServices) {
        return Ok(None);
    }
    let wanted = Some(ServiceState::Published);
    let (services, _) = directory::list_services(visit.app(), caller, wanted, None, None).await?;
    Ok(Some(services))
}

type Money = (Option<Payouts>, Option<Earnings>);

async fn money(visit: &Visit, caller: &Caller) -> Result<Money, api::platform::refusal::Error> {
    if !may(caller, Deed::SeeStatements) {
        return Ok((None, None));
    }
    let (payouts, earnings) = futures::try_join!(
        billing::payouts(visit.app(), caller),
        billing::earnings(visit.app(), caller)
    )?;
    Ok((Some(payouts), Some(earnings)))
}

fn invitation(one: &Invitation, visit: &Visit) -> Waits {
    let title = format!("Answer {}: {}", one.of.customer_name, one.of.brief_title);
    let path = format!("/invitations/{}", one.id);
    let asked = format::ago(one.sent_at, visit.app().clock.now());
    let text =
        format!("{} asks {} for a proposal. Sent {asked}", one.sender, one.of.consultant_name);
    Waits::new(&title, Link::new("Read the brief", &visit.link(&path))).saying(&text)
}

impl Standing {
    fn admitted(&self) -> bool {
        self.enrollment.as_ref().is_some_and(|e| e.state == EnrollmentState::Active)
    }

    fn stage(&self) -> Option<PayoutStage> {
        self.payouts.as_ref().map(|payouts| payouts.stage)
    }

    /// What waits beside engagements: money that cannot be sent.
    fn waits(&self, visit: &Visit) -> Vec<Waits> {
        let earned = self.earnings.map(|e| e.available).filter(|money| money.minor() > 0);
        let stuck = matches!(self.stage(), Some(PayoutStage::NotStarted | PayoutStage::Incomplete));
        let waits = earned.filter(|_| stuck).map(|money| {
            let title = format!("Say where to send {}", amount(money));
            Waits::new(&title, Link::new("Finish payouts", &visit.link("/payouts")))
                .saying("It is earned, and waits until your payout details are complete.")
        });
        let suspended = self.enrollment.as_ref();
        let suspended = suspended.filter(|e| e.state == EnrollmentState::Suspended).map(|_| {
            Waits::new(
                "Your place in the program rests",
                Link::new("See why", &visit.link("/program")),
            )
            .saying("Nobody finds you and no new work begins until the program reinstates you.")
        });
        waits.into_iter().chain(suspended).collect()
    }

    fn steps(&self, visit: &Visit, caller: &Caller) -> Vec<FirstStep> {
        let mut steps = vec![self.application_step(visit, caller), self.profile_step(visit)];
        if let Some(services) = &self.services {
            let act = Link::new("Write a service", &visit.link("/services/new"));
            let text = "What is delivered, for which price, and the access it asks for.";
            steps.push(FirstStep::new("Publish a service", text, !services.is_empty(), act));
        }
        if let Some(stage) = self.stage() {
            steps.push(payout_step(stage, visit));
        }
        if self.enrollment.is_none() {
            // Profile, services and payouts follow admission.
            let later = steps.split_off(1);
            steps.extend(later.into_iter().map(FirstStep::without_act));
        }
        steps
    }

    fn application_step(&self, visit: &Visit, caller: &Caller) -> FirstStep {
        let latest = self.applications.first().map(|application| application.state);
        let (text, act) = match latest {
            Some(ApplicationState::Submitted) => {
                ("Your application is with the program. You are told by mail.", "See it")
            }
            Some(ApplicationState::Rejected) => {
                ("Your application was not accepted. The reason is on its page.", "See why")
            }
            _ => ("Say what you do, and name clients who speak for you.", "Apply"),
        };
        let path = if latest.is_none() { "/program/apply" } else { "/program" };
        let act = Link::new(act, &visit.link(path));
        let step = FirstStep::new("Join the program", text, self.enrollment.is_some(), act);
        if may(caller, Deed::ApplyToProgram) { step } else { step.without_act() }
    }

    fn profile_step(&self, visit: &Visit) -> FirstStep {
        let published = self.profile.as_ref().is_some_and(|p| p.published_at.is_some());
        let missing = self.profile.as_ref().map_or(0, |p| p.fields.missing().len());
        let missing = u64::try_from(missing).unwrap_or_default();
        let text = match missing {
            0 => "Customers find you by it, and matches are computed from it.".to_owned(),
            n => format!(
                "{} to complete before it can be published.",
                format::count(n, "field", "fields")
            ),
        };
        let act = Link::new("Write it", &visit.link("/profile"));
        FirstStep::new("Publish your profile", &text, published, act)
    }

    fn numbers(&self, visit: &Visit, invitations: usize) -> Vec<Number> {
        let mut numbers = Vec::new();
        if let Some(earnings) = &self.earnings {
            let at = || visit.link("/earnings");
            numbers.push(Number::new("On hold", amount(earnings.on_hold), at()));
            numbers.push(Number::new("On the way", amount(earnings.on_the_way), at()));
            numbers.push(Number::new("Paid out", amount(earnings.paid), at()));
        }
        let invitations = invitations.to_string();
        numbers.push(Number::new("Invitations", invitations, visit.link("/invitations")));
        if let Some(services) = &self.services {
            let offered = services.len().to_string();
            numbers.push(Number::new("Services offered", offered, visit.link("/services")));
        }
        let standing = match self.enrollment.as_ref().map(|e| e.tier) {
            _ if !self.admitted() => "not in the program",
            Some(Tier::Accredited) => "Accredited",
            Some(Tier::Principal) => "Principal",
            _ => "Listed",
        };
        numbers.push(Number::new("Standing", standing, visit.link("/program")));
        numbers
    }
}

pub fn payout_step(stage: PayoutStage, visit: &Visit) -> FirstStep {
    let text = match stage {
        PayoutStage::NotStarted => "Your bank details go to Stripe, never to us.",
        PayoutStage::Incomplete => "Stripe still wants something. Go on where you stopped.",
        PayoutStage::Checking => "Stripe is checking what you gave. There is nothing to do.",
        PayoutStage::Ready => "Shares are sent as they are earned.",
    };
    let ready = stage == PayoutStage::Ready;
    let act = Link::new("Set up payouts", &visit.link("/payouts"));
    let step = FirstStep::new("Be payable", text, ready, act);
    if stage == PayoutStage::Checking { step.without_act() } else { step }
}
