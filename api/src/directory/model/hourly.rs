//! Work by the hour: a rate, the most that a week is charged for, and how many weeks at most.

use crate::kernel::check::Checks;
use crate::kernel::money::{Currency, Money};

/// The highest rate for an hour, in minor units.
const MOST_RATE: i64 = 1_000_000_000;
/// The shortest and the longest cap of a week, in minutes.
const CAPS: (i32, i32) = (60, 7 * 24 * 60);
/// A year: what goes on longer is agreed on anew.
const MOST_WEEKS: i32 = 52;

/// What is agreed on for hours. A week is charged for what was worked, never for more than its cap,
/// and rounded down to a whole minor unit: in the customer's favour, once a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hourly {
    /// For an hour, fees included.
    pub rate: Money,
    /// More than that is never charged for a week.
    pub cap_minutes: i32,
    /// Weeks with time in them, at most.
    pub weeks: i32,
}

impl Hourly {
    /// From its columns; `None` unless all of them have a value.
    pub fn of(
        currency: Currency,
        (rate, cap_minutes, weeks): (Option<i64>, Option<i32>, Option<i32>),
    ) -> Option<Self> {
        Some(Self { rate: Money::new(rate?, currency), cap_minutes: cap_minutes?, weeks: weeks? })
    }

    /// The minutes of a week that are charged, and what they cost.
    pub fn charge(&self, minutes: i32) -> (i32, Money) {
        let charged = minutes.clamp(0, self.cap_minutes);
        let minor = i128::from(self.rate.minor()) * i128::from(charged) / 60;
        let minor = i64::try_from(minor).unwrap_or(i64::MAX);
        (charged, Money::new(minor, self.rate.currency()))
    }

    /// The most that a week costs.
    pub fn most_a_week(&self) -> Money {
        self.charge(self.cap_minutes).1
    }

    /// The most that all weeks together cost.
    pub fn most(&self) -> Money {
        let week = self.most_a_week();
        Money::new(week.minor().saturating_mul(i64::from(self.weeks)), week.currency())
    }

    /// Names what is wrong with it under `hourly.`.
    pub fn check(&self, checks: &mut Checks, currency: Currency) {
        let own = self.rate.currency() == currency;
        checks.that(own, "hourly.rate", format!("This program's currency is {currency}"));
        let rate = (1..=MOST_RATE).contains(&self.rate.minor());
        let (least, most) = (Money::new(1, currency), Money::new(MOST_RATE, currency));
        checks.that(rate, "hourly.rate", format!("Enter a rate from {least} to {most} an hour"));
        let cap = (CAPS.0..=CAPS.1).contains(&self.cap_minutes);
        checks.that(cap, "hourly.cap_minutes", "Choose from 1 to 168 hours a week");
        let weeks = (1..=MOST_WEEKS).contains(&self.weeks);
        checks.that(weeks, "hourly.weeks", format!("Choose from 1 to {MOST_WEEKS} weeks"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hourly(rate: i64, cap_minutes: i32) -> Hourly {
        Hourly { rate: Money::new(rate, Currency::Usd), cap_minutes, weeks: 4 }
    }

    #[test]
    fn a_week_costs_its_minutes_rounded_down_and_no_more_than_its_cap() {
        let table =
            [(0, 0, 0), (1, 1, 166), (30, 30, 5_000), (61, 61, 10_166), (601, 600, 100_000)];
        for (minutes, charged, minor) in table {
            let (took, cost) = hourly(10_000, 600).charge(minutes);
            assert_eq!((took, cost.minor()), (charged, minor), "{minutes}");
        }
        assert_eq!(hourly(10_000, 600).most_a_week().minor(), 100_000);
        assert_eq!(hourly(10_000, 600).most().minor(), 400_000);
    }

    proptest! {
        #[test]
        fn no_week_costs_more_than_the_most(
            rate in 1i64..=MOST_RATE, cap in CAPS.0..=CAPS.1, minutes in 0i32..=20_000,
        ) {
            let agreed = hourly(rate, cap);
            let (charged, cost) = agreed.charge(minutes);
            prop_assert!(charged <= cap && charged <= minutes);
            prop_assert!(cost.minor() <= agreed.most_a_week().minor());
            let exact = i128::from(rate) * i128::from(charged);
            let paid = i128::from(cost.minor()) * 60;
            prop_assert!(paid <= exact && exact < paid + 60, "rounded down, by less than a unit");
        }
    }
}
