//! Actions and presets of a file, checked against each other and against its operations.

use super::is_word;
use super::raw::RawFile;
use super::reader::Reader;
use crate::outside::upstream::{Action, Preset};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

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

pub(super) fn texts(raw: &[Spanned<String>]) -> BTreeSet<String> {
    raw.iter().map(|text| text.get_ref().clone()).collect()
}
