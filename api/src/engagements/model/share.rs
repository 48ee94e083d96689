//! Who gets which part of a milestone's price.

use crate::kernel::id::OrganizationId;
use crate::kernel::money::Money;
use crate::kernel::split::{SplitError, by_parts};
use crate::program::FeeParts;
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

/// Who gets how many parts of 10,000, in the fixed order of parties. Without a reseller of record
/// its parts are the vendor's.
pub fn weights(fees: FeeParts, with_reseller: bool) -> Vec<(Party, u32)> {
    let fees = if with_reseller { fees } else { fees.without_reseller() };
    let mut weights = vec![(Party::Consultant, fees.consultant), (Party::Vendor, fees.vendor)];
    if with_reseller {
        weights.push((Party::Reseller, fees.reseller));
    }
    weights.push((Party::Operator, fees.operator));
    weights
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
pub fn freeze(price: Money, fees: FeeParts, payees: Payees) -> Result<Vec<Share>, SplitError> {
    let weights = weights(fees, payees.reseller.is_some());
    let parts: Vec<u32> = weights.iter().map(|(_, parts)| *parts).collect();
    let amounts = by_parts(price, &parts)?;
    let share = |((party, parts), amount): ((Party, u32), Money)| Share {
        party,
        organization: payees.of(party),
        parts: i32::try_from(parts).unwrap_or(i32::MAX),
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

/// Parts of 10,000 as a percentage, exact: `85 %`, `2.5 %`, `0.25 %`.
pub fn percent(parts: u32) -> String {
    let (whole, rest) = (parts / 100, parts % 100);
    let decimals = format!("{rest:02}");
    match decimals.trim_end_matches('0') {
        "" => format!("{whole} %"),
        some => format!("{whole}.{some} %"),
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

    fn minors(price: Money, fees: FeeParts, reseller: bool) -> Vec<i64> {
        let shares = freeze(price, fees, payees(reseller)).unwrap();
        shares.iter().map(|share| share.amount.minor()).collect()
    }

    #[test]
    fn the_usual_four_and_three_ways() {
        let fees = FeeParts { consultant: 8000, vendor: 1000, reseller: 500, operator: 500 };
        let price = Money::new(324_000, Currency::Eur);
        assert_eq!(minors(price, fees, true), [259_200, 32_400, 16_200, 16_200]);
        assert_eq!(minors(price, fees, false), [259_200, 48_600, 16_200]);
        for (minor, currency) in [(1, Currency::Jpy), (1, Currency::Bhd), (3, Currency::Usd)] {
            let whole: i64 = minors(Money::new(minor, currency), fees, true).iter().sum();
            assert_eq!(whole, minor);
        }
    }

    proptest! {
        #[test]
        fn shares_add_up_and_a_missing_reseller_only_moves_parts_to_the_vendor(
            minor in 1i64..=100_000_000_000,
            cuts in [0u32..=10_000, 0u32..=10_000, 0u32..=10_000],
        ) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let [first, second, third] = cuts;
            let fees = FeeParts {
                consultant: first,
                vendor: second - first,
                reseller: third - second,
                operator: 10_000 - third,
            };
            let price = Money::new(minor, Currency::Kwd);
            for reseller in [true, false] {
                let shares = freeze(price, fees, payees(reseller)).unwrap();
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
