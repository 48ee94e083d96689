//! Forms that everybody reads alike: what was read here is written anew and only that goes out.

use serde_json::{Map, Value};
use url::form_urlencoded;

/// The fields of a form, each a text.
///
/// Errors without words: the caller's own text is at fault. A name is there once and is plain.
pub fn read(bytes: &[u8]) -> Result<Value, ()> {
    let plain = bytes.iter().all(|byte| byte.is_ascii_graphic());
    let mut object = Map::new();
    for (name, value) in form_urlencoded::parse(bytes) {
        let named = !name.is_empty() && name != "_method" && !name.chars().any(char::is_control);
        // Bytes that are no UTF-8 were replaced by this character.
        let broken = name.contains('\u{fffd}') || value.contains(['\u{fffd}', '\0']);
        let before = object.insert(name.into_owned(), Value::String(value.into_owned()));
        if !named || broken || before.is_some() {
            return Err(());
        }
    }
    if plain { Ok(Value::Object(object)) } else { Err(()) }
}

/// The form of an object's fields; `None` when one is neither text, number nor yes or no.
pub fn write(body: &Value) -> Option<Vec<u8>> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in body.as_object()? {
        match value {
            Value::String(text) => form.append_pair(name, text),
            Value::Number(number) => form.append_pair(name, &number.to_string()),
            Value::Bool(yes) => form.append_pair(name, &yes.to_string()),
            _ => return None,
        };
    }
    Some(form.finish().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_field_once_and_written_anew() {
        let body = read(b"name=Spring+sale&text=a%0Ab%26c%3Dd&empty=").unwrap();
        assert_eq!(body, json!({ "name": "Spring sale", "text": "a\nb&c=d", "empty": "" }));
        let written = write(&body).unwrap();
        assert_eq!(read(&written).unwrap(), body);
        assert_eq!(write(&json!({ "a": 1, "b": false })).unwrap(), b"a=1&b=false");
        for bad in [
            &b"a=1&a=2"[..],
            b"a=1&%61=2",
            b"=1",
            b"_method=DELETE",
            b"%5Fmethod=DELETE",
            b"a=%ff",
            b"a=%00",
            b"a%0d=1",
            b"a=b c",
            b"a=\xc3\xa9",
            b"a=1\r\n",
        ] {
            assert!(read(bad).is_err(), "{:?}", String::from_utf8_lossy(bad));
        }
        assert_eq!(write(&json!({ "a": {} })), None);
        assert_eq!(write(&json!([])), None);
    }
}
