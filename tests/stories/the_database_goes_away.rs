//! The database is killed under load: who asks meanwhile is told to wait, nobody sees a fault, and
//! what was answered as done is there afterwards.

use crate::support::database::Database;
use crate::support::{Actor, Answer, Session, World};
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn and_comes_back() {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let world = World::on(Database::within(folder.path().join("postgres")).await).await;
    let petra = world.customer("Fjordhaus Outdoor").await;
    let signed_in = Session::of(&world, &petra.email).await;
    let began = Instant::now();
    let askers: Vec<_> = (0..4)
        .map(|asker| {
            let signed_in = Actor::clone(&signed_in);
            tokio::spawn(async move {
                let mut made = Vec::new();
                let (mut waited, mut n) = (0, 0);
                while began.elapsed() < Duration::from_secs(8) {
                    n += 1;
                    let name = format!("token-{asker}-{n}");
                    let body = json!({ "name": name, "scope": "read", "days": 1 });
                    let answer = signed_in.post_once("/v1/tokens", &name, body).await;
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
    let reader = Session::of(&world, &petra.email).await;
    let reading = tokio::spawn(async move {
        while began.elapsed() < Duration::from_secs(8) {
            for page in PAGES {
                is_page(&reader.get(page).await, &[200, 503]);
            }
        }
    });
    let looking = Session::of(&world, &petra.email).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.database.kill();
    let (asked, page) = tokio::join!(petra.get("/v1/me"), looking.get(PAGES[0]));
    asked.refused(503, "unavailable");
    is_page(&page, &[503]);
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
    reading.await.unwrap();
    petra.get("/v1/me").await.expect(200);
    is_page(&looking.get(PAGES[0]).await, &[200]);
    is_page(&looking.get("/p/larkfield/experts/nobody").await, &[404]);
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

const PAGES: [&str; 3] = ["/p/larkfield/experts", "/p/larkfield/", "/p/larkfield/inbox"];

/// A page with one of these statuses; one that says to wait says how long.
fn is_page(answer: &Answer, statuses: &[u16]) {
    assert!(statuses.contains(&answer.status), "{}: {}", answer.status, answer.text());
    let kind = answer.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("text/html"), "{kind}: {}", answer.text());
    if answer.status == 503 {
        assert!(answer.header("retry-after").is_some(), "{}", answer.text());
    }
}
