//! Work by the hour as a form holds it, and as pages tell it.

use api::directory::Hourly;
use api::kernel::money::{Currency, Money};
use serde::Serialize;

use super::words;
use crate::format;
use crate::site::{Form, amount_fault, read_minor};
use crate::view::Errors;

/// The boxes of work by the hour, as typed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HourBoxes {
    /// For an hour.
    pub rate: String,
    /// Whole hours of a week.
    pub cap: String,
    pub weeks: String,
}

impl HourBoxes {
    /// What was typed, where the form is one of hours.
    pub fn read(form: &Form) -> Option<Self> {
        let get = |name: &str| form.get(name).to_owned();
        (form.get("by") == "hour").then(|| Self {
            rate: get("rate"),
            cap: get("cap"),
            weeks: get("weeks"),
        })
    }

    /// What is offered already. A cap that is no whole number of hours is rounded down.
    pub fn of(hourly: &Hourly) -> Self {
        Self {
            rate: words::typed(hourly.rate),
            cap: (hourly.cap_minutes / 60).to_string(),
            weeks: hourly.weeks.to_string(),
        }
    }

    /// What cannot be read becomes what the program refuses: nothing of it.
    pub fn agreed(&self, currency: Currency) -> Hourly {
        let hours: i32 = self.cap.trim().parse().unwrap_or(0);
        Hourly {
            rate: Money::new(read_minor(&self.rate, currency).unwrap_or(0), currency),
            cap_minutes: hours.saturating_mul(60),
            weeks: self.weeks.trim().parse().unwrap_or(0),
        }
    }

    /// The errors, with why a rate that is typed cannot be read.
    pub fn reworded(&self, errors: Errors, currency: Currency) -> Errors {
        if self.rate.trim().is_empty() || read_minor(&self.rate, currency).is_some() {
            return errors;
        }
        errors.reworded("rate", &amount_fault(&self.rate, currency))
    }
}

/// The control of a field of the API that is about hours.
pub fn control(field: &str) -> Option<&'static str> {
    match field {
        "hourly.rate" => Some("rate"),
        "hourly.cap_minutes" => Some("cap"),
        "hourly.weeks" => Some("weeks"),
        _ => None,
    }
}

/// "$90.00 an hour".
pub fn an_hour(hourly: &Hourly) -> String {
    format!("{} an hour", words::amount(hourly.rate))
}

/// "8 weeks".
pub fn weeks(hourly: &Hourly) -> String {
    format::count(u64::try_from(hourly.weeks).unwrap_or_default(), "week", "weeks")
}
