//! Work through the gateway: campaigns are read, a draft is written, everything else is refused
//! before it reaches the application, and the access log tells of all of it.

use super::Scene;
use super::access::Letter;
use crate::demo::actor::{Actor, Answer};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

pub(super) async fn play(scene: &Scene<'_>, letter: &Letter, customer: &mut Actor) -> Result<()> {
    let before = arrived(scene, letter).await?.len();
    let campaigns = letter.call(scene, (Method::GET, "/campaigns"), None).await?.expect(200)?;
    let list = letter.call(scene, (Method::GET, "/lists"), None).await?.expect(200)?;
    let draft = draft(scene, letter, &list).await?;
    scene.telling.step(format!(
        "through the gateway: {} campaigns are read, the draft {draft} is written",
        first_list(&campaigns)?.len()
    ));
    refuse(scene, letter, &draft).await?;
    let calls: Vec<String> = arrived(scene, letter).await?.into_iter().skip(before).collect();
    let wanted = ["GET /api/v1/campaigns", "GET /api/v1/lists", "POST /api/v1/campaigns"];
    ensure!(calls == wanted, "the application saw other calls than were let through: {calls:?}");
    scene.telling.step("the application saw the three calls that were let through, and no other");
    read_log(scene, letter, customer).await
}

async fn draft(scene: &Scene<'_>, letter: &Letter, lists: &Answer) -> Result<String> {
    let list = first_list(lists)?.first().and_then(|l| l.get("id")?.as_str());
    let body = json!({
        "name": format!("Dealer mail {}", scene.run()), "subject": "Your dealer has called",
        "from_name": "Harbourline", "from_email": "desk@harbourline.example",
        "list_id": list.with_context(|| lists.wrong("there is no list"))?,
        "body": "Nothing more from us until you ask.",
    });
    let made = letter.call(scene, (Method::POST, "/campaigns"), Some(body)).await?.expect(201)?;
    made.at("/id")
}

/// Sending, deleting and an address of no operation, each refused here.
async fn refuse(scene: &Scene<'_>, letter: &Letter, draft: &str) -> Result<()> {
    let send = format!("/campaigns/{draft}/send");
    let sent = letter.call(scene, (Method::POST, &send), None).await?;
    sent.refused(403, "operation-denied")?;
    let delete = format!("/campaigns/{draft}");
    let deleted = letter.call(scene, (Method::DELETE, &delete), None).await?;
    deleted.refused(403, "operation-denied")?;
    let elsewhere = letter.call(scene, (Method::GET, "/billing/cards"), None).await?;
    elsewhere.refused(404, "no-such-operation")?;
    scene.telling.step("refused: sending it (403), deleting it (403), another address (404)");
    Ok(())
}

async fn read_log(scene: &Scene<'_>, letter: &Letter, customer: &mut Actor) -> Result<()> {
    let path = format!("/v1/access-log?grant={}&limit=50", letter.id);
    let log = customer.get(&path).await?.expect(200)?;
    let count = |outcome: &str| {
        let items = log.json.get("items").and_then(Value::as_array).into_iter().flatten();
        items.filter(|e| e.get("outcome") == Some(&Value::from(outcome))).count()
    };
    let (done, refused) = (count("done"), count("refused"));
    ensure!((done, refused) == (3, 3), log.wrong("wanted three calls done and three refused"));
    scene.telling.step("the customer's access log: 3 calls done, 3 refused");
    Ok(())
}

/// The list in an answer, whatever the application calls it.
fn first_list(answer: &Answer) -> Result<&Vec<Value>> {
    let fields = answer.json.as_object().into_iter().flat_map(|fields| fields.values());
    let list = answer.json.as_array().or_else(|| fields.filter_map(Value::as_array).next());
    list.with_context(|| answer.wrong("there is no list in it"))
}

/// Every call for this account that the application's servers saw, oldest first.
async fn arrived(scene: &Scene<'_>, letter: &Letter) -> Result<Vec<String>> {
    let url = scene.places.marketing.join("/sandbox/hits")?;
    let answer = scene.stage.client.get(url).send().await.context("the sandbox is away")?;
    let hits: Vec<Value> = answer.json().await.context("the sandbox tells no hits")?;
    let ours = |hit: &&Value| hit.get("account").and_then(Value::as_str) == Some(&letter.account);
    Ok(hits.iter().filter(ours).filter_map(api_call).collect())
}

fn api_call(hit: &Value) -> Option<String> {
    let path = hit.get("path")?.as_str()?;
    let method = hit.get("method")?.as_str()?;
    path.starts_with("/api/").then(|| format!("{method} {path}"))
}
