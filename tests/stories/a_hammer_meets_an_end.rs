//! Twenty programs call on two nodes without a pause, and the customer ends their letter: what
//! begins after the end was answered is refused, reaches nobody and is logged so.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::rogue::Rogue;
use crate::support::{Actor, World, is_long};
use attache::postgres::Role;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use poem::Response;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const CLIENTS: usize = 20;

/// How long it goes on before and after the end, how often each client calls, and how many letters
/// end that way.
struct Measure {
    before: Duration,
    after: Duration,
    every: Duration,
    letters: usize,
}

impl Measure {
    /// The long one is 200 calls a second for ten seconds.
    fn of_this_run() -> Self {
        let ms = Duration::from_millis;
        if is_long() {
            let (before, after) = (ms(5000), ms(5000));
            return Self { before, after, every: ms(100), letters: 4 };
        }
        Self { before: ms(700), after: ms(700), every: ms(50), letters: 1 }
    }
}

/// One call as its client saw it.
struct Call {
    node: usize,
    /// Right before it was sent.
    begun: Instant,
    status: u16,
    code: Value,
    request: String,
}

/// Calls at each tick, and next when one took longer, until it is told to stop.
async fn client((node, tool): (usize, Tool), every: Duration, stop: Arc<AtomicBool>) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut tick = tokio::time::interval(every);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !stop.load(Ordering::SeqCst) {
        tick.tick().await;
        let begun = Instant::now();
        let answer = tool.get("/campaigns?limit=1").await;
        let request = answer.header("x-request-id").unwrap().to_owned();
        let code = answer.json()["code"].clone();
        calls.push(Call { node, begun, status: answer.status, code, request });
    }
    calls
}

