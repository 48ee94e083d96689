//! What is permitted, what is not, and that nothing is permitted by accident.

use super::*;
use crate::access::model::{Limits, Without};
use crate::access::samples::{Sample, decide_about, larkfield, terms};
use crate::upstreams::{Unit, Upstream};
use proptest::prelude::*;
use serde_json::json;

fn ids(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|id| (*id).to_owned()).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// Decides a call of `operation` with these parts under a preset with limits.
fn decided(
    upstream: &Upstream,
    terms: &Terms,
    operation: &str,
    (params, query, body): (&[(&str, &str)], &[(&str, &str)], Option<Value>),
) -> Decision {
    let operation = upstream.operation(operation).unwrap();
    let (params, query) = (pairs(params), pairs(query));
    let call = Call {
        upstream: "larkfield",
        operation,
        params: &params,
        query: &query,
        body: body.as_ref(),
    };
    decide(terms, &call)
}

#[test]
fn every_operation_under_every_preset() {
    let upstream = larkfield();
    for preset in &upstream.presets {
        let terms = terms(&upstream, &preset.id);
        for operation in &upstream.operations {
            let sample = Sample::of(operation);
            let decision = decide(&terms, &sample.call("larkfield", operation));
            let allowed = preset.actions.contains(&operation.action);
            assert_eq!(decision == Decision::Allow, allowed, "{} {}", preset.id, operation.id);
        }
    }
}

#[test]
fn each_part_has_to_be_permitted() {
    let upstream = larkfield();
    let drafts = terms(&upstream, "author-drafts");
    let list =
        |query: &[(&str, &str)]| decided(&upstream, &drafts, "list-campaigns", (&[], query, None));
    assert_eq!(list(&[("state", "draft"), ("limit", "5")]), Decision::Allow);
    assert_eq!(list(&[("all", "1")]), Decision::Deny(Reason::Query("all".into())));
    let twice = list(&[("state", "draft"), ("state", "sent")]);
    assert_eq!(twice, Decision::Deny(Reason::Query("state".into())));
    let write = |body: Option<Value>| decided(&upstream, &drafts, "write-draft", (&[], &[], body));
    assert_eq!(write(Some(json!({ "name": "x", "body": "y" }))), Decision::Allow);
    let send = write(Some(json!({ "name": "x", "state": "sent" })));
    assert_eq!(send, Decision::Deny(Reason::Field("state".into())));
    for shape in [json!([]), json!("x"), json!(null), json!(1)] {
        assert_eq!(write(Some(shape)), Decision::Deny(Reason::Body));
    }
    let with_body = decided(
        &upstream,
        &terms(&upstream, "full-operator"),
        "send-campaign",
        (&[("campaign", "cmp_1")], &[], Some(json!({ "now": true }))),
    );
    assert_eq!(with_body, Decision::Deny(Reason::Body));
}

#[test]
fn attack_37_a_limit_names_what_may_be_touched() {
    let upstream = larkfield();
    let mut terms = terms(&upstream, "full-operator");
    let only = [("campaign".to_owned(), ids(&["cmp_1"])), ("list".to_owned(), ids(&["lst_1"]))];
    terms.limits = Limits { only: only.into_iter().collect(), ..Limits::default() };
    let limited = |kind: &str| Decision::Deny(Reason::Limited(kind.into()));
    let show =
        |id: &str| decided(&upstream, &terms, "show-campaign", (&[("campaign", id)], &[], None));
    assert_eq!(show("cmp_1"), Decision::Allow);
    assert_eq!(show("cmp_2"), limited("campaign"), "another campaign");
    let all = decided(&upstream, &terms, "list-campaigns", (&[], &[], None));
    assert_eq!(all, limited("campaign"), "a list would show the others");
    let move_to = |list: Value| {
        let body = Some(json!({ "list_id": list }));
        decided(&upstream, &terms, "change-draft", (&[("campaign", "cmp_1")], &[], body))
    };
    assert_eq!(move_to(json!("lst_1")), Decision::Allow);
    assert_eq!(move_to(json!("lst_2")), limited("list"));
    assert_eq!(move_to(json!({ "id": "lst_2" })), limited("list"), "no text is no name");
    let adds = |body: Value| decided(&upstream, &terms, "add-contact", (&[], &[], Some(body)));
    assert_eq!(adds(json!({ "list_ids": ["lst_1"] })), Decision::Allow);
    for lists in [json!(["lst_1", "lst_2"]), json!(["lst_1", 7]), json!([]), json!(null)] {
        assert_eq!(adds(json!({ "list_ids": lists })), limited("list"), "{lists}");
    }
    assert_eq!(adds(json!({ "email": "a@b.example" })), limited("list"), "on no list at all");
}

