//! Scripts of engagements: who works with whom, how far they came and what they wrote on the way.

use serde::Deserialize;

use super::Content;
use super::briefs::{Budget, Need};
use super::check::Place;
use super::prose::Prose;

mod script;

/// One engagement, or what would have become one. Every `day` in it counts from its first day,
/// which is `started_days_ago`; the steps are in order and none lies in the future.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    pub slug: String,
    pub customer: String,
    /// E-mail address of the owner or administrator of the customer who decides.
    pub booked_by: String,
    pub consultant: String,
    /// E-mail address of the person of the consultant's organization who does the work.
    pub led_by: String,
    /// The consultant's service; its milestones are those of the proposal.
    pub service: String,
    /// The brief that it answers; without one, `request` says what the customer asked for.
    pub brief: Option<String>,
    pub request: Option<Request>,
    /// How far it came; it always agrees with the steps below.
    pub stage: Stage,
    pub started_days_ago: u16,
    pub invitation: Step,
    pub proposal: Option<Proposal>,
    /// The customer declines the proposal.
    pub declined: Option<Step>,
    /// The customer accepts the proposal.
    pub accepted: Option<Step>,
    /// The second side accepts the statement of work.
    pub signed: Option<Step>,
    /// One entry a milestone that was funded, in their order.
    #[serde(default)]
    pub work: Vec<Work>,
    /// For work by the hour: time of the week that runs, written on the day of the load.
    #[serde(default)]
    pub hours: Vec<Time>,
    /// The customer keeps a card, and lets it pay the weeks.
    #[serde(default)]
    pub paid_by_card: bool,
    #[serde(default)]
    pub messages: Vec<Message>,
    pub reviews: Option<Reviews>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The consultant has not answered the invitation.
    Invited,
    Proposed,
    Declined,
    /// The proposal is accepted, the statement of work is not.
    Contracting,
    /// Both sides signed; nothing is funded.
    Signed,
    /// A milestone is funded and not delivered, or hours are written.
    Active,
    Delivered,
    ChangesRequested,
    /// The first milestone is accepted and released, the second not funded.
    FirstPaid,
    /// Both milestones are accepted; nobody has reviewed.
    Completed,
    Reviewed,
    /// A held milestone went back to the customer and the engagement ended.
    Refunded,
}

impl Stage {
    pub const ALL: [Self; 12] = [
        Self::Invited,
        Self::Proposed,
        Self::Declined,
        Self::Contracting,
        Self::Signed,
        Self::Active,
        Self::Delivered,
        Self::ChangesRequested,
        Self::FirstPaid,
        Self::Completed,
        Self::Reviewed,
        Self::Refunded,
    ];
}

/// What a customer wrote who booked a package without posting a brief.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub title: String,
    pub problem: Prose,
    pub skills: Vec<String>,
    pub budget: Budget,
    pub need_by_day: u16,
    pub languages: Vec<String>,
    pub overlap_hours: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub day: u16,
    pub text: Prose,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    pub day: u16,
    pub note: Prose,
}

/// A milestone from its funding on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    pub funded_day: u16,
    /// Each but the last was returned with changes.
    #[serde(default)]
    pub submissions: Vec<Submission>,
    pub accepted: Option<Step>,
    pub refunded: Option<Refund>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    pub minutes: i32,
    pub text: Prose,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    pub day: u16,
    pub text: Prose,
    /// What the customer asked to have changed.
    pub changes: Option<Step>,
}

/// All of the held money returns; the engagement is cancelled with this text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    pub day: u16,
    pub by: Side,
    pub text: Prose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    Customer,
    Consultant,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    pub day: u16,
    pub from: Side,
    pub text: Prose,
}

/// Both sides' reviews, named by who wrote them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviews {
    pub customer: Review,
    pub consultant: Review,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    pub day: u16,
    pub scores: Scores,
    pub text: Prose,
    pub root_cause: Option<RootCause>,
    /// The reviewed side's answer, after publication.
    pub reply: Option<Prose>,
}

