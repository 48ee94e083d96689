//! The table `[types]` of a file: what a field or a query parameter holds, wherever it is named.

use super::raw::RawFile;
use super::reader::Reader;
use crate::outside::upstream::{FieldType, Operation};
use std::collections::BTreeMap;

const KNOWN: &[(&str, FieldType)] = &[
    ("string", FieldType::String),
    ("integer", FieldType::Integer),
    ("number", FieldType::Number),
    ("boolean", FieldType::Boolean),
    ("array", FieldType::Array),
    ("object", FieldType::Object),
];

pub(super) fn read(
    raw: &RawFile,
    operations: &[Operation],
    reader: &mut Reader,
) -> BTreeMap<String, FieldType> {
    let mut made = BTreeMap::new();
    for (name, said) in &raw.types {
        let at = said.span().start;
        let queries = operations.iter().any(|operation| operation.query.contains(name));
        let fields = operations.iter().any(|operation| operation.fields.contains(name));
        let what = format!("no operation has a field or a query parameter `{name}`");
        reader.that(queries || fields, at, &what);
        let Some(kind) = reader.one_of("a type", said, KNOWN) else { continue };
        let many = matches!(kind, FieldType::Array | FieldType::Object);
        let what = "a query parameter is a text, a number, true or false; `repeats` says of many";
        reader.that(!(queries && many), at, what);
        made.insert(name.clone(), kind);
    }
    made
}
