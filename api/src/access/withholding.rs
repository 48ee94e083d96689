//! What a letter withholds of one operation: fields that are taken out of its answers, parts that
//! its requests may not have. Pure.
//!
//! It holds by the terms and by the catalogue as it is now, by both: neither a catalogue that names
//! less nor one that names more shows anybody what the customer kept back.

use super::decide::Call;
use super::model::Terms;
use crate::upstreams::{Operation, Risk, Upstream, Withheld, Withholdable};
use serde_json::Value;
use std::collections::BTreeSet;

/// What is withheld of one operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withholding {
    answer: Vec<Vec<String>>,
    query: BTreeSet<String>,
    fields: Vec<Vec<String>>,
}

impl Withholding {
    /// As it was when it was chosen, and as the catalogue has it now.
    pub fn of(terms: &Terms, operation: &Operation) -> Self {
        let mut all = Withheld::default();
        for (id, then) in &terms.limits.withheld {
            let then = Some(then).filter(|then| then.actions.contains(&operation.action));
            for withheld in then.into_iter().chain(operation.withholds.get(id)) {
                all = all.and(withheld);
            }
        }
        let split = |path: &String| path.split('.').map(str::to_owned).collect();
        Self {
            answer: all.answer.iter().map(split).collect(),
            query: all.query,
            fields: all.fields.iter().map(split).collect(),
        }
    }

    /// Whether nothing of it can be called: what is exported goes out as it is, now as a file or
    /// later in another way, and nobody takes anything out of it.
    pub fn closes(&self, operation: &Operation) -> bool {
        self.reads_answers() && (operation.download || operation.risk == Risk::Export)
    }

    /// Whether answers have to be looked through before they go on.
    pub fn reads_answers(&self) -> bool {
        !self.answer.is_empty()
    }

    /// The first part of the request that it may not have.
    pub fn refused(&self, call: &Call) -> Option<String> {
        let named = call.query.iter().map(|(name, _)| name).find(|name| self.withholds_query(name));
        named.cloned().or_else(|| {
            let body = call.body?;
            self.fields.iter().find(|path| sets(body, path)).map(|path| path.join("."))
        })
    }

    pub fn withholds_query(&self, name: &str) -> bool {
        self.query.contains(name)
    }

    /// Whether a field of the body is withheld, alone or with what it is inside of.
    pub fn withholds_field(&self, field: &str) -> bool {
        let path: Vec<&str> = field.split('.').collect();
        self.fields.iter().any(|withheld| {
            withheld.len() <= path.len() && withheld.iter().zip(&path).all(|(a, b)| same(a, b))
        })
    }

    /// The fields that answers lack, as they are written.
    pub fn answer(&self) -> Vec<String> {
        self.answer.iter().map(|path| path.join(".")).collect()
    }

    /// The answer without them; `None` when it is no JSON in which they could be found.
    pub fn take_out(&self, body: &[u8]) -> Option<Vec<u8>> {
        let mut value: Value = serde_json::from_slice(body).ok()?;
        self.take_from(&mut value);
        serde_json::to_vec(&value).ok()
    }

    /// The same of what was read already.
    pub fn take_from(&self, value: &mut Value) {
        for path in &self.answer {
            match path.as_slice() {
                [first, rest @ ..] if first == ANYWHERE => take_anywhere(value, rest),
                path => take(value, path),
            }
        }
    }
}

/// Stands first in a path that is looked for at every depth.
const ANYWHERE: &str = "*";

/// Applications may read names without regard to case, so a name is withheld in each.
fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Takes what stands at a path, through lists.
fn take(value: &mut Value, path: &[String]) {
    match (value, path) {
        (Value::Array(items), _) => items.iter_mut().for_each(|item| take(item, path)),
        (Value::Object(object), [last]) => object.retain(|name, _| !same(name, last)),
        (Value::Object(object), [first, rest @ ..]) => {
            let inside = object.iter_mut().filter(|(name, _)| same(name, first));
            inside.for_each(|(_, inner)| take(inner, rest));
        }
        _ => {}
    }
}

fn take_anywhere(value: &mut Value, path: &[String]) {
    take(value, path);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| take_anywhere(item, path)),
        Value::Object(object) => {
            object.values_mut().for_each(|inner| take_anywhere(inner, path));
        }
        _ => {}
    }
}

/// Whether a body sets what stands at a path, or replaces the whole that it is inside of.
fn sets(value: &Value, path: &[String]) -> bool {
    match (value, path) {
        (_, []) => true,
        (Value::Array(items), _) => items.iter().any(|item| sets(item, path)),
        (Value::Object(object), [first, rest @ ..]) => {
            object.iter().any(|(name, inner)| same(name, first) && sets(inner, rest))
        }
        _ => true,
    }
}

/// What could be withheld of these terms, and is not yet.
pub fn withholdable<'a>(terms: &Terms, upstream: &'a Upstream) -> Vec<&'a Withholdable> {
    let actions = terms.actions();
    let open = upstream.withholdable.values().filter(|of| {
        let concerns = of.what.actions.iter().any(|action| actions.contains(action.as_str()));
        concerns && !terms.limits.withheld.contains_key(&of.id)
    });
    open.collect()
}

/// What these terms withhold, as deeds that nobody can do; `of` an action, or of any.
pub fn withheld_deeds(terms: &Terms, upstream: &Upstream, of: Option<&str>) -> Vec<String> {
    let held = terms.limits.withheld.iter();
    let held = held.filter(|(_, what)| of.is_none_or(|action| what.actions.contains(action)));
    let deed = |(id, what): (&String, &Withheld)| {
        let words = upstream.withholdable.get(id).map_or(id, |known| &known.words).clone();
        Withholdable { id: id.clone(), words, what: what.clone() }.deed()
    };
    held.map(deed).collect()
}

#[cfg(test)]
#[path = "withholding_tests.rs"]
mod tests;
