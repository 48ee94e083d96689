//! Mends what the generated description leaves out, and writes it as YAML.

use serde_json::{Map, Value, json};
use std::fmt::Write;

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// Public operations say so, closed objects say so, every POST names its optional key, every list
/// with a `limit` names the cursor that [`super::paging::PageQuery`] reads beside it.
pub fn mend(document: &mut Value) {
    for operation in operations(document) {
        if !operation.contains_key("security") {
            operation.insert("security".to_owned(), json!([]));
        }
        name_cursor(operation);
    }
    for operation in posts(document) {
        name_idempotency_key(operation);
    }
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    paths
        .into_iter()
        .flat_map(|paths| paths.values_mut())
        .filter_map(Value::as_object_mut)
        .flat_map(|item| item.iter_mut())
        .filter(|(method, _)| METHODS.contains(&method.as_str()))
        .filter_map(|(_, operation)| operation.as_object_mut())
}

fn posts(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    paths
        .into_iter()
        .flat_map(|paths| paths.values_mut())
        .filter_map(|item| item.get_mut("post").and_then(Value::as_object_mut))
}

fn name_cursor(operation: &mut Map<String, Value>) {
    let Some(list) = operation.get_mut("parameters").and_then(Value::as_array_mut) else { return };
    let named = |name: &str| {
        list.iter().any(|p| {
            p.get("in").and_then(Value::as_str) == Some("query")
                && p.get("name").and_then(Value::as_str) == Some(name)
        })
    };
    if named("limit") && !named("cursor") {
        list.push(json!({
            "name": "cursor",
            "in": "query",
            "required": false,
            "description": "`next` of the page before this one.",
            "schema": { "type": "string" }
        }));
    }
}

fn name_idempotency_key(operation: &mut Map<String, Value>) {
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    let Some(list) = parameters.as_array_mut() else { return };
    let named = |p: &Value| {
        p.get("name")
            .and_then(Value::as_str)
            .is_some_and(|n| n.eq_ignore_ascii_case("idempotency-key"))
    };
    if !list.iter().any(named) {
        list.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "Makes the request safe to repeat for 24 hours.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 }
        }));
    }
}

/// YAML 1.2 in the block style, strings always quoted as JSON does: every JSON string is a YAML
/// double-quoted scalar.
pub fn to_yaml(value: &Value) -> anyhow::Result<String> {
    let mut text = String::new();
    write_block(&mut text, value, 0)?;
    Ok(text)
}

fn write_block(text: &mut String, value: &Value, depth: usize) -> anyhow::Result<()> {
    let pad = "  ".repeat(depth);
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, item) in map {
                write!(text, "{pad}{}:", serde_json::to_string(key)?)?;
                write_item(text, item, depth)?;
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for item in list {
                write!(text, "{pad}-")?;
                write_item(text, item, depth)?;
            }
        }
        flat => writeln!(text, "{pad}{}", serde_json::to_string(flat)?)?,
    }
    Ok(())
}

fn write_item(text: &mut String, item: &Value, depth: usize) -> anyhow::Result<()> {
    let nested = matches!(item, Value::Object(m) if !m.is_empty())
        || matches!(item, Value::Array(l) if !l.is_empty());
    if nested {
        text.push('\n');
        write_block(text, item, depth + 1)
    } else {
        writeln!(text, " {}", serde_json::to_string(item)?)?;
        Ok(())
    }
}
