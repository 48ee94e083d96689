//! What matching tells the other features, each fact in the transaction that makes it true.

use crate::kernel::id::{BriefId, InvitationId, OrganizationId, PersonId, ProfileId, ProposalId};
use crate::kernel::money::Money;
use crate::platform::jobs::event::Fact;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The brief a fact belongs to, with everybody who may want to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parties {
    pub brief: BriefId,
    pub brief_number: i64,
    pub brief_title: String,
    pub customer: OrganizationId,
    pub customer_name: String,
    pub partner: OrganizationId,
    pub partner_name: String,
    pub profile: ProfileId,
    pub consultant: PersonId,
    pub consultant_name: String,
}

impl Parties {
    /// The brief's number as people read it: B-318.
    pub fn label(&self) -> String {
        format!("B-{}", self.brief_number)
    }
}

/// A customer asks for help: a brief is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BriefPosted {
    pub brief: BriefId,
    pub brief_number: i64,
    pub brief_title: String,
    pub customer: OrganizationId,
    pub customer_name: String,
    pub budget_min: Money,
    pub budget_max: Money,
    /// How many consultants were matched.
    pub matches: usize,
}

impl Fact for BriefPosted {
    const KIND: &'static str = "brief-posted";
}

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident = $kind:literal { $($field:ident: $type:ty),* $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            pub of: Parties,
            $(pub $field: $type),*
        }

        impl Fact for $name {
            const KIND: &'static str = $kind;
        }
    )+};
}

facts! {
    /// A customer asks a consultant for a proposal.
    InvitationSent = "invitation-sent" { invitation: InvitationId, message: String }
    /// The consultant said no.
    InvitationDeclined = "invitation-declined" { invitation: InvitationId, reason: String }
    /// The customer took it back, or the brief was booked or closed.
    InvitationWithdrawn = "invitation-withdrawn" { invitation: InvitationId, reason: String }
    ProposalSent = "proposal-sent" {
        invitation: InvitationId, proposal: ProposalId, title: String, total: Money,
        valid_until: DateTime<Utc>,
    }
    /// The customer said no, or booked another one, or closed the brief.
    ProposalDeclined = "proposal-declined" {
        proposal: ProposalId, title: String, total: Money, reason: String,
    }
    /// The consultant took it back.
    ProposalWithdrawn = "proposal-withdrawn" {
        proposal: ProposalId, title: String, total: Money, reason: String,
    }
    /// The customer accepted it: the brief is booked.
    ProposalAccepted = "proposal-accepted" { proposal: ProposalId, title: String, total: Money }
}
