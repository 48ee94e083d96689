//! A file goes through the gateway as it comes, however large, and stops when the letter does.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::rogue::{Rogue, token};
use crate::support::{Actor, World, is_long};
use attache::postgres::Role;
use bytes::Bytes;
use chrono::Duration;
use futures::{StreamExt, stream};
use poem::{Body, Response as Answer};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration as Time, Instant};

/// An application whose files have no end until somebody stops them.
pub struct Scene {
    pub world: World,
    rogue: Rogue,
    petra: Actor,
    expert: Actor,
    engagement: String,
    connection: String,
    /// Files that the application is writing right now.
    open: Arc<AtomicUsize>,
}

const EXPORT: &str = "/contacts/export";

impl Scene {
    pub async fn new() -> Self {
        let rogue = Rogue::start().await;
        let api = format!("api = \"{}/api/v1\"", rogue.url);
        let changes = [("api = \"${SANDBOX_MARKETING_URL}/api/v1\"", api.as_str())];
        let world = World::described(&changes).await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let open = Arc::new(AtomicUsize::new(0));
        let scene = Self { world, rogue, petra, expert, engagement, connection, open };
        scene.endless(4096, Time::from_millis(5));
        scene
    }

    /// From now on files are endless: pieces of so many bytes, with a pause after each.
    pub fn endless(&self, size: usize, pause: Time) {
        let open = Arc::clone(&self.open);
        self.rogue.answers(move |_| {
            let writing = Writing::new(&open);
            let pieces = stream::unfold(writing, move |writing| async move {
                tokio::time::sleep(pause).await;
                Some((Ok::<_, io::Error>(Bytes::from(vec![b'x'; size])), writing))
            });
            csv(Body::from_bytes_stream(pieces))
        });
    }

    pub async fn letter(&self) -> Tool {
        let parties = (&self.petra, &self.expert);
        let grant =
            self.world.grants(parties, &self.engagement, &self.connection, "full-operator").await;
        Tool::with_key(&self.expert, &grant).await
    }

    async fn log(&self, tool: &Tool) -> Vec<Value> {
        let path = format!("/v1/access-log?grant={}", tool.grant);
        items(&self.petra.get(&path).await.expect(200).json())
    }

    /// The latest line, once the call has ended.
    pub async fn line(&self, tool: &Tool) -> Value {
        for _ in 0..300 {
            let latest = self.log(tool).await.into_iter().next();
            if let Some(line) = latest.filter(|line| line["outcome"] != "begun") {
                return line;
            }
            tokio::time::sleep(Time::from_millis(50)).await;
        }
        panic!("the call has no end");
    }

    /// Nothing is asked of the application any more.
    async fn is_quiet(&self) {
        for _ in 0..300 {
            if self.open.load(Ordering::SeqCst) == 0 {
                return;
            }
            tokio::time::sleep(Time::from_millis(20)).await;
        }
        panic!("the application still writes");
    }

    /// What had come is a part, which everybody can see, and the log tells how much passed.
    async fn was_cut(&self, (tool, mut file): (&Tool, Response), code: &str) {
        let begun = Instant::now();
        let (end, got) = to_the_end(&mut file).await;
        let after = begun.elapsed();
        println!("{code}: stopped {} ms after the answer", after.as_millis());
        assert!(after < most(), "{code}: stopped after {after:?}");
        assert!(end.is_err(), "{code}: a part must not look whole");
        self.is_quiet().await;
        let line = self.line(tool).await;
        assert_eq!((&line["outcome"], &line["code"]), (&json!("cut"), &json!(code)), "{line}");
        assert_eq!(line["status"], 200);
        let passed = line["bytes"].as_u64().unwrap();
        assert!(passed >= got.min(4096), "{line}");
        let part = vec![b'x'; usize::try_from(passed).unwrap()];
        assert_eq!(line["answer_sha256"], hex::encode(Sha256::digest(&part)), "{code}");
    }
}

/// A second; more where the machine builds and runs other stories beside.
fn most() -> Time {
    Time::from_secs(if is_long() { 1 } else { 4 })
}

fn items(page: &Value) -> Vec<Value> {
    page["items"].as_array().unwrap().clone()
}

/// One file that is being written.
struct Writing(Arc<AtomicUsize>);

