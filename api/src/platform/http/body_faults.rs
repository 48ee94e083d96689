//! What is wrong with a JSON body, by its schema: fields that are missing, unknown or of another
//! type. Rules of the domain (lengths, ranges, dates in order) are the operations' own.

use super::problem::ProblemField;
use super::route_table::RouteTable;
use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Deeper than any body of ours; a description that refers to itself ends here.
const DEEPEST: u8 = 24;

/// Every field at fault, named as in `lines[0].amount.minor`; the body as a whole is `body`.
///
/// A fraction, a number or a truth value is no text, and a text is no number, whatever the
/// framework would take for one.
pub fn body_faults(routes: &RouteTable, schema: &Value, body: &Value) -> Vec<ProblemField> {
    let mut walk = Walk { routes, faults: Vec::new() };
    walk.look(schema, body, "", DEEPEST);
    walk.faults
}

struct Walk<'a> {
    routes: &'a RouteTable,
    faults: Vec<ProblemField>,
}

impl Walk<'_> {
    fn look(&mut self, schema: &Value, value: &Value, field: &str, depth: u8) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            if let Some(target) = self.routes.schema(name) {
                self.look(target, value, field, depth);
            }
            return;
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.look(part, value, field, depth);
        }
        if let Some(wanted) = wanted(schema, value) {
            return self.fault(field, wanted);
        }
        match value {
            Value::Object(map) => self.look_into(schema, map, field, depth),
            Value::Array(list) => {
                let Some(part) = schema.get("items") else { return };
                for (place, value) in list.iter().enumerate() {
                    self.look(part, value, &format!("{field}[{place}]"), depth);
                }
            }
            _ => {}
        }
    }

    fn look_into(&mut self, schema: &Value, map: &Map<String, Value>, field: &str, depth: u8) {
        let named = |name: &str| match field {
            "" => name.to_owned(),
            _ => format!("{field}.{name}"),
        };
        let required = schema.get("required").and_then(Value::as_array);
        let required: Vec<&str> =
            required.into_iter().flatten().filter_map(Value::as_str).collect();
        for name in &required {
            if map.get(*name).is_none_or(Value::is_null) {
                self.fault(&named(name), "Send it: it is required".to_owned());
            }
        }
        let Some(known) = schema.get("properties") else {
            let Some(part) = schema.get("additionalProperties") else { return };
            for (name, value) in map {
                self.look(part, value, &named(name), depth);
            }
            return;
        };
        for (name, value) in map {
            match known.get(name) {
                None => self.fault(&named(name), "Leave it out: there is no such field".to_owned()),
                Some(_) if value.is_null() => {}
                Some(part) => self.look(part, value, &named(name), depth),
            }
        }
    }

    fn fault(&mut self, field: &str, message: String) {
        let field = if field.is_empty() { "body" } else { field };
        self.faults.push(ProblemField { field: field.to_owned(), message });
    }
}

/// What should be sent instead of this value; `None` when its type fits.
fn wanted(schema: &Value, value: &Value) -> Option<String> {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let (fits, wanted) = match schema.get("type").and_then(Value::as_str)? {
        "string" => return wanted_text(schema, format, value),
        "integer" => (fits_integer(format, value), integer_of(format)),
        "number" => (value.is_number(), "Send a number without quotation marks"),
        "boolean" => (value.is_boolean(), "Send true or false"),
        "array" => (value.is_array(), "Send a list: [..]"),
        "object" => (value.is_object(), "Send an object: {..}"),
        _ => return None,
    };
    (!fits).then(|| wanted.to_owned())
}

fn wanted_text(schema: &Value, format: &str, value: &Value) -> Option<String> {
    let Some(text) = value.as_str() else {
        return Some("Send text in quotation marks".to_owned());
    };
    let (fits, wanted) = match format {
        "uuid" => (Uuid::parse_str(text).is_ok(), "Send an id, as in the answers of this API"),
        "date-time" => (
            DateTime::parse_from_rfc3339(text).is_ok(),
            "Send an instant, as in 2026-05-04T09:30:00Z",
        ),
        "naive-date" | "date" => {
            (text.parse::<NaiveDate>().is_ok(), "Send a day, as in 2026-05-04")
        }
        _ => (true, ""),
    };
    if !fits {
        return Some(wanted.to_owned());
    }
    let choices = schema.get("enum").and_then(Value::as_array)?;
    let choices: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
    (!choices.contains(&text)).then(|| format!("Send one of: {}", choices.join(", ")))
}

