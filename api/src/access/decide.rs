//! Whether the terms of a grant permit a call: pure, total, and no unless everything says yes.

use super::model::{Pinned, Terms};
use super::withholding::Withholding;
use crate::upstreams::Operation;
use serde_json::Value;
use std::collections::BTreeSet;

/// A call, matched with the catalogue and read.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The application of the grant's connection.
    pub upstream: &'a str,
    pub operation: &'a Operation,
    /// Path parameters; a parameter's name is the kind of thing it names.
    pub params: &'a [(String, String)],
    pub query: &'a [(String, String)],
    pub body: Option<&'a Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Allow,
    /// Permitted once the customer has said yes to exactly this call.
    Ask,
    Deny(Reason),
}

/// What a budget says to one call, before it is known what others have used up of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    Lets,
    /// It alone takes more than there is.
    Over,
    /// Nobody can tell how much it takes.
    Untold,
}

/// Holds a call against the budget of what it uses up; nothing is held where there is none.
pub fn budget(most: Option<u64>, uses: Option<u64>) -> Budget {
    match (most, uses) {
        (None, _) => Budget::Lets,
        (Some(_), None) => Budget::Untold,
        (Some(most), Some(uses)) if uses > most => Budget::Over,
        (Some(_), Some(_)) => Budget::Lets,
    }
}

/// Why a call is not permitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("the letter of access is for another application")]
    OtherUpstream,
    #[error("the letter of access does not include it")]
    NotGranted,
    #[error("the application's description changed since it was granted: ask for it again")]
    Changed,
    #[error("the application's description no longer has it: ask for what it has now")]
    Gone,
    #[error("it does not take the query parameter {0}")]
    Query(String),
    #[error("it does not take the field {0}")]
    Field(String),
    #[error("its body must be an object of the permitted fields, JSON or a form as described")]
    Body,
    #[error("the letter of access names the {0} it is for, and this call does not keep to that")]
    Limited(String),
    #[error("the letter of access withholds {0}")]
    Withheld(String),
    #[error("the letter of access withholds what an export would hold")]
    Export,
}

/// Decides. Every part of the call has to be permitted by the terms and known to the catalogue;
/// what neither names is refused. To what the thing that it changes belongs is held afterwards, by
/// [`Belonging`](super::belonging::Belonging).
pub fn decide(terms: &Terms, call: &Call) -> Decision {
    match refusal(terms, call) {
        Some(reason) => Decision::Deny(reason),
        None if terms.limits.asks.contains(&call.operation.action) => Decision::Ask,
        None => Decision::Allow,
    }
}

fn refusal(terms: &Terms, call: &Call) -> Option<Reason> {
    if terms.upstream != call.upstream {
        return Some(Reason::OtherUpstream);
    }
    let Some(pinned) = terms.operations.get(&call.operation.id) else {
        return Some(Reason::NotGranted);
    };
    let costs = call.operation.cost.as_ref().map(|cost| cost.unit);
    let counted = terms.limits.budgets.is_empty() || pinned.costs == costs;
    if !is_unchanged(pinned, call.operation) || !counted {
        return Some(Reason::Changed);
    }
    query(pinned, call)
        .or_else(|| fields(terms, pinned, call))
        .or_else(|| terms.limits.only.keys().find_map(|kind| limit(kind, terms, call)))
        .or_else(|| withheld(terms, call))
}

fn withheld(terms: &Terms, call: &Call) -> Option<Reason> {
    if terms.limits.withheld.is_empty() {
        return None;
    }
    let withholding = Withholding::of(terms, call.operation);
    if withholding.closes(call.operation) {
        return Some(Reason::Export);
    }
    withholding.refused(call).map(Reason::Withheld)
}

pub(in crate::access) fn is_unchanged(pinned: &Pinned, operation: &Operation) -> bool {
    pinned.action == operation.action
        && pinned.risk == operation.risk
        && pinned.method == operation.method.as_str()
        && pinned.path == operation.path.as_str()
        && pinned.set == operation.set
        && pinned.form == operation.form
}

fn query(pinned: &Pinned, call: &Call) -> Option<Reason> {
    let mut seen = BTreeSet::new();
    let known = |name: &String| pinned.query.contains(name) && call.operation.query.contains(name);
    let repeats =
        |name: &String| pinned.repeats.contains(name) && call.operation.repeats.contains(name);
    let mut names = call.query.iter().map(|(name, _)| name);
    let unknown = names.find(|name| !known(name) || !(seen.insert(*name) || repeats(name)));
    unknown.map(|name| Reason::Query(name.clone()))
}