impl Writing {
    fn new(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(open))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn csv(body: Body) -> Answer {
    Answer::builder().content_type("text/csv").body(body)
}

fn pieces(list: Vec<Result<Bytes, io::Error>>) -> Answer {
    csv(Body::from_bytes_stream(stream::iter(list).then(|piece| async {
        tokio::time::sleep(Time::from_millis(60)).await;
        piece
    })))
}

/// Begins a download; answers once the first bytes are here.
pub async fn begin(tool: &Tool) -> Response {
    let mut file = ask(tool).await;
    assert_eq!(file.status(), 200);
    assert_eq!(file.headers()["content-type"], "text/csv");
    assert!(file.chunk().await.unwrap().is_some());
    file
}

async fn ask(tool: &Tool) -> Response {
    let path = format!("/gw/{}{EXPORT}", tool.grant);
    let request = tool.actor.request(Method::POST, &path).json(&json!({}));
    // The long proof's file takes longer than other answers may.
    request.timeout(Time::from_secs(900)).send().await.unwrap()
}

async fn to_the_end(file: &mut Response) -> (Result<(), reqwest::Error>, u64) {
    let mut got = 0;
    loop {
        match file.chunk().await {
            Ok(Some(bytes)) => got += u64::try_from(bytes.len()).unwrap(),
            Ok(None) => return (Ok(()), got),
            Err(error) => return (Err(error), got),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_22_a_letter_ends_during_a_download() {
    let scene = Scene::new().await;
    let node = scene.world.another_node().await;
    let tool = scene.letter().await;
    let (here, there) = (begin(&tool).await, begin(&tool.at(&node)).await);
    let path = format!("/v1/grants/{}", tool.grant);
    scene.petra.post(&format!("{path}/end"), json!({})).await.expect(200);
    let (here, there) = ((&tool, here), (&tool, there));
    tokio::join!(scene.was_cut(here, "grant-ended"), scene.was_cut(there, "grant-ended"));
    let mut lines = Vec::new();
    for _ in 0..300 {
        lines = scene.log(&tool).await;
        if lines.iter().all(|line| line["outcome"] == "cut") {
            break;
        }
        tokio::time::sleep(Time::from_millis(20)).await;
    }
    assert_eq!(lines.len(), 2, "{lines:?}");
    let receipt = scene.petra.get(&format!("{path}/receipt")).await.expect(200);
    let said: Value = serde_json::from_str(&receipt.at("/said")).unwrap();
    let calls = &said["calls"];
    let counts = ["under_way", "files_cut", "begun_after"].map(|name| calls[name].as_i64());
    assert_eq!(counts, [Some(2), Some(2), Some(0)]);
    node.stop().await.unwrap();
    scene.world.end().await;
}

/// The hint is lost: nobody listens, and nothing is said.
#[tokio::test(flavor = "multi_thread")]
async fn attack_22_without_a_hint_it_is_the_tick_that_finds_it() {
    let scene = Scene::new().await;
    let owner = scene.world.database.connect(Role::Owner).await;
    owner.batch_execute("ALTER TABLE grants DISABLE TRIGGER grants_hint").await.unwrap();
    let tool = scene.letter().await;
    let file = begin(&tool).await;
    let path = format!("/v1/grants/{}/end", tool.grant);
    scene.petra.post(&path, json!({})).await.expect(200);
    scene.was_cut((&tool, file), "grant-ended").await;
    let tool = scene.letter().await;
    let file = begin(&tool).await;
    let deaf = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND query ILIKE 'listen%'";
    owner.batch_execute(deaf).await.unwrap();
    let path = format!("/v1/grants/{}/end", tool.grant);
    scene.petra.post(&path, json!({})).await.expect(200);
    scene.was_cut((&tool, file), "grant-ended").await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_22_whatever_a_letter_rests_on_may_end() {
    let scene = Scene::new().await;
    let tool = scene.letter().await;
    let file = begin(&tool).await;
    let keys = format!("/v1/grants/{}/keys", tool.grant);
    let key = scene.expert.get(&keys).await.expect(200).json()[0]["id"].clone();
    let key = format!("{keys}/{}", key.as_str().unwrap());
    scene.expert.delete(&key).await.expect(204);
    scene.was_cut((&tool, file), "unknown-key").await;

    let tool = Tool::with_key(&scene.expert, &tool.grant).await;
    let file = begin(&tool).await;
    let path = format!("/v1/grants/{}", tool.grant);
    let hash = scene.petra.get(&path).await.expect(200).at("/terms_hash");
    let narrow = json!({ "without": ["invite-users"], "terms_hash": hash });
    scene.petra.post(&format!("{path}/narrow"), narrow).await.expect(200);
    scene.was_cut((&tool, file), "letter-changed").await;
    // What is left of it goes on.
    drop(begin(&tool).await);
    assert_eq!(scene.line(&tool).await["code"], "caller-left");
    scene.is_quiet().await;

    let file = begin(&tool).await;
    scene.world.states_only("invoice-unpaid", &scene.engagement, "in_1").await;
    scene.was_cut((&tool, file), "suspended").await;
    scene.world.states("invoice-settled", &scene.engagement, "in_1").await;

    let file = begin(&tool).await;
    let until = scene.petra.get(&format!("/v1/grants/{}", tool.grant)).await.expect(200);
    let until: chrono::DateTime<chrono::Utc> = until.at("/valid_until").parse().unwrap();
    let left = until - scene.world.clock.now() + Duration::seconds(1);
    let ahead = format!(
        "UPDATE test_clock SET ahead = ahead + {} * interval '1 second'",
        left.num_seconds()
    );
    let owner = scene.world.database.connect(Role::Owner).await;
    // Only the database's clock moves: it is the one that counts.
    owner.batch_execute(&ahead).await.unwrap();
    scene.was_cut((&tool, file), "expired").await;
    scene.world.database.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_22_an_account_is_disconnected_or_the_gateway_stops() {
    let scene = Scene::new().await;
    let node = scene.world.another_node().await;
    let tool = scene.letter().await;
    let file = begin(&tool.at(&node)).await;
    let stopped = tokio::spawn(node.stop());
    scene.was_cut((&tool, file), "gateway-stopping").await;
    stopped.await.unwrap().unwrap();
    let file = begin(&tool).await;
    let path = format!("/v1/connections/{}/disconnect", scene.connection);
    scene.petra.post(&path, json!({})).await.expect(200);
    scene.was_cut((&tool, file), "grant-ended").await;
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_19_a_file_that_shows_the_token() {
    let scene = Scene::new().await;
    let tool = scene.letter().await;
    scene.rogue.answers(|headers| {
        let secret = token(headers);
        let (first, rest) = secret.split_at(secret.len() / 2);
        let parts = [format!("id,name\r\n1,{first}"), format!("{rest}\r\n")];
        pieces(parts.map(|part| Ok(Bytes::from(part))).into())
    });
    let mut file = ask(&tool).await;
    let mut got = Vec::new();
    let end = loop {
        match file.chunk().await {
            Ok(Some(bytes)) => got.extend(bytes),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(end.is_err(), "it was stopped");
    let stolen = token(scene.rogue.seen().last().unwrap());
    let got = String::from_utf8(got).unwrap();
    assert!(stolen.starts_with("lka_") && !got.contains(&stolen), "{got}");
    let line = scene.line(&tool).await;
    assert_eq!((&line["outcome"], &line["code"]), (&json!("failed"), &json!("token-shown")));
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_21_files_that_break_off_and_too_many_of_them() {
    let scene = Scene::new().await;
    let tool = scene.letter().await;
    let mut files = vec![begin(&tool).await, begin(&tool).await];
    let more = async |t: &Tool| t.post(EXPORT, json!({})).await.refused(429, "too-many-downloads");
    more(&tool).await;
    // Two slow readers of one letter leave room for another of the account, which has four in all.
    let mut others = Vec::new();
    for _ in 0..2 {
        let parties = (&scene.petra, &scene.expert);
        let engagement = scene.world.active(parties.0, parties.1, &[10_000]).await.0;
        let of = (&engagement, &scene.connection);
        let grant = scene.world.grants(parties, of.0, of.1, "full-operator").await;
        others.push(Tool::with_key(&scene.expert, &grant).await);
    }
    files.extend([begin(&others[0]).await, begin(&others[0]).await]);
    more(&others[1]).await;
    drop(files);
    scene.is_quiet().await;
    scene.rogue.answers(|_| {
        let mut answer = pieces(vec![Ok(Bytes::from_static(b"id,email\r\n"))]);
        answer.headers_mut().insert("content-length", "100".parse().unwrap());
        answer
    });
    let mut file = ask(&tool).await;
    while file.status() == 429 {
        file = ask(&tool).await; // Its place is free a moment after the application sees the end.
    }
    assert_eq!(file.headers()["content-length"], "100");
    let end = to_the_end(&mut file).await;
    let line = scene.line(&tool).await;
    assert!(end.0.is_err(), "a part must not look whole: {end:?}, {line}");
    assert_eq!((&line["outcome"], &line["code"]), (&json!("cut"), &json!("upstream-broke")));
    // An error is no file: it is read whole, and capped.
    let bad = poem::http::StatusCode::BAD_REQUEST;
    scene.rogue.answers(move |_| Answer::builder().status(bad).body("no"));
    assert_eq!(tool.post(EXPORT, json!({})).await.expect(400).text(), "no");
    assert_eq!(scene.line(&tool).await["outcome"], "done");
    scene.world.end().await;
}

/// The database answers nobody who asks whether the letter holds.
#[tokio::test(flavor = "multi_thread")]
async fn attack_22_nobody_can_tell_whether_a_letter_holds() {
    let scene = Scene::new().await;
    let tool = scene.letter().await;
    let mut file = begin(&tool).await;
    let owner = scene.world.database.connect(Role::Owner).await;
    owner.batch_execute("BEGIN; LOCK TABLE grants IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let begun = Instant::now();
    let (end, _) = to_the_end(&mut file).await;
    assert!(end.is_err() && begun.elapsed() < most(), "after {:?}", begun.elapsed());
    owner.batch_execute("ROLLBACK").await.unwrap();
    scene.is_quiet().await;
    let line = scene.line(&tool).await;
    assert_eq!((&line["outcome"], &line["code"]), (&json!("cut"), &json!("unconfirmed")), "{line}");
    // What holds can be read again.
    drop(begin(&tool).await);
    scene.world.end().await;
}
