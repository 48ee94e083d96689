//! Releases of parts over HTTP: what was released, and what a part would bring whom.

use crate::billing::model::Release;
use crate::billing::ops::{Gets, ReleasePreview};
use crate::engagements::Party;
use crate::kernel::id::{MilestoneId, OrganizationId, PersonId, ReleaseId};
use crate::kernel::money::Money;
use chrono::{DateTime, Utc};
use poem_openapi::Object;

/// How much of what is held is released now, and why.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct ReleaseBody {
    /// What is released; less than all that is held.
    pub amount: Money,
    /// A reason that both sides and the payees may read.
    pub reason: String,
}

/// Held money that became its payees'.
#[derive(Object)]
pub struct ReleaseView {
    /// The release.
    pub id: ReleaseId,
    /// What was paid with it.
    pub milestone: MilestoneId,
    /// What was released.
    pub amount: Money,
    /// Whether acceptance released it: the rest that was held then.
    pub acceptance: bool,
    /// Why a part was released; empty for an acceptance.
    pub reason: String,
    /// Who released it; absent when silence accepted.
    pub by: Option<PersonId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<Release> for ReleaseView {
    fn from(release: Release) -> Self {
        let Release { id, milestone, amount, acceptance, reason, by, at } = release;
        Self { id, milestone, amount, acceptance, reason, by, at }
    }
}

/// What was released of a milestone.
#[derive(Object)]
pub struct ReleaseList {
    /// Oldest first.
    pub items: Vec<ReleaseView>,
    /// What is held still.
    pub held: Money,
}

/// A release that nobody asked for yet.
#[derive(Object)]
pub struct ReleasePreviewView {
    /// What would be released.
    pub amount: Money,
    /// What is held now; a part is less.
    pub held: Money,
    /// What would stay held.
    pub left: Money,
    /// When the payees can use it; absent while the processor has not told.
    pub usable_at: Option<DateTime<Utc>>,
    /// Who gets what, in a fixed order; together the amount.
    pub parts: Vec<GetsView>,
}

/// What a release would bring one party.
#[derive(Object)]
pub struct GetsView {
    /// The payee's part in the milestone.
    pub party: Party,
    /// The payee; absent for the operator.
    pub organization: Option<OrganizationId>,
    /// The payee's name.
    pub name: String,
    /// What it gets.
    pub gets: Money,
    /// What of that pays what it owes, and is not sent.
    pub pays: Money,
    /// Whether it is sent at once; else as soon as the payee's account can be paid.
    pub sent: bool,
    /// What it would give back if all of this were sent back tomorrow.
    pub gives_back: Money,
}

impl From<ReleasePreview> for ReleasePreviewView {
    fn from(preview: ReleasePreview) -> Self {
        let ReleasePreview { amount, held, left, usable_at, parts } = preview;
        let parts = parts.into_iter().map(GetsView::from).collect();
        Self { amount, held, left, usable_at, parts }
    }
}

impl From<Gets> for GetsView {
    fn from(part: Gets) -> Self {
        let Gets { party, organization, name, gets, pays, sent, gives_back } = part;
        Self { party, organization, name, gets, pays, sent, gives_back }
    }
}
