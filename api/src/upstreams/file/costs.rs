//! What operations change and what they use up: `before` and `cost`, which name other operations.

use super::raw::{RawCost, RawFile};
use super::reader::Reader;
use super::{is_field, is_path};
use crate::outside::upstream::{Cost, Count, Look, Operation, Risk};
use reqwest::Method;
use std::collections::BTreeSet;

pub(super) fn cost(raw: &RawCost, at: usize, reader: &mut Reader) -> Option<Cost> {
    let path = |text: &String| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    let named = [raw.at.as_ref(), raw.real.as_ref()].into_iter().flatten().chain(raw.by.values());
    for name in named {
        reader.that(is_path(name), at, &format!("`{name}` is no name of a field"));
    }
    let count = match (raw.each, &raw.look, &raw.at) {
        (Some(each), None, None) if raw.by.is_empty() => Some(Count::Each(each)),
        (None, Some(operation), Some(field)) => Some(Count::Look(Look {
            operation: operation.clone(),
            by: raw.by.clone(),
            at: path(field),
        })),
        _ => None,
    };
    let what = "a cost is `each`, or `look` with `at` and, where it has parameters, `by`";
    reader.that(count.is_some(), at, what);
    Some(Cost { unit: raw.unit, count: count?, real: raw.real.as_ref().map(path) })
}

/// Whether what operations name is there, reads, and can be asked with what they know.
pub(super) fn check(raw: &RawFile, made: &[Operation], reader: &mut Reader) {
    let shows = |id: &str| made.iter().find(|o| o.id == id && o.method == Method::GET);
    for (operation, raw) in made.iter().flat_map(|o| {
        raw.operations.iter().filter(|raw| *raw.id.get_ref() == o.id).map(move |raw| (o, raw))
    }) {
        let own: BTreeSet<&str> = operation.path.params().collect();
        if let Some(before) = &raw.before {
            let fits =
                shows(before.get_ref()).is_some_and(|o| o.path.params().all(|p| own.contains(p)));
            let what = format!(
                "`{}` is no GET of this file whose parameters this operation has too",
                before.get_ref()
            );
            reader.that(fits, before.span().start, &what);
            let reads = operation.method == Method::GET;
            reader.that(!reads, before.span().start, "what only reads changes nothing");
        }
        let Some(cost) = &raw.cost else { continue };
        let at = cost.span().start;
        reader.that(operation.risk > Risk::Read, at, "what only reads uses nothing up");
        let Some(look) = &cost.get_ref().look else { continue };
        let by = &cost.get_ref().by;
        let known = |name: &str| by.contains_key(name) || own.contains(name);
        let fits = shows(look).is_some_and(|o| {
            o.path.params().all(known) && by.keys().all(|name| o.path.params().any(|p| p == name))
        });
        let what = format!("`{look}` is no GET of this file whose parameters are told here");
        reader.that(fits && by.keys().all(|name| is_field(name)), cost.span().start, &what);
    }
}
