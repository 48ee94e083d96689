//! A proposal and its machine.

use super::Hourly;
use super::facts::Parties;
use crate::directory::AccessPreset;
use crate::kernel::id::{
    BriefId, InvitationId, OrganizationId, PersonId, ProfileId, ProposalId, ServiceId,
};
use crate::kernel::money::Money;
use crate::matching::MatchingError;
use crate::text_enum;
use chrono::{DateTime, Utc};

text_enum! {
    /// Where a proposal stands.
    pub enum ProposalState {
        /// Waits for the customer.
        Open = "open",
        /// Still open in its row, but its time has run out by the database's clock.
        Expired = "expired",
        /// Accepted; an engagement follows.
        Accepted = "accepted",
        /// The customer said no.
        Declined = "declined",
        /// The consultant took it back.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// What moves a proposal.
    pub enum ProposalStep {
        Accept = "accept",
        Decline = "decline",
        Withdraw = "withdraw",
    }
}

impl ProposalState {
    /// The state after a step.
    ///
    /// Errors: `proposal-expired` for accepting too late, `proposal-not-open` for everything that
    /// comes after the end.
    pub fn after(self, step: ProposalStep) -> Result<Self, MatchingError> {
        use ProposalStep as Step;
        match (self, step) {
            (Self::Open, Step::Accept) => Ok(Self::Accepted),
            (Self::Expired, Step::Accept) => Err(MatchingError::ProposalExpired),
            (Self::Open | Self::Expired, Step::Decline) => Ok(Self::Declined),
            (Self::Open | Self::Expired, Step::Withdraw) => Ok(Self::Withdrawn),
            (state, _) => Err(MatchingError::ProposalNotOpen(state)),
        }
    }
}

/// A consultant's offer for one brief: what is done, by when, for which price.
///
/// The prices of the milestones add up to the total, the lines of a milestone to its price; the
/// database refuses anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub id: ProposalId,
    pub invitation: InvitationId,
    pub brief: BriefId,
    pub brief_number: i64,
    pub brief_title: String,
    pub customer: OrganizationId,
    pub customer_name: String,
    pub partner: OrganizationId,
    pub partner_name: String,
    pub profile: ProfileId,
    /// The person who would do the work.
    pub consultant: PersonId,
    pub consultant_name: String,
    pub service: Option<ServiceId>,
    /// Category of the service it was made from, if it was made from one.
    pub category: Option<String>,
    pub title: String,
    pub note: String,
    pub access_preset: AccessPreset,
    /// The price of all milestones together, or the most that all weeks cost, fees included; its
    /// currency is every price's.
    pub total: Money,
    /// For work by the hour, which has no milestones.
    pub hourly: Option<Hourly>,
    /// In order; at least one unless it is by the hour.
    pub milestones: Vec<ProposalMilestone>,
    pub state: ProposalState,
    /// The last instant at which it may be accepted.
    pub valid_until: DateTime<Utc>,
    pub sent_by: PersonId,
    pub sent_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by: Option<PersonId>,
    /// Why it was declined or withdrawn, in words.
    pub reason: Option<String>,
}

/// A part of the work with its own price and delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalMilestone {
    /// Counts from 1.
    pub seq: i32,
    pub title: String,
    /// What is delivered.
    pub delivers: String,
    pub price: Money,
    /// Days from funding to delivery.
    pub days: i32,
    /// What the price is made of; at least one.
    pub lines: Vec<ProposalLine>,
}

/// One part of a milestone's price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalLine {
    /// Counts from 1.
    pub seq: i32,
    pub title: String,
    pub amount: Money,
}

impl Proposal {
    /// What shares are made of: each milestone's price, or the most that a week costs.
    pub fn prices(&self) -> Vec<Money> {
        match &self.hourly {
            Some(hourly) => vec![hourly.most_a_week()],
            None => self.milestones.iter().map(|milestone| milestone.price).collect(),
        }
    }

    /// Whether this organization is one of its two sides.
    pub fn concerns(&self, organization: OrganizationId) -> bool {
        organization == self.customer || organization == self.partner
    }

    /// What events carry about the brief and the two sides.
    pub fn parties(&self) -> Parties {
        Parties {
            brief: self.brief,
            brief_number: self.brief_number,
            brief_title: self.brief_title.clone(),
            customer: self.customer,
            customer_name: self.customer_name.clone(),
            partner: self.partner,
            partner_name: self.partner_name.clone(),
            profile: self.profile,
            consultant: self.consultant,
            consultant_name: self.consultant_name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ProposalState, ProposalStep};

    /// Every pair of state and step; a refusal shows its code.
    #[test]
    fn the_whole_machine() {
        use crate::platform::refusal::Refusal;
        let expected = "\
open: accept accepted, decline declined, withdraw withdrawn
expired: accept proposal-expired!, decline declined, withdraw withdrawn
accepted: accept proposal-not-open!, decline proposal-not-open!, withdraw proposal-not-open!
declined: accept proposal-not-open!, decline proposal-not-open!, withdraw proposal-not-open!
withdrawn: accept proposal-not-open!, decline proposal-not-open!, withdraw proposal-not-open!
";
        let mut actual = String::new();
        for state in ProposalState::ALL {
            let steps: Vec<String> = ProposalStep::ALL
                .iter()
                .map(|step| match state.after(*step) {
                    Ok(next) => format!("{step} {next}"),
                    Err(refused) => format!("{step} {}!", refused.code()),
                })
                .collect();
            actual.push_str(&format!("{state}: {}\n", steps.join(", ")));
        }
        assert_eq!(actual, expected);
    }
}
