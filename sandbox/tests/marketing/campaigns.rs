//! Campaigns: paging, versions, and their way from draft to sent.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::world::{EVERYTHING, FJORDHAUS, PETRA, World, draft};

async fn made(world: &World, token: &str) -> (String, String) {
    let list = world.get("/lists?limit=1", token).await["items"][0]["id"].clone();
    let call = world.call(Method::POST, "/campaigns", token).json(&draft(&list));
    let answer = call.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let etag = answer.headers()[header::ETAG].to_str().unwrap().to_owned();
    let made: Value = answer.json().await.unwrap();
    assert_eq!(made["state"], "draft");
    (format!("/campaigns/{}", made["id"].as_str().unwrap()), etag)
}

#[tokio::test]
async fn the_pages_of_a_list_hold_each_record_once_newest_first() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    let all = world.get("/campaigns?limit=100", &token).await;
    assert_eq!((&all["next"], &all["next_cursor"]), (&Value::Null, &Value::Null));
    let ids = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    let mut seen = Vec::new();
    let mut path = "/campaigns?limit=4".to_owned();
    loop {
        let answer = world.call(Method::GET, &path, &token).send().await.unwrap();
        let link = answer.headers().get(header::LINK).map(|l| l.to_str().unwrap().to_owned());
        let page: Value = answer.json().await.unwrap();
        seen.extend(ids(&page));
        let Some(next) = page["next"].as_str() else { break };
        assert_eq!(link.unwrap(), format!("<{next}>; rel=\"next\""));
        // A record that comes while somebody pages does not shift what they see.
        made(&world, &token).await;
        path = next.strip_prefix(world.at("/api/v1").as_str()).unwrap().to_owned();
    }
    assert_eq!(seen, ids(&all));
    assert!(seen.is_sorted_by(|a, b| a > b));
    let sent = world.get("/campaigns?state=sent&limit=100", &token).await;
    assert!(sent["items"].as_array().unwrap().iter().all(|item| item["state"] == "sent"));
}

#[tokio::test]
async fn a_change_of_an_old_version_is_refused() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    let (path, first) = made(&world, &token).await;
    let change = |etag: &str, subject: &str| {
        let call = world.call(Method::PATCH, &path, &token).header(header::IF_MATCH, etag);
        call.json(&json!({ "subject": subject })).send()
    };
    let same = world.call(Method::GET, &path, &token).header(header::IF_NONE_MATCH, &first);
    assert_eq!(same.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
    let answer = change(&first, "Second").await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let second = answer.headers()[header::ETAG].to_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert_eq!(change(&first, "Third").await.unwrap().status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(world.get(&path, &token).await["subject"], "Second");
    for end in ["/send", "/schedule", ""] {
        let method = if end.is_empty() { Method::DELETE } else { Method::POST };
        let call = world.call(method, &format!("{path}{end}"), &token);
        let later = json!({ "scheduled_at": now() + TimeDelta::days(1) });
        let answer = call.header(header::IF_MATCH, &first).json(&later).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::PRECONDITION_FAILED, "{end}");
    }
    assert_eq!(change("*", "Fourth").await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_sent_campaign_stays_as_it_is() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    let (path, _) = made(&world, &token).await;
    let report = format!("/reports{path}");
    assert_eq!(world.status(&report, &token).await, StatusCode::CONFLICT);
    let send = || world.call(Method::POST, &format!("{path}/send"), &token).send();
    let sent: Value = send().await.unwrap().json().await.unwrap();
    assert_eq!(sent["state"], "sent");
    let list = world.get(&format!("/lists/{}", sent["list_id"].as_str().unwrap()), &token).await;
    assert_eq!(sent["recipients"], list["reachable"]);
    assert_eq!(world.get(&report, &token).await["recipients"], list["reachable"]);
    assert_eq!(send().await.unwrap().status(), StatusCode::CONFLICT);
    let change = world.call(Method::PATCH, &path, &token).json(&json!({ "name": "x" }));
    assert_eq!(change.send().await.unwrap().status(), StatusCode::CONFLICT);
    let delete = world.call(Method::DELETE, &path, &token).send().await.unwrap();
    assert_eq!(delete.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_scheduled_campaign_goes_out_when_its_time_comes() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    let (path, _) = made(&world, &token).await;
    let schedule = |at: DateTime<Utc>| {
        let call = world.call(Method::POST, &format!("{path}/schedule"), &token);
        call.json(&json!({ "scheduled_at": at })).send()
    };
    let past = schedule(now() - TimeDelta::seconds(1)).await.unwrap();
    assert_eq!(past.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let at = now() + TimeDelta::milliseconds(700);
    let scheduled: Value = schedule(at).await.unwrap().json().await.unwrap();
    assert_eq!(scheduled["state"], "scheduled");
    let change = world.call(Method::PATCH, &path, &token).json(&json!({ "name": "x" }));
    assert_eq!(change.send().await.unwrap().status(), StatusCode::CONFLICT, "drafts only");
    tokio::time::sleep(Duration::from_millis(800)).await;
    let sent = world.get(&path, &token).await;
    assert_eq!(sent["state"], "sent");
    assert_eq!(sent["sent_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), at);
}

#[tokio::test]
async fn a_campaign_that_reaches_nobody_or_says_nothing_is_not_sent() {
    let world = World::start().await;
    let token = world.connect(PETRA, FJORDHAUS, EVERYTHING).await.access;
    let list = world.call(Method::POST, "/lists", &token).json(&json!({ "name": "Nobody" }));
    let list: Value = list.send().await.unwrap().json().await.unwrap();
    let mut said = draft(&list["id"]);
    said["body"] = Value::Null;
    let made = world.call(Method::POST, "/campaigns", &token).json(&said).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    let path = format!("/campaigns/{}", made["id"].as_str().unwrap());
    let sent = world.call(Method::POST, &format!("{path}/send"), &token).send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let why: Value = sent.json().await.unwrap();
    assert_eq!(why["error"]["fields"].as_array().unwrap().len(), 2);
    let gone = world.call(Method::DELETE, &path, &token).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
}

#[expect(clippy::disallowed_methods, reason = "the application runs on the real clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}
