//! Each sentence is held by requests: what it says can be done is allowed, what it says cannot be
//! done is refused.

use super::*;
use crate::access::decide::{Call, Decision, Reason, decide};
use crate::access::gateway::holds;
use crate::access::model::{Limits, Opening, Standing, Without};
use crate::access::samples::{Sample, decide_about, find, larkfield, terms};
use crate::kernel::id::MilestoneId;
use crate::upstreams::Operation;
use reqwest::Method;
use serde_json::{Value, json};

/// One request for each action, as a consultant's program would send it.
const REQUESTS: &[(&str, Method, &str)] = &[
    ("see-account", Method::GET, "/account"),
    ("see-contacts", Method::GET, "/contacts/con_000001"),
    ("see-lists", Method::GET, "/lists"),
    ("see-list-members", Method::GET, "/lists/lst_000001/contacts"),
    ("see-campaigns", Method::GET, "/campaigns/cmp_000001"),
    ("see-reports", Method::GET, "/reports/summary"),
    ("change-contacts", Method::PATCH, "/contacts/con_000001"),
    ("create-lists", Method::POST, "/lists"),
    ("write-drafts", Method::POST, "/campaigns"),
    ("send-campaigns", Method::POST, "/campaigns/cmp_000001/send"),
    ("send-texts", Method::POST, "/texts"),
    ("delete-contacts", Method::DELETE, "/contacts/con_000001"),
    ("delete-campaigns", Method::DELETE, "/campaigns/cmp_000001"),
    ("export-contacts", Method::POST, "/contacts/export"),
    ("see-users", Method::GET, "/users"),
    ("invite-users", Method::POST, "/users"),
];

fn request(action: &str) -> &'static (&'static str, Method, &'static str) {
    REQUESTS.iter().find(|(id, ..)| *id == action).unwrap_or_else(|| panic!("{action}"))
}

fn is_allowed(terms: &Terms, upstream: &Upstream, action: &str) -> bool {
    let (_, method, path) = request(action);
    let operation = find(upstream, method, path).unwrap();
    assert_eq!(operation.action, action, "the request is one of its action");
    let sample = Sample::of(operation);
    decide(terms, &sample.call(&upstream.slug, operation)) == Decision::Allow
}

#[test]
fn every_sentence_has_a_request_that_proves_it() {
    let upstream = larkfield();
    for preset in &upstream.presets {
        let full = terms(&upstream, &preset.id);
        let consent = consent(&full, &upstream);
        let can = consent.can.iter().flat_map(|group| &group.sentences);
        for sentence in can {
            let action = sentence.action.as_deref().unwrap();
            assert!(is_allowed(&full, &upstream, action), "can {}", sentence.text);
            let mut without = full.clone();
            without.operations.retain(|_, pinned| pinned.action != action);
            assert!(!is_allowed(&without, &upstream, action), "without {}", sentence.text);
            let cannot = super::consent(&without, &upstream).cannot;
            assert!(cannot.iter().any(|s| s.action.as_deref() == Some(action)));
        }
        for sentence in consent.cannot.iter().filter(|s| s.action.is_some()) {
            let action = sentence.action.as_deref().unwrap();
            assert!(!is_allowed(&full, &upstream, action), "cannot {}", sentence.text);
            let every = terms(&upstream, "full-operator");
            assert!(is_allowed(&every, &upstream, action), "{} is a real deed", sentence.text);
        }
        let said = consent.can.iter().map(|g| g.sentences.len()).sum::<usize>()
            + consent.cannot.iter().filter(|s| s.action.is_some()).count();
        assert_eq!(said, upstream.actions.len(), "every action stands on exactly one side");
    }
}

#[test]
fn all_operations_of_a_sentence_stand_or_fall_together() {
    let upstream = larkfield();
    let drafts = terms(&upstream, "author-drafts");
    for operation in &upstream.operations {
        let sample = Sample::of(operation);
        let allowed = decide(&drafts, &sample.call(&upstream.slug, operation)) == Decision::Allow;
        assert_eq!(allowed, is_allowed(&drafts, &upstream, &operation.action), "{}", operation.id);
    }
}

