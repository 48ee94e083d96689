//! The tables `[withholdable.<id>]` of a file: what a customer may keep back of actions that are
//! allowed.

use super::catalogue::texts;
use super::raw::{RawFile, RawWithholdable};
use super::reader::Reader;
use super::{is_path, is_word};
use crate::outside::upstream::{Operation, Withheld, Withholdable};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

pub(super) fn read(
    raw: &RawFile,
    operations: &[Operation],
    reader: &mut Reader,
) -> BTreeMap<String, Withholdable> {
    let mut words = BTreeSet::new();
    let mut made = BTreeMap::new();
    for (id, table) in &raw.withholdable {
        let (at, table) = (table.span().start, table.get_ref());
        reader.that(is_word(id), at, &format!("`{id}` is no id: small letters, digits, hyphens"));
        reader.words(&table.words, "what is withheld", 80);
        let fresh = words.insert(table.words.get_ref().clone());
        reader.that(fresh, table.words.span().start, "another one has the same words");
        let nothing = table.answer.is_empty() && table.fields.is_empty();
        reader.that(!nothing, at, "name fields of answers in `answer`, or of bodies in `fields`");
        let of: Vec<&Operation> = operations.iter().filter(|o| names(table, &o.action)).collect();
        check_actions(table, operations, reader);
        check_fields(table, &of, reader);
        let what = Withheld {
            actions: texts(&table.actions),
            answer: texts(&table.answer),
            query: texts(&table.query),
            fields: texts(&table.fields),
        };
        let words = table.words.get_ref().clone();
        made.insert(id.clone(), Withholdable { id: id.clone(), words, what });
    }
    made
}

/// Each operation knows what of it can be withheld.
pub(super) fn mark(operations: &mut [Operation], all: &BTreeMap<String, Withholdable>) {
    for operation in operations {
        let own = all.values().filter(|of| of.what.actions.contains(&operation.action));
        operation.withholds = own.map(|of| (of.id.clone(), of.what.clone())).collect();
    }
}

fn names(table: &RawWithholdable, action: &str) -> bool {
    table.actions.iter().any(|named| named.get_ref() == action)
}

fn check_actions(table: &RawWithholdable, operations: &[Operation], reader: &mut Reader) {
    let at = table.words.span().start;
    reader.that(!table.actions.is_empty(), at, "it is about at least one action");
    for action in &table.actions {
        let known = operations.iter().any(|operation| operation.action == *action.get_ref());
        let what = format!("there is no action `{}`", action.get_ref());
        reader.that(known, action.span().start, &what);
    }
}

/// Each is a field that one of the operations has; what an answer has nobody here knows.
fn check_fields(table: &RawWithholdable, of: &[&Operation], reader: &mut Reader) {
    for path in &table.answer {
        let bare = path.get_ref().strip_prefix("*.").unwrap_or(path.get_ref());
        let what = format!("`{}` is no name of a field, nor `*.` before one", path.get_ref());
        reader.that(is_path(bare), path.span().start, &what);
    }
    let each = |list: &[Spanned<String>], known: &dyn Fn(&Operation, &str) -> bool| {
        let unknown = list.iter().find(|name| !of.iter().any(|o| known(o, name.get_ref())));
        unknown.map(|name| (name.span().start, name.get_ref().clone()))
    };
    let query = each(&table.query, &|operation, name| operation.query.contains(name));
    let fields = each(&table.fields, &|operation, path| {
        let top = path.split('.').next().unwrap_or_default();
        let further = operation.more_fields.as_ref().is_some_and(|pattern| pattern.matches(top));
        is_path(path) && (operation.tells(path) || further)
    });
    for (at, name) in query.into_iter().chain(fields) {
        reader.fault(at, format!("no operation of these actions takes `{name}`"));
    }
}
