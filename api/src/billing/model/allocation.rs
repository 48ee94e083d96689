//! Parts of a price: what each party gets when a milestone is released or sent back bit by bit.
//!
//! A payee's total is its frozen share, times what moved so far, by the whole, rounded down; the
//! operator has the rest. So the order of parts does not matter, and no payee ever goes backward.

use crate::billing::engine::planted::planted;
use crate::engagements::{Party, Share};
use crate::kernel::money::{Money, MoneyError};
use crate::kernel::split::released;

/// Why a part could not be allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AllocationError {
    #[error("a part must be more than nothing and no more than what is left")]
    OutOfRange,
    #[error("the shares do not add up to the price")]
    NotTheWhole,
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// The shares of one part of a price, in the order of the frozen ones, of which there must be one
/// of the operator; they add up to the part. `already` is what moved before it.
///
/// The operator's may be a unit or two below zero, when parts before rounded in its favour.
pub fn allocate_part(
    frozen: &[Share],
    already: Money,
    part: Money,
) -> Result<Vec<Share>, AllocationError> {
    let nothing = Money::zero(part.currency());
    let whole = frozen.iter().try_fold(nothing, |sum, share| sum.checked_add(share.amount))?;
    let after = already.checked_add(part)?;
    if part.minor() <= 0 || already.minor() < 0 || after.minor() > whole.minor() {
        return Err(AllocationError::OutOfRange);
    }
    if frozen.iter().filter(|share| share.party == Party::Operator).count() != 1 {
        return Err(AllocationError::NotTheWhole);
    }
    let payee = |share: &Share| {
        let at = |moved: Money| released(share.amount.minor(), moved.minor(), whole.minor());
        Money::new(at(after) - at(already), part.currency())
    };
    let mut rest = part;
    let mut shares: Vec<Share> = frozen.to_vec();
    for share in shares.iter_mut().filter(|share| share.party != Party::Operator) {
        share.amount = payee(share);
        rest = rest.checked_sub(share.amount)?;
    }
    for share in shares.iter_mut().filter(|share| share.party == Party::Operator) {
        share.amount = rest;
    }
    Ok(shares)
}

/// The shares of a milestone of which only `left` is released, or is held still: what was sent back
/// before is nobody's. No shares yet are none.
pub fn shares_of_rest(frozen: &[Share], left: Money) -> Result<Vec<Share>, AllocationError> {
    let nothing = Money::zero(left.currency());
    if frozen.is_empty() {
        return Ok(Vec::new());
    }
    if left.minor() == 0 {
        let empty = |share: &Share| Share { amount: nothing, ..share.clone() };
        return Ok(frozen.iter().map(empty).collect());
    }
    allocate_part(frozen, nothing, left)
}

/// What a part that is released brings each party, so that `net` of the price is with the payees
/// then: a payee gets what it lacks of its share of that, in however many parts and whatever order
/// money was released and went back. `have` is what each has of the price now.
///
/// The operator's may be a unit or two below zero, when parts before rounded in its favour.
pub fn shares_released(
    frozen: &[Share],
    have: &[Share],
    (net, part): (Money, Money),
) -> Result<Vec<Share>, AllocationError> {
    let whole = frozen
        .iter()
        .try_fold(Money::zero(part.currency()), |sum, share| sum.checked_add(share.amount))?;
    if part.minor() <= 0 || part.minor() > net.minor() || net.minor() > whole.minor() {
        return Err(AllocationError::OutOfRange);
    }
    towards(&shares_of_rest(frozen, net)?, have, part, false)
}

/// What brings each payee from what it has to its target, which is less for what is given `back`;
/// the operator has the rest of the part.
fn towards(
    target: &[Share],
    have: &[Share],
    part: Money,
    back: bool,
) -> Result<Vec<Share>, AllocationError> {
    let mut moved: Vec<Share> = have.to_vec();
    let mut rest = part;
    for share in moved.iter_mut().filter(|share| share.party != Party::Operator) {
        let aim = target.iter().find(|aim| aim.party == share.party);
        let aim = aim.ok_or(AllocationError::NotTheWhole)?.amount;
        let (from, to) = if back { (aim, share.amount) } else { (share.amount, aim) };
        share.amount = Money::new(to.checked_sub(from)?.minor().max(0), part.currency());
        if planted!(CentLost) && !back && share.amount.minor() > 0 {
            share.amount = share.amount.checked_sub(Money::new(1, part.currency()))?;
        }
        rest = rest.checked_sub(share.amount)?;
    }
    for share in moved.iter_mut().filter(|share| share.party == Party::Operator) {
        share.amount = rest;
    }
    Ok(moved)
}

