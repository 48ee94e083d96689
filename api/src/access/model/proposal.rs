//! What several people of a customer have to agree to before it holds, and the rule that says so.

use super::terms::Terms;
use crate::kernel::id::{
    AmendmentId, ConnectionId, EngagementId, GrantId, GrantProposalId, OrganizationId, PersonId,
};
use crate::kernel::money::Currency;
use crate::text_enum;
use crate::upstreams::Risk;
use chrono::{DateTime, NaiveDate, Utc};

/// The most people whom a rule can demand.
pub const MOST_APPROVERS: i16 = 5;

text_enum! {
    /// What a yes of several brings into force.
    pub enum GrantProposalKind {
        /// A letter that nobody asked for.
        Letter = "letter",
        /// A letter that its person asked for.
        Request = "request",
        /// More or longer on a letter in force.
        More = "more",
        /// A colleague's letter in place of an earlier one.
        Successor = "successor",
    }
}

text_enum! {
    /// What became of it; every answer but waiting is final.
    pub enum GrantProposalState {
        Waiting = "waiting",
        /// Enough people agreed.
        InForce = "in-force",
        /// One of the customer's people said no.
        Declined = "declined",
        /// Taken back by whoever wrote it.
        Withdrawn = "withdrawn",
        /// Not enough agreed in time, or what it was about ended before.
        Lapsed = "lapsed",
    }
}

text_enum! {
    /// For what the rule demands several.
    pub enum RuleAbout {
        Everything = "everything",
        /// Only letters that may do more than read.
        BeyondReading = "beyond-reading",
    }
}

/// How many of a customer's owners and admins must agree, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApproverRule {
    pub needed: i16,
    pub about: RuleAbout,
    /// How many people of the customer can agree now.
    pub people: i64,
    /// When it was set last, and by whom; never for the rule that holds from the start.
    pub set: Option<(DateTime<Utc>, String)>,
}

impl ApproverRule {
    /// Whether fewer can agree than must: then nothing that falls under it can be granted.
    pub fn is_stuck(&self) -> bool {
        self.needed > 1 && i64::from(self.needed) > self.people
    }
}

/// Exactly what is agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    pub kind: GrantProposalKind,
    /// The letter that gains or comes into force; a new one has no row yet.
    pub grant: GrantId,
    pub amendment: Option<AmendmentId>,
    pub engagement: EngagementId,
    pub customer: OrganizationId,
    pub partner: OrganizationId,
    pub connection: ConnectionId,
    pub consultant: PersonId,
    pub consultant_name: String,
    pub upstream: String,
    pub preset: String,
    pub terms: String,
    pub terms_hash: [u8; 32],
    /// The terms beside which more was looked at.
    pub before_hash: Option<Vec<u8>>,
    /// The last day in the customer's zone, where one was chosen.
    pub last_day: Option<NaiveDate>,
    /// The end of the letter that a successor follows.
    pub ends_by: Option<DateTime<Utc>>,
}

impl Frozen {
    /// Whether a yes wants the password: the letter could do more than read.
    pub fn needs_password(&self) -> bool {
        Terms::read(&self.terms).is_ok_and(|terms| terms.greatest_risk() > Risk::Read)
    }
}

/// A yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    pub person: PersonId,
    pub name: String,
    pub at: DateTime<Utc>,
    /// Whether it is to what waits now, by somebody who still decides for the customer.
    pub counts: bool,
    /// Whether it is to the latest edition.
    pub latest: bool,
}

/// Something that waits for several yeses, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub id: GrantProposalId,
    pub frozen: Frozen,
    pub engagement_number: i64,
    pub account_name: String,
    /// What the account is billed in, where that is known.
    pub currency: Option<Currency>,
    pub edition: i32,
    /// Names exactly this edition.
    pub hash: Vec<u8>,
    /// How many must agree: what the rule demanded when it was written, or demands now if more.
    pub needed: i16,
    pub proposed_by: PersonId,
    pub proposed_by_name: String,
    pub proposed_at: DateTime<Utc>,
    pub edited_by: PersonId,
    pub edited_by_name: String,
    pub edited_at: DateTime<Utc>,
    pub answer_by: DateTime<Utc>,
    pub state: GrantProposalState,
    pub closed_at: Option<DateTime<Utc>>,
    pub closed_by: Option<PersonId>,
    pub closed_by_name: Option<String>,
    pub close_reason: String,
    /// Everybody who agreed to any edition, earliest first.
    pub agreed: Vec<Agreed>,
}

impl Proposal {
    /// The engagement's number as people read it.
    pub fn engagement_label(&self) -> String {
        format!("A-{}", self.engagement_number)
    }

    /// Whether what it was about ended before it had to be answered.
    pub fn is_moot(&self) -> bool {
        let early = self.closed_at.is_some_and(|at| at < self.answer_by);
        self.state == GrantProposalState::Lapsed && early
    }

    /// How many yeses count.
    pub fn yeses(&self) -> usize {
        self.agreed.iter().filter(|yes| yes.counts).count()
    }

    /// Whether enough people agreed to what waits.
    pub fn is_enough(&self) -> bool {
        usize::try_from(self.needed).is_ok_and(|needed| self.yeses() >= needed)
    }

    /// Whether this person agreed to what waits.
    pub fn agreed_by(&self, person: PersonId) -> bool {
        self.agreed.iter().any(|yes| yes.latest && yes.person == person)
    }

    /// Whoever wrote it, or wrote it last, takes it back.
    pub fn is_of(&self, person: PersonId) -> bool {
        self.proposed_by == person || self.edited_by == person
    }
}
