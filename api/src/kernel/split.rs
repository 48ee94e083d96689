//! Splitting an amount into shares by parts, so that the shares add up to the amount exactly.

use super::money::Money;

/// Why an amount could not be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    #[error("an amount below zero has no shares")]
    Negative,
    #[error("there are no parts to split by")]
    NoParts,
}

/// Shares of a whole amount by weights, largest remainder first; ties go to the earlier party.
///
/// The shares add up to `whole` to the last minor unit, each differs from its exact portion by
/// less than one unit, and the order of the answer is the order of `weights`. Only for whole
/// amounts: a running total split this way can step backwards (see [`released`]).
pub fn by_parts(whole: Money, weights: &[u32]) -> Result<Vec<Money>, SplitError> {
    let total = i128::from(whole.minor());
    if total < 0 {
        return Err(SplitError::Negative);
    }
    let all: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if all == 0 {
        return Err(SplitError::NoParts);
    }
    let mut shares: Vec<Share> = weights
        .iter()
        .enumerate()
        .map(|(order, weight)| {
            let exact = total * i128::from(*weight);
            Share { order, floor: exact / all, remainder: exact % all }
        })
        .collect();
    let mut left = total - shares.iter().map(|s| s.floor).sum::<i128>();
    shares.sort_by_key(|s| (std::cmp::Reverse(s.remainder), s.order));
    for share in &mut shares {
        if left > 0 {
            share.floor += 1;
            left -= 1;
        }
    }
    shares.sort_by_key(|s| s.order);
    Ok(shares.iter().map(|s| Money::new(narrow(s.floor), whole.currency())).collect())
}

/// What a payee with a frozen share of a whole has earned once `released` of it is released.
///
/// Rounds down, so a payee's total never steps backwards and equals the frozen share at the end;
/// the operator keeps the difference until then.
pub fn released(frozen_share: i64, released: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    narrow(i128::from(frozen_share) * i128::from(released) / i128::from(whole))
}

struct Share {
    order: usize,
    floor: i128,
    remainder: i128,
}

/// A share is never larger than its whole, which was an `i64`.
fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::money::Currency;
    use super::*;
    use proptest::prelude::*;

    fn minors(whole: i64, weights: &[u32]) -> Vec<i64> {
        let shares = by_parts(Money::new(whole, Currency::Usd), weights).unwrap();
        shares.iter().map(|s| s.minor()).collect()
    }

    #[test]
    fn four_ways_with_a_cent_left() {
        assert_eq!(minors(101, &[8000, 1000, 500, 500]), [81, 10, 5, 5]);
        assert_eq!(minors(1, &[5000, 5000]), [1, 0]);
        assert_eq!(minors(0, &[8000, 2000]), [0, 0]);
    }

    proptest! {
        #[test]
        fn shares_add_up_and_stay_near(
            whole in 0i64..=1_000_000_000_000,
            weights in proptest::collection::vec(0u32..=10_000, 1..6),
        ) {
            prop_assume!(weights.iter().any(|w| *w > 0));
            let all: i128 = weights.iter().map(|w| i128::from(*w)).sum();
            let shares = minors(whole, &weights);
            prop_assert_eq!(shares.iter().sum::<i64>(), whole);
            for (share, weight) in shares.iter().zip(&weights) {
                let exact = i128::from(whole) * i128::from(*weight);
                prop_assert!((i128::from(*share) * all - exact).abs() < all);
                prop_assert!(*share >= 0);
            }
        }

        #[test]
        fn released_never_steps_back_and_ends_at_the_frozen_share(
            share in 0i64..=1_000_000, extra in 0i64..=1_000_000,
            steps in proptest::collection::vec(1i64..=5000, 1..40),
        ) {
            let whole = share + extra + 1;
            let (mut at, mut before) = (0, 0);
            for step in steps {
                at = (at + step).min(whole);
                let now = released(share, at, whole);
                prop_assert!(now >= before && now <= share);
                before = now;
            }
            prop_assert_eq!(released(share, whole, whole), share);
        }
    }
}
