//! The proposal is accepted, both sides accept the statement of work by its hash, and somebody of
//! the vendor is invited to work along.

use super::Scene;
use super::telling::money;
use crate::demo::actor::Actor;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// An engagement that both sides signed.
pub(super) struct Deal {
    pub id: String,
    /// As people read it: A-7.
    pub number: String,
    pub milestones: Vec<Piece>,
}

/// A milestone's price, in minor units.
pub(super) struct Piece {
    pub id: String,
    pub price: i64,
    pub currency: String,
}

/// The two sides and the vendor's person who is invited.
pub(super) struct Sides<'a> {
    pub customer: &'a mut Actor,
    pub consultant: &'a mut Actor,
    pub manager: &'a mut Actor,
}

pub(super) async fn play(scene: &Scene<'_>, sides: Sides<'_>, proposal: &str) -> Result<Deal> {
    let Sides { customer, consultant, manager } = sides;
    let path = format!("/v1/proposals/{proposal}/accept");
    let opened = customer.act(&path).await?.expect(201)?;
    let deal = read(customer, &opened.at("/id")?).await?;
    scene
        .telling
        .step(format!("the proposal is accepted: engagement {} ({})", deal.number, deal.id));
    sign(scene, &deal, customer, consultant).await?;
    invite(scene, &deal, customer, manager).await?;
    Ok(deal)
}

async fn read(customer: &mut Actor, id: &str) -> Result<Deal> {
    let seen = customer.get(&format!("/v1/engagements/{id}")).await?.expect(200)?;
    let piece = |milestone: &Value| -> Option<Piece> {
        Some(Piece {
            id: milestone.get("id")?.as_str()?.to_owned(),
            price: milestone.pointer("/price/minor")?.as_i64()?,
            currency: milestone.pointer("/price/currency")?.as_str()?.to_owned(),
        })
    };
    let pieces: Option<Vec<Piece>> = seen.list("/milestones")?.iter().map(piece).collect();
    let milestones = pieces.with_context(|| seen.wrong("a milestone lacks its price"))?;
    Ok(Deal { id: id.to_owned(), number: seen.at("/number")?, milestones })
}

async fn sign(
    scene: &Scene<'_>,
    deal: &Deal,
    customer: &mut Actor,
    consultant: &mut Actor,
) -> Result<()> {
    let statement = format!("/v1/engagements/{}/statement-of-work", deal.id);
    let accept = format!("{statement}/accept");
    let other = json!({ "hash": "0".repeat(64) });
    customer.post(&accept, other).await?.refused(409, "statement-differs")?;
    scene.telling.step("another text than the one that stands cannot be accepted: 409");
    let mut state = String::new();
    for side in [customer, consultant] {
        let read = side.get(&statement).await?.expect(200)?;
        let hash = read.at("/hash")?;
        state = side.post(&accept, json!({ "hash": hash })).await?.expect(200)?.at("/state")?;
        let short: String = hash.chars().take(12).collect();
        scene.telling.step(format!(
            "{} accepts the statement of work, version {}, {short}..",
            side.email,
            read.at("/version")?
        ));
    }
    ensure!(state == "signed", "both sides accepted, and the engagement is {state}");
    let prices: i64 = deal.milestones.iter().map(|piece| piece.price).sum();
    let currency = deal.milestones.first().map_or("", |piece| piece.currency.as_str());
    scene.telling.step(format!(
        "signed: {} milestones, {}, shares frozen",
        deal.milestones.len(),
        money(prices, currency)
    ));
    Ok(())
}

/// The manager reads nothing before, and the messages afterwards.
async fn invite(
    scene: &Scene<'_>,
    deal: &Deal,
    customer: &mut Actor,
    manager: &mut Actor,
) -> Result<()> {
    let messages = format!("/v1/engagements/{}/messages", deal.id);
    let text = json!({ "text": "Welcome. The folder is called Spring." });
    customer.post(&messages, text).await?.expect(201)?;
    manager.get(&messages).await?.refused(403, "guests-only")?;
    let me = manager.get("/v1/me").await?.expect(200)?.at("/id")?;
    let path = format!("/v1/engagements/{}/guests", deal.id);
    let guest = json!({ "person": me, "reason": "Knows the folders." });
    let invited = customer.post(&path, guest).await?.expect(201)?;
    let read = manager.get(&messages).await?.expect(200)?;
    ensure!(read.list("/items")?.len() == 1, read.wrong("wanted the one message"));
    scene.telling.step(format!(
        "{} of the vendor reads nothing uninvited (403), and the talk once invited",
        invited.at("/name")?
    ));
    Ok(())
}
