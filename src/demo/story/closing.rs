//! The end, and what must hold afterwards: access is over with the work, the ledger balances, each
//! transfer exists once.

use super::Scene;
use super::access::Letter;
use super::contracting::Deal;
use crate::demo::actor::Actor;
use anyhow::{Context, Result, ensure};
use api::billing;
use api::platform::db::Db;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The completed engagement has ended the access; the account is disconnected.
pub(super) async fn end_access(
    scene: &Scene<'_>,
    deal: &Deal,
    letter: &Letter,
    customer: &mut Actor,
) -> Result<()> {
    let path = format!("/v1/engagements/{}", deal.id);
    let completed = |json: &Value| json.get("state") == Some(&Value::from("completed"));
    customer.wait(&path, "the engagement to be completed", completed).await?;
    let refused = letter.call(scene, (Method::GET, "/campaigns"), None).await?;
    refused.refused(403, "grant-ended")?;
    scene.telling.step(format!("{} is completed; the next call is refused: 403", deal.number));
    let path = format!("/v1/connections/{}", letter.connection);
    customer.act(&format!("{path}/disconnect")).await?.expect(200)?;
    let told = |json: &Value| json.get("revocation") == Some(&Value::from("done"));
    customer.wait(&path, "the application to end the tokens", told).await?;
    scene.telling.step("the account is disconnected, and the application has ended its tokens");
    Ok(())
}

pub(super) async fn check(scene: &Scene<'_>, deal: &Deal, letter: &Letter) -> Result<()> {
    scene.telling.chapter("Closing checks");
    match &scene.places.database {
        Some(url) => check_ledger(scene, url).await?,
        None => scene.telling.note("the ledger was not looked at: name its --database, or --data"),
    }
    check_transfers(scene, deal).await?;
    let refused = letter.call(scene, (Method::GET, "/campaigns"), None).await?;
    refused.refused(403, "grant-ended")?;
    scene.telling.step("the ended letter of access still opens nothing: 403");
    Ok(())
}

async fn check_ledger(scene: &Scene<'_>, url: &str) -> Result<()> {
    let db = Db::open(url, 1).await.context("the database is away")?;
    let report = billing::check_ledger(&db).await?;
    let broken: Vec<String> = report
        .broken
        .iter()
        .map(|found| format!("{} {}: {}", found.check, found.subject, found.says))
        .collect();
    ensure!(report.is_sound(), "the ledger is not sound:\n{}", broken.join("\n"));
    scene.telling.step(format!(
        "the ledger balances: {} journals with {} entries sum to zero",
        report.journals, report.entries
    ));
    Ok(())
}

/// At the processor each share of this engagement was sent once, and its books balance.
async fn check_transfers(scene: &Scene<'_>, deal: &Deal) -> Result<()> {
    let url = scene.places.payments.join("/sandbox/books")?;
    let answer = scene.stage.client.get(url).send().await.context("the sandbox is away")?;
    let books: Value = answer.json().await.context("the sandbox tells no books")?;
    let problems = books.get("problems").cloned().unwrap_or_default();
    ensure!(problems == json!([]), "the processor's books do not balance: {problems}");
    let group = format!("engagement-{}", deal.id);
    let sent = books.pointer(&format!("/transfer_groups/{group}")).and_then(Value::as_array);
    let sent = sent.with_context(|| format!("the processor knows no transfers of {group}"))?;
    let once: BTreeSet<String> = sent
        .iter()
        .filter_map(|t| Some(format!("{}{}", t.get("source_transaction")?, t.get("destination")?)))
        .collect();
    let wanted = deal.milestones.len() * PAYEES;
    ensure!(sent.len() == wanted, "{} transfers instead of {wanted}", sent.len());
    ensure!(once.len() == wanted, "a share was sent twice: {sent:?}");
    scene.telling.step(format!(
        "at the processor: {wanted} transfers of {}, each once; its books balance",
        deal.number
    ));
    Ok(())
}

/// Consultant, vendor and reseller; the operator's part stays.
const PAYEES: usize = 3;