#[test]
fn a_single_call_that_is_left_out_is_said_on_both_sides_and_refused() {
    let mut said = 0;
    for upstream in crate::access::samples::every() {
        let every = terms(&upstream, "full-operator");
        for operation in &upstream.operations {
            let siblings = |o: &&Operation| o.action == operation.action && o.id != operation.id;
            let others: Vec<&Operation> = upstream.operations.iter().filter(siblings).collect();
            let operations = [operation.id.clone()].into();
            let less = every.less(&Without { operations, ..Without::default() });
            let consent = consent(&less, &upstream);
            let at = format!("{} without {}", upstream.slug, operation.id);
            assert!(!passes(&less, &upstream, operation, "mine"), "{at}");
            let can = consent.can.iter().flat_map(|group| &group.sentences);
            let can = can.into_iter().find(|s| s.action.as_ref() == Some(&operation.action));
            let Some(can) = can else {
                assert!(others.is_empty(), "{at}");
                continue;
            };
            assert!(can.text.contains(&format!("but not {}", operation.deed)), "{at}: {can:?}");
            assert!(consent.cannot.iter().any(|s| s.text == operation.deed), "{at}");
            for other in others {
                let passed = |terms: &Terms| passes(terms, &upstream, other, "mine");
                assert_eq!(passed(&less), passed(&every), "{at}, and {}", other.id);
                said += 1;
            }
        }
    }
    assert!(said > 500, "{said} calls that still pass");
}

#[test]
fn what_holds_of_every_letter() {
    let upstream = larkfield();
    let everything = terms(&upstream, "full-operator");
    let cannot: Vec<String> =
        consent(&everything, &upstream).cannot.into_iter().map(|s| s.text).collect();
    assert_eq!(cannot, NEVER, "the full operator is still held by these");
    // "reach anything in the account that is not named here"
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/billing"),
        (Method::PUT, "/account"),
        (Method::GET, "/campaigns/cmp_1/send"),
        (Method::POST, "/batch"),
        (Method::POST, "/graphql"),
    ] {
        assert!(find(&upstream, &method, path).is_none(), "{method} {path}");
    }
}

#[test]
fn the_words_of_a_letter() {
    let upstream = larkfield();
    let mut drafts = terms(&upstream, "author-drafts");
    drafts.limits = Limits {
        only: [("list".to_owned(), ["lst_1".to_owned()].into())].into(),
        ..Limits::default()
    };
    let consent = consent(&drafts, &upstream);
    let headings: Vec<&str> = consent.can.iter().map(|group| group.heading).collect();
    assert_eq!(headings, ["Look", "Write"]);
    let texts: Vec<&str> =
        consent.can.iter().flat_map(|g| &g.sentences).map(|s| s.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "see the account's name, plan and settings",
            "see lists and how many contacts are on them (only the list lst_1)",
            "see campaigns, drafts and their texts",
            "see opens, clicks, leads and spend",
            "write campaign drafts and change them (only the list lst_1)",
        ]
    );
    let mut full = terms(&upstream, "full-operator");
    full.limits = drafts.limits.clone();
    let cannot = super::consent(&full, &upstream).cannot;
    let said = |words: &str| cannot.iter().any(|sentence| sentence.text == words);
    assert!(said("create lists"), "a new list is none of those: {cannot:#?}");
    let first = &consent.cannot[0];
    assert!(first.text == "see the people who use this account", "gravest first: {first:?}");
    assert!(consent.cannot.iter().any(|s| s.text == "schedule a campaign or send it"));
}