fn integer_of(format: &str) -> &'static str {
    match format.starts_with('u') {
        true => "Send a whole number, 0 or more, without quotation marks",
        false => "Send a whole number without quotation marks",
    }
}

fn fits_integer(format: &str, value: &Value) -> bool {
    let unsigned = value.as_u64();
    let signed = value.as_i64();
    match format {
        "uint8" => unsigned.is_some_and(|number| u8::try_from(number).is_ok()),
        "uint16" => unsigned.is_some_and(|number| u16::try_from(number).is_ok()),
        "uint32" => unsigned.is_some_and(|number| u32::try_from(number).is_ok()),
        "uint64" => unsigned.is_some(),
        "int16" => signed.is_some_and(|number| i16::try_from(number).is_ok()),
        "int32" => signed.is_some_and(|number| i32::try_from(number).is_ok()),
        _ => signed.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(body: &Value) -> Vec<(String, String)> {
        let line = json!({
            "type": "object",
            "properties": { "minor": { "type": "integer", "format": "int32" } },
            "required": ["minor"],
        });
        let document = json!({ "components": { "schemas": { "Line": line } } });
        let reference = json!({ "$ref": "#/components/schemas/Line" });
        let schema = json!({
            "type": "object",
            "properties": {
                "name": { "type": "string" },
                "scope": { "type": "string", "enum": ["read", "write"] },
                "day": { "type": "string", "format": "naive-date" },
                "of": { "type": "string", "format": "uuid" },
                "lines": { "type": "array", "items": reference },
                "by": { "type": "object", "additionalProperties": { "type": "boolean" } },
                "one": { "allOf": [reference, { "description": "x" }] },
            },
            "required": ["name"],
        });
        let routes = RouteTable::from_description(&document);
        let faults = body_faults(&routes, &schema, body);
        faults.into_iter().map(|f| (f.field, f.message)).collect()
    }

    #[test]
    fn what_fits_has_no_fault() {
        let whole = json!({
            "name": "", "scope": "read", "day": "2026-05-04", "lines": [{ "minor": 1 }],
            "of": "00000000-0000-0000-0000-000000000001", "by": { "x": true },
            "one": { "minor": 2 },
        });
        assert_eq!(faults(&whole), []);
        assert_eq!(faults(&json!({ "name": "x", "scope": null })), []);
    }

    #[test]
    fn every_fault_is_named_at_its_place() {
        let wrong = json!({
            "scope": "all", "day": "4 May", "of": "x", "lines": [{ "minor": 1 }, { "minor": "1" }],
            "by": { "x": 1 }, "one": {}, "extra": 1,
        });
        let named: Vec<String> = faults(&wrong).into_iter().map(|(field, _)| field).collect();
        let all = ["name", "by.x", "day", "extra", "lines[1].minor", "of", "one.minor", "scope"];
        assert_eq!(named, all);
    }

    #[test]
    fn what_counts_things_is_not_below_zero() {
        for (format, most) in [("uint8", 255), ("uint16", 65_535), ("uint64", u64::MAX)] {
            for (value, fits) in [(json!(0), true), (json!(most), true), (json!(-1), false)] {
                assert_eq!(fits_integer(format, &value), fits, "{format} {value}");
            }
        }
        assert!(!fits_integer("uint8", &json!(256)) && !fits_integer("int64", &json!(u64::MAX)));
        assert!(integer_of("uint64").contains("0 or more"));
    }

    #[test]
    fn types_are_not_mixed_up() {
        for name in [json!(7), json!(true), json!([]), json!({})] {
            assert_eq!(faults(&json!({ "name": name })).len(), 1);
        }
        for minor in [json!("1"), json!(1.5), json!(4_000_000_000_i64), json!(null)] {
            assert_eq!(faults(&json!({ "name": "", "lines": [{ "minor": minor }] })).len(), 1);
        }
        for body in [json!([]), json!("x"), json!(null)] {
            assert_eq!(faults(&body)[0].0, "body");
        }
    }
}
