//! Money that opens: every amount can show the sum it is made of.

use serde::Serialize;

use super::State;

/// An amount as text with its sign kept apart for the tint. A minus is U+2212, as
/// `format::money` writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    pub text: String,
    pub minus: bool,
}

impl Amount {
    /// Takes the words of `format::money`.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { minus: text.starts_with('\u{2212}'), text }
    }
}

/// One line of a sum; the note names its rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SumLine {
    pub label: String,
    pub note: Option<String>,
    pub amount: Amount,
}

impl SumLine {
    pub fn new(label: &str, amount: impl Into<String>) -> Self {
        Self { label: label.into(), note: None, amount: Amount::new(amount) }
    }

    /// The same with the rule or reference it comes from.
    pub fn with_note(self, note: &str) -> Self {
        Self { note: Some(note.into()), ..self }
    }
}

/// Lines that add up to a total under the double rule. Rendered by `<sum of={..} />`, and folded
/// below its amount by `<money of={..} />`. The caller's figures must add up: nothing here can
/// check words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sum {
    pub lines: Vec<SumLine>,
    pub total: SumLine,
}

/// One entry of a statement that opens to its sum. Rendered by `<entry of={..} />` inside
/// `<ul class="sheet sheet-flush entries">`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// "2026-05-07", for machines.
    pub machine: String,
    /// "7 May".
    pub when: String,
    pub title: String,
    /// "Milestone 2 · Fjordhaus Outdoor · A-2041".
    pub note: String,
    pub state: State,
    pub amount: Amount,
    pub sum: Sum,
    /// What happens next, in a sentence; may be empty.
    pub foot: String,
    pub open: bool,
}