#[test]
fn attack_37_what_does_not_name_one_of_them_is_refused() {
    let upstream = larkfield();
    let mut terms = terms(&upstream, "full-operator");
    let limited = |kind: &str| Decision::Deny(Reason::Limited(kind.into()));
    terms.limits.only = [("list".to_owned(), ids(&["lst_1"]))].into();
    let export =
        |body: Option<Value>| decided(&upstream, &terms, "export-contacts", (&[], &[], body));
    assert_eq!(export(Some(json!({ "list_id": "lst_1", "status": "x" }))), Decision::Allow);
    for body in [None, Some(json!({})), Some(json!({ "status": "subscribed" }))] {
        assert_eq!(export(body), limited("list"), "an export of everything");
    }
    // Nobody knows on which list the contact is, so no field makes it one of ours.
    for body in [json!({ "first_name": "x" }), json!({ "list_ids": ["lst_1"] }), json!({})] {
        let contact = &[("contact", "con_1")];
        let changed = decided(&upstream, &terms, "change-contact", (contact, &[], Some(body)));
        assert_eq!(changed, limited("list"));
    }
    terms.limits.only = [("campaign".to_owned(), ids(&["cmp_1"]))].into();
    let all = decided(&upstream, &terms, "show-summary", (&[], &[], None));
    assert_eq!(all, limited("campaign"), "a sum over everything");
}

/// Whatever an application has and a letter is for: a call that says nothing goes nowhere but
/// through a path, and what the sentences promise can be done.
#[test]
fn attack_37_every_limit_of_every_application() {
    for upstream in crate::access::samples::every() {
        let full = Terms::of(
            &upstream,
            &everything(&upstream),
            &Without::default(),
            None,
            Limits::default(),
        );
        let kinds: BTreeSet<&String> =
            upstream.operations.iter().flat_map(|o| &o.action_kinds).collect();
        for kind in kinds {
            let mut terms = full.clone();
            terms.limits.only = [(kind.clone(), ids(&["mine"]))].into();
            for operation in &upstream.operations {
                let concerned = operation.action_kinds.contains(kind);
                let held = operation.belongs.contains_key(kind)
                    || operation.path.params().any(|param| param == kind);
                let call = |id: &str| {
                    let value = |name: &str| (name.to_owned(), id.to_owned());
                    let params: Vec<_> = operation.path.params().map(value).collect();
                    let (upstream, query) = (upstream.slug.as_str(), &[]);
                    let call = Call { upstream, operation, params: &params, query, body: None };
                    decide_about(&terms, &call, id)
                };
                let at = format!("{} {} only {kind}", upstream.slug, operation.id);
                let refused = Decision::Deny(Reason::Limited(kind.clone()));
                assert_eq!(call("theirs") == refused, concerned, "{at}");
                assert_eq!(call("mine") == refused, concerned && !held, "{at}");
            }
        }
    }
}

fn everything(upstream: &Upstream) -> crate::upstreams::Preset {
    let actions = upstream.actions.keys().cloned().collect();
    crate::upstreams::Preset { actions, ..upstream.presets[0].clone() }
}

#[test]
fn what_the_customer_wants_to_be_asked_is_neither_yes_nor_no() {
    let upstream = larkfield();
    let mut terms = terms(&upstream, "run-campaigns");
    terms.limits.asks = ids(&["send-campaigns"]);
    let send = |terms: &Terms, body| {
        decided(&upstream, terms, "send-campaign", (&[("campaign", "cmp_1")], &[], body))
    };
    assert_eq!(send(&terms, None), Decision::Ask);
    assert_eq!(send(&terms, Some(json!({ "now": 1 }))), Decision::Deny(Reason::Body));
    let draft = decided(&upstream, &terms, "write-draft", (&[], &[], None));
    assert_eq!(draft, Decision::Allow);
    terms.operations.remove("send-campaign");
    assert_eq!(send(&terms, None), Decision::Deny(Reason::NotGranted));
}

