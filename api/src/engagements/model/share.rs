//! Who gets which part of a milestone's price.

use crate::kernel::id::{FeePolicyId, OrganizationId};
use crate::kernel::money::Money;
use crate::kernel::split::{SplitError, by_parts};
use crate::text_enum;

text_enum! {
    /// A payee of a milestone. The operator has no organization.
    pub enum Party {
        Consultant = "consultant",
        Vendor = "vendor",
        Reseller = "reseller",
        Operator = "operator",
    }
}

/// One payee's frozen share of one milestone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub party: Party,
    pub organization: Option<OrganizationId>,
    /// Parts of 10,000.
    pub parts: i32,
    pub amount: Money,
}

/// A version of the program's fees, in parts of 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeePolicy {
    pub id: FeePolicyId,
    pub version: i32,
    pub consultant: i32,
    pub vendor: i32,
    pub reseller: i32,
    pub operator: i32,
}

impl FeePolicy {
    /// Who gets how many parts. Without a reseller of record its parts are the vendor's.
    pub fn weights(&self, with_reseller: bool) -> Vec<(Party, i32)> {
        let mut weights = vec![(Party::Consultant, self.consultant)];
        if with_reseller {
            weights.push((Party::Vendor, self.vendor));
            weights.push((Party::Reseller, self.reseller));
        } else {
            weights.push((Party::Vendor, self.vendor + self.reseller));
        }
        weights.push((Party::Operator, self.operator));
        weights
    }
}

/// The organizations that are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payees {
    pub partner: OrganizationId,
    pub vendor: OrganizationId,
    pub reseller: Option<OrganizationId>,
}

/// The shares of one price: whole minor units that add up to it exactly.
///
/// Errors when the price is below zero or no party has a part.
pub fn freeze(price: Money, fees: &FeePolicy, payees: Payees) -> Result<Vec<Share>, SplitError> {
    let weights = fees.weights(payees.reseller.is_some());
    let parts: Vec<u32> =
        weights.iter().map(|(_, parts)| u32::try_from(*parts).unwrap_or_default()).collect();
    let amounts = by_parts(price, &parts)?;
    let share = |((party, parts), amount): ((Party, i32), Money)| Share {
        party,
        organization: payees.of(party),
        parts,
        amount,
    };
    Ok(weights.into_iter().zip(amounts).map(share).collect())
}

impl Payees {
    fn of(&self, party: Party) -> Option<OrganizationId> {
        match party {
            Party::Consultant => Some(self.partner),
            Party::Vendor => Some(self.vendor),
            Party::Reseller => self.reseller,
            Party::Operator => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::money::Currency;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn payees(reseller: bool) -> Payees {
        let organization = |id| OrganizationId(Uuid::from_u128(id));
        Payees {
            partner: organization(1),
            vendor: organization(2),
            reseller: reseller.then(|| organization(3)),
        }
    }

    fn policy([consultant, vendor, reseller]: [i32; 3]) -> FeePolicy {
        let id = FeePolicyId(Uuid::nil());
        let operator = 10_000 - consultant - vendor - reseller;
        FeePolicy { id, version: 1, consultant, vendor, reseller, operator }
    }

    fn minors(price: Money, fees: &FeePolicy, reseller: bool) -> Vec<i64> {
        let shares = freeze(price, fees, payees(reseller)).unwrap();
        shares.iter().map(|share| share.amount.minor()).collect()
    }

    #[test]
    fn the_usual_four_and_three_ways() {
        let fees = policy([8000, 1000, 500]);
        let price = Money::new(324_000, Currency::Eur);
        assert_eq!(minors(price, &fees, true), [259_200, 32_400, 16_200, 16_200]);
        assert_eq!(minors(price, &fees, false), [259_200, 48_600, 16_200]);
        for (minor, currency) in [(1, Currency::Jpy), (1, Currency::Bhd), (3, Currency::Usd)] {
            let whole: i64 = minors(Money::new(minor, currency), &fees, true).iter().sum();
            assert_eq!(whole, minor);
        }
    }

    proptest! {
        #[test]
        fn shares_add_up_and_a_missing_reseller_only_moves_parts_to_the_vendor(
            minor in 1i64..=100_000_000_000,
            cuts in [0i32..=10_000, 0i32..=10_000, 0i32..=10_000],
        ) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let fees = policy([cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1]]);
            let price = Money::new(minor, Currency::Kwd);
            for reseller in [true, false] {
                let shares = freeze(price, &fees, payees(reseller)).unwrap();
                prop_assert_eq!(shares.iter().map(|s| s.amount.minor()).sum::<i64>(), minor);
                prop_assert_eq!(shares.iter().map(|s| s.parts).sum::<i32>(), 10_000);
                prop_assert!(shares.iter().all(|s| s.amount.minor() >= 0));
                for share in &shares {
                    let nobody = share.party == Party::Operator;
                    prop_assert_eq!(share.organization.is_none(), nobody);
                }
                prop_assert_eq!(shares.len(), if reseller { 4 } else { 3 });
            }
        }
    }
}
