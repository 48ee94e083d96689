//! For how long money may be held: the payment processor's limit, by the country of the
//! installation's account there, and what of a plan fits into it. Pure.
//!
//! The numbers are the database's (`hold_days`), which counts every charge by them.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

/// The limit of the account's country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldLimit {
    /// Days from the charge.
    pub days: i32,
}

/// What a plan says of a milestone, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// From the payment to the delivery.
    pub days: i32,
    /// For one review; silence accepts after it.
    pub acceptance_days: i32,
    /// How often it may be returned, which begins a review anew.
    pub change_requests: i32,
}

impl Planned {
    /// All reviews that the customer may have.
    pub const fn reviews(self) -> i32 {
        self.acceptance_days.saturating_mul(self.change_requests.saturating_add(1))
    }

    /// The longest that its money is held: delivered on its day, returned as often as may be, each
    /// time on the last day.
    pub const fn longest(self) -> i32 {
        self.days.saturating_add(self.reviews())
    }
}

/// Why a milestone cannot be held for as long as it is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    pub limit: i32,
    /// Until when it could be held, if it were paid today.
    pub could: NaiveDate,
    /// When it would have to leave.
    pub must: NaiveDate,
    pub planned: Planned,
    /// The most days to delivery that fit; below one when the reviews alone are too long.
    pub most: i32,
}

impl HoldLimit {
    /// When what nobody decided is done: a day before the limit, so that it is done within it.
    pub fn acts_at(end: DateTime<Utc>) -> DateTime<Utc> {
        end.checked_sub_signed(TimeDelta::days(1)).unwrap_or(end)
    }

    /// Days that a plan may use: one is kept for what is done on the last.
    pub const fn usable(self) -> i32 {
        self.days.saturating_sub(1)
    }

    /// What is wrong with a milestone that were paid on `today`; nothing when it fits.
    pub fn refuses(self, planned: Planned, today: NaiveDate) -> Option<TooLong> {
        if planned.longest() <= self.usable() {
            return None;
        }
        let later = |days: i32| {
            let days = Days::new(u64::try_from(days).unwrap_or_default());
            today.checked_add_days(days).unwrap_or(NaiveDate::MAX)
        };
        Some(TooLong {
            limit: self.days,
            could: later(planned.longest()),
            must: later(self.usable()),
            planned,
            most: self.usable().saturating_sub(planned.reviews()),
        })
    }

    /// When warnings are due for what is held until `end`: after two thirds, fourteen days before
    /// where that is later, and three days before.
    pub fn warnings(self, end: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let hours = i64::from(self.days).saturating_mul(24);
        let before = |hours: i64| end.checked_sub_signed(TimeDelta::hours(hours)).unwrap_or(end);
        let third = hours / 3;
        let mut left = vec![third];
        left.extend([14 * 24, 3 * 24].into_iter().filter(|hours| *hours < third));
        left.into_iter().map(before).collect()
    }
}

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let day = |of: NaiveDate| of.format("%-d %B %Y");
        let Planned { days, acceptance_days, change_requests } = self.planned;
        let reviews = count(change_requests.saturating_add(1), "review");
        write!(
            f,
            "Paid today, its money could be held until {}: {} to delivery and {reviews} of {}. It \
             has to leave by {}, since money is held for {} days at most. ",
            day(self.could),
            count(days, "day"),
            count(acceptance_days, "day"),
            day(self.must),
            self.limit,
        )?;
        match self.most {
            most @ 1.. => write!(f, "Plan {} at most, or two milestones.", count(most, "day")),
            _ => write!(f, "The program has to shorten its reviews first."),
        }
    }
}

fn count(of: i32, what: &str) -> String {
    let many = if of == 1 { "" } else { "s" };
    format!("{of} {what}{many}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Planned = Planned { days: 47, acceptance_days: 14, change_requests: 2 };

    #[test]
    fn what_a_plan_may_use() {
        let today = NaiveDate::from_ymd_opt(2026, 5, 1).unwrap();
        let limit = HoldLimit { days: 90 };
        assert_eq!(limit.refuses(PLAN, today), None, "47 and three reviews are 89 days");
        let long = limit.refuses(Planned { days: 48, ..PLAN }, today).unwrap();
        assert_eq!((long.most, long.planned.longest()), (47, 90));
        assert_eq!(long.must, NaiveDate::from_ymd_opt(2026, 7, 29).unwrap());
        let text = long.to_string();
        assert!(text.contains("until 30 July 2026") && text.contains("by 29 July 2026"), "{text}");
        assert!(text.ends_with("Plan 47 days at most, or two milestones."), "{text}");
        assert_eq!(HoldLimit { days: 730 }.refuses(Planned { days: 365, ..PLAN }, today), None);
        let short = HoldLimit { days: 10 }.refuses(PLAN, today).unwrap();
        assert!(short.to_string().ends_with("shorten its reviews first."), "{short}");
    }

    #[test]
    fn warnings_come_in_order_and_never_before_two_thirds() {
        let end = DateTime::UNIX_EPOCH + TimeDelta::days(1_000);
        let left = |days| -> Vec<i64> {
            let at = HoldLimit { days }.warnings(end);
            at.into_iter().map(|at| (end - at).num_hours()).collect()
        };
        assert_eq!(left(90), [720, 336, 72]);
        assert_eq!(left(730), [5_840, 336, 72]);
        assert_eq!(left(10), [80, 72]);
    }
}
