//! How each milestone's price is shared.

use crate::kernel::check::Checks;
use crate::kernel::money::Money;
use crate::kernel::split::{SplitError, by_parts};
use serde::Deserialize;

/// The parts that a whole price has.
pub const WHOLE: u32 = 10_000;

/// Parts of [`WHOLE`] for each party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeParts {
    pub consultant: u32,
    pub vendor: u32,
    pub reseller: u32,
    pub operator: u32,
}

impl FeeParts {
    /// Faults of parts that somebody proposes: they must make up the whole, and the consultant
    /// must have some.
    pub fn check(self, checks: &mut Checks) {
        let sum: u64 = self.each().iter().map(|p| u64::from(*p)).sum();
        let message = format!("The parts must add up to {WHOLE}; they add up to {sum}");
        checks.that(sum == u64::from(WHOLE), "parts", message);
        checks.that(self.consultant > 0, "parts.consultant", "Leave a part for who does the work");
    }

    /// Consultant, vendor, reseller, operator.
    pub const fn each(self) -> [u32; 4] {
        [self.consultant, self.vendor, self.reseller, self.operator]
    }

    /// The parts of an account without a reseller of record: its part stays with the vendor.
    #[must_use]
    pub const fn without_reseller(self) -> Self {
        Self { vendor: self.vendor + self.reseller, reseller: 0, ..self }
    }

    /// What each party gets of a price, in the order of [`FeeParts::each`]; together the price.
    ///
    /// Errors when the price is below zero or no party has a part.
    pub fn of(self, price: Money) -> Result<[Money; 4], SplitError> {
        let mut each = [Money::zero(price.currency()); 4];
        for (slot, share) in each.iter_mut().zip(by_parts(price, &self.each())?) {
            *slot = share;
        }
        Ok(each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_up_the_whole() {
        let parts = |c, v, r, o| FeeParts { consultant: c, vendor: v, reseller: r, operator: o };
        let faults = |p: FeeParts| {
            let mut checks = Checks::new();
            p.check(&mut checks);
            checks.faults().len()
        };
        assert_eq!(faults(parts(8000, 1000, 500, 500)), 0);
        assert_eq!(faults(parts(8000, 1000, 500, 501)), 1);
        assert_eq!(faults(parts(0, 10_000, 0, 0)), 1);
        assert_eq!(faults(parts(u32::MAX, u32::MAX, 1, 1)), 1);
        let direct = parts(8000, 1000, 500, 500).without_reseller();
        assert_eq!(direct, parts(8000, 1500, 0, 500));
        assert_eq!(direct.each().iter().sum::<u32>(), WHOLE);
    }
}
