//! Work by the hour, as it is sent and shown.

use crate::directory::model::Hourly;
use crate::kernel::money::Money;
use poem_openapi::Object;

/// Work by the hour, paid by the week.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct HourlyBody {
    /// For an hour, in the program's currency, fees included.
    pub rate: Money,
    /// Minutes of a week that are charged at most, from 60 to 10,080; more is shown, never charged.
    pub cap_minutes: i32,
    /// Weeks with time at most, from 1 to 52.
    pub weeks: i32,
}

impl From<HourlyBody> for Hourly {
    fn from(body: HourlyBody) -> Self {
        Self { rate: body.rate, cap_minutes: body.cap_minutes, weeks: body.weeks }
    }
}

impl From<Hourly> for HourlyBody {
    fn from(hourly: Hourly) -> Self {
        Self { rate: hourly.rate, cap_minutes: hourly.cap_minutes, weeks: hourly.weeks }
    }
}

/// What is agreed on for work by the hour. Weeks begin on Monday at 00:00 UTC.
#[derive(Object)]
pub struct HourlyView {
    /// For an hour, fees included.
    pub rate: Money,
    /// Minutes of a week that are charged at most.
    pub cap_minutes: i32,
    /// Weeks with time at most.
    pub weeks: i32,
    /// The most that a week costs.
    pub most_a_week: Money,
    /// The most that all weeks together cost.
    pub most: Money,
}

impl From<Hourly> for HourlyView {
    fn from(hourly: Hourly) -> Self {
        Self {
            rate: hourly.rate,
            cap_minutes: hourly.cap_minutes,
            weeks: hourly.weeks,
            most_a_week: hourly.most_a_week(),
            most: hourly.most(),
        }
    }
}
