//! What an operation uses up: how many people a send reaches, how many contacts an export takes.
//!
//! A description says how the number is found before the call is sent: it is fixed, it is told by
//! the call, or it stands in objects of the application that the call names.

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
    Told(Told),
}

/// The number is told by the call, by what it changes, and by what both of them name. What is
/// counted in several ways is added up, so that it may be too many and never too few.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub look: Option<Look>,
    /// The field whose entries count, one each.
    pub entries: Option<Vec<String>>,
    /// Fields that reach others, whom nobody counts: with one of them nobody can tell.
    pub unless: Vec<Unless>,
}

/// A field with any value that says something, or with one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unless {
    pub field: Vec<String>,
    pub value: Option<String>,
}

/// The number stands in objects that the call, or what it changes, names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The operation that shows one.
    pub operation: String,
    /// For each of its parameters the field of the body, or of the object before, that names it,
    /// or that names several in a list.
    pub by: BTreeMap<String, Vec<String>>,
    /// Where its answer holds the number: names from its top down.
    pub at: Vec<String>,
}

impl Told {
    /// The fields of the call, or of what it changes, that it needs.
    pub fn fields(&self) -> impl Iterator<Item = &[String]> {
        let named = self.look.iter().flat_map(|look| look.by.values());
        let others = self.entries.iter().chain(self.unless.iter().map(|unless| &unless.field));
        named.chain(others).map(Vec::as_slice)
    }
}

/// The whole number at a path, when there is one that is not negative.
pub fn number_at(value: &Value, path: &[String]) -> Option<u64> {
    let inner = path.iter().try_fold(value, |value, name| value.get(name))?;
    inner.as_u64()
}

/// Every value at a path; lists on the way and at its end are walked through, and what is null is
/// none.
pub fn values_at<'a>(value: &'a Value, path: &[String]) -> Vec<&'a Value> {
    match (value, path.split_first()) {
        (Value::Array(items), _) => items.iter().flat_map(|item| values_at(item, path)).collect(),
        (Value::Null, _) => Vec::new(),
        (value, None) => vec![value],
        (value, Some((name, rest))) => {
            value.get(name).map(|inner| values_at(inner, rest)).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(value: &Value, path: &str) -> Vec<Value> {
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        values_at(value, &path).into_iter().cloned().collect()
    }

    #[test]
    fn values_are_found_through_lists_and_nothing_is_none() {
        let mail = json!({ "to": [{ "id": 1, "x": [] }, { "id": [2, null] }, 7], "none": null });
        assert_eq!(found(&mail, "to.id"), [json!(1), json!(2)]);
        assert_eq!(found(&mail, "to").len(), 3);
        assert!(found(&mail, "to.x").is_empty());
        assert!(found(&mail, "none").is_empty());
        assert!(found(&mail, "to.id.deeper").is_empty());
    }

    #[test]
    fn only_a_whole_number_is_a_number() {
        let path = ["stats".to_owned(), "members".to_owned()];
        assert_eq!(number_at(&json!({ "stats": { "members": 7 } }), &path), Some(7));
        for not in [json!(-1), json!("7"), json!(7.5), json!(null)] {
            assert_eq!(number_at(&json!({ "stats": { "members": not } }), &path), None);
        }
    }
}
