//! Letters stopped for now: by anyone of the customer, or by the program's people, who say why.
//! Only an owner or admin of the customer lets one work again, whoever stopped it.

use super::completion::{of_grant, place};
use super::grants::{EndAccess, visible};
use crate::access::AccessError;
use crate::access::model::{AccessRested, Grant, GrantStep, Standing};
use crate::access::store::{self, Of};
use crate::app::App;
use crate::engagements::{self, Note, Topic};
use crate::identity::{self, Allowed, Command, Deed};
use crate::kernel::check::Checks;
use crate::kernel::id::GrantId;
use crate::platform::caller::Caller;
use crate::platform::db::Tx;
use crate::platform::jobs::event;
use crate::platform::refusal::{Common, Result};
use serde_json::json;

pub struct StopLetters;

impl Command for StopLetters {
    const DEED: Deed = Deed::StopLetters;
}

/// Lets a letter in force rest: the next call is refused until an owner or admin of the customer
/// lets it work again. Anyone of the customer may, as with ending it.
///
/// Errors: 403, 404, `grant-state`, `not-in-force` for one that rests already or is over.
pub async fn rest_grant(app: &App, caller: &Caller, id: GrantId) -> Result<()> {
    let _: Allowed<EndAccess> = identity::allow(caller)?;
    let mut tx = app.db.write(caller).await?;
    visible(&mut tx, caller, id).await?;
    lock(&mut tx, id).await?;
    let grant = visible(&mut tx, caller, id).await?;
    rest(app, &mut tx, caller, (&grant, None)).await?;
    tx.commit().await
}

/// The same by the program's people, for any letter of their program. Both sides read the reason,
/// 1 to 300 characters.
///
/// Errors: 403, 404, `invalid` without a reason, `grant-state`, `not-in-force` for one that rests
/// already or is over.
pub async fn rest_program_grant(
    app: &App,
    caller: &Caller,
    id: GrantId,
    reason: &str,
) -> Result<()> {
    let _: Allowed<StopLetters> = identity::allow(caller)?;
    let mut checks = Checks::new();
    let reason = checks.text("reason", reason, "why it has to rest", (1, 300));
    checks.finish()?;
    let mut tx = app.db.write(caller).await?;
    lock(&mut tx, id).await?;
    let grant = store::grants_of(&mut tx, &[id]).await?.pop();
    let grant = grant.ok_or(Common::NotFound("letter of access"))?;
    rest(app, &mut tx, caller, (&grant, Some(reason))).await?;
    tx.commit().await
}

async fn lock(tx: &mut Tx, id: GrantId) -> Result<()> {
    for (_, state) in store::lock(tx, Of::Grant(id)).await? {
        state.after(GrantStep::Rest)?;
    }
    Ok(())
}

async fn rest(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    (grant, program_reason): (&Grant, Option<String>),
) -> Result<()> {
    if !grant.standing.is_open() || grant.standing == Standing::Unused {
        return Err(AccessError::NotHolding.into());
    }
    let since = store::rest(tx, grant.id, caller.person, program_reason.as_deref()).await?;
    let who = if program_reason.is_some() { "program" } else { "customer" };
    let line = format!(
        "{}'s access to {} rests: the {who} stopped it for now",
        grant.consultant_name,
        place(app, grant)
    );
    let note = Note::new(Topic::Access, "access-rested", line)
        .facts(json!({ "grant": grant.id, "program_reason": program_reason }))
        .by(caller.person);
    engagements::note(app, tx, grant.engagement, note).await?;
    let by = Some(caller.person);
    let fact = AccessRested { of: of_grant(app, grant), since, by, program_reason };
    event::state(tx, &app.ids, by, &fact).await
}
