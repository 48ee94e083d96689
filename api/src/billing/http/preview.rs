//! What a refund would take from whom, over HTTP.

use crate::billing::ops::{GivesBack, RefundPreview};
use crate::engagements::Party;
use crate::kernel::id::OrganizationId;
use crate::kernel::money::Money;
use poem_openapi::Object;

/// A refund that nobody asked for yet.
#[derive(Object)]
pub struct RefundPreviewView {
    /// What would go back.
    pub amount: Money,
    /// The most that can go back now.
    pub most: Money,
    /// Whether its payees have it already; nobody has what is held.
    pub released: bool,
    /// Who gives what, in a fixed order; together the amount.
    pub parts: Vec<GivesBackView>,
}

/// What one party would give back.
#[derive(Object)]
pub struct GivesBackView {
    /// The payee's part in the milestone.
    pub party: Party,
    /// The payee; absent for the operator.
    pub organization: Option<OrganizationId>,
    /// The payee's name.
    pub name: String,
    /// What it gives back; of held money, what it gets less.
    pub gives: Money,
    /// What of its share is at its account, or on its way there.
    pub with_it: Money,
    /// What of its share was not sent: that pays first.
    pub not_sent: Money,
}

impl From<RefundPreview> for RefundPreviewView {
    fn from(preview: RefundPreview) -> Self {
        let RefundPreview { amount, most, released, parts } = preview;
        let parts = parts.into_iter().map(GivesBackView::from).collect();
        Self { amount, most, released, parts }
    }
}

impl From<GivesBack> for GivesBackView {
    fn from(part: GivesBack) -> Self {
        let GivesBack { party, organization, name, gives, with_it, not_sent } = part;
        Self { party, organization, name, gives, with_it, not_sent }
    }
}
