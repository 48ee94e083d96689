//! The money of one milestone: paid, held, split, on its way.

use crate::app::App;
use crate::billing::model::{Payment, Refund, TransferState};
use crate::billing::policy::{may_see_payment, may_see_split};
use crate::billing::store;
use crate::engagements::{self, Milestone, MilestoneState, Party};
use crate::kernel::id::{MilestoneId, OrganizationId, PaymentId};
use crate::kernel::money::Money;
use crate::platform::caller::Caller;
use crate::platform::refusal::Result;

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
    pub state: MilestoneState,
    pub price: Money,
    /// The payment that counts now, if there is one.
    pub payment: Option<Payment>,
    pub refund: Option<Refund>,
    /// In the fixed order of parties; empty before signing. The amounts add up to the price.
    pub split: Vec<SplitLine>,
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
    let Milestone { engagement, state, price, .. } = engagements::milestone(&mut tx, id).await?;
    let engagement = engagements::engagement(&mut tx, engagement).await?;
    let shares = engagements::shares(&mut tx, id).await?;
    let payees: Vec<OrganizationId> = shares.iter().filter_map(|s| s.organization).collect();
    may_see_split(caller, &engagement, payees.iter().copied())?;
    let names = store::organization_names(&mut tx, &payees).await?;
    let transfers = store::transfers_of(&mut tx, id).await?;
    let split = shares
        .into_iter()
        .map(|share| {
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
        })
        .collect();
    let payment = store::live_payment(&mut tx, id).await?;
    let refund = store::refund_of(&mut tx, id).await?;
    Ok(MilestoneMoney { milestone: id, state, price, payment, refund, split })
}
