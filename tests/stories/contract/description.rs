//! The description of the API: complete, equal to its file, and true where it says "secured".

use crate::support::World;
use serde_json::Value;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let items = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, op)| (method.clone(), path.clone(), op.clone()))
    });
    items.filter(|(method, ..)| METHODS.contains(&method.as_str())).collect()
}

#[test]
fn the_file_is_what_the_program_says() {
    let said = api::routes::description_yaml().unwrap();
    let file = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.yaml"));
    let same = file.is_ok_and(|file| file == said);
    assert!(same, "openapi.yaml is outdated: cargo run -- openapi > openapi.yaml");
}

#[test]
fn every_operation_is_named_summed_up_and_tagged() {
    let document = api::routes::description();
    let mut names = std::collections::BTreeSet::new();
    for (method, path, op) in operations(&document) {
        let at = format!("{method} {path}");
        let name = op["operationId"].as_str().unwrap_or_default().to_owned();
        assert!(!name.is_empty() && names.insert(name), "{at}: an operation_id of its own");
        assert!(op["summary"].as_str().is_some_and(|s| s.len() > 3), "{at}: a summary");
        assert!(op["tags"].as_array().is_some_and(|t| !t.is_empty()), "{at}: a tag");
        assert!(op["security"].is_array(), "{at}: secured or public, but said");
    }
    assert!(names.len() > 8);
}

#[test]
fn every_property_is_described() {
    let document = api::routes::description();
    let mut missing = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (property, facts) in schema["properties"].as_object().into_iter().flatten() {
            let described = facts["description"].as_str().is_some_and(|d| !d.is_empty())
                || facts.get("$ref").is_some()
                || facts["allOf"].as_array().is_some_and(|parts| {
                    parts
                        .iter()
                        .any(|part| part["description"].is_string() || part["$ref"].is_string())
                });
            if !described {
                missing.push(format!("{name}.{property}"));
            }
        }
    }
    assert!(missing.is_empty(), "without a description: {missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_secured_operation_refuses_who_is_nobody() {
    let world = World::new().await;
    let anyone = world.anyone();
    let id = "01890000-0000-7000-8000-000000000000";
    let document = api::routes::description();
    let mut asked = 0;
    for (method, path, op) in operations(&document) {
        if op["security"].as_array().is_some_and(Vec::is_empty) {
            continue;
        }
        let filled: Vec<&str> =
            path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect();
        let method = method.to_uppercase().parse().unwrap();
        anyone.send(method, &filled.join("/"), None).await.refused(401, "unauthenticated");
        asked += 1;
    }
    assert!(asked > 5, "only {asked} secured operations");
    world.end().await;
}
