//! Somebody else's thing looks like no thing at all: asked for by another organization or from
//! another program on the same installation, it answers what a made-up id answers, to the letter.

use super::operations::{Description, Operation};
use super::stage::{NOTHING, Stage};
use crate::support::neighbours::{foreigner, other_program};
use crate::support::{Actor, Answer, World};
use reqwest::Method;
use serde_json::Value;

/// Everybody who has nothing to do with the things on the stage.
async fn outsiders(world: &World) -> Vec<Actor> {
    let far = other_program(world, "nordwind").await;
    vec![
        world.customer("Casa Verde").await,
        world.consultant("Kofler").await,
        world.join("reseller", "owner", "Sara Sales").await,
        foreigner(world, &far, "customer", "owner").await,
        foreigner(world, &far, "partner", "owner").await,
        foreigner(world, &far, "vendor", "owner").await,
    ]
}

/// Things that everybody in the program may see, or may know to exist.
fn is_shown(op: &Operation) -> bool {
    op.is_public() || op.path.contains("/programs/") || op.path.contains("/upstreams/")
}

async fn ask(actor: &Actor, op: &Operation, path: &str, body: Option<&Value>) -> Answer {
    let mut request = actor.request(op.method.clone(), path);
    request = match op.method {
        Method::POST => request.header("idempotency-key", hex::encode(rand::random::<[u8; 8]>())),
        Method::PUT => request.header("if-match", "\"1\""),
        _ => request,
    };
    if op.takes_a_file() {
        let part = "--b\r\ncontent-disposition: form-data; name=\"text\"\r\n\r\nhello\r\n";
        let file = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"";
        let kind = "multipart/form-data; boundary=b";
        let text = if op.path.ends_with("/files") { "" } else { part };
        request = request.header("content-type", kind);
        request = request.body(format!("{text}{file}\r\n\r\nx\r\n--b--\r\n"));
    } else if let Some(body) = body {
        request = request.json(body);
    }
    actor.answer(op.method.clone(), path, request).await
}

/// All that an answer tells: status, body, and the headers that are not about the request.
fn told(answer: &Answer) -> (u16, String, Option<String>) {
    let kind = answer.header("content-type").map(str::to_owned);
    (answer.status, answer.text(), kind)
}

#[tokio::test(flavor = "multi_thread")]
async fn another_ones_thing_answers_like_nothing() {
    let stage = Stage::new().await;
    let description = Description::read();
    let outsiders = outsiders(&stage.world).await;
    let (mut probes, mut hidden) = (0, 0);
    for op in description.operations() {
        if is_shown(&op) || !op.path.contains('{') {
            continue;
        }
        let body = description.body(&op).map(|schema| description.sample(schema));
        let real = op.filled(|name| stage.id(name));
        let made_up = op.filled(|_| NOTHING.to_owned());
        assert_ne!(real, made_up, "the stage lacks what {} names", op.path);
        for outsider in &outsiders {
            let theirs = told(&ask(outsider, &op, &real, body.as_ref()).await);
            let nothing = told(&ask(outsider, &op, &made_up, body.as_ref()).await);
            let at = format!("{} {} {}", outsider.email, op.method, op.path);
            assert_eq!(theirs, nothing, "{at}: what exists answers unlike what does not");
            assert!((400..500).contains(&theirs.0), "{at}: {theirs:?}");
            probes += 1;
            hidden += usize::from(theirs.0 == 404);
        }
    }
    assert!(probes > 300, "only {probes} probes");
    assert!(hidden * 2 > probes, "{hidden} of {probes} found nothing: the rest proves little");
    stage.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_hold_nothing_of_others() {
    let stage = Stage::new().await;
    let outsiders = outsiders(&stage.world).await;
    let mut lists = 0;
    for op in Description::read().operations() {
        if op.method != Method::GET || op.path.contains('{') || op.is_public() {
            continue;
        }
        for outsider in &outsiders {
            let answer = ask(outsider, &op, &op.path, None).await;
            let text = answer.text();
            // The fees of a program are shown to its own partners.
            let far = outsider.email.contains("@far-");
            for (name, id) in stage.ids.iter().filter(|(name, _)| far || **name != "fee_rule") {
                assert!(!text.contains(id.as_str()), "{} shows a {name}", answer.asked);
            }
            lists += usize::from(answer.status == 200);
        }
    }
    assert!(lists > 50, "only {lists} lists");
    stage.world.end().await;
}
