//! Putting JSON objects together.

use serde_json::Value;

/// The fields of `object` and those of `more`; anything but two objects stays as it was.
pub(super) fn joined(mut object: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (object.as_object_mut(), more) {
        fields.extend(more);
    }
    object
}
