//! The descriptions that are shipped: each holds, and none means more than it says.

use super::*;
use crate::outside::upstream::Risk;
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
    let built_in: Vec<&str> = BUILT_IN.iter().map(|(file, _)| *file).collect();
    assert_eq!(built_in, files, "the program carries each of them");
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
