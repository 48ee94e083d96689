//! After acceptance: transfers by the worker, and every party's statement.

use super::Scene;
use super::contracting::{Deal, Piece};
use super::telling::money;
use crate::demo::actor::Actor;
use anyhow::{Result, ensure};
use serde_json::Value;

/// Waits until every share of the milestone but the operator's is at its payee.
pub(super) async fn transferred(
    scene: &Scene<'_>,
    piece: &Piece,
    customer: &mut Actor,
) -> Result<()> {
    let path = format!("/v1/milestones/{}/money", piece.id);
    let done = |json: &Value| {
        let split = json.get("split").and_then(Value::as_array);
        let paid = |line: &Value| {
            line.get("party") == Some(&Value::from("operator"))
                || line.get("transfer") == Some(&Value::from("paid"))
        };
        split.is_some_and(|lines| !lines.is_empty() && lines.iter().all(paid))
    };
    let seen = customer.wait(&path, "every share to be transferred", done).await?;
    let mut sum = 0;
    for line in seen.list("/split")? {
        let word = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
        let amount = line.pointer("/amount/minor").and_then(Value::as_i64).unwrap_or_default();
        sum += amount;
        scene.telling.note(format!(
            "{:<10} {:>14}  {:<26} {}",
            word("party"),
            money(amount, &piece.currency),
            word("name"),
            line.get("transfer").and_then(Value::as_str).unwrap_or("stays"),
        ));
    }
    ensure!(sum == piece.price, seen.wrong("what was sent is not what was paid"));
    scene.telling.step("every share is at its payee, sent by the worker; nothing is left over");
    Ok(())
}

/// Every party reads its own statement; it holds this engagement, and its lines run up to its end.
pub(super) async fn statements(
    scene: &Scene<'_>,
    deal: &Deal,
    parties: &mut [&mut Actor],
) -> Result<()> {
    for party in parties {
        let seen = party.get("/v1/statements").await?.expect(200)?;
        let lines = seen.list("/lines")?;
        let ours = |line: &&Value| line.get("engagement") == Some(&Value::from(deal.id.as_str()));
        let count = lines.iter().filter(ours).count();
        ensure!(count > 0, seen.wrong("the engagement is on no line of it"));
        let closing = seen.number("/closing/minor")?;
        let last = lines.last().and_then(|line| line.pointer("/running/minor")?.as_i64());
        ensure!(last == Some(closing), seen.wrong("its lines do not run up to its end"));
        scene.telling.step(format!(
            "the statement of {}: {count} lines of {}, ends at {}",
            seen.at("/organization_name")?,
            deal.number,
            money(closing, &seen.at("/closing/currency")?),
        ));
    }
    Ok(())
}
