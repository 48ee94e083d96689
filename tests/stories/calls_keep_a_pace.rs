//! Calls of one letter, and those for one account by all letters, follow each other only so fast.

use crate::support::World;
use crate::support::holder::Holder;
use crate::support::larkfield::{PETRA, Tool};
use serde_json::json;

/// One call a minute by a letter, and one for an account.
const SLOW: [(&str, &str); 2] = [
    ("letter_a_minute = 30000", "letter_a_minute = 1"),
    ("account_a_minute = 60000", "account_a_minute = 1"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_too_fast_is_not_sent_and_says_when_to_come_back() {
    let world = World::described(&SLOW).await;
    let petra = world.customer("Fjordhaus").await;
    let connection = world.connects(&petra, PETRA).await;
    let mut tools = Vec::new();
    for name in ["Brandt", "Okonjo"] {
        let expert = world.consultant(name).await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let grant =
            world.grants((&petra, &expert), &engagement, &connection, "author-drafts").await;
        tools.push(Tool::with_key(&expert, &grant).await);
    }
    tools[0].get("/lists").await.expect(200);
    let by_letter = tools[0].get("/lists").await.refused(429, "letter-too-fast");
    let by_account = tools[1].get("/lists").await.refused(429, "account-too-fast");
    for refused in [by_letter, by_account] {
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    let log = petra.get("/v1/access-log").await.expect(200).json();
    let lines: Vec<_> = log["items"].as_array().unwrap().iter().collect();
    let told = |line: &&serde_json::Value| {
        (line["outcome"].as_str().unwrap().to_owned(), line["code"].as_str().map(str::to_owned))
    };
    let told: Vec<_> = lines.iter().map(told).collect();
    let refused = |code: &str| ("refused".to_owned(), Some(code.to_owned()));
    let expected =
        [refused("account-too-fast"), refused("letter-too-fast"), ("done".to_owned(), None)];
    assert_eq!(told, expected);
}

/// Whoever copied a bound key, or calls for another letter, comes no faster; the owner of the key
/// is not slowed by a copy.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_has_its_pace_too() {
    let world = World::described(&SLOW).await;
    let petra = world.customer("Fjordhaus").await;
    let connection = world.connects(&petra, PETRA).await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let grant = world.grants((&petra, &expert), &engagement, &connection, "author-drafts").await;
    let tool = Tool::with_key(&expert, &grant).await;
    let bind = json!({ "name": "laptop", "jkt": Holder::es256().thumbprint() });
    let bound = expert.post(&format!("/v1/grants/{grant}/keys"), bind).await.expect(201);
    let mut copied = tool.clone();
    copied.actor.token = Some(bound.at("/secret"));
    copied.get("/lists").await.refused(401, "proof-wanted");
    copied.get("/lists").await.refused(429, "letter-too-fast");
    tool.get("/lists").await.expect(200);
    let elsewhere = Tool { grant: "019b0000-0000-7000-8000-000000000000".to_owned(), ..tool };
    elsewhere.get("/lists").await.refused(429, "letter-too-fast");
    world.end().await;
}
