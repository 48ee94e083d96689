//! Every row of the table of threats to delegated access is held by a test that is named after it,
//! `attack_01` to `attack_42`.

use std::collections::BTreeSet;

use super::tree;

const ROWS: u32 = 42;

#[test]
fn every_attack_has_its_test() {
    let files = tree::read();
    let sources = files.iter().filter(|file| file.is("rs"));
    let rows = sources.flat_map(|file| file.text.split("fn attack_").skip(1));
    let held: BTreeSet<u32> =
        rows.filter_map(|name| name.split('_').next()?.parse().ok()).collect();
    let missing: Vec<u32> = (1..=ROWS).filter(|row| !held.contains(row)).collect();
    assert!(missing.is_empty(), "rows without a test: {missing:?}");
}
