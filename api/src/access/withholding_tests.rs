//! What is withheld is nowhere in an answer, cannot be sent, and is said on both sides.

use super::*;
use crate::access::decide::{Decision, Reason, decide};
use crate::access::model::Terms;
use crate::access::samples::{Sample, every, larkfield, terms};
use crate::access::sentences::consent;
use crate::upstreams::Risk;
use proptest::prelude::*;
use serde_json::json;

fn rule(answer: &[&str], fields: &[&str]) -> Withholding {
    let split = |path: &&str| path.split('.').map(str::to_owned).collect();
    Withholding {
        answer: answer.iter().map(split).collect(),
        query: BTreeSet::new(),
        fields: fields.iter().map(split).collect(),
    }
}

fn taken(answer: &[&str], body: Value) -> Value {
    let body = body.to_string();
    serde_json::from_slice(&rule(answer, &[]).take_out(body.as_bytes()).unwrap()).unwrap()
}

#[test]
fn fields_are_taken_out_wherever_their_path_leads() {
    let page =
        json!({ "items": [{ "id": 1, "email": "a" }, { "id": 2, "Email": "b" }], "email": 3 });
    let left = json!({ "items": [{ "id": 1 }, { "id": 2 }], "email": 3 });
    assert_eq!(taken(&["items.email"], page.clone()), left);
    let deep = json!([[{ "a": { "email": { "x": 1 } } }], { "email": [1] }, "email"]);
    assert_eq!(taken(&["*.email"], deep), json!([[{ "a": {} }], {}, "email"]));
    let part = json!({ "a": { "b": [{ "c": 1, "d": 2 }] }, "b": { "c": 3 } });
    assert_eq!(
        taken(&["a.b.c"], part.clone()),
        json!({ "a": { "b": [{ "d": 2 }] }, "b": { "c": 3 } })
    );
    assert_eq!(taken(&["*.b.c"], part), json!({ "a": { "b": [{ "d": 2 }] }, "b": {} }));
    // A name that is there twice goes twice.
    let twice = br#"{"email":"a","e\u006dail":"b","id":1}"#;
    assert_eq!(rule(&["email"], &[]).take_out(twice).unwrap(), br#"{"id":1}"#);
    for unreadable in [&b"id,email\n1,a"[..], b"", b"{\"email\":", b"{} {}"] {
        assert_eq!(rule(&["email"], &[]).take_out(unreadable), None);
    }
}

#[test]
fn a_body_that_sets_or_replaces_it_is_found() {
    let sets = |fields: &[&str], body: Value| {
        let rule = rule(&[], fields);
        rule.fields.iter().any(|path| super::sets(&body, path))
    };
    assert!(sets(&["from"], json!({ "from": null })));
    assert!(sets(&["from"], json!({ "FROM": "x" })));
    assert!(!sets(&["from"], json!({ "from_name": "x" })));
    assert!(sets(&["to.from"], json!({ "to": { "from": 1 } })));
    assert!(sets(&["to.from"], json!({ "to": [{ "x": 1 }, { "from": 1 }] })));
    assert!(!sets(&["to.from"], json!({ "to": { "x": 1 } })));
    // Whoever replaces the whole sets what is in it.
    assert!(sets(&["to.from"], json!({ "to": null })));
    assert!(sets(&["to.from"], json!({ "to": "x" })));
}

fn withholding(terms: &Terms, upstream: &Upstream, id: &str) -> Terms {
    terms.withholding(upstream, &[id.to_owned()].into())
}

#[test]
fn each_shipped_one_is_said_on_both_sides_and_enforced() {
    let mut found = 0;
    for upstream in every() {
        let whole = terms(&upstream, "full-operator");
        for (id, of) in &upstream.withholdable {
            let at = format!("{} {id}", upstream.slug);
            let less = withholding(&whole, &upstream, id);
            let said = consent(&less, &upstream);
            assert!(said.cannot.iter().any(|s| s.text == of.deed()), "{at}");
            let mut can = said.can.iter().flat_map(|group| &group.sentences);
            let but = format!("not {}", of.deed());
            let tells = |text: &str| text.contains("but not ") && text.contains(&of.deed());
            assert!(can.any(|s| tells(&s.text)), "{at}: {but}");
            for operation in &upstream.operations {
                let concerned = of.what.actions.contains(&operation.action);
                let sample = Sample::of(operation);
                let call = sample.call(&upstream.slug, operation);
                let decided = decide(&less, &call);
                if !concerned {
                    assert_eq!(decided, decide(&whole, &call), "{at} {}", operation.id);
                    continue;
                }
                found += 1;
                let exports = operation.download || operation.risk == Risk::Export;
                if exports && !of.what.answer.is_empty() {
                    let closed = Decision::Deny(Reason::Export);
                    let bare = Call { body: None, ..call };
                    assert_eq!(decide(&less, &bare), closed, "{at} {}", operation.id);
                    continue;
                }
                let rule = Withholding::of(&less, operation);
                for path in &of.what.answer {
                    let names = path.split('.').filter(|name| *name != "*").rev();
                    let sample = names.fold(json!("secret"), |inner, name| json!({ name: inner }));
                    let page = json!([sample]).to_string();
                    let passed = rule.take_out(page.as_bytes()).unwrap();
                    let passed = String::from_utf8(passed).unwrap();
                    assert!(!passed.contains("secret"), "{at} {}: {path}", operation.id);
                }
                for name in of.what.query.intersection(&operation.query) {
                    let query = [(name.clone(), "x".to_owned())];
                    let call = Call { query: &query, ..call };
                    let refused = Decision::Deny(Reason::Withheld(name.clone()));
                    assert_eq!(decide(&less, &call), refused, "{at} {}", operation.id);
                }
                let takes = |path: &&String| operation.fields.contains(*path);
                for path in of.what.fields.iter().filter(takes) {
                    let names: Vec<&str> = path.split('.').collect();
                    let inside = |inner: Value, name: &&str| json!({ *name: inner });
                    let body = names.iter().rev().fold(json!("x"), inside);
                    let call = Call { body: Some(&body), ..call };
                    let refused = Decision::Deny(Reason::Withheld(path.clone()));
                    assert_eq!(decide(&less, &call), refused, "{at} {}", operation.id);
                }
            }
        }
    }
    assert!(found > 60, "{found} operations of which something can be withheld");
}

/// A catalogue that withholds less by now, or none of it, shows nothing more.
#[test]
fn what_was_withheld_stays_withheld_by_the_terms() {
    let upstream = larkfield();
    let less = withholding(&terms(&upstream, "run-campaigns"), &upstream, "email-addresses");
    let again = Terms::read(&less.text().unwrap()).unwrap();
    assert_eq!(again, less);
    let shows = upstream.operation("show-contact").unwrap();
    let rule = Withholding::of(&again, shows);
    assert_eq!(
        rule.take_out(br#"{"id":"con_1","email":"a@b.example"}"#).unwrap(),
        br#"{"id":"con_1"}"#
    );
    assert!(rule.reads_answers() && rule.withholds_field("email"));
    assert!(!rule.withholds_field("first_name"));
    // Nothing else of the letter changed, and it can be withheld only once.
    assert_eq!(less.operations, terms(&upstream, "run-campaigns").operations);
    assert!(withholdable(&less, &upstream).iter().all(|of| of.id != "email-addresses"));
    let none = Withholding::of(&terms(&upstream, "run-campaigns"), shows);
    assert!(!none.reads_answers());
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i32>().prop_map(Value::from),
        "[a-e]{0,3}".prop_map(Value::from)
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("(email|Email|EMAIL|id|items|a)", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn has(value: &Value, name: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| has(item, name)),
        Value::Object(object) => {
            object.iter().any(|(key, inner)| key.eq_ignore_ascii_case(name) || has(inner, name))
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn nothing_of_it_is_left_anywhere(body in json_value()) {
        let left = taken(&["*.email"], body.clone());
        prop_assert!(!has(&left, "email"), "{left}");
        if !has(&body, "email") {
            prop_assert_eq!(left, body);
        }
    }

    /// What the gateway lets through sets nothing that is withheld.
    #[test]
    fn what_passes_sets_nothing_withheld(body in json_value()) {
        let rule = rule(&[], &["email"]);
        let sets = rule.fields.iter().any(|path| super::sets(&body, path));
        let named = |key: &String| key.eq_ignore_ascii_case("email");
        let top = body.as_object().is_some_and(|object| object.keys().any(named));
        prop_assert!(sets || !top);
    }
}
