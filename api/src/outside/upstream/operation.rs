//! One permitted call of an application, and which of several a request means.

use super::catalogue::{Risk, Upstream};
use super::cost::{Cost, Unit};
use super::pattern::Pattern;
use super::template::Template;
use super::withheld::Withheld;
use reqwest::Method;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Most bytes of a request's body where the catalogue says nothing else.
pub const USUAL_BODY: usize = 1024 * 1024;

/// One permitted call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub id: String,
    /// In plain words, for the log: "Changed a draft".
    pub title: String,
    /// What it would do, after "to": "send a campaign"; the action's sentence where it has none.
    pub deed: String,
    pub method: Method,
    pub path: Template,
    pub query: BTreeSet<String>,
    /// Those of the query that may be there more than once.
    pub repeats: BTreeSet<String>,
    /// Fields that the body may have, from its top: `recipients.listIds` permits that part of
    /// `recipients` and nothing else in it.
    pub fields: BTreeSet<String>,
    /// Names of further fields at the body's top: a customer's own.
    pub more_fields: Option<Pattern>,
    /// What the gateway puts into every body; no caller gives these.
    pub set: Map<String, Value>,
    /// Whether its body is a form instead of JSON.
    pub form: bool,
    /// Most bytes of its body.
    pub most_body: usize,
    /// Of several operations at one address, this one is meant by a body with one of these.
    pub when: BTreeSet<String>,
    /// Which kind of thing a field or query parameter names, such as `list_id` a `list`.
    pub names: BTreeMap<String, String>,
    /// Those of `names` that hold the call: with a value in one of them it touches nothing of that
    /// kind but what its values name.
    pub keeps_to: BTreeSet<String>,
    /// Which field of what `before` shows tells, by its kind, to what the thing belongs: under a
    /// letter for single things of that kind only what belongs to one of them is changed.
    pub belongs: BTreeMap<String, Vec<String>>,
    /// The kinds of things that any operation of its action is about or names: a letter that is for
    /// single things of one of them says so in the action's sentence, and holds this one to it.
    pub action_kinds: BTreeSet<String>,
    /// What of it can be withheld, by the id of what a customer chooses.
    pub withholds: BTreeMap<String, Withheld>,
    pub action: String,
    pub risk: Risk,
    pub idempotent: bool,
    /// The kind of thing it is about, if it is about one.
    pub about: Option<String>,
    /// The operation that shows what this one changes, by parameters that this one has too.
    pub before: Option<String>,
    /// What the gateway asks with when it looks by this one itself; in braces stand names of
    /// fields: of what is inside one field of the call that it looks for, or `*` of all.
    pub look_query: BTreeMap<String, String>,
    /// What it uses up of a letter's budgets.
    pub cost: Option<Cost>,
    /// What takes it back.
    pub undo: Option<Undo>,
    /// Whether its answer is a file: handed on as it comes, of any size, and stopped the moment
    /// the letter ends.
    pub download: bool,
    /// Scopes that a token needs for it.
    pub scopes: BTreeSet<String>,
}

/// How what an operation did is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// The operation that does it: one that sets the fields back, or deletes what was made.
    pub by: String,
    /// For what was made: which field of the answer tells each parameter of that operation.
    pub of: BTreeMap<String, String>,
    /// Fields that are left aside: of what was made those that change by themselves, so that they
    /// tell of nobody's work; of what was set those that are shown otherwise than they are set.
    pub besides: BTreeSet<String>,
    /// Where the answers hold the thing: names from their top down.
    pub at: Vec<String>,
    /// Fields whose parts are set one by one, each of them leaving the others as they are.
    pub within: BTreeSet<String>,
}

impl Undo {
    /// The thing in an answer; of a list with one entry, that entry.
    pub fn thing<'a>(&self, answer: &'a Value) -> Option<&'a Value> {
        let one = |value: &'a Value| match value.as_array().map(Vec::as_slice) {
            Some([only]) => only,
            _ => value,
        };
        self.at.iter().try_fold(answer, |value, name| one(value).get(name)).map(one)
    }
}