/// What each party gives back when `back` goes to the customer and `rest` of the price is left:
/// so much that a payee keeps its share of the rest, in however many parts and whatever order money
/// went back, before release or after. `have` is what each has of the price now.
///
/// The operator's may be a unit or two below zero, when parts before rounded in its favour.
pub fn shares_given_back(
    frozen: &[Share],
    have: &[Share],
    (rest, back): (Money, Money),
) -> Result<Vec<Share>, AllocationError> {
    towards(&shares_of_rest(frozen, rest)?, have, back, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::money::Currency;
    use crate::kernel::split;
    use proptest::prelude::*;

    /// Cents, yen that have none, and dinars of a thousand.
    const CURRENCIES: [Currency; 4] = [Currency::Usd, Currency::Eur, Currency::Jpy, Currency::Kwd];

    fn frozen(price: Money, weights: [u32; 4]) -> Vec<Share> {
        let amounts = split::by_parts(price, &weights).unwrap();
        let of = |(party, amount): (&Party, Money)| Share {
            party: *party,
            organization: None,
            parts: 0,
            amount,
        };
        Party::ALL.iter().zip(amounts).map(of).collect()
    }

    /// Totals of each party after parts of these sizes, one after the other, and the rest.
    fn through(price: Money, shares: &[Share], parts: &[i64]) -> Vec<i64> {
        let mut totals = vec![0; shares.len()];
        let mut at = 0;
        let rest = price.minor() - parts.iter().sum::<i64>();
        for part in parts.iter().copied().chain([rest]).filter(|part| *part > 0) {
            let money = |minor| Money::new(minor, price.currency());
            let got = allocate_part(shares, money(at), money(part)).unwrap();
            assert_eq!(got.iter().map(|s| s.amount.minor()).sum::<i64>(), part);
            assert!(got.iter().all(|s| s.amount.currency() == price.currency()));
            for (total, share) in totals.iter_mut().zip(&got) {
                let least = if share.party == Party::Operator { -3 } else { 0 };
                assert!(share.amount.minor() >= least, "{share:?} goes backward");
                *total += share.amount.minor();
            }
            at += part;
        }
        totals
    }

    /// Cuts a price at these points of a thousand.
    fn cut(price: i64, points: &[u16]) -> Vec<i64> {
        let mut cuts: Vec<i64> = points.iter().map(|p| price * i64::from(*p) / 1000).collect();
        cuts.sort_unstable();
        let mut parts: Vec<i64> = Vec::new();
        let mut before = 0;
        for at in cuts {
            parts.push(at - before);
            before = at;
        }
        parts
    }

    #[test]
    fn where_largest_remainders_would_step_back() {
        let price = Money::new(5000, Currency::Usd);
        let shares = frozen(price, [9000, 500, 300, 200]);
        let ones = vec![1; 4999];
        let whole: Vec<i64> = shares.iter().map(|s| s.amount.minor()).collect();
        assert_eq!(through(price, &shares, &ones), whole);
    }

    #[test]
    fn no_part_of_nothing_and_none_beyond_the_whole() {
        let usd = |minor| Money::new(minor, Currency::Usd);
        let shares = frozen(usd(100), [7500, 1000, 500, 1000]);
        for (already, part) in [(0, 0), (0, 101), (60, 41), (-1, 5), (0, -5)] {
            let refused = allocate_part(&shares, usd(already), usd(part));
            assert_eq!(refused, Err(AllocationError::OutOfRange), "{already} {part}");
        }
        let yen = allocate_part(&shares, usd(0), Money::new(1, Currency::Jpy));
        assert!(matches!(yen, Err(AllocationError::Money(MoneyError::Mixed(..)))));
        let headless = allocate_part(&shares[..3], usd(0), usd(1));
        assert_eq!(headless, Err(AllocationError::NotTheWhole));
    }

    proptest! {
        #[test]
        fn any_order_of_parts_ends_the_same(
            minor in 1i64..=10_000_000_000, weights: [u16; 4], which in 0usize..4,
            points in proptest::collection::vec(0u16..=1000, 0..12), seed: u64,
        ) {
            prop_assume!(weights.iter().any(|w| *w > 0));
            let price = Money::new(minor, CURRENCIES[which]);
            let shares = frozen(price, weights.map(u32::from));
            let mut parts = cut(minor, &points);
            let first = through(price, &shares, &parts);
            let whole: Vec<i64> = shares.iter().map(|s| s.amount.minor()).collect();
            prop_assert_eq!(&first, &whole, "all parts together are the frozen shares");
            parts.sort_by_key(|part| part.unsigned_abs().wrapping_mul(seed | 1));
            prop_assert_eq!(&through(price, &shares, &parts), &first);
        }

        #[test]
        fn the_path_to_a_part_does_not_matter(
            minor in 2i64..=1_000_000, weights: [u16; 4], middle in 1u16..1000, cuts in 0u16..1000,
        ) {
            prop_assume!(weights.iter().any(|w| *w > 0));
            let price = Money::new(minor, Currency::Kwd);
            let shares = frozen(price, weights.map(u32::from));
            let part = (minor * i64::from(middle) / 1000).max(1);
            let of = |minor| Money::new(minor, Currency::Kwd);
            let at_once = allocate_part(&shares, of(0), of(part)).unwrap();
            let first = (part * i64::from(cuts) / 1000).clamp(0, part);
            let mut totals = vec![0; shares.len()];
            for (already, step) in [(0, first), (first, part - first)] {
                if step > 0 {
                    let got = allocate_part(&shares, of(already), of(step)).unwrap();
                    totals.iter_mut().zip(&got).for_each(|(t, s)| *t += s.amount.minor());
                }
            }
            let wanted: Vec<i64> = at_once.iter().map(|s| s.amount.minor()).collect();
            prop_assert_eq!(totals, wanted);
        }
    }
}