fn fields(terms: &Terms, pinned: &Pinned, call: &Call) -> Option<Reason> {
    let body = call.body?;
    let Some(object) = body.as_object() else { return Some(Reason::Body) };
    let operation = call.operation;
    if !operation.takes_body() {
        return Some(Reason::Body);
    }
    // Whoever may touch certain things only gets no field of which nobody knows what it names.
    let more = operation.more_fields.as_ref().filter(|pattern| {
        pinned.more_fields.as_deref() == Some(pattern.as_str()) && terms.limits.only.is_empty()
    });
    // A field that is described has its own rule, whatever the pattern.
    let described = |name: &str| {
        let top = |field: &String| field.split('.').next() == Some(name);
        operation.fields.iter().any(top)
    };
    let further =
        |name: &str| !described(name) && more.is_some_and(|pattern| pattern.matches(name));
    let refused = object.iter().find_map(|(name, value)| {
        if name == "_method" || name.contains('.') || operation.set.contains_key(name) {
            return Some(name.clone());
        }
        let permitted = Permitted { pinned, operation };
        permitted.refused(name.clone(), value).filter(|_| !further(name))
    });
    refused.map(Reason::Field)
}

/// The fields that terms and catalogue both name. One that stands alone permits all that is inside
/// it; one with dots permits that part alone, through lists as well.
struct Permitted<'a> {
    pinned: &'a Pinned,
    operation: &'a Operation,
}

impl Permitted<'_> {
    /// The first part of this field that is not permitted.
    fn refused(&self, path: String, value: &Value) -> Option<String> {
        let both = |known: &dyn Fn(&BTreeSet<String>) -> bool| {
            known(&self.pinned.fields) && known(&self.operation.fields)
        };
        if both(&|fields| fields.contains(&path)) {
            return None;
        }
        let inside = format!("{path}.");
        if !both(&|fields| fields.iter().any(|field| field.starts_with(&inside))) {
            return Some(path);
        }
        match value {
            Value::Array(items) => items.iter().find_map(|item| self.refused(path.clone(), item)),
            Value::Object(object) => object.iter().find_map(|(name, value)| {
                let path = format!("{inside}{name}");
                if name.contains('.') { Some(path) } else { self.refused(path, value) }
            }),
            _ => Some(path),
        }
    }
}

/// A limit names the things of one kind that may be touched. Every value of that kind has to be
/// among them. A call of an action that concerns such things has to stay with them: by its path, or
/// by a field of which the catalogue says that it holds the call; or it is held later, by what it
/// changes. What cannot be held is refused: a
/// list of everything, a sum over everything, an object of which nobody knows where it belongs.
fn limit(kind: &str, terms: &Terms, call: &Call) -> Option<Reason> {
    let limited = || Some(Reason::Limited(kind.to_owned()));
    let ids = terms.limits.only.get(kind)?;
    if !call.operation.action_kinds.contains(kind) {
        return None;
    }
    let Some(named) = named(kind, call) else { return limited() };
    let mut values = named.iter().flat_map(|(_, values)| values);
    if values.any(|id| !ids.contains(id)) {
        return limited();
    }
    let by_path = call.operation.path_keeps_to(kind, |name| terms.limits.only.contains_key(name));
    let holds = |(name, values): &(&str, Vec<String>)| {
        !values.is_empty() && call.operation.keeps_to.contains(*name)
    };
    let later = call.operation.belongs.contains_key(kind);
    if later || by_path || named.iter().any(holds) { None } else { limited() }
}

/// The values of the call that name things of this kind, by the name of what holds them; `None`
/// when one is no name.
fn named<'a>(kind: &str, call: &Call<'a>) -> Option<Vec<(&'a str, Vec<String>)>> {
    let params = call.params.iter().filter(|(name, _)| name == kind);
    let mut named: Vec<(&str, Vec<String>)> =
        params.map(|(name, value)| (name.as_str(), vec![value.clone()])).collect();
    for (name, _) in call.operation.names.iter().filter(|(_, k)| *k == kind) {
        let query = call.query.iter().filter(|(key, _)| key == name);
        let mut values: Vec<String> = query.map(|(_, value)| value.clone()).collect();
        let path: Vec<&str> = name.split('.').collect();
        gather(call.body.unwrap_or(&Value::Null), &path, &mut values)?;
        named.push((name, values));
    }
    Some(named)
}

/// The names that stand at a path, through lists; `None` when something there is no name.
fn gather(value: &Value, path: &[&str], named: &mut Vec<String>) -> Option<()> {
    match (value, path) {
        (Value::Array(items), _) => items.iter().try_for_each(|item| gather(item, path, named)),
        (Value::Object(object), [first, rest @ ..]) => match object.get(*first) {
            Some(inner) => gather(inner, rest, named),
            None => Some(()),
        },
        (Value::Null, [_, ..]) => Some(()),
        (Value::String(id), []) => {
            named.push(id.clone());
            Some(())
        }
        (Value::Number(id), []) if id.is_u64() => {
            named.push(id.to_string());
            Some(())
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "decide_body_tests.rs"]
mod body_tests;
#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
