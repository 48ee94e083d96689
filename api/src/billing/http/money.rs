//! The money of one milestone over HTTP.

use super::releases::ReleaseView;
use super::views::{DisputeView, PaymentView, RefundView};
use crate::billing::model::TransferState;
use crate::billing::ops::{MilestoneMoney, SplitLine};
use crate::engagements::{MilestoneState, Party};
use crate::kernel::id::{MilestoneId, OrganizationId};
use crate::kernel::money::Money;
use poem_openapi::Object;

/// The money of one milestone.
#[derive(Object)]
pub struct MilestoneMoneyView {
    /// The milestone.
    pub milestone: MilestoneId,
    /// Where the milestone stands.
    pub state: MilestoneState,
    /// What the customer pays.
    pub price: Money,
    /// What of it went back to the customer, or is on its way.
    pub sent_back: Money,
    /// What is held now: it can be released or sent back.
    pub held: Money,
    /// What was released and did not go back: it can be sent back too.
    pub released: Money,
    /// The payment that counts now.
    pub payment: Option<PaymentView>,
    /// What was released, oldest first: parts, then the rest by acceptance.
    pub releases: Vec<ReleaseView>,
    /// What went back, oldest first.
    pub refunds: Vec<RefundView>,
    /// The latest dispute of its payment by the payer's bank.
    pub dispute: Option<DisputeView>,
    /// Who gets what, in a fixed order; empty before both sides signed. Adds up to the price
    /// without what was sent back; to the price when all of it was, before release.
    pub split: Vec<SplitView>,
}

/// A party's part of a milestone.
#[derive(Object)]
pub struct SplitView {
    /// The payee's part in it.
    pub party: Party,
    /// The payee; absent for the operator.
    pub organization: Option<OrganizationId>,
    /// The payee's name.
    pub name: String,
    /// Whether it can be paid now; else what it earns waits for its account.
    pub ready: bool,
    /// Parts of 10,000, frozen at signing.
    pub parts: i32,
    /// The amount, by the shares frozen at signing, without what was given back.
    pub amount: Money,
    /// What of that was released to it already.
    pub released: Money,
    /// What it gives back of what was released.
    pub given_back: Money,
    /// What of that is still to be taken: from its account, or from what it earns next.
    pub owed: Money,
    /// Where what was released to it is; of several releases the least advanced.
    pub transfer: Option<TransferState>,
    /// Why the last attempt to send it was refused.
    pub refusal: Option<String>,
}

impl From<MilestoneMoney> for MilestoneMoneyView {
    fn from(money: MilestoneMoney) -> Self {
        Self {
            milestone: money.milestone,
            state: money.state,
            price: money.price,
            payment: money.payment.map(PaymentView::from),
            sent_back: money.sent_back,
            held: money.held,
            released: money.released,
            releases: money.releases.into_iter().map(ReleaseView::from).collect(),
            refunds: money.refunds.into_iter().map(RefundView::from).collect(),
            dispute: money.dispute.map(DisputeView::from),
            split: money.split.into_iter().map(SplitView::from).collect(),
        }
    }
}

impl From<SplitLine> for SplitView {
    fn from(line: SplitLine) -> Self {
        let SplitLine { party, organization, name, ready, parts, amount, .. } = line;
        let SplitLine { transfer, refusal, .. } = line;
        let (released, given_back, owed) = (line.released, line.given_back, line.owed);
        Self {
            party,
            organization,
            name,
            ready,
            parts,
            amount,
            released,
            given_back,
            owed,
            transfer,
            refusal,
        }
    }
}
