//! The operator changes the keys under which tokens are kept, while consultants work; somebody with
//! the database in hand moves tokens about, and nothing comes of it but an alarm.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::transit::{TOKEN, TransitServer};
use crate::support::{Actor, Session, World};
use attache::postgres::Role;
use attache::vault_keys::VaultKeys;
use chrono::Duration;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::RwLock;

/// What the environment says of keys.
pub type Environment = Vec<(&'static str, String)>;

/// Keys of these years, the first in use; each key is made of its year.
fn years(years: &[&str]) -> Environment {
    let key = |year: &&str| format!("{year}:{}", hex::encode([year.as_bytes(); 8].concat()));
    vec![("ATTACHE_VAULT_KEYS", years.iter().map(key).collect::<Vec<_>>().join(","))]
}

pub fn transit(server: &TransitServer) -> Environment {
    vec![
        ("ATTACHE_TRANSIT_URL", server.url.clone()),
        ("ATTACHE_TRANSIT_MOUNT", "secret/transit".to_owned()),
        ("ATTACHE_TRANSIT_KEY", "attache".to_owned()),
        ("ATTACHE_TRANSIT_NAMESPACE", "team".to_owned()),
        ("ATTACHE_TRANSIT_TOKEN", TOKEN.to_owned()),
    ]
}

pub fn read(environment: &Environment) -> VaultKeys {
    let find = |name: &str| environment.iter().find(|(known, _)| *known == name);
    VaultKeys::read(|name| find(name).map(|(_, value)| value.clone())).unwrap()
}

fn command(world: &World, environment: &Environment, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attache"));
    command.arg("vault").args(arguments).env_clear().envs(environment.clone());
    command.env("DATABASE_URL", world.database.url(Role::App));
    command.env("ATTACHE_SECRET_KEY", "07".repeat(32));
    command
}

/// `attache vault`; its exit code and what it said.
async fn vault(world: &World, keys: &Environment, arguments: &[&str]) -> (i32, String) {
    let mut command = command(world, keys, arguments);
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let Output { status, stdout, stderr } = done;
    let said = String::from_utf8([stdout, stderr].concat()).unwrap();
    assert!(!said.contains(TOKEN) && !said.contains("32303237"), "no key is shown: {said}");
    (status.code().unwrap(), said)
}

/// A consultant who works in an account that was connected under these keys; many connects were
/// begun beside.
pub async fn working(keys: &Environment) -> (World, Actor, Tool) {
    let world = World::new().await.restarted(read(keys)).await;
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let parties = (&petra, &expert);
    let grant = world.grants(parties, &engagement, &connection, "author-drafts").await;
    let tool = Tool::with_key(&expert, &grant).await;
    let session = Session::of(&world, &petra.email).await;
    for _ in 0..10 {
        world.begins_to_connect(&session).await;
    }
    world.forgets().await;
    (world, petra, tool)
}

/// The keys that wrap something, with how much.
async fn wraps(world: &World) -> Vec<(String, i64)> {
    let sql = "SELECT kek, count(*) FROM (
                   SELECT kek_id AS kek FROM connection_secrets
                   UNION ALL SELECT verifier_kek_id FROM oauth_states
                   UNION ALL SELECT client_kek_id FROM oauth_states) k
               WHERE kek IS NOT NULL GROUP BY kek ORDER BY kek";
    world.sql(sql).await.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_calls_go_through_the_gateway() {
    let (old, both, new) = (years(&["2026"]), years(&["2027", "2026"]), years(&["2027"]));
    let (world, petra, tool) = working(&old).await;
    let session = Session::of(&world, &petra.email).await;
    let consent = world.begins_to_connect(&session).await;
    let world = world.restarted(read(&both)).await;
    tool.get("/campaigns").await.expect(200);
    let (code, said) = vault(&world, &both, &["status"]).await;
    assert_eq!((code, said.as_str()), (0, "2027: 0 rows, in use\n2026: 14 rows, still needed\n"));
    // What was begun under the old key ends under both.
    let back = world.decides(&consent, PETRA, "allow").await;
    let done = world.comes_back(&session, &back).await.expect(303);
    assert!(done.header("location").unwrap().contains("outcome=connected"));
    assert_eq!(wraps(&world).await, [("2026".to_owned(), 12), ("2027".to_owned(), 2)]);
    let ended = Arc::new(AtomicBool::new(false));
    // A leap of the clock ends leases too: it waits until no call is under way.
    let still = Arc::new(RwLock::new(()));
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (tool, ended, still) = (tool.clone(), Arc::clone(&ended), Arc::clone(&still));
            tokio::spawn(async move {
                let mut calls = 0;
                while !ended.load(Ordering::SeqCst) {
                    let _under_way = still.read().await;
                    tool.get("/campaigns").await.expect(200);
                    calls += 1;
                }
                calls
            })
        })
        .collect();
    let turning = vault(&world, &both, &["rotate", "--batch", "1"]);
    let ageing = async {
        for _ in 0..3 {
            let leap = still.write().await;
            world.advance(Duration::minutes(20)).await;
            drop(leap);
            tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        }
    };
    let ((code, said), ()) = tokio::join!(turning, ageing);
    ended.store(true, Ordering::SeqCst);
    for caller in callers {
        assert!(caller.await.unwrap() > 0);
    }
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("left 0\n") && said.contains("may be retired"), "{said}");
    assert_eq!(wraps(&world).await, [("2027".to_owned(), 14)]);
    let generation: i64 = world.sql("SELECT generation FROM connections").await[0].get(0);
    assert!(generation > 2, "tokens were refreshed meanwhile");
    let (code, said) = vault(&world, &both, &["rotate"]).await;
    assert!(code == 0 && said.contains("wrapped 0 anew"), "{said}");

    // Retired: what began under the old key goes on without it.
    let world = world.restarted(read(&new)).await;
    tool.get("/campaigns").await.expect(200);
    world.advance(Duration::minutes(20)).await;
    tool.get("/campaigns").await.expect(200);
    world.end().await;
}

