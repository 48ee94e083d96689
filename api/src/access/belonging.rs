//! Where the thing that a call changes belongs, held against the single things of a letter. Pure.
//!
//! A call may name a campaign and reach the people of a list. Where the description says which
//! field of the thing tells that, the gateway looks at it before anything is sent.

use super::decide::Reason;
use super::model::Terms;
use crate::upstreams::{Operation, values_at};
use serde_json::Value;
use std::collections::BTreeSet;

/// What the terms say of where the thing has to belong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Belonging {
    held: Vec<Held>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    kind: String,
    field: Vec<String>,
    ids: BTreeSet<String>,
}

impl Belonging {
    pub fn of(terms: &Terms, operation: &Operation) -> Self {
        let held = operation.belongs.iter().filter_map(|(kind, field)| {
            let ids = terms.limits.only.get(kind)?.clone();
            Some(Held { kind: kind.clone(), field: field.clone(), ids })
        });
        Self { held: held.collect() }
    }

    /// Whether nothing has to be looked at.
    pub fn is_free(&self) -> bool {
        self.held.is_empty()
    }

    /// Why a call that changes this thing is not permitted. What does not tell where it belongs, or
    /// could not be looked at, belongs nowhere.
    pub fn refused(&self, thing: Option<&Value>) -> Option<Reason> {
        let belongs = |held: &Held| {
            let named = thing.map(|thing| values_at(thing, &held.field)).unwrap_or_default();
            !named.is_empty() && named.into_iter().all(|value| names_one(value, &held.ids))
        };
        let other = self.held.iter().find(|held| !belongs(held));
        other.map(|held| Reason::Limited(held.kind.clone()))
    }
}

fn names_one(value: &Value, ids: &BTreeSet<String>) -> bool {
    match value {
        Value::String(id) => ids.contains(id),
        Value::Number(id) if id.is_u64() => ids.contains(&id.to_string()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::model::Limits;
    use crate::access::samples::{larkfield, terms};
    use serde_json::json;

    fn of(only: &[(&str, &str)]) -> Belonging {
        let upstream = larkfield();
        let mut terms = terms(&upstream, "run-campaigns");
        let only = only.iter().map(|(kind, id)| ((*kind).into(), [(*id).to_owned()].into()));
        terms.limits = Limits { only: only.collect(), ..Limits::default() };
        Belonging::of(&terms, upstream.operation("send-campaign").unwrap())
    }

    #[test]
    fn a_thing_belongs_to_what_the_letter_names_or_is_left_alone() {
        let held = of(&[("list", "lst_1"), ("campaign", "cmp_1")]);
        let other = Some(Reason::Limited("list".into()));
        assert_eq!(held.refused(Some(&json!({ "list_id": "lst_1" }))), None);
        for thing in [
            json!({ "list_id": "lst_2" }),
            json!({ "list_id": ["lst_1", "lst_2"] }),
            json!({ "list_id": null }),
            json!({ "list_id": true }),
            json!({ "list_id": [] }),
            json!({}),
            json!("lst_1"),
        ] {
            assert_eq!(held.refused(Some(&thing)), other, "{thing}");
        }
        assert_eq!(held.refused(None), other, "not looked at");
    }

    #[test]
    fn a_letter_for_no_list_looks_at_nothing() {
        assert!(of(&[("campaign", "cmp_1")]).is_free());
        assert_eq!(of(&[]).refused(None), None);
    }
}
