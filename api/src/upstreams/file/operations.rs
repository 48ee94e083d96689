//! Operations of a file, checked each by itself and against each other.

use super::catalogue::texts;
use super::costs;
use super::raw::{RawFile, RawOperation};
use super::reader::Reader;
use super::sizes;
use super::undos;
use super::{is_field, is_path, is_word};
use crate::outside::upstream::{Action, Operation, Pattern, Risk};
use reqwest::Method;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const METHODS: &[Method] = &[Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

pub(super) fn read(
    raw: &RawFile,
    actions: &BTreeMap<String, Action>,
    reader: &mut Reader,
) -> Vec<Operation> {
    let mut scopes = texts(&raw.oauth.scopes);
    scopes.extend(texts(&raw.oauth.optional_scopes));
    let mut made: Vec<Operation> = Vec::new();
    for operation in &raw.operations {
        let at = operation.id.span().start;
        check_names(operation, &scopes, reader);
        check_body(operation, reader);
        let Some(new) = one(operation, actions, reader) else { continue };
        let same_id = made.iter().any(|other| other.id == new.id);
        reader.that(!same_id, at, &format!("there are two operations `{}`", new.id));
        for twin in made.iter().filter(|other| other.same_address(&new)) {
            check_twins(twin, &new, at, reader);
        }
        made.push(new);
    }
    costs::check(raw, &made, reader);
    undos::check(raw, &made, reader);
    let kinds = kinds_of_actions(&made);
    for operation in &mut made {
        operation.action_kinds = kinds.get(&operation.action).cloned().unwrap_or_default();
    }
    made
}

fn kinds_of_actions(made: &[Operation]) -> BTreeMap<String, BTreeSet<String>> {
    let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in made {
        let of_action = kinds.entry(operation.action.clone()).or_default();
        of_action.extend(operation.kinds().map(str::to_owned));
    }
    kinds
}

/// Two operations at one address are told apart by fields that only one of them has.
fn check_twins(twin: &Operation, new: &Operation, at: usize, reader: &mut Reader) {
    let one_is_usual = twin.when.is_empty() != new.when.is_empty();
    let both_named = !twin.when.is_empty() && !new.when.is_empty();
    let apart = twin.when.is_disjoint(&new.fields) && new.when.is_disjoint(&twin.fields);
    let alike = twin.form == new.form && twin.path == new.path;
    let what = format!(
        "`{}` has the same method and path: tell them apart by `when`, a field that only one has",
        twin.id
    );
    reader.that((one_is_usual || both_named) && apart && alike, at, &what);
}

fn one(
    raw: &RawOperation,
    actions: &BTreeMap<String, Action>,
    reader: &mut Reader,
) -> Option<Operation> {
    let method = Method::from_bytes(raw.method.get_ref().as_bytes()).ok();
    let method = method.filter(|method| METHODS.contains(method));
    let what = "a method is GET, POST, PUT, PATCH or DELETE";
    reader.that(method.is_some(), raw.method.span().start, what);
    let action = actions.get(raw.action.get_ref());
    let what = format!("there is no action `{}`", raw.action.get_ref());
    reader.that(action.is_some(), raw.action.span().start, &what);
    let path = reader.template(&raw.path);
    let more_fields = raw.more_fields.as_ref().map(|text| pattern(text, reader));
    let bodies = [("json", false), ("form", true)];
    let form = raw.body.as_ref().and_then(|text| reader.one_of("body", text, &bodies));
    let (method, action, path) = (method?, action?, path?);
    let gets = method == Method::GET;
    check_risk(raw, &method, action.risk, reader);
    let cost = raw.cost.as_ref().map(|cost| costs::cost(cost.get_ref(), cost.span().start, reader));
    let look_query = costs::look_query(raw, &method, reader);
    let made = Operation {
        id: raw.id.get_ref().clone(),
        title: raw.title.get_ref().clone(),
        deed: raw.deed.get_ref().clone(),
        idempotent: raw.idempotent || raw.reads || gets,
        method,
        path,
        query: texts(&raw.query),
        repeats: texts(&raw.repeats),
        fields: texts(&raw.fields),
        more_fields: more_fields.flatten(),
        set: set(raw, reader),
        form: form.unwrap_or_default(),
        most_body: sizes::most_body(raw, reader),
        when: texts(&raw.when),
        names: raw.names.iter().map(|(k, v)| (k.clone(), v.get_ref().clone())).collect(),
        keeps_to: texts(&raw.keeps_to),
        belongs: belongs(raw, reader),
        action_kinds: BTreeSet::new(),
        withholds: BTreeMap::new(),
        action: action.id.clone(),
        risk: action.risk,
        about: raw.about.clone(),
        before: raw.before.as_ref().map(|id| id.get_ref().clone()),
        look_query,
        cost: cost.flatten(),
        download: raw.download,
        undo: raw.undo.as_ref().map(|undo| undos::undo(undo.get_ref())),
        scopes: texts(&raw.scopes),
    };
    let told = made.cost.as_ref().is_some_and(|cost| cost.real.is_some());
    let what = "nothing is read from a download, so it cannot tell what it really cost";
    reader.that(!(made.download && told), raw.id.span().start, what);
    let bodiless = gets || made.method == Method::DELETE;
    let empty = !made.takes_body() && made.set.is_empty() && raw.body.is_none();
    let what = "GET and DELETE have no body, so no fields";
    reader.that(!bodiless || empty, raw.method.span().start, what);
    Some(made)
}

/// What reads is a GET, or a POST that says so; and who says so does nothing else.
fn check_risk(raw: &RawOperation, method: &Method, risk: Risk, reader: &mut Reader) {
    let gets = *method == Method::GET;
    let asks = *method == Method::POST && raw.reads;
    let at = raw.action.span().start;
    let what = "only a GET, or a POST with `reads`, can be of an action with risk read";
    reader.that(gets || asks || risk != Risk::Read, at, what);
    let fits = !raw.reads || (asks && risk == Risk::Read);
    reader.that(fits, at, "`reads` is for a POST of an action with risk read");
}

fn pattern(raw: &toml::Spanned<String>, reader: &mut Reader) -> Option<Pattern> {
    match Pattern::parse(raw.get_ref()) {
        Ok(pattern) => Some(pattern),
        Err(message) => {
            reader.fault(raw.span().start, message);
            None
        }
    }
}

fn set(raw: &RawOperation, reader: &mut Reader) -> Map<String, Value> {
    let mut made = Map::new();
    for (name, value) in &raw.set {
        let constant = match value.get_ref() {
            toml::Value::String(text) => Some(Value::from(text.as_str())),
            toml::Value::Integer(number) => Some(Value::from(*number)),
            toml::Value::Boolean(yes) => Some(Value::from(*yes)),
            _ => None,
        };
        let fits = constant.is_some() && is_field(name) && !name.contains('.');
        let what = format!("`{name}` is set to a text, a whole number, true or false");
        reader.that(fits, value.span().start, &what);
        let free = raw.fields.iter().all(|field| {
            field.get_ref() != name && !field.get_ref().starts_with(&format!("{name}."))
        });
        let what = format!("`{name}` is set here, so no caller may give it");
        reader.that(free, value.span().start, &what);
        made.insert(name.clone(), constant.unwrap_or_default());
    }
    made
}

fn belongs(raw: &RawOperation, reader: &mut Reader) -> BTreeMap<String, Vec<String>> {
    let mut made = BTreeMap::new();
    for (kind, field) in &raw.belongs {
        let (name, at) = (field.get_ref(), field.span().start);
        reader.that(is_word(kind), at, &format!("`{kind}` is no kind of thing"));
        reader.that(is_path(name), at, &format!("`{name}` is no name of a field"));
        let what = "`belongs` names fields of what `before` shows, and there is no `before`";
        reader.that(raw.before.is_some(), at, what);
        made.insert(kind.clone(), name.split('.').map(str::to_owned).collect());
    }
    made
}

fn check_names(raw: &RawOperation, scopes: &BTreeSet<String>, reader: &mut Reader) {
    let id = raw.id.get_ref();
    let what = format!("`{id}` is no id: small letters, digits, hyphens");
    reader.that(is_word(id), raw.id.span().start, &what);
    reader.words(&raw.title, "a title", 80);
    reader.words(&raw.deed, "a deed", 80);
    let small = raw.deed.get_ref().starts_with(|c: char| c.is_lowercase());
    reader.that(small, raw.deed.span().start, "a deed goes on after \"to\": a small letter first");
    for name in &raw.query {
        let what = format!("`{}` is no name of a field", name.get_ref());
        reader.that(is_field(name.get_ref()), name.span().start, &what);
    }
    for (name, kind) in &raw.names {
        let there = raw.query.iter().chain(&raw.fields).any(|known| known.get_ref() == name);
        let what = format!("`{name}` is neither in query nor in fields");
        reader.that(there, kind.span().start, &what);
    }
    for field in &raw.keeps_to {
        let what = format!("`{}` is not in names, so no call can keep to it", field.get_ref());
        reader.that(raw.names.contains_key(field.get_ref()), field.span().start, &what);
    }
    for scope in &raw.scopes {
        let what = format!("`{}` is not among the scopes asked for", scope.get_ref());
        reader.that(scopes.contains(scope.get_ref()), scope.span().start, &what);
    }
    for name in &raw.repeats {
        let there = raw.query.iter().any(|known| known.get_ref() == name.get_ref());
        let what = format!("`{}` is not in query, so it cannot repeat", name.get_ref());
        reader.that(there, name.span().start, &what);
    }
}

fn check_body(raw: &RawOperation, reader: &mut Reader) {
    let fields = texts(&raw.fields);
    let form = raw.body.as_ref().is_some_and(|kind| kind.get_ref() == "form");
    for field in &raw.fields {
        let (name, at) = (field.get_ref(), field.span().start);
        let what = format!("`{name}` is no name of a field");
        reader.that(is_path(name), at, &what);
        let above = name.match_indices('.').filter_map(|(dot, _)| name.get(..dot));
        let whole = above.into_iter().find(|above| fields.contains(*above));
        let what = format!("`{}` permits all that is inside it", whole.unwrap_or_default());
        reader.that(whole.is_none(), at, &what);
        let flat = !form || !name.contains('.');
        reader.that(flat, at, "a form has no fields inside fields");
    }
    for name in &raw.when {
        let what = format!("`{}` is not in fields", name.get_ref());
        reader.that(fields.contains(name.get_ref()), name.span().start, &what);
        let top = !name.get_ref().contains('.');
        reader.that(top, name.span().start, "`when` names fields at the top of the body");
    }
}
