//! A customer posts a brief, sees why each match is one, invites, and gets a proposal.

use super::Scene;
use super::offering::Offered;
use super::telling::money;
use crate::demo::actor::{Actor, Answer};
use anyhow::{Context, Result, ensure};
use chrono::Days;
use serde_json::{Value, json};

/// The proposal that waits for the customer.
pub(super) async fn play(
    scene: &Scene<'_>,
    customer: &mut Actor,
    consultant: &mut Actor,
    offered: &Offered,
) -> Result<String> {
    let brief = post(scene, customer, offered).await?;
    weigh(scene, customer, &brief).await?;
    let invitation = invite(scene, customer, (&brief, offered)).await?;
    propose(scene, consultant, (&invitation, offered)).await
}

async fn post(scene: &Scene<'_>, customer: &mut Actor, offered: &Offered) -> Result<String> {
    let program = customer.get("/v1/program").await?.expect(200)?;
    let currency = program.at("/currency")?;
    let need_by = scene.began.date_naive().checked_add_days(Days::new(40));
    let body = json!({
        "title": format!("Dealer leads go cold {}", scene.run()),
        "problem": "We pass leads to dealers and keep mailing people who were called already.",
        "skills": [offered.words.skill], "industry": offered.words.industry,
        "budget_min": { "minor": 250_000, "currency": currency },
        "budget_max": { "minor": 350_000, "currency": currency },
        "need_by": need_by.context("a day beyond time")?,
        "languages": ["en"], "overlap_minutes": 120, "zone": "Europe/Amsterdam",
    });
    let saved = customer.post("/v1/briefs", body).await?.expect(201)?;
    let id = saved.at("/id")?;
    let posted = customer.act(&format!("/v1/briefs/{id}/post")).await?.expect(200)?;
    scene.telling.step(format!("a brief is posted: {} ({id})", posted.at("/number")?));
    Ok(id)
}

/// The parts of every score add up to it exactly.
async fn weigh(scene: &Scene<'_>, customer: &mut Actor, brief: &str) -> Result<()> {
    let path = format!("/v1/briefs/{brief}/matches?limit=20");
    let matches = customer.get(&path).await?.expect(200)?;
    let items = matches.list("/items")?;
    ensure!(!items.is_empty(), matches.wrong("nobody matches"));
    for item in items {
        let parts = item.get("factors").and_then(Value::as_array).into_iter().flatten();
        let points = |part: &Value| part.get("points_milli").and_then(Value::as_i64);
        let sum: i64 = parts.filter_map(points).sum();
        let score = item.get("score_milli").and_then(Value::as_i64);
        ensure!(score == Some(sum), matches.wrong("the parts of a score do not add up to it"));
    }
    scene.telling.step(format!("{} matches; the parts of each add up to its score", items.len()));
    for item in items.iter().take(3) {
        tell(scene, item);
    }
    Ok(())
}

fn tell(scene: &Scene<'_>, item: &Value) {
    let word = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
    let milli = item.get("score_milli").and_then(Value::as_i64).unwrap_or_default();
    let place = item.get("place").and_then(Value::as_i64).unwrap_or_default();
    let (points, rest) = (milli / 1000, milli % 1000);
    let (name, organization) = (word("name"), word("organization"));
    scene.telling.note(format!("{place}. {points}.{rest:03} points: {name}, {organization}"));
    scene.telling.note(format!("   watch out: {}", word("watch_out")));
    scene.telling.note(format!("   what would change it: {}", word("what_would_change")));
}

async fn invite(
    scene: &Scene<'_>,
    customer: &mut Actor,
    (brief, offered): (&str, &Offered),
) -> Result<String> {
    let path = format!("/v1/briefs/{brief}/invitations");
    let body = json!({ "profile": offered.profile, "message": "Could you start in June?" });
    let sent = customer.post(&path, body.clone()).await?.expect(201)?;
    customer.post(&path, body).await?.refused(409, "already-invited")?;
    scene.telling.step(format!(
        "{} is invited, once: {}",
        sent.at("/consultant")?,
        sent.at("/id")?
    ));
    sent.at("/id")
}

async fn propose(
    scene: &Scene<'_>,
    consultant: &mut Actor,
    (invitation, offered): (&str, &Offered),
) -> Result<String> {
    let path = format!("/v1/invitations/{invitation}/draft?service={}", offered.service);
    let draft = consultant.get(&path).await?.expect(200)?;
    let mut proposal = draft.json.get("proposal").cloned().unwrap_or_default();
    if let Some(fields) = proposal.as_object_mut() {
        let note = "We start on Monday, with the map. The mails follow what the map says.";
        fields.insert("note".to_owned(), Value::from(note));
    }
    let path = format!("/v1/invitations/{invitation}/proposals");
    let sent = consultant.post(&path, proposal).await?.expect(201)?;
    scene.telling.step(format!("it proposes: {}, {}", sent.at("/id")?, total(&sent)?));
    sent.at("/id")
}

fn total(proposal: &Answer) -> Result<String> {
    Ok(money(proposal.number("/total/minor")?, &proposal.at("/total/currency")?))
}
