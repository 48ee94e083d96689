//! Whether a change is still as the write left it, and what sets it back. Pure.
//!
//! A field is one part, unless the description says that its parts are set one by one; then only
//! those that the write named are kept, compared and set back.

use super::changes::changes;
use super::model::{Change, Kept};
use crate::upstreams::Undo;
use reqwest::Method;
use serde_json::{Map, Value};

/// What to do about a thing as it is now.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It is as it was before.
    Nothing,
    /// Set these fields.
    Set(Map<String, Value>),
    /// Delete the thing that the write made.
    Delete,
    /// Somebody changed these fields since.
    Differs(Map<String, Value>),
}

/// The parts that a write sets, as they are and as it wants them. A part that is not shown cannot
/// be told from one that is empty, so it is not kept: nothing is ever set back to a guess.
pub fn kept(undo: &Undo, sets: &Map<String, Value>, thing: &Value) -> Option<Kept> {
    let (mut before, mut after) = (Map::new(), Map::new());
    for (place, value) in parts(sets, &|name| undo.within.contains(name)) {
        if let Some(was) = at(thing, &place).filter(|_| !is_aside(undo, &place)) {
            put(&mut before, &place, was.clone());
            put(&mut after, &place, value.clone());
        }
    }
    let within = undo.within.clone();
    (!before.is_empty()).then(|| Kept { before: Some(before), after, within, ..Kept::default() })
}

/// The parts as the application's answer shows that it took them.
pub fn learn(kept: &mut Kept, told: &Value) {
    let known = kept.after.clone();
    for (place, _) in parts(&known, &|name| kept.within.contains(name)) {
        if let Some(now) = at(told, &place) {
            put(&mut kept.after, &place, now.clone());
        }
    }
}

/// Of a thing that was made, all that would tell of somebody's work on it.
pub fn whole(undo: &Undo, told: &Map<String, Value>) -> Map<String, Value> {
    let mut whole = Map::new();
    for (place, value) in parts(told, &|_| true).into_iter().filter(|(p, _)| !is_aside(undo, p)) {
        put(&mut whole, &place, value.clone());
    }
    whole
}

/// With `overwrite` what was changed since is set back all the same.
pub fn step(kept: &Kept, now: &Value, overwrite: bool) -> Step {
    let value = |place: &[&str]| at(now, place).cloned().unwrap_or(Value::Null);
    let Some(before) = &kept.before else {
        let mut differs = Map::new();
        for (place, was) in parts(&kept.whole, &|_| true) {
            let found = value(&place);
            if found != *was {
                put(&mut differs, &place, found);
            }
        }
        let differs = Some(differs).filter(|differs| !differs.is_empty() && !overwrite);
        return differs.map_or(Step::Delete, Step::Differs);
    };
    let before = Value::Object(before.clone());
    let (mut back, mut differs) = (Map::new(), Map::new());
    for (place, left) in parts(&kept.after, &|name| kept.within.contains(name)) {
        let (found, was) = (value(&place), at(&before, &place).cloned().unwrap_or(Value::Null));
        if found == was {
            continue;
        }
        put(&mut back, &place, was);
        if found != *left {
            put(&mut differs, &place, found);
        }
    }
    match (back.is_empty(), differs.is_empty() || overwrite) {
        (true, _) => Step::Nothing,
        (false, true) => Step::Set(back),
        (false, false) => Step::Differs(differs),
    }
}

/// The parts of an object with their places, walking into the fields of these names.
fn parts<'a>(
    of: &'a Map<String, Value>,
    within: &dyn Fn(&str) -> bool,
) -> Vec<(Vec<&'a str>, &'a Value)> {
    let mut found = Vec::new();
    let mut open: Vec<(Vec<&str>, &Map<String, Value>)> = vec![(Vec::new(), of)];
    while let Some((above, object)) = open.pop() {
        for (name, value) in object {
            let place: Vec<&str> = above.iter().copied().chain([name.as_str()]).collect();
            match value {
                Value::Object(inner) if !inner.is_empty() && within(&place.join(".")) => {
                    open.push((place, inner));
                }
                _ => found.push((place, value)),
            }
        }
    }
    found
}

fn is_aside(undo: &Undo, place: &[&str]) -> bool {
    (1..=place.len()).any(|depth| {
        place.get(..depth).is_some_and(|above| undo.besides.contains(&above.join(".")))
    })
}

fn at<'a>(of: &'a Value, place: &[&str]) -> Option<&'a Value> {
    place.iter().try_fold(of, |value, name| value.get(name))
}

fn put(into: &mut Map<String, Value>, place: &[&str], value: Value) {
    match place {
        [] => {}
        [last] => {
            into.insert((*last).to_owned(), value);
        }
        [first, rest @ ..] => {
            let inner = into.entry(*first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// What the write changed, field by field.
pub fn changed(kept: &Kept) -> Vec<Change> {
    let before = kept.before.clone().map(Value::Object);
    changes(&Method::PATCH, before.as_ref(), Some(&Value::Object(kept.after.clone())))
}

/// What was found instead, and what setting it back would make of it.
pub fn found(kept: &Kept, found: &Map<String, Value>) -> Vec<Change> {
    let Some(before) = &kept.before else {
        return changes(&Method::DELETE, Some(&Value::Object(found.clone())), None);
    };
    let before = Value::Object(before.clone());
    let mut was = Map::new();
    for (place, _) in parts(found, &|name| kept.within.contains(name)) {
        if let Some(value) = at(&before, &place) {
            put(&mut was, &place, value.clone());
        }
    }
    changes(&Method::PATCH, Some(&Value::Object(found.clone())), Some(&Value::Object(was)))
}

#[cfg(test)]
#[path = "undo_tests.rs"]
mod tests;
