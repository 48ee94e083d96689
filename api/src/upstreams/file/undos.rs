//! How what an operation did is taken back: `undo`, which names another operation or itself.

use super::raw::{RawFile, RawUndo};
use super::reader::Reader;
use super::{is_field, is_path};
use crate::outside::upstream::{Operation, Undo};
use std::collections::BTreeSet;

pub(super) fn undo(raw: &RawUndo) -> Undo {
    Undo {
        by: raw.by.clone(),
        of: raw.of.clone(),
        besides: raw.besides.iter().cloned().collect(),
        at: raw.at.iter().flat_map(|at| at.split('.')).map(str::to_owned).collect(),
        within: raw.within.iter().cloned().collect(),
    }
}

/// Whether what is named is there and can do it with what is known then.
pub(super) fn check(raw: &RawFile, made: &[Operation], reader: &mut Reader) {
    for written in &raw.operations {
        let Some(spanned) = &written.undo else { continue };
        let (undo, at) = (spanned.get_ref(), spanned.span().start);
        let find = |id: &str| made.iter().find(|operation| operation.id == id);
        let Some(operation) = find(written.id.get_ref()) else { continue };
        for name in undo.at.iter().chain(&undo.within).chain(&undo.besides) {
            reader.that(is_path(name), at, &format!("`{name}` is no name of a field"));
        }
        let what = format!("`{}` is no operation of this file that has `before`", undo.by);
        let by = find(&undo.by).filter(|by| by.before.is_some());
        reader.that(by.is_some(), at, &what);
        let Some(by) = by else { continue };
        if undo.of.is_empty() {
            check_setting((operation, by), (undo, at), reader);
        } else {
            check_deleting(by, (undo, at), reader);
        }
    }
}

/// Sets the fields back: every field that is not left aside can be set again.
fn check_setting(
    (operation, by): (&Operation, &Operation),
    (undo, at): (&RawUndo, usize),
    reader: &mut Reader,
) {
    let params: BTreeSet<&str> = by.path.params().collect();
    let own: BTreeSet<&str> = operation.path.params().collect();
    let aside = |field: &String| {
        let within = |name: &String| field.strip_prefix(name).is_some_and(|r| r.starts_with('.'));
        undo.besides.iter().any(|name| name == field || within(name))
    };
    let again = |field: &String| aside(field) || by.fields.contains(field);
    let more = operation.more_fields.as_ref().map(|pattern| pattern.as_str());
    let alike = more.is_none() || more == by.more_fields.as_ref().map(|pattern| pattern.as_str());
    let any = !operation.fields.iter().all(aside);
    let sets = params == own && operation.fields.iter().all(again) && alike && any;
    let what = "setting back needs `before`, the same parameters, and every field again";
    reader.that(sets && operation.before.is_some(), at, what);
    for name in undo.within.iter().chain(&undo.besides) {
        let what = format!("`{name}` is no field of the call");
        reader.that(operation.tells(name), at, &what);
    }
}

/// Deletes what was made.
fn check_deleting(by: &Operation, (undo, at): (&RawUndo, usize), reader: &mut Reader) {
    let params: BTreeSet<&str> = by.path.params().collect();
    let told: BTreeSet<&str> = undo.of.keys().map(String::as_str).collect();
    let what = "`of` names a field of the answer for each parameter of what takes it back";
    let fields = undo.of.values().all(|name| is_field(name) || is_path(name));
    reader.that(told == params && fields && !by.takes_body(), at, what);
    reader.that(undo.within.is_empty(), at, "`within` is for setting back");
}
