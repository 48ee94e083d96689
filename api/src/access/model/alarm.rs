//! What is unusual about the calls of a letter, and the alarms that come of it; pure.
//!
//! An alarm tells counts and times. What the calls were about is not known here.

use crate::access::AccessError;
use crate::kernel::country::Country;
use crate::kernel::id::{AccessAlarmId, GrantId, OrganizationId, PersonId};
use crate::text_enum;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// So many refused calls within [`BURST_MINUTES`] are a burst.
pub const BURST_CALLS: i64 = 20;
pub const BURST_MINUTES: i32 = 10;
/// Fewer reads, or contacts taken out, in one night are never many.
pub const NIGHT_READS: i64 = 100;
pub const NIGHT_CONTACTS: i64 = 500;
/// Nights before that tell what is usual.
pub const NIGHTS: i32 = 14;
/// The code of a call whose answer showed the token.
pub const TOKEN_SHOWN: &str = "token-shown";
/// A night is unusual from so many times the busiest of them.
const NIGHT_FACTOR: i64 = 4;
/// A letter is at home where it was called from so often, or so long ago.
const SETTLED_CALLS: i64 = 20;
const SETTLED: TimeDelta = TimeDelta::days(1);
/// Who was seen in so many networks moves about: another one says nothing.
const ROAMING_NETWORKS: usize = 3;

text_enum! {
    /// What was unusual.
    pub enum AlarmKind {
        /// Many calls were refused within minutes.
        RefusedBurst = "refused-burst",
        /// Far more was read at night than usual, by the customer's clock.
        NightReads = "night-reads",
        /// Calls came from a country or network that they never came from.
        NewPlace = "new-place",
        /// An answer of the application showed the token of the account, and was stopped.
        TokenShown = "token-shown",
    }
}

text_enum! {
    /// How far people are with it.
    pub enum AlarmState {
        Open = "open",
        /// Somebody looks into it.
        Seen = "seen",
        Closed = "closed",
    }
}

text_enum! {
    /// What people do about it.
    pub enum AlarmStep {
        See = "look into",
        Close = "close",
    }
}

impl AlarmState {
    /// The state after a step. Errors with `alarm-state`.
    pub fn after(self, step: AlarmStep) -> Result<Self, AccessError> {
        match (self, step) {
            (Self::Open, AlarmStep::See) => Ok(Self::Seen),
            (Self::Open | Self::Seen, AlarmStep::Close) => Ok(Self::Closed),
            (state, step) => Err(AccessError::AlarmState { state, step }),
        }
    }
}

/// Something unusual, as it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unusual {
    pub kind: AlarmKind,
    /// Refused calls, reads of the night, or calls from the new places.
    pub calls: i64,
    /// Reads of the busiest of the nights before.
    pub usual_calls: i64,
    /// Contacts taken out in the night, and in the busiest before.
    pub contacts: i64,
    pub usual_contacts: i64,
    /// The codes of countries that are new.
    #[serde(default)]
    pub countries: Vec<String>,
    /// Networks that are new, in countries that are not.
    #[serde(default)]
    pub networks: i64,
    pub began_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
}

/// An alarm as its readers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    pub id: AccessAlarmId,
    pub grant: GrantId,
    pub engagement_number: i64,
    pub customer: OrganizationId,
    pub customer_name: String,
    pub partner_name: String,
    pub consultant: PersonId,
    pub consultant_name: String,
    pub account_name: String,
    pub what: Unusual,
    pub raised_at: DateTime<Utc>,
    pub state: AlarmState,
    pub seen_at: Option<DateTime<Utc>>,
    pub seen_by: Option<String>,
    pub closed_at: Option<DateTime<Utc>>,
    pub closed_by: Option<String>,
    pub note: String,
}

/// Which alarms are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlarmsWanted {
    pub state: Option<AlarmState>,
    /// Only those that nobody has closed.
    pub open: bool,
    pub grant: Option<GrantId>,
}

