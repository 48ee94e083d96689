//! The work: delivered with a file, returned once, delivered again, accepted.

use super::Scene;
use super::contracting::{Deal, Piece};
use super::telling::money;
use crate::demo::actor::{Actor, Part};
use anyhow::{Result, ensure};
use serde_json::{Value, json};

/// A small picture that is whole, so that its bytes can be looked at.
const FILE: (&str, &[u8]) = ("lead-map.txt", b"Five leaks, the largest is the form.\n");

/// The first milestone: with a file, and a change that is asked for and made.
pub(super) async fn first(
    scene: &Scene<'_>,
    deal: &Deal,
    piece: &Piece,
    (customer, consultant): (&mut Actor, &mut Actor),
) -> Result<()> {
    let path = format!("/v1/milestones/{}/deliverables", piece.id);
    let text = "The map of leads with its five leaks, and three drafts.";
    let parts = [Part::field("text", text), Part::file("file", FILE.0, FILE.1)];
    let delivered = consultant.upload(&path, &parts).await?.expect(201)?;
    let file = delivered.at("/file/id")?;
    scene.telling.step(format!("delivered, version 1, with the file {} ({file})", FILE.0));
    let kept = customer.get(&format!("/v1/files/{file}")).await?.expect(200)?;
    ensure!(kept.text.as_bytes() == FILE.1, kept.wrong("the file is another one"));
    let path_of_changes = format!("/v1/milestones/{}/change-requests", piece.id);
    let note = "Mail 2 should say that Hald has no road in April.";
    let wish = json!({ "text": note, "version": 1 });
    let returned = customer.post(&path_of_changes, wish).await?.expect(201)?;
    let state = returned.at("/state")?;
    ensure!(state == "changes_requested", returned.wrong("wanted it returned"));
    scene.telling.step("the customer returns it with a note");
    let parts = [Part::field("text", "Mail 2 says it now, in its first line.")];
    consultant.upload(&path, &parts).await?.expect(201)?;
    scene.telling.step("delivered again, version 2");
    accept(scene, deal, (piece, 2), customer).await
}

/// A milestone that is delivered and accepted.
pub(super) async fn plainly(
    scene: &Scene<'_>,
    deal: &Deal,
    piece: &Piece,
    (customer, consultant): (&mut Actor, &mut Actor),
) -> Result<()> {
    let path = format!("/v1/milestones/{}/deliverables", piece.id);
    let parts = [Part::field("text", "All nine mails are drafts in the folder Spring.")];
    consultant.upload(&path, &parts).await?.expect(201)?;
    scene.telling.step("delivered, version 1");
    accept(scene, deal, (piece, 1), customer).await
}

/// The customer accepts; the consultant cannot do it for them.
async fn accept(
    scene: &Scene<'_>,
    deal: &Deal,
    (piece, version): (&Piece, i32),
    customer: &mut Actor,
) -> Result<()> {
    let path = format!("/v1/milestones/{}/accept", piece.id);
    let accepted = customer.post(&path, json!({ "version": version })).await?;
    let accepted = accepted.expect(200)?;
    ensure!(accepted.at("/state")? == "accepted", accepted.wrong("wanted it accepted"));
    scene.telling.step(format!(
        "accepted: {} of {} released",
        money(piece.price, &piece.currency),
        deal.number
    ));
    let seen = customer.get(&format!("/v1/milestones/{}", piece.id)).await?.expect(200)?;
    let mut sum = 0;
    for share in seen.list("/shares")? {
        sum += tell_share(scene, share, &piece.currency);
    }
    ensure!(sum == piece.price, seen.wrong("the shares do not add up to the price"));
    scene.telling.step("the shares add up to the price exactly");
    Ok(())
}

fn tell_share(scene: &Scene<'_>, share: &Value, currency: &str) -> i64 {
    let word = |pointer: &str| share.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let number = |pointer: &str| share.pointer(pointer).and_then(Value::as_i64).unwrap_or_default();
    let amount = number("/amount/minor");
    scene.telling.note(format!(
        "{:<10} {:>5} of 10,000  {:>14}  {}",
        word("/party"),
        number("/parts"),
        money(amount, currency),
        word("/organization_name"),
    ));
    amount
}
