//! Ordered failures, the record of calls, and life after a restart.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::{EVERYTHING, FJORDHAUS, PETRA, World, draft, tokens};

#[tokio::test]
async fn a_restart_keeps_addresses_keys_tokens_and_records() {
    let world = World::start().await;
    let addresses = world.sandbox.addresses();
    let secret = world.sandbox.marketing_client_secret.clone();
    let mine = world.connect(PETRA, FJORDHAUS, EVERYTHING).await;
    let list = world.get("/lists", &mine.access).await["items"][0]["id"].clone();
    let call = world.call(Method::POST, "/campaigns", &mine.access).json(&draft(&list));
    let made: Value = call.send().await.unwrap().json().await.unwrap();

    let refused = sandbox::start(world.config()).await.unwrap_err();
    let refused = format!("{refused:#}");
    assert!(refused.contains("ports.json") && refused.contains("is taken"), "{refused}");

    let world = world.restart().await;
    assert_eq!(world.sandbox.addresses(), addresses);
    assert_eq!(world.sandbox.marketing_client_secret, secret);
    assert!(!format!("{:?}", world.sandbox).contains(&secret));
    let path = format!("/campaigns/{}", made["id"].as_str().unwrap());
    assert_eq!(world.get(&path, &mine.access).await, made);
    let next = tokens(&world.refresh(&mine.refresh).await.1);
    let world = world.restart().await;
    assert_eq!(world.refresh(&mine.refresh).await.1["error"], "invalid_grant", "the trap is kept");
    assert_eq!(world.status("/account", &next.access).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn every_call_is_noted_without_its_secrets() {
    let world = World::start().await;
    let mine = world.connect(PETRA, FJORDHAUS, EVERYTHING).await;
    let reset = world.http.post(world.at("/sandbox/hits/reset")).send().await.unwrap();
    assert_eq!(reset.status(), StatusCode::NO_CONTENT);
    let said = json!({ "name": "From Attaché" });
    let call = world.call(Method::POST, "/lists?a=b", &mine.access).json(&said);
    let call = call.header("X-Request-Id", "r1").header("Attache-Grant", "g1");
    call.header(header::COOKIE, "secret=1").send().await.unwrap();
    world.refresh(&mine.refresh).await;
    let text =
        world.http.get(world.at("/sandbox/hits")).send().await.unwrap().text().await.unwrap();
    for secret in [&mine.access, &mine.refresh, &world.sandbox.marketing_client_secret] {
        assert!(!text.contains(secret.as_str()));
    }
    let hits: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(hits.len(), 2);
    let hit = &hits[0];
    assert_eq!((&hit["method"], &hit["path"]), (&json!("POST"), &json!("/api/v1/lists")));
    assert_eq!((&hit["query"], &hit["account"]), (&json!("a=b"), &json!(FJORDHAUS)));
    assert_eq!(hit["headers"], json!({ "attache-grant": "g1", "x-request-id": "r1" }));
    assert_eq!(hit["token"], hex::encode(Sha256::digest(&mine.access))[..12]);
    assert_eq!(hit["body_sha256"], hex::encode(Sha256::digest(said.to_string())));
    assert_eq!(hits[1]["path"], "/oauth/token");
}

#[tokio::test]
async fn the_api_fails_as_ordered_and_heals() {
    let world = World::start().await;
    let mine = world.connect(PETRA, FJORDHAUS, "account:read").await;
    let status = || world.status("/account", &mine.access);
    world.faults(json!({ "status": { "code": 502, "calls": 2 } })).await;
    assert_eq!([status().await, status().await, status().await], [502, 502, 200].map(code));
    world.faults(json!({ "redirect_to": "http://127.0.0.1:9/thief" })).await;
    assert_eq!(status().await, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(world.refresh(&mine.refresh).await.0, StatusCode::TEMPORARY_REDIRECT);
    world.faults(json!({ "down": true })).await;
    assert_eq!(status().await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.refresh(&mine.refresh).await.0, StatusCode::SERVICE_UNAVAILABLE);
    let page = world.http.get(world.at("/sign-in")).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    world.faults(json!({ "delay_ms": 300 })).await;
    let began = Instant::now();
    assert_eq!(status().await, StatusCode::OK);
    assert!(began.elapsed() >= Duration::from_millis(300));
    world.faults(json!({})).await;
    assert_eq!(status().await, StatusCode::OK);
    for wrong in [json!({ "status": { "code": 7, "calls": 1 } }), json!({ "typo": true })] {
        let answer = world.http.post(world.at("/sandbox/faults")).json(&wrong).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn the_token_endpoint_fails_as_ordered() {
    let world = World::start().await;
    let mine = world.connect(PETRA, FJORDHAUS, "account:read").await;
    world.faults(json!({ "token_endpoint_error": "invalid_grant" })).await;
    assert_eq!(world.refresh(&mine.refresh).await.1["error"], "invalid_grant");
    world.faults(json!({ "expire_access_tokens": true })).await;
    assert_eq!(world.status("/account", &mine.access).await, StatusCode::UNAUTHORIZED);

    world.faults(json!({ "refresh_without_rotation": true })).await;
    let (_, kept) = world.refresh(&mine.refresh).await;
    assert_eq!(kept["refresh_token"], Value::Null);
    let access = kept["access_token"].as_str().unwrap();
    assert_eq!(world.status("/account", access).await, StatusCode::OK);

    world.faults(json!({ "access_token_seconds": 1 })).await;
    let (_, short) = world.refresh(&mine.refresh).await;
    assert_eq!(short["expires_in"], 1);
    let short = tokens(&short);
    assert_eq!(world.status("/account", &short.access).await, StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(world.status("/account", &short.access).await, StatusCode::UNAUTHORIZED);

    world.faults(json!({ "token_answer_lost": true })).await;
    assert_eq!(world.refresh(&short.refresh).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    world.faults(json!({})).await;
    assert_eq!(world.refresh(&short.refresh).await.1["error"], "invalid_grant", "it was spent");
}

#[tokio::test]
async fn an_export_can_be_slow_enough_to_be_cut() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    world.faults(json!({ "export_row_delay_ms": 50 })).await;
    let call = world.call(Method::POST, "/contacts/export", &token).json(&json!({}));
    let mut answer = call.send().await.unwrap();
    let began = Instant::now();
    for _ in 0..4 {
        assert!(answer.chunk().await.unwrap().is_some());
    }
    assert!(began.elapsed() >= Duration::from_millis(100), "rows come one by one");
}

fn code(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap()
}

#[tokio::test]
async fn somebody_new_gets_an_account_of_their_own() {
    let world = World::start().await;
    let open = |like: &'static str| {
        let wanted = json!({
            "like": like, "name": "Kade & Sons", "owner_name": "Bo Kade",
            "owner_email": "bo@kade.example",
        });
        world.http.post(world.at("/sandbox/accounts")).json(&wanted).send()
    };
    let unknown = open("nobody").await.unwrap();
    assert_eq!(unknown.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let opened: Value = open("harbourline").await.unwrap().json().await.unwrap();
    let id = opened["id"].as_str().unwrap();
    let mine = world.connect("bo@kade.example", id, EVERYTHING).await;
    assert_eq!(world.get("/account", &mine.access).await["name"], "Kade & Sons");
    let campaigns = world.get("/campaigns", &mine.access).await;
    assert!(!campaigns["items"].as_array().unwrap().is_empty(), "{campaigns}");
}
