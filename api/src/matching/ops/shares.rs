//! Who would get what of a proposal, before anybody says yes.

use crate::app::App;
use crate::kernel::id::ProposalId;
use crate::kernel::money::Money;
use crate::matching::MatchingError;
use crate::matching::model::ProposalState;
use crate::matching::policy::may_see_proposal;
use crate::matching::store;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::refusal::{Error, Result};
use crate::program::{self, Shared, Work, WorkFees};
use chrono::{DateTime, Utc};

/// How prices would be shared if they were agreed on now.
#[derive(Debug, Clone)]
pub struct PriceShares {
    pub fees: WorkFees,
    /// Consultant, vendor, reseller, operator, of each price in order.
    pub each: Vec<[Money; 4]>,
    /// The same of all together.
    pub total: [Money; 4],
}

impl PriceShares {
    /// The sums, with the rule that counts.
    pub fn shared(self) -> Shared {
        Shared { parts: self.fees.parts(), choice: self.fees.choice, amounts: self.total }
    }
}

/// How the price of a proposal would be shared if it were accepted now, for both its sides; by the
/// hour, that of a whole week.
///
/// Errors: `proposal-not-open` once it is over: then its statement of work says it; 404 when it is
/// another's.
pub async fn see_shares(app: &App, caller: &Caller, id: ProposalId) -> Result<PriceShares> {
    let mut tx = app.db.read(caller).await?;
    let proposal = store::proposal(&mut tx, id).await?;
    may_see_proposal(caller, &proposal)?;
    if !matches!(proposal.state, ProposalState::Open | ProposalState::Expired) {
        return Err(MatchingError::ProposalNotOpen(proposal.state).into());
    }
    let work = Work {
        partner: proposal.partner,
        customer: proposal.customer,
        category: proposal.category.clone(),
    };
    shares_of_prices(&mut tx, &work, &proposal.prices(), app.clock.now()).await
}

/// How the prices of milestones would be shared if the work were agreed on at an instant.
pub async fn shares_of_prices(
    tx: &mut Tx,
    work: &Work,
    prices: &[Money],
    at: DateTime<Utc>,
) -> Result<PriceShares> {
    let fees = program::fees_of_work(tx, work, at).await?;
    let first = prices.first().ok_or_else(|| Error::fault("a proposal without a price"))?;
    let mut total = [Money::zero(first.currency()); 4];
    let mut each = Vec::new();
    for price in prices {
        let shares = fees.parts().of(*price).map_err(Error::fault)?;
        for (sum, share) in total.iter_mut().zip(shares) {
            *sum = sum.checked_add(share).map_err(Error::fault)?;
        }
        each.push(shares);
    }
    Ok(PriceShares { fees, each, total })
}
