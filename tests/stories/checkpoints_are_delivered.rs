//! A customer has the checkpoints of its audit trail sent to a server of its own: signed, tried
//! until they arrive, to public addresses only.

use crate::support::larkfield::{PETRA, Tool};
use crate::support::reader::{Reader, says};
use crate::support::receiver::{Arrived, Receiver};
use crate::support::{Actor, World};
use chrono::{DateTime, Duration, Utc};
use ring::{hmac, signature};
use serde_json::{Value, json};

const HOOK: &str = "/v1/audit-trail/webhook";

struct Scene {
    world: World,
    petra: Actor,
    expert: Actor,
    tool: Tool,
    server: Receiver,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let petra = world.customer("Fjordhaus").await;
        let expert = world.consultant("Brandt").await;
        let (engagement, _) = world.active(&petra, &expert, &[10_000]).await;
        let connection = world.connects(&petra, PETRA).await;
        let grant =
            world.grants((&petra, &expert), &engagement, &connection, "author-drafts").await;
        let tool = Tool::with_key(&expert, &grant).await;
        Self { world, petra, expert, tool, server: Receiver::start().await }
    }

    /// Checkpoints go to the server from now on; answers the secret.
    async fn hooked(&self) -> String {
        let url = format!("{}/checkpoints", self.server.url);
        let set = self.petra.put(HOOK, json!({ "url": url })).await.expect(200);
        assert_eq!(set.at("/webhook/url"), url);
        set.at("/secret")
    }

    async fn hour(&self) {
        self.world.advance(Duration::minutes(61)).await;
        self.world.settle().await;
    }

    /// Something happens, and an hour passes.
    async fn busy_hour(&self) {
        self.tool.get("/lists").await.expect(200);
        self.hour().await;
    }

    async fn hook(&self) -> Value {
        self.petra.get(HOOK).await.expect(200).json()
    }
}

/// As a receiver checks it that knows nothing of the program.
fn is_signed(arrived: &Arrived, secret: &str) -> bool {
    let header = arrived.header("attache-signature");
    let (at, signed) = header.split_once(',').unwrap();
    let at = at.strip_prefix("t=").unwrap();
    let signed = hex::decode(signed.strip_prefix("v1=").unwrap()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, format!("{at}.{}", arrived.body).as_bytes(), &signed).is_ok()
}

