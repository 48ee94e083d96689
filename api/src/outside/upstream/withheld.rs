//! What of answers and requests a customer may keep from a letter that is otherwise allowed.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Fields that nobody is shown, and parts of a request that nobody may send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// The actions that it is about.
    pub actions: BTreeSet<String>,
    /// Fields of answers, from their top down; `*.email` means wherever it stands.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub answer: BTreeSet<String>,
    /// Query parameters.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub query: BTreeSet<String>,
    /// Fields of the body, with dots where they stand inside others.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub fields: BTreeSet<String>,
}

/// One thing that can be withheld, with the words that people choose it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withholdable {
    pub id: String,
    /// After "without": `mail addresses of contacts`.
    pub words: String,
    pub what: Withheld,
}

impl Withheld {
    /// Both of them: what either withholds.
    pub fn and(&self, other: &Self) -> Self {
        let both = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.union(b).cloned().collect();
        Self {
            actions: both(&self.actions, &other.actions),
            answer: both(&self.answer, &other.answer),
            query: both(&self.query, &other.query),
            fields: both(&self.fields, &other.fields),
        }
    }
}

impl Withholdable {
    /// What nobody can do then, after "cannot".
    pub fn deed(&self) -> String {
        let verb = if self.what.answer.is_empty() { "set" } else { "see" };
        format!("{verb} {}", self.words)
    }
}
