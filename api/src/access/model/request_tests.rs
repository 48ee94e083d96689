//! A yes never goes beyond what was asked, whatever is chosen and whatever the catalogue says then.

use super::*;
use crate::access::samples::{larkfield, terms};
use crate::upstreams::Unit;

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn less_may_be_chosen_and_more_may_not() {
    let upstream = larkfield();
    let asked = terms(&upstream, "author-drafts");
    for preset in &upstream.presets {
        let chosen = terms(&upstream, &preset.id);
        let given = chosen.within(&asked, &upstream);
        assert!(given.operations.iter().all(|(id, o)| asked.operations.get(id) == Some(o)));
        assert!(given.operations.keys().all(|id| chosen.operations.contains_key(id)));
    }
    let all = terms(&upstream, "full-operator").within(&asked, &upstream);
    assert_eq!(all, asked, "the whole of it under its own name");
    let less = terms(&upstream, "read-only").within(&asked, &upstream);
    assert_eq!(less, terms(&upstream, "read-only"));
}

#[test]
fn a_catalogue_that_changed_takes_away_and_never_adds() {
    let upstream = larkfield();
    let mut asked = terms(&upstream, "author-drafts");
    asked.operations.remove("change-draft");
    asked.operations.get_mut("write-draft").unwrap().fields.remove("body");
    asked.operations.get_mut("show-report").unwrap().path = "/before".into();
    let gone = asked.operations["show-report"].clone();
    asked.operations.insert("gone".into(), gone);
    let given = terms(&upstream, "author-drafts").within(&asked, &upstream);
    for id in ["change-draft", "show-report", "gone"] {
        assert!(!given.operations.contains_key(id), "{id}");
    }
    assert!(!given.operations["write-draft"].fields.contains("body"), "as it was asked for");
}

#[test]
fn the_limits_of_both_hold() {
    let upstream = larkfield();
    let mut asked = terms(&upstream, "run-campaigns");
    asked.limits.only.insert("list".into(), set(&["lst_1", "lst_2"]));
    asked.limits.budgets.insert(Unit::Recipients, 500);
    asked.limits.asks = set(&["send-campaigns"]);
    let mut chosen = terms(&upstream, "run-campaigns");
    chosen.limits.only.insert("list".into(), set(&["lst_2", "lst_3"]));
    chosen.limits.only.insert("campaign".into(), set(&["cmp_1"]));
    chosen.limits.budgets.insert(Unit::Recipients, 9_000);
    chosen.limits.asks = set(&["write-drafts"]);
    let given = chosen.within(&asked, &upstream).limits;
    assert_eq!(given.only["list"], set(&["lst_2"]));
    assert_eq!(given.only["campaign"], set(&["cmp_1"]));
    assert_eq!(given.budgets[&Unit::Recipients], 500);
    assert_eq!(given.asks, set(&["send-campaigns", "write-drafts"]));
}
