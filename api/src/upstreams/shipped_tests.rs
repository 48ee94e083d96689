//! The descriptions that are shipped: each holds, and none means more than it says.

use super::*;
use crate::outside::upstream::{Operation, Risk, Unit};
use reqwest::Method;
use std::path::PathBuf;

const HERE: Reach = Reach { loopback: true };

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../upstreams")
}

/// Every shipped application, with something for each placeholder.
fn shipped() -> Upstreams {
    let names = placeholders(Some(&folder())).unwrap();
    let value = |name: &String| {
        let address = name.ends_with("_URL");
        let said = if name.ends_with("_OFFERED") { "yes" } else { "something" };
        if address { "http://127.0.0.1:4100".to_owned() } else { said.to_owned() }
    };
    let values: Values = names.iter().map(|name| (name.clone(), value(name))).collect();
    load(Some(&folder()), &values, HERE).unwrap()
}

#[test]
fn every_file_passes_the_check_with_and_without_values() {
    let files: Vec<String> =
        sources(Some(&folder())).unwrap().into_iter().map(|s| s.file).collect();
    for file in &files {
        let path = folder().join(file);
        for reach in [HERE, Reach { loopback: false }] {
            let said = check_file(&path, &Values::new(), reach).unwrap();
            assert!(said.starts_with("well formed"), "{file}: {said}");
        }
    }
    assert_eq!(shipped().iter().count(), files.len());
    let mut there: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    there.sort();
    let built_in: Vec<&str> = BUILT_IN.iter().map(|(file, _)| *file).collect();
    assert_eq!(built_in, there, "the program carries each of them, with its report");
    assert!(shipped().get("larkfield").unwrap().probe.is_some());
}

/// What the long proofs ask the servers of other people with is a description like any other.
#[test]
fn the_description_of_probed_servers_passes_too() {
    let path = folder().join("../tests/probe/probed.toml");
    let said = check_file(&path, &Values::new(), HERE).unwrap();
    assert!(said.starts_with("well formed"), "{said}");
}

#[test]
fn without_values_none_is_loaded_and_nothing_stops() {
    assert_eq!(load(None, &Values::new(), HERE).unwrap().iter().count(), 0);
}

#[test]
fn presets_grow_and_reading_changes_nothing() {
    for upstream in shipped().iter() {
        let names: Vec<&str> = upstream.presets.iter().map(|p| p.id.as_str()).collect();
        let wanted = ["read-only", "author-drafts", "run-campaigns", "full-operator"];
        assert_eq!(names, wanted, "{}", upstream.slug);
        for pair in upstream.presets.windows(2) {
            assert!(pair[0].actions.is_subset(&pair[1].actions), "{}", upstream.slug);
        }
        let risks = |preset: usize| {
            let actions = upstream.presets[preset].actions.iter();
            actions.map(|action| upstream.actions[action].risk).max()
        };
        assert_eq!(risks(0), Some(Risk::Read), "{}", upstream.slug);
        assert_eq!(risks(1), Some(Risk::Write), "{}", upstream.slug);
        assert!(risks(2) <= Some(Risk::Send), "{}", upstream.slug);
        assert_eq!(upstream.presets[3].actions.len(), upstream.actions.len(), "{}", upstream.slug);
        for operation in &upstream.operations {
            let reads = operation.risk == Risk::Read;
            let asks = [Method::GET, Method::POST].contains(&operation.method);
            assert!(!reads || asks && operation.set.is_empty(), "{}", operation.id);
            let deletes = operation.method == Method::DELETE;
            assert!(!deletes || operation.risk >= Risk::Write, "{}", operation.id);
        }
    }
}

/// Which key a thing is named by is no caller's choice: a letter for single things would reach
/// others by it.
#[test]
fn nobody_chooses_by_which_key_a_thing_is_named() {
    for upstream in shipped().iter() {
        for operation in &upstream.operations {
            for name in operation.query.iter().chain(&operation.fields) {
                let chooses = ["idProperty", "identifierType", "extIds"].contains(&name.as_str());
                assert!(!chooses, "{} {}", upstream.slug, operation.id);
            }
        }
    }
}

