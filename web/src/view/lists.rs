//! Small parts that come in lists: links, chips, tabs, steps, figures, tags, pages.

use serde::Serialize;

/// A label with an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Link {
    pub label: String,
    pub href: String,
}

impl Link {
    pub fn new(label: &str, href: &str) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// A label with its value, joined by leader dots. Rendered by `<figures rows={..} />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    pub label: String,
    pub value: String,
}

impl Figure {
    pub fn new(label: &str, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

/// A fact with its icon in a row of facts. Rendered by `<tags items={..} />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tag {
    pub icon: &'static str,
    pub text: String,
}

impl Tag {
    pub fn new(icon: &'static str, text: &str) -> Self {
        Self { icon, text: text.into() }
    }
}

/// A chip: a choice on this page, or a filter in use whose whole chip removes it.
/// Rendered by `<chips items={..} label=".." />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chip {
    pub label: String,
    pub href: String,
    pub icon: Option<&'static str>,
    pub current: bool,
    pub removes: bool,
}

impl Chip {
    /// A choice, filled when it is the current one.
    pub fn choice(label: &str, href: &str, current: bool) -> Self {
        Self { label: label.into(), href: href.into(), icon: None, current, removes: false }
    }

    /// A filter in use: following the link removes it.
    pub fn filter(label: &str, href_without: &str) -> Self {
        let mut chip = Self::choice(label, href_without, false);
        chip.removes = true;
        chip
    }

    /// The same with an icon before its label.
    pub fn with_icon(self, icon: &'static str) -> Self {
        Self { icon: Some(icon), ..self }
    }
}

/// A tab: a page of its own beside others. Rendered by `<tabs items={..} label=".." />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tab {
    pub label: String,
    pub href: String,
    /// How many are behind it.
    pub n: Option<u64>,
    pub current: bool,
}

impl Tab {
    pub fn new(label: &str, href: &str, n: Option<u64>, current: bool) -> Self {
        Self { label: label.into(), href: href.into(), n, current }
    }
}

/// A step of a way. Rendered by `<steps items={..} label=".." />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    pub label: String,
    pub done: bool,
    pub current: bool,
}

impl Step {
    /// The steps of a way of which `current` (from 0) is the one at hand and those before it are
    /// done; with `current` past the end all are done.
    pub fn way(labels: &[&str], current: usize) -> Vec<Self> {
        let step = |(at, label): (usize, &&str)| Self {
            label: (*label).into(),
            done: at < current,
            current: at == current,
        };
        labels.iter().enumerate().map(step).collect()
    }
}

/// A field before and after a change, to the byte. Rendered by `<diff rows={..} />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiffRow {
    pub field: String,
    /// Empty: the field is new.
    pub old: String,
    /// Empty: the field goes.
    pub new: String,
}

impl DiffRow {
    pub fn new(field: &str, old: &str, new: &str) -> Self {
        Self { field: field.into(), old: old.into(), new: new.into() }
    }
}

/// Where a list goes on. Rendered by `<pager of={..} />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pager {
    /// "21 to 40 of 63", or "20 shown" where nobody counts.
    pub shown: String,
    pub earlier: Option<String>,
    pub later: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_has_one_step_at_hand() {
        let way = Step::way(&["Brief", "Matches", "Signed"], 1);
        let marks: Vec<_> = way.iter().map(|s| (s.done, s.current)).collect();
        assert_eq!(marks, [(true, false), (false, true), (false, false)]);
        assert!(Step::way(&["Brief"], 9).iter().all(|s| s.done && !s.current));
    }
}
