//! What a migration must have: both directions, a telling name, and one clock.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{File, Finding};

/// The database's own clocks. A test replaces `app_now()`, which only its definition may read from.
const CLOCKS: &[&str] = &[
    "now()",
    "current_timestamp",
    "current_date",
    "localtimestamp",
    "clock_timestamp()",
    "transaction_timestamp()",
    "statement_timestamp()",
];

pub fn check(files: &[File]) -> Vec<Finding> {
    let sql: Vec<&File> =
        files.iter().filter(|f| f.is_under("migrations") && f.is("sql")).collect();
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut findings = Vec::new();
    for file in &sql {
        if let Some((folder, name)) = file.path.rsplit_once('/') {
            folders.entry(folder).or_default().insert(name);
        }
        findings.extend(foreign_clocks(file));
    }
    for (folder, names) in folders {
        let problem = if !is_well_named(folder) {
            "call it YYYY-MM-DD-HHMMSS_verb_object"
        } else if !names.contains("up.sql") || !names.contains("down.sql") {
            "give it both up.sql and down.sql"
        } else {
            continue;
        };
        let path = folder.to_owned();
        findings.push(Finding { rule: "migration", path, line: 1, what: problem.to_owned() });
    }
    findings
}

fn foreign_clocks(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut defines_clock = false;
    let mut in_body = false;
    for (number, line) in file.lines() {
        let line = line.split("--").next().unwrap_or_default().to_lowercase();
        defines_clock |= line.contains("function app_now") || line.contains(".app_now() returns");
        if !defines_clock && let Some(clock) = CLOCKS.iter().find(|clock| names(&line, clock)) {
            let what = format!("`{clock}`: use app_now(), the clock that tests can set");
            findings.push(file.finding("clock", number, what));
        }
        in_body ^= line.matches("$$").count() % 2 == 1;
        if line.trim_end().ends_with(';') && !in_body {
            defines_clock = false;
        }
    }
    findings
}

/// Whether the line names the clock itself, not `app_now()` or `current_date_of`.
fn names(line: &str, clock: &str) -> bool {
    let part_of_a_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    line.match_indices(clock).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + clock.len()..].chars().next();
        !before.is_some_and(part_of_a_name) && !after.is_some_and(part_of_a_name)
    })
}

fn is_well_named(folder: &str) -> bool {
    let name = folder.rsplit('/').next().unwrap_or_default();
    let Some((stamp, words)) = name.split_once('_') else { return false };
    let digits: Vec<usize> = stamp.split('-').map(str::len).collect();
    let words_are_plain =
        words.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
    digits == [4, 2, 2, 6]
        && stamp.chars().all(|c| c.is_ascii_digit() || c == '-')
        && words.contains('_')
        && words_are_plain
}

mod tests {
    use super::super::tree::{sample, verdict};
    use super::*;

    #[test]
    fn both_directions_and_a_telling_name() {
        let up = "migrations/2026-01-02-030405_create_people/up.sql";
        assert_eq!(verdict(check, up, ""), ["1 migration"]);
        let both = [sample(up, ""), sample(&up.replace("up.sql", "down.sql"), "")];
        assert!(check(&both).is_empty());
        let unnamed =
            [sample("migrations/1_people/up.sql", ""), sample("migrations/1_people/down.sql", "")];
        assert_eq!(check(&unnamed).len(), 1);
    }

    #[test]
    fn one_clock() {
        let clocks = |text: &str| -> Vec<usize> {
            foreign_clocks(&sample("migrations/a/up.sql", text)).iter().map(|f| f.line).collect()
        };
        let definition = "CREATE FUNCTION app_now() RETURNS timestamptz AS $$\n\
                          SELECT now();\n\
                          $$ LANGUAGE sql STABLE;\n";
        assert_eq!(clocks(definition), [0; 0]);
        assert_eq!(clocks(&format!("{definition}ALTER TABLE a ALTER b SET DEFAULT NOW();\n")), [4]);
        assert_eq!(clocks("b timestamptz DEFAULT app_now(), -- never now()\n"), [0; 0]);
        assert_eq!(clocks("DEFAULT CURRENT_TIMESTAMP\n"), [1]);
    }
}