/// What nobody can tell beforehand of a send, an export or a deletion, and why. A budget refuses
/// these; the head of each file says it in more words.
const UNTOLD: &[(&str, &str, &str)] = &[
    ("account-engagement", "send-campaign", "a list does not tell how many are on it"),
    ("brevo", "export-recipients", "figures of what was sent are of the last six months"),
    ("constant-contact", "fetch-export", "somebody else may have started it"),
    ("constant-contact", "resend-campaign", "whom the first mail reached may have left its lists"),
    ("hubspot", "start-export", "nobody tells how many a view holds"),
    ("mailchimp", "list-exports", "it names the files of exports that others started"),
    ("mailchimp", "show-export", "it names the file of an export that others may have started"),
    ("mailchimp", "start-export", "no call counts contacts that have left"),
    ("marketo-engage", "approve-email", "running campaigns send it to whomever they take"),
    ("marketo-engage", "schedule-campaign", "a smart list does not tell how many it finds"),
    ("mautic", "copy-campaign", "the copy may go on to whoever is in its segments"),
    ("mautic", "export-campaign", "it takes no contact out of the account"),
    ("mautic", "publish-campaign", "it goes on to whoever comes into its segments"),
    ("mautic", "publish-mail", "it goes on to whoever comes into its segments"),
    ("mautic", "send-mail", "a segment does not tell how many are in it"),
];

/// Changes that are looked at beforehand and not taken back, and why.
const NOT_TAKEN_BACK: &[(&str, &str, &str)] = &[
    ("account-engagement", "remove-list-member", "the place would be another one with another id"),
    ("brevo", "add-list-members", "who was on the list already is not shown"),
    ("brevo", "remove-list-members", "who was on the list is not shown"),
    ("constant-contact", "change-contact", "a PUT replaces all of it, in another form than shown"),
    ("constant-contact", "change-draft", "a PUT replaces all of it"),
    ("constant-contact", "change-list", "a PUT replaces all of it"),
    ("hubspot", "change-list-members", "who was on the list already is not shown"),
    ("hubspot", "rename-list", "the name stands in the address"),
    ("hubspot", "reset-draft", "what was thrown away is shown in another place than it is set"),
    ("hubspot", "restore-list", "nothing is set"),
    ("mailchimp", "copy-campaign", "work on the text of the copy would not be seen"),
    (
        "mailchimp",
        "tag-contact",
        "tags are set by what is done to each, and shown as those there are",
    ),
    ("marketo-engage", "change-email-head", "it is shown in another form than it is set"),
    ("mautic", "stop-mails", "no call of the file takes it back"),
];

#[test]
fn what_a_budget_is_for_is_counted_or_known_not_to_be() {
    let mut found = Vec::new();
    for upstream in shipped().iter() {
        let untold = upstream.operations.iter().filter(|o| !upstream.uncounted(o).is_empty());
        found.extend(untold.map(|o| (upstream.slug.clone(), o.id.clone())));
        let counts = |unit: Unit| {
            upstream.operations.iter().any(|o| o.cost.as_ref().is_some_and(|c| c.unit == unit))
        };
        assert!(counts(Unit::Recipients) && counts(Unit::Deletes), "{}", upstream.slug);
    }
    found.sort();
    assert_eq!(found, named(UNTOLD));
}

#[test]
fn what_is_changed_comes_back_or_is_known_not_to() {
    let mut found = Vec::new();
    for upstream in shipped().iter() {
        let changes = |o: &&Operation| o.risk == Risk::Write && o.before.is_some();
        let lost = upstream.operations.iter().filter(changes).filter(|o| o.undo.is_none());
        found.extend(lost.map(|o| (upstream.slug.clone(), o.id.clone())));
        assert!(upstream.operations.iter().any(|o| o.undo.is_some()), "{}", upstream.slug);
    }
    found.sort();
    assert_eq!(found, named(NOT_TAKEN_BACK));
}

fn named(list: &[(&str, &str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(slug, id, _)| ((*slug).to_owned(), (*id).to_owned())).collect()
}

/// What the gateway asks with when it looks is what the application wants to be asked.
#[test]
fn a_look_asks_for_what_it_wants_to_see() {
    let upstreams = shipped();
    let asks = |slug: &str, id: &str, body: Option<serde_json::Value>| {
        let operation = upstreams.get(slug).unwrap().operation(id).unwrap();
        let told = operation.look_query(body.as_ref()).into_iter();
        told.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    };
    let body = serde_json::json!({ "properties": { "phone": "1", "email": "a@b.example" } });
    let told = asks("hubspot", "show-contact", Some(body));
    assert_eq!(told, "properties=email,firstname,lastname,phone");
    assert_eq!(asks("hubspot", "show-contact", None), "properties=email,firstname,lastname");
    let body = serde_json::json!({ "city": "Oslo", "score__c": 7 });
    let told = asks("account-engagement", "show-contact", Some(body));
    assert_eq!(told, "fields=id,email,firstName,lastName,company,city,score__c");
    let told = asks("constant-contact", "show-list", None);
    assert_eq!(told, "include_membership_count=all");
    assert_eq!(asks("mailchimp", "show-campaign", None), "");
}