impl Unusual {
    /// What happened, in a sentence without its times.
    pub fn sentence(&self) -> String {
        let calls = |n: i64| if n == 1 { "1 call".to_owned() } else { format!("{n} calls") };
        match self.kind {
            AlarmKind::RefusedBurst => {
                format!("{} were refused within {BURST_MINUTES} minutes.", calls(self.calls))
            }
            AlarmKind::NightReads => {
                let taken = match self.contacts {
                    0 => String::new(),
                    n => format!(", and {n} contacts were taken out"),
                };
                let usual = match (self.usual_calls, self.usual_contacts) {
                    (0, 0) => "In the two weeks before, nothing was read at night".to_owned(),
                    (reads, 0) => format!("The busiest night before had {}", calls(reads)),
                    (reads, n) => {
                        format!("The busiest nights before had {} and {n} contacts", calls(reads))
                    }
                };
                format!("{} read the account at night{taken}. {usual}.", calls(self.calls))
            }
            AlarmKind::NewPlace => {
                format!("{} came {}.", calls(self.calls), self.places())
            }
            AlarmKind::TokenShown => {
                let answers = match self.calls {
                    1 => "1 answer".to_owned(),
                    n => format!("{n} answers"),
                };
                format!(
                    "{answers} of the application showed the key by which we work in the account. \
                     None of it was handed on. Connect the account again, so that the application \
                     gives out a new key, and tell whoever makes it."
                )
            }
        }
    }

    /// "from Norway, Peru and a new network, and none ever did before".
    fn places(&self) -> String {
        let name = |code: &String| {
            Country::parse(code).map_or_else(|| code.clone(), |country| country.name.to_owned())
        };
        let mut places: Vec<String> = self.countries.iter().map(name).collect();
        match (self.networks, places.as_slice()) {
            (2.., []) => {
                return format!("from {} networks that none came from before", self.networks);
            }
            (_, []) => return "from a network that none came from before".to_owned(),
            (0, _) => {}
            (1, _) => places.push("a new network".to_owned()),
            (n, _) => places.push(format!("{n} new networks")),
        }
        let last = places.pop().unwrap_or_default();
        let all =
            if places.is_empty() { last } else { format!("{} and {last}", places.join(", ")) };
        format!("from {all}, and none ever did before")
    }
}

/// Calls of a letter that are one thing: refused ones at their densest, or those whose answers
/// showed the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    pub grant: GrantId,
    pub calls: i64,
    pub began_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
}

/// A night of a letter beside the busiest of the nights before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Night {
    pub grant: GrantId,
    pub reads: i64,
    pub contacts: i64,
    pub usual_reads: i64,
    pub usual_contacts: i64,
    pub began_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
}

/// Calls of a letter from one place that came lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub grant: GrantId,
    /// Under its key, in hexadecimal digits.
    pub network: String,
    pub country: Option<String>,
    pub calls: i64,
    /// Those of them that were not counted before.
    pub new_calls: i64,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
}

text_enum! {
    /// What a place is.
    pub enum PlaceKind {
        Network = "network",
        Country = "country",
    }
}

/// A place that a letter was called from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPlace {
    pub grant: GrantId,
    pub kind: PlaceKind,
    pub place: String,
    pub calls: i64,
    pub first_at: DateTime<Utc>,
}

impl Calls {
    /// Refused calls, when they are a burst.
    pub fn burst(&self) -> Option<Unusual> {
        (self.calls >= BURST_CALLS).then(|| self.unusual(AlarmKind::RefusedBurst))
    }

    /// Calls whose answers showed the token: one is unusual.
    pub fn shown(&self) -> Unusual {
        self.unusual(AlarmKind::TokenShown)
    }

    fn unusual(&self, kind: AlarmKind) -> Unusual {
        unusual(kind, self.calls, (self.began_at, self.last_at))
    }
}

