//! The audit trail: written by the database, signed every hour, verified from a file by anybody.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::{Actor, World};
use api::access::{Verdict, verify_audit_trail};
use attache::postgres::Role;
use serde_json::Value;

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    tool: Tool,
}

/// An account connected, a letter granted, a read, a refused write and a draft.
async fn scene() -> Scene {
    let world = World::new().await;
    let petra = world.customer("Fjordhaus").await;
    let expert = world.consultant("Brandt").await;
    let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
    let connection = world.connects(&petra, PETRA).await;
    let grant = world.grants((&petra, &expert), &engagement, &connection, "author-drafts").await;
    let tool = Tool::with_key(&expert, &grant).await;
    tool.get("/campaigns").await.expect(200);
    tool.post("/campaigns/cmp_1/send", serde_json::json!({}))
        .await
        .refused(403, "operation-denied");
    Scene { world, petra, expert, tool }
}

async fn trail(of: &Actor, after: i64) -> String {
    of.get(&format!("/v1/audit-trail.jsonl?after={after}")).await.expect(200).text()
}

fn verified(file: &str, key: &str) -> Verdict {
    verify_audit_trail(file.as_bytes(), Some(key)).unwrap_or_else(|fault| panic!("{fault}\n{file}"))
}

fn records(file: &str) -> Vec<Value> {
    let lines = file.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["seq"].is_i64()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_and_every_step_is_in_the_chain() {
    let Scene { world, petra, expert, tool } = scene().await;
    let key = petra.get("/v1/audit-trail/key").await.expect(200).at("/public");
    let file = trail(&petra, 0).await;
    let verdict = verified(&file, &key);
    let kinds: Vec<String> = records(&file)
        .iter()
        .map(|record| {
            let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
            body["what"]["kind"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(kinds, ["connection-made", "access-granted", "call", "call"]);
    assert_eq!((verdict.records, verdict.signed_to, verdict.forgotten), (4, Some(4), 0));
    let last = &records(&file)[3];
    assert!(last["words"].as_str().unwrap().contains("\"name\" : \"Brandt\""), "{last}");
    assert!(!last["body"].as_str().unwrap().contains("Brandt"), "names stand apart");
    tool.get("/lists").await.expect(200);
    let more = trail(&petra, 4).await;
    let part = verified(&more, &key);
    assert_eq!((part.first, part.last), (5, 5));
    petra.get("/v1/audit-trail.jsonl?after=99").await.refused(422, "invalid");
    petra.get("/v1/audit-trail.jsonl?after=-1").await.refused(400, "bad-parameter");
    expert.get("/v1/audit-trail.jsonl").await.refused(403, "not-permitted");
    let member = world.colleague(&petra, "customer", "member", "Mia").await;
    member.get("/v1/audit-trail.jsonl").await.refused(403, "not-permitted");
    let other = world.customer("Casa Verde").await;
    assert_eq!(verified(&trail(&other, 0).await, &key).records, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_are_signed_every_hour_while_something_happens() {
    let Scene { world, petra, tool, .. } = scene().await;
    world.advance(chrono::Duration::minutes(61)).await;
    world.settle().await;
    let signed = "SELECT seq FROM audit_checkpoints ORDER BY seq";
    let seqs = |rows: Vec<tokio_postgres::Row>| rows.iter().map(|r| r.get(0)).collect::<Vec<i64>>();
    assert_eq!(seqs(world.sql(signed).await), [4]);
    world.advance(chrono::Duration::hours(3)).await;
    world.settle().await;
    assert_eq!(seqs(world.sql(signed).await), [4], "nothing happened, nothing is signed");
    tool.get("/lists").await.expect(200);
    world.advance(chrono::Duration::minutes(61)).await;
    world.settle().await;
    assert_eq!(seqs(world.sql(signed).await), [4, 5]);
    let key = petra.get("/v1/audit-trail/key").await.expect(200).at("/public");
    assert_eq!(verified(&trail(&petra, 0).await, &key).checkpoints, 3, "and one for the file");
    world.end().await;
}

/// What the database holds of names, in the clear and sealed.
async fn openings(world: &World) -> (i64, i64) {
    let sql = "SELECT count(words), count(sealed) FROM audit_openings";
    let row = &world.sql(sql).await[0];
    (row.get(0), row.get(1))
}

/// `attache audit forget` for Fjordhaus; its exit code and what it said.
async fn forget(world: &World, petra: &Actor, arguments: &[&str]) -> (i32, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_attache"));
    command.args(["audit", "forget", &petra.organization.to_string()]).args(arguments);
    command.env("DATABASE_URL", world.database.url(Role::App));
    command.env("ATTACHE_SECRET_KEY", "07".repeat(32));
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
    (done.status.code().unwrap(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_sealed_for_the_customer_and_forgotten_with_the_key() {
    let Scene { world, petra, tool, .. } = scene().await;
    let key = petra.get("/v1/audit-trail/key").await.expect(200).at("/public");
    let clear = trail(&petra, 0).await;
    assert_eq!(openings(&world).await, (4, 0));
    assert_eq!(forget(&world, &petra, &["--for-good"]).await.0, 1, "nothing is sealed yet");
    world.advance(chrono::Duration::minutes(61)).await;
    world.settle().await;
    assert_eq!(openings(&world).await, (0, 4));
    let dump = "SELECT string_agg(o::text, ' ') FROM audit_openings o";
    let dump: String = world.sql(dump).await[0].get(0);
    assert!(!dump.contains("Brandt") && !dump.contains(&hex::encode("Brandt")), "{dump}");
    // The customer's file is the same, word for word and salt for salt.
    let sealed = trail(&petra, 0).await;
    let words = |file: &str| records(file).iter().map(|r| r["words"].clone()).collect::<Vec<_>>();
    assert_eq!(records(&clear), records(&sealed));
    assert!(words(&sealed)[3].as_str().unwrap().contains("Brandt"));
    assert_eq!(verified(&sealed, &key).forgotten, 0);
    moved_words_do_not_open(&world, &petra).await;
    // What comes later is sealed under the same key; what was sealed stays as it is.
    tool.get("/lists").await.expect(200);
    world.advance(chrono::Duration::minutes(61)).await;
    world.settle().await;
    assert_eq!(openings(&world).await, (0, 5));
    let keys: i64 = world.sql("SELECT count(*) FROM audit_keys").await[0].get(0);
    assert_eq!(keys, 1);
    let (code, said) = forget(&world, &petra, &[]).await;
    assert!(code == 1 && said.contains("--for-good"), "{said}");
    let (code, said) = forget(&world, &petra, &["--for-good"]).await;
    assert_eq!(code, 0, "{said}");
    tool.get("/lists").await.expect(200);
    let after = trail(&petra, 0).await;
    let verdict = verified(&after, &key);
    assert_eq!((verdict.records, verdict.forgotten), (6, 5), "the chain holds without them");
    world.advance(chrono::Duration::minutes(61)).await;
    world.settle().await;
    assert_eq!(openings(&world).await, (0, 6), "under a new key");
    assert_eq!(verified(&trail(&petra, 0).await, &key).forgotten, 5);
    world.end().await;
}

/// By somebody with the rights of the tables' owner; the program's role can do neither.
async fn moved_words_do_not_open(world: &World, petra: &Actor) {
    let vendor = world.larkfield.vendor;
    let set = format!("SELECT set_config('attache.vendor', '{vendor}', false)");
    let app = world.database.connect(Role::App).await;
    app.batch_execute(&set).await.unwrap();
    for forbidden in [
        "UPDATE audit_openings SET sealed = '' WHERE seq = 1",
        "UPDATE audit_keys SET sealed_to = 0",
    ] {
        let error = app.batch_execute(forbidden).await.unwrap_err();
        assert_eq!(error.code().map(|code| code.code()), Some("42501"), "{forbidden}: {error:?}");
    }
    let again = format!(
        "SELECT seal_openings('{}', id, ARRAY[1], ARRAY[''::bytea]) FROM audit_keys",
        petra.organization
    );
    app.batch_execute(&again).await.unwrap();
    assert_eq!(records(&trail(petra, 0).await).len(), 4, "what is sealed is not sealed again");
    let owner = world.database.connect(Role::Owner).await;
    owner.batch_execute(&set).await.unwrap();
    let swap = "UPDATE audit_openings o SET sealed = p.sealed FROM audit_openings p
                WHERE (o.seq, p.seq) IN ((1, 2), (2, 1))";
    owner.batch_execute(swap).await.unwrap();
    petra.get("/v1/audit-trail.jsonl").await.refused(500, "fault");
    let alarms = world.anyone().get("/metrics").await.expect(200).text();
    assert!(alarms.contains("vault_alarms_total 1"), "{alarms}");
    owner.batch_execute(swap).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_once_stand_one_after_the_other() {
    let Scene { world, petra, tool, .. } = scene().await;
    let calls = (0..12).map(|_| tool.get("/lists"));
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let key = petra.get("/v1/audit-trail/key").await.expect(200).at("/public");
    assert_eq!(verified(&trail(&petra, 0).await, &key).records, 16);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_can_neither_write_nor_change_a_record() {
    let Scene { world, petra, .. } = scene().await;
    world.settle().await;
    let app = world.database.connect(Role::App).await;
    let vendor = world.larkfield.vendor;
    let set = format!("SELECT set_config('attache.vendor', '{vendor}', false)");
    app.batch_execute(&set).await.unwrap();
    for forbidden in [
        "UPDATE audit_records SET body = '{}'",
        "DELETE FROM audit_records",
        "TRUNCATE audit_records",
        "INSERT INTO audit_records SELECT * FROM audit_records",
        "UPDATE audit_openings SET words = ''",
        "DELETE FROM audit_openings",
        "UPDATE audit_heads SET seq = 1",
        "UPDATE audit_checkpoints SET at = app_now()",
        "SELECT append_audit(NULL, '{}', '{}')",
    ] {
        let error = app.batch_execute(forbidden).await.unwrap_err();
        assert_eq!(error.code().map(|code| code.code()), Some("42501"), "{forbidden}: {error:?}");
    }
    // An owner of the database can; the file tells.
    let owner = world.database.connect(Role::Owner).await;
    owner.batch_execute(&set).await.unwrap();
    let changed =
        "UPDATE audit_records SET body = replace(body, 'refused', 'allowed') WHERE seq = 4";
    let error = owner.batch_execute(changed).await.unwrap_err();
    let named = error.as_db_error().and_then(|error| error.constraint());
    assert_eq!(named, Some("audit_records_hash_fits"), "the hash no longer fits: {error}");
    let rewritten = "ALTER TABLE audit_records DROP CONSTRAINT audit_records_hash_fits";
    owner.batch_execute(rewritten).await.unwrap();
    owner.batch_execute(changed).await.unwrap();
    let fault = verify_audit_trail(trail(&petra, 0).await.as_bytes(), None).unwrap_err();
    assert_eq!(fault.seq, Some(4), "{fault}");
    owner.batch_execute("DELETE FROM audit_openings WHERE seq < 3").await.unwrap();
    let key = petra.get("/v1/audit-trail/key").await.expect(200).at("/public");
    owner
        .batch_execute("UPDATE audit_records SET body = replace(body, 'allowed', 'refused')")
        .await
        .unwrap();
    assert_eq!(verified(&trail(&petra, 0).await, &key).forgotten, 2, "the chain still holds");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_34_a_record_that_is_gone_or_moved_is_named() {
    let Scene { world, petra, .. } = scene().await;
    let owner = world.database.connect(Role::Owner).await;
    let vendor = world.larkfield.vendor;
    let set = format!("SELECT set_config('attache.vendor', '{vendor}', false)");
    owner.batch_execute(&set).await.unwrap();
    let whole = trail(&petra, 0).await;
    let key = petra.get("/v1/audit-trail/key").await.expect(200).at("/public");
    assert_eq!(verified(&whole, &key).records, 4);
    let gone: Vec<&str> = whole.lines().filter(|line| !line.starts_with("{\"seq\":2,")).collect();
    assert_eq!(gone.len() + 1, whole.lines().count());
    let mut moved: Vec<&str> = whole.lines().collect();
    moved.swap(2, 3);
    for lines in [gone, moved] {
        let fault = verify_audit_trail(lines.join("\n").as_bytes(), Some(&key)).unwrap_err();
        assert_eq!(fault.seq, Some(3), "{fault}");
    }
    // The same by somebody with the rights of the tables' owner.
    let deleted =
        "DELETE FROM audit_openings WHERE seq = 2; DELETE FROM audit_records WHERE seq = 2";
    owner.batch_execute(deleted).await.unwrap();
    let fault = verify_audit_trail(trail(&petra, 0).await.as_bytes(), Some(&key)).unwrap_err();
    assert_eq!(fault.seq, Some(3), "{fault}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_35_what_cannot_be_recorded_is_not_sent() {
    let Scene { world, tool, .. } = scene().await;
    world.settle().await;
    let owner = world.database.connect(Role::Owner).await;
    world.forgets().await;
    let full = "ALTER TABLE audit_records ADD CONSTRAINT full_disk CHECK (false) NOT VALID";
    owner.batch_execute(full).await.unwrap();
    let draft = serde_json::json!({ "name": "x", "subject": "y" });
    tool.post("/campaigns", draft.clone()).await.refused(503, "unavailable");
    assert!(world.hits().await.is_empty(), "the write was not sent");
    // Reads find out by the first line that is lost; from then on each waits for its own.
    tool.get("/campaigns").await.expect(200);
    world.settle().await;
    tool.get("/campaigns").await.refused(503, "unavailable");
    tool.get("/users").await.refused(503, "unavailable");
    let mended = "ALTER TABLE audit_records DROP CONSTRAINT full_disk";
    owner.batch_execute(mended).await.unwrap();
    world.forgets().await;
    tool.post("/campaigns", draft).await;
    tool.get("/campaigns").await.expect(200);
    let asked = ["POST /api/v1/campaigns", "GET /api/v1/campaigns"];
    assert_eq!(world.asked_of_api().await, asked);
    world.end().await;
}
