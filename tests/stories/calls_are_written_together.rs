//! Calls that change nothing are written within a second, many in one transaction; nothing of what
//! a letter decides waits for that.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::{Actor, World};
use api::app::App;
use attache::config::Config;
use attache::postgres::Role;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

struct Scene {
    world: World,
    petra: Actor,
    tool: Tool,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let parties = (&petra, &expert);
        let grant = world.grants(parties, &engagement, &connection, "author-drafts").await;
        let tool = Tool::with_key(&expert, &grant).await;
        Self { world, petra, tool }
    }

    async fn lines(&self, path: &str) -> usize {
        let sql = format!("SELECT id FROM access_log WHERE path_template = '{path}'");
        self.world.sql(&sql).await.len()
    }
}

/// A node that nobody else uses, and what it asks of the database.
struct Quiet {
    app: App,
    tool: Tool,
}

impl Quiet {
    async fn of(scene: &Scene) -> Self {
        Self::by(scene, scene.world.config.clone()).await
    }

    async fn by(scene: &Scene, config: Config) -> Self {
        let (app, base) = scene.world.quiet_node_of(config).await;
        let actor = Actor { base, ..scene.tool.actor.clone() };
        Self { app, tool: Tool { actor, grant: scene.tool.grant.clone() } }
    }

    /// The status of a call, and how often the database was asked until it was answered.
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (u16, u64) {
        let before = self.app.db.round_trips();
        let answer = self.tool.send(method, path, body).await;
        (answer.status, self.app.db.round_trips() - before)
    }