impl Night {
    pub fn judged(&self) -> Option<Unusual> {
        let far = |now: i64, least: i64, usual: i64| {
            now >= least && now >= usual.saturating_mul(NIGHT_FACTOR)
        };
        let unusual_night = far(self.reads, NIGHT_READS, self.usual_reads)
            || far(self.contacts, NIGHT_CONTACTS, self.usual_contacts);
        let span = (self.began_at, self.last_at);
        unusual_night.then(|| Unusual {
            usual_calls: self.usual_reads,
            contacts: self.contacts,
            usual_contacts: self.usual_contacts,
            ..unusual(AlarmKind::NightReads, self.reads, span)
        })
    }
}

/// Whether a letter was called from there before.
pub fn is_known(arrival: &Arrival, known: &[KnownPlace]) -> bool {
    let of = |kind: PlaceKind, place: &String| {
        let same = |k: &KnownPlace| (k.grant, k.kind) == (arrival.grant, kind) && k.place == *place;
        known.iter().any(same)
    };
    of(PlaceKind::Network, &arrival.network)
        && arrival.country.as_ref().is_none_or(|code| of(PlaceKind::Country, code))
}

/// What is unusual about where the calls of letters came from: one thing a letter, with all the
/// places in it that are new.
pub fn judge_places(arrivals: &[Arrival], known: &[KnownPlace]) -> Vec<(GrantId, Unusual)> {
    let mut found: BTreeMap<GrantId, (Unusual, BTreeSet<&str>)> = BTreeMap::new();
    for arrival in arrivals {
        let of: Vec<&KnownPlace> = known.iter().filter(|k| k.grant == arrival.grant).collect();
        let Some(new) = judge_place(arrival, &of) else { continue };
        let span = (arrival.first_at, arrival.last_at);
        let none = || (unusual(AlarmKind::NewPlace, 0, span), BTreeSet::new());
        let (what, networks) = found.entry(arrival.grant).or_insert_with(none);
        what.calls += arrival.calls;
        what.began_at = what.began_at.min(arrival.first_at);
        what.last_at = what.last_at.max(arrival.last_at);
        match new {
            New::Country(code) if !what.countries.contains(code) => {
                what.countries.push(code.clone());
            }
            New::Country(_) => {}
            New::Network => {
                networks.insert(&arrival.network);
            }
        }
    }
    let told = |(grant, (what, networks)): (GrantId, (Unusual, BTreeSet<&str>))| {
        let networks = i64::try_from(networks.len()).unwrap_or(i64::MAX);
        (grant, Unusual { networks, ..what })
    };
    found.into_iter().map(told).collect()
}

/// What of a place is new.
enum New<'a> {
    Country(&'a String),
    Network,
}

fn judge_place<'a>(arrival: &'a Arrival, known: &[&KnownPlace]) -> Option<New<'a>> {
    let of = |kind| known.iter().filter(move |place| place.kind == kind);
    let settled = of(PlaceKind::Network).map(|place| place.calls).sum::<i64>() >= SETTLED_CALLS
        || of(PlaceKind::Network).any(|place| place.first_at <= arrival.first_at - SETTLED);
    if !settled {
        return None;
    }
    let countries = of(PlaceKind::Country).count();
    let country = arrival.country.as_ref().filter(|_| countries > 0);
    if let Some(code) = country
        && !of(PlaceKind::Country).any(|place| place.place == *code)
    {
        return Some(New::Country(code));
    }
    let networks = of(PlaceKind::Network).count();
    let new = !of(PlaceKind::Network).any(|place| place.place == arrival.network);
    (new && networks < ROAMING_NETWORKS).then_some(New::Network)
}

fn unusual(
    kind: AlarmKind,
    calls: i64,
    (began_at, last_at): (DateTime<Utc>, DateTime<Utc>),
) -> Unusual {
    Unusual {
        kind,
        calls,
        usual_calls: 0,
        contacts: 0,
        usual_contacts: 0,
        countries: Vec::new(),
        networks: 0,
        began_at,
        last_at,
    }
}

#[cfg(test)]
#[path = "alarm_tests.rs"]
mod tests;
