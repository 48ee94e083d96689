//! Proposals over HTTP.

use crate::directory::{AccessPreset, Offer};
use crate::directory::{Hourly, HourlyBody, HourlyView};
use crate::kernel::id::{BriefId, InvitationId, ProfileId, ProposalId, ServiceId};
use crate::kernel::money::Money;
use crate::matching::model::{
    Compared, NewLine, NewMilestone, NewProposal, Page, Proposal, ProposalLine, ProposalMilestone,
    ProposalState, ServiceTerms,
};
use crate::matching::ops::ProposalDraft;
use crate::program::Tier;
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// A part of a milestone's price.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ProposalLineBody {
    /// What it is for, at most 160 characters.
    pub title: String,
    /// How much, in the program's currency.
    pub amount: Money,
}

/// A part of the work with its own price.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ProposalMilestoneBody {
    /// In a few words, at most 120 characters.
    pub title: String,
    /// What is delivered, at most 4,000 characters.
    pub delivers: String,
    /// The sum of its lines, fees included.
    pub price: Money,
    /// Days from funding to delivery, from 1 to 365.
    pub days: i32,
    /// One to forty; they add up to the price.
    #[oai(validator(max_items = 100))]
    pub lines: Vec<ProposalLineBody>,
}

/// A proposal to be sent; its total is the sum of its milestones.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ProposalBody {
    /// The service it is made from: one of the invited consultant's, published.
    pub service: Option<ServiceId>,
    /// In a few words, at most 120 characters.
    pub title: String,
    /// A note to the customer, at most 8,000 characters.
    pub note: String,
    /// The access to the customer's account that the work asks for.
    pub access_preset: AccessPreset,
    /// One to twelve, in order; none for work by the hour.
    #[oai(validator(max_items = 100))]
    pub milestones: Vec<ProposalMilestoneBody>,
    /// For work by the hour instead of milestones.
    pub hourly: Option<HourlyBody>,
    /// Days for which it may be accepted, from 1 to 90; the program's usual number when absent.
    pub valid_days: Option<i32>,
}

impl From<ProposalBody> for NewProposal {
    fn from(body: ProposalBody) -> Self {
        let line = |body: ProposalLineBody| NewLine { title: body.title, amount: body.amount };
        let milestone = |body: ProposalMilestoneBody| NewMilestone {
            title: body.title,
            delivers: body.delivers,
            price: body.price,
            days: body.days,
            lines: body.lines.into_iter().map(line).collect(),
        };
        Self {
            service: body.service,
            title: body.title,
            note: body.note,
            access_preset: body.access_preset,
            milestones: body.milestones.into_iter().map(milestone).collect(),
            hourly: body.hourly.map(Hourly::from),
            valid_days: body.valid_days,
        }
    }
}

impl From<NewProposal> for ProposalBody {
    fn from(new: NewProposal) -> Self {
        let line = |new: NewLine| ProposalLineBody { title: new.title, amount: new.amount };
        let milestone = |new: NewMilestone| ProposalMilestoneBody {
            title: new.title,
            delivers: new.delivers,
            price: new.price,
            days: new.days,
            lines: new.lines.into_iter().map(line).collect(),
        };
        Self {
            service: new.service,
            title: new.title,
            note: new.note,
            access_preset: new.access_preset,
            milestones: new.milestones.into_iter().map(milestone).collect(),
            hourly: new.hourly.map(HourlyBody::from),
            valid_days: new.valid_days,
        }
    }
}

/// A proposal to start from.
#[derive(Object)]
pub struct ProposalDraftView {
    /// As it would be sent, its note still to be written.
    pub proposal: ProposalBody,
    /// The consultant's published services, cheapest first.
    pub services: Vec<DraftServiceView>,
}

/// A service to start a proposal from.
#[derive(Object)]
pub struct DraftServiceView {
    /// The service.
    pub id: ServiceId,
    /// Its title.
    pub title: String,
    /// Slug of its category.
    pub category: String,
    /// The price of all its milestones.
    pub price: Money,
}

impl From<ProposalDraft> for ProposalDraftView {
    fn from(draft: ProposalDraft) -> Self {
        let service = |offer: Offer| DraftServiceView {
            id: offer.service,
            title: offer.title,
            category: offer.category,
            price: offer.price,
        };
        Self {
            proposal: draft.proposal.into(),
            services: draft.services.into_iter().map(service).collect(),
        }
    }
}

/// A part of a milestone's price.
#[derive(Object)]
pub struct ProposalLineView {
    /// What it is for.
    pub title: String,
    /// How much.
    pub amount: Money,
}

impl From<ProposalLine> for ProposalLineView {
    fn from(line: ProposalLine) -> Self {
        Self { title: line.title, amount: line.amount }
    }
}

/// A part of the work with its own price.
#[derive(Object)]
pub struct ProposalMilestoneView {
    /// Counts from 1.
    pub seq: i32,
    /// In a few words.
    pub title: String,
    /// What is delivered.
    pub delivers: String,
    /// The sum of its lines.
    pub price: Money,
    /// Days from funding to delivery.
    pub days: i32,
    /// What the price is made of.
    pub lines: Vec<ProposalLineView>,
}

