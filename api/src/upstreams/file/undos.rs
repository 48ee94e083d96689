//! How what an operation did is taken back: `undo`, which names another operation or itself.

use super::raw::{RawFile, RawUndo};
use super::reader::Reader;
use super::{is_field, is_path};
use crate::outside::upstream::{Operation, Undo};
use std::collections::BTreeSet;

pub(super) fn undo(raw: &RawUndo) -> Undo {
    let besides = raw.besides.iter().cloned().collect();
    Undo { by: raw.by.clone(), of: raw.of.clone(), besides }
}

/// Whether what is named is there and can do it with what is known then.
pub(super) fn check(raw: &RawFile, made: &[Operation], reader: &mut Reader) {
    for written in &raw.operations {
        let Some(spanned) = &written.undo else { continue };
        let (undo, at) = (spanned.get_ref(), spanned.span().start);
        let find = |id: &str| made.iter().find(|operation| operation.id == id);
        let Some(operation) = find(written.id.get_ref()) else { continue };
        let what = format!("`{}` is no operation of this file that has `before`", undo.by);
        let by = find(&undo.by).filter(|by| by.before.is_some());
        reader.that(by.is_some(), at, &what);
        let Some(by) = by else { continue };
        let params: BTreeSet<&str> = by.path.params().collect();
        if undo.of.is_empty() {
            let own: BTreeSet<&str> = operation.path.params().collect();
            let sets = params == own && operation.fields.is_subset(&by.fields);
            let plain = operation.more_fields.is_none() && !operation.fields.is_empty();
            let what = "setting back needs `before`, the same parameters, and every field again";
            reader.that(sets && plain && operation.before.is_some(), at, what);
        } else {
            let told: BTreeSet<&str> = undo.of.keys().map(String::as_str).collect();
            let what = "`of` names a field of the answer for each parameter of what takes it back";
            let fields = undo.of.values().all(|name| is_field(name) || is_path(name));
            reader.that(told == params && fields && !by.takes_body(), at, what);
        }
    }
}
