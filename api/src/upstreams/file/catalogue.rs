//! Actions, presets and operations of a file, checked against each other.

use super::raw::{RawFile, RawOperation};
use super::reader::Reader;
use super::{is_field, is_word};
use crate::outside::upstream::{Action, Operation, Preset, Risk};
use reqwest::Method;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

const METHODS: &[Method] = &[Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

pub(super) fn actions(raw: &RawFile, reader: &mut Reader) -> BTreeMap<String, Action> {
    let used: BTreeSet<&str> = raw.operations.iter().map(|o| o.action.get_ref().as_str()).collect();
    let mut sentences = BTreeSet::new();
    let mut actions = BTreeMap::new();
    for (id, action) in &raw.actions {
        let at = action.span().start;
        let sentence = &action.get_ref().sentence;
        let text = sentence.get_ref();
        reader.that(is_word(id), at, &format!("`{id}` is no id: small letters, digits, hyphens"));
        reader.that(used.contains(id.as_str()), at, &format!("no operation belongs to `{id}`"));
        reader.words(sentence, "a sentence", 120);
        let begins_small = text.starts_with(|c: char| c.is_lowercase());
        let what = "a sentence goes on after \"can\": a small letter first, no full stop";
        reader.that(begins_small && !text.ends_with('.'), sentence.span().start, what);
        let fresh = sentences.insert(text.clone());
        reader.that(fresh, sentence.span().start, "another action has the same sentence");
        let made = Action { id: id.clone(), risk: action.get_ref().risk, sentence: text.clone() };
        actions.insert(id.clone(), made);
    }
    actions
}

pub(super) fn presets(
    raw: &RawFile,
    actions: &BTreeMap<String, Action>,
    reader: &mut Reader,
) -> Vec<Preset> {
    let mut seen = BTreeSet::new();
    for preset in &raw.presets {
        let (id, at) = (preset.id.get_ref(), preset.id.span().start);
        reader.that(is_word(id), at, &format!("`{id}` is no id: small letters, digits, hyphens"));
        reader.that(seen.insert(id.clone()), at, &format!("there are two presets `{id}`"));
        reader.that(!preset.actions.is_empty(), at, "a preset has at least one action");
        reader.words(&preset.name, "a name", 60);
        reader.words(&preset.summary, "a summary", 200);
        for action in &preset.actions {
            let known = actions.contains_key(action.get_ref());
            let what = format!("there is no action `{}`", action.get_ref());
            reader.that(known, action.span().start, &what);
        }
    }
    let made = raw.presets.iter().map(|preset| Preset {
        id: preset.id.get_ref().clone(),
        name: preset.name.get_ref().clone(),
        summary: preset.summary.get_ref().clone(),
        actions: texts(&preset.actions),
    });
    made.collect()
}

pub(super) fn operations(
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
        let Some(new) = one(operation, actions, reader) else { continue };
        let same_id = made.iter().any(|other| other.id == new.id);
        reader.that(!same_id, at, &format!("there are two operations `{}`", new.id));
        let twin = made.iter().find(|o| o.method == new.method && o.path.same_shape(&new.path));
        if let Some(twin) = twin {
            reader.fault(at, format!("`{}` has the same method and path", twin.id));
        }
        made.push(new);
    }
    made
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
    let (method, action, path) = (method?, action?, path?);
    let reads = method == Method::GET;
    let what = "only a GET can be of an action with risk read";
    reader.that(reads || action.risk != Risk::Read, raw.action.span().start, what);
    let bodiless = reads || method == Method::DELETE;
    let what = "GET and DELETE have no body, so no fields";
    reader.that(!bodiless || raw.fields.is_empty(), raw.method.span().start, what);
    Some(Operation {
        id: raw.id.get_ref().clone(),
        title: raw.title.get_ref().clone(),
        idempotent: raw.idempotent || reads,
        method,
        path,
        query: texts(&raw.query),
        fields: texts(&raw.fields),
        names: raw.names.iter().map(|(k, v)| (k.clone(), v.get_ref().clone())).collect(),
        action: action.id.clone(),
        risk: action.risk,
        about: raw.about.clone(),
        scopes: texts(&raw.scopes),
    })
}

fn check_names(raw: &RawOperation, scopes: &BTreeSet<String>, reader: &mut Reader) {
    let id = raw.id.get_ref();
    let what = format!("`{id}` is no id: small letters, digits, hyphens");
    reader.that(is_word(id), raw.id.span().start, &what);
    reader.words(&raw.title, "a title", 80);
    for name in raw.query.iter().chain(&raw.fields) {
        let what = format!("`{}` is no name of a field", name.get_ref());
        reader.that(is_field(name.get_ref()), name.span().start, &what);
    }
    for (name, kind) in &raw.names {
        let there = raw.query.iter().chain(&raw.fields).any(|known| known.get_ref() == name);
        let what = format!("`{name}` is neither in query nor in fields");
        reader.that(there, kind.span().start, &what);
    }
    for scope in &raw.scopes {
        let what = format!("`{}` is not among the scopes asked for", scope.get_ref());
        reader.that(scopes.contains(scope.get_ref()), scope.span().start, &what);
    }
}

fn texts(raw: &[Spanned<String>]) -> BTreeSet<String> {
    raw.iter().map(|text| text.get_ref().clone()).collect()
}