impl Operation {
    /// The kinds of things that it is about, names or belongs to itself.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        let named = self.names.values().map(String::as_str);
        let owners = self.belongs.keys().map(String::as_str);
        self.path.params().chain(named).chain(owners).chain(self.about.as_deref())
    }

    /// Whether a call can stay with single things of a kind: by its path, by a field that holds it,
    /// or by what it changes, which tells to which it belongs.
    pub fn can_keep_to(&self, kind: &str, is_limited: impl Fn(&str) -> bool) -> bool {
        let of_kind = |field: &String| self.names.get(field).is_some_and(|named| named == kind);
        self.belongs.contains_key(kind)
            || self.path_keeps_to(kind, is_limited)
            || self.keeps_to.iter().any(of_kind)
    }

    /// Whether its path alone holds a call to single things of a kind: it names one; or it names
    /// one of another kind that is limited as well, and nothing else of the call is of this kind.
    pub fn path_keeps_to(&self, kind: &str, is_limited: impl Fn(&str) -> bool) -> bool {
        let names_kind = self.names.values().any(|named| named == kind);
        let named = self.path.params().any(|param| param == kind && is_limited(param));
        named || (!names_kind && self.path.params().any(is_limited))
    }

    /// Whether a caller may send a body at all.
    pub fn takes_body(&self) -> bool {
        !self.fields.is_empty() || self.more_fields.is_some()
    }

    /// Whether a caller's body may hold a field: the whole of it, what it is inside of, or a part.
    pub fn tells(&self, path: &str) -> bool {
        let inside = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.fields.iter().any(|field| inside(field, path) || inside(path, field))
    }

    /// The body that goes out for what a caller sent.
    pub fn body(&self, sent: Option<&Value>) -> Option<Value> {
        if self.set.is_empty() {
            return sent.cloned();
        }
        let mut whole = sent.and_then(Value::as_object).cloned().unwrap_or_default();
        whole.extend(self.set.clone());
        Some(Value::Object(whole))
    }

    /// The query with which the gateway looks by this operation, for a call with this body.
    pub fn look_query(&self, body: Option<&Value>) -> Vec<(String, String)> {
        let filled = |text: &str| {
            let mut names: Vec<&str> = Vec::new();
            for part in text.split(',') {
                let of = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
                let inner = |of: &str| match of {
                    "*" => body.and_then(Value::as_object),
                    field => body.and_then(|body| body.get(field)?.as_object()),
                };
                match of {
                    Some(of) => names.extend(inner(of).into_iter().flatten().map(|(k, _)| &**k)),
                    None => names.push(part),
                }
            }
            let mut seen = BTreeSet::new();
            names.retain(|name| seen.insert(*name));
            names.join(",")
        };
        self.look_query.iter().map(|(name, text)| (name.clone(), filled(text))).collect()
    }

    /// Whether both stand at one address, under one method.
    pub fn same_address(&self, other: &Self) -> bool {
        self.method == other.method && self.path.same_shape(&other.path)
    }
}

impl Upstream {
    /// The operation meant by a method and decoded segments, with its parameters. Where several
    /// share the address, one of them; [`Upstream::meant`] then tells by the body.
    ///
    /// Of all templates that fit the path, whatever their method, the most literal one is meant:
    /// a value never stands in for a word that the application gives a meaning of its own.
    pub fn find(
        &self,
        method: &Method,
        segments: &[String],
    ) -> Option<(&Operation, Vec<(String, String)>)> {
        let fitting: Vec<_> = self
            .operations
            .iter()
            .filter_map(|operation| Some((operation, operation.path.read(segments)?)))
            .collect();
        let meant = fitting.iter().map(|(operation, _)| operation.path.generality()).min()?;
        fitting.into_iter().find(|(operation, _)| {
            operation.method == *method && operation.path.generality() == meant
        })
    }

    /// The units of which nobody can tell how much an operation uses up, though a budget for them
    /// is meant for it: by its risk, or since others of its action use them up.
    pub fn uncounted(&self, operation: &Operation) -> BTreeSet<Unit> {
        if operation.cost.is_some() {
            return BTreeSet::new();
        }
        let alike = self.operations.iter().filter(|other| other.action == operation.action);
        let counted = alike.filter_map(|other| other.cost.as_ref()).map(|cost| cost.unit);
        operation.risk.unit().into_iter().chain(counted).collect()
    }

    /// Of the operations at the address of the one that was found, the one that a body means.
    pub fn meant<'a>(
        &'a self,
        found: &'a Operation,
        body: Option<&Value>,
    ) -> Option<&'a Operation> {
        let names = |wanted: &BTreeSet<String>| {
            let object = body.and_then(Value::as_object);
            object.is_some_and(|object| object.keys().any(|name| wanted.contains(name)))
        };
        let mut here = self.operations.iter().filter(|other| other.same_address(found));
        let named = here.clone().find(|operation| names(&operation.when));
        named.or_else(|| here.find(|operation| operation.when.is_empty()))
    }
}
