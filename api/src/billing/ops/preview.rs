//! What a refund would take from whom, before anybody asks for it.

use super::recover;
use super::refund_wish::{is_of_released, may_go_back, part_of, there};
use crate::app::App;
use crate::billing::BillingError;
use crate::billing::model::{Transfer, TransferState, shares_given_back, shares_of_rest};
use crate::billing::policy::GiveBack;
use crate::billing::store;
use crate::engagements::{self, Party, Share};
use crate::identity::allow;
use crate::kernel::check::Invalid;
use crate::kernel::id::{MilestoneId, OrganizationId};
use crate::kernel::money::Money;
use crate::platform::caller::Caller;
use crate::platform::refusal::{Error, Result};

/// What one party would give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivesBack {
    pub party: Party,
    /// Absent for the operator.
    pub organization: Option<OrganizationId>,
    pub name: String,
    pub gives: Money,
    /// What of its share is at its account, or on its way there.
    pub with_it: Money,
    /// What of its share was not sent: that pays first.
    pub not_sent: Money,
}

/// A refund that nobody asked for yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundPreview {
    pub amount: Money,
    /// The most that can go back now.
    pub most: Money,
    /// Whether its payees have it already; nobody has what is held.
    pub released: bool,
    /// In the fixed order of parties; together they give the amount.
    pub parts: Vec<GivesBack>,
}

/// Says what a refund of so much would take from whom; of all that can go back without an amount.
/// For those who may ask for it, with the same errors.
pub async fn preview_refund(
    app: &App,
    caller: &Caller,
    id: MilestoneId,
    (minor, released): (Option<i64>, Option<bool>),
) -> Result<RefundPreview> {
    allow::<GiveBack>(caller)?;
    if minor.is_some_and(|minor| minor <= 0) {
        return Err(Invalid::field("minor", "Enter an amount above zero").into());
    }
    let mut tx = app.db.read(caller).await?;
    let milestone = engagements::milestone(&mut tx, id).await?;
    let engagement = engagements::engagement(&mut tx, milestone.engagement).await?;
    let released = is_of_released(&milestone, released);
    may_go_back(caller, (&engagement, &milestone), released)?;
    if store::is_with_bank(&mut tx, id).await? {
        return Err(BillingError::LockedByDispute.into());
    }
    let wish = minor.map(|minor| Money::new(minor, milestone.price.currency()));
    let (amount, most) = (part_of(&milestone, wish, released)?, there(&milestone, released));
    let parts = if released {
        recover::parts_of(&mut tx, &milestone, amount).await?
    } else {
        let frozen = engagements::shares(&mut tx, id).await?;
        let kept = milestone.kept();
        let rest = kept.checked_sub(amount).map_err(Error::fault)?;
        let have = shares_of_rest(&frozen, kept).map_err(Error::fault)?;
        shares_given_back(&frozen, &have, (rest, amount)).map_err(Error::fault)?
    };
    let payees: Vec<OrganizationId> = parts.iter().filter_map(|part| part.organization).collect();
    let names = store::organization_names(&mut tx, &payees).await?;
    let transfers = store::transfers_of(&mut tx, id).await?;
    let part = |share: Share| {
        let name = share.organization.and_then(|id| names.get(&id).cloned());
        let name = name.unwrap_or_else(|| "The operator of this installation".to_owned());
        gives_back(share, name, &transfers)
    };
    Ok(RefundPreview { amount, most, released, parts: parts.into_iter().map(part).collect() })
}

fn gives_back(share: Share, name: String, transfers: &[Transfer]) -> GivesBack {
    let nothing = Money::zero(share.amount.currency());
    let (mut with_it, mut not_sent) = (nothing, nothing);
    for transfer in transfers.iter().filter(|transfer| transfer.party == share.party) {
        let sent = matches!(transfer.state, TransferState::Asked | TransferState::Paid);
        let place = if sent { &mut with_it } else { &mut not_sent };
        let there = transfer.sent().minor().saturating_sub(transfer.reversed.minor());
        *place = Money::new(place.minor().saturating_add(there), nothing.currency());
    }
    let Share { party, organization, amount: gives, .. } = share;
    GivesBack { party, organization, name, gives, with_it, not_sent }
}