impl From<ProposalMilestone> for ProposalMilestoneView {
    fn from(milestone: ProposalMilestone) -> Self {
        Self {
            seq: milestone.seq,
            title: milestone.title,
            delivers: milestone.delivers,
            price: milestone.price,
            days: milestone.days,
            lines: milestone.lines.into_iter().map(ProposalLineView::from).collect(),
        }
    }
}

/// A proposal.
#[derive(Object)]
pub struct ProposalView {
    /// The proposal.
    pub id: ProposalId,
    /// The invitation that it answers.
    pub invitation: InvitationId,
    /// The brief.
    pub brief: BriefId,
    /// The brief in a few words.
    pub brief_title: String,
    /// The organization that was proposed to.
    pub customer: String,
    /// The organization that proposes.
    pub partner: String,
    /// The profile of the consultant.
    pub profile: ProfileId,
    /// The person who would do the work.
    pub consultant: String,
    /// The service it was made from.
    pub service: Option<ServiceId>,
    /// In a few words.
    pub title: String,
    /// The consultant's note.
    pub note: String,
    /// The access to the customer's account that the work asks for.
    pub access_preset: AccessPreset,
    /// The price of all milestones together, or the most that all weeks cost, fees included.
    pub total: Money,
    /// For work by the hour, which has no milestones.
    pub hourly: Option<HourlyView>,
    /// In order.
    pub milestones: Vec<ProposalMilestoneView>,
    /// Where it stands; expired when its time has run out.
    pub state: ProposalState,
    /// The last instant at which it may be accepted.
    pub valid_until: DateTime<Utc>,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// When it was accepted, declined or withdrawn.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was declined or withdrawn.
    pub reason: Option<String>,
}

impl From<Proposal> for ProposalView {
    fn from(proposal: Proposal) -> Self {
        Self {
            id: proposal.id,
            invitation: proposal.invitation,
            brief: proposal.brief,
            brief_title: proposal.brief_title,
            customer: proposal.customer_name,
            partner: proposal.partner_name,
            profile: proposal.profile,
            consultant: proposal.consultant_name,
            service: proposal.service,
            title: proposal.title,
            note: proposal.note,
            access_preset: proposal.access_preset,
            total: proposal.total,
            hourly: proposal.hourly.map(HourlyView::from),
            milestones: proposal.milestones.into_iter().map(Into::into).collect(),
            state: proposal.state,
            valid_until: proposal.valid_until,
            sent_at: proposal.sent_at,
            decided_at: proposal.decided_at,
            reason: proposal.reason,
        }
    }
}

/// What the service behind a proposal includes and asks for.
#[derive(Object)]
pub struct ProposalServiceView {
    /// The service.
    pub id: ServiceId,
    /// Its title.
    pub title: String,
    /// What is included.
    pub includes: Vec<String>,
    /// What is not.
    pub excludes: Vec<String>,
    /// What the customer must provide.
    pub prerequisites: Vec<String>,
}

impl From<ServiceTerms> for ProposalServiceView {
    fn from(terms: ServiceTerms) -> Self {
        Self {
            id: terms.id,
            title: terms.title,
            includes: terms.includes,
            excludes: terms.excludes,
            prerequisites: terms.prerequisites,
        }
    }
}

/// A proposal with what one compares it by.
#[derive(Object)]
pub struct ComparedView {
    /// The proposal.
    pub proposal: ProposalView,
    /// Days of work, all milestones after each other.
    pub days: i32,
    /// The access it asks for, in words.
    pub access: String,
    /// The service it was made from.
    pub service: Option<ProposalServiceView>,
    /// Average of the consultant's published reviews, in hundredths from 100 to 500.
    pub rating_hundredths: Option<i32>,
    /// The consultant's published reviews; absent when the profile is not published any more.
    pub reviews: Option<i32>,
    /// The consultant's verified jobs; absent when the profile is not published any more.
    pub verified_jobs: Option<i32>,
    /// Standing in the program; absent when the profile is not published any more.
    pub tier: Option<Tier>,
}

impl From<Compared> for ComparedView {
    fn from(compared: Compared) -> Self {
        Self {
            proposal: compared.proposal.into(),
            days: compared.days,
            access: compared.access,
            service: compared.service.map(Into::into),
            rating_hundredths: compared.rating.and_then(|rating| rating.average_hundredths()),
            reviews: compared.rating.map(|rating| rating.reviews),
            verified_jobs: compared.verified_jobs,
            tier: compared.tier,
        }
    }
}

/// Proposals side by side.
#[derive(Object)]
pub struct ComparisonView {
    /// Latest first.
    pub items: Vec<ComparedView>,
    /// Send it as cursor for the next page; absent on the last.
    pub next: Option<String>,
}

impl From<Page<Compared>> for ComparisonView {
    fn from(page: Page<Compared>) -> Self {
        Self { items: page.items.into_iter().map(ComparedView::from).collect(), next: page.next }
    }
}
