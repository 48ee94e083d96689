//! The API: scopes, contacts, lists, reports, people, export, limits.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::world::{EVERYTHING, FJORDHAUS, PETRA, World};

/// Every operation and the scope that it needs.
const OPERATIONS: [(&str, &str, &str); 22] = [
    ("GET", "/account", "account:read"),
    ("GET", "/campaigns", "campaigns:read"),
    ("POST", "/campaigns", "campaigns:write"),
    ("GET", "/campaigns/x", "campaigns:read"),
    ("PATCH", "/campaigns/x", "campaigns:write"),
    ("DELETE", "/campaigns/x", "campaigns:write"),
    ("POST", "/campaigns/x/schedule", "campaigns:send"),
    ("POST", "/campaigns/x/send", "campaigns:send"),
    ("GET", "/contacts", "contacts:read"),
    ("POST", "/contacts", "contacts:write"),
    ("POST", "/contacts/export", "contacts:read"),
    ("GET", "/contacts/x", "contacts:read"),
    ("PATCH", "/contacts/x", "contacts:write"),
    ("DELETE", "/contacts/x", "contacts:write"),
    ("GET", "/lists", "lists:read"),
    ("POST", "/lists", "lists:write"),
    ("GET", "/lists/x", "lists:read"),
    ("GET", "/lists/x/contacts", "lists:read"),
    ("GET", "/reports/campaigns/x", "reports:read"),
    ("GET", "/reports/summary", "reports:read"),
    ("GET", "/users", "admin"),
    ("POST", "/users", "admin"),
];

#[tokio::test]
async fn every_operation_needs_a_token_and_its_scope() {
    let world = World::start().await;
    let full = world.connect(PETRA, FJORDHAUS, EVERYTHING).await;
    let scopes: BTreeSet<&str> = OPERATIONS.iter().map(|(_, _, scope)| *scope).collect();
    for scope in scopes {
        let others: Vec<&str> = EVERYTHING.split(' ').filter(|other| *other != scope).collect();
        let poor = world.connect(PETRA, FJORDHAUS, &others.join(" ")).await;
        for (method, path, _) in OPERATIONS.iter().filter(|(_, _, needed)| *needed == scope) {
            let send = |token: &str| {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                world.call(method, path, token).json(&json!({})).send()
            };
            let answer = send(&poor.access).await.unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{method} {path}");
            let challenge = answer.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().to_owned();
            assert!(challenge.contains(scope), "{challenge}");
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body["error"]["code"], "insufficient_scope");
            let nobody = send("lka_0000").await.unwrap();
            assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
            let allowed = send(&full.access).await.unwrap().status();
            assert!(allowed != StatusCode::FORBIDDEN && allowed != StatusCode::UNAUTHORIZED);
        }
    }
}

#[tokio::test]
async fn a_token_reaches_its_own_account_alone() {
    let world = World::start().await;
    let petra = world.connect(PETRA, FJORDHAUS, EVERYTHING).await;
    let declan = world.connect("declan@brannock.example", "acc_brannock", EVERYTHING).await;
    let first = |items: Value| items["items"][0]["id"].as_str().unwrap().to_owned();
    let list = first(world.get("/lists", &declan.access).await);
    for path in [
        format!("/contacts/{}", first(world.get("/contacts", &declan.access).await)),
        format!("/campaigns/{}", first(world.get("/campaigns", &declan.access).await)),
        format!("/lists/{list}"),
        format!("/lists/{list}/contacts"),
    ] {
        assert_eq!(world.status(&path, &declan.access).await, StatusCode::OK, "{path}");
        assert_eq!(world.status(&path, &petra.access).await, StatusCode::NOT_FOUND, "{path}");
    }
    let other = world.connect(PETRA, "acc_fjordhausna", "account:read").await;
    assert_eq!(world.get("/account", &other.access).await["name"], "Fjordhaus Outdoor NA");
}

#[tokio::test]
async fn a_contact_is_added_changed_found_and_deleted() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    let list = world.get("/lists", &token).await["items"][0]["id"].clone();
    let said = json!({ "email": "new@person.example", "first_name": "Ny", "list_ids": [list] });
    let add = |said: &Value| world.call(Method::POST, "/contacts", &token).json(said).send();
    let answer = add(&said).await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let place = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let made: Value = answer.json().await.unwrap();
    let path = place.strip_prefix("/api/v1").unwrap();
    assert_eq!(world.get(path, &token).await, made);

    let taken = add(&json!({ "email": "NEW@person.example" })).await.unwrap();
    assert_eq!(taken.status(), StatusCode::CONFLICT);
    let found = world.get("/contacts?email=new@person.example", &token).await;
    assert_eq!(found["items"], json!([made]));
    let change = json!({ "status": "unsubscribed", "tags": ["vip"] });
    let answer = world.call(Method::PATCH, path, &token).json(&change).send().await.unwrap();
    let changed: Value = answer.json().await.unwrap();
    assert_eq!(
        (&changed["status"], &changed["first_name"]),
        (&json!("unsubscribed"), &json!("Ny"))
    );

    let answer = world.call(Method::DELETE, path, &token).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert_eq!(world.status(path, &token).await, StatusCode::NOT_FOUND);
    let again: Value = add(&said).await.unwrap().json().await.unwrap();
    assert_ne!(again["id"], made["id"], "an id is never used twice");
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    let wrong = json!({ "email": "no", "first_name": " ", "country": "de", "list_ids": ["lst_x"] });
    let answer = world.call(Method::POST, "/contacts", &token).json(&wrong).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let body: Value = answer.json().await.unwrap();
    let fields: Vec<&str> = body["error"]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["email", "first_name", "country", "list_ids"]);
}

