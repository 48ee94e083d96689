//! Every row of the table of threats to delegated access is held by a test that is named after it,
//! `attack_01` to `attack_42`.

use std::collections::BTreeSet;

use super::tree;

const ROWS: u32 = 42;

#[test]
fn every_attack_has_its_test() {
    let files = tree::read();
    let sources = files.iter().filter(|file| file.is("rs"));
    let held: BTreeSet<u32> = sources.flat_map(|file| rows(&file.text)).collect();
    let missing: Vec<u32> = (1..=ROWS).filter(|row| !held.contains(row)).collect();
    assert!(missing.is_empty(), "rows without a test: {missing:?}");
}

/// The rows that tests of a file are named after. What is called so and is no test holds nothing.
fn rows(text: &str) -> Vec<u32> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_test = |at: usize| {
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with(['#', '/']));
        above
            .into_iter()
            .any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    };
    let row = |line: &str| line.split("fn attack_").nth(1)?.split('_').next()?.parse().ok();
    let found = lines.iter().enumerate().filter_map(|(at, line)| Some((at, row(line)?)));
    found.filter(|(at, _)| is_test(*at)).map(|(_, row)| row).collect()
}

#[test]
fn a_helper_is_no_test() {
    let text = "#[test]\n/// x\nfn attack_01_a() {}\n\nasync fn attack_02_b() {}\n";
    assert_eq!(rows(text), [1]);
}
