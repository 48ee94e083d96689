//! What a sentence of a letter is made of: its single kinds of call, each with a box.

use api::access::{Sentence, Terms, Without};
use api::upstreams::Upstream;
use serde::Serialize;
use std::sync::Arc;

use crate::site::Form;
use crate::view::Choice;

/// The kinds of call behind one sentence.
#[derive(Debug, Clone, Serialize)]
pub struct Parts {
    pub action: String,
    /// The sentence they belong to.
    pub of: String,
    pub boxes: Vec<Choice>,
}

/// Of the sentences that are more than one thing, in their order; `known` tells of an operation
/// whether it is ticked, and what stands below it.
pub fn of(
    upstream: Option<&Arc<Upstream>>,
    terms: &Terms,
    sentences: &[Sentence],
    known: impl Fn(&str) -> (bool, String),
) -> Vec<Parts> {
    let Some(upstream) = upstream else { return Vec::new() };
    let parts = |sentence: &Sentence| {
        let action = sentence.action.clone()?;
        let permitted = |id: &String| terms.operations.contains_key(id);
        let all = upstream.operations.iter().filter(|o| o.action == action && permitted(&o.id));
        let boxes: Vec<Choice> = all
            .map(|o| {
                let (on, hint) = known(&o.id);
                Choice::new(&o.id, &o.deed, on).with_hint(&hint)
            })
            .collect();
        let of = upstream.actions.get(&action).map(|a| a.sentence.clone()).unwrap_or_default();
        (boxes.len() > 1).then_some(Parts { action, of, boxes })
    };
    sentences.iter().filter_map(parts).collect()
}

/// Ticked to begin with.
pub fn is_ticked(form: Option<&Form>, id: &str) -> bool {
    form.is_none_or(|form| form.all("call").iter().any(|ticked| ticked == id))
}

/// What the boxes leave out: whole actions, and of the others those kinds of call that had a box.
pub fn unticked(terms: &Terms, form: &Form) -> Without {
    let (can, calls) = (form.all("can"), form.all("call"));
    let gone = terms.actions().into_iter().filter(|action| !can.iter().any(|c| c == action));
    let actions = gone.map(str::to_owned).collect();
    let boxed = |action: &str| terms.operations.values().filter(|o| o.action == action).count() > 1;
    let lost = terms.operations.iter().filter(|(id, operation)| {
        can.contains(&operation.action) && boxed(&operation.action) && !calls.contains(id)
    });
    Without { actions, operations: lost.map(|(id, _)| id.clone()).collect() }
}

pub fn sample(of: &str) -> Vec<Parts> {
    let word = of.to_lowercase();
    let boxes = vec![
        Choice::new(&format!("first-{word}"), "do this", true).with_hint("14 calls"),
        Choice::new(&format!("then-{word}"), "do that", false),
    ];
    vec![Parts { action: word, of: of.to_owned(), boxes }]
}
