//! A milestone is paid on the processor's page; it is held when the signed message has arrived.

use super::Scene;
use super::contracting::{Deal, Piece};
use super::telling::money;
use crate::demo::actor::Actor;
use crate::demo::browser::Browser;
use crate::demo::hosted;
use anyhow::{Result, ensure};
use serde_json::Value;

pub(super) async fn fund(
    scene: &Scene<'_>,
    deal: &Deal,
    piece: &Piece,
    customer: &mut Actor,
) -> Result<()> {
    let path = format!("/v1/milestones/{}/payments", piece.id);
    let payment = customer.act(&path).await?.expect(201)?;
    ensure!(payment.number("/amount/minor")? == piece.price, payment.wrong("another amount"));
    let again = customer.act(&path).await?.expect(201)?;
    ensure!(again.at("/id")? == payment.at("/id")?, again.wrong("wanted the same payment"));
    let page = payment.at("/checkout_url")?.parse()?;
    let mut browser = Browser::new(scene.stage.client.clone());
    let declined = hosted::pay(&mut browser, &page, hosted::DECLINED_CARD).await;
    ensure!(declined.is_err(), "a card that is declined paid");
    hosted::pay(&mut browser, &page, hosted::CARD).await?;
    let funded = |json: &Value| json.get("state") == Some(&Value::from("funded"));
    let path = format!("/v1/milestones/{}", piece.id);
    customer.wait(&path, "the milestone to be funded", funded).await?;
    let seen = customer.get(&format!("/v1/engagements/{}", deal.id)).await?.expect(200)?;
    ensure!(seen.at("/state")? == "active", seen.wrong("wanted it active"));
    scene.telling.step(format!(
        "one card is declined, another pays; by the processor's message {} are held for {} \
         (payment {}), and the work is active",
        money(piece.price, &piece.currency),
        deal.number,
        payment.at("/id")?,
    ));
    Ok(())
}
