//! One thing that waits for the person who asks, and which of several comes first.

use chrono::{DateTime, Days, NaiveTime, Utc};
use serde::Serialize;

use crate::format;
use crate::site::Visit;
use crate::view::Link;

/// A deed that is this person's turn.
#[derive(Clone, Debug, Serialize)]
pub struct Waits {
    /// The deed: "Accept milestone 2, or return it with notes".
    pub title: String,
    /// What it is about and what happens if nobody acts; may be empty.
    pub text: String,
    /// "Until Tuesday 12 May, 18:00, Stockholm"; empty when nothing ends.
    pub until: String,
    pub act: Link,
    /// How many things it stands for.
    #[serde(skip)]
    pub things: u64,
    #[serde(skip)]
    end: Option<DateTime<Utc>>,
}

impl Waits {
    pub fn new(title: &str, act: Link) -> Self {
        let [text, until] = [const { String::new() }; 2];
        Self { title: title.into(), text, until, act, things: 1, end: None }
    }

    /// Stands for several things.
    #[must_use]
    pub fn standing_for(self, things: u64) -> Self {
        Self { things, ..self }
    }

    #[must_use]
    pub fn saying(self, text: &str) -> Self {
        Self { text: text.into(), ..self }
    }

    /// Something ends at this instant.
    #[must_use]
    pub fn until(self, at: DateTime<Utc>, visit: &Visit) -> Self {
        let (zone, now) = (visit.zone(), visit.app().clock.now());
        let city = format::zone_city(zone);
        let until = format!("Until {}, {city}", format::instant(at, zone, now));
        Self { until, end: Some(at), ..self }
    }

    /// It was agreed for this day.
    #[must_use]
    pub fn by_day(self, day: chrono::NaiveDate, visit: &Visit) -> Self {
        let today = visit.app().clock.now().date_naive();
        let end = day.checked_add_days(Days::new(1)).unwrap_or(day);
        let until = if day < today {
            format!("Was due {}, {}", format::weekday(day, today), format::in_days(day, today))
        } else {
            format!("Due {}", format::day_word(day, today))
        };
        Self { until, end: Some(end.and_time(NaiveTime::MIN).and_utc()), ..self }
    }

    #[must_use]
    pub fn with_until(self, words: &str) -> Self {
        Self { until: words.into(), ..self }
    }

    /// What ends first comes first; what never ends comes last.
    pub fn pressing(&self) -> DateTime<Utc> {
        self.end.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}