#[test]
fn what_is_asked_and_what_is_counted_stands_in_its_sentence() {
    let upstream = larkfield();
    let mut terms = terms(&upstream, "full-operator");
    terms.limits.asks = ["send-campaigns".to_owned()].into();
    terms.limits.budgets = [(Unit::Recipients, 12_500), (Unit::Deletes, 9)].into();
    let said = consent(&terms, &upstream);
    let texts: Vec<&str> =
        said.can.iter().flat_map(|g| &g.sentences).map(|s| s.text.as_str()).collect();
    for expected in [
        "schedule a campaign or send it (to at most 12,500 people each time; each time only after \
         the customer's yes to exactly that)",
        "delete contacts (at most 9 a day)",
        "export contacts out of the account",
    ] {
        assert!(texts.contains(&expected), "{expected}: {texts:#?}");
    }
    terms.limits.budgets = [(Unit::Spend, 125_000)].into();
    let told = |currency| {
        let said = consent_in(&terms, &upstream, currency);
        let all = said.can.into_iter().flat_map(|g| g.sentences);
        all.map(|s| s.text).find(|text| text.starts_with("send text messages")).unwrap()
    };
    let words = "send text messages, which cost money (for at most";
    assert_eq!(told(Some(Currency::Eur)), format!("{words} EUR 1,250.00 in all)"));
    assert_eq!(told(Some(Currency::Jpy)), format!("{words} JPY 125,000 in all)"));
    assert_eq!(told(None), format!("{words} 125,000 in all, in the account's smallest coin)"));
    assert_eq!([999, 1_000, 1_250_000].map(grouped), ["999", "1,000", "1,250,000"]);
}

#[test]
fn what_the_account_does_not_give_is_not_promised() {
    let upstream = larkfield();
    let preset = upstream.preset("run-campaigns").unwrap();
    let viewer: Vec<String> =
        upstream.oauth.scopes.iter().filter(|s| s.ends_with(":read")).cloned().collect();
    let none = Without::default();
    let narrowed = Terms::of(&upstream, preset, &none, Some(&viewer), Limits::default());
    let consent = consent(&narrowed, &upstream);
    assert_eq!(consent.can.len(), 1);
    assert_eq!(consent.can[0].risk, Risk::Read);
    assert!(!is_allowed(&narrowed, &upstream, "send-campaigns"));
}

#[test]
fn a_letter_that_opens_with_the_money_says_so() {
    let upstream = larkfield();
    let mut waits = terms(&upstream, "read-only");
    let at_once = consent(&waits, &upstream);
    let title = "The winter launch".to_owned();
    waits.opens = Some(Opening { milestone: MilestoneId(uuid::Uuid::nil()), seq: 2, title });
    let said = consent(&waits, &upstream);
    assert_eq!(said.can, at_once.can);
    let first = "do any of this before milestone 2 (The winter launch) is funded";
    assert_eq!(said.cannot[0], Sentence { action: None, text: first.to_owned() });
    assert_eq!(said.cannot[1..], at_once.cannot[..]);
    // The sentence stands in the text whose hash is agreed to; before, calls are refused as the
    // letter's standing says, and afterwards the same terms allow them.
    let text = waits.text().unwrap();
    assert_eq!(Terms::read(&text).unwrap(), waits);
    assert!(holds(Standing::Unfunded, &[]).is_err_and(|r| r.code() == "unfunded"));
    assert!(holds(Standing::InForce, &[]).is_ok());
    assert!(is_allowed(&waits, &upstream, "see-reports"));
}

/// A call of the operation about things of this name, held by every field that can hold one.
fn about(operation: &Operation, id: &str) -> Sample {
    let value = |name: &str| (name.to_owned(), id.to_owned());
    let mut body = Value::Null;
    let names_it = |field: &&String| {
        let inside = |known: &String| **field == *known || field.starts_with(&format!("{known}."));
        operation.fields.iter().any(inside)
    };
    for field in operation.keeps_to.iter().filter(names_it) {
        *field.split('.').fold(&mut body, |at, part| &mut at[part]) = json!(id);
    }
    Sample {
        params: operation.path.params().map(value).collect(),
        body: Some(body).filter(|body| !body.is_null()),
    }
}

fn passes(terms: &Terms, upstream: &Upstream, operation: &Operation, id: &str) -> bool {
    let sample = about(operation, id);
    let body = sample.body.as_ref();
    let query: Vec<(String, String)> = operation
        .keeps_to
        .iter()
        .filter(|field| operation.query.contains(*field))
        .map(|field| (field.clone(), id.to_owned()))
        .collect();
    let call = Call { query: &query, body, ..sample.call(&upstream.slug, operation) };
    decide_about(terms, &call, id) == Decision::Allow
}