/// Names in a customer's trail are under the vault's keys as well, and turn with them.
#[tokio::test(flavor = "multi_thread")]
async fn with_the_words_of_a_trail() {
    let (old, both, new) = (years(&["2026"]), years(&["2027", "2026"]), years(&["2027"]));
    let (world, petra, _) = working(&old).await;
    world.advance(Duration::minutes(61)).await;
    world.settle().await;
    let wrapped = "SELECT kek_id FROM audit_keys";
    assert_eq!(world.sql(wrapped).await[0].get::<_, String>(0), "2026");
    let (code, said) = vault(&world, &both, &["rotate", "--batch", "3"]).await;
    assert!(code == 0 && said.contains("may be retired"), "{said}");
    assert_eq!(world.sql(wrapped).await[0].get::<_, String>(0), "2027");
    let world = world.restarted(read(&new)).await;
    let file = petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert!(file.contains("Brandt"), "{file}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_goes_on_where_it_was_killed() {
    let server = TransitServer::start().await;
    let old = years(&["2026"]);
    let (world, _, tool) = working(&old).await;
    let both = [old.clone(), transit(&server)].concat();
    let world = world.restarted(read(&both)).await;
    server.order(|state| state.delay = std::time::Duration::from_millis(100));
    let mut command = command(&world, &both, &["rotate", "--batch", "1"]);
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    tokio::task::spawn_blocking(move || killed_after(child, "done 3, left")).await.unwrap();
    server.order(|state| state.delay = std::time::Duration::ZERO);
    let wrapped = wraps(&world).await;
    let [(before, rest), (after, done)] = wrapped.as_slice() else { panic!("{wrapped:?}") };
    assert_eq!((before.as_str(), after.as_str()), ("2026", "transit:secret/transit/attache:v1"));
    assert!((3..=5).contains(done) && rest + done == 13, "{wrapped:?}");
    tool.get("/campaigns").await.expect(200);
    world.advance(Duration::minutes(20)).await;
    tool.get("/campaigns").await.expect(200);
    let (code, said) = vault(&world, &both, &["rotate"]).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(wraps(&world).await, [(after.clone(), 13)]);

    // Without the server's key the program runs, and says what it lacks.
    let (code, said) = vault(&world, &old, &["status"]).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("attache:v1: 13 rows, missing"), "{said}");
    let (code, said) = vault(&world, &old, &["rotate"]).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("does not open: Token {"), "{said}");
    assert_eq!(wraps(&world).await, [(after.clone(), 13)], "what does not open stays as it is");
    tool.get("/campaigns").await.expect(200);
    world.end().await;
}

