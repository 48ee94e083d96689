//! The database is killed under load: who asks meanwhile is told to wait, nobody sees a fault, and
//! what was answered as done is there afterwards.

use crate::support::World;
use crate::support::database::Database;
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn and_comes_back() {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let world = World::on(Database::within(folder.path().join("postgres")).await).await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let began = Instant::now();
    let askers: Vec<_> = (0..4)
        .map(|asker| {
            let petra = petra.clone();
            tokio::spawn(async move {
                let mut made = Vec::new();
                let (mut waited, mut n) = (0, 0);
                while began.elapsed() < Duration::from_secs(8) {
                    n += 1;
                    let name = format!("token-{asker}-{n}");
                    let body = json!({ "name": name, "scope": "read", "days": 1 });
                    let answer = petra.post_once("/v1/tokens", &name, body).await;
                    match answer.status {
                        201 => made.push(name),
                        503 => {
                            assert!(answer.header("retry-after").is_some(), "{}", answer.text());
                            waited += 1;
                        }
                        409 => {}
                        other => panic!("{other}: {}", answer.text()),
                    }
                }
                (made, waited)
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.database.kill();
    petra.get("/v1/me").await.refused(503, "unavailable");
    tokio::time::sleep(Duration::from_millis(500)).await;
    tokio::task::block_in_place(|| world.database.bring_back());
    let mut made = Vec::new();
    let mut waited = 0;
    for asker in askers {
        let (names, count) = asker.await.unwrap();
        made.extend(names);
        waited += count;
    }
    assert!(waited > 0, "nobody asked while it was away");
    petra.get("/v1/me").await.expect(200);
    let rows = world.sql("SELECT name FROM api_tokens WHERE name LIKE 'token-%'").await;
    let kept: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let lost: Vec<_> = made.iter().filter(|name| !kept.contains(name)).collect();
    assert!(lost.is_empty(), "answered as made and gone: {lost:?}");
    let mut once = kept.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), kept.len(), "made twice");
    world.end().await;
}