#[test]
fn a_budget_holds_only_while_the_catalogue_counts() {
    let upstream = larkfield();
    let mut terms = terms(&upstream, "full-operator");
    let delete = |terms: &Terms| {
        decided(&upstream, terms, "delete-contact", (&[("contact", "con_1")], &[], None))
    };
    let pinned = |terms: &mut Terms, unit| {
        terms.operations.get_mut("delete-contact").unwrap().costs = unit;
    };
    pinned(&mut terms, None);
    assert_eq!(delete(&terms), Decision::Allow, "a letter of before, without a budget");
    terms.limits.budgets.insert(Unit::Deletes, 5);
    assert_eq!(delete(&terms), Decision::Deny(Reason::Changed));
    pinned(&mut terms, Some(Unit::Deletes));
    assert_eq!(delete(&terms), Decision::Allow);
}

#[test]
fn attack_36_a_catalogue_that_changed_takes_away_but_never_adds() {
    let upstream = larkfield();
    let mut pinned = terms(&upstream, "author-drafts");
    let part = pinned.operations.get_mut("write-draft").unwrap();
    part.fields.remove("body");
    let body = Some(json!({ "body": "new field of the catalogue" }));
    let decision = decided(&upstream, &pinned, "write-draft", (&[], &[], body));
    assert_eq!(decision, Decision::Deny(Reason::Field("body".into())));
    pinned.operations.get_mut("write-draft").unwrap().path = "/drafts".into();
    let decision = decided(&upstream, &pinned, "write-draft", (&[], &[], None));
    assert_eq!(decision, Decision::Deny(Reason::Changed));
    let operation = upstream.operation("list-campaigns").unwrap();
    let elsewhere = Call { upstream: "other", operation, params: &[], query: &[], body: None };
    let decision = decide(&terms(&upstream, "read-only"), &elsewhere);
    assert_eq!(decision, Decision::Deny(Reason::OtherUpstream));
}

proptest! {
    /// Whatever is asked: a yes means that the terms name the operation, that every query name
    /// and field is among the permitted ones, and that taking the operation out of the terms, or
    /// adding any other field or query name, turns the yes into a no.
    #[test]
    fn nothing_is_permitted_by_accident(
        chosen in proptest::collection::btree_set(0usize..23, 0..23),
        asked in 0usize..23,
        fields in proptest::collection::btree_set("(name|subject|body|list_id|status|[a-z_]{1,9})", 0..4),
        query in proptest::collection::vec("(state|limit|cursor|[a-z]{1,6})", 0..3),
        limit in proptest::option::of("(lst_1|x)"),
    ) {
        let upstream = larkfield();
        let mut terms = terms(&upstream, "full-operator");
        let kept: BTreeSet<&str> =
            chosen.iter().map(|at| upstream.operations[*at].id.as_str()).collect();
        terms.operations.retain(|id, _| kept.contains(id.as_str()));
        if let Some(id) = &limit {
            terms.limits.only.insert("list".into(), ids(&[id]));
        }
        let operation = &upstream.operations[asked];
        let sample = Sample::of(operation);
        let body = (!fields.is_empty()).then(|| {
            let object = fields.iter().map(|f| (f.clone(), json!("x")));
            Value::Object(object.collect())
        });
        let query: Vec<(String, String)> =
            query.into_iter().map(|name| (name, "1".to_owned())).collect();
        let call = Call { query: &query, body: body.as_ref(), ..sample.call("larkfield", operation) };
        if decide(&terms, &call) == Decision::Allow {
            prop_assert!(kept.contains(operation.id.as_str()));
            prop_assert!(query.iter().all(|(name, _)| operation.query.contains(name)));
            prop_assert!(fields.iter().all(|name| operation.fields.contains(name)));
            let mut without = terms.clone();
            without.operations.remove(&operation.id);
            prop_assert_ne!(decide(&without, &call), Decision::Allow);
            let mut wider = query.clone();
            wider.push(("zzz".into(), String::new()));
            prop_assert_ne!(decide(&terms, &Call { query: &wider, ..call }), Decision::Allow);
            let more = json!({ "zzz": 1 });
            let more = Call { body: Some(&more), ..call };
            prop_assert_ne!(decide(&terms, &more), Decision::Allow);
        }
    }
}