/// Kills the process as a crash would, once it printed this.
fn killed_after(mut child: Child, text: &str) {
    use std::io::BufRead;
    let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    let seen = lines.map_while(Result::ok).any(|line| line.starts_with(text));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(seen, "it ended too early");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_holds_the_key_and_may_be_away() {
    for derived in [true, false] {
        let server = TransitServer::start().await;
        server.order(|state| state.derived = derived);
        let keys = transit(&server);
        let (world, _, tool) = working(&keys).await;
        for _ in 0..20 {
            tool.get("/campaigns").await.expect(200);
        }
        assert_eq!(server.count("keys"), 1, "the key is looked at once");
        assert!(server.count("decrypt") <= 2, "not once a call");

        // A newer version: new tokens and what is wrapped anew get it, older rows still open.
        server.turn();
        server.count("encrypt");
        world.advance(Duration::minutes(20)).await;
        tool.get("/campaigns").await.expect(200);
        let versions = ["transit:secret/transit/attache:v1", "transit:secret/transit/attache:v2"];
        let wrapped = wraps(&world).await;
        assert_eq!(wrapped, [(versions[0].to_owned(), 11), (versions[1].to_owned(), 2)]);
        server.count("decrypt");
        let (code, said) = vault(&world, &keys, &["rotate"]).await;
        assert_eq!(code, 0, "{said}");
        assert_eq!(wraps(&world).await, [(versions[1].to_owned(), 13)]);
        let (moved, opened) = (server.count("rewrap"), server.count("decrypt"));
        let expected = if derived { (11, 0) } else { (0, 11) };
        assert_eq!((moved, opened), expected, "data keys stay at the server where they can");
        server.order(|state| state.oldest = 2);

        // Away: nothing is lost, no refresh token is spent, and it goes on by itself.
        let world = world.restarted(read(&keys)).await;
        world.advance(Duration::minutes(20)).await;
        world.forgets().await;
        server.order(|state| state.sealed = true);
        tool.get("/campaigns").await.refused(503, "unavailable");
        assert!(world.hits().await.is_empty(), "nothing was asked of the application");
        let (code, said) = vault(&world, &keys, &["rotate"]).await;
        assert!(code == 1 && said.contains("The key server is not available"), "{said}");
        server.order(|state| state.sealed = false);
        tool.get("/campaigns").await.expect(200);
        let alarms = world.anyone().get("/metrics").await.expect(200).text();
        assert!(!alarms.contains("vault_alarms_total"), "away is no alarm");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_kind_is_refused_by_name() {
    let server = TransitServer::start().await;
    server.order(|state| state.kind = "rsa-4096");
    let world = World::new().await;
    let (code, said) = vault(&world, &transit(&server), &["status"]).await;
    assert!(code == 1 && said.contains("is of type rsa-4096"), "{said}");
    let mut other = transit(&server);
    other.pop();
    other.push(("ATTACHE_TRANSIT_TOKEN", "hvs.other".to_owned()));
    let (code, said) = vault(&world, &other, &["status"]).await;
    assert!(code == 1 && said.contains("status 403: permission denied"), "{said}");
    assert!(!said.contains("hvs.other"), "{said}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_points_elsewhere_is_not_followed() {
    let (world, elsewhere) = (World::new().await, TransitServer::start().await);
    let mut keys = transit(&elsewhere);
    keys[0].1 = points_to(&elsewhere.url).await;
    // A proxy of the environment would be asked first.
    keys.push(("http_proxy", elsewhere.url.clone()));
    let (code, said) = vault(&world, &keys, &["status"]).await;
    assert!(code == 1 && said.contains("status 307"), "{said}");
    assert_eq!(elsewhere.count("keys"), 0, "the token went nowhere else");
    world.end().await;
}

/// A server that answers everything with a redirect.
async fn points_to(elsewhere: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let place = format!("{elsewhere}/v1/secret/transit/keys/attache");
    let answer = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n"
    );
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = [0; 2048];
            let _ = socket.read(&mut head).await;
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    url
}

/// Every column that names a key is known to the rotation.
#[tokio::test(flavor = "multi_thread")]
async fn no_wrapped_key_is_forgotten() {
    let world = World::new().await;
    let sql = "SELECT table_name || '.' || column_name FROM information_schema.columns
               WHERE table_schema = 'public' AND column_name LIKE '%kek_id' ORDER BY 1";
    let columns: Vec<String> = world.sql(sql).await.iter().map(|row| row.get(0)).collect();
    let known = ["audit_keys.kek_id", "connection_secrets.kek_id", "oauth_states.client_kek_id"];
    assert_eq!(columns, [known[0], known[1], known[2], "oauth_states.verifier_kek_id"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_33_tokens_moved_between_connections_open_nowhere() {
    let (world, _, tool) = working(&years(&["2027"])).await;
    let karin = world.customer("Moorhald").await;
    world.connects(&karin, "karin@moorhald.example").await;
    world.forgets().await;
    let mut alarms = 0;
    for columns in ["sealed wrapped_key kek_id generation", "sealed", "wrapped_key kek_id"] {
        swap(&world, "access", columns).await;
        tool.get("/campaigns").await.refused(503, "unavailable");
        alarms += 1;
        assert_eq!(count_alarms(&world).await, alarms, "{columns}");
        swap(&world, "access", columns).await;
        tool.get("/campaigns").await.expect(200);
        world.forgets().await;
    }
    world.advance(Duration::minutes(20)).await;
    swap(&world, "refresh", "sealed wrapped_key kek_id").await;
    tool.get("/campaigns").await.refused(503, "unavailable");
    assert_eq!(count_alarms(&world).await, alarms + 1);
    assert!(world.hits().await.is_empty(), "no token left");
    let sql = "SELECT outcome || ' ' || code FROM access_log WHERE outcome <> 'done' LIMIT 1";
    let told: String = world.sql(sql).await[0].get(0);
    assert_eq!(told, "refused unavailable", "the customer's log tells of it");
    let (code, said) = vault(&world, &years(&["2028", "2027"]), &["rotate"]).await;
    assert!(code == 1 && said.contains("does not open: Token {"), "found by a rotation: {said}");
    swap(&world, "refresh", "sealed wrapped_key kek_id").await;
    world.end().await;
}

async fn count_alarms(world: &World) -> usize {
    let figures = world.anyone().get("/metrics").await.expect(200).text();
    let line = figures.lines().find_map(|line| line.strip_prefix("vault_alarms_total "));
    line.map_or(0, |count| count.parse().unwrap())
}

/// Somebody with the rights of the tables' owner swaps columns of the two connections' secrets.
async fn swap(world: &World, kind: &str, columns: &str) {
    let owner = world.database.connect(Role::Owner).await;
    let columns: Vec<&str> = columns.split(' ').collect();
    let set: Vec<String> = columns.iter().map(|c| format!("{c} = o.{c}")).collect();
    let (vendor, set) = (world.larkfield.vendor, set.join(", "));
    let sql = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         UPDATE connection_secrets s SET {set}
         FROM (SELECT * FROM connection_secrets) o
         WHERE s.kind = '{kind}' AND o.kind = s.kind AND o.connection_id <> s.connection_id;
         COMMIT;"
    );
    owner.batch_execute(&sql).await.unwrap();
}
