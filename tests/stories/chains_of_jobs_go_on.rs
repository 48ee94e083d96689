//! What is looked after for ever is not given up after a bad hour: the job goes on when it can, and
//! until then everybody who runs the program sees that it fails.

use crate::support::World;
use crate::support::larkfield::{PETRA, Tool};
use api::platform::db::Scope;
use api::platform::jobs;
use attache::postgres::Role;
use chrono::Duration;

/// State and attempts of the one job of a kind that is not done.
async fn job(world: &World, kind: &str) -> (String, i32) {
    let sql = format!("SELECT state, attempts FROM jobs WHERE kind = '{kind}' AND state <> 'done'");
    let rows = world.sql(&sql).await;
    assert_eq!(rows.len(), 1, "{kind}");
    (rows[0].get(0), rows[0].get(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_and_wiping_outlast_twelve_failures() {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let grant = world.grants((&petra, &expert), &engagement, &connection, "read-only").await;
    let tool = Tool::with_key(&expert, &grant).await;
    world.settle().await;
    let owner = world.database.connect(Role::Owner).await;
    let kinds = ["watch-access", "wipe-what-was-kept"];
    owner
        .batch_execute(
            "REVOKE SELECT ON access_alarms, kept_changes FROM attache_app;
             UPDATE jobs SET attempts = 11 WHERE kind IN ('watch-access', 'wipe-what-was-kept')
               AND state = 'queued'",
        )
        .await
        .unwrap();
    world.advance(Duration::days(1)).await;
    for kind in kinds {
        let mut tries = 0;
        while job(&world, kind).await != ("queued".to_owned(), 12) {
            tries += 1;
            assert!(tries < 100, "{kind}: {:?}", job(&world, kind).await);
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
    let app = &world.program.app;
    let mut tx = app.db.read(Scope::GLOBAL).await.unwrap();
    assert_eq!(jobs::backlog(&mut tx).await.unwrap().failing, 2);
    let listed = jobs::dead_jobs(&mut tx, 10).await.unwrap();
    for kind in kinds {
        let failing = listed.iter().find(|failing| failing.kind == kind).unwrap();
        let error = failing.last_error.as_deref().unwrap();
        assert!(error.contains("permission denied"), "{error}");
    }
    drop(tx);
    let metrics = petra.get("/metrics").await.expect(200).text();
    assert!(metrics.contains("jobs{state=\"failing\"} 2"), "{metrics}");
    // What happened meanwhile is told when it can be.
    for _ in 0..20 {
        tool.get("/users").await.refused(403, "operation-denied");
    }
    let mended = "GRANT SELECT ON access_alarms, kept_changes TO attache_app";
    owner.batch_execute(mended).await.unwrap();
    world.advance(Duration::minutes(10)).await;
    world.settle().await;
    let alarms = petra.get("/v1/alarms").await.expect(200).json();
    assert_eq!(alarms["items"].as_array().unwrap().len(), 1, "{alarms}");
    for kind in kinds {
        assert_eq!(job(&world, kind).await, ("queued".to_owned(), 0), "the next one of {kind}");
    }
    world.end().await;
}
