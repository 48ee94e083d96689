//! What the sides are shown: matches with the people in them, proposals side by side.

use super::brief::Brief;
use super::invitation::{Invitation, InvitationState};
use super::proposal::Proposal;
use super::score::{Change, Factor};
use crate::directory::{Expert, Offer, Rating};
use crate::kernel::id::{BriefId, InvitationId, MatchId, ServiceId};
use crate::program::Tier;
use chrono::{DateTime, Utc};

/// A page of a list and where the next one starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// Proposals for one brief that the customer may accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalsWaiting {
    pub brief: BriefId,
    pub number: i64,
    pub title: String,
    pub proposals: i64,
    /// When the first of them may no longer be accepted.
    pub first_lapses: DateTime<Utc>,
}

/// A consultant in the place that the points gave, as it was when it was computed; the person as
/// they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownMatch {
    pub id: MatchId,
    /// Counts from 1.
    pub place: i32,
    pub score_milli: i32,
    pub factors: Vec<Factor>,
    pub watch_out: String,
    pub change: Change,
    pub newcomer: bool,
    /// The service whose price was looked at, while it is offered.
    pub service: Option<Offer>,
    pub expert: Expert,
    pub invitation: Option<(InvitationId, InvitationState)>,
}

/// The matches of a brief, first place first. Who cannot be found any more is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matches {
    pub brief: Brief,
    pub items: Vec<ShownMatch>,
    /// Places there are, whatever the number asked for.
    pub places: i64,
    pub computed_at: Option<DateTime<Utc>>,
}

/// An invitation with all that its two sides need to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationFile {
    pub invitation: Invitation,
    pub brief: Brief,
    /// Why the consultant fits, as the customer read it; empty when they were not matched.
    pub reasons: Vec<Factor>,
    /// Proposals sent for it, latest first.
    pub proposals: Vec<Proposal>,
}

/// What the service behind a proposal includes and asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceTerms {
    pub id: ServiceId,
    pub title: String,
    pub includes: Vec<String>,
    pub excludes: Vec<String>,
    pub prerequisites: Vec<String>,
}

/// A proposal as a column of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub proposal: Proposal,
    /// Days of work, all milestones after each other.
    pub days: i32,
    /// The access it asks for, in words.
    pub access: String,
    pub service: Option<ServiceTerms>,
    /// Absent when the consultant cannot be found any more, as are the next two.
    pub rating: Option<Rating>,
    pub verified_jobs: Option<i32>,
    pub tier: Option<Tier>,
}
