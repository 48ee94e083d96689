//! The house rules of docs/ARCHITECTURE.md, checked on the tree as it is on disk: sizes, names,
//! wording, who may import whom, templates, migrations. A rule reports `file:line` and the way to
//! mend it. The few places that may break a rule stand in `EXCEPTIONS`, which may only shrink.
#![cfg(test)]

mod attacks;
mod imports;
mod migrations;
mod names;
mod pages;
mod paths;
mod size;
mod tree;
mod wording;

use std::collections::BTreeSet;

use tree::{File, Finding};

/// Places that may break a rule, as (rule, file). An entry that is not needed is an error too.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("line-length", "api/src/access/decide_tests.rs"),
    ("line-length", "api/src/access/model/facts.rs"),
    ("line-length", "api/src/access/model/terms.rs"),
    ("line-length", "api/src/access/store/secrets.rs"),
    ("line-length", "api/src/billing/http/endpoints.rs"),
    ("line-length", "api/src/billing/model/csv.rs"),
    ("line-length", "api/src/billing/model/states.rs"),
    ("line-length", "api/src/billing/store/check.rs"),
    ("line-length", "api/src/billing/store/statements.rs"),
    ("line-length", "api/src/events/partners.rs"),
    ("line-length", "api/src/outside/payments/mod.rs"),
    ("line-length", "api/src/outside/payments/signature.rs"),
    ("line-length", "api/src/platform/http/idempotency.rs"),
    ("line-length", "api/src/program/error.rs"),
    ("line-length", "tests/stories/a_vendor_runs_the_program.rs"),
    ("line-length", "tests/stories/contract/isolation.rs"),
    ("line-length", "tests/stories/payees_get_their_shares.rs"),
    ("line-length", "tests/stories/statements_tie_to_the_ledger.rs"),
    ("line-length", "tests/stories/stripe_sends_news.rs"),
    ("line-length", "tests/stories/the_ledger_refuses.rs"),
];

type Check = fn(&[File]) -> Vec<Finding>;

const RULES: &[(&str, Check)] = &[
    ("sizes", size::check),
    ("names", names::check),
    ("wording", wording::check),
    ("imports", imports::check),
    ("pages", pages::check),
    ("migrations", migrations::check),
];

#[test]
fn sizes() {
    judge("sizes");
}

#[test]
fn names_and_openings() {
    judge("names");
}

#[test]
fn the_wording() {
    judge("wording");
}

#[test]
fn who_imports_whom() {
    judge("imports");
}

#[test]
fn the_pages() {
    judge("pages");
}

#[test]
fn the_migrations() {
    judge("migrations");
}

#[test]
fn every_exception_is_still_needed() {
    let files = tree::read();
    let broken: BTreeSet<(String, String)> = RULES
        .iter()
        .flat_map(|(_, check)| check(&files))
        .map(|finding| (finding.rule.to_owned(), finding.path))
        .collect();
    let idle: Vec<_> = EXCEPTIONS
        .iter()
        .filter(|(rule, path)| !broken.contains(&((*rule).to_owned(), (*path).to_owned())))
        .collect();
    assert!(idle.is_empty(), "take these out of EXCEPTIONS, nothing needs them: {idle:?}");
}

fn judge(wanted: &str) {
    let (_, check) = RULES.iter().find(|(name, _)| *name == wanted).unwrap();
    let files = tree::read();
    let excepted = |finding: &Finding| EXCEPTIONS.contains(&(finding.rule, finding.path.as_str()));
    let findings: Vec<_> = check(&files).into_iter().filter(|f| !excepted(f)).collect();
    let list: String = findings.iter().map(|finding| format!("  {finding}\n")).collect();
    assert!(findings.is_empty(), "{} places break the house rules:\n{list}", findings.len());
}