fn seqs(arrived: &[Arrived]) -> Vec<i64> {
    let line = |one: &Arrived| serde_json::from_str::<Value>(&one.body).unwrap();
    arrived.iter().map(|one| line(one)["checkpoint"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_arrives_and_proves_the_chain() {
    let scene = Scene::new().await;
    let (petra, server) = (&scene.petra, &scene.server);
    scene.busy_hour().await;
    let secret = scene.hooked().await;
    scene.world.settle().await;
    assert!(server.arrived().is_empty(), "what was signed before is in the file");
    scene.busy_hour().await;
    let arrived = server.arrived();
    let [one] = arrived.as_slice() else { panic!("{arrived:?}") };
    assert!(is_signed(one, &secret) && !is_signed(one, "ahs_other"));
    assert_eq!(one.header("content-type"), "application/json");
    assert_eq!(one.header("attache-event"), "checkpoint");
    // Exactly a line of the file, and signed by the key that the file names.
    let file = petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    assert!(file.lines().any(|line| line == one.body), "{}\n{file}", one.body);
    let heading: Value = serde_json::from_str(file.lines().next().unwrap()).unwrap();
    let line: Value = serde_json::from_str(&one.body).unwrap();
    let word = |name: &str| line[name].as_str().unwrap();
    let public = hex::decode(heading["keys"][word("key")].as_str().unwrap()).unwrap();
    let at: DateTime<Utc> = word("at").parse().unwrap();
    let at = at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let (customer, seq, hash) = (&petra.organization, &line["checkpoint"], word("hash"));
    let said = format!("attache audit checkpoint 1\n{customer}\n{seq}\n{hash}\n{at}\n");
    let key = signature::UnparsedPublicKey::new(&signature::ED25519, &public);
    key.verify(said.as_bytes(), &hex::decode(word("signature")).unwrap()).unwrap();
    let records = file.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut records = records.filter(|record| record["seq"] == line["checkpoint"]);
    assert_eq!(records.next().unwrap()["hash"], line["hash"]);
    let hook = scene.hook().await;
    assert_eq!(hook["delivered_to"], line["checkpoint"]);
    assert!(hook["delivered_at"].is_string() && hook["failure"].is_null(), "{hook}");
    assert!(hook.get("secret").is_none() && !hook.to_string().contains(&secret));
    // Nothing happens: nothing is signed, nothing is sent.
    scene.hour().await;
    assert!(server.arrived().is_empty());
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_arrive_is_tried_again_until_it_does() {
    let scene = Scene::new().await;
    let server = &scene.server;
    scene.hooked().await;
    server.answers(500, None);
    scene.busy_hour().await;
    let first = server.arrived();
    assert_eq!(first.len(), 1, "{first:?}");
    let hook = scene.hook().await;
    assert_eq!(hook["failure"], "It answered 500.");
    assert!(hook["next_try_at"].is_string() && hook["failing_since"].is_string(), "{hook}");
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let page = petra.open("/access/trail").await;
    says(&page, "Checkpoints do not arrive");
    says(&page, "It answered 500.");
    scene.world.advance(Duration::seconds(61)).await;
    scene.world.settle().await;
    let again = server.arrived();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].header("attache-delivery"), first[0].header("attache-delivery"));
    assert_eq!(again[0].body, first[0].body);
    // Two more hours pile up; the tries stay one at a time.
    scene.busy_hour().await;
    scene.busy_hour().await;
    assert_eq!(seqs(&server.arrived()), vec![seqs(&first)[0]; 2]);
    assert_eq!(mails(&scene).await, 0, "told after a day, not at once");
    for _ in 0..24 {
        scene.hour().await;
    }
    assert_eq!(mails(&scene).await, 1, "and told once");
    for _ in 0..8 {
        scene.hour().await;
    }
    assert_eq!(mails(&scene).await, 1);
    server.arrived();
    // Mended: a test that arrives has all of them sent, in their order.
    let test = format!("{HOOK}/test");
    let failed = scene.petra.post(&test, json!({})).await.expect(200);
    assert_eq!(
        (failed.json()["delivered"].clone(), failed.at("/failure")),
        (json!(false), "It answered 500.".to_owned())
    );
    scene.petra.post(&test, json!({})).await.refused(429, "too-soon");
    server.answers(204, None);
    scene.world.advance(Duration::seconds(11)).await;
    server.arrived();
    assert_eq!(scene.petra.post(&test, json!({})).await.expect(200).json()["delivered"], true);
    scene.world.settle().await;
    let arrived = server.arrived();
    assert_eq!(arrived[0].header("attache-event"), "test");
    let signed: Vec<i64> = scene
        .world
        .sql("SELECT seq FROM audit_checkpoints ORDER BY seq")
        .await
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(seqs(&arrived[1..]), signed, "none is lost, none comes twice");
    let hook = scene.hook().await;
    assert!(hook["failing_since"].is_null() && hook["next_try_at"].is_null(), "{hook}");
    scene.world.end().await;
}

async fn mails(scene: &Scene) -> usize {
    let mails = scene.world.mails_to(&scene.petra.email).await;
    let told = |mail: &&Value| mail["subject"].as_str().unwrap().contains("do not arrive");
    mails.iter().filter(told).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_followed_and_nothing_private_is_reached() {
    let scene = Scene::new().await;
    let (petra, server) = (&scene.petra, &scene.server);
    scene.hooked().await;
    server.answers(307, Some(&format!("{}/elsewhere", server.url)));
    scene.busy_hour().await;
    let paths: Vec<&str> = server.arrived().iter().map(|one| one.path).collect();
    assert_eq!(paths, ["/checkpoints"], "the redirect is an answer like any other");
    let failure = scene.hook().await["failure"].as_str().unwrap().to_owned();
    assert!(failure.contains("307") && failure.contains("not followed"), "{failure}");
    for wrong in [
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[fd12::1]/",
        "http://example.com/",
        "https://user:secret@example.com/",
        "ftp://example.com/",
        "example.com",
        "https://a.example/#x",
    ] {
        let refused = petra.put(HOOK, json!({ "url": wrong })).await;
        assert_eq!(refused.refused(422, "invalid").at("/errors/0/field"), "url", "{wrong}");
    }
    petra
        .put(HOOK, json!({ "url": "https://a.example/", "x": 1 }))
        .await
        .refused(400, "unreadable-body");
    // Without the switch for development this machine is as private as any.
    let node = scene.world.public_node().await;
    let there = Actor { base: format!("http://{}", node.address), ..petra.clone() };
    there.put(HOOK, json!({ "url": server.url })).await.refused(422, "invalid");
    server.arrived();
    let test = there.post(&format!("{HOOK}/test"), json!({})).await.expect(200);
    assert!(test.at("/failure").contains("not public"), "{test:?}");
    assert!(server.arrived().is_empty());
    node.stop().await.unwrap();
    scene.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_the_customers_own_and_ends_when_it_wants() {
    let scene = Scene::new().await;
    let (petra, server) = (&scene.petra, &scene.server);
    petra.get(HOOK).await.refused(404, "not-found");
    petra.post(&format!("{HOOK}/test"), json!({})).await.refused(404, "not-found");
    let old = scene.hooked().await;
    let body = || json!({ "url": "https://rival.example/" });
    let member = scene.world.colleague(petra, "customer", "member", "Mia").await;
    for nobody in [&scene.expert, &member] {
        nobody.get(HOOK).await.refused(403, "not-permitted");
        nobody.put(HOOK, body()).await.refused(403, "not-permitted");
        nobody.delete(HOOK).await.refused(403, "not-permitted");
        nobody.post(&format!("{HOOK}/test"), json!({})).await.refused(403, "not-permitted");
    }
    let rival = scene.world.customer("Rival").await;
    rival.get(HOOK).await.refused(404, "not-found");
    rival.delete(HOOK).await.refused(404, "not-found");
    // The secret is sealed in its row.
    let rows = scene.world.sql("SELECT secret_sealed FROM audit_webhooks").await;
    let sealed: Vec<u8> = rows[0].get(0);
    assert!(!sealed.windows(8).any(|part| part == &old.as_bytes()[..8]));
    // Set again: another secret, and the old one signs nothing any more.
    let admin = scene.world.colleague(petra, "customer", "admin", "Ada").await;
    let new = scene.hooked().await;
    scene.busy_hour().await;
    let arrived = server.arrived();
    assert!(is_signed(&arrived[0], &new) && !is_signed(&arrived[0], &old));
    // Taken away while something waits: nothing comes.
    server.answers(500, None);
    scene.busy_hour().await;
    assert_eq!(server.arrived().len(), 1);
    petra.delete(HOOK).await.expect(204);
    server.answers(200, None);
    scene.busy_hour().await;
    scene.busy_hour().await;
    assert!(server.arrived().is_empty());
    assert!(scene.world.sql("SELECT 1 FROM audit_webhooks").await.is_empty());
    everybody_knows(&scene, &admin, &[&old, &new]).await;
    scene.world.end().await;
}

/// Each of it is in the trail and was told to the other admin, by the host alone.
async fn everybody_knows(scene: &Scene, admin: &Actor, secrets: &[&String]) {
    let file = scene.petra.get("/v1/audit-trail.jsonl").await.expect(200).text();
    let records = file.lines().filter(|line| line.contains("checkpoint-address-"));
    let records: Vec<&str> = records.collect();
    assert_eq!(records.len(), 3, "{file}");
    assert!(records[..2].iter().all(|line| line.contains("checkpoint-address-set")));
    assert!(records[2].contains("checkpoint-address-ended"), "{}", records[2]);
    for record in &records {
        assert!(record.contains("127.0.0.1") && !record.contains("/checkpoints"), "{record}");
        assert!(secrets.iter().all(|secret| !file.contains(secret.as_str())));
    }
    let mails = scene.world.mails_to(&admin.email).await;
    let of = |words: &str| {
        let told = |mail: &&Value| mail["subject"].as_str().unwrap().contains(words);
        mails.iter().filter(told).map(Value::to_string).collect::<Vec<_>>()
    };
    let (set, ended) = (of("go to 127.0.0.1 from now on"), of("no longer go to 127.0.0.1"));
    // The first was before her time, unless it was told late.
    assert!(matches!((set.len(), ended.len()), (1 | 2, 1)), "{set:?} {ended:?}");
    assert!(set[0].contains("Fjordhaus set the address"), "{}", set[0]);
}

/// By the page alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_sets_it_by_the_page() {
    let scene = Scene::new().await;
    let mut petra = Reader::of(&scene.world, &scene.petra.email).await;
    let action = "/p/larkfield/access/trail/webhook";
    let page = petra.open("/access/trail").await;
    says(&page, "Have checkpoints sent to you");
    let wrong = page.form(action).unwrap().set("url", "http://10.0.0.1/");
    let again = petra.send(&wrong).await;
    assert_eq!(again.status, 422);
    says(&again, "An https address of a public server");
    let url = format!("{}/checkpoints", scene.server.url);
    let right = again.form(action).unwrap().set("url", &url);
    let shown = petra.send(&right).await;
    says(&shown, "Shown this once");
    assert!(shown.text.contains("ahs_"));
    let page = petra.open("/access/trail").await;
    assert!(!page.text.contains("ahs_"), "once");
    let form = page.form(&format!("{action}/test")).unwrap();
    says(&petra.send(&form).await, "The test arrived");
    scene.busy_hour().await;
    assert_eq!(scene.server.arrived().len(), 2);
    let page = petra.open("/access/trail").await;
    says(&page, "Arrives");
    let form = page.form(&format!("{action}/end")).unwrap();
    says(&petra.send(&form).await, "Nothing is sent any more");
    scene.world.end().await;
}
