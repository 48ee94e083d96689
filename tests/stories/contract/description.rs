//! The description of the API: complete, equal to its file, and true where it says "secured".

use super::operations::{Description, Operation};
use crate::support::World;

#[test]
fn the_file_is_what_the_program_says() {
    let said = api::routes::description_yaml().unwrap();
    let file = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.yaml"));
    let same = file.is_ok_and(|file| file == said);
    assert!(same, "openapi.yaml is outdated: cargo run -- openapi > openapi.yaml");
}

#[test]
fn every_operation_is_named_summed_up_and_tagged() {
    let mut names = std::collections::BTreeSet::new();
    for Operation { method, path, op } in Description::read().operations() {
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
    let description = Description::read();
    let mut missing = Vec::new();
    for (name, schema) in description.schemas() {
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
    let mut asked = 0;
    for operation in Description::read().operations().into_iter().filter(|op| !op.is_public()) {
        let path = operation.filled(|_| id.to_owned());
        let answer = anyone.send(operation.method, &path, None).await;
        answer.refused(401, "unauthenticated");
        asked += 1;
    }
    assert!(asked > 5, "only {asked} secured operations");
    world.end().await;
}
