//! What a call would change, field by field: the object before beside the body that is sent. Pure.

use super::model::Change;
use reqwest::Method;
use serde_json::Value;

/// Most fields that are told; a call has far fewer.
const MOST: usize = 200;

/// A deletion takes everything away. Anything else sets the fields of its body; a field whose value
/// is there already is left out, since nothing happens to it.
pub fn changes(method: &Method, before: Option<&Value>, body: Option<&Value>) -> Vec<Change> {
    let mut found = Vec::new();
    match (before, body) {
        (Some(before), _) if *method == Method::DELETE => gone("", before, &mut found),
        (before, Some(body)) => set("", before, body, &mut found),
        _ => {}
    }
    found.truncate(MOST);
    found
}

fn gone(path: &str, value: &Value, found: &mut Vec<Change>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                gone(&joined(path, name), inner, found);
            }
        }
        Value::Null => {}
        other => {
            let before = Some(text(other));
            found.push(Change { field: path.to_owned(), before, after: None });
        }
    }
}

fn set(path: &str, before: Option<&Value>, after: &Value, found: &mut Vec<Change>) {
    if before == Some(after) {
        return;
    }
    if let Value::Object(object) = after {
        for (name, inner) in object {
            set(&joined(path, name), before.and_then(|b| b.get(name)), inner, found);
        }
        return;
    }
    let before = before.filter(|value| !value.is_null()).map(text);
    found.push(Change { field: path.to_owned(), before, after: Some(text(after)) });
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// As a person reads it: a text without quotes, anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(method: &Method, before: Option<Value>, body: Option<Value>) -> Vec<String> {
        let all = changes(method, before.as_ref(), body.as_ref());
        let or = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        all.into_iter()
            .map(|c| format!("{}: {} > {}", c.field, or(c.before), or(c.after)))
            .collect()
    }

    #[test]
    fn a_change_tells_only_what_changes() {
        let before = json!({ "name": "Spring", "subject": "Hi", "to": { "list": 1, "n": null } });
        let body = json!({ "subject": "Hello", "name": "Spring", "to": { "list": 2, "n": 3 } });
        let expected = ["subject: Hi > Hello", "to.list: 1 > 2", "to.n: - > 3"];
        assert_eq!(told(&Method::PATCH, Some(before), Some(body)), expected);
    }

    #[test]
    fn a_new_thing_is_all_new_and_a_deleted_one_all_gone() {
        let thing = json!({ "name": "Spring", "tags": ["a"], "sent_at": null });
        let new = told(&Method::POST, None, Some(thing.clone()));
        assert_eq!(new, ["name: - > Spring", "sent_at: - > null", "tags: - > [\"a\"]"]);
        let gone = told(&Method::DELETE, Some(thing), None);
        assert_eq!(gone, ["name: Spring > -", "tags: [\"a\"] > -"]);
    }

    #[test]
    fn a_call_without_body_changes_no_field() {
        assert!(told(&Method::POST, Some(json!({ "name": "x" })), None).is_empty());
    }
}