/// One to five each.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scores {
    pub outcome: u8,
    pub communication: u8,
    pub value: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RootCause {
    Product,
    Skill,
    Brief,
    Data,
    Process,
}

impl RootCause {
    pub fn word(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Skill => "skill",
            Self::Brief => "brief",
            Self::Data => "data",
            Self::Process => "process",
        }
    }
}

impl Engagement {
    /// Whether work was begun, and nobody has reviewed it.
    pub fn is_at_work(&self) -> bool {
        !(self.work.is_empty() && self.hours.is_empty()) && self.reviews.is_none()
    }

    /// Whether its consultant is paid.
    pub fn pays(&self) -> bool {
        !(self.work.is_empty() && self.hours.is_empty())
    }

    /// What the engagement answers. Loaded content always has it.
    pub fn need<'a>(&'a self, content: &'a Content) -> Option<Need<'a>> {
        if let Some(slug) = &self.brief {
            return content.brief(slug).map(super::Brief::need);
        }
        let (_, service) = content.service(&self.service)?;
        let request = self.request.as_ref()?;
        Some(Need {
            customer: &self.customer,
            by: &self.booked_by,
            title: &request.title,
            problem: &request.problem,
            skills: &request.skills,
            budget: request.budget,
            posted_days_ago: self.started_days_ago,
            need_by_days: i32::from(request.need_by_day) - i32::from(self.started_days_ago),
            languages: &request.languages,
            overlap_hours: request.overlap_hours,
            access: service.access,
        })
    }

    pub(super) fn check(&self, content: &Content, at: &mut Place<'_>) {
        at.slug("slug", &self.slug);
        self.check_parties(content, at);
        self.check_origin(content, at);
        script::check(self, at);
    }

    fn check_parties(&self, content: &Content, at: &mut Place<'_>) {
        let customer = content.customer(&self.customer);
        let what = format_args!("no customer is called {:?}", self.customer);
        at.require("customer", customer.is_some(), what);
        let books = customer.is_some_and(|c| c.may_book(&self.booked_by));
        let what = format_args!("{:?} decides nothing at {:?}", self.booked_by, self.customer);
        at.require("booked_by", books, what);
        let consultant = content.consultant(&self.consultant);
        let what = format_args!("no consultant is called {:?}", self.consultant);
        at.require("consultant", consultant.is_some(), what);
        let leads = consultant.is_some_and(|c| c.people.iter().any(|p| p.email == self.led_by));
        let what = format_args!("{:?} is nobody of {:?}", self.led_by, self.consultant);
        at.require("led_by", leads, what);
        let sold = consultant.is_some_and(|c| c.service(&self.service).is_some());
        let what = format_args!("{:?} offers no {:?}", self.consultant, self.service);
        at.require("service", sold, what);
        let hourly = content.service(&self.service).is_some_and(|(_, s)| s.hourly.is_some());
        let fits = hourly || (self.hours.is_empty() && !self.paid_by_card);
        at.require("hours", fits, format_args!("{:?} is not by the hour", self.service));
        at.require("work", !hourly || self.work.is_empty(), "hours have no milestones");
    }

    fn check_origin(&self, content: &Content, at: &mut Place<'_>) {
        let one = self.brief.is_some() != self.request.is_some();
        at.require("brief", one, "either a brief or a request, not both");
        if let Some(slug) = &self.brief {
            let brief = content.brief(slug);
            at.require("brief", brief.is_some(), format_args!("no brief is called {slug:?}"));
            let theirs = brief.is_none_or(|b| b.customer == self.customer);
            at.require("brief", theirs, format_args!("{slug:?} is another customer's"));
            let before = brief.is_none_or(|b| b.posted_days_ago >= self.started_days_ago);
            at.require("started_days_ago", before, "the brief was posted later");
            let others = content.engagements.iter().filter(|e| e.brief == self.brief);
            let booked = others.filter(|e| e.accepted.is_some()).count();
            at.require("brief", booked <= 1, format_args!("{slug:?} was booked {booked} times"));
        } else if let Some(need) = self.need(content) {
            need.check(content, &mut at.inside("request"));
        }
    }
}
