//! Words that do not belong in the tree: unfinished places, switched-off checks, places of one
//! machine, and names that the product does not use.

use super::tree::{File, Finding};

/// (rule, text looked for in lower case, how to mend it); the texts are put together so that this
/// file does not hold them itself.
const BANNED: &[(&str, &[&str], &str)] = &[
    (
        "unfinished",
        &[
            concat!("to", "do!("),
            concat!("unimple", "mented!("),
            concat!("fix", "me"),
            concat!("coming ", "soon"),
            concat!("not implemented ", "yet"),
        ],
        "finish it, or take it out",
    ),
    (
        "idle-check",
        &[concat!("assert!(", "true)"), concat!("#[ign", "ore")],
        "a check must run and must be able to fail",
    ),
    (
        "allow",
        &[concat!("#[al", "low("), concat!("#![al", "low(")],
        "use #[expect(lint, reason = \"..\")], which speaks up when it is idle",
    ),
    ("word", &[concat!("esc", "row")], "say funded or held"),
    (
        "machine",
        &[
            concat!("/wor", "k/main"),
            concat!("/wor", "k/shared"),
            concat!("/wor", "k/."),
            concat!("/ro", "ot/"),
            concat!("/home", "/"),
        ],
        "name no path of one machine: make it relative",
    ),
    (
        "registry",
        &[
            concat!("crates", ".io"),
            concat!("docs", ".rs"),
            concat!("npmjs", ".org"),
            concat!("npmjs", ".com"),
            concat!("pypi", ".org"),
            concat!("static.rust-lang", ".org"),
            concat!("deb.debian", ".org"),
        ],
        "name no package registry's host: the tools know where they fetch",
    ),
];

pub fn check(files: &[File]) -> Vec<Finding> {
    files.iter().filter(|file| !file.is_foreign()).flat_map(check_one).collect()
}

fn check_one(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        let line = line.to_lowercase();
        for (rule, texts, mend) in BANNED {
            if let Some(found) = texts.iter().find(|text| line.contains(**text)) {
                findings.push(file.finding(rule, number, format!("`{found}`: {mend}")));
            }
        }
    }
    findings
}

mod tests {
    use super::super::tree::verdict;
    use super::*;

    #[test]
    fn every_banned_text_is_found_in_any_case() {
        for (rule, texts, _) in BANNED {
            for text in *texts {
                let line = format!("\nx {}\n", text.to_uppercase());
                assert_eq!(verdict(check, "web/templates/a.html", &line), [format!("2 {rule}")]);
            }
        }
        assert_eq!(verdict(check, "docs/a.md", "Money is held until you accept.\n"), [""; 0]);
    }
}
