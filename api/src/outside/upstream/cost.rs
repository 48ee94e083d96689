//! What an operation uses up: how many people a send reaches, how many contacts an export takes.
//!
//! A description says how the number is found before the call is sent: it is fixed, or it stands
//! in an object of the application that the call names.

use crate::text_enum;
use serde_json::Value;
use std::collections::BTreeMap;

text_enum! {
    /// What is counted against a budget.
    pub enum Unit {
        /// People that one send reaches.
        Recipients = "recipients",
        /// Contacts taken out of the account in a day.
        Contacts = "contacts",
        /// Things deleted in a day.
        Deletes = "deletes",
        /// Money spent with the application while the letter lives, in the minor unit of the
        /// account's currency.
        Spend = "spend",
    }
}

text_enum! {
    /// Over which time uses add up.
    pub enum Period {
        /// Each call for itself.
        Call = "call",
        /// A day in the customer's zone.
        Day = "day",
        /// From the grant to its end.
        Letter = "letter",
    }
}

impl Unit {
    pub fn period(self) -> Period {
        match self {
            Self::Recipients => Period::Call,
            Self::Contacts | Self::Deletes => Period::Day,
            Self::Spend => Period::Letter,
        }
    }
}

/// What one call uses up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    pub unit: Unit,
    pub count: Count,
    /// Where the answer tells how many it really were: names from its top down.
    pub real: Option<Vec<String>>,
}

/// How the number is known before the call is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Count {
    Each(u64),
    Look(Look),
}

/// The number stands in an object that the call, or what it changes, names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The operation that shows the object.
    pub operation: String,
    /// For each of its parameters the field of the body, or of the object before, that names it.
    pub by: BTreeMap<String, String>,
    /// Where its answer holds the number: names from its top down.
    pub at: Vec<String>,
}

/// The whole number at a path, when there is one that is not negative.
pub fn number_at(value: &Value, path: &[String]) -> Option<u64> {
    let inner = path.iter().try_fold(value, |value, name| value.get(name))?;
    inner.as_u64()
}