/// The request that a call which reached the application was made for, as its signed line says.
fn request_of(headers: &HeaderMap) -> String {
    let line = headers["attache-actor"].to_str().unwrap();
    let claims = BASE64_URL_SAFE_NO_PAD.decode(line.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}

/// When somebody beside could first read that the letter has ended.
async fn seen_ended(reader: tokio_postgres::Client, grant: String) -> Instant {
    let sql = format!("SELECT 1 FROM grants WHERE id = '{grant}' AND ended_at IS NOT NULL");
    while reader.query(&sql, &[]).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Instant::now()
}

struct Scene {
    world: World,
    rogue: Rogue,
    petra: Actor,
    expert: Actor,
    engagement: String,
    connection: String,
}

impl Scene {
    async fn new() -> Self {
        let rogue = Rogue::start().await;
        rogue.answers(|_| {
            Response::builder().content_type("application/json").body(r#"{"items":[]}"#)
        });
        let api = format!("api = \"{}/api/v1\"", rogue.url);
        let changes = [("api = \"${SANDBOX_MARKETING_URL}/api/v1\"", api.as_str())];
        let world = World::described(&changes).await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        Self { world, rogue, petra, expert, engagement, connection }
    }

    async fn letter(&self) -> Tool {
        let parties = (&self.petra, &self.expert);
        let grant =
            self.world.grants(parties, &self.engagement, &self.connection, "read-only").await;
        Tool::with_key(&self.expert, &grant).await
    }

    /// How the log says that each of so many requests of the letter ended. The lines of the other
    /// process come by themselves.
    async fn outcomes(&self, grant: &str, calls: usize) -> HashMap<String, String> {
        let sql = format!("SELECT request_id, outcome FROM access_log WHERE grant_id = '{grant}'");
        let mut lines = self.world.sql(&sql).await;
        for _ in 0..100 {
            if lines.len() == calls {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            lines = self.world.sql(&sql).await;
        }
        lines.iter().map(|line| (line.get(0), line.get(1))).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_begins_after_the_end_is_refused_on_every_node() {
    let scene = Scene::new().await;
    let other = scene.world.serves_beside(0).await;
    let measure = Measure::of_this_run();
    for _ in 0..measure.letters {
        let tool = scene.letter().await;
        let actor = Actor { base: other.base.clone(), ..tool.actor.clone() };
        let nodes = [tool.clone(), Tool { actor, ..tool }];
        one_letter(&scene, &measure, &nodes).await;
    }
    drop(other);
    scene.world.end().await;
}

async fn one_letter(scene: &Scene, measure: &Measure, nodes: &[Tool; 2]) {
    scene.rogue.seen();
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|at| {
            let node = at % nodes.len();
            let who = (node, nodes[node].clone());
            tokio::spawn(client(who, measure.every, Arc::clone(&stop)))
        })
        .collect();
    tokio::time::sleep(measure.before).await;
    let path = format!("/v1/grants/{}", nodes[0].grant);
    let seen = tokio::spawn(seen_ended(
        scene.world.database.connect(Role::Read).await,
        nodes[0].grant.clone(),
    ));
    scene.petra.post(&format!("{path}/end"), json!({})).await.expect(200);
    let answered = Instant::now();
    // It was committed before somebody could read it, and before it was answered.
    let ended = seen.await.unwrap().min(answered);
    tokio::time::sleep(measure.after).await;
    stop.store(true, Ordering::SeqCst);
    let mut calls = Vec::new();
    for client in clients {
        calls.extend(client.await.unwrap());
    }
    let took = (measure.before + measure.after).as_secs_f64();
    let rate = f64::from(u32::try_from(calls.len()).unwrap()) / took;
    println!("{rate:.0} calls a second");
    assert!(!is_long() || rate > 150.0, "that is no hammer: {rate:.0} calls a second");
    let reached: HashSet<_> = scene.rogue.seen().iter().map(request_of).collect();
    let outcomes = scene.outcomes(&nodes[0].grant, calls.len()).await;
    let (after, before): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.begun > ended);
    for call in &after {
        assert_eq!((call.status, &call.code), (403, &json!("grant-ended")), "{}", call.request);
        assert!(!reached.contains(&call.request), "{} was sent", call.request);
        assert_eq!(outcomes[&call.request], "refused", "{}", call.request);
    }
    for call in &before {
        let outcome = if call.status == 200 { "done" } else { "refused" };
        assert_eq!(outcomes[&call.request], outcome, "{} {}", call.request, call.code);
    }
    assert_eq!(outcomes.len(), calls.len(), "each call has its line, and nobody else has one");
    let on = |calls: &[&Call], node, status| {
        calls.iter().filter(|call| call.node == node && call.status == status).count()
    };
    for node in 0..nodes.len() {
        let (worked, refused) = (on(&before, node, 200), on(&after, node, 403));
        println!("node {node}: {worked} calls answered before the end, {refused} refused after");
        assert!(worked > CLIENTS && refused > CLIENTS, "too few to tell: {worked}, {refused}");
    }
    let receipt = scene.petra.get(&format!("{path}/receipt")).await.expect(200);
    let said: Value = serde_json::from_str(&receipt.at("/said")).unwrap();
    let (since, told) = (after.len(), &said["calls"]["refused_since"]);
    assert!(told.as_u64().is_some_and(|told| told >= since.try_into().unwrap()), "{said}");
    let log = &said["log"];
    assert_eq!(log["silent"], json!([]), "{said}");
    assert!(log["acknowledged"].as_u64().unwrap() >= nodes.len().try_into().unwrap(), "{said}");
    a_killed_node_is_named(scene, &path).await;
}

/// One that was killed around the end is named, after a wait that has an end.
async fn a_killed_node_is_named(scene: &Scene, path: &str) {
    let letter = path.rsplit('/').next().unwrap();
    // Any id that no node has.
    let gone: uuid::Uuid = letter.parse().unwrap();
    let killed = format!(
        "INSERT INTO nodes (id, began_at, written_until, seen_at)
         SELECT '{gone}', granted_at, ended_at - interval '1 second', ended_at
         FROM grants WHERE id = '{}'",
        letter
    );
    let owner = scene.world.database.connect(Role::Owner).await;
    let vendor = scene.world.larkfield.vendor;
    let set = format!("SELECT set_config('attache.vendor', '{vendor}', false)");
    owner.batch_execute(&format!("{set}; {killed}")).await.unwrap();
    let receipt = scene.petra.get(&format!("{path}/receipt")).await.expect(200);
    let said: Value = serde_json::from_str(&receipt.at("/said")).unwrap();
    assert_eq!(said["log"]["silent"][0]["node"], json!(gone), "{said}");
}