/// Nothing, single kinds, and pairs of them.
fn limits_of(upstream: &Upstream) -> Vec<BTreeSet<&str>> {
    let kinds: BTreeSet<&str> =
        upstream.operations.iter().flat_map(|o| &o.action_kinds).map(String::as_str).collect();
    let pairs = kinds
        .iter()
        .flat_map(|one| kinds.range::<&str, _>(one..).map(move |two| [*one, *two].into()));
    std::iter::once(BTreeSet::new()).chain(pairs).collect()
}

/// Of every application, every start and every limit to one kind or two: what a sentence promises
/// some request does, and none does it for another thing or once the sentence is gone; what stands
/// under *cannot* no request does.
#[test]
fn every_sentence_of_every_application_with_every_limit() {
    let mut said = 0;
    for upstream in crate::access::samples::every() {
        let limits = limits_of(&upstream);
        for (preset, kinds) in
            upstream.presets.iter().flat_map(|p| limits.iter().map(move |k| (p, k)))
        {
            let mut full = terms(&upstream, &preset.id);
            full.limits.only =
                kinds.iter().map(|kind| ((*kind).to_owned(), ["mine".to_owned()].into())).collect();
            let consent = consent(&full, &upstream);
            let of = |action: &str| {
                let action = action.to_owned();
                upstream.operations.iter().filter(move |o| o.action == action)
            };
            for sentence in consent.can.iter().flat_map(|group| &group.sentences) {
                let action = sentence.action.as_deref().unwrap();
                let at =
                    format!("{} {} only {kinds:?}: {}", upstream.slug, preset.id, sentence.text);
                let does = |terms: &Terms, id: &str| {
                    of(action).filter(|o| passes(terms, &upstream, o, id)).count()
                };
                assert!(does(&full, "mine") > 0, "{at}");
                let concerned = |kind: &str| of(action).any(|o| o.action_kinds.contains(kind));
                let any = kinds.iter().any(|kind| concerned(kind));
                assert_eq!(does(&full, "theirs") == 0, any, "{at}");
                for kind in kinds {
                    let told = sentence.text.contains(&format!("only the {kind} mine"));
                    assert_eq!(told, concerned(kind), "{at}");
                }
                let mut without = full.clone();
                without.operations.retain(|_, pinned| pinned.action != action);
                assert_eq!(does(&without, "mine"), 0, "without {at}");
                said += 1;
            }
            for sentence in consent.cannot.iter().filter_map(|s| s.action.as_deref()) {
                let done = of(sentence).find(|o| passes(&full, &upstream, o, "mine"));
                assert!(done.is_none(), "{} {} cannot {sentence}", upstream.slug, preset.id);
                said += 1;
            }
        }
    }
    assert!(said > 500, "{said} sentences");
}

/// Where a campaign may go to lists or to segments, a letter for one campaign and one list lets
/// nobody change to whom it goes by the segments.
#[test]
fn attack_37_two_limits_are_never_looser_than_one() {
    let every = crate::access::samples::every();
    let brevo = every.iter().find(|upstream| upstream.slug == "brevo").unwrap();
    let mut both = terms(brevo, "full-operator");
    let mine = |kind: &str| (kind.to_owned(), ["mine".to_owned()].into());
    both.limits.only = [mine("campaign"), mine("list")].into();
    let operation = brevo.operation("change-draft").unwrap();
    let params = [("campaign".to_owned(), "mine".to_owned())];
    for body in [json!({ "recipients": { "segmentIds": [9] } }), json!({ "subject": "x" })] {
        let call =
            Call { upstream: "brevo", operation, params: &params, query: &[], body: Some(&body) };
        let limited = Decision::Deny(Reason::Limited("list".into()));
        assert_eq!(decide(&both, &call), limited, "{body}");
    }
}
