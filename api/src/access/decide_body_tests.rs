//! Parts inside fields, fields of a customer's own, repeated names, and what is set for a caller.

use super::*;
use crate::access::model::Limits;
use crate::access::samples::{larkfield, terms};
use crate::outside::upstream::Pattern;
use serde_json::json;

/// The operation that writes drafts, changed, and terms that pin it as it is now.
fn drafts(change: impl Fn(&mut Operation)) -> (Operation, Terms) {
    let upstream = larkfield();
    let mut operation = upstream.operation("write-draft").unwrap().clone();
    change(&mut operation);
    let mut terms = terms(&upstream, "author-drafts");
    terms.operations.insert(operation.id.clone(), Pinned::of(&operation));
    (operation, terms)
}

fn asked(terms: &Terms, operation: &Operation, body: Value) -> Decision {
    let call =
        Call { upstream: "larkfield", operation, params: &[], query: &[], body: Some(&body) };
    decide(terms, &call)
}

fn no(field: &str) -> Decision {
    Decision::Deny(Reason::Field(field.to_owned()))
}

fn words(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_field_with_dots_permits_that_part_alone() {
    let (operation, terms) = drafts(|o| o.fields = words(&["name", "to.lists", "to.who.ids"]));
    let ask = |body| asked(&terms, &operation, body);
    assert_eq!(ask(json!({ "name": { "any": 1 }, "to": { "lists": [1] } })), Decision::Allow);
    assert_eq!(ask(json!({ "to": [{ "lists": 1 }, { "who": { "ids": [] } }] })), Decision::Allow);
    assert_eq!(ask(json!({ "to": { "all": true } })), no("to.all"));
    assert_eq!(ask(json!({ "to": [{ "lists": 1 }, { "all": true }] })), no("to.all"));
    assert_eq!(ask(json!({ "to": { "who": { "all": true } } })), no("to.who.all"));
    assert_eq!(ask(json!({ "to": "everybody" })), no("to"));
    assert_eq!(ask(json!({ "to": null })), no("to"));
    assert_eq!(ask(json!({ "to": ["x"] })), no("to"));
    assert_eq!(ask(json!({ "to.lists": [1] })), no("to.lists"), "a dot in a name is no path");
    assert_eq!(ask(json!({ "to": { "who.ids": [1] } })), no("to.who.ids"));
}

#[test]
fn limits_hold_for_names_inside_fields() {
    let (operation, mut terms) = drafts(|o| {
        o.fields = words(&["name", "to.lists", "to.more.list"]);
        o.names = [("to.lists", "list"), ("to.more.list", "list")]
            .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
            .into();
        o.keeps_to = words(&["to.lists"]);
        o.action_kinds = words(&["list"]);
    });
    let only = [("list".to_owned(), words(&["7", "lst_1"]))];
    terms.limits = Limits { only: only.into(), ..Limits::default() };
    let ask = |to: Value| asked(&terms, &operation, json!({ "name": "x", "to": to }));
    let limited = Decision::Deny(Reason::Limited("list".into()));
    assert_eq!(ask(json!({ "lists": ["lst_1", 7] })), Decision::Allow);
    assert_eq!(ask(json!([{ "lists": 7 }, { "more": { "list": "lst_1" } }])), Decision::Allow);
    for other in [
        json!({ "lists": [7, 8] }),
        json!({ "lists": [7.0] }),
        json!({ "lists": [-7] }),
        json!({ "lists": null }),
        json!({ "lists": { "id": 7 } }),
        json!({ "lists": [[8]] }),
        json!({ "lists": [] }),
        json!({ "more": { "list": "lst_1" } }),
        json!([{ "lists": 7 }, { "more": { "list": "lst_2" } }]),
    ] {
        assert_eq!(ask(other.clone()), limited, "{other}");
    }
}

#[test]
fn fields_of_a_customers_own_are_never_more_than_was_granted() {
    let own = |o: &mut Operation| {
        o.more_fields = Some(Pattern::parse("[a-z][a-z0-9_]*").unwrap());
        o.set.insert("published".into(), json!(false));
        o.names.insert("list_id".into(), "list".into());
    };
    let (operation, mut terms) = drafts(|o| {
        own(o);
        o.fields.insert("to.lists".into());
    });
    let ask = |terms: &Terms, body| asked(terms, &operation, body);
    assert_eq!(ask(&terms, json!({ "to": { "all": true } })), no("to.all"), "it is described");
    assert_eq!(ask(&terms, json!({ "name": "x", "shoe_size": 9 })), Decision::Allow);
    assert_eq!(ask(&terms, json!({ "Shoe": 9 })), no("Shoe"));
    assert_eq!(ask(&terms, json!({ "published": true })), no("published"), "it is set already");
    assert_eq!(ask(&terms, json!({ "_method": "DELETE" })), no("_method"));
    let only = [("campaign".to_owned(), words(&["1"]))];
    let mut limited = terms.clone();
    limited.limits = Limits { only: only.into(), ..Limits::default() };
    assert_eq!(ask(&limited, json!({ "shoe_size": 9 })), no("shoe_size"), "it might name one");
    // Pinned before the catalogue had the pattern: a later catalogue never adds.
    terms.operations.get_mut("write-draft").unwrap().more_fields = None;
    assert_eq!(ask(&terms, json!({ "shoe_size": 9 })), no("shoe_size"));
}

#[test]
fn what_is_set_is_pinned_and_sent() {
    let (operation, terms) = drafts(|o| {
        o.set.insert("state".into(), json!("draft"));
    });
    let ask = |operation: &Operation| asked(&terms, operation, json!({ "name": "x" }));
    assert_eq!(ask(&operation), Decision::Allow);
    let sent = operation.body(Some(&json!({ "name": "x" }))).unwrap();
    assert_eq!(sent, json!({ "name": "x", "state": "draft" }));
    assert_eq!(operation.body(None).unwrap(), json!({ "state": "draft" }));
    let mut dropped = operation.clone();
    dropped.set.clear();
    assert_eq!(ask(&dropped), Decision::Deny(Reason::Changed), "it would permit more");
    let mut form = operation.clone();
    form.form = true;
    assert_eq!(ask(&form), Decision::Deny(Reason::Changed));
}

#[test]
fn only_what_may_repeat_repeats() {
    let (mut operation, mut terms) = drafts(|o| {
        o.query = words(&["id", "page"]);
        o.repeats = words(&["id"]);
        o.names.insert("id".into(), "list".into());
    });
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let ask = |terms: &Terms, operation: &Operation, query: &[(String, String)]| {
        decide(terms, &Call { upstream: "larkfield", operation, params: &[], query, body: None })
    };
    let (ids, pages) = ([pair("id", "1"), pair("id", "2")], [pair("page", "1"), pair("page", "2")]);
    assert_eq!(ask(&terms, &operation, &ids), Decision::Allow);
    let twice = |name: &str| Decision::Deny(Reason::Query(name.into()));
    assert_eq!(ask(&terms, &operation, &pages), twice("page"));
    let mut limited = terms.clone();
    let only = [("list".to_owned(), words(&["1"]))];
    limited.limits = Limits { only: only.into(), ..Limits::default() };
    let denied = Decision::Deny(Reason::Limited("list".into()));
    assert_eq!(ask(&limited, &operation, &ids), denied, "each of them is looked at");
    terms.operations.get_mut("write-draft").unwrap().repeats.clear();
    assert_eq!(ask(&terms, &operation, &ids), twice("id"), "pinned before it could repeat");
    operation.repeats.clear();
    assert_eq!(ask(&limited, &operation, &ids), twice("id"));
}
