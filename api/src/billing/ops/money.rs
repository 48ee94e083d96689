//! The money of one milestone: paid, held, split, on its way.

use crate::app::App;
use crate::billing::model::{Dispute, Payment, Refund, Transfer, TransferState, shares_of_rest};
use crate::billing::policy::{may_see_payment, may_see_split};
use crate::billing::store;
use crate::engagements::{self, MilestoneState, Party, Share};
use crate::kernel::id::{EngagementId, MilestoneId, OrganizationId, PaymentId};
use crate::kernel::money::Money;
use crate::platform::caller::Caller;
use crate::platform::refusal::{Error, Result};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// Who gets which part of a milestone, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitLine {
    pub party: Party,
    /// Absent for the operator.
    pub organization: Option<OrganizationId>,
    pub name: String,
    /// Parts of 10,000.
    pub parts: i32,
    pub amount: Money,
    /// Absent before acceptance, and for the operator.
    pub transfer: Option<TransferState>,
    /// Why the last attempt was refused.
    pub refusal: Option<String>,
}

/// Everything about the money of a milestone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MilestoneMoney {
    pub milestone: MilestoneId,
    /// Counts from 1.
    pub seq: i32,
    pub title: String,
    pub state: MilestoneState,
    pub price: Money,
    /// What of it went back, or is on its way.
    pub sent_back: Money,
    /// What is held now, so that it can be released or sent back.
    pub held: Money,
    /// When silence accepts the delivery; set while it is submitted.
    pub accepts_itself_at: Option<DateTime<Utc>>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub engagement: EngagementId,
    /// The engagement as people call it: A-2041.
    pub label: String,
    pub customer: String,
    pub partner: String,
    /// The payment that counts now, if there is one.
    pub payment: Option<Payment>,
    /// Oldest first.
    pub refunds: Vec<Refund>,
    /// The latest dispute of its payment.
    pub dispute: Option<Dispute>,
    /// In the fixed order of parties; empty before signing. The amounts add up to the price
    /// without what was sent back; to the price when all of it was.
    pub split: Vec<SplitLine>,
}

impl MilestoneMoney {
    /// What the split adds up to, once there is one.
    pub fn shared(&self) -> Money {
        if self.state == MilestoneState::Refunded {
            return self.price;
        }
        let left = self.price.minor().saturating_sub(self.sent_back.minor());
        Money::new(left, self.price.currency())
    }
}

/// What a payment's waiting page asks for, again and again. Errors: 404.
pub async fn see_payment(app: &App, caller: &Caller, id: PaymentId) -> Result<Payment> {
    let mut tx = app.db.read(caller).await?;
    let payment = store::payment(&mut tx, id).await?;
    may_see_payment(caller, &payment)?;
    Ok(payment)
}

/// Who gets what of a milestone, before and after acceptance. For both sides, the payees and those
/// who look after the vendor's money; errors with 404 for everybody else.
pub async fn milestone_money(
    app: &App,
    caller: &Caller,
    id: MilestoneId,
) -> Result<MilestoneMoney> {
    let mut tx = app.db.read(caller).await?;
    let milestone = engagements::milestone(&mut tx, id).await?;
    let engagement = engagements::engagement(&mut tx, milestone.engagement).await?;
    let shares = engagements::shares(&mut tx, id).await?;
    let payees: Vec<OrganizationId> = shares.iter().filter_map(|s| s.organization).collect();
    may_see_split(caller, &engagement, payees.iter().copied())?;
    let sides = [engagement.customer, engagement.partner];
    let named: Vec<OrganizationId> = payees.into_iter().chain(sides).collect();
    let names = store::organization_names(&mut tx, &named).await?;
    let transfers = store::transfers_of(&mut tx, id).await?;
    let zero = Money::zero(milestone.price.currency());
    let shares = shares_of_rest(&shares, milestone.shared()).map_err(Error::fault)?;
    let split = shares.into_iter().map(|share| split_line(share, &names, &transfers)).collect();
    let payment = store::live_payment(&mut tx, id).await?;
    let refunds = store::refunds_of(&mut tx, id).await?;
    let dispute = store::dispute_of(&mut tx, id).await?;
    let name = |id: OrganizationId| names.get(&id).cloned().unwrap_or_default();
    Ok(MilestoneMoney {
        milestone: id,
        held: if milestone.state.is_held() { milestone.left() } else { zero },
        seq: milestone.seq,
        title: milestone.title,
        sent_back: milestone.sent_back,
        state: milestone.state,
        price: milestone.price,
        accepts_itself_at: milestone.accepts_itself_at,
        accepted_at: milestone.accepted_at,
        label: engagement.label(),
        engagement: engagement.id,
        customer: name(engagement.customer),
        partner: name(engagement.partner),
        payment,
        refunds,
        dispute,
        split,
    })
}

fn split_line(
    share: Share,
    names: &HashMap<OrganizationId, String>,
    transfers: &[Transfer],
) -> SplitLine {
    let transfer = transfers.iter().find(|transfer| transfer.party == share.party);
    let name = share.organization.and_then(|id| names.get(&id).cloned());
    SplitLine {
        party: share.party,
        organization: share.organization,
        name: name.unwrap_or_else(|| "The operator of this installation".to_owned()),
        parts: share.parts,
        amount: share.amount,
        transfer: transfer.map(|transfer| transfer.state),
        refusal: transfer.and_then(|transfer| transfer.refusal.clone()),
    }
}
