//! What operations change and what they use up: `before` and `cost`, which name other operations,
//! and `look_query`, with which the gateway looks.

use super::catalogue::texts;
use super::raw::{RawCost, RawFile, RawOperation};
use super::reader::Reader;
use super::{is_field, is_path};
use crate::outside::upstream::{Cost, Count, Look, Operation, Risk, Told, Unless};
use reqwest::Method;
use std::collections::{BTreeMap, BTreeSet};

fn path(text: &str) -> Vec<String> {
    text.split('.').map(str::to_owned).collect()
}

pub(super) fn cost(raw: &RawCost, at: usize, reader: &mut Reader) -> Option<Cost> {
    let of_answers = [raw.at.as_deref(), raw.real.as_deref()].into_iter().flatten();
    for name in of_answers.chain(fields(raw)) {
        reader.that(is_path(name), at, &format!("`{name}` is no name of a field"));
    }
    let plain = raw.by.is_empty() && raw.unless.is_empty();
    let count = match (raw.each, look(raw), &raw.count) {
        (Some(each), Ok(None), None) if plain => Some(Count::Each(each)),
        (None, Ok(look), entries) if look.is_some() || entries.is_some() => {
            Some(Count::Told(Told {
                look,
                entries: entries.as_deref().map(path),
                unless: raw.unless.iter().map(|text| unless(text)).collect(),
            }))
        }
        _ => None,
    };
    let what = "a cost is `each`, or `look` with `at` and, where it has parameters, `by`, \
                or `count`, or the last two added up";
    reader.that(count.is_some(), at, what);
    Some(Cost { unit: raw.unit, count: count?, real: raw.real.as_deref().map(path) })
}

fn unless(text: &str) -> Unless {
    match text.split_once('=') {
        Some((field, value)) => Unless { field: path(field), value: Some(value.to_owned()) },
        None => Unless { field: path(text), value: None },
    }
}

/// The fields of the call, or of what it changes, that are named.
fn fields(raw: &RawCost) -> impl Iterator<Item = &str> {
    let unless = raw.unless.iter().map(|text| text.split('=').next().unwrap_or_default());
    raw.by.values().chain(&raw.count).map(String::as_str).chain(unless)
}

fn look(raw: &RawCost) -> Result<Option<Look>, ()> {
    match (&raw.look, &raw.at) {
        (Some(operation), Some(at)) => Ok(Some(Look {
            operation: operation.clone(),
            by: raw.by.iter().map(|(name, field)| (name.clone(), path(field))).collect(),
            at: path(at),
        })),
        (None, None) if raw.by.is_empty() => Ok(None),
        _ => Err(()),
    }
}

/// The query with which the gateway looks; placeholders in it stand for names of fields.
pub(super) fn look_query(
    raw: &RawOperation,
    method: &Method,
    reader: &mut Reader,
) -> BTreeMap<String, String> {
    let known = texts(&raw.query);
    for (name, value) in &raw.look_query {
        let at = value.span().start;
        reader.that(*method == Method::GET, at, "the gateway looks by a GET alone");
        reader.that(known.contains(name), at, &format!("`{name}` is not in query"));
        let names = |part: &str| match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
            Some(of) => of == "*" || is_field(of) && !of.contains('.'),
            None => is_field(part),
        };
        let what = "write names with commas between them; `{*}` or `{field}` for those of a call";
        reader.that(value.get_ref().split(',').all(names), at, what);
    }
    let told = raw.look_query.iter();
    told.map(|(name, value)| (name.clone(), value.get_ref().clone())).collect()
}

/// Whether what operations name is there, reads, and can be asked with what they know.
pub(super) fn check(raw: &RawFile, made: &[Operation], reader: &mut Reader) {
    for (operation, raw) in made.iter().flat_map(|o| {
        raw.operations.iter().filter(|raw| *raw.id.get_ref() == o.id).map(move |raw| (o, raw))
    }) {
        check_before((operation, raw), made, reader);
        if let Some(cost) = &raw.cost {
            check_cost(operation, (cost.get_ref(), cost.span().start), made, reader);
        }
    }
}

fn shows<'a>(made: &'a [Operation], id: &str) -> Option<&'a Operation> {
    made.iter().find(|o| o.id == id && o.method == Method::GET)
}

fn check_before(
    (operation, raw): (&Operation, &RawOperation),
    made: &[Operation],
    reader: &mut Reader,
) {
    let Some(before) = &raw.before else { return };
    let own: BTreeSet<&str> = operation.path.params().collect();
    let fits =
        shows(made, before.get_ref()).is_some_and(|o| o.path.params().all(|p| own.contains(p)));
    let what = format!(
        "`{}` is no GET of this file whose parameters this operation has too",
        before.get_ref()
    );
    reader.that(fits, before.span().start, &what);
    let reads = operation.method == Method::GET;
    reader.that(!reads, before.span().start, "what only reads changes nothing");
}

fn check_cost(
    operation: &Operation,
    (cost, at): (&RawCost, usize),
    made: &[Operation],
    reader: &mut Reader,
) {
    reader.that(operation.risk > Risk::Read, at, "what only reads uses nothing up");
    for field in fields(cost) {
        let told = operation.before.is_some() || operation.tells(field);
        let what = format!("`{field}` is not in fields, and there is no `before` to tell it");
        reader.that(told, at, &what);
    }
    let Some(look) = &cost.look else { return };
    let known =
        |name: &str| cost.by.contains_key(name) || operation.path.params().any(|p| p == name);
    let fits = shows(made, look).is_some_and(|o| {
        let named = |name: &String| o.path.params().any(|p| p == name);
        o.path.params().all(known) && cost.by.keys().all(named)
    });
    let what = format!("`{look}` is no GET of this file whose parameters are told here");
    reader.that(fits && cost.by.keys().all(|name| is_field(name)), at, &what);
}
