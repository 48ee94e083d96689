//! What narrows a letter, over HTTP: budgets, and what of a preset is chosen.

use crate::access::model::{Limits, Without};
use crate::access::ops::Choice;
use crate::kernel::id::{GrantId, MilestoneId};
use crate::upstreams::Unit;
use chrono::NaiveDate;
use poem_openapi::Object;
use std::collections::BTreeMap;

/// The most that a letter lets be used up; what is absent has no budget.
#[derive(Object, Default)]
#[oai(deny_unknown_fields)]
pub struct Budgets {
    /// People that one send reaches.
    recipients: Option<u64>,
    /// Contacts taken out of the account in a day.
    contacts: Option<u64>,
    /// Things deleted in a day.
    deletes: Option<u64>,
    /// Money spent with the application in all, in the minor unit of the account's currency.
    spend: Option<u64>,
}

impl From<Budgets> for BTreeMap<Unit, u64> {
    fn from(told: Budgets) -> Self {
        let pairs = [
            (Unit::Recipients, told.recipients),
            (Unit::Contacts, told.contacts),
            (Unit::Deletes, told.deletes),
            (Unit::Spend, told.spend),
        ];
        pairs.into_iter().filter_map(|(unit, most)| Some((unit, most?))).collect()
    }
}

impl From<&BTreeMap<Unit, u64>> for Budgets {
    fn from(kept: &BTreeMap<Unit, u64>) -> Self {
        let of = |unit| kept.get(&unit).copied();
        Self {
            recipients: of(Unit::Recipients),
            contacts: of(Unit::Contacts),
            deletes: of(Unit::Deletes),
            spend: of(Unit::Spend),
        }
    }
}

/// Actions and single operations that are left out.
pub fn left_out(actions: Vec<String>, operations: Vec<String>) -> Without {
    Without { actions: actions.into_iter().collect(), operations: operations.into_iter().collect() }
}

/// When a letter begins to work, and what it answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Begins {
    pub opens_with: Option<MilestoneId>,
    pub starts_on: Option<NaiveDate>,
    /// The request that it answers.
    pub answers: Option<GrantId>,
}

type Narrower = (BTreeMap<String, Vec<String>>, Option<Vec<String>>, Budgets, Vec<String>);

pub fn choice(
    (preset, begins): (String, Begins),
    without: Without,
    (only, asks, budgets, withhold): Narrower,
) -> Choice {
    let only = only.into_iter().map(|(kind, ids)| (kind, ids.into_iter().collect())).collect();
    Choice {
        preset,
        without,
        asks: asks.map(|asks| asks.into_iter().collect()),
        limits: Limits { only, budgets: budgets.into(), ..Limits::default() },
        withhold: withhold.into_iter().collect(),
        opens_with: begins.opens_with,
        starts: begins.starts_on,
        answers: begins.answers,
    }
}