#[tokio::test]
async fn wrong_calls_are_told_what_is_wrong() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    let post = || world.call(Method::POST, "/contacts", &token);
    let json =
        |body: &'static str| post().header(header::CONTENT_TYPE, "application/json").body(body);
    let get = |path| world.call(Method::GET, path, &token);
    for (call, status, code) in [
        (json("{\"mail\":1}"), StatusCode::BAD_REQUEST, "malformed"),
        (json("{"), StatusCode::BAD_REQUEST, "malformed"),
        (json("{\"email\":\"a@b.c\",\"email\":\"d@e.f\"}"), StatusCode::BAD_REQUEST, "malformed"),
        (post().body("email=x"), StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
        (
            post().form(&[("email", "x")]),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
        ),
        (post().body(vec![b' '; 1024 * 1024 + 1]), StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        (get("/nothing"), StatusCode::NOT_FOUND, "not_found"),
        (get("/contacts/con_1%2F..%2Fx"), StatusCode::NOT_FOUND, "not_found"),
        (
            world.call(Method::PUT, "/contacts", &token),
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
        ),
        (get("/contacts?limit=0"), StatusCode::BAD_REQUEST, "malformed"),
        (get("/contacts?limit=101"), StatusCode::BAD_REQUEST, "malformed"),
        (get("/contacts?cursor=%21"), StatusCode::BAD_REQUEST, "malformed"),
        (get("/campaigns?state=lost"), StatusCode::BAD_REQUEST, "malformed"),
        (get("/reports/summary?from=2026-01-01"), StatusCode::BAD_REQUEST, "malformed"),
        (world.http.get(world.at("/api/v1/account")), StatusCode::UNAUTHORIZED, "invalid_token"),
        (
            world.http.get(world.at(&format!("/api/v1/account?access_token={token}"))),
            StatusCode::UNAUTHORIZED,
            "invalid_token",
        ),
    ] {
        let answer = call.send().await.unwrap();
        let place = answer.url().to_string();
        assert_eq!(answer.status(), status, "{place} {code}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json", "{place}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["code"], code, "{place}");
    }
}

#[tokio::test]
async fn the_summary_is_the_sum_of_the_reports() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    let sent = world.get("/campaigns?state=sent&limit=100", &token).await;
    let mut sum = [0_u64; 4];
    for campaign in sent["items"].as_array().unwrap() {
        let path = format!("/reports/campaigns/{}", campaign["id"].as_str().unwrap());
        let report = world.get(&path, &token).await;
        assert_eq!(report["currency"], "EUR");
        for (sum, name) in sum.iter_mut().zip(["opens", "clicks", "leads", "spend_minor"]) {
            *sum += report[name].as_u64().unwrap();
        }
    }
    let all = world.get("/reports/summary?from=2000-01-01&to=2100-01-01", &token).await;
    let whole = ["opens", "clicks", "leads", "spend_minor"].map(|name| all[name].as_u64().unwrap());
    assert_eq!(whole, sum);
    assert_eq!(all["cost_per_lead_minor"], sum[3] / sum[2]);
    let none = world.get("/reports/summary?from=2000-01-01&to=2000-01-01", &token).await;
    assert_eq!((&none["campaigns"], &none["cost_per_lead_minor"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn an_export_has_a_row_for_each_contact() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    let count = world.get("/account", &token).await["contacts"].as_u64().unwrap();
    let export =
        |wanted: Value| world.call(Method::POST, "/contacts/export", &token).json(&wanted).send();
    let answer = export(json!({})).await.unwrap();
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    let rows = answer.text().await.unwrap();
    assert!(rows.starts_with("id,email,"));
    assert_eq!(u64::try_from(rows.lines().count()).unwrap(), count + 1);
    let list = world.get("/lists", &token).await["items"][0].clone();
    let rows = export(json!({ "list_id": list["id"] })).await.unwrap().text().await.unwrap();
    assert_eq!(
        u64::try_from(rows.lines().count() - 1).unwrap(),
        list["contacts"].as_u64().unwrap()
    );
    assert_eq!(export(json!({ "list_id": "x" })).await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn people_are_invited_and_lists_made() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    let invite = |said: Value| world.call(Method::POST, "/users", &token).json(&said).send();
    let said = json!({ "email": "new@fjordhaus.example", "name": "Ny", "role": "viewer" });
    let made = invite(said.clone()).await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    assert_eq!(made.json::<Value>().await.unwrap()["state"], "invited");
    assert_eq!(invite(said).await.unwrap().status(), StatusCode::CONFLICT);
    let wrong = invite(json!({ "email": "x" })).await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let users = world.get("/users", &token).await;
    assert_eq!(users["items"].as_array().unwrap().len(), 4);

    let list = world.call(Method::POST, "/lists", &token).json(&json!({ "name": "New" }));
    let list: Value = list.send().await.unwrap().json().await.unwrap();
    let path = format!("/lists/{}", list["id"].as_str().unwrap());
    assert_eq!(world.get(&path, &token).await["contacts"], 0);
    let members = world.get(&format!("{path}/contacts"), &token).await;
    assert_eq!(members["items"], json!([]));
}

#[tokio::test]
async fn the_call_after_the_last_of_a_minute_is_refused() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, "account:read").await.access;
    let mut left = 600;
    loop {
        let answer = world.call(Method::GET, "/account", &token).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().parse::<u32>().unwrap();
        assert_eq!(header("x-ratelimit-limit"), 600);
        assert!((1..=60).contains(&header("x-ratelimit-reset")));
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(left, 0);
            assert!(answer.headers().contains_key(header::RETRY_AFTER));
            break;
        }
        left -= 1;
        assert_eq!(header("x-ratelimit-remaining"), left);
    }
}
