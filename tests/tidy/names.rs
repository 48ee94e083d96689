//! How files and modules are called, and how a module opens.

use super::tree::{File, Finding};

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "helper", "helpers", "manager", "managers", "data", "info", "misc", "common",
];

/// Files that describe the state of the work instead of the product.
const NOTES: &[&str] =
    &["todo", "notes", "status", "progress", "plan", "gap", "summary", "next_steps", "handoff"];

const OPENING_LINES: std::ops::RangeInclusive<usize> = 2..=6;

pub fn check(files: &[File]) -> Vec<Finding> {
    files.iter().filter(|file| !file.is_foreign()).flat_map(check_one).collect()
}

fn check_one(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.is("rs") {
        findings.extend(empty_name(file));
        findings.extend(inline_modules(file));
        findings.extend(opening(file));
    }
    let note = |name: &str| NOTES.iter().any(|start| name.to_lowercase().starts_with(start));
    if (file.is("md") || file.is("txt")) && note(file.name()) {
        findings.push(file.finding(
            "status-note",
            1,
            "the tree describes the product: take it out",
        ));
    }
    findings
}

fn empty_name(file: &File) -> Option<Finding> {
    let found = file.path.trim_end_matches(".rs").split('/').find(|n| EMPTY_NAMES.contains(n))?;
    Some(file.finding("name", 1, format!("`{found}` says nothing: use the domain's noun")))
}

fn inline_modules(file: &File) -> impl Iterator<Item = Finding> {
    file.lines().filter_map(|(number, line)| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|word| *word == "mod")?;
        let name = words.get(at + 1)?.trim_end_matches(';');
        let declares = words.iter().take(at).all(|word| word.starts_with("pub"));
        (declares && EMPTY_NAMES.contains(&name)).then(|| {
            file.finding("name", number, format!("`{name}` says nothing: use the domain's noun"))
        })
    })
}

fn opening(file: &File) -> Option<Finding> {
    if !["mod.rs", "lib.rs"].contains(&file.name()) {
        return None;
    }
    let block = file.text.lines().take_while(|line| line.starts_with("//!"));
    let lines = block.filter(|line| line.trim() != "//!").count();
    let what = "open it with 2 to 6 lines of `//!`: what it is, and what always holds in it";
    (!OPENING_LINES.contains(&lines)).then(|| file.finding("opening", 1, what))
}

mod tests {
    use super::super::tree::verdict;
    use super::*;

    #[test]
    fn names_say_what_is_inside() {
        assert_eq!(verdict(check, "api/src/billing/utils.rs", ""), ["1 name"]);
        assert_eq!(verdict(check, "api/src/info/model.rs", ""), ["1 name"]);
        assert_eq!(verdict(check, "api/src/a.rs", "\npub(crate) mod helpers;\n"), ["2 name"]);
        assert_eq!(verdict(check, "src/data_folder.rs", "mod information;\n"), [""; 0]);
        assert_eq!(verdict(check, "docs/PROGRESS.md", ""), ["1 status-note"]);
    }

    #[test]
    fn a_module_opens_with_what_it_is() {
        assert_eq!(verdict(check, "api/src/billing/mod.rs", "use std::fs;\n"), ["1 opening"]);
        assert_eq!(verdict(check, "api/src/lib.rs", "//! One line.\n"), ["1 opening"]);
        assert_eq!(verdict(check, "api/src/lib.rs", "//! One.\n//!\n//! Two.\n"), [""; 0]);
    }
}
