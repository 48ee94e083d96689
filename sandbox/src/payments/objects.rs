//! Putting JSON objects together.

use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

/// The object as text that is written as it is.
pub(super) fn text(object: &Value) -> Box<RawValue> {
    // A value always has a text; the fallback only satisfies the type.
    to_raw_value(object).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// The fields of `object` and those of `more`; anything but two objects stays as it was.
pub(super) fn joined(mut object: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (object.as_object_mut(), more) {
        fields.extend(more);
    }
    object
}