    /// How often the database was asked to write what waited.
    async fn settle(&self) -> u64 {
        let before = self.app.db.round_trips();
        self.app.late.settled().await;
        self.app.db.round_trips() - before
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_asks_the_database_little() {
    let scene = Scene::new().await;
    let node = Quiet::of(&scene).await;
    assert_eq!(node.call(Method::GET, "/lists", None).await, (200, 2), "opened by the key, read");
    assert_eq!(node.call(Method::GET, "/users", None).await, (403, 2), "refused by what was read");
    assert_eq!(node.settle().await, 3, "begun, both written, committed");
    // Opened and read, and once more with the body here; announced: begun, its line, the letter
    // again, committed; and its end: begun, written, what it made kept, committed.
    let list = node.tool.get("/lists").await.expect(200).at("/items/0/id").to_owned();
    let draft = json!({
        "name": "A", "subject": "B", "from_email": "hello@fjordhaus.example", "list_id": list,
        "body": "C",
    });
    node.settle().await;
    assert_eq!(node.call(Method::POST, "/campaigns", Some(draft)).await, (201, 12));
    assert_eq!(node.settle().await, 0, "a write is never late");
    // Some are written while others come, the more of them the slower the machine.
    let before = node.app.db.round_trips();
    for _ in 0..40 {
        node.tool.get("/lists").await.expect(200);
    }
    node.settle().await;
    let written = node.app.db.round_trips() - before - 2 * 40;
    assert!(written <= 60, "forty calls were written in {written} steps, where one each takes 120");
    assert_eq!(scene.lines("/lists").await, 42);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_come_by_themselves_and_in_their_order() {
    let scene = Scene::new().await;
    let before = scene.petra.get("/v1/access-log").await.expect(200).json();
    assert_eq!(before["items"], json!([]));
    for path in ["/lists", "/account", "/campaigns", "/users"] {
        scene.tool.get(path).await;
    }
    // Whoever asks this node reads what it has answered; another one sees it a second later.
    let log = scene.petra.get("/v1/access-log").await.expect(200).json();
    let paths: Vec<&str> =
        log["items"].as_array().unwrap().iter().map(|e| e["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/users", "/campaigns", "/account", "/lists"]);
    scene.tool.get("/lists").await.expect(200);
    let reader = scene.world.database.connect(Role::Read).await;
    let sql = "SELECT count(*), max(at) <= app_now(), min(at) < max(at) FROM access_log";
    for wait in 0.. {
        let row = &reader.query(sql, &[]).await.unwrap()[0];
        if row.get::<_, i64>(0) == 5 {
            assert!(row.get::<_, bool>(1) && row.get::<_, bool>(2));
            break;
        }
        assert!(wait < 100, "the line does not come");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let trail = scene.petra.get("/v1/audit-trail.jsonl").await.expect(200).text().to_owned();
    assert_eq!(trail.matches("called_at").count(), 5);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_waits_a_second_at_most() {
    let scene = Scene::new().await;
    let node = Quiet::of(&scene).await;
    let reader = scene.world.database.connect(Role::Read).await;
    let mut shortest = f64::MAX;
    // A machine that is busy may write late; one of several is written when it should be.
    for round in 1..=5 {
        node.tool.get("/lists").await.expect(200);
        while node.app.late.waiting() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let sql = "SELECT count(*), extract(epoch FROM max(written_at - at))::float8
                   FROM access_log WHERE at = (SELECT max(at) FROM access_log)";
        let row = &reader.query(sql, &[]).await.unwrap()[0];
        assert_eq!(row.get::<_, i64>(0), 1, "round {round}");
        shortest = shortest.min(row.get(1));
    }
    assert!((0.1..=1.0).contains(&shortest), "the quickest waited {shortest} s");
    scene.world.end().await;
}

/// The tables of the query before each call, with how often each was read whole and by an index.
async fn read_so_far(scene: &Scene) -> Vec<(String, i64, i64)> {
    let sql = "SELECT relname, coalesce(seq_scan, 0), coalesce(idx_scan, 0)
               FROM pg_stat_user_tables
               WHERE relname IN ('gateway_keys', 'grants', 'engagements', 'connections',
                   'memberships', 'connection_secrets') ORDER BY relname";
    let rows = scene.world.sql(sql).await;
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// The tables are small here, where reading one whole would be cheaper: so it is forbidden, and
/// done only where no index leads.
#[tokio::test(flavor = "multi_thread")]
async fn every_table_that_a_call_reads_is_found_by_an_index() {
    let scene = Scene::new().await;
    // Nobody else reads these tables meanwhile, and nobody carries out what still waits.
    scene.world.settle().await;
    let scene = Scene { world: scene.world.apart().await, ..scene };
    let mut config = scene.world.config.clone();
    config.database_url.push_str("?options=-c%20enable_seqscan%3Doff");
    let node = Quiet::by(&scene, config).await;
    // Whatever this world did so far is told by now, or changes nothing any more.
    let before = read_so_far(&scene).await;
    for _ in 0..3 {
        assert_eq!(node.call(Method::GET, "/account", None).await.0, 200);
    }
    node.app.late.settled().await;
    let mut after = read_so_far(&scene).await;
    // The server tells a second after a connection became idle, at the latest.
    for _ in 0..200 {
        if after.iter().zip(&before).all(|(now, then)| now.2 >= then.2 + 3) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        node.call(Method::GET, "/nowhere", None).await;
        after = read_so_far(&scene).await;
    }
    assert_eq!(after.len(), 6);
    for (now, then) in after.iter().zip(&before) {
        assert!(now.2 >= then.2 + 3, "{}: {} by an index", now.0, now.2 - then.2);
        assert_eq!(now.1, then.1, "{} was read whole", now.0);
    }
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_leaves_nothing_behind() {
    let scene = Scene::new().await;
    let node = scene.world.another_node().await;
    let tool = scene.tool.at(&node);
    for _ in 0..5 {
        tool.get("/lists").await.expect(200);
    }
    node.stop().await.unwrap();
    assert_eq!(scene.lines("/lists").await, 5);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_refused_takes_no_other_with_it() {
    let scene = Scene::new().await;
    let owner = scene.world.database.connect(Role::Owner).await;
    let sql = "ALTER TABLE access_log ADD CONSTRAINT no_lists CHECK (target <> '/lists') NOT VALID";
    owner.batch_execute(sql).await.unwrap();
    for path in ["/account", "/lists", "/campaigns"] {
        scene.tool.get(path).await.expect(200);
    }
    assert_eq!(scene.lines("/lists").await, 0);
    assert_eq!(scene.lines("/account").await, 1);
    assert_eq!(scene.lines("/campaigns").await, 1);
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_answered_while_the_log_is_busy_and_nothing_is_lost() {
    let scene = Scene::new().await;
    let mut owner = scene.world.database.connect(Role::Owner).await;
    let busy = owner.transaction().await.unwrap();
    busy.batch_execute("LOCK TABLE access_log IN EXCLUSIVE MODE").await.unwrap();
    for _ in 0..20 {
        scene.tool.get("/lists").await.expect(200);
    }
    assert!(scene.world.program.app.late.waiting() >= 20);
    busy.rollback().await.unwrap();
    assert_eq!(scene.lines("/lists").await, 20);
    assert_eq!(scene.world.program.app.late.waiting(), 0);
    scene.world.end().await;
}
