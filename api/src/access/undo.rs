//! Whether a change is still as the write left it, and what sets it back. Pure.

use super::changes::changes;
use super::model::{Change, Kept};
use reqwest::Method;
use serde_json::{Map, Value};

/// What to do about a thing as it is now.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It is as it was before.
    Nothing,
    /// Set these fields.
    Set(Map<String, Value>),
    /// Delete the thing that the write made.
    Delete,
    /// Somebody changed these fields since.
    Differs(Map<String, Value>),
}

/// With `overwrite` what was changed since is set back all the same.
pub fn step(kept: &Kept, now: &Value, overwrite: bool) -> Step {
    let value = |name: &String| now.get(name).cloned().unwrap_or(Value::Null);
    if kept.before.is_none() {
        let differs = |(name, was): &(&String, &Value)| value(name) != **was;
        let differs: Vec<_> = kept.whole.iter().filter(differs).map(own).collect();
        let differs = differs.into_iter().map(|(name, _)| (name.clone(), value(&name))).collect();
        return match differs {
            found if !overwrite && found != Map::new() => Step::Differs(found),
            _ => Step::Delete,
        };
    }
    let found: Map<String, Value> =
        kept.after.keys().map(|name| (name.clone(), value(name))).collect();
    let was = |name: &String| {
        let before = kept.before.as_ref();
        before.map(|before| before.get(name).cloned().unwrap_or(Value::Null))
    };
    let back: Map<String, Value> = found
        .iter()
        .filter(|(name, value)| was(name).as_ref() != Some(*value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if back.is_empty() {
        return Step::Nothing;
    }
    let differs: Map<String, Value> = back
        .iter()
        .filter(|(name, value)| kept.after.get(*name) != Some(*value))
        .map(own)
        .collect();
    if !differs.is_empty() && !overwrite {
        return Step::Differs(differs);
    }
    let old = back.keys().map(|name| (name.clone(), was(name).unwrap_or(Value::Null)));
    Step::Set(old.collect())
}

fn own((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// What the write changed, field by field.
pub fn changed(kept: &Kept) -> Vec<Change> {
    let before = kept.before.clone().map(Value::Object);
    changes(&Method::PATCH, before.as_ref(), Some(&Value::Object(kept.after.clone())))
}

/// What was found instead, and what setting it back would make of it.
pub fn found(kept: &Kept, found: &Map<String, Value>) -> Vec<Change> {
    let was: Map<String, Value> = match &kept.before {
        Some(before) => {
            before.iter().filter(|(name, _)| found.contains_key(*name)).map(own).collect()
        }
        None => return changes(&Method::DELETE, Some(&Value::Object(found.clone())), None),
    };
    changes(&Method::PATCH, Some(&Value::Object(found.clone())), Some(&Value::Object(was)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn kept(before: Option<Value>, after: Value) -> Kept {
        let (before, after) = (before.map(map), map(after));
        Kept { whole: after.clone(), before, after, ..Kept::default() }
    }

    #[test]
    fn what_is_as_the_write_left_it_is_set_back() {
        let kept = kept(
            Some(json!({ "subject": "Hi", "name": "Spring" })),
            json!({ "subject": "Hello", "name": "Spring" }),
        );
        let now = json!({ "subject": "Hello", "name": "Spring", "state": "draft" });
        assert_eq!(step(&kept, &now, false), Step::Set(map(json!({ "subject": "Hi" }))));
        let back = json!({ "subject": "Hi", "name": "Spring" });
        assert_eq!(step(&kept, &back, false), Step::Nothing);
        assert_eq!(changed(&kept).len(), 1);
    }

    #[test]
    fn what_somebody_changed_since_is_left_alone_unless_it_is_wanted() {
        let kept = kept(
            Some(json!({ "subject": "Hi", "to": null })),
            json!({ "subject": "Hello", "to": 2 }),
        );
        let now = json!({ "subject": "Servus", "to": 2 });
        assert_eq!(step(&kept, &now, false), Step::Differs(map(json!({ "subject": "Servus" }))));
        let all = map(json!({ "subject": "Hi", "to": null }));
        assert_eq!(step(&kept, &now, true), Step::Set(all));
        let told = found(&kept, &map(json!({ "subject": "Servus" })));
        assert_eq!(told[0].before.as_deref(), Some("Servus"));
        assert_eq!(told[0].after.as_deref(), Some("Hi"));
    }

    #[test]
    fn what_the_write_made_is_deleted_while_nobody_worked_on_it() {
        let kept = kept(None, json!({ "name": "Spring" }));
        assert_eq!(step(&kept, &json!({ "name": "Spring", "id": 1 }), false), Step::Delete);
        let now = json!({ "name": "Summer" });
        assert_eq!(step(&kept, &now, false), Step::Differs(map(json!({ "name": "Summer" }))));
        assert_eq!(step(&kept, &now, true), Step::Delete);
        // What the call itself did not set counts as well.
        let mut kept = kept;
        kept.whole.insert("body".into(), Value::Null);
        let now = json!({ "name": "Spring", "body": "Dear friend" });
        let found = map(json!({ "body": "Dear friend" }));
        assert_eq!(step(&kept, &now, false), Step::Differs(found));
    }
}
