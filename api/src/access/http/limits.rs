//! Budgets of a letter over HTTP.

use crate::upstreams::Unit;
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
